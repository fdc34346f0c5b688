/* What a zone makes of moments, wall clocks and days. */
#include "../../udf/zone.h"

#include "unit_zone.h"

static void a_fixed_offset_is_always_in_force(void **state)
{
    static const int32_t offsets[] = {0, 7200, -12600, 64800, -64800, 1};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(offsets); i++) {
        struct zone *zone = zone_fixed(offsets[i], NULL);
        int64_t begin, end, moment = unit_moment("2025-07-05T10:00:00.123456Z");

        assert_non_null(zone);
        assert_int_equal(zone_offset_at(zone, moment), offsets[i]);
        assert_true(zone_to_wall(zone, moment) == moment + offsets[i] * MICROS);
        assert_true(zone_to_utc(zone, moment) == moment - offsets[i] * MICROS);
        zone_day_bounds(zone, 20274, &begin, &end);
        assert_true(begin == (20274 * DAY_SECONDS - offsets[i]) * MICROS);
        assert_true(end == begin + DAY_SECONDS * MICROS);
        assert_int_equal(zone_day_of(zone, begin), 20274);
        assert_int_equal(zone_day_of(zone, begin - 1), 20273);
        assert_int_equal(zone_day_of(zone, end - 1), 20274);
        zone_destroy(zone);
    }
    zone_destroy(NULL);
}

static void an_offset_of_more_than_18_hours_is_refused(void **state)
{
    static const int32_t offsets[] = {64801, -64801, INT32_MAX, INT32_MIN};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(offsets); i++) {
        struct error err = {0};

        assert_null(zone_fixed(offsets[i], &err));
        assert_int_equal(err.code, ERROR_INPUT);
        assert_null(zone_fixed(offsets[i], NULL));
    }
}

static void offsets_are_read_from_text(void **state)
{
    static const struct {
        const char *text;
        int32_t offset;
    } cases[] = {
        {"UTC", 0},        {"Z", 0},          {"+00:00", 0},
        {"-0:00", 0},      {"+02:00", 7200},  {"-3:30", -12600},
        {"+05:45", 20700}, {"+18:00", 64800}, {"-18:00", -64800},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};
        struct zone *zone = zone_from_offset_text(cases[i].text, &err);

        assert_non_null(zone);
        assert_int_equal(zone_offset_at(zone, 0), cases[i].offset);
        assert_int_equal(err.code, ERROR_NONE);
        zone_destroy(zone);
    }
}

static void other_text_is_no_offset_and_no_error(void **state)
{
    static const char *const cases[] = {
        "",        "Africa/Blantyre", "SYSTEM", "GMT",    "+",      "-",       "+2",
        "+02",     "+0200",           "+02:",   "+02:0",  "+02:60", "+02:000", "+002:00",
        "+ 2:00",  "02:00",           "+a:00",  "+02:0x", "ZZ",     "UTC ",    "+:00",
        "+02:00Z", "+02-00",
    };
    struct error err = {0};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        assert_null(zone_from_offset_text(cases[i], &err));
    assert_null(zone_from_offset_text(NULL, &err));
    assert_int_equal(err.code, ERROR_NONE);
    assert_null(zone_from_offset_text("+18:01", &err)); /* an offset, but a senseless one */
    assert_int_equal(err.code, ERROR_INPUT);
}

struct day_case {
    const char *zone, *day, *begin, *end;
};

static void business_days_begin_at_the_zones_midnight(void **state)
{
    static const struct day_case cases[] = {
        {"Africa/Blantyre", "2025-07-05", "2025-07-04T22:00Z", "2025-07-05T22:00Z"},
        {"Europe/London", "2025-03-29", "2025-03-29T00:00Z", "2025-03-30T00:00Z"},
        {"Europe/London", "2025-03-30", "2025-03-30T00:00Z", "2025-03-30T23:00Z"}, /* 23 h */
        {"Europe/London", "2025-10-26", "2025-10-25T23:00Z", "2025-10-27T00:00Z"}, /* 25 h */
        {"Europe/Dublin", "2025-07-05", "2025-07-04T23:00Z", "2025-07-05T23:00Z"},
        {"Europe/Dublin", "2050-07-05", "2050-07-04T23:00Z", "2050-07-05T23:00Z"},
        {"Europe/Dublin", "2050-12-05", "2050-12-05T00:00Z", "2050-12-06T00:00Z"},
        {"America/New_York", "2024-11-03", "2024-11-03T04:00Z", "2024-11-04T05:00Z"},
        {"America/New_York", "2060-07-05", "2060-07-05T04:00Z", "2060-07-06T04:00Z"},
        {"Asia/Kathmandu", "2025-07-05", "2025-07-04T18:15Z", "2025-07-05T18:15Z"},
        {"Australia/Lord_Howe", "2025-04-06", "2025-04-05T13:00Z", "2025-04-06T13:30Z"},
        /* midnight does not exist */
        {"America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00Z", "2018-11-04T03:00Z"},
        {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", "2018-11-05T02:00Z"},
        {"Africa/Cairo", "2023-04-28", "2023-04-27T22:00Z", "2023-04-28T21:00Z"},
        {"Asia/Beirut", "2022-03-26", "2022-03-25T22:00Z", "2022-03-26T22:00Z"},
        {"Asia/Beirut", "2022-03-27", "2022-03-26T22:00Z", "2022-03-27T21:00Z"},
        /* the last hour of the day comes twice */
        {"America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00Z", "2018-02-18T03:00Z"},
        {"America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00Z", "2018-02-19T03:00Z"},
        /* the first hour of the day comes twice */
        {"America/Havana", "2023-11-05", "2023-11-05T04:00Z", "2023-11-06T05:00Z"},
        /* a minute after midnight it is 23:01 again: the day begins but once */
        {"America/St_Johns", "2010-11-06", "2010-11-06T02:30Z", "2010-11-07T02:30Z"},
        {"America/St_Johns", "2010-11-07", "2010-11-07T02:30Z", "2010-11-08T03:30Z"},
        /* the day does not exist */
        {"Pacific/Apia", "2011-12-29", "2011-12-29T10:00Z", "2011-12-30T10:00Z"},
        {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", "2011-12-30T10:00Z"},
        {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z", "2011-12-31T10:00Z"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct zone *zone = unit_zone(cases[i].zone);
        int64_t begin, end;

        zone_day_bounds(zone, unit_day(cases[i].day), &begin, &end);
        if (begin != unit_moment(cases[i].begin) || end != unit_moment(cases[i].end))
            fail_msg("%s %s", cases[i].zone, cases[i].day);
        zone_destroy(zone);
    }
}

static void a_clock_time_becomes_a_moment(void **state)
{
    static const struct {
        const char *zone, *wall, *moment;
    } cases[] = {
        {"Africa/Blantyre", "2025-07-05T10:00:00.123456", "2025-07-05T08:00:00.123456Z"},
        {"Europe/London", "2025-07-05T10:00", "2025-07-05T09:00Z"},
        {"Europe/London", "2025-03-30T00:59:59.999999", "2025-03-30T00:59:59.999999Z"},
        {"Europe/London", "2025-03-30T01:00", "2025-03-30T01:00Z"}, /* the gap */
        {"Europe/London", "2025-03-30T01:30:00.5", "2025-03-30T01:00Z"},
        {"Europe/London", "2025-03-30T01:59:59.999999", "2025-03-30T01:00Z"},
        {"Europe/London", "2025-03-30T02:00", "2025-03-30T01:00Z"},
        {"Europe/London", "2025-03-30T02:00:00.000001", "2025-03-30T01:00:00.000001Z"},
        {"Europe/London", "2025-10-26T00:59:59.999999", "2025-10-25T23:59:59.999999Z"},
        {"Europe/London", "2025-10-26T01:00", "2025-10-26T00:00Z"}, /* twice: the earlier */
        {"Europe/London", "2025-10-26T01:59:59.999999", "2025-10-26T00:59:59.999999Z"},
        {"Europe/London", "2025-10-26T02:00", "2025-10-26T02:00Z"},
        {"Europe/London", "2061-03-27T01:30", "2061-03-27T01:00Z"}, /* by the rule */
        {"Europe/London", "2061-10-30T01:30", "2061-10-30T00:30Z"},
        {"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00Z"},
        {"Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00Z"},
        {"Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T09:59:59Z"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct zone *zone = unit_zone(cases[i].zone);

        if (zone_to_utc(zone, unit_moment(cases[i].wall)) != unit_moment(cases[i].moment))
            fail_msg("%s %s", cases[i].zone, cases[i].wall);
        zone_destroy(zone);
    }
}

static const char *const restless[] = {
    "America/Sao_Paulo", "America/St_Johns", "Africa/Cairo",         "Africa/Casablanca",
    "Asia/Beirut",       "Asia/Gaza",        "America/Havana",       "Pacific/Apia",
    "Pacific/Kwajalein", "Europe/Dublin",    "Australia/Lord_Howe",  "Antarctica/Troll",
    "America/Juneau",    "America/Godthab",  "America/Scoresbysund", "Asia/Manila",
};

static void days_follow_each_other_without_gap_or_overlap(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(restless); i++) {
        struct zone *zone = unit_zone(restless[i]);
        int64_t begin, end, last = INT64_MIN;
        int32_t day;

        for (day = unit_day("1840-01-01"); day < unit_day("2100-01-01"); day++) {
            zone_day_bounds(zone, day, &begin, &end);
            if ((last != INT64_MIN && begin != last) || begin > end)
                fail_msg("%s, day %d", restless[i], day);
            if (begin < end &&
                (zone_day_of(zone, begin) != day || zone_day_of(zone, end - 1) != day))
                fail_msg("%s, moments of day %d", restless[i], day);
            last = end;
        }
        zone_destroy(zone);
    }
}

/* The definition, tried out: no earlier moment shows this time or a later one. */
static void a_clock_time_becomes_the_first_moment_that_shows_it_or_more(void **state)
{
    uint64_t seed = 17;
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(restless); i++) {
        struct zone *zone = unit_zone(restless[i]);

        for (j = 0; j < 3000; j++) {
            int64_t wall = (int64_t)(unit_random(&seed) % 8200000000ULL - 4100000000LL) * MICROS;
            int64_t moment = zone_to_utc(zone, wall), back;

            assert_true(zone_to_wall(zone, moment) >= wall);
            assert_true(zone_to_wall(zone, moment - 1) < wall);
            for (back = 900; back < 200000; back += 6100)
                assert_true(zone_to_wall(zone, moment - back * MICROS) < wall);
        }
        zone_destroy(zone);
    }
}

static void the_ends_of_time_do_not_overflow(void **state)
{
    static const char *const rules[] = {"UTC0", "EST5EDT,M3.2.0,M11.1.0", "<+14>-14", "<-12>12"};
    static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX};
    static const int32_t days[] = {INT32_MIN, INT32_MIN + 1, INT32_MAX - 1, INT32_MAX};
    size_t i, j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rules); i++) {
        struct zone *zone = unit_zone_by_rule(rules[i]);

        assert_non_null(zone);
        for (j = 0; j < UNIT_COUNT(ends); j++) {
            int64_t begin, end;

            zone_offset_at(zone, ends[j]);
            zone_to_utc(zone, ends[j]);
            zone_to_wall(zone, ends[j]);
            zone_day_of(zone, ends[j]);
            zone_day_bounds(zone, days[j], &begin, &end);
            assert_true(begin <= end);
        }
        zone_destroy(zone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_offset_is_always_in_force),
        cmocka_unit_test(an_offset_of_more_than_18_hours_is_refused),
        cmocka_unit_test(offsets_are_read_from_text),
        cmocka_unit_test(other_text_is_no_offset_and_no_error),
        cmocka_unit_test(business_days_begin_at_the_zones_midnight),
        cmocka_unit_test(a_clock_time_becomes_a_moment),
        cmocka_unit_test(days_follow_each_other_without_gap_or_overlap),
        cmocka_unit_test(a_clock_time_becomes_the_first_moment_that_shows_it_or_more),
        cmocka_unit_test(the_ends_of_time_do_not_overflow),
    };

    return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
