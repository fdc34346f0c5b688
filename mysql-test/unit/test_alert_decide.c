/* What is told when, and the quiet hours. */
#include "alert/decide.h"

#include <string.h>

#include "timestamp.h"
#include "unit.h"

#define MINUTE (60 * MICROS)
#define NOW (1763740000 * MICROS)

static struct alert_terms terms;
static struct alert_state state;
static int64_t not_before;

static void begin(void)
{
    memset(&state, 0, sizeof(state));
    terms = (struct alert_terms){
        .severity = HEALTH_WARNING, .repeat_us = 60 * MINUTE, .quiet_critical = true};
}

/* What is told at a minute, of a level that began then. */
static enum alert_told at(int minute, enum health_level level)
{
    int64_t now = NOW + minute * MINUTE;

    return alert_decide(&state, &terms, level, now, now, &not_before);
}

static void it_is_told_once_and_over_once(void **context)
{
    (void)context;
    begin();
    assert_int_equal(at(0, HEALTH_OK), ALERT_NOTHING);
    assert_int_equal(state.since, 0);
    assert_int_equal(at(1, HEALTH_UNKNOWN), ALERT_NOTHING);
    assert_int_equal(at(2, HEALTH_WARNING), ALERT_NEW);
    assert_int_equal(state.since, NOW + 2 * MINUTE);
    assert_int_equal(at(3, HEALTH_WARNING), ALERT_NOTHING);
    assert_int_equal(state.since, NOW + 2 * MINUTE);
    assert_int_equal(at(4, HEALTH_OK), ALERT_RESOLVED);
    assert_int_equal(state.since, 0);
    assert_int_equal(at(5, HEALTH_OK), ALERT_NOTHING);
    assert_int_equal(at(6, HEALTH_WARNING), ALERT_NEW);
    assert_int_equal(at(7, HEALTH_UNKNOWN), ALERT_RESOLVED); /* it is no replica any more */
}

static void a_rule_for_critical_hears_of_nothing_else(void **context)
{
    (void)context;
    begin();
    terms.severity = HEALTH_CRITICAL;
    assert_int_equal(at(0, HEALTH_WARNING), ALERT_NOTHING);
    assert_int_equal(at(1, HEALTH_CRITICAL), ALERT_NEW);
    assert_int_equal(at(2, HEALTH_WARNING), ALERT_RESOLVED);
}

static void it_is_repeated_in_its_interval(void **context)
{
    (void)context;
    begin();
    assert_int_equal(at(0, HEALTH_WARNING), ALERT_NEW);
    assert_int_equal(at(59, HEALTH_WARNING), ALERT_NOTHING);
    assert_int_equal(at(60, HEALTH_WARNING), ALERT_REPEAT);
    assert_int_equal(state.repeats, 1);
    assert_int_equal(at(61, HEALTH_WARNING), ALERT_NOTHING);
    assert_int_equal(at(120, HEALTH_WARNING), ALERT_REPEAT);
    assert_int_equal(state.repeats, 2);
    assert_int_equal(at(-1000, HEALTH_WARNING), ALERT_REPEAT); /* the clock was set back */
    assert_int_equal(at(-999, HEALTH_WARNING), ALERT_NOTHING);
    assert_int_equal(at(-998, HEALTH_OK), ALERT_RESOLVED);
    begin();
    terms.repeat_us = 0; /* once */
    assert_int_equal(at(0, HEALTH_WARNING), ALERT_NEW);
    assert_int_equal(at(1000000, HEALTH_WARNING), ALERT_NOTHING);
}

static void what_gets_worse_is_new(void **context)
{
    (void)context;
    begin();
    assert_int_equal(at(0, HEALTH_WARNING), ALERT_NEW);
    assert_int_equal(at(1, HEALTH_CRITICAL), ALERT_NEW);
    assert_int_equal(state.since, NOW); /* since it fires */
    assert_int_equal(at(2, HEALTH_WARNING), ALERT_NOTHING);
    assert_int_equal(at(3, HEALTH_CRITICAL), ALERT_NOTHING); /* that is known */
    assert_int_equal(at(61, HEALTH_WARNING), ALERT_REPEAT);
    assert_int_equal(at(62, HEALTH_CRITICAL), ALERT_NEW); /* warning was told last */
}

static void who_acknowledges_hears_of_it_when_it_gets_worse_or_is_over(void **context)
{
    (void)context;
    begin();
    assert_int_equal(at(0, HEALTH_WARNING), ALERT_NEW);
    state.acknowledged = true;
    assert_int_equal(at(500, HEALTH_WARNING), ALERT_NOTHING);
    assert_true(state.acknowledged);
    assert_int_equal(at(501, HEALTH_CRITICAL), ALERT_NEW);
    assert_false(state.acknowledged);
    state.acknowledged = true;
    assert_int_equal(at(502, HEALTH_OK), ALERT_RESOLVED);
    assert_false(state.acknowledged);
}

static void silence_forgets_nothing(void **context)
{
    (void)context;
    begin();
    terms.silenced = true;
    assert_int_equal(at(0, HEALTH_CRITICAL), ALERT_NOTHING);
    assert_int_equal(state.since, NOW); /* it is shown all the same */
    terms.silenced = false;
    assert_int_equal(at(10, HEALTH_CRITICAL), ALERT_NEW);
    terms.silenced = true;
    assert_int_equal(at(11, HEALTH_OK), ALERT_NOTHING);
    assert_int_not_equal(state.since, 0);
    terms.silenced = false;
    assert_int_equal(at(12, HEALTH_OK), ALERT_RESOLVED);
    /* What came and went in a silence is not told. */
    terms.silenced = true;
    assert_int_equal(at(13, HEALTH_CRITICAL), ALERT_NOTHING);
    assert_int_equal(at(14, HEALTH_OK), ALERT_NOTHING);
    assert_int_equal(state.since, 0);
    terms.silenced = false;
    assert_int_equal(at(15, HEALTH_OK), ALERT_NOTHING);
}

static void in_quiet_hours_messages_wait_and_critical_may_break_through(void **context)
{
    int64_t end = NOW + 600 * MINUTE;

    (void)context;
    begin();
    terms.quiet_ends = end;
    assert_int_equal(at(0, HEALTH_WARNING), ALERT_NEW);
    assert_int_equal(not_before, end);
    assert_int_equal(at(300, HEALTH_WARNING), ALERT_NOTHING); /* no repeats pile up */
    assert_int_equal(at(301, HEALTH_CRITICAL), ALERT_NEW);
    assert_int_equal(not_before, 0);
    assert_int_equal(at(302, HEALTH_OK), ALERT_RESOLVED); /* as what it is about */
    assert_int_equal(not_before, 0);
    terms.quiet_critical = false;
    assert_int_equal(at(303, HEALTH_CRITICAL), ALERT_NEW);
    assert_int_equal(not_before, end);
    assert_int_equal(at(304, HEALTH_OK), ALERT_RESOLVED);
    assert_int_equal(not_before, end);
}

static int64_t moment(const char *text)
{
    int64_t result;

    assert_int_equal(timestamp_parse(text, strlen(text), &result, NULL), 0);
    return result;
}

/* What was held goes out when they end: to repeat it in the same second would be two of one. */
static void what_was_held_is_repeated_an_interval_after_it_went_out(void **context)
{
    int64_t end = NOW + 480 * MINUTE;

    (void)context;
    begin();
    terms.quiet_ends = end;
    assert_int_equal(at(0, HEALTH_WARNING), ALERT_NEW);
    assert_int_equal(not_before, end);
    terms.held_until = end;
    assert_int_equal(at(300, HEALTH_WARNING), ALERT_NOTHING);
    terms.quiet_ends = 0;
    assert_int_equal(at(480, HEALTH_WARNING), ALERT_NOTHING);
    assert_int_equal(at(539, HEALTH_WARNING), ALERT_NOTHING);
    assert_int_equal(at(540, HEALTH_WARNING), ALERT_REPEAT);
    begin();
    terms.quiet_ends = end; /* critical went out at once */
    assert_int_equal(at(0, HEALTH_CRITICAL), ALERT_NEW);
    terms.held_until = end;
    assert_int_equal(at(60, HEALTH_CRITICAL), ALERT_REPEAT);
    begin();
    terms.quiet_critical = false;
    terms.quiet_ends = end;
    assert_int_equal(at(0, HEALTH_CRITICAL), ALERT_NEW);
    terms.held_until = end;
    terms.quiet_ends = 0;
    assert_int_equal(at(480, HEALTH_CRITICAL), ALERT_NOTHING);
    assert_int_equal(at(540, HEALTH_CRITICAL), ALERT_REPEAT);
}

static void quiet_hours_may_lie_over_midnight(void **context)
{
    struct zone *blantyre = zone_from_posix("CAT-2", NULL);
    const int from = 22 * 3600, until = 6 * 3600 + 1800;

    (void)context;
    assert_int_equal(alert_quiet_ends(blantyre, from, until, moment("2026-11-21T19:59:59Z")), 0);
    assert_int_equal(alert_quiet_ends(blantyre, from, until, moment("2026-11-21T20:00:00Z")),
                     moment("2026-11-22T04:30:00Z"));
    assert_int_equal(alert_quiet_ends(blantyre, from, until, moment("2026-11-21T23:00:00Z")),
                     moment("2026-11-22T04:30:00Z"));
    assert_int_equal(alert_quiet_ends(blantyre, from, until, moment("2026-11-22T04:29:59Z")),
                     moment("2026-11-22T04:30:00Z"));
    assert_int_equal(alert_quiet_ends(blantyre, from, until, moment("2026-11-22T04:30:00Z")), 0);
    /* within a day, and up to midnight */
    assert_int_equal(alert_quiet_ends(blantyre, 3600, 7200, moment("2026-11-21T23:30:00Z")),
                     moment("2026-11-22T00:00:00Z"));
    assert_int_equal(alert_quiet_ends(blantyre, 3600, 7200, moment("2026-11-22T00:00:00Z")), 0);
    assert_int_equal(alert_quiet_ends(blantyre, 82800, 86400, moment("2026-11-21T21:30:00Z")),
                     moment("2026-11-21T22:00:00Z"));
    zone_destroy(blantyre);
}

static void quiet_hours_follow_the_clock_when_it_is_changed(void **context)
{
    struct zone *berlin = zone_from_posix("CET-1CEST,M3.5.0,M10.5.0/3", NULL);

    (void)context;
    assert_int_equal(alert_quiet_ends(berlin, 22 * 3600, 6 * 3600, moment("2026-10-24T20:30:00Z")),
                     moment("2026-10-25T05:00:00Z"));
    assert_int_equal(alert_quiet_ends(berlin, 22 * 3600, 6 * 3600, moment("2026-03-28T21:30:00Z")),
                     moment("2026-03-29T04:00:00Z"));
    zone_destroy(berlin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_once_and_over_once),
        cmocka_unit_test(a_rule_for_critical_hears_of_nothing_else),
        cmocka_unit_test(it_is_repeated_in_its_interval),
        cmocka_unit_test(what_gets_worse_is_new),
        cmocka_unit_test(who_acknowledges_hears_of_it_when_it_gets_worse_or_is_over),
        cmocka_unit_test(silence_forgets_nothing),
        cmocka_unit_test(in_quiet_hours_messages_wait_and_critical_may_break_through),
        cmocka_unit_test(what_was_held_is_repeated_an_interval_after_it_went_out),
        cmocka_unit_test(quiet_hours_may_lie_over_midnight),
        cmocka_unit_test(quiet_hours_follow_the_clock_when_it_is_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
