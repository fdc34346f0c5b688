/*
  test_api_bodies.c - what clients of the API may send, and what they are told: bodies, queries,
  problems, and the description, which says the same.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/api/body.h"
#include "../../plugin/api/route.h"
#include "../../plugin/api/work.h"
#include "unit.h"

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

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
        cmocka_unit_test(a_body_is_held_against_its_route),
        cmocka_unit_test(more_errors_than_have_room_are_left_out),
        cmocka_unit_test(a_cursor_has_room_for_the_longest_reference),
        cmocka_unit_test(a_query_is_held_against_its_route),
        cmocka_unit_test(a_problem_is_one_as_rfc_9457_has_it),
        cmocka_unit_test(the_description_has_each_path_and_no_other),
        cmocka_unit_test(the_description_has_each_parameter_and_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
