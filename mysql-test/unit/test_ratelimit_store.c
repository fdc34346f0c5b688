/* Token buckets, memory at its limit, and many threads at once. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ratelimit/limiter.h"

#define SECOND 1000000000LL
#define START (RATE_CLOCK_BASE + 12345678901LL)

static const uint8_t secret[16] = {7};

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

static struct rate_subject numbered(char name[24], int i)
{
    return (struct rate_subject){name, (size_t)snprintf(name, 24, "key-%d", i), "/", 1};
}

static bool take(struct rate_limiter *l, int key, uint32_t max, uint32_t window_s, int64_t now)
{
    char name[24];
    struct rate_subject who = numbered(name, key);
    struct rate_rule rule = {max, window_s};

    return take_at(l, &who, &rule, 1, false, now);
}

static struct gcra_rule bucket(const char *rate, long long burst)
{
    struct gcra_rule rule;
    struct error err = {0};

    assert_int_equal(gcra_rule(rate, strlen(rate), burst, &rule, &err), 0);
    return rule;
}

static void a_token_bucket_admits_the_burst_and_then_the_rate(void **state)
{
    static const struct {
        const char *rate;
        long long burst;
        int64_t seconds;
        uint64_t expected; /* of endless calls, within that time */
    } cases[] = {{"1", 1, 100, 101},        {"10", 5, 100, 1005},
                 {"0.1", 3, 1000, 103},     {"3", 1, 1000, 3001},
                 {"1e-5", 1, 1000000, 11},  {"0.00001157407407407407", 1, 864001, 11},
                 {"7.25", 10, 400, 2910},   {"1000000", 1, 1, 1000001},
                 {"2500", 100, 100, 250100}};
    struct rate_limiter *l = limiter_of(1 << 20);
    unsigned i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct gcra_rule rule = bucket(cases[i].rate, cases[i].burst);
        char name[24];
        struct rate_subject who = numbered(name, (int)i);
        int64_t step = (int64_t)(rule.step >> 32) + 1, end = START + cases[i].seconds * SECOND, now;
        uint64_t n = 0;

        for (now = START; now <= end; now += n < (uint64_t)cases[i].burst ? 0 : step) {
            bool admitted = rate_limiter_take_tokens(l, &who, &rule, 1, now);

            n += admitted;
            if (!admitted)
                now += 1;
        }
        /* at most what the rate allows, and at most a thousandth less (the steps of this loop) */
        assert_true(n <= cases[i].expected);
        assert_true(n + 2 + n / 1000 >= cases[i].expected);
    }
    rate_limiter_destroy(l);
}

static void a_token_bucket_takes_its_cost_and_gives_it_back(void **state)
{
    struct rate_limiter *l = limiter_of(1 << 20);
    struct gcra_rule rule = bucket("3", 10);
    char name[24];
    struct rate_subject who = numbered(name, 1);

    (void)state;
    assert_false(rate_limiter_take_tokens(l, &who, &rule, 11, START));
    assert_true(rate_limiter_take_tokens(l, &who, &rule, 7, START));
    assert_false(rate_limiter_take_tokens(l, &who, &rule, 4, START));
    assert_true(rate_limiter_take_tokens(l, &who, &rule, 3, START));
    assert_false(rate_limiter_take_tokens(l, &who, &rule, 1, START));
    assert_true(rate_limiter_refund(l, &who, 2, START));
    assert_false(rate_limiter_take_tokens(l, &who, &rule, 2, START)); /* rounded, in our favour */
    assert_true(rate_limiter_take_tokens(l, &who, &rule, 2, START + 10));
    assert_true(rate_limiter_refund(l, &who, UINT32_MAX, START + 10));
    assert_true(rate_limiter_take_tokens(l, &who, &rule, 10, START + 10));
    rate_limiter_destroy(l);
}

static void a_rate_that_makes_no_sense_is_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *rate;
        long long burst;
    } bad[] = {{"0", 1},     {"-1", 1},   {"", 1},      {"x", 1},   {"1x", 1},
               {"1e", 1},    {".", 1},    {"1", 0},     {"1", -5},  {"1", 1LL << 40},
               {"1e-30", 1}, {"1e10", 1}, {"1e999", 1}, {"nan", 1}, {"0.0000000001", 1000},
               {"1.2.3", 1}};
    unsigned i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        struct gcra_rule rule;
        struct error err = {0};

        assert_int_equal(gcra_rule(bad[i].rate, strlen(bad[i].rate), bad[i].burst, &rule, &err),
                         -1);
        assert_true(err.text[0] != '\0');
    }
    bucket("1000000000", 1);
    bucket("0.00000001", 1);
    bucket("123456789.123456789123456789123456789123456789123456789", 1);
}

static void memory_has_its_limit_and_the_latest_keys_stay(void **state)
{
    struct rate_limiter *l = limiter_of(RATE_MEMORY_MIN);
    struct rate_counters counters;
    uint64_t keys, bytes;
    int i, kept = 0;

    (void)state;
    for (i = 0; i < 50000; i++) {
        assert_true(take(l, i, 1, 3600, START + i * 1000000LL));
        if (i % 100 == 0) /* asked for often: must stay */
            assert_int_equal(take(l, -1, 100000, 3600, START + i * 1000000LL), true);
    }
    rate_limiter_totals(l, &counters, &keys, &bytes);
    assert_true(bytes <= RATE_MEMORY_MIN);
    assert_true(keys > 6000);
    assert_int_equal(counters.evicted_live, 50001 - keys);
    for (i = 50000 - 1000; i < 50000; i++)
        kept += !take(l, i, 1, 3600, START + 50000 * 1000000LL);
    assert_true(kept >= 990);
    assert_true(take(l, -1, 501, 3600, START + 50000 * 1000000LL));
    assert_false(take(l, -1, 501, 3600, START + 50000 * 1000000LL));
    rate_limiter_destroy(l);
}

static void what_has_expired_makes_place_first(void **state)
{
    struct rate_limiter *l = limiter_of(RATE_MEMORY_MIN);
    struct rate_counters counters;
    uint64_t keys, bytes;
    int i;

    (void)state;
    for (i = 0; i < 200000; i++)
        assert_true(take(l, i, 1, 1, START + i * 1000000LL));
    rate_limiter_totals(l, &counters, &keys, &bytes);
    assert_true(counters.evicted_expired > 190000);
    assert_int_equal(counters.evicted_live, 0);
    rate_limiter_destroy(l);
}

static void keys_of_all_sizes_share_the_memory(void **state)
{
    static const uint32_t max[] = {1, 15, 30, 200, 60000, 70000};
    struct rate_limiter *l = limiter_of(RATE_MEMORY_MIN);
    struct gcra_rule rule = bucket("1", 1);
    struct rate_counters counters;
    uint64_t keys, bytes, random = 5;
    int i;

    (void)state;
    for (i = 0; i < 100000; i++) {
        char name[24];
        struct rate_subject who = numbered(name, i);
        unsigned phase = (unsigned)(i / 20000 + unit_random(&random) % 2);

        if (phase == 5)
            assert_true(rate_limiter_take_tokens(l, &who, &rule, 1, START + i));
        else
            assert_true(take(l, i, max[phase], 3600, START + i));
        if (i % 7 == 0)
            assert_true(rate_limiter_reset(l, &who, START));
    }
    rate_limiter_totals(l, &counters, &keys, &bytes);
    assert_true(bytes <= RATE_MEMORY_MIN);
    assert_true(keys > 1000);
    rate_limiter_destroy(l);
}

static void a_key_costs_at_most_320_bytes_and_a_bucket_64(void **state)
{
    static const struct {
        uint32_t max, most;
    } cases[] = {{8, 128},  {10, 200},   {100, 128},        {255, 128},
                 {32, 320}, {1000, 200}, {4000000000u, 320}};
    struct gcra_rule rule = bucket("1", 5);
    struct rate_counters counters;
    uint64_t keys, bytes;
    unsigned i;
    int k;

    (void)state;
    for (i = 0; i <= UNIT_COUNT(cases); i++) {
        struct rate_limiter *l = limiter_of(8u << 20);

        for (k = 0; k < 200000; k++) {
            char name[24];
            struct rate_subject who = numbered(name, k);

            if (i == UNIT_COUNT(cases))
                assert_true(rate_limiter_take_tokens(l, &who, &rule, 1, START + k));
            else
                take(l, k, cases[i].max, 3600, START + k);
        }
        rate_limiter_totals(l, &counters, &keys, &bytes);
        assert_true((8u << 20) / keys <= (i == UNIT_COUNT(cases) ? 64 : cases[i].most));
        rate_limiter_destroy(l);
    }
}

static void the_hottest_keys_are_listed_by_name(void **state)
{
    struct rate_limiter *l = limiter_of(4u << 20);
    struct rate_hot_key hot[5];
    int i, n;

    (void)state;
    for (i = 0; i < 20000; i++) {
        take(l, i, 10, 60, START);
        if (i % 10 == 0)
            take(l, 1000000 + i / 10 % 3, 1000000, 60, START);
    }
    n = rate_limiter_hottest(l, hot, 5, START);
    assert_int_equal(n, 5);
    for (i = 0; i < 3; i++) {
        assert_memory_equal(hot[i].identifier, "key-100000", 10);
        assert_in_range(hot[i].hits, 660, 670);
        assert_int_equal(hot[i].used, hot[i].hits);
    }
    rate_limiter_destroy(l);
}

struct crowd {
    struct rate_limiter *limiter;
    atomic_int admitted[8];
};

static void *run_crowd(void *context)
{
    struct crowd *crowd = context;
    struct gcra_rule rule = bucket("0.001", 500);
    int i;

    for (i = 0; i < 4000; i++) {
        char name[24], other[24];
        struct rate_subject who = numbered(name, i % 4), bucket_of = numbered(other, i % 2);
        struct rate_request both[2] = {
            {.subject = who, .rule = {1000, 3600}, .cost = 1},
            {.subject = {other, strlen(other), "x", 1}, .rule = {700, 3600}, .cost = 1}};

        if (i % 3 == 0) {
            if (rate_limiter_take_all(crowd->limiter, both, 2, START + i)) {
                atomic_fetch_add(&crowd->admitted[i % 4], 1);
                atomic_fetch_add(&crowd->admitted[4 + i % 2], 1);
            }
        } else if (i % 3 == 1) {
            atomic_fetch_add(&crowd->admitted[i % 4],
                             take_at(crowd->limiter, &who, &both[0].rule, 1, false, START + i));
        } else {
            atomic_fetch_add(&crowd->admitted[6 + i % 2],
                             rate_limiter_take_tokens(crowd->limiter, &bucket_of, &rule, 1, START));
        }
        take(crowd->limiter, 100 + (int)((uintptr_t)&i % 50000) + i, 3, 60, START + i);
    }
    return NULL;
}

static void many_threads_never_admit_more_than_the_limits(void **state)
{
    struct crowd crowd = {.limiter = limiter_of(8u << 20)};
    pthread_t threads[8];
    unsigned i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_crowd, &crowd), 0);
    for (i = 0; i < UNIT_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    for (i = 0; i < 4; i++)
        assert_int_equal(crowd.admitted[i], 1000);
    assert_int_equal(crowd.admitted[4], 700);
    assert_int_equal(crowd.admitted[5], 700);
    assert_int_equal(crowd.admitted[6] + crowd.admitted[7], 1000);
    rate_limiter_destroy(crowd.limiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_bucket_admits_the_burst_and_then_the_rate),
        cmocka_unit_test(a_token_bucket_takes_its_cost_and_gives_it_back),
        cmocka_unit_test(a_rate_that_makes_no_sense_is_refused_with_a_sentence),
        cmocka_unit_test(memory_has_its_limit_and_the_latest_keys_stay),
        cmocka_unit_test(what_has_expired_makes_place_first),
        cmocka_unit_test(keys_of_all_sizes_share_the_memory),
        cmocka_unit_test(a_key_costs_at_most_320_bytes_and_a_bucket_64),
        cmocka_unit_test(the_hottest_keys_are_listed_by_name),
        cmocka_unit_test(many_threads_never_admit_more_than_the_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
