/* test_health.c - levels, damping, and what is read from health_checks and from a query. */
#include "../../plugin/health/level.h"

#include <string.h>

#include "unit.h"

enum { U = HEALTH_UNKNOWN, O = HEALTH_OK, W = HEALTH_WARNING, C = HEALTH_CRITICAL };

static void a_threshold_is_not_beyond_itself(void **state)
{
    struct thresholds above = {true, true, 10, 50, false}, below = {true, true, 21, 3, true},
                      none = {0};

    (void)state;
    assert_int_equal(level_of_value(10, &above), O);
    assert_int_equal(level_of_value(10.5, &above), W);
    assert_int_equal(level_of_value(50, &above), W);
    assert_int_equal(level_of_value(51, &above), C);
    assert_int_equal(level_of_value(-1e300, &above), O);
    assert_int_equal(level_of_value(21, &below), O);
    assert_int_equal(level_of_value(20, &below), W);
    assert_int_equal(level_of_value(3, &below), W);
    assert_int_equal(level_of_value(2.9, &below), C);
    assert_int_equal(level_of_value(1e300, &none), O);
}

/* The levels after each of the looks, beginning with unknown. */
static void follow(const unsigned char *looks, const unsigned char *levels, int n, int fails,
                   int window)
{
    enum health_level now = HEALTH_UNKNOWN;
    unsigned char seen[HEALTH_HISTORY];
    int i, count = 0;

    for (i = 0; i < n; i++) {
        level_remember(seen, &count, (enum health_level)looks[i]);
        now = level_damped(now, seen, count, fails, window);
        if (now != (enum health_level)levels[i])
            fail_msg("look %d: %s, not %s", i, health_level_name(now),
                     health_level_name((enum health_level)levels[i]));
    }
}

static void one_of_one_follows_each_look(void **state)
{
    static const unsigned char looks[] = {C, O, W, C, U, O};

    (void)state;
    follow(looks, looks, sizeof(looks), 1, 1);
}

static void one_of_three_is_bad_at_once_and_needs_three_good_looks(void **state)
{
    static const unsigned char looks[] = {C, O, O, C, O, O, O, W, O, C, W, W, W, O, O, O};
    static const unsigned char level[] = {C, C, C, C, C, C, O, W, W, C, C, C, W, W, W, O};

    (void)state;
    follow(looks, level, sizeof(looks), 1, 3);
}

static void two_of_three_needs_two_to_get_worse_and_two_to_get_better(void **state)
{
    static const unsigned char looks[] = {O, C, O, O, C, C, O, C, O, O, W, O, W, C, W, O, O};
    static const unsigned char level[] = {O, O, O, O, O, C, C, C, C, O, O, O, W, W, W, W, O};

    (void)state;
    follow(looks, level, sizeof(looks), 2, 3);
}

static void what_was_critical_gets_better_by_steps(void **state)
{
    static const unsigned char looks[] = {C, C, W, W, O, O};
    static const unsigned char level[] = {U, C, C, W, W, O};

    (void)state;
    follow(looks, level, sizeof(looks), 2, 3);
}

static void nothing_to_look_at_becomes_unknown(void **state)
{
    static const unsigned char looks[] = {O, U, U, O, U, O};
    static const unsigned char level[] = {O, O, U, O, O, O};

    (void)state;
    follow(looks, level, sizeof(looks), 2, 3);
}

static void the_history_holds_the_last_looks(void **state)
{
    unsigned char seen[HEALTH_HISTORY];
    int i, count = 0;

    (void)state;
    for (i = 0; i < HEALTH_HISTORY; i++)
        level_remember(seen, &count, HEALTH_OK);
    level_remember(seen, &count, HEALTH_CRITICAL);
    assert_int_equal(count, HEALTH_HISTORY);
    assert_int_equal(seen[HEALTH_HISTORY - 1], C);
    assert_int_equal(seen[HEALTH_HISTORY - 2], O);
    assert_int_equal(level_damped(HEALTH_OK, seen, count, 60, 60), O);
    assert_int_equal(level_damped(HEALTH_OK, seen, count, 1, 60), C);
}

static void numbers_are_those_that_a_server_writes(void **state)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},
                {"-5", -5},
                {"1.50", 1.5},
                {"1e20", 1e20},
                {"1e-7", 1e-7},
                {"00042", 42},
                {"18446744073709551615", 18446744073709551615.0}};
    static const char *const bad[] = {"",    "-",     "1 ",  " 1", "0x1F",  "inf",
                                      "nan", "1e999", "1,5", "e5", "1.2.3", "five"};
    double value;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(level_parse_number(good[i].text, strlen(good[i].text), &value), 0);
        assert_true(value == good[i].value);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(level_parse_number(bad[i], strlen(bad[i]), &value), -1);
}

static void words_are_three(void **state)
{
    enum health_level level;

    (void)state;
    assert_int_equal(level_parse_word("Critical", &level), 0);
    assert_int_equal(level, C);
    assert_int_equal(level_parse_word("ok", &level), 0);
    assert_int_equal(level_parse_word("unknown", &level), -1);
    assert_int_equal(level_parse_word("", &level), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_threshold_is_not_beyond_itself),
        cmocka_unit_test(one_of_one_follows_each_look),
        cmocka_unit_test(one_of_three_is_bad_at_once_and_needs_three_good_looks),
        cmocka_unit_test(two_of_three_needs_two_to_get_worse_and_two_to_get_better),
        cmocka_unit_test(what_was_critical_gets_better_by_steps),
        cmocka_unit_test(nothing_to_look_at_becomes_unknown),
        cmocka_unit_test(the_history_holds_the_last_looks),
        cmocka_unit_test(numbers_are_those_that_a_server_writes),
        cmocka_unit_test(words_are_three),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
