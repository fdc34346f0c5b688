#include "../../plugin/json_scan.h"

#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "unit.h"

static void a_value_ends_where_json_says_so(void **state)
{
    static const struct {
        const char *text;
        size_t end;
    } cases[] = {
        {"{}", 2},
        {"{} x", 2},
        {"[1,[2],{\"a\":[]}],", 16},
        {"\"a\\\"b\",", 6},
        {"\"a\\\\\",", 5},
        {"\"\\\\\\\"\"", 6},
        {"\"ab", 0},
        {"\"ab\\\"", 0},
        {"{\"a\":\"}\"}", 9},
        {"[\"]\",\"[\"]", 9},
        {"12,", 2},
        {"true}", 4},
        {"null", 4},
        {"[1,2", 0},
        {"{\"a\":\"b", 0},
        {"}", 0},
        {",", 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        assert_int_equal(json_skip_value(cases[i].text, 0, strlen(cases[i].text)), cases[i].end);
}

static int prune(const char *text, struct buf *out)
{
    static const char *const keep[] = {"a", "ab", "list"};

    buf_clear(out);
    return json_prune(text, strlen(text), keep, UNIT_COUNT(keep), out);
}

static void only_the_members_that_are_wanted_are_copied(void **state)
{
    static const struct {
        const char *text, *pruned;
    } cases[] = {
        {"{}", "{}"},
        {" { } ", "{}"},
        {"{\"a\":1}", "{\"a\":1}"},
        {"{\"x\":1}", "{}"},
        {"{ \"x\" : 1 , \"a\" : 2 , \"y\" : [1,{\"a\":3}] , \"ab\":\"z\" }",
         "{\"a\":2,\"ab\":\"z\"}"},
        {"{\"a\":{\"b\":1,\"a\":{\"ab\":-1.5e3}}}", "{\"a\":{\"a\":{\"ab\":-1.5e3}}}"},
        {"{\"list\":[{\"x\":1},{\"a\":2},3,\"s\",[],{}]}",
         "{\"list\":[{},{\"a\":2},3,\"s\",[],{}]}"},
        {"{\"list\":[ ]}", "{\"list\":[]}"},
        {"[{\"aa\":1,\"a\":null}]", "[{\"a\":null}]"},
        {"{\"x\\u0061\":1}", "{\"x\\u0061\":1}"}, /* what it means is json_parse's to say */
        {"{\"a\":\"}\\\"]\",\"x\":\"{\"}", "{\"a\":\"}\\\"]\"}"},
    };
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, 1000);
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(prune(cases[i].text, &out), 0);
        assert_string_equal(out.data, cases[i].pruned);
        assert_true(out.len <= strlen(cases[i].text));
    }
    buf_free(&out);
}

/* A name is as long as it is: one that a NUL byte seems to end is another one (and none that is
   kept may be read beyond its end). */
static void a_name_with_a_nul_byte_is_another_name(void **state)
{
    static const char text[] =
        "{\"a\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}";
    static const char *const keep[] = {"a", "ab"};
    struct buf out;
    char *exact = malloc(3);

    (void)state;
    buf_init(&out, 1000);
    assert_int_equal(json_prune(text, sizeof(text) - 1, keep, UNIT_COUNT(keep), &out), 0);
    assert_string_equal(out.data, "{}");
    buf_clear(&out);
    memcpy(exact, "[1,", 3); /* ends within a buffer without anything behind it */
    assert_int_equal(json_prune(exact, 3, keep, UNIT_COUNT(keep), &out), -1);
    free(exact);
    buf_free(&out);
}

static void what_is_no_document_is_not_pruned(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "1",
        "\"a\"",
        "{",
        "[",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{\"x\":1,}",
        "{,\"a\":1}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1]",
        "[1}",
        "{}{}",
        "{\"x\":}",
        "{\"a\":}",
        "{\"x\":1 \"a\":2}",
        "{\"a\":1 \"a\":2}",
        "{\"list\":[1,}",
        "{\"x\"}",
        "{\"a\":\"b}",
        "[[[]]",
    };
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, 1000);
    for (i = 0; i < UNIT_COUNT(cases); i++)
        assert_int_equal(prune(cases[i], &out), -1);
    buf_free(&out);
}

static void what_is_nested_without_end_is_left_to_the_parser(void **state)
{
    char text[201];
    struct buf out;

    (void)state;
    memset(text, '[', 100);
    memset(text + 100, ']', 100);
    text[200] = '\0';
    buf_init(&out, 1000);
    assert_int_equal(prune(text, &out), -1);
    buf_free(&out);
}

/* Whatever comes: no byte beyond the text is read, and what json_parse takes is never refused. */
static void damaged_documents_do_no_harm(void **state)
{
    static const char document[] =
        "{\"list\":[{\"a\":\"x\\\\\",\"b\":[1,2]},{\"ab\":{\"a\":1}}],\"z\":\"\\\"\"}";
    static const char odd[] = "{}[]\",:\\ 1a";
    uint64_t seed = 7;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        size_t len = sizeof(document) - 1 - unit_random(&seed) % 20;
        char *text = malloc(len + 1);
        json_t *whole, *kept;
        struct buf out;

        memcpy(text, document, len);
        text[len] = '\0';
        text = realloc(text, len + 1);
        text[unit_random(&seed) % len] = odd[unit_random(&seed) % (sizeof(odd) - 1)];
        buf_init(&out, len);
        whole = json_parse(text, len, NULL);
        if (json_prune(text, len, (const char *const[]){"a", "ab", "list"}, 3, &out) == 0) {
            kept = json_parse(out.data, out.len, NULL);
            assert_true(kept || !whole);
            json_decref(kept);
        } else {
            assert_null(whole);
        }
        json_decref(whole);
        buf_free(&out);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_ends_where_json_says_so),
        cmocka_unit_test(only_the_members_that_are_wanted_are_copied),
        cmocka_unit_test(a_name_with_a_nul_byte_is_another_name),
        cmocka_unit_test(what_is_no_document_is_not_pruned),
        cmocka_unit_test(what_is_nested_without_end_is_left_to_the_parser),
        cmocka_unit_test(damaged_documents_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
