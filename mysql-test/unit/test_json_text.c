#include "../../udf/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* In memory of just that size, for ASan to look at. */
static char *exactly(const char *text, size_t len)
{
    char *copy = malloc(len + (len == 0));

    memcpy(copy, text, len);
    return copy;
}

static int check_text(const char *text, struct error *err)
{
    size_t len = strlen(text);
    char *copy = exactly(text, len);
    int rc = json_text_check(copy, len, NULL, err);

    free(copy);
    return rc;
}

static void good_objects_are_taken(void **state)
{
    static const char *const good[] = {
        "{}",
        " {\t}\r\n",
        "{\"a\":1}",
        "{\"a\": -0.5e+7 , \"b\":[ ], \"c\":[1,[2,{\"d\":{}}]],\"\":null}",
        "{\"a\":true,\"b\":false,\"c\":\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
        "{\"\xC3\xA9\":\"\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBF\xF4\x8F\xBF\xBF\"}",
        "{\"a\":99999999999999999999999999999999.000000000000000000000001e-999999999}",
        "{\"a\":\"\x7F\"}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(good); i++) {
        struct error err = {0};

        if (check_text(good[i], &err) != 0)
            fail_msg("%s: %s", good[i], err.text);
    }
}

static void bad_ones_are_refused_with_the_place_and_no_piece_of_them(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "line 1, column 1): the text ends too early"},
        {"  ", "column 3): the text ends too early"},
        {"[]", "column 1): not an object"},
        {"null", "column 1): not an object"},
        {"{", "column 2): the text ends too early"},
        {"{\"secret\"", "column 10): the text ends too early"},
        {"{\"secret\":", "column 11): the text ends too early"},
        {"{\"a\":\"secret", "column 13): the text ends too early"},
        {"{\"a\":1", "column 7): the text ends too early"},
        {"{\"a\":1,}", "column 8): a key in quotes"},
        {"{\"a\":1,,\"b\":2}", "column 8): a key in quotes"},
        {"{secret:1}", "column 2): a key in quotes"},
        {"{\"a\" 1}", "column 6): a colon"},
        {"{\"a\":1 \"b\":2}", "column 8): a comma or a closing bracket"},
        {"{\"a\":[1}", "column 8): a comma or a closing bracket"},
        {"{\"a\":[1,]}", "column 9): not well-formed"},
        {"{\"a\":{\"b\":1]}", "column 12): a comma or a closing bracket"},
        {"{} {}", "column 4): there is more"},
        {"{}x", "column 3): there is more"},
        {"{\"a\":secret}", "column 6): not well-formed"},
        {"{\"a\":tru}", "column 6): not well-formed"},
        {"{\"a\":NaN}", "column 6): not well-formed"},
        {"{\"a\":+1}", "column 6): not well-formed"},
        {"{\"a\":.5}", "column 6): not well-formed"},
        {"{\"a\":01}", "column 7): a comma"},
        {"{\"a\":1.}", "column 8): a number needs a digit"},
        {"{\"a\":-}", "column 7): a number needs a digit"},
        {"{\"a\":1e}", "column 8): a number needs a digit"},
        {"{\"a\":1e1234567890}", "column 8): an exponent has more than 9"},
        {"{\"a\":1e0000000001}", "column 8): an exponent has more than 9"},
        {"{\"a\":\"\\x\"}", "column 8): an unknown escape"},
        {"{\"a\":\"\\u12G4\"}", "four hex digits"},
        {"{\"a\":\"\\ud83d\"}", "half of a surrogate"},
        {"{\"a\":\"\\ud83d\\u0041\"}", "half of a surrogate"},
        {"{\"a\":\"\\udc00\"}", "half of a surrogate"},
        {"{\"a\":\"\n\"}", "column 7): a control character"},
        {"{\n\n  \"\xC3\xA9\": x}", "byte 12 (line 3, column 9): not well-formed"},
        {"{\"\xE9\":1}", "column 3): not valid UTF-8"},
        {"{\"\xC0\x80\":1}", "not valid UTF-8"},
        {"{\"\xE0\x80\x80\":1}", "not valid UTF-8"},
        {"{\"\xED\xA0\x80\":1}", "not valid UTF-8"},
        {"{\"\xF4\x90\x80\x80\":1}", "not valid UTF-8"},
        {"{\"\xC3", "not valid UTF-8"},
        {"{'a':1}", "column 2): a key in quotes"},
        {"{\"a\":1}//", "column 8): there is more"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};

        if (check_text(cases[i].text, &err) != -1)
            fail_msg("%s was taken", cases[i].text);
        assert_int_equal(err.code, ERROR_INPUT);
        if (!strstr(err.text, cases[i].why) || strstr(err.text, "secret"))
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

static void zero_bytes_and_too_much_are_refused(void **state)
{
    (void)state;
    assert_int_equal(json_text_check("{\"a\":1}\0", 8, NULL, NULL), -1);
    assert_int_equal(json_text_check("{\"a\0\":1}", 8, NULL, NULL), -1);
    assert_int_equal(json_text_check(NULL, 0, NULL, NULL), -1);
    assert_int_equal(json_text_check("{}", JSON_TEXT_MAX + 1, NULL, NULL), -1);
}

static void depth_is_bounded(void **state)
{
    char text[400] = "{\"a\":";
    struct error err = {0};
    size_t len = 5;

    (void)state;
    memset(text + len, '[', JSON_TEXT_DEPTH - 1);
    memset(text + len + JSON_TEXT_DEPTH - 1, ']', JSON_TEXT_DEPTH - 1);
    len += 2 * (JSON_TEXT_DEPTH - 1);
    text[len++] = '}';
    assert_int_equal(json_text_check(text, len, NULL, &err), 0);
    memset(text + 5, '[', 300);
    assert_int_equal(json_text_check(text, 305, NULL, &err), -1);
    assert_non_null(strstr(err.text, "column 69): nested too deeply"));
}

static bool always(void)
{
    return true;
}

static void a_long_check_can_be_stopped(void **state)
{
    size_t len = 6 + 2 * 20000 + 1, i;
    char *text = malloc(len);
    struct error err = {0};

    (void)state;
    memcpy(text, "{\"a\":[", 6);
    for (i = 6; i < len - 1; i++)
        text[i] = i % 2 ? ',' : '1';
    text[len - 2] = ']';
    text[len - 1] = '}';
    assert_int_equal(json_text_check(text, len, NULL, &err), 0);
    assert_int_equal(json_text_check(text, len, always, &err), -1);
    assert_int_equal(err.code, ERROR_STOPPED);
    free(text);
}

/* The canonical form of an object. */
static char *canonical(const char *text)
{
    struct buf out;
    struct error err = {0};

    buf_init(&out, 10000);
    if (check_text(text, &err) != 0 ||
        json_canonical_append(&out, json_text_blanks(text), text, NULL, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return out.data;
}

static void equal_values_have_one_canonical_form(void **state)
{
    static const char *const cases[][2] = {
        {"{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}"},
        {" { \"a\" : [ 1 , { \"c\" : null , \"b\" : true } ] } ",
         "{\"a\":[1,{\"b\":true,\"c\":null}]}"},
        {"{\"\\u0061\":\"\\u00e9\\/\\ud83d\\ude00\"}", "{\"a\":\"\xC3\xA9/\xF0\x9F\x98\x80\"}"},
        {"{\"a\":\"\\n\\u0000\\u001f\\\"\\\\\x7F\"}",
         "{\"a\":\"\\u000a\\u0000\\u001f\\\"\\\\\x7F\"}"},
        /* keys by bytes of what they stand for, not by how they are written */
        {"{\"\\\"\":1,\"!\":2,\"#\":3,\"\\u0001\":4,\"\":5,\"\xC3\xA9\":6,\"z\":7}",
         "{\"\":5,\"\\u0001\":4,\"!\":2,\"\\\"\":1,\"#\":3,\"z\":7,\"\xC3\xA9\":6}"},
    };
    static const struct {
        const char *number, *form;
    } numbers[] = {
        {"0", "0"},
        {"-0", "0"},
        {"0.000e-99", "0"},
        {"1", "1"},
        {"1.0", "1"},
        {"10e-1", "1"},
        {"0.1E1", "1"},
        {"100", "1e2"},
        {"-1.50", "-15e-1"},
        {"0.00120", "12e-4"},
        {"1e+3", "1e3"},
        {"12345678901234567890123456789.5", "123456789012345678901234567895e-1"},
        {"9007199254740993", "9007199254740993"},
        {"1e999999999", "1e999999999"},
    };
    char text[128], form[128], *got;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        got = canonical(cases[i][0]);
        assert_string_equal(got, cases[i][1]);
        free(got);
    }
    for (i = 0; i < UNIT_COUNT(numbers); i++) {
        snprintf(text, sizeof(text), "{\"n\":%s}", numbers[i].number);
        snprintf(form, sizeof(form), "{\"n\":%s}", numbers[i].form);
        got = canonical(text);
        assert_string_equal(got, form);
        free(got);
    }
}

static void keys_are_ordered_by_their_bytes_however_they_are_written(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"\"\"", "\"\"", 0},
        {"\"\"", "\"a\"", -1},
        {"\"same\"", "\"same\"", 0},
        {"\"same\"", "\"same one\"", -1},
        {"\"same b\"", "\"same a\"", 1},
        {"\"same\\u0061\"", "\"samea\"", 0},
        {"\"same\\u0061\"", "\"same\\u0062\"", -1},
        {"\"a\\\\\"", "\"a\\\"\"", 1},
        {"\"a\\\"b\"", "\"a\\u0022c\"", -1},
        {"\"\xC3\xA9\"", "\"\xC3\xA8\"", 1},
        {"\"\\u00e9\"", "\"\xC3\xA9\"", 0},
        {"\"\\ud83d\\ude00x\"", "\"\xF0\x9F\x98\x80y\"", -1},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        int order = json_keys_compare(cases[i].a, cases[i].b);
        int back = json_keys_compare(cases[i].b, cases[i].a);

        if ((order > 0) - (order < 0) != cases[i].order ||
            (back > 0) - (back < 0) != -cases[i].order)
            fail_msg("%s and %s: %d, %d", cases[i].a, cases[i].b, order, back);
    }
}

static void a_key_that_occurs_twice_is_an_error_at_the_second(void **state)
{
    static const char text[] = "{\"x\":[{\"a\":1,\n \"b\":2, \"\\u0061\":3}]}";
    struct error err = {0};
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    assert_int_equal(json_canonical_append(&out, text, text, NULL, &err), -1);
    assert_string_equal(err.text,
                        "JSON, byte 23 (line 2, column 9): a key occurs twice in one object");
    buf_free(&out);
}

static void white_space_goes_and_all_else_stays(void **state)
{
    static const char text[] = "{ \"a b\" :\t[ 1.0 , \"x \\\" ] y\" ,\n{ } ] }";
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    json_text_append(&out, text);
    assert_string_equal(out.data, "{\"a b\":[1.0,\"x \\\" ] y\",{}]}");
    buf_clear(&out);
    json_text_append(&out, "12.50 ,");
    assert_string_equal(out.data, "12.50");
    buf_free(&out);
}

static void random_changes_never_misbehave(void **state)
{
    static const char model[] =
        "{\"a\":50.75,\"b\":\"\\u00e9\\n\",\"c\":[1,{\"a\":null}],\"d\":1e5}";
    static const char alphabet[] = "{}[]\",:0123456789.eE+-\\untrf\xC3\xA9 ";
    uint64_t seed = 65;
    int i, good = 0;

    (void)state;
    for (i = 0; i < 100000; i++) {
        size_t len = sizeof(model) - 1 - unit_random(&seed) % 3;
        char *text = exactly(model, len);
        int changes = (int)(unit_random(&seed) % 4);
        struct buf out, again;

        while (changes-- > 0)
            text[unit_random(&seed) % len] = alphabet[unit_random(&seed) % (sizeof(alphabet) - 1)];
        buf_init(&out, 1000);
        buf_init(&again, 1000);
        if (json_text_check(text, len, NULL, NULL) == 0 &&
            json_canonical_append(&out, json_text_blanks(text), text, NULL, NULL) == 0) {
            good++;
            assert_int_equal(json_text_check(out.data, out.len, NULL, NULL), 0);
            assert_int_equal(json_canonical_append(&again, out.data, out.data, NULL, NULL), 0);
            assert_string_equal(out.data, again.data); /* a form has itself as its form */
        }
        buf_free(&out);
        buf_free(&again);
        free(text);
    }
    assert_true(good > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_objects_are_taken),
        cmocka_unit_test(bad_ones_are_refused_with_the_place_and_no_piece_of_them),
        cmocka_unit_test(zero_bytes_and_too_much_are_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(a_long_check_can_be_stopped),
        cmocka_unit_test(equal_values_have_one_canonical_form),
        cmocka_unit_test(keys_are_ordered_by_their_bytes_however_they_are_written),
        cmocka_unit_test(a_key_that_occurs_twice_is_an_error_at_the_second),
        cmocka_unit_test(white_space_goes_and_all_else_stays),
        cmocka_unit_test(random_changes_never_misbehave),
    };

    return cmocka_run_group_tests_name("json_text", tests, NULL, NULL);
}
