/* prove.c - see prove.h. */
#include "prove.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/audit/runs.h"
#include "../../udf/json.h"
#include "../../udf/utf8.h"
#include "store.h"
#include "verify.h"

#define RUNS_OF_A_SEAL (1u << 20)

typedef unsigned long long ull;

struct prover {
    struct db *db;
    struct crypto_hasher *hasher;
    struct tiles tiles;
    struct merkle_source source;
};

/* A seal of which the tree and the checkpoint are wanted. */
struct state {
    uint64_t size;
    struct merkle_hash root;
    json_t *checkpoint; /* owned */
};

static int open_prover(struct prover *p, struct error *err)
{
    memset(p, 0, sizeof(*p));
    p->db = db_open(err);
    if (!p->db)
        return -1;
    p->hasher = crypto_hasher_create();
    if (!p->hasher || tiles_init(&p->tiles, p->db, p->hasher) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    p->source = (struct merkle_source){tiles_get, &p->tiles, p->hasher};
    return 0;
}

static void close_prover(struct prover *p)
{
    tiles_free(&p->tiles);
    crypto_hasher_destroy(p->hasher);
    db_close(p->db);
}

/* @param size  0: the last seal @retval 0 @retval -1 err */
static int load_state(struct prover *p, uint64_t size, struct state *state, struct error *err)
{
    struct rows *rows =
        size ? db_query(p->db, err,
                        "SELECT " SEAL_COLUMNS " FROM purser.audit_seals WHERE tree_size = %llu"
                        " ORDER BY id DESC LIMIT 1",
                        (ull)size)
             : db_query(p->db, err,
                        "SELECT " SEAL_COLUMNS " FROM purser.audit_seals ORDER BY id DESC LIMIT 1");
    struct stored_seal stored = {0};
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 0)
        rc = size ? error_set(err, ERROR_INPUT,
                              "no seal has tree_size %llu; SELECT tree_size FROM"
                              " purser.audit_seals tells which there are",
                              (ull)size)
                  : error_set(err, ERROR_INPUT, "nothing is sealed yet");
    else if (rc == 1)
        rc = store_seal_of(&row, &stored, err);
    if (rc == 0) {
        state->size = stored.seal.tree_size;
        state->root = stored.seal.root;
        state->checkpoint = json_stringn(stored.checkpoint, stored.checkpoint_len);
        if (!state->checkpoint)
            rc = error_set(err, ERROR_INPUT, "the checkpoint of seal %llu is damaged",
                           (ull)stored.seal.id);
    }
    rows_close(rows);
    return rc;
}

/* Does this seal hold the id, and where? @retval 1, 0, -1 err */
static int look_in_seal(const struct row *row, uint64_t id, uint64_t *position, struct error *err)
{
    uint64_t size = store_number(row, 1), count = 0;
    struct id_runs runs;
    int rc;

    id_runs_init(&runs, RUNS_OF_A_SEAL);
    rc = id_runs_insert_text(&runs, row->field[0], row->length[0], 0, &count, NULL, err);
    if (rc == 0)
        rc = id_runs_find(&runs, id, position) && size >= count;
    *position += size - count;
    id_runs_free(&runs);
    return rc;
}

static int find_position(struct prover *p, uint64_t id, uint64_t *position, struct error *err)
{
    struct rows *rows = db_stream(p->db, err,
                                  "SELECT runs, tree_size FROM purser.audit_seals WHERE first_id"
                                  " <= %llu AND last_id >= %llu ORDER BY first_id DESC",
                                  (ull)id, (ull)id);
    struct row row;
    int rc = rows ? 0 : -1, found = 0;

    while (rc == 0 && !found && (rc = rows_next(rows, &row, err)) == 1) {
        found = look_in_seal(&row, id, position, err);
        rc = found < 0 ? -1 : 0;
    }
    rows_close(rows);
    if (rc == 0 && !found)
        return error_set(err, ERROR_INPUT,
                         "row %llu is not sealed: there is no such row, or it is a few seconds old",
                         (ull)id);
    return rc < 0 ? -1 : 0;
}

/* The fields of a row that is as it was sealed. NULL with err */
static json_t *fields_of_row(const struct row *row, uint64_t id, struct error *err)
{
    json_t *fields = json_array();
    unsigned i;

    for (i = 1; i <= AUDIT_ROW_FIELDS; i++) {
        if (row->field[i] && !utf8_valid(row->field[i], row->length[i])) {
            json_decref(fields);
            error_set(err, ERROR_INPUT,
                      "row %llu holds a text that JSON cannot carry (half of a surrogate pair)",
                      (ull)id);
            return NULL;
        }
        json_add(&fields,
                 row->field[i] ? json_stringn(row->field[i], row->length[i]) : json_null());
    }
    if (!fields)
        error_set(err, ERROR_MEMORY, "out of memory");
    return fields;
}

/* The fields of the leaf; JSON null where the row was pruned. NULL with err */
static json_t *fields_of(struct prover *p, uint64_t id, const struct merkle_hash *sealed,
                         struct error *err)
{
    struct rows *rows = db_query(
        p->db, err, "SELECT " AUDIT_ROW_COLUMNS " FROM purser.audit_log WHERE id = %llu", (ull)id);
    json_t *fields = NULL;
    struct merkle_hash leaf;
    struct row row;
    int rc;

    if (!rows)
        return NULL;
    rc = rows_next(rows, &row, err);
    if (rc == 0)
        fields = json_null();
    else if (rc == 1 &&
             (verify_leaf_of(&row, &leaf, err) != 0 || memcmp(&leaf, sealed, sizeof(leaf)) != 0))
        error_set(err, ERROR_INPUT, "row %llu is not what was sealed: CALL purser.audit_verify()",
                  (ull)id);
    else if (rc == 1)
        fields = fields_of_row(&row, id, err);
    rows_close(rows);
    return fields;
}

static json_t *hex_json(const struct merkle_hash *hash)
{
    char text[CRYPTO_TEXT_SIZE];

    crypto_encode(CRYPTO_HEX, hash->bytes, sizeof(hash->bytes), text);
    return json_string(text);
}

static json_t *proof_json(const struct merkle_proof *proof)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < proof->count; i++)
        json_add(&list, hex_json(&proof->hashes[i]));
    return list;
}

/* In ASCII, so that no client's character set changes it on its way into a file. */
static int dump(json_t *proof, char **result, struct error *err)
{
    *result = proof ? json_write(proof, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(proof);
    return *result ? 0 : error_set(err, ERROR_MEMORY, "out of memory");
}

static int inclusion(struct prover *p, uint64_t id, char **result, struct error *err)
{
    struct state state = {0};
    struct merkle_proof proof;
    struct merkle_hash leaf;
    uint64_t position = 0;
    json_t *fields = NULL;
    int rc = -1;

    if (find_position(p, id, &position, err) != 0 || load_state(p, 0, &state, err) != 0 ||
        tiles_get(&p->tiles, 0, position, &leaf, err) != 0 ||
        merkle_inclusion(&p->source, position, state.size, &proof, err) != 0)
        goto end;
    if (!merkle_check_inclusion(p->hasher, &leaf, position, state.size, &proof, &state.root)) {
        error_set(err, ERROR_INPUT, "the tree is damaged: CALL purser.audit_verify()");
        goto end;
    }
    fields = fields_of(p, id, &leaf, err);
    if (fields)
        rc = dump(json_pack("{s:s,s:s,s:I,s:I,s:I,s:o,s:o,s:o,s:O}", "kind", "inclusion", "format",
                            "purser-proof-1", "id", (json_int_t)id, "index", (json_int_t)position,
                            "tree_size", (json_int_t)state.size, "fields", fields, "leaf",
                            hex_json(&leaf), "hashes", proof_json(&proof), "checkpoint",
                            state.checkpoint),
                  result, err);
end:
    json_decref(state.checkpoint);
    return rc;
}

static int consistency(struct prover *p, uint64_t first, uint64_t second, char **result,
                       struct error *err)
{
    struct state one = {0}, two = {0};
    struct merkle_proof proof;
    int rc = -1;

    if (first == 0) {
        error_set(err, ERROR_INPUT, "the first size is 0: every tree goes on from the empty one");
        return -1;
    }
    if (load_state(p, first, &one, err) != 0 || load_state(p, second, &two, err) != 0)
        goto end;
    if (one.size > two.size) {
        error_set(err, ERROR_INPUT, "the first size, %llu, is greater than the second, %llu",
                  (ull)one.size, (ull)two.size);
        goto end;
    }
    if (merkle_consistency(&p->source, one.size, two.size, &proof, err) != 0)
        goto end;
    if (!merkle_check_consistency(p->hasher, one.size, two.size, &proof, &one.root, &two.root)) {
        error_set(err, ERROR_INPUT, "the tree is damaged: CALL purser.audit_verify()");
        goto end;
    }
    rc = dump(json_pack("{s:s,s:s,s:I,s:I,s:o,s:O,s:O}", "kind", "consistency", "format",
                        "purser-proof-1", "first_size", (json_int_t)one.size, "second_size",
                        (json_int_t)two.size, "hashes", proof_json(&proof), "first_checkpoint",
                        one.checkpoint, "second_checkpoint", two.checkpoint),
              result, err);
end:
    json_decref(one.checkpoint);
    json_decref(two.checkpoint);
    return rc;
}

int prove_inclusion(uint64_t id, char **result, struct error *err)
{
    struct prover p;
    int rc = open_prover(&p, err);

    if (rc == 0)
        rc = inclusion(&p, id, result, err);
    close_prover(&p);
    return rc;
}

int prove_consistency(uint64_t first, uint64_t second, char **result, struct error *err)
{
    struct prover p;
    int rc = open_prover(&p, err);

    if (rc == 0)
        rc = consistency(&p, first, second, result, err);
    close_prover(&p);
    return rc;
}
