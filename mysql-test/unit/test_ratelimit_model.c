/*
  Windows and token buckets of many keys against lists of all calls, while rules change, calls are
  given back, memory is short, and all is saved and restored.

  What the limiter has evicted the model forgets as well, so that all else must be right: a key
  never gets more than its limit, and is refused only where the limit is reached within the window
  and its 64th part (one more for each time that moments were moved to another clock).
*/
#include "unit.h"

#define CALLS_MAX 256 /* that the model remembers of a key */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ratelimit/dump.h"

#define SECOND 1000000000LL
#define START (RATE_CLOCK_BASE + 12345678901LL)

struct key {
    uint32_t max, window_s;
    int64_t known_since;
    struct calls calls;
    bool changed; /* the window has: how early it may refuse is not said */
    unsigned __int128 tat;
};

struct world {
    struct rate_limiter *limiter;
    struct key *keys;
    int n;
    int64_t now;
    uint64_t random;
    int shifts;
    uint64_t admitted, refused, forgotten;
};

static const uint8_t secret[16] = {9, 9, 9};
static const uint32_t maxes[] = {1,  5,   8,   9,   16,   20,    32,
                                 33, 100, 255, 256, 5000, 65536, 4000000000u};

static uint32_t below(struct world *w, uint64_t n)
{
    return (uint32_t)(unit_random(&w->random) % n);
}

static struct rate_limiter *limiter_of(size_t bytes)
{
    struct error err = {0};
    struct rate_limiter *l = rate_limiter_create(bytes, secret, &err);

    assert_non_null(l);
    return l;
}

static struct rate_subject subject_of(char name[24], int key)
{
    return (struct rate_subject){name, (size_t)snprintf(name, 24, "key-%d", key), "/", 1};
}

static struct rate_record *record_of(struct world *w, uint64_t key)
{
    return rate_store_find(rate_limiter_shard_of(w->limiter, key), key);
}

/* From when on all that is within the window must be known. */
static int64_t known_from(const struct key *key, int64_t now)
{
    int64_t from = now - key->window_s * SECOND;

    return from > key->known_since ? from : key->known_since;
}

static void change_rule(struct world *w, struct key *key)
{
    static const uint32_t windows[] = {1, 10, 3600};
    uint32_t window_s = below(w, 10) ? key->window_s : windows[below(w, UNIT_COUNT(windows))];

    if (window_s != key->window_s) {
        key->known_since = known_from(key, w->now);
        key->window_s = window_s;
        key->changed = true;
    }
    key->max = maxes[below(w, UNIT_COUNT(maxes))];
}

static void forget_if_evicted(struct world *w, struct key *key, const struct rate_subject *who)
{
    if (record_of(w, rate_limiter_key(w->limiter, who)))
        return;
    w->forgotten += calls_since(&key->calls, known_from(key, w->now)) > 0;
    key->calls.n = 0;
    key->changed = false;
}

static void take(struct world *w, int number)
{
    struct key *key = &w->keys[number];
    char name[24];
    struct rate_subject who = subject_of(name, number);
    struct rate_rule rule;
    uint32_t cost;
    int64_t window, slack;

    forget_if_evicted(w, key, &who);
    if (below(w, 100) == 0)
        change_rule(w, key);
    rule = (struct rate_rule){key->max, key->window_s};
    cost = 1 + below(w, below(w, 3) ? 1 + key->max / 8 : key->max);
    window = key->window_s * SECOND;
    if (rate_limiter_take(w->limiter, rate_limiter_key(w->limiter, &who), &who, &rule, cost, false,
                          w->now)) {
        assert_true(calls_since(&key->calls, known_from(key, w->now)) + cost <= key->max);
        calls_add(&key->calls, cost, w->now);
        w->admitted++;
        return;
    }
    slack = window / 64 * (1 + w->shifts);
    assert_true(key->changed ||
                calls_since(&key->calls, w->now - window - slack) + cost > key->max);
    w->refused++;
}

static void refund(struct world *w, int number)
{
    struct key *key = &w->keys[number];
    char name[24];
    struct rate_subject who = subject_of(name, number);
    struct rate_state before, after;
    struct rate_rule rule = {key->max, key->window_s};
    uint32_t cost = 1 + below(w, key->max);

    forget_if_evicted(w, key, &who);
    rate_limiter_state(w->limiter, &who, &rule, w->now, &before);
    assert_int_equal(rate_limiter_refund(w->limiter, &who, cost, w->now), before.known);
    rate_limiter_state(w->limiter, &who, &rule, w->now, &after);
    assert_int_equal(after.used, before.used > cost ? before.used - cost : 0);
    calls_give_back(&key->calls, before.used - after.used);
}

/* 3 a second, bursts of 5; under a name that no window has, so that a refund tells what is known.
 */
static void take_tokens(struct world *w, int number)
{
    struct key *key = &w->keys[number];
    char name[24];
    struct rate_subject who = subject_of(name, number);
    struct error err = {0};
    struct gcra_rule rule;
    uint32_t cost = 1 + below(w, 6);
    unsigned __int128 at = (unsigned __int128)w->now << 32, tat;

    who.endpoint = "tokens";
    who.endpoint_len = 6;
    assert_int_equal(gcra_rule("3", 1, 5, &rule, &err), 0);
    if (!rate_limiter_refund(w->limiter, &who, 0, w->now)) {
        w->forgotten += key->tat > at;
        key->tat = 0;
    }
    tat = (key->tat > at ? key->tat : at) + rule.step * cost;
    if (rate_limiter_take_tokens(w->limiter, &who, &rule, cost, w->now)) {
        assert_true(tat <= at + rule.step * rule.burst);
        key->tat = tat;
    } else {
        assert_true(tat > at + rule.step * rule.burst);
    }
}

/* Every record is where it is looked for, can be counted in, and has its body for itself. */
static uint64_t check_places(struct world *w)
{
    uint64_t records = 0;
    unsigned i;

    for (i = 0; i < rate_limiter_shards(w->limiter); i++) {
        struct rate_shard *shard = rate_limiter_shard(w->limiter, i);
        size_t places = shard->groups * 2 + (size_t)shard->page_count * RATE_PAGE_BYTES / 64;
        uint8_t *taken = calloc(places, 1);
        struct rate_record *record;
        uint32_t cursor = 0, n = 0, place;

        assert_non_null(taken);
        while ((record = rate_store_next(shard, &cursor)) != NULL) {
            n++;
            assert_ptr_equal(rate_store_find(shard, record->key), record);
            if (record->kind == RATE_GCRA)
                continue;
            assert_true(window_is_sound(record, rate_store_body(shard, record)));
            for (place = 0; place < rate_body_bytes(record->size) / 64; place++) {
                assert_in_range(record->body + place, shard->groups * 2, places - 1);
                assert_int_equal(taken[record->body + place]++, 0);
            }
        }
        assert_int_equal(n, shard->keys);
        records += n;
        free(taken);
    }
    return records;
}

static int append(void *context, const void *bytes, size_t len)
{
    return buf_append(context, bytes, len);
}

/* All goes to another limiter, of another size, whose clock shows something else. */
static void move(struct world *w, size_t bytes, int64_t by)
{
    struct rate_moment moment = {.boot_id = "x", .clock = w->now, .boot_ns = 5 * SECOND};
    struct buf scratch, dump;
    struct error err = {0};
    uint8_t found[16];
    uint64_t restored;
    int k, i;

    buf_init(&scratch, rate_dump_shard_max(w->limiter));
    buf_init(&dump, (size_t)1 << 30);
    assert_int_equal(rate_dump(w->limiter, &moment, &scratch, append, &dump), 0);
    rate_limiter_destroy(w->limiter);
    assert_int_equal(rate_dump_check((uint8_t *)dump.data, dump.len, found, &err), 0);
    assert_memory_equal(found, secret, 16);
    for (i = 0; i < 200; i++) {
        uint8_t *byte = (uint8_t *)dump.data + below(w, dump.len), bit = (uint8_t)(1u << i % 8);

        *byte ^= bit;
        assert_int_equal(rate_dump_check((uint8_t *)dump.data, dump.len, found, &err), -1);
        *byte ^= bit;
        assert_int_equal(rate_dump_check((uint8_t *)dump.data, below(w, dump.len), found, &err),
                         -1);
    }
    w->limiter = limiter_of(bytes);
    moment.clock += by;
    restored = rate_restore(w->limiter, (uint8_t *)dump.data, dump.len, &moment);
    assert_true(restored > 0);
    w->now += by;
    w->shifts += by != 0;
    assert_true(check_places(w) <= restored);
    for (k = 0; k < w->n; k++) {
        w->keys[k].known_since += by;
        w->keys[k].tat += w->keys[k].tat ? (unsigned __int128)by << 32 : 0;
        for (i = 0; i < w->keys[k].calls.n; i++)
            w->keys[k].calls.moment[i] += by;
    }
    buf_free(&scratch);
    buf_free(&dump);
}

static void run(struct world *w, int calls)
{
    int i;

    for (i = 0; i < calls; i++) {
        /* some keys are asked for often, most seldom */
        int number = (int)(below(w, 3) ? below(w, (uint64_t)w->n) : below(w, 50));

        switch (below(w, 20)) {
        case 0:
            refund(w, number);
            break;
        case 1:
        case 2:
            take_tokens(w, number);
            break;
        case 3:
            w->now += below(w, 2000000000);
            break;
        default:
            take(w, number);
        }
        w->now += below(w, 20000000);
    }
}

static void play(size_t bytes, int keys, int calls, uint64_t seed, bool room)
{
    struct world w = {.n = keys, .now = START, .random = seed};
    struct rate_counters counters;
    uint64_t count, used;
    int k;

    w.limiter = limiter_of(bytes);
    w.keys = calloc((size_t)keys, sizeof(*w.keys));
    assert_non_null(w.keys);
    for (k = 0; k < keys; k++) {
        w.keys[k].window_s = (const uint32_t[]){1, 10, 3600}[k % 3];
        w.keys[k].max = maxes[below(&w, UNIT_COUNT(maxes))];
    }
    run(&w, calls);
    check_places(&w);
    rate_limiter_totals(w.limiter, &counters, &count, &used);
    assert_true(used <= bytes);
    assert_int_equal(counters.evicted_live == 0, room);
    move(&w, room ? bytes * 2 : bytes + 600000, 0);
    run(&w, calls);
    move(&w, bytes, 777 * SECOND + 12345);
    run(&w, calls);
    check_places(&w);
    assert_int_equal(w.forgotten == 0, room);
    assert_true(w.admitted > (uint64_t)calls / 10 && w.refused > (uint64_t)calls / 100);
    rate_limiter_destroy(w.limiter);
    free(w.keys);
}

static void with_room_enough_nothing_is_forgotten(void **state)
{
    (void)state;
    play(8u << 20, 300, 100000, 1, true);
    play(8u << 20, 10000, 100000, 2, true);
}

static void with_too_little_memory_only_what_was_evicted_is_forgotten(void **state)
{
    (void)state;
    play(RATE_MEMORY_MIN, 20000, 200000, 3, false);
    play(2u << 20, 60000, 300000, 4, false);
}

/* What has expired makes place: that others live on in the same memory is never forgotten. */
static void expired_keys_make_place_for_new_ones(void **state)
{
    struct world w = {.now = START, .random = 5};
    struct rate_counters counters;
    uint64_t count, used;
    int i, k;

    (void)state;
    w.limiter = limiter_of(RATE_MEMORY_MIN);
    for (i = 0; i < 300000; i++) {
        char name[24];
        struct rate_subject who = subject_of(name, 1000 + i);
        struct rate_rule once = {(uint32_t)(i / 50000 % 2 ? 200 : 5), 1}, day = {300, 86400};

        assert_true(rate_limiter_take(w.limiter, rate_limiter_key(w.limiter, &who), &who, &once, 1,
                                      false, w.now));
        if (i % 300 == 0)
            for (k = 0; k < 500; k++) {
                who = subject_of(name, k);
                assert_int_equal(rate_limiter_take(w.limiter, rate_limiter_key(w.limiter, &who),
                                                   &who, &day, 1, false, w.now),
                                 i < 300 * 300);
            }
        w.now += 1000000;
    }
    rate_limiter_totals(w.limiter, &counters, &count, &used);
    assert_int_equal(counters.evicted_live, 0);
    assert_true(counters.evicted_expired > 250000);
    check_places(&w);
    rate_limiter_destroy(w.limiter);
}

/* The memory that is the default holds this many keys of a usual rule. */
static void three_hundred_thousand_keys_live_in_64_mebibytes(void **state)
{
    struct world w = {.now = START};
    struct rate_counters counters;
    uint64_t count, used;
    int i;

    (void)state;
    w.limiter = limiter_of(64u << 20);
    for (i = 0; i < 600000; i++) {
        char name[24];
        struct rate_subject who = subject_of(name, i % 300000);
        struct rate_rule rule = {100, 3600};

        assert_true(rate_limiter_take(w.limiter, rate_limiter_key(w.limiter, &who), &who, &rule, 1,
                                      false, w.now + i));
    }
    rate_limiter_totals(w.limiter, &counters, &count, &used);
    assert_int_equal(count, 300000);
    assert_int_equal(counters.evicted_live + counters.evicted_expired, 0);
    assert_true(used / count <= 128);
    rate_limiter_destroy(w.limiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_room_enough_nothing_is_forgotten),
        cmocka_unit_test(with_too_little_memory_only_what_was_evicted_is_forgotten),
        cmocka_unit_test(expired_keys_make_place_for_new_ones),
        cmocka_unit_test(three_hundred_thousand_keys_live_in_64_mebibytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
