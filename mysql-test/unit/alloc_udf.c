/* alloc_udf.c - what the functions of SQL are made of, while memory runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/api_nonce.h"
#include "../../udf/api_signature.h"
#include "../../udf/audit.h"
#include "../../udf/audit/note.h"
#include "../../udf/audit/runs.h"
#include "../../udf/audit/seal.h"
#include "../../udf/batch.h"
#include "../../udf/client_key.h"
#include "../../udf/csv.h"
#include "../../udf/json.h"
#include "../../udf/json_text.h"
#include "../../udf/markup.h"
#include "../../udf/months.h"
#include "../../udf/webhook.h"
#include "../../udf/zone.h"
#include "alloc_scenarios.h"

static int batch(batch_function *function, const char *text, struct error *err)
{
    struct buf out;
    int rc;

    buf_init(&out, BATCH_OUT_MAX);
    rc = function(text, strlen(text), NULL, &out, err);
    if (rc == 0 && (!out.data || (out.data[0] != '[' && out.data[0] != '{')))
        rc = alloc_wrong(err, out.data ? out.data : "no batch");
    buf_free(&out);
    return rc;
}

static int stock(struct error *err)
{
    return batch(batch_stock,
                 "{\"items\":[{\"gadget_id\":2,\"delta\":1},{\"gadget_id\":1,\"new_quantity\":7}],"
                 "\"policy\":\"skip\",\"idempotency_key\":\"k\"}",
                 err);
}

static int stock_rows(struct error *err)
{
    return batch(batch_stock_rows, "[{\"gadget_id\":2,\"delta\":1},{\"gadget_id\":1,\"delta\":7}]",
                 err);
}

static int stock_many(struct error *err)
{
    char text[8192] = "[";
    size_t len = 1;
    int i;

    for (i = 150; i > 0; i--)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s{\"gadget_id\":%d,\"delta\":1}",
                                len > 1 ? "," : "", i);
    snprintf(text + len, sizeof(text) - len, "]");
    return batch(batch_stock, text, err);
}

static int order_items(struct error *err)
{
    return batch(batch_order_items,
                 "[{\"gadget_id\":1,\"storage\":\"a\\nb\",\"quantity\":2,\"unit_price\":\"1.50\"}]",
                 err);
}

static int subscriptions(struct error *err)
{
    return batch(batch_subscriptions,
                 "[{\"user_id\":9,\"status\":\"active\"},{\"user_id\":3,"
                 "\"status\":\"cancelled\"}]",
                 err);
}

static int csv(struct error *err)
{
    static const char text[] = "a;b;\"c \"\"x\"\"\nd\";e\n1;2;3;4\n";
    struct csv *reader = csv_create(text, strlen(text), 0, err);
    const struct csv_field *fields;
    size_t count, line, rows = 0;
    int rc;

    if (!reader)
        return -1;
    while ((rc = csv_next(reader, &fields, &count, &line, err)) == 1)
        rows += count == 4;
    if (rc == 0 && rows != 2)
        rc = alloc_wrong(err, "not two rows");
    csv_destroy(reader);
    return rc;
}

static int json(struct error *err)
{
    static const char text[] = "{\"a\":[1,2.5,\"x\",{\"b\":null}],\"c\":\"2025-07-05T10:00:00Z\"}";
    json_t *document = json_parse(text, strlen(text), err);
    int64_t at;
    int rc = document ? 0 : -1;

    if (rc == 0 && json_member_time(document, "c", &at, err) != 1)
        rc = alloc_wrong(err, "no time");
    json_decref(document);
    return rc;
}

static int json_of_many(struct error *err)
{
    char text[4096] = "[";
    json_t *document;
    char *written;
    size_t len = 1;
    int i, rc;

    for (i = 0; i < 90; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"a text of number %d\"",
                                i ? "," : "", i);
    snprintf(text + len, sizeof(text) - len, "]");
    document = json_parse(text, len + 1, err);
    rc = document ? 0 : -1;
    if (rc == 0) {
        written = json_write(document, JSON_COMPACT);
        if (!written)
            rc = alloc_refused(err);
        else if (strcmp(written, text) != 0)
            rc = alloc_wrong(err, written);
        free(written);
    }
    json_decref(document);
    return rc;
}

/* What is freed is not what was allocated last. */
static int json_that_is_wrong_at_its_end(struct error *err)
{
    char text[4096] = "[";
    struct error why = {0};
    json_t *document;
    size_t len = 1;
    int i;

    for (i = 0; i < 90; i++)
        len +=
            (size_t)snprintf(text + len, sizeof(text) - len, "[\"number %d\",{\"a\":%d}],", i, i);
    document = json_parse(text, len, &why);
    json_decref(document);
    if (document)
        return alloc_wrong(err, "it was accepted");
    return why.code == ERROR_INPUT ? 0 : error_set(err, why.code, "%s", why.text);
}

static int canonical(struct error *err)
{
    static const char text[] = "{\"z\":1.50,\"a\":[{\"y\":\"\\u00e9\",\"x\":10e-1},true],\"b\":{}}";
    struct buf out;
    int rc;

    buf_init(&out, 1000);
    rc = json_canonical_append(&out, text, text, NULL, err);
    if (rc == 0 && out.failed)
        rc = alloc_refused(err);
    if (rc == 0 && strncmp(out.data, "{\"a\":", 5) != 0)
        rc = alloc_wrong(err, out.data);
    buf_free(&out);
    return rc;
}

static int diff(struct error *err)
{
    static const char before[] = "{\"a\":1,\"b\":{\"x\":[1,2]},\"c\":\"same\"}";
    static const char after[] = "{\"c\":\"same\",\"b\":{\"x\":[1,3]},\"a\":2,\"d\":true}";
    struct buf out;
    int rc;

    buf_init(&out, 1000);
    rc = audit_diff(before, strlen(before), after, strlen(after), &out, NULL, err);
    if (rc == 0 || (rc == 1 && (out.failed || strlen(out.data) != out.len)))
        rc = alloc_wrong(err, rc ? "cut" : "no difference");
    buf_free(&out);
    return rc == 1 ? 0 : rc;
}

static int leaf(struct error *err)
{
    static const struct crypto_piece fields[AUDIT_LEAF_FIELDS] = {
        {"orders", 6}, {"1", 1}, {"update", 6}, {NULL, 0}, {"x", 1}, {"{}", 2}, {"{\"a\":1}", 7}};
    unsigned char hash[CRYPTO_SHA256_SIZE];

    return audit_leaf(fields, AUDIT_LEAF_FIELDS, hash, err);
}

static int seal(struct error *err)
{
    struct seal seal = {.id = 1, .tree_size = 3, .runs = "1-3", .closed_to = 3};
    struct merkle_hash hash;

    seal.runs_len = 3;
    return seal_hash(&seal, &hash, err);
}

static int note(struct error *err)
{
    static const unsigned char seed[CRYPTO_ED25519_SEED] = "0123456789abcdef0123456789abcde";
    struct checkpoint checkpoint = {.origin = "shop.example", .size = 7, .seal_id = 1}, read;
    struct note_signer signer;
    char key[NOTE_VKEY_SIZE];
    struct note_verifier verifier;
    struct buf out;
    int rc;

    buf_init(&out, NOTE_MAX);
    rc = note_signer_init(&signer, "shop.example", seed, err);
    if (rc == 0)
        rc = checkpoint_write(&checkpoint, &signer, &out, err);
    note_verifier_write(&signer.verifier, key);
    if (rc == 0)
        rc = note_verifier_parse(&verifier, key, strlen(key), err);
    if (rc == 0)
        rc = checkpoint_parse(out.data, out.len, &read, err);
    if (rc == 0 && read.size != 7)
        rc = alloc_wrong(err, "another size");
    if (rc == 0)
        rc = note_verify(out.data, out.len, &verifier, err) == NOTE_GOOD ? 0 : -1;
    note_signer_wipe(&signer);
    buf_free(&out);
    return rc;
}

static int runs(struct error *err)
{
    static const char text[] = "1-500 502 510-600/2 700 703 705 707 709";
    static const uint64_t ids[] = {1000, 1003, 1006, 1009, 1013};
    struct id_runs set;
    uint64_t count;
    struct buf out;
    int rc;

    id_runs_init(&set, 1000);
    buf_init(&out, 1000);
    rc = id_runs_insert_text(&set, text, strlen(text), 0, &count, NULL, err);
    if (rc == 0)
        rc = id_runs_insert_ids(&set, ids, 5, count, NULL, err);
    if (rc == 0)
        rc = id_runs_write(ids, 5, &out, err);
    if (rc == 0 && (out.failed || id_runs_count(&set) != count + 5))
        rc = alloc_wrong(err, "ids are missing");
    id_runs_free(&set);
    buf_free(&out);
    return rc;
}

static int nonces(struct error *err)
{
    struct nonces *set = nonces_create(100);
    enum nonce_verdict first, second;
    int rc = 0;

    if (!set)
        return alloc_refused(err);
    first = nonces_use(set, "key", "nonce", 100, 50);
    second = nonces_use(set, "key", "nonce", 100, 50);
    if (first == NONCE_NEW && second == NONCE_NEW)
        rc = alloc_wrong(err, "used twice");
    else if (first != NONCE_NEW || second != NONCE_USED)
        rc = alloc_refused(err); /* it said that it cannot say */
    nonces_destroy(set);
    return rc;
}

static int signature(struct error *err)
{
    struct api_signed r = {.key = "pk_abcdefghijklmnopqrstuvwx",
                           .method = "POST",
                           .target = "/v1/usage?b=2&a=1",
                           .timestamp = "1767225600",
                           .nonce = "0123456789abcdef",
                           .body = "{}",
                           .body_len = 2};
    char secret[CLIENT_KEY_SECRET_SIZE], hex[API_SIGNATURE_HEX];
    int rc;

    if (client_key_secret("0123456789abcdef0123456789abcdef", r.key, strlen(r.key), secret, err) !=
        0)
        return secret[0] ? alloc_wrong(err, "half a secret") : -1;
    if (api_signature_make(&r, secret, hex) != 0)
        return alloc_refused(err);
    rc = api_signature_check(&r, secret, hex);
    if (rc == 0)
        return alloc_wrong(err, "the right signature is refused as wrong");
    return rc == 1 ? 0 : alloc_refused(err);
}

static int webhook(struct error *err)
{
    struct webhook_config config = {.secrets = {{"secret", 6}}, .count = 1};
    struct webhook_call call = {.body = {"{}", 2}, .now = 1533204620};
    unsigned char mac[CRYPTO_DIGEST_MAX];
    char text[CRYPTO_TEXT_SIZE];
    int rc;

    webhook_scheme_named("paystack", &config.scheme);
    alloc_fail_pause();
    crypto_hmac(CRYPTO_SHA512, "secret", 6, &call.body, 1, mac);
    call.header.len = crypto_encode(CRYPTO_HEX, mac, 64, text);
    call.header.bytes = text;
    alloc_fail_resume();
    rc = webhook_verify(&config, &call, err);
    return rc == 1 ? 0 : rc == 0 ? alloc_wrong(err, "the right signature is refused as wrong") : -1;
}

static int webhook_config(struct error *err)
{
    static const char text[] = "{\"webhook_secrets\":[\"a-secret\",\"another\"]}";
    json_t *object = json_parse(text, strlen(text), err);
    struct webhook_config config;
    int rc = object ? webhook_config_read(object, "square", &config, err) : -1;

    if (rc == 0 && config.count != 2)
        rc = alloc_wrong(err, "not two secrets");
    json_decref(object);
    return rc;
}

static int secrets_are_equal(struct error *err)
{
    return crypto_equal_secret("abc", 3, "abc", 3) ? 0 : alloc_refused(err);
}

static int keys(struct error *err)
{
    static const unsigned char seed[CRYPTO_ED25519_SEED] = "0123456789abcdef0123456789abcde";
    unsigned char key[CRYPTO_ED25519_PUBLIC], signed_text[CRYPTO_ED25519_SIGNATURE];
    struct crypto_hasher *hasher = crypto_hasher_create();
    unsigned char hash[CRYPTO_SHA256_SIZE];
    int rc = hasher && crypto_hasher_sha256(hasher, "x", 1, hash) == 0 ? 0 : -1;

    crypto_hasher_destroy(hasher);
    if (rc == 0)
        rc = crypto_ed25519_public(seed, key);
    if (rc == 0)
        rc = crypto_ed25519_sign(seed, "text", 4, signed_text);
    if (rc == 0)
        rc = crypto_ed25519_verify(key, "text", 4, signed_text) - 1;
    if (rc == -1 && crypto_ed25519_verify(key, "text", 4, signed_text) == 0)
        return alloc_refused(err);
    return rc == 0 ? 0 : alloc_refused(err);
}

static int months(struct error *err)
{
    struct zone *zone = zone_from_offset_text("+02:00", err);
    struct buf out;
    int rc;

    if (!zone)
        return alloc_refused(err);
    buf_init(&out, 100000);
    rc = months_json(zone, 2025 * 12, 24, &out, err);
    if (rc == 0 && (out.failed || out.data[out.len - 1] != ']'))
        rc = alloc_wrong(err, "cut");
    buf_free(&out);
    zone_destroy(zone);
    return rc;
}

static int zones(struct error *err)
{
    struct zone *rule = zone_from_posix("CET-1CEST,M3.5.0,M10.5.0/3", err), *fixed;

    if (!rule)
        return -1;
    fixed = zone_fixed(7200, err);
    zone_destroy(rule);
    zone_destroy(fixed);
    return fixed ? 0 : -1;
}

static int escapes(struct error *err)
{
    struct buf out;
    int rc;

    buf_init(&out, 100);
    markup_put_escape(&out, '<');
    rc = out.failed ? alloc_refused(err) : 0;
    buf_free(&out);
    return rc;
}

const struct alloc_scenario alloc_udf[] = {
    {"a batch of stock", stock, NULL, "it says that memory may be short"},
    {"a batch of stock as rows", stock_rows, NULL, "it says that memory may be short"},
    {"a batch of many", stock_many, NULL, "it says that memory may be short"},
    {"the items of an order", order_items, NULL, "it says that memory may be short"},
    {"a batch of subscriptions", subscriptions, NULL, "it says that memory may be short"},
    {"CSV", csv, NULL, NULL},
    {"JSON", json, NULL, NULL},
    {"JSON of many", json_of_many, NULL, NULL},
    {"JSON that is wrong at its end", json_that_is_wrong_at_its_end, NULL, NULL},
    {"canonical JSON", canonical, NULL, NULL},
    {"the difference of two records", diff, NULL, NULL},
    {"the leaf of a record", leaf, "libcrypto does without some of what it keeps", NULL},
    {"the hash of a seal", seal, "libcrypto does without some of what it keeps", NULL},
    {"a checkpoint", note, "libcrypto does without some of what it keeps", NULL},
    {"runs of ids", runs, NULL, NULL},
    {"nonces", nonces, "libcrypto does without some of what it keeps", NULL},
    {"a signed request", signature, "libcrypto does without some of what it keeps", NULL},
    {"a webhook", webhook, "libcrypto does without some of what it keeps", NULL},
    {"the configuration of a webhook", webhook_config, NULL, NULL},
    {"two secrets", secrets_are_equal, "libcrypto does without some of what it keeps", NULL},
    {"keys", keys, "libcrypto does without some of what it keeps", NULL},
    {"months", months, NULL, NULL},
    {"zones", zones, NULL, NULL},
    {"escapes", escapes, NULL, NULL},
    {NULL, NULL, NULL, NULL}};
