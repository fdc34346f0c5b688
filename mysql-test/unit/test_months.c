/* When months begin, in the zones of the world. */
#include "../../udf/months.h"

#include "../../plugin/calendar.h"
#include "unit_zone.h"

static int32_t month(const char *text)
{
    int32_t number;

    if (month_parse(text, strlen(text), &number, NULL) != 0)
        fail_msg("not a month: %s", text);
    return number;
}

static void a_month_is_read_and_written(void **state)
{
    static const char *const bad[] = {"",        "2025",    "2025-7",   "2025-00", "2025-13",
                                      "0999-12", "2025/07", "2025-07 ", "x025-07", "2025-0x"};
    char text[MONTH_TEXT_SIZE];
    int32_t number;
    size_t i;

    (void)state;
    month_format(month("2025-07"), text);
    assert_string_equal(text, "2025-07");
    month_format(month("1000-01"), text);
    assert_string_equal(text, "1000-01");
    month_format(month("9999-12"), text);
    assert_string_equal(text, "9999-12");
    month_format(INT32_MAX, text);
    assert_string_equal(text, "9999-12");
    month_format(INT32_MIN, text);
    assert_string_equal(text, "1000-01");
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        struct error err = {0};

        assert_int_equal(month_parse(bad[i], strlen(bad[i]), &number, &err), -1);
        assert_int_equal(number, 0);
        assert_int_equal(err.code, ERROR_INPUT);
    }
}

static void a_month_begins_at_the_zones_midnight(void **state)
{
    static const struct {
        const char *zone, *month, *begin;
    } cases[] = {
        {"UTC", "2025-07", "2025-07-01T00:00:00Z"},
        {"Africa/Blantyre", "2025-07", "2025-06-30T22:00:00Z"},
        {"Pacific/Kiritimati", "2025-07", "2025-06-30T10:00:00Z"}, /* +14 */
        {"Etc/GMT+12", "2025-07", "2025-07-01T12:00:00Z"},         /* -12 */
        {"Europe/London", "2025-03", "2025-03-01T00:00:00Z"},      /* the clocks change in it */
        {"Europe/London", "2025-04", "2025-03-31T23:00:00Z"},
        {"Europe/London", "2025-11", "2025-11-01T00:00:00Z"},
        {"Asia/Kathmandu", "2025-01", "2024-12-31T18:15:00Z"},
        {"Australia/Lord_Howe", "2025-10", "2025-09-30T13:30:00Z"}, /* half an hour of summer */
        /* Samoa left out 30 December 2011, a day before the month ends, and changed sides */
        {"Pacific/Apia", "2011-12", "2011-12-01T10:00:00Z"},
        {"Pacific/Apia", "2012-01", "2011-12-31T10:00:00Z"},
        /* Jordan put its clocks forward at midnight of 1 April 2011: there is no 00:00 */
        {"Asia/Amman", "2011-04", "2011-03-31T22:00:00Z"},
        {"Asia/Amman", "2011-05", "2011-04-30T21:00:00Z"},
        /* Asuncion put them back at midnight of 1 April 1990: 23:00 comes twice, the first day once
         */
        {"America/Asuncion", "1990-04", "1990-04-01T04:00:00Z"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct zone *zone = unit_zone(cases[i].zone);
        char text[TIMESTAMP_ISO_SIZE];

        timestamp_format_iso(month_begin(zone, month(cases[i].month)), text);
        if (month_begin(zone, month(cases[i].month)) != unit_moment(cases[i].begin))
            fail_msg("%s %s begins at %s", cases[i].zone, cases[i].month, text);
        zone_destroy(zone);
    }
}

static void a_first_day_that_is_left_out_begins_with_the_second(void **state)
{
    /* from 11 hours behind to 13 before, at the midnight that began 1 January 1995 */
    struct unit_tzif file = {.version = '2',
                             .types = 2,
                             .offsets = {-11 * 3600, 13 * 3600},
                             .transitions = 1,
                             .transition = {{788958000, 1}},
                             .footer = "<+13>-13"};
    struct zone *zone = unit_zone_of(&file);

    (void)state;
    assert_non_null(zone);
    assert_true(month_begin(zone, month("1995-01")) == unit_moment("1995-01-01T11:00:00Z"));
    assert_true(zone_to_wall(zone, month_begin(zone, month("1995-01"))) ==
                unit_moment("1995-01-02T00:00:00Z"));
    assert_true(month_begin(zone, month("1995-02")) == unit_moment("1995-01-31T11:00:00Z"));
    zone_destroy(zone);
}

static void months_follow_each_other_in_every_zone(void **state)
{
    static const char *const zones[] = {
        "Africa/Blantyre",   "Europe/London",     "America/New_York",
        "Pacific/Apia",      "Pacific/Auckland",  "Asia/Amman",
        "Pacific/Enderbury", "Africa/Casablanca", "America/Havana"};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(zones); i++) {
        struct zone *zone = unit_zone(zones[i]);
        int32_t m;

        for (m = month("1900-01"); m < month("2100-01"); m++) {
            int64_t length = month_begin(zone, m + 1) - month_begin(zone, m);

            assert_true(length > 26 * DAY_SECONDS * MICROS);
            assert_true(length < 33 * DAY_SECONDS * MICROS);
        }
        zone_destroy(zone);
    }
}

static void the_list_is_json_and_bounded(void **state)
{
    struct zone *zone = zone_fixed(7200, NULL);
    struct error err = {0};
    struct buf out;

    (void)state;
    buf_init(&out, CALENDAR_TEXT_MAX);
    assert_int_equal(months_json(zone, month("2025-12"), 2, &out, &err), 0);
    assert_string_equal(out.data, "[[\"2025-12\",\"2025-11-30 22:00:00.000000\"],"
                                  "[\"2026-01\",\"2025-12-31 22:00:00.000000\"]]");
    buf_clear(&out);
    assert_int_equal(months_json(zone, month("2025-12"), MONTHS_MAX, &out, &err), 0);
    assert_int_equal(months_json(zone, month("2025-12"), MONTHS_MAX + 1, &out, &err), -1);
    assert_int_equal(months_json(zone, month("2025-12"), 0, &out, NULL), -1);
    assert_int_equal(months_json(zone, month("9999-12"), 2, &out, NULL), -1);
    assert_int_equal(months_json(zone, 0, 1, &out, NULL), -1);
    buf_free(&out);
    zone_destroy(zone);
}

static void questions_that_make_no_sense_are_refused(void **state)
{
    static const char *const bad[] = {"months:",
                                      "months:UTC",
                                      "months:UTC:2025-07",
                                      "months:UTC:2025-07:",
                                      "months:2025-07:1",
                                      "months:UTC:2025-7:1",
                                      "months:UTC:2025-07:x",
                                      "months:UTC:2025-07:1x",
                                      "months::2025-07:1",
                                      "months:Nowhere/At_all:2025-07:1",
                                      "months:UTC:2025-07:99999999999",
                                      "months:../../etc/passwd:2025-07:1"};
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, CALENDAR_TEXT_MAX);
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        struct error err = {0};

        assert_true(calendar_asked(bad[i]));
        if (calendar_answer(bad[i], &out, &err) != -1 || !err.text[0])
            fail_msg("taken for good: %s", bad[i]);
    }
    assert_false(calendar_asked("time_zone"));
    assert_int_equal(calendar_answer("months:+05:45:2025-01:1", &out, NULL), 0);
    assert_non_null(strstr(out.data, "[[\"2025-01\",\"2024-12-31 18:15:00.000000\"]]"));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_read_and_written),
        cmocka_unit_test(a_month_begins_at_the_zones_midnight),
        cmocka_unit_test(a_first_day_that_is_left_out_begins_with_the_second),
        cmocka_unit_test(months_follow_each_other_in_every_zone),
        cmocka_unit_test(the_list_is_json_and_bounded),
        cmocka_unit_test(questions_that_make_no_sense_are_refused),
    };

    return cmocka_run_group_tests_name("months", tests, NULL, NULL);
}
