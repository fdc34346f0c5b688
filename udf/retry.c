#include "retry.h"

#define MS_MAX (INT64_MAX / 4)
#define NANOS_PER_1000_S 1000000000000LL

enum retry_outcome retry_judge_status(int http_status)
{
    if ((http_status >= 200 && http_status <= 299) || http_status == 404)
        return RETRY_OK;
    if (http_status == 0 || http_status == 408 || http_status == 429 ||
        (http_status >= 500 && http_status <= 599))
        return RETRY_AGAIN;
    return RETRY_NEVER;
}

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return b < 0 ? INT64_MIN : INT64_MAX;
}

int64_t retry_delay_ms(const struct retry_policy *policy, int attempt, int64_t retry_after_ms,
                       uint64_t random)
{
    int64_t cap = clamp(policy->cap_ms, 0, MS_MAX);
    int64_t delay = clamp(policy->base_ms, 0, cap), half;
    int i;

    for (i = 1; i < attempt && delay > 0 && delay < cap; i++)
        delay = clamp(delay * 2, 0, cap);
    half = delay - delay / 2;
    delay = delay / 2 + (int64_t)(random % ((uint64_t)half + 1));
    retry_after_ms = clamp(retry_after_ms, 0, cap);
    return delay > retry_after_ms ? delay : retry_after_ms;
}

void breaker_init(struct breaker *b, int threshold, int64_t open_ms, int64_t max_open_ms)
{
    *b = (struct breaker){.threshold = threshold < 1 ? 1 : threshold};
    b->open_ms = clamp(open_ms, 1, MS_MAX);
    b->max_open_ms = clamp(max_open_ms, b->open_ms, MS_MAX);
}

bool breaker_allows(struct breaker *b, int64_t now_ms)
{
    if (b->open_until_ms == 0)
        return true;
    if (breaker_is_open(b, now_ms))
        return false;
    b->trying = true;
    return true;
}

void breaker_success(struct breaker *b)
{
    b->failures = 0;
    b->open_until_ms = 0;
    b->current_open_ms = 0;
    b->trying = false;
}

void breaker_failure(struct breaker *b, int64_t now_ms)
{
    /* Requests that were under way when it opened say nothing new: only the one try counts. */
    if (b->open_until_ms != 0 && !b->trying)
        return;
    if (b->failures < b->threshold)
        b->failures++;
    if (b->trying)
        b->current_open_ms = clamp(b->current_open_ms * 2, b->open_ms, b->max_open_ms);
    else if (b->failures >= b->threshold)
        b->current_open_ms = b->open_ms;
    else
        return;
    b->trying = false;
    b->open_until_ms = add_saturated(now_ms, b->current_open_ms);
    if (b->open_until_ms == 0) /* which would stand for closed */
        b->open_until_ms = 1;
}

bool breaker_is_open(const struct breaker *b, int64_t now_ms)
{
    return b->open_until_ms != 0 && (b->trying || now_ms < b->open_until_ms);
}

void pacer_init(struct pacer *p, int64_t rate_milli)
{
    p->next_ns = INT64_MIN;
    p->interval_ns = 0;
    if (rate_milli > 0) /* rounded up: never more than the rate */
        p->interval_ns = NANOS_PER_1000_S / rate_milli + (NANOS_PER_1000_S % rate_milli != 0);
}

int64_t pacer_take(struct pacer *p, int64_t now_ns)
{
    int64_t wait;

    if (p->interval_ns == 0)
        return 0;
    if (now_ns >= p->next_ns) {
        p->next_ns = add_saturated(now_ns, p->interval_ns);
        return 0;
    }
    return __builtin_sub_overflow(p->next_ns, now_ns, &wait) ? INT64_MAX : wait;
}
