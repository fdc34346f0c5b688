#include "../../udf/audit/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/audit.h"
#include "../../udf/audit/note.h"
#include "../../udf/audit/runs.h"
#include "../../udf/json.h"
#include "unit.h"

#define PROOFS "vectors/audit_proofs.json"
#define RECORDS 21
#define OLDER 13 /* leaves of the checkpoint before */
#define RECORD_FIELDS 11

/* ---- the vectors of the page that describes the format */

static char *text_of_file(const char *path)
{
    char *text = calloc(1, 1 << 20);
    FILE *in = fopen(path, "r");

    assert_non_null(in);
    assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
    fclose(in);
    return text;
}

/* The first block ```json behind "## Test vectors". */
static json_t *vectors_of_page(const char *path)
{
    char *page = text_of_file(path), *start = strstr(page, "\n## Test vectors"), *end;
    struct error err = {0};
    json_t *vectors;

    assert_non_null(start);
    start = strstr(start, "```json\n");
    assert_non_null(start);
    start += 8;
    end = strstr(start, "```");
    assert_non_null(end);
    vectors = json_parse(start, (size_t)(end - start), &err);
    if (!vectors)
        fail_msg("%s: %s", path, err.text);
    free(page);
    return vectors;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static uint64_t number_of(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

static struct merkle_hash hash_of(const char *hex)
{
    struct merkle_hash hash;

    assert_int_equal(crypto_decode(CRYPTO_HEX, hex, strlen(hex), hash.bytes, 32), 32);
    return hash;
}

static struct seal seal_of(const json_t *vector)
{
    struct seal seal = {.id = number_of(vector, "id"),
                        .tree_size = number_of(vector, "tree_size"),
                        .root = hash_of(text_of(vector, "root")),
                        .runs = text_of(vector, "runs"),
                        .closed_to = number_of(vector, "closed_to"),
                        .pruned_to = number_of(vector, "pruned_to"),
                        .note = text_of(vector, "note"),
                        .hash = hash_of(text_of(vector, "hash"))};

    snprintf(seal.sealed_at, sizeof(seal.sealed_at), "%s", text_of(vector, "sealed_at"));
    seal.runs_len = strlen(seal.runs);
    seal.note_len = seal.note ? strlen(seal.note) : 0;
    return seal;
}

static void seals_are_those_of_the_page(void **state)
{
    json_t *page = vectors_of_page("../../docs/internals/audit-log.md"), *vector;
    json_t *leaves = vectors_of_page("../../docs/internals/audit-leaf.md");
    struct crypto_hasher *hasher = crypto_hasher_create();
    struct merkle_hash before = {{0}}, hash, list[16];
    struct seal seal = {.id = 0};
    struct checkpoint checkpoint;
    struct note_verifier verifier;
    const char *note = text_of(page, "checkpoint"), *key = text_of(page, "key");
    size_t i;

    (void)state;
    json_array_foreach(leaves, i, vector) list[i] = hash_of(text_of(vector, "leaf"));
    json_array_foreach(json_object_get(page, "roots"), i, vector)
    {
        struct merkle_hash expected = hash_of(json_string_value(vector));

        assert_int_equal(merkle_root(hasher, list, i, &hash), 0);
        assert_memory_equal(&hash, &expected, sizeof(hash));
    }
    json_array_foreach(json_object_get(page, "seals"), i, vector)
    {
        seal = seal_of(vector);
        seal.has_previous = i > 0;
        seal.previous_hash = before;
        assert_int_equal(seal_hash(&seal, &hash, NULL), 0);
        assert_memory_equal(&hash, &seal.hash, sizeof(hash));
        before = hash;
    }
    assert_int_equal(note_verifier_parse(&verifier, key, strlen(key), NULL), 0);
    assert_int_equal(note_verify(note, strlen(note), &verifier, NULL), NOTE_GOOD);
    assert_int_equal(checkpoint_parse(note, strlen(note), &checkpoint, NULL), 0);
    assert_int_equal(checkpoint.seal_id, seal.id);
    assert_int_equal(checkpoint.size, seal.tree_size);
    assert_memory_equal(&checkpoint.root, &seal.root, sizeof(seal.root));
    assert_memory_equal(&checkpoint.seal_hash, &seal.hash, sizeof(seal.hash));
    crypto_hasher_destroy(hasher);
    json_decref(leaves);
    json_decref(page);
}

static void the_checkpoint_of_the_page_is_what_is_written(void **state)
{
    json_t *page = vectors_of_page("../../docs/internals/audit-log.md");
    const char *note = text_of(page, "checkpoint"), *seed_text = text_of(page, "seed");
    unsigned char seed[CRYPTO_ED25519_SEED];
    char key[NOTE_VKEY_SIZE];
    struct checkpoint checkpoint;
    struct note_signer signer;
    struct error err = {0};
    struct buf out;

    (void)state;
    buf_init(&out, NOTE_MAX);
    assert_int_equal(audit_seed_parse(seed_text, strlen(seed_text), seed, NULL), 0);
    if (checkpoint_parse(note, strlen(note), &checkpoint, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(note_signer_init(&signer, checkpoint.origin, seed, NULL), 0);
    note_verifier_write(&signer.verifier, key);
    assert_string_equal(key, text_of(page, "key"));
    assert_int_equal(checkpoint_write(&checkpoint, &signer, &out, NULL), 0);
    assert_string_equal(out.data, note);
    buf_free(&out);
    json_decref(page);
}

/* ---- each field is a part of the hash */

static void each_field_of_a_seal_counts(void **state)
{
    struct seal seals[14], *seal;
    struct merkle_hash hashes[UNIT_COUNT(seals)];
    size_t i, j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(seals); i++)
        seals[i] = (struct seal){.id = 2,
                                 .sealed_at = "2025-07-05 10:00:00.000000",
                                 .tree_size = 3,
                                 .runs = "1-3",
                                 .runs_len = 3,
                                 .closed_to = 4,
                                 .pruned_to = 5,
                                 .has_previous = true};
    seal = seals + 1;
    (seal++)->id = 3;
    (seal++)->sealed_at[25] = '1';
    (seal++)->tree_size = 4;
    (seal++)->root.bytes[31] = 1;
    (seal++)->runs = "1-4";
    (seal++)->runs_len = 0;
    (seal++)->closed_to = 5;
    (seal++)->pruned_to = 4;
    (seal++)->note = "";
    seal->note = "why";
    (seal++)->note_len = 3;
    (seal++)->previous_hash.bytes[0] = 1;
    (seal++)->has_previous = false;
    seal->tree_size = 4;
    seal->closed_to = 3;
    for (i = 0; i < UNIT_COUNT(seals); i++) {
        assert_int_equal(seal_hash(&seals[i], &hashes[i], NULL), 0);
        for (j = 0; j < i; j++)
            assert_memory_not_equal(&hashes[i], &hashes[j], sizeof(hashes[i]));
    }
    seals[0].runs = NULL;
    seals[0].runs_len = 0;
    assert_int_equal(seal_hash(&seals[0], &hashes[0], NULL), 0);
    assert_memory_equal(&hashes[0], &hashes[6], sizeof(hashes[0]));
}

static void a_note_that_is_no_text_is_an_error(void **state)
{
    struct seal seal = {.id = 17, .note = "\xFF", .note_len = 1};
    struct merkle_hash hash;
    struct error err = {0};

    (void)state;
    assert_int_equal(seal_hash(&seal, &hash, &err), -1);
    assert_string_equal(err.text, "seal 17: argument 8 is not valid UTF-8");
}

/* ---- proofs for who verifies without a server: clients/python checks this file */

struct log {
    char text[RECORDS][RECORD_FIELDS][80];
    const char *fields[RECORDS][RECORD_FIELDS];
    struct merkle_hash leaves[RECORDS];
    struct crypto_hasher *hasher;
};

static void make_records(struct log *log)
{
    static const char *const operations[] = {"INSERT", "UPDATE", "DELETE"};
    struct crypto_piece pieces[RECORD_FIELDS];
    size_t i, j;

    for (i = 0; i < RECORDS; i++) {
        char(*text)[80] = log->text[i];

        snprintf(text[0], 80, "%s", i % 5 ? "orders" : "gadgets");
        snprintf(text[1], 80, "%s", operations[i % 3]);
        snprintf(text[2], 80, i == 7 ? "[7,\"\xC3\xA9\"]" : "%zu", i + 1);
        snprintf(text[3], 80, "%zu", 40 + i % 4);
        snprintf(text[4], 80, "2025-07-05 10:00:%02zu.%06zu", i, i * 1001);
        snprintf(text[5], 80, "{\"status\":\"pending\",\"amount\":%zu.50}", i);
        snprintf(text[6], 80, "{\"status\":\"paid\",\"amount\":%zu.50}", i);
        snprintf(text[7], 80, "shop");
        snprintf(text[8], 80, "%s", i % 4 ? "anna" : "");
        snprintf(text[9], 80, "app@localhost");
        snprintf(text[10], 80, "%zu", 100 + i);
        for (j = 0; j < RECORD_FIELDS; j++) {
            log->fields[i][j] = text[j];
            if ((i % 3 == 0 && j == 5) || (i % 3 == 2 && j == 6) || (i % 7 == 3 && j == 3))
                log->fields[i][j] = NULL;
            pieces[j] =
                (struct crypto_piece){log->fields[i][j], log->fields[i][j] ? strlen(text[j]) : 0};
        }
        assert_int_equal(audit_leaf(pieces, RECORD_FIELDS, log->leaves[i].bytes, NULL), 0);
    }
}

static int get_of_log(void *context, unsigned level, uint64_t index, struct merkle_hash *out,
                      struct error *err)
{
    struct log *log = context;

    (void)err;
    return merkle_root(log->hasher, &log->leaves[index << level], (size_t)1 << level, out);
}

static json_t *hex_of(const struct merkle_hash *hash)
{
    char text[CRYPTO_TEXT_SIZE];

    crypto_encode(CRYPTO_HEX, hash->bytes, sizeof(hash->bytes), text);
    return json_string(text);
}

static json_t *hashes_of(const struct merkle_proof *proof)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < proof->count; i++)
        json_array_append_new(list, hex_of(&proof->hashes[i]));
    return list;
}

static json_t *note_of(const struct merkle_source *source, uint64_t size, uint64_t seal_id,
                       const struct note_signer *signer)
{
    struct checkpoint checkpoint = {.size = size, .seal_id = seal_id};
    struct buf out;
    json_t *note;

    snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", signer->verifier.name);
    memset(&checkpoint.seal_hash, (int)seal_id, sizeof(checkpoint.seal_hash));
    assert_int_equal(merkle_root_of(source, size, &checkpoint.root, NULL), 0);
    buf_init(&out, NOTE_MAX);
    assert_int_equal(checkpoint_write(&checkpoint, signer, &out, NULL), 0);
    note = json_string(out.data);
    buf_free(&out);
    return note;
}

static json_t *inclusion_of(struct log *log, const struct merkle_source *source, uint64_t index,
                            uint64_t size, json_t *note)
{
    json_t *fields = json_array();
    struct merkle_proof proof;
    size_t i;

    for (i = 0; i < RECORD_FIELDS; i++)
        json_array_append_new(fields, log->fields[index][i] ? json_string(log->fields[index][i])
                                                            : json_null());
    assert_int_equal(merkle_inclusion(source, index, size, &proof, NULL), 0);
    return json_pack("{ss ss sI sI sI so so so so}", "kind", "inclusion", "format",
                     "purser-proof-1", "id", (json_int_t)index + 11, "index", (json_int_t)index,
                     "tree_size", (json_int_t)size, "fields", fields, "leaf",
                     hex_of(&log->leaves[index]), "hashes", hashes_of(&proof), "checkpoint", note);
}

static json_t *consistency_of(const struct merkle_source *source, uint64_t first, uint64_t second,
                              json_t *first_note, json_t *second_note)
{
    struct merkle_proof proof;

    assert_int_equal(merkle_consistency(source, first, second, &proof, NULL), 0);
    return json_pack("{ss ss sI sI so so so}", "kind", "consistency", "format", "purser-proof-1",
                     "first_size", (json_int_t)first, "second_size", (json_int_t)second, "hashes",
                     hashes_of(&proof), "first_checkpoint", first_note, "second_checkpoint",
                     second_note);
}

static char *proofs_of(struct log *log)
{
    static const uint64_t sizes[][2] = {{0, 0}, {0, 5},        {1, 1},        {4, OLDER},
                                        {8, 9}, {13, RECORDS}, {16, RECORDS}, {RECORDS, RECORDS}};
    struct merkle_source source = {get_of_log, log, log->hasher};
    unsigned char seed[CRYPTO_ED25519_SEED];
    json_t *inclusion = json_array(), *consistency = json_array(), *all;
    char key[NOTE_VKEY_SIZE], *text;
    struct note_signer signer;
    size_t i;

    for (i = 0; i < sizeof(seed); i++)
        seed[i] = (unsigned char)i;
    assert_int_equal(note_signer_init(&signer, "example.com/shop", seed, NULL), 0);
    note_verifier_write(&signer.verifier, key);
    for (i = 0; i < RECORDS; i += i == 8 ? 12 : 1)
        json_array_append_new(inclusion, inclusion_of(log, &source, i, RECORDS,
                                                      note_of(&source, RECORDS, 3, &signer)));
    json_array_append_new(inclusion,
                          inclusion_of(log, &source, 0, 1, note_of(&source, 1, 1, &signer)));
    for (i = 0; i < UNIT_COUNT(sizes); i++)
        json_array_append_new(consistency,
                              consistency_of(&source, sizes[i][0], sizes[i][1],
                                             note_of(&source, sizes[i][0], 1, &signer),
                                             note_of(&source, sizes[i][1], 2, &signer)));
    all = json_pack("{ss so so}", "key", key, "inclusion", inclusion, "consistency", consistency);
    text = json_dumps(all, JSON_INDENT(1));
    json_decref(all);
    return text;
}

/* PURSER_RECORD=1 in the environment writes the file anew. */
static void proofs_are_those_of_the_file(void **state)
{
    struct log *log = calloc(1, sizeof(*log));
    char *made, *kept;
    FILE *out;

    (void)state;
    log->hasher = crypto_hasher_create();
    make_records(log);
    made = proofs_of(log);
    if (getenv("PURSER_RECORD")) {
        out = fopen(PROOFS, "w");
        assert_non_null(out);
        fprintf(out, "%s\n", made);
        fclose(out);
    }
    kept = text_of_file(PROOFS);
    kept[strlen(kept) - 1] = '\0'; /* the newline at the end */
    assert_string_equal(made, kept);
    free(kept);
    free(made);
    crypto_hasher_destroy(log->hasher);
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_are_those_of_the_page),
        cmocka_unit_test(the_checkpoint_of_the_page_is_what_is_written),
        cmocka_unit_test(each_field_of_a_seal_counts),
        cmocka_unit_test(a_note_that_is_no_text_is_an_error),
        cmocka_unit_test(proofs_are_those_of_the_file),
    };

    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
