/* The POSIX TZ string at the end of a time zone file. */
#include <time.h>

#include "unit_zone.h"

static void expect_offset(const char *rule, const char *moment, int32_t wanted)
{
    struct zone *zone = unit_zone_by_rule(rule);

    if (!zone)
        fail_msg("%s was refused", rule);
    if (zone_offset_at(zone, unit_moment(moment)) != wanted)
        fail_msg("%s at %s: %d", rule, moment, zone_offset_at(zone, unit_moment(moment)));
    zone_destroy(zone);
}

static void a_rule_may_have_but_one_offset(void **state)
{
    (void)state;
    expect_offset("CAT-2", "2025-07-05T10:00Z", 7200);
    expect_offset("<+03>-3", "2025-07-05T10:00Z", 10800);
    expect_offset("<-0330>+3:30", "2025-07-05T10:00Z", -12600);
    expect_offset("<+0545>-5:45", "2025-07-05T10:00Z", 20700);
    expect_offset("LMT-0:00:36", "2025-07-05T10:00Z", 36);
    expect_offset("GMT0", "2025-07-05T10:00Z", 0);
    expect_offset("AAA24:59:59", "2025-07-05T10:00Z", -89999);
    expect_offset("AAA-24:59:59", "2025-07-05T10:00Z", 89999);
}

static void changes_come_on_the_nth_weekday_of_a_month(void **state)
{
    static const char new_york[] = "EST5EDT,M3.2.0,M11.1.0";
    static const char london[] = "GMT0BST,M3.5.0/1,M10.5.0";
    static const char sydney[] = "AEST-10AEDT,M10.1.0,M4.1.0/3";

    (void)state;
    expect_offset(new_york, "2025-03-09T06:59:59.999999Z", -18000);
    expect_offset(new_york, "2025-03-09T07:00Z", -14400);
    expect_offset(new_york, "2025-11-02T05:59:59Z", -14400);
    expect_offset(new_york, "2025-11-02T06:00Z", -18000);
    expect_offset(new_york, "2025-01-01T00:00Z", -18000);
    expect_offset(new_york, "2024-12-31T23:59:59Z", -18000);
    expect_offset(london, "2025-03-30T00:59:59Z", 0);
    expect_offset(london, "2025-03-30T01:00Z", 3600);
    expect_offset(london, "2025-10-26T00:59:59Z", 3600);
    expect_offset(london, "2025-10-26T01:00Z", 0);
    expect_offset(sydney, "2025-01-01T00:00Z", 39600); /* summer over the turn of the year */
    expect_offset(sydney, "2025-12-31T23:59:59Z", 39600);
    expect_offset(sydney, "2025-04-05T15:59:59Z", 39600);
    expect_offset(sydney, "2025-04-05T16:00Z", 36000);
    expect_offset(sydney, "2025-10-04T15:59:59Z", 36000);
    expect_offset(sydney, "2025-10-04T16:00Z", 39600);
}

static void winter_may_be_the_exception(void **state)
{
    static const char dublin[] = "IST-1GMT0,M10.5.0,M3.5.0/1";

    (void)state;
    expect_offset(dublin, "2025-01-15T12:00Z", 0);
    expect_offset(dublin, "2025-03-30T00:59:59Z", 0);
    expect_offset(dublin, "2025-03-30T01:00Z", 3600);
    expect_offset(dublin, "2025-07-15T12:00Z", 3600);
    expect_offset(dublin, "2025-10-26T00:59:59Z", 3600);
    expect_offset(dublin, "2025-10-26T01:00Z", 0);
    expect_offset(dublin, "2025-12-31T23:59:59Z", 0);
}

static void a_time_may_lie_outside_of_its_day(void **state)
{
    static const char nuuk[] = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";
    static const char jerusalem[] = "IST-2IDT,M3.4.4/26,M10.5.0";
    static const char gaza[] = "EET-2EEST,M3.4.4/50,M10.4.4/50";
    static const char week[] = "AAA0BBB,M12.5.6/167,M1.1.0/-167";

    (void)state;
    expect_offset(nuuk, "2025-03-30T00:59:59Z", -7200); /* Saturday 23:00 */
    expect_offset(nuuk, "2025-03-30T01:00Z", -3600);
    expect_offset(nuuk, "2025-10-26T01:00Z", -7200);
    expect_offset(jerusalem, "2025-03-27T23:59:59Z", 7200); /* Friday 2:00 */
    expect_offset(jerusalem, "2025-03-28T00:00Z", 10800);
    expect_offset(jerusalem, "2025-10-25T22:59:59Z", 10800);
    expect_offset(jerusalem, "2025-10-25T23:00Z", 7200);
    expect_offset(gaza, "2025-03-28T23:59:59Z", 7200); /* Saturday 2:00 after the fourth Thursday */
    expect_offset(gaza, "2025-03-29T00:00Z", 10800);
    expect_offset(week, "2024-12-28T23:59:59Z", 3600);
    expect_offset(week, "2024-12-29T00:00Z", 0); /* 5 January 2025 less 167 hours */
    expect_offset(week, "2025-01-03T22:59:59Z", 0);
    expect_offset(week, "2025-01-03T23:00Z", 3600); /* 28 December 2024 and 167 hours */
}

static void days_may_be_counted_with_and_without_the_leap_day(void **state)
{
    static const char julian[] = "AAA0BBB,J60/0,J300/0";   /* 1 March, 27 October */
    static const char zero_based[] = "AAA0BBB,59/0,300/0"; /* 1 March or 29 February */
    static const char before[] = "AAA0BBB,J59/0,J60/0";    /* 28 February to 1 March */

    (void)state;
    expect_offset(julian, "2023-02-28T23:59:59Z", 0);
    expect_offset(julian, "2023-03-01T00:00Z", 3600);
    expect_offset(julian, "2024-02-29T23:59:59Z", 0);
    expect_offset(julian, "2024-03-01T00:00Z", 3600);
    expect_offset(julian, "2023-10-26T22:59:59Z", 3600);
    expect_offset(julian, "2023-10-26T23:00Z", 0);
    expect_offset(julian, "2024-10-26T22:59:59Z", 3600);
    expect_offset(julian, "2024-10-26T23:00Z", 0);
    expect_offset(zero_based, "2023-02-28T23:59:59Z", 0);
    expect_offset(zero_based, "2023-03-01T00:00Z", 3600);
    expect_offset(zero_based, "2024-02-28T23:59:59Z", 0);
    expect_offset(zero_based, "2024-02-29T00:00Z", 3600);
    expect_offset(zero_based, "2023-10-27T23:00Z", 0);
    expect_offset(zero_based, "2023-10-27T22:59:59Z", 3600);
    expect_offset(zero_based, "2024-10-26T23:00Z", 0);
    expect_offset(before, "2024-02-28T00:00Z", 3600);
    expect_offset(before, "2024-02-29T22:59:59Z", 3600);
    expect_offset(before, "2024-02-29T23:00Z", 0);
}

static void daylight_time_may_last_all_year(void **state)
{
    static const char *const rules[] = {"XXX3EDT4,0/0,J365/23", "EST5EDT,0/0,J365/25"};
    uint64_t seed = 1;
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rules); i++) {
        struct zone *zone = unit_zone_by_rule(rules[i]);
        int year;

        assert_non_null(zone);
        for (j = 0; j < 10000; j++)
            assert_int_equal(
                zone_offset_at(zone, (int64_t)(unit_random(&seed) % 4102444800ULL) * MICROS),
                -14400);
        for (year = 1970; year < 2100; year++) {
            int64_t turn = (date_from_civil(year, 1, 1) * DAY_SECONDS + 4 * 3600) * MICROS;

            for (j = -7200; j <= 7200; j += 600)
                assert_int_equal(zone_offset_at(zone, turn + j * MICROS), -14400);
        }
        zone_destroy(zone);
    }
}

static void what_is_not_a_rule_is_refused(void **state)
{
    static const char *const cases[] = {
        "A0",
        "AB0",
        "ABC",
        "<AB>0",
        "<ABC0",
        "<A C>0",
        "ABC+",
        "ABC25",
        "ABC-25",
        "ABC0:60",
        "ABC0:0:60",
        "ABC0:",
        "ABC0 ",
        " ABC0",
        "ABC0DEF", /* when? */
        "ABC0DEF1",
        "ABC0DE,M3.2.0,M11.1.0",
        "ABC0DEF,",
        "ABC0DEF,M3.2.0",
        "ABC0DEF,M3.2.0,",
        "ABC0DEF,M3.2.0,M11.1.0,",
        "ABC0DEF,M3.2.0,M11.1.0 ",
        "ABC0DEF,M0.2.0,M11.1.0",
        "ABC0DEF,M13.2.0,M11.1.0",
        "ABC0DEF,M3.0.0,M11.1.0",
        "ABC0DEF,M3.6.0,M11.1.0",
        "ABC0DEF,M3.2.7,M11.1.0",
        "ABC0DEF,M3.2,M11.1.0",
        "ABC0DEF,M3.2.0/,M11.1.0",
        "ABC0DEF,M3.2.0/168,M11.1.0",
        "ABC0DEF,M3.2.0/-168,M11.1.0",
        "ABC0DEF,M3.2.0/2:60,M11.1.0",
        "ABC0DEF,J0,J300",
        "ABC0DEF,J366,J300",
        "ABC0DEF,366,300",
        "ABC0DEF,-1,300",
        "ABC0DEF,J,J300",
        "ABC0DEF,M3.2.0;M11.1.0",
        "ABC999999999999999999999",
        "ABC0DEF,M99999999999.2.0,M11.1.0",
        ":Europe/London",
        "0",
        "\xC3\xA9\xC3\xA9\xC3\xA9 0",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        if (unit_zone_by_rule(cases[i]))
            fail_msg("%s was accepted", cases[i]);
    }
}

static void print_change(char *out, size_t size, uint64_t *seed, int month)
{
    int hours = (int)(unit_random(seed) % 25), minutes = (int)(unit_random(seed) % 60);

    if (hours == 24)
        minutes = 0;
    switch (unit_random(seed) % 3) {
    case 0:
        snprintf(out, size, ",M%d.%d.%d/%d:%02d", month, (int)(unit_random(seed) % 5) + 1,
                 (int)(unit_random(seed) % 7), hours, minutes);
        break;
    case 1:
        snprintf(out, size, ",J%d/%d", month * 30, hours);
        break;
    default:
        snprintf(out, size, ",%d/%d:%02d:%02d", month * 30, hours, minutes, minutes);
    }
}

static void random_rules_agree_with_the_c_library(void **state)
{
    uint64_t seed = 2718;
    int i, j;

    (void)state;
    for (i = 0; i < 1500; i++) {
        char start[40], end[40], rule[140];
        int first = 2 + (int)(unit_random(&seed) % 4), second = 7 + (int)(unit_random(&seed) % 4);
        int swap = (int)(unit_random(&seed) & 1);
        struct zone *zone;

        print_change(start, sizeof(start), &seed, swap ? second : first);
        print_change(end, sizeof(end), &seed, swap ? first : second);
        snprintf(rule, sizeof(rule), "<+A1>%d:%02dBCD%d%s%s", (int)(unit_random(&seed) % 25) - 12,
                 (int)(unit_random(&seed) % 60), (int)(unit_random(&seed) % 25) - 12, start, end);
        zone = unit_zone_by_rule(rule);
        if (!zone)
            fail_msg("%s was refused", rule);
        setenv("TZ", rule, 1);
        tzset();
        for (j = 0; j < 200; j++) {
            time_t t = (time_t)(unit_random(&seed) % 4102444800ULL);
            struct tm tm;

            localtime_r(&t, &tm);
            if (zone_offset_at(zone, t * MICROS) != tm.tm_gmtoff)
                fail_msg("%s at %lld: %d, not %ld", rule, (long long)t,
                         zone_offset_at(zone, t * MICROS), tm.tm_gmtoff);
        }
        zone_destroy(zone);
    }
}

static void random_changes_to_a_rule_never_misbehave(void **state)
{
    static const char *const models[] = {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
                                         "IST-1GMT0,M10.5.0,M3.5.0/1", "AAA0BBB,J60/0,300/0",
                                         "EST5EDT,M3.2.0,M11.1.0"};
    static const char alphabet[] = "<>+-0123456789:,./MJABab\n ";
    uint64_t seed = 161;
    int i, j, accepted = 0;

    (void)state;
    for (i = 0; i < 60000; i++) {
        char rule[64];
        struct zone *zone;
        size_t len;
        int changes = (int)(unit_random(&seed) % 5);

        snprintf(rule, sizeof(rule), "%s", models[unit_random(&seed) % UNIT_COUNT(models)]);
        len = strlen(rule);
        while (changes-- > 0)
            rule[unit_random(&seed) % len] = alphabet[unit_random(&seed) % (sizeof(alphabet) - 1)];
        rule[len - unit_random(&seed) % (1 + len / 2)] = '\0';
        zone = unit_zone_by_rule(rule);
        accepted += zone != NULL;
        for (j = 0; zone && j < 5; j++) {
            int64_t moment = (int64_t)unit_random(&seed) >> (unit_random(&seed) % 20), begin, end;
            int32_t offset = zone_offset_at(zone, moment);

            assert_true(offset >= -89999 && offset <= 93599);
            zone_to_utc(zone, moment);
            zone_day_bounds(zone, zone_day_of(zone, moment), &begin, &end);
            assert_true(begin <= end);
        }
        zone_destroy(zone);
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_may_have_but_one_offset),
        cmocka_unit_test(changes_come_on_the_nth_weekday_of_a_month),
        cmocka_unit_test(winter_may_be_the_exception),
        cmocka_unit_test(a_time_may_lie_outside_of_its_day),
        cmocka_unit_test(days_may_be_counted_with_and_without_the_leap_day),
        cmocka_unit_test(daylight_time_may_last_all_year),
        cmocka_unit_test(what_is_not_a_rule_is_refused),
        cmocka_unit_test(random_rules_agree_with_the_c_library),
        cmocka_unit_test(random_changes_to_a_rule_never_misbehave),
    };

    return cmocka_run_group_tests_name("zone_posix", tests, NULL, NULL);
}
