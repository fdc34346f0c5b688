/* test_cli.c - values of the command line, UTF-8 and JSON of the command purser (clients/cli/). */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "json_check.h"
#include "text.h"
#include "utf8.h"
#include "value.h"
#include "watch.h"

/* There is no second thread here that draws. */
void watch_hold(bool hold)
{
    (void)hold;
}

static bool takes(enum kind kind, const char *text)
{
    const struct parameter parameter = {"name", kind, "one|two", "", 0};
    struct failure failure = {0};
    int rc = value_check(&parameter, text, &failure);

    assert_int_equal(failure.code, rc == 0 ? 0 : EXIT_USAGE);
    return rc == 0;
}

static void days_go_to_dates_and_back(void **state)
{
    char date[11];
    long day, first = date_to_days("1000-01-01"), last = date_to_days("9999-12-31");

    (void)state;
    assert_int_equal(date_to_days("1970-01-01"), 0);
    assert_int_equal(date_to_days("2000-03-01"), 11017);
    for (day = first; day <= last; day += 3) {
        date_from_days(day, date);
        assert_true(takes(KIND_DATE, date));
        assert_int_equal(date_to_days(date), day);
    }
    date_from_days(last, date);
    assert_string_equal(date, "9999-12-31");
}

static void only_days_and_moments_that_there_are_are_taken(void **state)
{
    static const char *const good[] = {"2024-02-29", "2025-07-05T10:00", "2025-07-05 10:00:59",
                                       "2025-07-05T23:59:59.123456Z", "2025-07-05T00:00Z"};
    static const char *const bad[] = {"",
                                      "2025-02-29",
                                      "1900-02-29",
                                      "2025-00-01",
                                      "2025-13-01",
                                      "2025-04-31",
                                      "2025-7-5",
                                      "2025-07-05T",
                                      "2025-07-05T24:00",
                                      "2025-07-05T10:60",
                                      "2025-07-05T10:00:60",
                                      "2025-07-05T10:00:00.",
                                      "2025-07-05T10:00:00.1234567Z",
                                      "2025-07-05T10",
                                      "2025-07-05X10:00",
                                      "2025-07-05T10:00:00+02:00",
                                      "2025-07-05T1a:00",
                                      "2025-07-05ZZ",
                                      "0000-00-00",
                                      "2025-07-05T10:00:00.1x"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(takes(KIND_MOMENT, good[i]));
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (takes(KIND_MOMENT, bad[i]))
            fail_msg("taken: %s", bad[i]);
    }
}

static void numbers_choices_and_text_are_checked(void **state)
{
    (void)state;
    assert_true(takes(KIND_NUMBER, "0") && takes(KIND_NUMBER, "0018446744073709551615"));
    assert_false(takes(KIND_NUMBER, "18446744073709551616") || takes(KIND_NUMBER, "-1"));
    assert_false(takes(KIND_NUMBER, "") || takes(KIND_NUMBER, "1 ") || takes(KIND_NUMBER, "0x1"));
    assert_true(takes(KIND_DECIMAL, "123456789012345.1234") && takes(KIND_DECIMAL, "0"));
    assert_false(takes(KIND_DECIMAL, "1.") || takes(KIND_DECIMAL, ".5") ||
                 takes(KIND_DECIMAL, "1.12345"));
    assert_false(takes(KIND_DECIMAL, "1e3") || takes(KIND_DECIMAL, "-1") ||
                 takes(KIND_DECIMAL, "1234567890123456"));
    assert_true(takes(KIND_CHOICE, "two"));
    assert_false(takes(KIND_CHOICE, "") || takes(KIND_CHOICE, "one|two") ||
                 takes(KIND_CHOICE, "tw"));
    assert_true(takes(KIND_MONTH, "2025-12"));
    assert_false(takes(KIND_MONTH, "2025-13") || takes(KIND_MONTH, "2025-1") ||
                 takes(KIND_MONTH, "2025-12-01"));
    assert_true(takes(KIND_TEXT, "Zo\xc3\xab"));
    assert_false(takes(KIND_TEXT, "\xff"));
}

static void json_is_told_from_what_only_looks_like_it(void **state)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "1.10",
                                       "1e5",
                                       "-1.5E+10",
                                       "\"\"",
                                       "\"\\u00e9\\n\"",
                                       "null",
                                       " [ ] ",
                                       "{\"a\":[1,{\"b\":null}],\"c\":\"\"}",
                                       "[[],{},[{}]]",
                                       "\t{\"a\" : true }\n"};
    static const char *const bad[] = {
        "",      " ",         "01",   "1.",      ".5",          "+1",     "1e",         "nul",
        "nulls", "[1,]",      "[,1]", "{\"a\"}", "{\"a\":}",    "{a:1}",  "{\"a\":1,}", "[1 2]",
        "[1}",   "{\"a\":1]", "\"",   "\"\\x\"", "\"\\u12g4\"", "\"\n\"", "[",          "]",
        "[]]",   "\"\xff\"",  "1 2",  "\"\\",    "\"\\u12"};
    char deep[1300];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!json_is_valid(good[i], strlen(good[i])))
            fail_msg("refused: %s", good[i]);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (json_is_valid(bad[i], strlen(bad[i])))
            fail_msg("taken: %s", bad[i]);
    }
    memset(deep, '[', 513);
    memset(deep + 513, ']', 513);
    assert_true(json_is_valid(deep + 1, 1024));
    assert_false(json_is_valid(deep, 1026));
}

static void what_is_no_utf8_is_seen(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xe0\x80\xaf",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\xaf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82",
                                      "\xc3",
                                      "\xff"};
    struct buf b;
    size_t i;

    (void)state;
    buf_init(&b, 1000);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
        buf_clear(&b);
        text_for_terminal(&b, bad[i], strlen(bad[i]), false);
        assert_int_equal(b.len, 4 * strlen(bad[i])); /* each byte as \xHH */
        buf_clear(&b);
        text_to_json(&b, bad[i], strlen(bad[i]));
        assert_true(json_is_valid(b.data, b.len));
    }
    assert_true(utf8_valid("\xf4\x8f\xbf\xbf\xef\xbf\xbf\xed\x9f\xbf\xee\x80\x80", 13));
    buf_free(&b);
}

static void json_of_the_server_drives_no_terminal(void **state)
{
    static const char json[] = "{\r\n\t\"a\":\r1, \"\xe2\x80\xae\": \"\xc2\x9b\"}\r";
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    assert_true(json_is_valid(json, strlen(json)));
    text_of_json(&b, json, strlen(json));
    assert_string_equal(b.data, "{ \n\t\"a\": 1, \"\\u202e\": \"\\u009b\"} ");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_of_the_server_drives_no_terminal),
        cmocka_unit_test(days_go_to_dates_and_back),
        cmocka_unit_test(only_days_and_moments_that_there_are_are_taken),
        cmocka_unit_test(numbers_choices_and_text_are_checked),
        cmocka_unit_test(json_is_told_from_what_only_looks_like_it),
        cmocka_unit_test(what_is_no_utf8_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
