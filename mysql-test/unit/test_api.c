/*
  test_api.c - who is let into the client API: the signature (against clients/conformance, which all
  libraries are held against), the time and the nonces.
*/
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/api_nonce.h"
#include "../../udf/api_signature.h"
#include "../../udf/crypto.h"
#include "../../udf/json.h"
#include "unit.h"

#define CONFORMANCE "../../clients/conformance/requests.json"
#define NOW 1767225600
#define NONCE_SIZE 32

/* ---- the conformance file */

static json_t *conformance;

static int read_conformance(void **state)
{
    json_error_t why;

    (void)state;
    conformance = json_load_file(CONFORMANCE, 0, &why);
    if (!conformance)
        print_error("%s: %s\n", CONFORMANCE, why.text);
    return conformance ? 0 : -1;
}

static int free_conformance(void **state)
{
    (void)state;
    json_decref(conformance);
    return 0;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

/* A body in one of its three forms. */
static void read_case_body(const json_t *from, struct buf *body)
{
    const json_t *plain = json_object_get(from, "body");
    const json_t *encoded = json_object_get(from, "body_base64");
    const json_t *repeat = json_object_get(from, "body_repeat");
    json_int_t n;

    buf_init(body, 16u << 20);
    if (plain) {
        buf_append(body, json_string_value(plain), json_string_length(plain));
    } else if (encoded) {
        size_t len = json_string_length(encoded);
        unsigned char *bytes = malloc(len + 1);
        long got = crypto_decode(CRYPTO_BASE64, json_string_value(encoded), len, bytes, len);

        assert_true(got >= 0);
        buf_append(body, bytes, (size_t)got);
        free(bytes);
    } else if (repeat) {
        buf_puts(body, text_of(repeat, "before"));
        for (n = json_integer_value(json_object_get(repeat, "count")); n > 0; n--)
            buf_puts(body, text_of(repeat, "text"));
        buf_puts(body, text_of(repeat, "after"));
    }
    assert_false(body->failed);
}

static void each_signature_of_the_conformance_file_is_made(void **state)
{
    const json_t *keys = json_object_get(conformance, "keys");
    const json_t *cases = json_object_get(json_object_get(conformance, "cases"), "signing");
    const json_t *one;
    size_t i;

    (void)state;
    assert_string_equal(text_of(conformance, "scheme"), API_SIGNATURE_SCHEME);
    assert_true(json_array_size(cases) > 10);
    json_array_foreach(cases, i, one)
    {
        const json_t *key = json_object_get(keys, text_of(one, "key"));
        struct buf body, text;
        char hex[API_SIGNATURE_HEX], secret[CLIENT_KEY_SECRET_SIZE];
        struct api_signed r = {text_of(key, "key_id"),
                               text_of(one, "timestamp"),
                               text_of(one, "nonce"),
                               text_of(one, "method"),
                               text_of(one, "target"),
                               NULL,
                               0};

        assert_int_equal(
            client_key_secret(text_of(conformance, "seed"), r.key, strlen(r.key), secret, NULL), 0);
        assert_string_equal(secret, text_of(key, "secret"));
        read_case_body(one, &body);
        buf_init(&text, 1u << 20);
        r.body = body.data;
        r.body_len = body.len;
        assert_int_equal(api_signature_text(&r, &text), 0);
        assert_string_equal(text.data, text_of(one, "string_to_sign"));
        assert_int_equal(api_signature_make(&r, secret, hex), 0);
        assert_string_equal(hex, text_of(one, "signature"));
        assert_int_equal(api_signature_check(&r, secret, hex), 1);
        hex[63] = hex[63] == '0' ? '1' : '0';
        assert_int_equal(api_signature_check(&r, secret, hex), 0);
        buf_free(&body);
        buf_free(&text);
    }
}

/* What the door says, without a limiter: door.c's order. */
static const char *verdict_of(const json_t *request, const char *seed, int64_t now,
                              struct nonces *nonces)
{
    const json_t *headers = json_object_get(request, "headers"), *pair;
    struct api_credentials c = {0};
    char secret[CLIENT_KEY_SECRET_SIZE];
    struct buf body;
    struct api_signed r;
    size_t i;
    int same;

    json_array_foreach(headers, i, pair)
    {
        api_credentials_take(&c, json_string_value(json_array_get(pair, 0)),
                             json_string_value(json_array_get(pair, 1)));
    }
    switch (api_credentials_judge(&c)) {
    case API_CREDENTIALS_MISSING:
        return "missing-credentials";
    case API_CREDENTIALS_MALFORMED:
        return "malformed-credentials";
    default:
        break;
    }
    assert_int_equal(client_key_secret(seed, c.key, strlen(c.key), secret, NULL), 0);
    read_case_body(request, &body);
    r = (struct api_signed){
        c.key,     c.timestamp, c.nonce, text_of(request, "method"), text_of(request, "target"),
        body.data, body.len};
    same = api_signature_check(&r, secret, c.signature);
    buf_free(&body);
    if (same != 1)
        return "invalid-signature";
    if (!api_signature_in_time(c.seconds, now, 0))
        return "timestamp-out-of-range";
    return nonces_use(nonces, c.key, c.nonce, c.seconds + API_TOLERANCE, now) == NONCE_NEW
               ? "ok"
               : "replayed-nonce";
}

static void each_request_of_the_conformance_file_is_judged(void **state)
{
    const json_t *cases = json_object_get(json_object_get(conformance, "cases"), "verifying");
    const json_t *one;
    size_t i;

    (void)state;
    assert_true(json_array_size(cases) > 10);
    json_array_foreach(cases, i, one)
    {
        struct nonces *nonces = nonces_create(64);
        json_int_t repeat = json_integer_value(json_object_get(one, "repeat"));
        const char *verdict = "none";

        for (; repeat > 0; repeat--) {
            verdict = verdict_of(json_object_get(one, "request"), text_of(conformance, "seed"),
                                 json_integer_value(json_object_get(one, "now")), nonces);
        }
        if (strcmp(verdict, text_of(one, "verdict")) != 0)
            print_error("%s\n", text_of(one, "name"));
        assert_string_equal(verdict, text_of(one, "verdict"));
        nonces_destroy(nonces);
    }
}

static void a_time_is_near_enough_on_both_sides(void **state)
{
    (void)state;
    assert_true(api_signature_in_time(NOW, NOW, 0));
    assert_true(api_signature_in_time(NOW - 300, NOW, 0));
    assert_true(api_signature_in_time(NOW + 300, NOW, 0));
    assert_false(api_signature_in_time(NOW - 301, NOW, 0));
    assert_false(api_signature_in_time(NOW + 301, NOW, 0));
    assert_true(api_signature_in_time(NOW - 10, NOW, NOW - 10));
    assert_false(api_signature_in_time(NOW - 11, NOW, NOW - 10));
    assert_false(api_signature_in_time(999999999999, NOW, 0));
    assert_true(api_signature_target("/v1/usage?a=%D0%B0~!"));
    assert_false(api_signature_target("v1"));
    assert_false(api_signature_target(""));
    assert_false(api_signature_target("/v1/us age"));
    assert_false(api_signature_target("/v1/\xc3\xa9"));
}

/* ---- nonces */

static void name_nonce(char nonce[NONCE_SIZE], unsigned n)
{
    snprintf(nonce, NONCE_SIZE, "nonce-number-%08u", n);
}

static void a_nonce_is_used_once_with_a_key_until_it_is_over(void **state)
{
    struct nonces *n = nonces_create(100);

    (void)state;
    assert_false(nonces_used(n, "pk_a", "x", NOW));
    assert_int_equal(nonces_use(n, "pk_a", "x", NOW + 10, NOW), NONCE_NEW);
    assert_int_equal(nonces_use(n, "pk_a", "x", NOW + 10, NOW), NONCE_USED);
    assert_true(nonces_used(n, "pk_a", "x", NOW + 10));
    assert_false(nonces_used(n, "pk_a", "x", NOW + 11));
    assert_false(nonces_used(n, "pk_a", "xx", NOW));
    assert_int_equal(nonces_use(n, "pk_b", "x", NOW + 10, NOW), NONCE_NEW);
    assert_int_equal(nonces_use(n, "pk_a", "y", NOW + 10, NOW), NONCE_NEW);
    assert_int_equal(nonces_use(n, "pk_ax", "", NOW + 10, NOW), NONCE_NEW);
    assert_int_equal(nonces_use(n, "pk_a", "x", NOW + 10, NOW + 10), NONCE_USED);
    assert_int_equal(nonces_use(n, "pk_a", "x", NOW + 30, NOW + 11), NONCE_NEW);
    assert_int_equal(nonces_use(n, "pk_a", "x", NOW + 30, NOW + 12), NONCE_USED);
    nonces_destroy(n);
    nonces_destroy(NULL);
}

static void a_full_set_refuses_and_forgets_none(void **state)
{
    struct nonces *n = nonces_create(1000);
    char nonce[NONCE_SIZE];
    unsigned i, turn;

    (void)state;
    for (turn = 0; turn < 3; turn++) {
        int64_t now = NOW + 1000 * (int64_t)turn;

        for (i = 0; i < 1000; i++) {
            name_nonce(nonce, i);
            assert_int_equal(nonces_use(n, "pk", nonce, now + 600, now), NONCE_NEW);
        }
        assert_int_equal(nonces_use(n, "pk", "one more", now + 600, now), NONCE_NO_ROOM);
        for (i = 0; i < 1000; i++) {
            name_nonce(nonce, i);
            assert_int_equal(nonces_use(n, "pk", nonce, now + 600, now + 600), NONCE_USED);
        }
    }
    nonces_destroy(n);
}

/* A model: what is in the set is what was used and is not over. */
static void whatever_comes_a_set_says_what_a_list_says(void **state)
{
    struct nonces *n = nonces_create(5000);
    static int64_t until[300];
    unsigned seed = 7, i;
    int64_t now = NOW;
    char nonce[NONCE_SIZE];

    (void)state;
    for (i = 0; i < 300; i++)
        until[i] = 0;
    for (i = 0; i < 100000; i++) {
        unsigned which;

        seed = seed * 1103515245u + 12345u;
        which = (seed >> 16) % 300;
        now += (seed >> 8) % 16 == 0;
        name_nonce(nonce, which);
        assert_int_equal(nonces_use(n, "pk", nonce, now + 20, now),
                         until[which] >= now ? NONCE_USED : NONCE_NEW);
        if (until[which] < now)
            until[which] = now + 20;
    }
    nonces_destroy(n);
}

static struct nonces *shared;
static atomic_int fresh;

static void *use_all(void *unused)
{
    char nonce[NONCE_SIZE];
    unsigned i;

    (void)unused;
    for (i = 0; i < 2000; i++) {
        name_nonce(nonce, i);
        atomic_fetch_add(&fresh, nonces_use(shared, "pk", nonce, NOW + 600, NOW) == NONCE_NEW);
    }
    return NULL;
}

static void of_many_at_once_one_is_the_first(void **state)
{
    pthread_t threads[4];
    size_t i;

    (void)state;
    shared = nonces_create(API_NONCES);
    for (i = 0; i < UNIT_COUNT(threads); i++)
        pthread_create(&threads[i], NULL, use_all, NULL);
    for (i = 0; i < UNIT_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&fresh), 2000);
    nonces_destroy(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_signature_of_the_conformance_file_is_made),
        cmocka_unit_test(each_request_of_the_conformance_file_is_judged),
        cmocka_unit_test(a_time_is_near_enough_on_both_sides),
        cmocka_unit_test(a_nonce_is_used_once_with_a_key_until_it_is_over),
        cmocka_unit_test(a_full_set_refuses_and_forgets_none),
        cmocka_unit_test(whatever_comes_a_set_says_what_a_list_says),
        cmocka_unit_test(of_many_at_once_one_is_the_first),
    };

    return cmocka_run_group_tests(tests, read_conformance, free_conformance);
}
