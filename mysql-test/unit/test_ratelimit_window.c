/* The sliding window against the list of all moments that it replaces. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ratelimit/limiter.h"
#include "ratelimit/siphash.h"

#define SECOND 1000000000LL
#define START (RATE_CLOCK_BASE + 12345678901LL)

static const uint8_t secret[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* What was admitted, in order. */
struct history {
    int64_t moment[200000];
    int n;
};
static struct history admitted;

static int within(int64_t after, int64_t until) /* both ends included */
{
    int i, count = 0;

    for (i = admitted.n - 1; i >= 0 && admitted.moment[i] >= after; i--)
        count += admitted.moment[i] <= until;
    return count;
}

static struct rate_subject subject(const char *identifier, const char *endpoint)
{
    return (struct rate_subject){identifier, strlen(identifier), endpoint, strlen(endpoint)};
}

static bool take_at(struct rate_limiter *l, const struct rate_subject *who,
                    const struct rate_rule *rule, uint32_t cost, bool shadow, int64_t now)
{
    return rate_limiter_take(l, rate_limiter_key(l, who), who, rule, cost, shadow, now);
}

static struct rate_limiter *limiter_of(size_t bytes)
{
    struct error err = {0};
    struct rate_limiter *l = rate_limiter_create(bytes, secret, &err);

    assert_non_null(l);
    return l;
}

static void siphash_gives_the_published_results(void **state)
{
    /* key 00..0f, input 00..(n-1); the reference implementation's vectors_sip128 */
    static const uint8_t empty[16] = {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
                                      0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93};
    static const uint8_t one[16] = {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44,
                                    0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45};
    struct sip128 key, hash;

    (void)state;
    memcpy(&key, secret, sizeof(key));
    hash = siphash24(key, "", 0);
    assert_memory_equal(&hash, empty, 16);
    hash = siphash24(key, "\0", 1);
    assert_memory_equal(&hash, one, 16);
}

/* Random calls; each answer is compared with the list of moments. */
static void compare(uint32_t max, uint32_t window_s, uint32_t cost_max, bool exact, uint64_t seed)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    struct rate_subject who = subject("u", "/");
    struct rate_rule rule = {max, window_s};
    int64_t now = START, window = window_s * SECOND, early = exact ? 0 : window / 64, edge;
    uint64_t random = seed;
    int i;
    uint32_t k;

    admitted.n = 0;
    for (i = 0; i < 4000 && admitted.n < 90000 && now < INT64_MAX / 2; i++) {
        uint32_t cost = 1 + (uint32_t)(unit_random(&random) % cost_max);
        bool allowed;
        int used;

        /* bursts, pauses, and moments at the very edge of a window */
        switch (unit_random(&random) % 8) {
        case 0:
            now += (int64_t)(unit_random(&random) % (uint64_t)window);
            break;
        case 1:
            if (admitted.n == 0)
                break;
            edge = admitted.moment[unit_random(&random) % (uint64_t)admitted.n] + window +
                   (int64_t)(unit_random(&random) % 3) - 1;
            now = edge > now ? edge : now;
            break;
        default:
            now += (int64_t)(unit_random(&random) % (uint64_t)(window / max + 2));
        }
        allowed = take_at(l, &who, &rule, cost, false, now);
        used = within(now - window, now);
        if (allowed) {
            assert_true(used + (int)cost <= (int)max);
            for (k = 0; k < cost; k++)
                admitted.moment[admitted.n++] = now;
        } else {
            assert_true(within(now - window - early, now) + (int)cost > (int)max);
        }
    }
    assert_true(admitted.n > 0);
    rate_limiter_destroy(l);
}

static void up_to_32_calls_the_window_is_exact(void **state)
{
    static const uint32_t max[] = {1, 2, 9, 10, 11, 17, 18, 31, 32};
    unsigned i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(max); i++) {
        compare(max[i], 1, 1, true, i + 1);
        compare(max[i], 3600, max[i], true, i + 100);
        compare(max[i], RATE_WINDOW_MAX_S, 3 < max[i] ? 3 : max[i], true, i + 200);
    }
}

static void above_32_calls_nothing_is_admitted_too_early_and_little_too_late(void **state)
{
    static const uint32_t max[] = {33, 64, 100, 255, 256, 1000, 65535, 65536, 100000};
    unsigned i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(max); i++) {
        compare(max[i], 1, max[i] > 1000 ? max[i] / 50 : 1, false, i + 1);
        compare(max[i], 3600, max[i] / 10, false, i + 100);
        compare(max[i], 86400, 5, false, i + 300);
    }
}

/* Whatever the rules of the calls are: within the shorter of two windows nothing is forgotten. */
static void a_rule_that_changes_never_admits_more_than_either(void **state)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    struct rate_subject who = subject("u", "/");
    uint64_t random = 7;
    int64_t now = START;
    int i;

    (void)state;
    admitted.n = 0;
    for (i = 0; i < 30000; i++) {
        static const uint32_t maxes[] = {1, 8, 20, 32, 33, 200, 300, 70000};
        struct rate_rule rule = {maxes[unit_random(&random) % UNIT_COUNT(maxes)],
                                 (uint32_t)(unit_random(&random) % 2 ? 60 : 10)};

        now += (int64_t)(unit_random(&random) % (uint64_t)(SECOND / 2));
        if (take_at(l, &who, &rule, 1, false, now)) {
            /* the shortest window is what every record has surely known */
            assert_true(within(now - 10 * SECOND, now) < (int)rule.max);
            admitted.moment[admitted.n++] = now;
        }
    }
    assert_true(admitted.n > 1000);
    rate_limiter_destroy(l);
}

static void a_cost_above_the_limit_is_refused_and_counts_nothing(void **state)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    struct rate_subject who = subject("u", "/");
    struct rate_rule rule = {5, 60}, none = {0, 60};

    (void)state;
    assert_false(take_at(l, &who, &rule, 6, false, START));
    assert_false(take_at(l, &who, &rule, UINT32_MAX, false, START));
    assert_true(take_at(l, &who, &rule, 5, false, START));
    assert_false(take_at(l, &who, &rule, 1, false, START + 1));
    assert_false(take_at(l, &who, &rule, 0, false, START + 1));
    assert_false(take_at(l, &who, &none, 1, false, START + 2));
    assert_true(take_at(l, &who, &rule, 0, false, START + 61 * SECOND));
    assert_true(take_at(l, &who, &rule, 5, false, START + 61 * SECOND));
    rate_limiter_destroy(l);
}

static void a_clock_that_goes_back_admits_nothing_more(void **state)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    struct rate_rule rules[] = {{10, 60}, {100, 60}};
    unsigned i;
    int n, admitted_now;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rules); i++) {
        struct rate_subject who = subject(i ? "b" : "a", "/");

        for (n = admitted_now = 0; n < 300; n++)
            admitted_now += take_at(l, &who, &rules[i], 1, false, START + (n % 2 ? 5 : 1) * SECOND);
        assert_int_equal(admitted_now, rules[i].max);
    }
    rate_limiter_destroy(l);
}

static void a_refund_makes_room_for_as_many(void **state)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    struct rate_rule rules[] = {{8, 60}, {500, 60}};
    unsigned i, n;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rules); i++) {
        struct rate_subject who = subject(i ? "b" : "a", "/");
        int64_t now = START;

        assert_false(rate_limiter_refund(l, &who, 1, now));
        for (n = 0; n < rules[i].max; n++, now += 30000000)
            assert_true(take_at(l, &who, &rules[i], 1, false, now));
        assert_false(take_at(l, &who, &rules[i], 1, false, now));
        assert_true(rate_limiter_refund(l, &who, 3, now));
        assert_true(take_at(l, &who, &rules[i], 3, false, now));
        assert_false(take_at(l, &who, &rules[i], 1, false, now));
        assert_true(rate_limiter_refund(l, &who, UINT32_MAX, now));
        assert_true(take_at(l, &who, &rules[i], rules[i].max, false, now));
        assert_true(rate_limiter_reset(l, &who, now));
        assert_false(rate_limiter_reset(l, &who, now));
        assert_true(take_at(l, &who, &rules[i], rules[i].max, false, now));
    }
    rate_limiter_destroy(l);
}

/* What the state promises is what happens. */
static void the_state_tells_when_a_call_will_be_admitted(void **state)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    uint64_t random = 99;
    int i;

    (void)state;
    for (i = 0; i < 300; i++) {
        struct rate_rule rule = {1 + (uint32_t)(unit_random(&random) % 120), 64};
        char name[16];
        struct rate_subject who;
        struct rate_state before, after;
        int64_t now = START + i;

        snprintf(name, sizeof(name), "n%d", i);
        who = subject(name, "/");
        rate_limiter_state(l, &who, &rule, now, &before);
        assert_false(before.known);
        assert_int_equal(before.remaining, rule.max);
        while (take_at(l, &who, &rule, 1, false, now))
            now += (int64_t)(unit_random(&random) % SECOND);
        rate_limiter_state(l, &who, &rule, now, &before);
        assert_int_equal(before.remaining, 0);
        assert_true(before.retry_in > 0);
        assert_false(take_at(l, &who, &rule, 1, false, now + before.retry_in - 1));
        rate_limiter_state(l, &who, &rule, now + before.reset_in - 1, &after);
        assert_true(after.used > 0);
        rate_limiter_state(l, &who, &rule, now + before.reset_in, &after);
        assert_int_equal(after.used, 0);
    }
    rate_limiter_destroy(l);
}

static void several_limits_are_all_or_nothing(void **state)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    struct rate_request requests[3] = {
        {.subject = subject("u", "minute"), .rule = {10, 60}, .cost = 1},
        {.subject = subject("u", "hour"), .rule = {40, 3600}, .cost = 1},
        {.subject = subject("u", "shadow"), .rule = {1, 60}, .cost = 1, .shadow = true}};
    struct rate_state minute, hour;
    int n = 0, i;

    (void)state;
    for (i = 0; i < 20; i++)
        n += rate_limiter_take_all(l, requests, 3, START + i);
    assert_int_equal(n, 10);
    assert_false(requests[0].allowed);
    assert_true(requests[1].allowed);
    assert_false(requests[2].allowed);
    rate_limiter_state(l, &requests[0].subject, &requests[0].rule, START + 20, &minute);
    rate_limiter_state(l, &requests[1].subject, &requests[1].rule, START + 20, &hour);
    assert_int_equal(minute.used, 10);
    assert_int_equal(hour.used, 10);
    rate_limiter_destroy(l);
}

static void identifiers_and_endpoints_do_not_run_into_each_other(void **state)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    struct rate_rule rule = {1, 60};
    struct rate_subject pairs[] = {{"ab", 2, "c", 1}, {"a", 1, "bc", 2},   {"", 0, "abc", 3},
                                   {"abc", 3, "", 0}, {"a\0b", 3, "c", 1}, {"a", 1, "\0bc", 3}};
    unsigned i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(pairs); i++)
        assert_true(take_at(l, &pairs[i], &rule, 1, false, START));
    for (i = 0; i < UNIT_COUNT(pairs); i++)
        assert_false(take_at(l, &pairs[i], &rule, 1, false, START + 1));
    rate_limiter_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_gives_the_published_results),
        cmocka_unit_test(up_to_32_calls_the_window_is_exact),
        cmocka_unit_test(above_32_calls_nothing_is_admitted_too_early_and_little_too_late),
        cmocka_unit_test(a_rule_that_changes_never_admits_more_than_either),
        cmocka_unit_test(a_cost_above_the_limit_is_refused_and_counts_nothing),
        cmocka_unit_test(a_clock_that_goes_back_admits_nothing_more),
        cmocka_unit_test(a_refund_makes_room_for_as_many),
        cmocka_unit_test(the_state_tells_when_a_call_will_be_admitted),
        cmocka_unit_test(several_limits_are_all_or_nothing),
        cmocka_unit_test(identifiers_and_endpoints_do_not_run_into_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
