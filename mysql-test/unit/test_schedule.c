#include "../../udf/schedule.h"

#include "unit_zone.h"

static void a_time_of_day_is_read(void **state)
{
    static const struct {
        const char *text;
        int minutes;
    } cases[] = {{"00:00", 0},  {"0:00", 0},     {"2:30", 150},  {"02:30", 150},
                 {"9:05", 545}, {"23:59", 1439}, {"12:00", 720}, {"19:59", 1199}};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};
        int minutes = -1;

        assert_int_equal(schedule_parse_time(cases[i].text, strlen(cases[i].text), &minutes, &err),
                         0);
        assert_int_equal(minutes, cases[i].minutes);
        assert_int_equal(err.code, ERROR_NONE);
    }
}

static void what_is_no_time_of_day_is_refused(void **state)
{
    static const char *const cases[] = {"",      ":",     "2",      "2:",    ":30",      "2:3",
                                        "24:00", "23:60", "002:30", "2:300", " 2:30",    "2:30 ",
                                        "-2:30", "02-30", "2:3x",   "x2:30", "02:30:00", "99:99",
                                        "2 30",  "+2:30", "2:3\n"};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};
        int minutes = -1;

        if (schedule_parse_time(cases[i], strlen(cases[i]), &minutes, &err) != -1)
            fail_msg("%s was accepted", cases[i]);
        assert_int_equal(minutes, 0);
        assert_int_equal(err.code, ERROR_INPUT);
    }
    assert_int_equal(schedule_parse_time(NULL, 0, &(int){0}, NULL), -1);
    assert_int_equal(schedule_parse_time("2:30", 3, &(int){0}, NULL), -1);
}

static struct zone *zone_by_text(const char *text)
{
    struct zone *zone = zone_from_offset_text(text, NULL);

    return zone ? zone : unit_zone(text);
}

static void yesterday_is_due_once_the_time_has_come(void **state)
{
    static const struct {
        const char *zone;
        int minutes;
        const char *now, *day;
    } cases[] = {
        {"UTC", 150, "2025-07-05T02:29:59.999999Z", "2025-07-03"},
        {"UTC", 150, "2025-07-05T02:30Z", "2025-07-04"},
        {"UTC", 150, "2025-07-05T23:59:59Z", "2025-07-04"},
        {"UTC", 0, "2025-07-05T00:00Z", "2025-07-04"},
        {"UTC", 0, "2025-07-04T23:59:59.999999Z", "2025-07-03"},
        {"UTC", 1439, "2025-07-05T23:58:59Z", "2025-07-03"},
        {"UTC", 1439, "2025-07-05T23:59Z", "2025-07-04"},
        {"+02:00", 150, "2025-07-05T00:29:59Z", "2025-07-03"},
        {"+02:00", 150, "2025-07-05T00:30Z", "2025-07-04"},
        {"+02:00", 60, "2025-07-04T23:00Z", "2025-07-04"},
        {"Africa/Blantyre", 150, "2025-01-01T00:30Z", "2024-12-31"},
        /* 1:30 does not exist on that day: at the change, 2:00 summer time, it has come */
        {"Europe/London", 90, "2025-03-30T00:59:59Z", "2025-03-28"},
        {"Europe/London", 90, "2025-03-30T01:00Z", "2025-03-29"},
        /* 1:30 comes twice: the first time counts */
        {"Europe/London", 90, "2025-10-26T00:29:59Z", "2025-10-24"},
        {"Europe/London", 90, "2025-10-26T00:30Z", "2025-10-25"},
        {"Europe/London", 90, "2025-10-26T01:10Z", "2025-10-25"}, /* 1:10 again */
        {"America/Sao_Paulo", 0, "2018-11-04T02:59:59Z", "2018-11-02"},
        {"America/Sao_Paulo", 0, "2018-11-04T03:00Z", "2018-11-03"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct zone *zone = zone_by_text(cases[i].zone);

        if (schedule_last_due_day(zone, cases[i].minutes, unit_moment(cases[i].now)) !=
            unit_day(cases[i].day))
            fail_msg("%s %d %s", cases[i].zone, cases[i].minutes, cases[i].now);
        zone_destroy(zone);
    }
}

static void the_next_run_comes_at_the_time_of_day(void **state)
{
    static const struct {
        const char *zone;
        int minutes;
        const char *now, *next;
    } cases[] = {
        {"UTC", 150, "2025-07-05T02:29:59.999999Z", "2025-07-05T02:30Z"},
        {"UTC", 150, "2025-07-05T02:30Z", "2025-07-06T02:30Z"}, /* after now, not at it */
        {"UTC", 0, "2025-12-31T12:00Z", "2026-01-01T00:00Z"},
        {"+02:00", 60, "2025-07-04T22:59Z", "2025-07-04T23:00Z"},
        {"Europe/London", 90, "2025-03-30T00:30Z", "2025-03-30T01:00Z"},
        {"Europe/London", 90, "2025-03-30T01:00Z", "2025-03-31T00:30Z"},
        {"Europe/London", 90, "2025-10-26T00:00Z", "2025-10-26T00:30Z"},
        {"Europe/London", 90, "2025-10-26T00:30Z", "2025-10-27T01:30Z"}, /* once on that day */
        {"Europe/London", 180, "2025-03-29T12:00Z", "2025-03-30T02:00Z"},
        {"Europe/London", 180, "2025-10-25T12:00Z", "2025-10-26T03:00Z"},
        {"America/Sao_Paulo", 15, "2018-11-04T02:00Z", "2018-11-04T03:00Z"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct zone *zone = zone_by_text(cases[i].zone);

        if (schedule_next(zone, cases[i].minutes, unit_moment(cases[i].now)) !=
            unit_moment(cases[i].next))
            fail_msg("%s %d %s", cases[i].zone, cases[i].minutes, cases[i].now);
        zone_destroy(zone);
    }
}

static void a_day_becomes_due_at_the_next_run_and_only_then(void **state)
{
    static const char *const names[] = {"+02:00",         "Africa/Cairo",
                                        "Europe/Dublin",  "America/Sao_Paulo",
                                        "America/Havana", "Australia/Lord_Howe"};
    uint64_t seed = 44;
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(names); i++) {
        struct zone *zone = zone_by_text(names[i]);

        for (j = 0; j < 5000; j++) {
            int64_t now = (int64_t)(unit_random(&seed) % 4102444800ULL) * MICROS, next, begin, end;
            int minutes = (int)(unit_random(&seed) % 1440);
            int32_t due = schedule_last_due_day(zone, minutes, now);

            next = schedule_next(zone, minutes, now);
            assert_true(next > now && next <= now + 26 * 3600 * MICROS);
            assert_int_equal(schedule_last_due_day(zone, minutes, next - 1), due);
            assert_int_equal(schedule_last_due_day(zone, minutes, next), due + 1);
            zone_day_bounds(zone, due, &begin, &end);
            assert_true(end <= now); /* a day that is due is over */
        }
        zone_destroy(zone);
    }
}

static void what_is_owed_is_bounded_by_the_lookback(void **state)
{
    static const struct {
        int32_t last_done, last_due, lookback, first;
    } cases[] = {
        {INT32_MIN, 100, 7, 100}, /* nothing was ever done: only the last day */
        {99, 100, 7, 100},
        {100, 100, 7, 101}, /* nothing owed */
        {150, 100, 7, 101},
        {97, 100, 7, 98},
        {92, 100, 7, 93},
        {91, 100, 7, 93},
        {-5000, 100, 7, 93},
        {50, 100, 0, 100},
        {50, 100, -3, 100},
        {50, 100, INT32_MIN, 100},
        {50, 100, INT32_MAX, 51},
        {INT32_MIN + 1, INT32_MIN + 2, INT32_MAX, INT32_MIN + 2},
        {INT32_MIN + 1, INT32_MAX, INT32_MAX, 0},
        {INT32_MAX, INT32_MAX, 7, INT32_MAX},
        {INT32_MAX, 100, 7, 101},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        assert_int_equal(
            schedule_first_owed(cases[i].last_done, cases[i].last_due, cases[i].lookback),
            cases[i].first);
}

static void a_clock_that_has_gone_back_is_noticed(void **state)
{
    const int64_t day = DAY_SECONDS * MICROS, now = 20000 * day;

    (void)state;
    assert_false(schedule_is_too_far(now + day, now));
    assert_false(schedule_is_too_far(now + 2 * day, now)); /* a zone that leaves a day out */
    assert_true(schedule_is_too_far(now + 4 * day, now));
    assert_false(schedule_is_too_far(now - day, now));
    assert_false(schedule_is_too_far(INT64_MAX, now)); /* the end of time */
    assert_true(schedule_is_too_far(INT64_MAX - 1, INT64_MIN));
}

static void hostile_arguments_do_not_overflow(void **state)
{
    static const int64_t moments[] = {INT64_MIN, INT64_MIN + 1, 0, INT64_MAX - 1, INT64_MAX};
    static const int times[] = {INT32_MIN, -1, 0, 1439, 1440, INT32_MAX};
    struct zone *zone = zone_fixed(64800, NULL);
    size_t i, j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(moments); i++) {
        for (j = 0; j < UNIT_COUNT(times); j++) {
            schedule_last_due_day(zone, times[j], moments[i]);
            assert_true(schedule_next(zone, times[j], moments[i]) >= moments[i]);
        }
    }
    zone_destroy(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_of_day_is_read),
        cmocka_unit_test(what_is_no_time_of_day_is_refused),
        cmocka_unit_test(yesterday_is_due_once_the_time_has_come),
        cmocka_unit_test(the_next_run_comes_at_the_time_of_day),
        cmocka_unit_test(a_day_becomes_due_at_the_next_run_and_only_then),
        cmocka_unit_test(what_is_owed_is_bounded_by_the_lookback),
        cmocka_unit_test(a_clock_that_has_gone_back_is_noticed),
        cmocka_unit_test(hostile_arguments_do_not_overflow),
    };

    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
