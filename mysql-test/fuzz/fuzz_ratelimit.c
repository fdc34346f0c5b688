/*
  fuzz_ratelimit.c - the rate limiter: clang's libFuzzer, with AddressSanitizer and UBSan.
  The first byte chooses what is tried: saved records, calls at any times, policies, rates.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/ratelimit/dump.h"
#include "../../udf/ratelimit/headers.h"
#include "../../udf/ratelimit/limiter.h"
#include "../../udf/ratelimit/policy.h"

#define MEMORY (1u << 20)
#define ADMITTED_MAX 4096
#define TAIL 24 /* of a dump: a count and a checksum */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[16] = "0123456789abcdef";

static void must(int holds)
{
    if (!holds)
        abort();
}

static struct rate_limiter *create(void)
{
    struct rate_limiter *limiter = rate_limiter_create(MEMORY, secret, NULL);

    must(limiter != NULL);
    return limiter;
}

static int append(void *context, const void *bytes, size_t len)
{
    return buf_append(context, bytes, len);
}

static struct buf dump(struct rate_limiter *limiter, const struct rate_moment *now)
{
    struct buf scratch, out;

    buf_init(&out, 8 * MEMORY);
    buf_init(&scratch, rate_dump_shard_max(limiter));
    must(rate_dump(limiter, now, &scratch, append, &out) == 0);
    buf_free(&scratch);
    return out;
}

/* Records of any bytes behind a good head. What is taken must be saved and taken again. */
static void restore(const uint8_t *data, size_t size)
{
    struct rate_moment now = {.clock = RATE_CLOCK_BASE + 5000000000};
    struct rate_limiter *limiter = create(), *again = create();
    struct buf text = dump(limiter, &now), saved;
    uint64_t len = size, end = 0, taken;
    struct error err = {0};
    uint8_t found[16];

    (void)rate_dump_check(data, size, found, NULL);
    text.len -= sizeof(end) + TAIL;
    must(buf_append(&text, &len, sizeof(len)) == 0 && buf_append(&text, data, size) == 0 &&
         buf_append(&text, &end, sizeof(end)) == 0);
    taken = rate_restore(limiter, (const uint8_t *)text.data, text.len, &now);
    saved = dump(limiter, &now);
    must(rate_dump_check((const uint8_t *)saved.data, saved.len, found, &err) == 0);
    must(memcmp(found, secret, sizeof(secret)) == 0);
    must(rate_restore(again, (const uint8_t *)saved.data, saved.len, &now) <= taken);
    buf_free(&text);
    buf_free(&saved);
    rate_limiter_destroy(limiter);
    rate_limiter_destroy(again);
}

struct admitted {
    int64_t at[ADMITTED_MAX];
    uint32_t cost[ADMITTED_MAX];
    int n;
};

/* Has any window that ends with the latest admission more than the rule allows? */
static void check_window(const struct admitted *a, const struct rate_rule *rule)
{
    uint64_t sum = 0;
    int i;

    for (i = a->n - 1; i >= 0 && a->at[i] >= a->at[a->n - 1] - (int64_t)rule->window_s * 1000000000;
         i--)
        sum += a->cost[i];
    must(sum <= rule->max);
}

/* Calls of one rule; other keys and rules come between, so that records move. */
static void calls(const uint8_t *data, size_t size)
{
    static struct admitted admitted;
    struct rate_limiter *limiter = create();
    struct rate_subject who = {"a", 1, "b", 1}, other = {"other", 5, "", 0};
    struct rate_rule rule = {.max = 1, .window_s = 1}, any;
    int64_t now = RATE_CLOCK_BASE;
    size_t i = 4;

    admitted.n = 0;
    if (size >= 4) {
        rule.max = (uint32_t)data[0] << (data[1] % 10);
        rule.window_s = 1U + data[2] + 256U * (data[3] % 32);
    }
    for (; i + 4 <= size && admitted.n < ADMITTED_MAX; i += 4) {
        uint32_t cost = data[i] % 5U ? 1 : data[i + 1];

        now += (int64_t)data[i + 2] << (data[i + 3] % 40);
        if (now > RATE_CLOCK_BASE + (INT64_C(1) << 58))
            break;
        any = (struct rate_rule){.max = (uint32_t)data[i + 1] << (data[i + 3] % 12),
                                 .window_s = 1U + data[i + 2]};
        rate_limiter_take(limiter, rate_limiter_key(limiter, &other), &other, &any, data[i], false,
                          now);
        if (rate_limiter_take(limiter, rate_limiter_key(limiter, &who), &who, &rule, cost, false,
                              now) &&
            cost > 0) {
            admitted.at[admitted.n] = now;
            admitted.cost[admitted.n++] = cost;
            check_window(&admitted, &rule);
        }
        if (data[i] % 7 == 0)
            rate_limiter_refund(limiter, &other, data[i + 1], now);
    }
    rate_limiter_destroy(limiter);
}

static void policies(const char *text, size_t len)
{
    struct error err = {0};
    struct rate_policies *set = rate_policies_parse(text, len, &err);
    struct rate_policy *policy;
    int i;

    must((set != NULL) == (err.code == ERROR_NONE));
    for (i = 0; set && i < rate_policies_count(set); i++) {
        policy = rate_policies_at(set, i);
        must(rate_policies_find(set, policy->name, strlen(policy->name)) == policy);
    }
    if (set)
        (void)rate_policies_listed(set, text, len < 8 ? len : 8);
    rate_policies_destroy(set);
}

static void rates(const char *text, size_t len)
{
    struct rate_rule rule = {.max = UINT32_MAX, .window_s = RATE_WINDOW_MAX_S};
    struct rate_state state = {.reset_in = INT64_MAX / 4, .retry_in = INT64_MAX / 4};
    struct rate_limiter *limiter;
    struct gcra_rule bucket;
    char out[RATE_HEADERS_SIZE];
    int i;

    must(rate_headers(text, len, &rule, &state, INT64_MAX / 4, out) < sizeof(out));
    if (gcra_rule(text, len, 7, &bucket, NULL) != 0)
        return;
    limiter = create();
    for (i = 0; i < 9; i++)
        must(rate_limiter_take_tokens(limiter, &(struct rate_subject){text, len, text, len},
                                      &bucket, 1, RATE_CLOCK_BASE) == (i < 7));
    rate_limiter_destroy(limiter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 4 == 0)
        restore(data + 1, size - 1);
    else if (data[0] % 4 == 1)
        calls(data + 1, size - 1);
    else if (data[0] % 4 == 2)
        policies((const char *)data + 1, size - 1);
    else
        rates((const char *)data + 1, size - 1);
    return 0;
}
