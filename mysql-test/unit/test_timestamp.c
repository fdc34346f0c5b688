#include "../../udf/timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit.h"

static void expect_moment(const char *text, const char *wanted)
{
    struct error err = {0};
    int64_t moment = -1;
    char iso[TIMESTAMP_ISO_SIZE];

    if (timestamp_parse(text, strlen(text), &moment, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    timestamp_format_iso(moment, iso);
    assert_string_equal(iso, wanted);
}

static void expect_refusal(const char *text, size_t len)
{
    struct error err = {0};
    int64_t moment = -1;

    if (timestamp_parse(text, len, &moment, &err) != -1)
        fail_msg("%s was accepted", text);
    assert_true(moment == 0);
    assert_int_equal(err.code, ERROR_INPUT);
    assert_int_equal(timestamp_parse(text, len, &moment, NULL), -1);
}

static void the_epoch_is_zero(void **state)
{
    int64_t moment;

    (void)state;
    assert_int_equal(timestamp_parse("1970-01-01T00:00:00Z", 20, &moment, NULL), 0);
    assert_true(moment == 0);
    assert_int_equal(timestamp_parse("2025-07-05T10:00:00.123456Z", 27, &moment, NULL), 0);
    assert_true(moment == 1751709600123456);
    assert_int_equal(timestamp_parse("1969-12-31T23:59:59.999999Z", 27, &moment, NULL), 0);
    assert_true(moment == -1);
}

static void the_forms_that_gateways_use_are_read(void **state)
{
    (void)state;
    expect_moment("2025-01-15T19:53:18.000000Z", "2025-01-15T19:53:18.000000Z");
    expect_moment("2021-10-13T21:34:35.123Z", "2021-10-13T21:34:35.123000Z");
    expect_moment("2025-07-05T10:00:00Z", "2025-07-05T10:00:00.000000Z");
    expect_moment("2025-07-05t10:00:00z", "2025-07-05T10:00:00.000000Z");
    expect_moment("2025-07-05 10:00:00", "2025-07-05T10:00:00.000000Z");
    expect_moment("2025-07-05T10:00", "2025-07-05T10:00:00.000000Z");
    expect_moment("2025-07-05T10:00Z", "2025-07-05T10:00:00.000000Z");
    expect_moment("2025-07-05T10:00+02:00", "2025-07-05T08:00:00.000000Z");
}

static void offsets_are_taken_off(void **state)
{
    (void)state;
    expect_moment("2025-07-05T10:00:00+02:00", "2025-07-05T08:00:00.000000Z");
    expect_moment("2025-07-05T10:00:00+0200", "2025-07-05T08:00:00.000000Z");
    expect_moment("2025-07-05T10:00:00+02", "2025-07-05T08:00:00.000000Z");
    expect_moment("2025-07-05T10:00:00-03:30", "2025-07-05T13:30:00.000000Z");
    expect_moment("2025-07-05T10:00:00.5-0330", "2025-07-05T13:30:00.500000Z");
    expect_moment("2025-01-01T00:30:00+01:00", "2024-12-31T23:30:00.000000Z");
    expect_moment("2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00.000000Z");
    expect_moment("2025-07-05T10:00:00-00:00", "2025-07-05T10:00:00.000000Z");
    expect_moment("2025-07-05T10:00:00+14:00", "2025-07-04T20:00:00.000000Z");
    expect_moment("2025-07-05T10:00:00-23:59", "2025-07-06T09:59:00.000000Z");
}

static void a_fraction_is_cut_after_the_microsecond(void **state)
{
    (void)state;
    expect_moment("2025-07-05T10:00:00.1Z", "2025-07-05T10:00:00.100000Z");
    expect_moment("2025-07-05T10:00:00.000001Z", "2025-07-05T10:00:00.000001Z");
    expect_moment("2025-07-05T10:00:00.9999999Z", "2025-07-05T10:00:00.999999Z");
    expect_moment("2025-07-05T10:00:00.123456789123456789+01:00", "2025-07-05T09:00:00.123456Z");
    expect_moment("1969-12-31T23:59:59.1234567Z", "1969-12-31T23:59:59.123456Z");
}

static void a_leap_second_becomes_the_last_microsecond_before_it(void **state)
{
    (void)state;
    expect_moment("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z");
    expect_moment("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.999999Z");
    expect_moment("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59.999999Z");
    expect_moment("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999999Z");
}

static void leap_days_exist_in_leap_years_only(void **state)
{
    (void)state;
    expect_moment("2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z");
    expect_moment("2000-02-29T12:00:00Z", "2000-02-29T12:00:00.000000Z");
    expect_refusal("2023-02-29T12:00:00Z", 20);
    expect_refusal("1900-02-29T12:00:00Z", 20);
    expect_refusal("2100-02-29T12:00:00Z", 20);
    expect_refusal("2024-02-30T12:00:00Z", 20);
}

static void the_years_1000_to_9999_are_the_bounds(void **state)
{
    (void)state;
    expect_moment("1000-01-01T00:00:00Z", "1000-01-01T00:00:00.000000Z");
    expect_moment("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z");
    expect_refusal("0999-12-31T23:59:59Z", 20);
    expect_refusal("0000-00-00T00:00:00Z", 20);
    expect_refusal("1000-01-01T00:00:00+00:01", 25);
    expect_refusal("9999-12-31T23:59:59-00:01", 25);
}

static void what_is_not_a_time_stamp_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "now",
        "2025",
        "2025-07-05",
        "2025-07-05T",
        "2025-07-05T10",
        "2025-07-05T10:",
        "2025-07-05T10:0",
        "2025-07-05T10:00:",
        "2025-07-05T10:00:0",
        "2025-07-05T10:00:00.",
        "2025-07-05T10:00:00.Z",
        "2025-07-05T10:00:00,5Z",
        "2025-07-05T10:00.5Z",
        "2025-07-05T10:00:00ZZ",
        "2025-07-05T10:00:00Z ",
        " 2025-07-05T10:00:00Z",
        "2025-07-05T10:00:00 Z",
        "2025-07-05T10:00:00+",
        "2025-07-05T10:00:00+2",
        "2025-07-05T10:00:00+02:",
        "2025-07-05T10:00:00+02:0",
        "2025-07-05T10:00:00+02:000",
        "2025-07-05T10:00:00+24:00",
        "2025-07-05T10:00:00+02:60",
        "2025-07-05T10:00:00*02:00",
        "2025-07-05T24:00:00Z",
        "2025-07-05T10:60:00Z",
        "2025-07-05T10:00:61Z",
        "2025-13-05T10:00:00Z",
        "2025-00-05T10:00:00Z",
        "2025-07-00T10:00:00Z",
        "2025-07-32T10:00:00Z",
        "2025-06-31T10:00:00Z",
        "2025/07/05T10:00:00Z",
        "2025-7-5T10:00:00Z",
        "20250705T100000Z",
        "2025-07-05T1O:00:00Z",
        "2025-07-05T-1:00:00Z",
        "+2025-07-05T10:00:00Z",
        "12025-07-05T10:00:00Z",
        "2025-07-05_10:00:00Z",
        "2025-07-05T10:00:00 GMT",
        "1751709600",
        "Sat, 05 Jul 2025 10:00:00 GMT",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        expect_refusal(cases[i], strlen(cases[i]));
    expect_refusal(NULL, 0);
    expect_refusal("2025-07-05T10:00:00Z\0", 21);
    expect_refusal("2025-07-05T10:00:00\0", 20);
    expect_refusal("2025-07-05T10:00:00.000000000000000000000000000000000000000000000Z", 66);
}

static void dates_are_read_strictly(void **state)
{
    static const char *const bad[] = {"",           "2025-7-5",    "2025-07-5",  "2025-07-05 ",
                                      "2025-02-29", "2025-13-01",  "x025-07-05", "0999-01-01",
                                      "2025.07.05", "2025-07-05Z", "10000-1-01"};
    struct error err = {0};
    int32_t day = -1;
    size_t i;

    (void)state;
    assert_int_equal(date_parse("1970-01-01", 10, &day, &err), 0);
    assert_int_equal(day, 0);
    assert_int_equal(date_parse("1000-01-01", 10, &day, &err), 0);
    assert_int_equal(day, -354285);
    assert_int_equal(date_parse("9999-12-31", 10, &day, &err), 0);
    assert_int_equal(day, 2932896);
    assert_int_equal(err.code, ERROR_NONE);
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        error_clear(&err);
        day = -1;
        assert_int_equal(date_parse(bad[i], strlen(bad[i]), &day, &err), -1);
        assert_int_equal(day, 0);
        assert_int_equal(err.code, ERROR_INPUT);
    }
    assert_int_equal(date_parse(NULL, 10, &day, NULL), -1);
}

static void every_day_of_nine_thousand_years_comes_back(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t day = date_from_civil(1000, 1, 1), again;
    int year = 1000, month = 1, mday = 1, y, m, d;
    char text[DATE_TEXT_SIZE], wanted[40];

    (void)state;
    for (; year < 10000; day++) {
        int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        date_to_civil(day, &y, &m, &d);
        if (y != year || m != month || d != mday || date_from_civil(y, m, d) != day)
            fail_msg("day %d: %d-%d-%d", day, y, m, d);
        if (day % 5 == 0) {
            date_format(day, text);
            snprintf(wanted, sizeof(wanted), "%04d-%02d-%02d", year, month, mday);
            assert_string_equal(text, wanted);
            assert_int_equal(date_parse(text, 10, &again, NULL), 0);
            assert_int_equal(again, day);
        }
        if (++mday > lengths[month - 1] + (month == 2 && leap)) {
            mday = 1;
            month = month % 12 + 1;
            year += month == 1;
        }
    }
    assert_int_equal(day, 2932897);
}

static void any_moment_comes_back_in_both_forms(void **state)
{
    uint64_t seed = 5;
    int i;

    (void)state;
    for (i = 0; i < 100000; i++) {
        int64_t seconds = (int64_t)(unit_random(&seed) % 284012568000ULL) - 30610224000LL;
        int64_t moment = seconds * MICROS + (int64_t)(unit_random(&seed) % MICROS), again;
        char sql[TIMESTAMP_SQL_SIZE], iso[TIMESTAMP_ISO_SIZE], wanted[80];
        time_t t = (time_t)seconds;
        struct tm tm;

        timestamp_format_sql(moment, sql);
        timestamp_format_iso(moment, iso);
        gmtime_r(&t, &tm);
        snprintf(wanted, sizeof(wanted), "%04d-%02d-%02d %02d:%02d:%02d.%06d", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                 (int)(moment - seconds * MICROS));
        assert_string_equal(sql, wanted);
        assert_int_equal(timestamp_parse(sql, strlen(sql), &again, NULL), 0);
        assert_true(again == moment);
        assert_int_equal(timestamp_parse(iso, strlen(iso), &again, NULL), 0);
        assert_true(again == moment);
    }
}

static void what_no_text_can_hold_is_written_as_the_nearest(void **state)
{
    char sql[TIMESTAMP_SQL_SIZE], iso[TIMESTAMP_ISO_SIZE], date[DATE_TEXT_SIZE];
    int year, month, mday;

    (void)state;
    timestamp_format_sql(INT64_MAX, sql);
    assert_string_equal(sql, "9999-12-31 23:59:59.999999");
    timestamp_format_iso(INT64_MIN, iso);
    assert_string_equal(iso, "1000-01-01T00:00:00.000000Z");
    date_format(INT32_MAX, date);
    assert_string_equal(date, "9999-12-31");
    date_format(INT32_MIN, date);
    assert_string_equal(date, "1000-01-01");
    date_to_civil(INT32_MAX, &year, &month, &mday);
    assert_int_equal(date_from_civil(year, month, mday), INT32_MAX);
    date_to_civil(INT32_MIN, &year, &month, &mday);
    assert_int_equal(date_from_civil(year, month, mday), INT32_MIN);
    date_from_civil(INT32_MAX, 12, INT32_MAX);
    date_from_civil(INT32_MIN, INT32_MIN, INT32_MIN);
}

static void random_changes_to_a_time_stamp_never_misbehave(void **state)
{
    static const char model[] = "2025-07-05T10:00:00.123456+02:00";
    static const char alphabet[] = "0123456789-:.+TZ tz\0,";
    uint64_t seed = 77;
    int i, accepted = 0;

    (void)state;
    for (i = 0; i < 200000; i++) {
        size_t len = sizeof(model) - 1 - unit_random(&seed) % 20;
        char *text = malloc(len), iso[TIMESTAMP_ISO_SIZE];
        int changes = (int)(unit_random(&seed) % 4);
        int64_t moment;

        memcpy(text, model, len);
        while (changes-- > 0)
            text[unit_random(&seed) % len] = alphabet[unit_random(&seed) % (sizeof(alphabet) - 1)];
        if (timestamp_parse(text, len, &moment, NULL) == 0) {
            accepted++;
            timestamp_format_iso(moment, iso);
            assert_int_equal(strlen(iso), TIMESTAMP_ISO_SIZE - 1);
        }
        free(text);
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_epoch_is_zero),
        cmocka_unit_test(the_forms_that_gateways_use_are_read),
        cmocka_unit_test(offsets_are_taken_off),
        cmocka_unit_test(a_fraction_is_cut_after_the_microsecond),
        cmocka_unit_test(a_leap_second_becomes_the_last_microsecond_before_it),
        cmocka_unit_test(leap_days_exist_in_leap_years_only),
        cmocka_unit_test(the_years_1000_to_9999_are_the_bounds),
        cmocka_unit_test(what_is_not_a_time_stamp_is_refused),
        cmocka_unit_test(dates_are_read_strictly),
        cmocka_unit_test(every_day_of_nine_thousand_years_comes_back),
        cmocka_unit_test(any_moment_comes_back_in_both_forms),
        cmocka_unit_test(what_no_text_can_hold_is_written_as_the_nearest),
        cmocka_unit_test(random_changes_to_a_time_stamp_never_misbehave),
    };

    return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
