#include "../../udf/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "unit.h"

static void expect_diff(const char *old_json, const char *new_json, const char *expected)
{
    struct error err = {0};
    struct buf out;
    int rc;

    buf_init(&out, 1 << 20);
    rc = audit_diff(old_json, old_json ? strlen(old_json) : 0, new_json,
                    new_json ? strlen(new_json) : 0, &out, NULL, &err);
    if (rc != (expected != NULL) || (expected && strcmp(out.data, expected) != 0))
        fail_msg("%s %s: %d %s %s", old_json, new_json, rc, out.data, err.text);
    if (!expected)
        assert_int_equal(out.len, 0);
    buf_free(&out);
}

static void what_changed_is_told_with_keys_in_byte_order(void **state)
{
    (void)state;
    expect_diff("{\"b\":1,\"a\":\"x\",\"c\":3}", "{\"c\":3,\"a\":\"y\",\"b\":2}",
                "{\"a\":{\"old\":\"x\",\"new\":\"y\"},\"b\":{\"old\":1,\"new\":2}}");
    expect_diff("{\"\xC3\xA9\":1,\"z\":1,\"Z\":1}", "{\"\xC3\xA9\":2,\"z\":2,\"Z\":2}",
                "{\"Z\":{\"old\":1,\"new\":2},\"z\":{\"old\":1,\"new\":2},"
                "\"\xC3\xA9\":{\"old\":1,\"new\":2}}");
    expect_diff("{\"a\\n\\u0062\":1}", "{\"a\\n\\u0062\":2}",
                "{\"a\\u000ab\":{\"old\":1,\"new\":2}}");
}

static void nothing_is_told_where_nothing_differs(void **state)
{
    (void)state;
    expect_diff("{}", "{}", NULL);
    expect_diff(NULL, NULL, NULL);
    expect_diff(NULL, "{}", NULL);
    expect_diff("{ }", NULL, NULL);
    expect_diff("{\"a\":1,\"b\":[1,{\"x\":1,\"y\":2}]}",
                " {\"b\":[1.0,{\"y\":2e0,\"x\":1}],\"a\":1}", NULL);
    expect_diff("{\"a\":\"\\u00e9\"}", "{\"a\":\"\xC3\xA9\"}", NULL);
    expect_diff("{\"a\":-0}", "{\"a\":0.00}", NULL);
    expect_diff("{\"a\":null}", "{}", NULL);
}

static void numbers_are_compared_exactly_and_shown_as_written(void **state)
{
    (void)state;
    expect_diff("{\"a\":9007199254740992}", "{\"a\":9007199254740993}",
                "{\"a\":{\"old\":9007199254740992,\"new\":9007199254740993}}");
    expect_diff("{\"a\":123456789012345678901234567890.10}",
                "{\"a\":123456789012345678901234567890.11}",
                "{\"a\":{\"old\":123456789012345678901234567890.10,"
                "\"new\":123456789012345678901234567890.11}}");
    expect_diff("{\"a\":1.10}", "{\"a\":1.2}", "{\"a\":{\"old\":1.10,\"new\":1.2}}");
    expect_diff("{\"a\":0.1}", "{\"a\":0.10000000000000000000001}",
                "{\"a\":{\"old\":0.1,\"new\":0.10000000000000000000001}}");
}

static void types_differ_even_if_they_look_alike(void **state)
{
    (void)state;
    expect_diff("{\"a\":1}", "{\"a\":\"1\"}", "{\"a\":{\"old\":1,\"new\":\"1\"}}");
    expect_diff("{\"a\":1}", "{\"a\":true}", "{\"a\":{\"old\":1,\"new\":true}}");
    expect_diff("{\"a\":null}", "{\"a\":\"null\"}", "{\"a\":{\"old\":null,\"new\":\"null\"}}");
    expect_diff("{\"a\":[]}", "{\"a\":{}}", "{\"a\":{\"old\":[],\"new\":{}}}");
    expect_diff("{\"a\":[1,2]}", "{\"a\":[2,1]}", "{\"a\":{\"old\":[1,2],\"new\":[2,1]}}");
    expect_diff("{\"a\":\"\"}", "{\"a\":null}", "{\"a\":{\"old\":\"\",\"new\":null}}");
}

static void an_insert_and_a_delete_tell_every_field(void **state)
{
    (void)state;
    expect_diff(NULL, "{\"b\": [1, 2],\"a\":null}",
                "{\"a\":{\"old\":null,\"new\":null},\"b\":{\"old\":null,\"new\":[1,2]}}");
    expect_diff("{\"a\":1}", NULL, "{\"a\":{\"old\":1,\"new\":null}}");
    expect_diff("{\"a\":1}", "{\"b\":2}",
                "{\"a\":{\"old\":1,\"new\":null},\"b\":{\"old\":null,\"new\":2}}");
}

static void bad_json_is_an_error_that_names_the_argument(void **state)
{
    static const struct {
        const char *old_json, *new_json, *why;
    } cases[] = {
        {"{\"a\":1", "{}", "old_json: JSON, byte 7 (line 1, column 7): the text ends too early"},
        {"{}", "[1]", "new_json: JSON, byte 1 (line 1, column 1): not an object"},
        {NULL, "", "new_json: JSON, byte 1 (line 1, column 1): the text ends"},
        {"{\"a\":1,\"a\":1}", NULL,
         "old_json: JSON, byte 8 (line 1, column 8): a key occurs twice"},
        {"{\"a\":[{\"b\":1,\"b\":1}]}", "{\"a\":[{\"b\":1,\"b\":1}]}",
         "old_json: JSON, byte 14 (line 1, column 14)"},
        {NULL, "{\"a\":[{\"b\":1,\"b\":1}]}",
         "new_json: JSON, byte 14 (line 1, column 14): a key occurs"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        const char *a = cases[i].old_json, *b = cases[i].new_json;
        struct error err = {0};
        struct buf out;

        buf_init(&out, 1000);
        assert_int_equal(audit_diff(a, a ? strlen(a) : 0, b, b ? strlen(b) : 0, &out, NULL, &err),
                         -1);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s", err.text);
        buf_free(&out);
    }
}

/* The first block ```json of the page that describes the format. */
static json_t *vectors_of_the_page(void)
{
    char *page = calloc(1, 1 << 16), *start, *end;
    FILE *in = fopen("../../docs/internals/audit-leaf.md", "r");
    json_t *vectors;

    assert_non_null(in);
    assert_true(fread(page, 1, (1 << 16) - 1, in) > 0);
    fclose(in);
    start = strstr(page, "```json\n");
    assert_non_null(start);
    start += 8;
    end = strstr(start, "```");
    assert_non_null(end);
    vectors = json_parse(start, (size_t)(end - start), NULL);
    free(page);
    return vectors;
}

static void leaves_are_those_of_the_page(void **state)
{
    json_t *vectors = vectors_of_the_page(), *vector, *value;
    size_t i, count, j;

    (void)state;
    assert_true(json_array_size(vectors) >= 5);
    json_array_foreach(vectors, i, vector)
    {
        struct crypto_piece fields[AUDIT_LEAF_FIELDS_MAX];
        unsigned char hash[CRYPTO_SHA256_SIZE];
        char text[CRYPTO_TEXT_SIZE];

        count = 0;
        json_array_foreach(json_object_get(vector, "fields"), j, value) fields[count++] =
            (struct crypto_piece){json_string_value(value), json_string_length(value)};
        assert_int_equal(audit_leaf(fields, count, hash, NULL), 0);
        crypto_encode(CRYPTO_HEX, hash, sizeof(hash), text);
        assert_string_equal(text, json_string_value(json_object_get(vector, "leaf")));
    }
    json_decref(vectors);
}

static void no_two_records_have_one_leaf(void **state)
{
    static const struct crypto_piece records[][2] = {
        {{NULL, 0}, {"ab", 2}}, {{"", 0}, {"ab", 2}},   {{"a", 1}, {"b", 1}},
        {{"ab", 2}, {"", 0}},   {{"ab", 2}, {NULL, 0}}, {{"a\0", 2}, {"b", 1}},
    };
    unsigned char hashes[UNIT_COUNT(records) * 2][CRYPTO_SHA256_SIZE];
    size_t i, j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(hashes); i++)
        assert_int_equal(audit_leaf(records[i / 2], 1 + i % 2, hashes[i], NULL), 0);
    for (i = 0; i < UNIT_COUNT(hashes); i++) {
        for (j = 0; j < i; j++) {
            /* the first two fields alone are the same in some */
            if ((i | j) % 2 == 0 && records[i / 2][0].len == records[j / 2][0].len &&
                !records[i / 2][0].bytes == !records[j / 2][0].bytes &&
                records[i / 2][0].len == 2 && memcmp(records[i / 2][0].bytes, "ab", 2) == 0)
                continue;
            if (memcmp(hashes[i], hashes[j], CRYPTO_SHA256_SIZE) == 0)
                fail_msg("%zu and %zu", i, j);
        }
    }
}

static void what_is_no_text_has_no_leaf(void **state)
{
    static const struct crypto_piece bad[] = {{"orders", 6}, {"\xE9", 1}};
    struct crypto_piece many[AUDIT_LEAF_FIELDS_MAX + 1] = {{NULL, 0}};
    struct crypto_piece huge = {"", (size_t)AUDIT_FIELD_MAX + 1};
    unsigned char hash[CRYPTO_SHA256_SIZE];
    struct error err = {0};

    (void)state;
    assert_int_equal(audit_leaf(bad, 2, hash, &err), -1);
    assert_string_equal(err.text, "argument 2 is not valid UTF-8");
    assert_int_equal(audit_leaf(many, AUDIT_LEAF_FIELDS_MAX, hash, NULL), 0);
    assert_int_equal(audit_leaf(many, AUDIT_LEAF_FIELDS_MAX + 1, hash, NULL), -1);
    assert_int_equal(audit_leaf(&huge, 1, hash, NULL), -1);
}

static void half_a_pair_of_utf16_is_a_text_of_mariadb(void **state)
{
    const struct crypto_piece odd[] = {{"a\xed\xa0\x80\xc3\xa9\xed\xbf\xbf", 9},
                                       {"\xed\xa0\x80", 3}};
    const struct crypto_piece bad[] = {
        {"\xed\xa0", 2}, {"\xed\xa0\x41", 3}, {"\xed\xa0\x80\xff", 4}};
    unsigned char hash[CRYPTO_SHA256_SIZE];
    size_t i;

    (void)state;
    assert_int_equal(audit_leaf(odd, 2, hash, NULL), 0);
    for (i = 0; i < 3; i++)
        assert_int_equal(audit_leaf(&bad[i], 1, hash, NULL), -1);
}

/* Short fields are hashed as one piece, long ones in place. */
static void a_leaf_is_over_the_fields_in_order_however_long_they_are(void **state)
{
    static char text[8192];
    static unsigned char whole[1 << 16];
    unsigned char hash[CRYPTO_SHA256_SIZE], expected[CRYPTO_SHA256_SIZE];
    size_t lengths[8] = {0, 3, 2000, 8192, 1, 2048, 2047, 5}, round, i, n;
    struct crypto_piece fields[8], all;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (round = 0; round < 8; round++) {
        memcpy(whole, "\0\0\0\0\0\0\0\0\x0e" AUDIT_LEAF_FORMAT, 9 + 14);
        n = 9 + 14;
        for (i = 0; i < 8; i++) {
            size_t len = lengths[(i + round) % 8];

            fields[i] = (struct crypto_piece){text, len};
            memset(whole + n, 0, 6);
            whole[n + 6] = (unsigned char)(len >> 8);
            whole[n + 7] = (unsigned char)len;
            memcpy(whole + n + 8, text, len);
            n += 8 + len;
        }
        all = (struct crypto_piece){whole, n};
        assert_int_equal(crypto_sha256(&all, 1, expected), 0);
        assert_int_equal(audit_leaf(fields, 8, hash, NULL), 0);
        assert_memory_equal(hash, expected, sizeof(hash));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changed_is_told_with_keys_in_byte_order),
        cmocka_unit_test(nothing_is_told_where_nothing_differs),
        cmocka_unit_test(numbers_are_compared_exactly_and_shown_as_written),
        cmocka_unit_test(types_differ_even_if_they_look_alike),
        cmocka_unit_test(an_insert_and_a_delete_tell_every_field),
        cmocka_unit_test(bad_json_is_an_error_that_names_the_argument),
        cmocka_unit_test(leaves_are_those_of_the_page),
        cmocka_unit_test(no_two_records_have_one_leaf),
        cmocka_unit_test(what_is_no_text_has_no_leaf),
        cmocka_unit_test(half_a_pair_of_utf16_is_a_text_of_mariadb),
        cmocka_unit_test(a_leaf_is_over_the_fields_in_order_however_long_they_are),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
