#include "../../udf/retry.h"

#include "unit.h"

static void a_status_says_whether_to_try_again(void **state)
{
    static const struct {
        int status;
        enum retry_outcome outcome;
    } cases[] = {
        {0, RETRY_AGAIN},   {100, RETRY_NEVER}, {199, RETRY_NEVER},       {200, RETRY_OK},
        {204, RETRY_OK},    {299, RETRY_OK},    {301, RETRY_NEVER},       {302, RETRY_NEVER},
        {304, RETRY_NEVER}, {400, RETRY_NEVER}, {401, RETRY_NEVER},       {403, RETRY_NEVER},
        {404, RETRY_OK},    {405, RETRY_NEVER}, {408, RETRY_AGAIN},       {410, RETRY_NEVER},
        {422, RETRY_NEVER}, {429, RETRY_AGAIN}, {499, RETRY_NEVER},       {500, RETRY_AGAIN},
        {502, RETRY_AGAIN}, {503, RETRY_AGAIN}, {504, RETRY_AGAIN},       {599, RETRY_AGAIN},
        {600, RETRY_NEVER}, {-1, RETRY_NEVER},  {INT32_MAX, RETRY_NEVER}, {INT32_MIN, RETRY_NEVER},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        assert_int_equal(retry_judge_status(cases[i].status), cases[i].outcome);
}

static void delays_double_up_to_the_cap_with_jitter_in_the_upper_half(void **state)
{
    static const struct {
        int64_t base, cap;
        int attempt;
        int64_t low, high; /* without Retry-After */
    } cases[] = {
        {500, 30000, 1, 250, 500},
        {500, 30000, 2, 500, 1000},
        {500, 30000, 3, 1000, 2000},
        {500, 30000, 6, 8000, 16000},
        {500, 30000, 7, 15000, 30000},
        {500, 30000, 8, 15000, 30000},
        {500, 30000, 1000, 15000, 30000},
        {500, 30000, INT32_MAX, 15000, 30000},
        {500, 30000, 0, 250, 500},
        {500, 30000, INT32_MIN, 250, 500},
        {1, 30000, 1, 0, 1},
        {3, 30000, 1, 1, 3},
        {0, 30000, 5, 0, 0},
        {-7, 30000, 5, 0, 0},
        {500, 0, 5, 0, 0},
        {500, -1, 5, 0, 0},
        {500, 100, 1, 50, 100},
        {INT64_MAX, INT64_MAX, INT32_MAX, INT64_MAX / 8, INT64_MAX / 4},
    };
    uint64_t seed = 3;
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct retry_policy policy = {5, cases[i].base, cases[i].cap};

        assert_true(retry_delay_ms(&policy, cases[i].attempt, 0, 0) == cases[i].low);
        for (j = 0; j < 1000; j++) {
            int64_t delay = retry_delay_ms(&policy, cases[i].attempt, 0, unit_random(&seed));

            assert_true(delay >= cases[i].low && delay <= cases[i].high);
        }
        retry_delay_ms(&policy, cases[i].attempt, 0, UINT64_MAX);
    }
}

static void both_ends_of_the_jitter_are_reached(void **state)
{
    struct retry_policy policy = {5, 4, 100};
    uint64_t seed = 4;
    int seen[5] = {0}, i;

    (void)state;
    for (i = 0; i < 1000; i++)
        seen[retry_delay_ms(&policy, 1, 0, unit_random(&seed))]++;
    assert_int_equal(seen[0] + seen[1], 0);
    assert_true(seen[2] > 200 && seen[3] > 200 && seen[4] > 200);
}

static void a_retry_after_is_obeyed_up_to_the_cap(void **state)
{
    static const struct {
        int64_t retry_after, delay;
    } cases[] = {
        {1, 250},  {249, 250},     {250, 250},       {251, 251},         {7000, 7000},
        {-5, 250}, {30000, 30000}, {3600000, 30000}, {INT64_MAX, 30000}, {INT64_MIN, 250},
    };
    struct retry_policy policy = {5, 500, 30000};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        assert_true(retry_delay_ms(&policy, 1, cases[i].retry_after, 0) == cases[i].delay);
}

enum step { ALLOWED, REFUSED, SUCCESS, FAILURE, OPEN, NOT_OPEN };

struct breaker_step {
    int64_t now;
    enum step step;
};

static void walk(struct breaker *b, const struct breaker_step *steps, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        int64_t now = steps[i].now;
        int ok = 1;

        switch (steps[i].step) {
        case ALLOWED:
            ok = breaker_allows(b, now);
            break;
        case REFUSED:
            ok = !breaker_allows(b, now);
            break;
        case SUCCESS:
            breaker_success(b);
            break;
        case FAILURE:
            breaker_failure(b, now);
            break;
        case OPEN:
            ok = breaker_is_open(b, now);
            break;
        case NOT_OPEN:
            ok = !breaker_is_open(b, now);
            break;
        }
        if (!ok)
            fail_msg("step %zu", i);
    }
}

static void enough_failures_in_a_row_open_the_circuit(void **state)
{
    static const struct breaker_step steps[] = {
        {10, ALLOWED},   {10, FAILURE},  {11, FAILURE},   {12, NOT_OPEN}, {12, ALLOWED},
        {12, SUCCESS},   {13, FAILURE},  {14, FAILURE},   {15, NOT_OPEN}, {15, ALLOWED},
        {20, FAILURE},   {20, OPEN},     {20, REFUSED},   {119, REFUSED}, {119, OPEN},
        {120, NOT_OPEN}, {120, ALLOWED}, {121, SUCCESS},  {121, ALLOWED}, {121, NOT_OPEN},
        {122, FAILURE},  {123, FAILURE}, {124, NOT_OPEN},
    };
    struct breaker b;

    (void)state;
    breaker_init(&b, 3, 100, 1000);
    walk(&b, steps, UNIT_COUNT(steps));
}

static void half_open_it_lets_one_request_through(void **state)
{
    static const struct breaker_step steps[] = {
        {10, FAILURE}, {10, REFUSED},   {110, ALLOWED},  {110, REFUSED},  {5000, REFUSED},
        {5000, OPEN},  {5001, SUCCESS}, {5001, ALLOWED}, {5001, ALLOWED},
    };
    struct breaker b;

    (void)state;
    breaker_init(&b, 1, 100, 1000);
    walk(&b, steps, UNIT_COUNT(steps));
}

static void a_failed_try_opens_it_for_twice_as_long_up_to_a_maximum(void **state)
{
    static const struct breaker_step steps[] = {
        {0, FAILURE},    {99, REFUSED},   {100, ALLOWED},  {100, FAILURE},  {299, REFUSED},
        {300, ALLOWED},  {310, FAILURE},  {659, REFUSED},  {660, ALLOWED}, /* 400 capped to 350 */
        {700, FAILURE},  {1049, REFUSED}, {1050, ALLOWED}, {1060, SUCCESS}, {1100, FAILURE},
        {1199, REFUSED}, {1200, ALLOWED}, /* begins with the short time again */
    };
    struct breaker b;

    (void)state;
    breaker_init(&b, 1, 100, 350);
    walk(&b, steps, UNIT_COUNT(steps));
}

static void failures_that_come_in_late_do_not_keep_it_open(void **state)
{
    static const struct breaker_step steps[] = {
        {10, FAILURE},  {11, FAILURE},  {50, FAILURE},  {100, FAILURE},
        {111, ALLOWED}, {111, FAILURE}, {310, REFUSED}, {311, ALLOWED},
    };
    struct breaker b;

    (void)state;
    breaker_init(&b, 2, 100, 1000);
    walk(&b, steps, UNIT_COUNT(steps));
}

static void a_senseless_configuration_is_harmless(void **state)
{
    struct breaker b;

    (void)state;
    breaker_init(&b, 0, -5, INT64_MIN);
    assert_true(breaker_allows(&b, 1));
    breaker_failure(&b, 1);
    assert_true(breaker_is_open(&b, 1));
    assert_false(breaker_is_open(&b, 2));
    breaker_init(&b, 1, INT64_MAX, INT64_MAX);
    breaker_failure(&b, INT64_MAX);
    assert_false(breaker_allows(&b, INT64_MAX - 1));
    breaker_init(&b, 1, 5, 5);
    breaker_failure(&b, -5); /* the sum is zero, which stands for closed */
    assert_true(breaker_is_open(&b, -1));
}

static void a_pacer_spaces_requests_evenly(void **state)
{
    struct pacer p;

    (void)state;
    pacer_init(&p, 2500); /* 2.5 a second: 400 ms */
    assert_int_equal(pacer_take(&p, 1000), 0);
    assert_int_equal(pacer_take(&p, 1000), 400000000);
    assert_int_equal(pacer_take(&p, 400000999), 1);
    assert_int_equal(pacer_take(&p, 400001000), 0);
    assert_int_equal(pacer_take(&p, 400001000), 400000000);
    /* time that went by unused does not allow a burst later */
    assert_int_equal(pacer_take(&p, 60000000000), 0);
    assert_int_equal(pacer_take(&p, 60000000001), 399999999);
}

static void no_rate_is_no_cap(void **state)
{
    static const int64_t rates[] = {0, -1, INT64_MIN};
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rates); i++) {
        struct pacer p;

        pacer_init(&p, rates[i]);
        for (j = 0; j < 5; j++)
            assert_int_equal(pacer_take(&p, 7), 0);
    }
}

static void a_pacer_never_exceeds_its_rate(void **state)
{
    static const int64_t rates[] = {1, 333, 3000, 7000, 1000000, 999999937, INT64_MAX};
    uint64_t seed = 12;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rates); i++) {
        int64_t now = 0, first = 0, taken = 0, last = 0;
        struct pacer p;
        int j;

        pacer_init(&p, rates[i]);
        for (j = 0; j < 2000; j++) {
            int64_t wait = pacer_take(&p, now);

            if (wait == 0) {
                taken++;
                last = now;
            }
            now += wait / 2 + (int64_t)(unit_random(&seed) % 3);
        }
        assert_true(taken > 0);
        /* (taken - 1) requests after the first in at least that time */
        assert_true((__int128)(taken - 1) * 1000000000000 <= (__int128)(last - first) * rates[i]);
    }
}

static void a_pacer_survives_any_clock(void **state)
{
    struct pacer p;

    (void)state;
    pacer_init(&p, 1);
    assert_int_equal(pacer_take(&p, INT64_MIN), 0);
    assert_true(pacer_take(&p, INT64_MIN) > 0);
    assert_int_equal(pacer_take(&p, INT64_MAX), 0);
    assert_int_equal(pacer_take(&p, INT64_MIN), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_says_whether_to_try_again),
        cmocka_unit_test(delays_double_up_to_the_cap_with_jitter_in_the_upper_half),
        cmocka_unit_test(both_ends_of_the_jitter_are_reached),
        cmocka_unit_test(a_retry_after_is_obeyed_up_to_the_cap),
        cmocka_unit_test(enough_failures_in_a_row_open_the_circuit),
        cmocka_unit_test(half_open_it_lets_one_request_through),
        cmocka_unit_test(a_failed_try_opens_it_for_twice_as_long_up_to_a_maximum),
        cmocka_unit_test(failures_that_come_in_late_do_not_keep_it_open),
        cmocka_unit_test(a_senseless_configuration_is_harmless),
        cmocka_unit_test(a_pacer_spaces_requests_evenly),
        cmocka_unit_test(no_rate_is_no_cap),
        cmocka_unit_test(a_pacer_never_exceeds_its_rate),
        cmocka_unit_test(a_pacer_survives_any_clock),
    };

    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
