/*
  test_api.c - the client API without a server: the signature (against clients/conformance, which
  all libraries are held against), nonces, routes, bodies, queries, problems and the description.
*/
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/api/body.h"
#include "../../plugin/api/route.h"
#include "../../plugin/api/work.h"
#include "../../udf/api_nonce.h"
#include "../../udf/api_signature.h"
#include "../../udf/crypto.h"
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
    assert_int_equal(nonces_use(n, "pk_a", "x", NOW + 10, NOW), NONCE_NEW);
    assert_int_equal(nonces_use(n, "pk_a", "x", NOW + 10, NOW), NONCE_USED);
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

/* ---- bodies and queries */

static const struct api_route *route(const char *path)
{
    const struct api_route *r = api_route_find(path, strlen(path));

    assert_non_null(r);
    return r;
}

static void refused_body(const char *path, const char *text, const char *pointer)
{
    struct api_errors errors = {0};

    assert_null(api_body_read(route(path), text, strlen(text), &errors));
    assert_true(errors.count > 0);
    assert_string_equal(errors.list[0].pointer, pointer);
}

#define RATE "/v1/rate-limit/check"
#define GOOD "\"identifier\":\"a\",\"endpoint\":\"e\",\"max_requests\":5,\"window_seconds\":60"

static void a_body_is_held_against_its_route(void **state)
{
    struct api_errors errors = {0};
    json_t *object = api_body_read(route(RATE), "{" GOOD "}", strlen("{" GOOD "}"), &errors);

    (void)state;
    assert_non_null(object);
    json_decref(object);
    refused_body(RATE, "", "");
    refused_body(RATE, "null", "");
    refused_body(RATE, "[]", "");
    refused_body(RATE, "{" GOOD "} x", "");
    refused_body(RATE, "{" GOOD ",\"identifier\":\"b\"}", "");
    refused_body(RATE, "{" GOOD ",\"a/b~c\":1}", "/a~1b~0c");
    refused_body(RATE, "{" GOOD ",\"cost\":4294967296}", "/cost");
    refused_body(RATE, "{" GOOD ",\"cost\":99999999999999999999}", "");
    refused_body(RATE, "{" GOOD ",\"cost\":true}", "/cost");
    refused_body(RATE, "{" GOOD ",\"cost\":null}", "/cost");
    refused_body(RATE, "{}", "/identifier");
    refused_body("/v1/webhooks/verify", "{\"gateway\":\"\",\"signature\":\"\"}", "/gateway");
    refused_body("/v1/webhooks/verify", "{\"gateway\":\"x\"}", "/signature");
}

static void more_errors_than_have_room_are_left_out(void **state)
{
    struct api_errors errors = {0};
    struct buf text;
    int i;

    (void)state;
    buf_init(&text, 1u << 20);
    buf_puts(&text, "{" GOOD);
    for (i = 0; i < 100; i++)
        buf_printf(&text, ",\"%0*d\xf0\x9f\x92\xb3\":1", 60 + i, i);
    buf_puts(&text, "}");
    assert_null(api_body_read(route(RATE), text.data, text.len, &errors));
    assert_int_equal(errors.count, API_ERRORS_MAX);
    buf_free(&text);
}

static void refused_query(const char *path, const char *query, const char *pointer)
{
    struct api_errors errors = {0};

    assert_null(api_query_read(route(path), query, &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.list[0].pointer, pointer);
}

static void good_query(const char *path, const char *query, const char *json)
{
    struct api_errors errors = {0};
    json_t *object = api_query_read(route(path), query, &errors);
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

    assert_int_equal(errors.count, 0);
    assert_string_equal(text, json);
    free(text);
    json_decref(object);
}

/* 128 characters of four bytes, a moment and a count, as base64 */
static void a_cursor_has_room_for_the_longest_reference(void **state)
{
    char query[8 + (128 * 4 + 41) * 4 / 3] = "cursor=";
    struct api_errors errors = {0};
    json_t *object;

    (void)state;
    memset(query + 7, 'a', sizeof(query) - 8);
    query[sizeof(query) - 1] = '\0';
    object = api_query_read(route("/v1/transactions"), query, &errors);
    assert_non_null(object);
    json_decref(object);
}

static void a_query_is_held_against_its_route(void **state)
{
    (void)state;
    good_query("/v1/usage", "", "{}");
    good_query("/v1/transactions", "limit=007&cursor=a-_Z", "{\"cursor\":\"a-_Z\",\"limit\":7}");
    good_query("/v1/transactions", "%6Cimit=%31", "{\"limit\":1}");
    good_query("/v1/transactions", "from=2026-01-01T00:00:00.123456Z",
               "{\"from\":\"2026-01-01T00:00:00.123456Z\"}");
    good_query("/v1/reconciliation", "date=2024-02-29", "{\"date\":\"2024-02-29\"}");
    refused_query("/v1/usage", "a", "/a");
    refused_query("/v1/usage", "&", "/");
    refused_query("/v1/usage", "=", "/");
    refused_query("/v1/transactions", "limit=1&&cursor=a", "/");
    refused_query("/v1/transactions", "limit=1&%6cimit=1", "/limit");
    refused_query("/v1/transactions", "limit=", "/limit");
    refused_query("/v1/transactions", "limit=+1", "/limit");
    refused_query("/v1/transactions", "limit=-1", "/limit");
    refused_query("/v1/transactions", "limit=99999999999", "/limit");
    refused_query("/v1/transactions", "cursor=", "/cursor");
    refused_query("/v1/transactions", "cursor=%", "/cursor");
    refused_query("/v1/transactions", "cursor=%4", "/cursor");
    refused_query("/v1/transactions", "cursor=%00", "/cursor");
    refused_query("/v1/transactions", "cursor=%C3", "/cursor");
    refused_query("/v1/transactions", "%C3=1", "");
    refused_query("/v1/transactions", "from=2026-01-01T00:00:00", "/from");
    refused_query("/v1/transactions", "from=2026-01-01T00:00:60Z", "/from");
    refused_query("/v1/transactions", "from=2026-01-01T00:00:00.Z", "/from");
    refused_query("/v1/transactions", "to=2026-01-01 00:00:00Z", "/to");
    refused_query("/v1/reconciliation", "", "/date");
    refused_query("/v1/reconciliation", "date=2023-02-29", "/date");
}

/* ---- problems, routes, the description */

static void a_problem_is_one_as_rfc_9457_has_it(void **state)
{
    struct api_errors errors = {0};
    struct api_answer answer;
    json_t *object;
    int i;

    (void)state;
    api_answer_begin(&answer);
    api_errors_add(&errors, "/a", "%s", "\xff \"quoted\"");
    for (i = 0; i < API_PROBLEMS; i++) {
        char type[80];

        assert_int_equal(api_problem_named(api_problem_name((enum api_problem)i)), i);
        api_problem(&answer, (enum api_problem)i, i % 2 ? "why" : NULL, i % 3 ? &errors : NULL);
        object = json_parse(answer.body.data, answer.body.len, NULL);
        assert_non_null(object);
        snprintf(type, sizeof(type), "urn:purser:problem:%s",
                 api_problem_name((enum api_problem)i));
        assert_string_equal(text_of(object, "type"), type);
        assert_string_equal(text_of(object, "title"), api_problem_title((enum api_problem)i));
        assert_int_equal(json_integer_value(json_object_get(object, "status")), answer.status);
        assert_int_equal(answer.status, api_problem_status((enum api_problem)i));
        assert_int_equal(json_array_size(json_object_get(object, "errors")), i % 3 ? 1 : 0);
        json_decref(object);
    }
    assert_int_equal(api_problem_named("no such problem"), API_PROBLEMS);
    for (i = 0; i < 2 * API_HEADERS_MAX; i++)
        api_answer_header(&answer, "Retry-After", "%d", i);
    assert_true(answer.header_count <= 2);
    api_answer_free(&answer);
}

static const json_t *paths_of(const json_t *document)
{
    return json_object_get(document, "paths");
}

/* Both ways round. */
static void the_description_has_each_path_and_no_other(void **state)
{
    size_t len;
    const char *text = api_document(&len);
    json_t *document = json_parse(text, len, NULL);
    const struct api_route *r;
    int i;

    (void)state;
    assert_non_null(document);
    assert_string_equal(text_of(document, "openapi"), "3.1.0");
    for (i = 0; (r = api_route_at(i)) != NULL; i++) {
        const json_t *path = json_object_get(paths_of(document), r->path);

        assert_non_null(path);
        assert_int_equal(json_object_size(path), 1);
        assert_non_null(json_object_get(path, r->post ? "post" : "get"));
        assert_ptr_equal(api_route_find(r->path, strlen(r->path)), r);
        assert_null(api_route_find(r->path, strlen(r->path) - 1));
    }
    assert_int_equal(json_object_size(paths_of(document)), i);
    json_decref(document);
}

static const json_t *schema_of(const json_t *document, const struct api_route *r)
{
    const json_t *operation =
        json_object_get(json_object_get(paths_of(document), r->path), r->post ? "post" : "get");
    const json_t *content = json_object_get(json_object_get(operation, "requestBody"), "content");
    const char *ref =
        r->post ? text_of(json_object_get(json_object_get(content, API_JSON), "schema"), "$ref")
                : NULL;
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");

    return ref ? json_object_get(schemas, strrchr(ref, '/') + 1)
               : json_object_get(operation, "parameters");
}

/* The parameters, and what they may be. */
static void the_description_has_each_parameter_and_its_bounds(void **state)
{
    size_t len;
    const char *text = api_document(&len);
    json_t *document = json_parse(text, len, NULL);
    const struct api_route *r;
    const struct api_parameter *p;
    int i;

    (void)state;
    for (i = 0; (r = api_route_at(i)) != NULL; i++) {
        const json_t *schema = schema_of(document, r);
        size_t n = 0;

        for (p = r->parameters; p->name; p++, n++) {
            const json_t *one = NULL, *bound;

            if (r->post)
                one = json_object_get(json_object_get(schema, "properties"), p->name);
            else if (n < json_array_size(schema))
                one = json_object_get(json_array_get(schema, n), "schema");
            assert_non_null(one);
            if (!r->post)
                assert_string_equal(text_of(json_array_get(schema, n), "name"), p->name);
            bound = json_object_get(one, p->kind == API_INTEGER ? "maximum" : "maxLength");
            if (bound)
                assert_int_equal(json_integer_value(bound), p->max);
            assert_true(bound || p->kind != API_INTEGER);
        }
        assert_int_equal(n, r->post ? json_object_size(json_object_get(schema, "properties"))
                                    : json_array_size(schema));
    }
    json_decref(document);
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
        cmocka_unit_test(a_body_is_held_against_its_route),
        cmocka_unit_test(more_errors_than_have_room_are_left_out),
        cmocka_unit_test(a_cursor_has_room_for_the_longest_reference),
        cmocka_unit_test(a_query_is_held_against_its_route),
        cmocka_unit_test(a_problem_is_one_as_rfc_9457_has_it),
        cmocka_unit_test(the_description_has_each_path_and_no_other),
        cmocka_unit_test(the_description_has_each_parameter_and_its_bounds),
    };

    return cmocka_run_group_tests(tests, read_conformance, free_conformance);
}
