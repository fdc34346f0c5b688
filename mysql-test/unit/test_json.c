#include "../../udf/json.h"

#include <stdlib.h>
#include <string.h>

#include "../../udf/money.h"
#include "unit.h"

static json_t *parsed(const char *text)
{
    struct error err = {0};
    json_t *document = json_parse(text, strlen(text), &err);

    if (!document)
        fail_msg("%s: %s", text, err.text);
    return document;
}

static void a_document_is_read(void **state)
{
    json_t *document = parsed(" {\"a\": [1, 2.5, \"x\", null, true]} \n");

    (void)state;
    assert_int_equal(json_array_size(json_object_get(document, "a")), 5);
    json_decref(document);
}

static void only_the_given_bytes_are_read(void **state)
{
    char *heap = malloc(2);
    json_t *document;

    (void)state;
    memcpy(heap, "{}", 2);
    document = json_parse(heap, 2, NULL);
    assert_non_null(document);
    json_decref(document);
    assert_null(json_parse(heap, 1, NULL));
    assert_null(json_parse(heap, 0, NULL));
    assert_null(json_parse(NULL, 0, NULL));
    assert_null(json_parse(NULL, 5, NULL));
    free(heap);
}

static void a_bad_document_is_refused_without_quoting_it(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "too early"},
        {"{\"secret\": \"hunter2\"", "too early"},
        {"{\"secret\": hunter2}", "not well-formed"},
        {"{\"secret\": 1, \"secret\": 2}", "twice"},
        {"{\"secret\": 1} secret", "after the end"},
        {"{} {}", "after the end"},
        {"[\"\xFFsecret\"]", "UTF-8"},
        {"[\"secret\xC0\x80\"]", "UTF-8"},
        {"[\"secret\\u0000\"]", "zero byte"},
        {"{\"secret\\u0000\": 1}", "zero byte"},
        {"[99999999999999999999]", "too big"},
        {"[1e999]", "too big"},
        {"[NaN]", "not well-formed"},
        {"secret", "not well-formed"},
        {"\"secret\"", "not well-formed"},
        {"[secret", "not well-formed"},
        {"[\"secret\n\"]", "not well-formed"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};

        if (json_parse(cases[i].text, strlen(cases[i].text), &err))
            fail_msg("%s was accepted", cases[i].text);
        assert_int_equal(err.code, ERROR_INPUT);
        if (!strstr(err.text, cases[i].why) || !strstr(err.text, "line 1, column "))
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_null(strstr(err.text, "secret"));
        assert_null(strstr(err.text, "hunter"));
        assert_null(json_parse(cases[i].text, strlen(cases[i].text), NULL));
    }
}

/* jansson takes the first three. */
static void a_zero_byte_is_refused_wherever_it_is(void **state)
{
    static const char *const texts[] = {"[1#,2]",   "{\n\"a\":1#}", "[-0.5e3#]", "[#]",
                                        "[\"a#\"]", "[true#]",      "[1]#",      "#"};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(texts); i++) {
        size_t len = strlen(texts[i]), at = strcspn(texts[i], "#");
        char text[16], where[48];
        struct error err = {0};

        memcpy(text, texts[i], len);
        text[at] = 0;
        assert_null(json_parse(text, len, &err));
        assert_int_equal(err.code, ERROR_INPUT);
        snprintf(where, sizeof(where), "line %d, column %zu: a zero byte", i == 1 ? 2 : 1,
                 i == 1 ? at - 1 : at + 1);
        assert_non_null(strstr(err.text, where));
    }
}

static void deep_nesting_is_refused(void **state)
{
    size_t depth = 100000;
    char *text = malloc(2 * depth);
    struct error err = {0};
    json_t *document;

    (void)state;
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    assert_null(json_parse(text, 2 * depth, &err));
    assert_non_null(strstr(err.text, "nested too deeply"));
    assert_null(json_parse(text + depth - JSON_DEPTH_MAX - 1, 2 * JSON_DEPTH_MAX + 2, &err));
    document = json_parse(text + depth - JSON_DEPTH_MAX, (size_t)2 * JSON_DEPTH_MAX, NULL);
    assert_non_null(document);
    json_decref(document);
    /* Brackets within a text are none, whatever is escaped in it. */
    memset(text, '[', 200);
    memcpy(text, "[\"\\\"", 4);
    memcpy(text + 200, "\\\\\"]", 4);
    document = json_parse(text, 204, NULL);
    assert_non_null(document);
    json_decref(document);
    free(text);
}

/* Giving back what was read so far takes no longer than reading it did: it once took
   hours for as many, and the test would not end in time. */
static void a_long_text_that_is_wrong_at_its_end_is_refused_as_fast(void **state)
{
    static const char *const elements[] = {"\"x\",", "{\"a\":[1]},"};
    const size_t count = 1000000;
    size_t i, k, len;
    char *text;

    (void)state;
    for (i = 0; i < UNIT_COUNT(elements); i++) {
        struct error err = {0};

        len = strlen(elements[i]);
        text = malloc(1 + count * len);
        text[0] = '[';
        for (k = 0; k < count; k++)
            memcpy(text + 1 + k * len, elements[i], len);
        assert_null(json_parse(text, 1 + count * len, &err));
        assert_int_equal(err.code, ERROR_INPUT);
        free(text);
    }
}

static void a_members_text_is_a_string_or_an_integer(void **state)
{
    json_t *object = parsed("{\"s\":\"abc\",\"e\":\"\",\"i\":-12,\"m\":9223372036854775807,"
                            "\"r\":1.5,\"n\":null,\"t\":true,\"o\":{},\"l\":[]}");
    static const char *const none[] = {"r", "n", "t", "o", "l", "missing", ""};
    char scratch[21];
    size_t i;

    (void)state;
    assert_string_equal(json_member_text(object, "s", scratch, sizeof(scratch)), "abc");
    assert_string_equal(json_member_text(object, "s", NULL, 0), "abc");
    assert_string_equal(json_member_text(object, "e", scratch, sizeof(scratch)), "");
    assert_string_equal(json_member_text(object, "i", scratch, sizeof(scratch)), "-12");
    assert_string_equal(json_member_text(object, "m", scratch, sizeof(scratch)),
                        "9223372036854775807");
    assert_null(json_member_text(object, "m", scratch, 19)); /* cut would be another number */
    assert_non_null(json_member_text(object, "m", scratch, 20));
    assert_null(json_member_text(object, "i", scratch, 0));
    assert_null(json_member_text(object, "i", NULL, 0));
    for (i = 0; i < UNIT_COUNT(none); i++)
        assert_null(json_member_text(object, none[i], scratch, sizeof(scratch)));
    assert_null(json_member_text(NULL, "s", scratch, sizeof(scratch)));
    assert_null(json_member_text(json_object_get(object, "l"), "s", scratch, sizeof(scratch)));
    json_decref(object);
}

static void an_amount_is_an_integer_a_real_or_a_string(void **state)
{
    static const struct {
        const char *text;
        int exponent, result;
        int64_t amount;
    } cases[] = {
        {"{\"amount\":1000}", 2, 1, 10000000},
        {"{\"amount\":50.75}", 2, 1, 507500},
        {"{\"amount\":\"50.00\"}", 2, 1, 500000},
        {"{\"amount\":\"0.75\"}", 2, 1, 7500},
        {"{\"amount\":\"0.7512\"}", 0, 1, 7512}, /* the exponent is for reals */
        {"{\"amount\":-1}", -1, 1, -10000},
        {"{\"amount\":0}", 2, 1, 0},
        {"{\"amount\":null}", 2, 0, 0},
        {"{\"other\":1}", 2, 0, 0},
        {"{}", 2, 0, 0},
        {"[]", 2, 0, 0},
        {"{\"amount\":50.755}", 2, -1, 0},
        {"{\"amount\":50.75}", 0, -1, 0},
        {"{\"amount\":50.75}", -1, -1, 0},
        {"{\"amount\":\"\"}", 2, -1, 0},
        {"{\"amount\":\"1,000\"}", 2, -1, 0},
        {"{\"amount\":\"0.00001\"}", 2, -1, 0},
        {"{\"amount\":9223372036854775807}", 2, -1, 0},
        {"{\"amount\":1e300}", 2, -1, 0},
        {"{\"amount\":true}", 2, -1, 0},
        {"{\"amount\":[1]}", 2, -1, 0},
        {"{\"amount\":{\"value\":1}}", 2, -1, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        json_t *object = parsed(cases[i].text);
        struct error err = {0};
        int64_t amount = -5;

        if (json_member_money(object, "amount", cases[i].exponent, &amount, &err) !=
            cases[i].result)
            fail_msg("%s", cases[i].text);
        assert_true(amount == cases[i].amount);
        assert_int_equal(err.code, cases[i].result < 0 ? ERROR_INPUT : ERROR_NONE);
        if (cases[i].result < 0)
            assert_memory_equal(err.text, "amount: ", 8);
        json_member_money(object, "amount", cases[i].exponent, &amount, NULL);
        json_decref(object);
    }
}

static void a_moment_is_a_string(void **state)
{
    static const struct {
        const char *text;
        int result;
        int64_t moment;
    } cases[] = {
        {"{\"at\":\"1970-01-01T00:00:01.5Z\"}", 1, 1500000},
        {"{\"at\":\"1970-01-01T02:00:00+02:00\"}", 1, 0},
        {"{\"at\":null}", 0, 0},
        {"{}", 0, 0},
        {"{\"at\":\"\"}", -1, 0},
        {"{\"at\":\"soon secret\"}", -1, 0},
        {"{\"at\":1751709600}", -1, 0},
        {"{\"at\":{}}", -1, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        json_t *object = parsed(cases[i].text);
        struct error err = {0};
        int64_t moment = -5;

        assert_int_equal(json_member_time(object, "at", &moment, &err), cases[i].result);
        assert_true(moment == cases[i].moment);
        assert_int_equal(err.code, cases[i].result < 0 ? ERROR_INPUT : ERROR_NONE);
        if (cases[i].result < 0)
            assert_memory_equal(err.text, "at: ", 4);
        assert_null(strstr(err.text, "secret"));
        json_decref(object);
    }
}

static void an_integer_setting_has_a_range_and_a_fallback(void **state)
{
    static const struct {
        const char *text;
        int result;
        int64_t value;
    } cases[] = {
        {"{}", 0, 7},
        {"{\"n\":null}", 0, 7},
        {"{\"n\":1}", 0, 1},
        {"{\"n\":100}", 0, 100},
        {"{\"n\":\"50\"}", 0, 50},
        {"{\"n\":\"0050\"}", 0, 50},
        {"{\"n\":0}", -1, 7},
        {"{\"n\":101}", -1, 7},
        {"{\"n\":\"101\"}", -1, 7},
        {"{\"n\":\"-5\"}", -1, 7},
        {"{\"n\":5.0}", -1, 7},
        {"{\"n\":true}", -1, 7},
        {"{\"n\":\"\"}", -1, 7},
        {"{\"n\":\"-\"}", -1, 7},
        {"{\"n\":\" 5\"}", -1, 7},
        {"{\"n\":\"5s\"}", -1, 7},
        {"{\"n\":\"+5\"}", -1, 7},
        {"{\"n\":\"99999999999999999999\"}", -1, 7},
        {"{\"n\":[5]}", -1, 7},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        json_t *object = parsed(cases[i].text);
        struct error err = {0};
        int64_t value = -5;

        if (json_setting_int(object, "n", 1, 100, 7, &value, &err) != cases[i].result)
            fail_msg("%s", cases[i].text);
        assert_int_equal(value, cases[i].value);
        assert_int_equal(err.code, cases[i].result ? ERROR_CONFIG : ERROR_NONE);
        if (cases[i].result)
            assert_string_equal(err.text, "n must be a whole number from 1 to 100");
        json_decref(object);
    }
}

static void an_integer_setting_reaches_both_ends(void **state)
{
    json_t *object = parsed("{\"a\":\"-9223372036854775808\",\"b\":\"9223372036854775807\","
                            "\"c\":\"-9223372036854775809\",\"d\":\"9223372036854775808\"}");
    int64_t value;

    (void)state;
    assert_int_equal(json_setting_int(object, "a", INT64_MIN, INT64_MAX, 0, &value, NULL), 0);
    assert_true(value == INT64_MIN);
    assert_int_equal(json_setting_int(object, "b", INT64_MIN, INT64_MAX, 0, &value, NULL), 0);
    assert_true(value == INT64_MAX);
    assert_int_equal(json_setting_int(object, "c", INT64_MIN, INT64_MAX, 0, &value, NULL), -1);
    assert_int_equal(json_setting_int(object, "d", INT64_MIN, INT64_MAX, 0, &value, NULL), -1);
    json_decref(object);
}

static void a_decimal_setting_is_exact(void **state)
{
    static const struct {
        const char *text;
        int result;
        int64_t value;
    } cases[] = {
        {"{}", 0, 100},
        {"{\"t\":null}", 0, 100},
        {"{\"t\":0}", 0, 0},
        {"{\"t\":2.5}", 0, 25000},
        {"{\"t\":\"2.5\"}", 0, 25000},
        {"{\"t\":0.0001}", 0, 1},
        {"{\"t\":\"0.0001\"}", 0, 1},
        {"{\"t\":100}", 0, 1000000},
        {"{\"t\":100.0001}", -1, 100},
        {"{\"t\":-0.01}", -1, 100},
        {"{\"t\":0.00001}", -1, 100},
        {"{\"t\":\"0.00001\"}", -1, 100},
        {"{\"t\":\"2,5\"}", -1, 100},
        {"{\"t\":\"2.5%\"}", -1, 100},
        {"{\"t\":false}", -1, 100},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        json_t *object = parsed(cases[i].text);
        struct error err = {0};
        int64_t value = -5;

        if (json_setting_decimal(object, "t", 0, 100 * MONEY_SCALE, 100, &value, &err) !=
            cases[i].result)
            fail_msg("%s", cases[i].text);
        assert_int_equal(value, cases[i].value);
        if (cases[i].result) {
            assert_int_equal(err.code, ERROR_CONFIG);
            assert_string_equal(
                err.text, "t must be a number from 0.00 to 100.00 with at most four decimals");
        }
        json_decref(object);
    }
}

static void a_switch_is_true_or_false(void **state)
{
    json_t *object = parsed("{\"y\":true,\"n\":false,\"z\":null,\"s\":\"true\",\"i\":1}");
    struct error err = {0};
    bool value = false;

    (void)state;
    assert_int_equal(json_setting_bool(object, "y", false, &value, &err), 0);
    assert_true(value);
    assert_int_equal(json_setting_bool(object, "n", true, &value, &err), 0);
    assert_false(value);
    assert_int_equal(json_setting_bool(object, "z", true, &value, &err), 0);
    assert_true(value);
    assert_int_equal(json_setting_bool(object, "missing", true, &value, &err), 0);
    assert_true(value);
    assert_int_equal(json_setting_bool(object, "i", false, &value, NULL), -1);
    assert_int_equal(json_setting_bool(object, "s", false, &value, &err), -1);
    assert_false(value);
    assert_string_equal(err.text, "s must be true or false");
    json_decref(object);
}

static void random_changes_to_a_document_never_misbehave(void **state)
{
    static const char model[] = "{\"amount\":50.75,\"at\":\"2025-07-05T10:00:00Z\",\"n\":[1,{}]}";
    static const char alphabet[] = "{}[]\",:0123456789.eE+-\\untrf\xC3\xA9\0";
    uint64_t seed = 65;
    int i;

    (void)state;
    for (i = 0; i < 50000; i++) {
        size_t len = sizeof(model) - 1 - unit_random(&seed) % 4;
        char *text = malloc(len), scratch[24];
        int changes = (int)(unit_random(&seed) % 4);
        struct error err = {0};
        json_t *document;
        int64_t value;
        bool yes;

        memcpy(text, model, len);
        while (changes-- > 0)
            text[unit_random(&seed) % len] = alphabet[unit_random(&seed) % (sizeof(alphabet) - 1)];
        document = json_parse(text, len, &err);
        assert_true((document != NULL) == (err.code == ERROR_NONE));
        json_member_text(document, "amount", scratch, sizeof(scratch));
        json_member_money(document, "amount", 2, &value, NULL);
        json_member_time(document, "at", &value, NULL);
        json_setting_int(document, "amount", 0, 9, 1, &value, NULL);
        json_setting_decimal(document, "amount", 0, 9, 1, &value, NULL);
        json_setting_bool(document, "n", true, &yes, NULL);
        json_decref(document);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_read),
        cmocka_unit_test(only_the_given_bytes_are_read),
        cmocka_unit_test(a_bad_document_is_refused_without_quoting_it),
        cmocka_unit_test(a_zero_byte_is_refused_wherever_it_is),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(a_long_text_that_is_wrong_at_its_end_is_refused_as_fast),
        cmocka_unit_test(a_members_text_is_a_string_or_an_integer),
        cmocka_unit_test(an_amount_is_an_integer_a_real_or_a_string),
        cmocka_unit_test(a_moment_is_a_string),
        cmocka_unit_test(an_integer_setting_has_a_range_and_a_fallback),
        cmocka_unit_test(an_integer_setting_reaches_both_ends),
        cmocka_unit_test(a_decimal_setting_is_exact),
        cmocka_unit_test(a_switch_is_true_or_false),
        cmocka_unit_test(random_changes_to_a_document_never_misbehave),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
