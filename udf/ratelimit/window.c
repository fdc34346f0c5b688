/* window.c - see window.h. */
#include "window.h"

#include <string.h>

#define SECOND 1000000000LL
#define PARTS 64
#define LAST_MOMENT (INT64_MAX / 4) /* of a record from outside: 73 years */

static int64_t width(const struct rate_record *r)
{
    return (int64_t)r->window_s * (SECOND / PARTS);
}

static uint32_t ring_room(const struct rate_record *r)
{
    return r->size == RATE_SMALL    ? RATE_SMALL_RING
           : r->size == RATE_MEDIUM ? RATE_MEDIUM_RING
                                    : RATE_LARGE_RING;
}

static uint32_t counter_max(const struct rate_record *r)
{
    return r->size == RATE_SMALL ? UINT8_MAX : r->size == RATE_MEDIUM ? UINT16_MAX : UINT32_MAX;
}

static uint32_t get(const struct rate_record *r, int64_t bucket)
{
    unsigned i = (unsigned)(bucket % RATE_BUCKETS);

    return r->size == RATE_SMALL    ? r->count8[i]
           : r->size == RATE_MEDIUM ? r->count16[i]
                                    : r->count32[i];
}

static void set(struct rate_record *r, int64_t bucket, uint32_t count)
{
    unsigned i = (unsigned)(bucket % RATE_BUCKETS);

    if (r->size == RATE_SMALL)
        r->count8[i] = (uint8_t)count;
    else if (r->size == RATE_MEDIUM)
        r->count16[i] = (uint16_t)count;
    else
        r->count32[i] = count;
}

static int64_t ring_at(const struct rate_record *r, uint32_t i)
{
    return r->ring[(r->head + i) % ring_room(r)];
}

enum rate_size window_size(const struct rate_rule *rule, uint64_t counted, bool exact)
{
    uint64_t most = rule->max > counted ? rule->max : counted;

    if (exact && most <= RATE_EXACT_MAX)
        return most <= RATE_SMALL_RING    ? RATE_SMALL
               : most <= RATE_MEDIUM_RING ? RATE_MEDIUM
                                          : RATE_LARGE;
    return most <= UINT8_MAX ? RATE_SMALL : most <= UINT16_MAX ? RATE_MEDIUM : RATE_LARGE;
}

void window_init(struct rate_record *r, const struct rate_rule *rule, bool exact)
{
    r->kind = exact ? RATE_RING : RATE_COUNTERS;
    r->head = r->count = 0;
    r->base = 0;
    r->sum = 0;
    r->max = rule->max;
    r->window_s = rule->window_s;
    if (!exact)
        memset(r->count8, 0,
               RATE_BUCKETS * (r->size == RATE_SMALL    ? 1U
                               : r->size == RATE_MEDIUM ? 2U
                                                        : 4U));
}

bool window_fits(const struct rate_record *r, const struct rate_rule *rule, int64_t now)
{
    if (r->window_s != rule->window_s)
        return false;
    if (r->kind == RATE_RING)
        return rule->max <= ring_room(r);
    if (rule->max <= RATE_EXACT_MAX) /* exact from the moment on when nothing is left to convert */
        return !window_is_empty(r, now);
    return rule->max <= counter_max(r);
}

/* Forget what has left the window. @return the bucket of now, of a ring: now */
static int64_t advance(struct rate_record *r, int64_t now)
{
    int64_t bucket, gone, b;

    if (r->kind == RATE_RING) {
        /* The last moment counts as within: then no window, its two ends included, holds more. */
        while (r->count > 0 && ring_at(r, 0) + (int64_t)r->window_s * SECOND < now) {
            r->head = (uint8_t)((r->head + 1U) % ring_room(r));
            r->count--;
        }
        return now;
    }
    bucket = now / width(r);
    if (bucket <= r->base)
        return r->base;
    gone = bucket - r->base < RATE_BUCKETS ? bucket - r->base : RATE_BUCKETS;
    for (b = bucket - gone + 1; b <= bucket && r->sum > 0; b++) {
        r->sum -= get(r, b); /* RATE_BUCKETS earlier, that is */
        set(r, b, 0);
    }
    r->base = bucket;
    return bucket;
}

uint32_t window_used(struct rate_record *r, int64_t now)
{
    advance(r, now);
    return r->kind == RATE_RING ? r->count : r->sum;
}

void window_add(struct rate_record *r, uint32_t cost, int64_t now)
{
    if (r->kind == RATE_COUNTERS) {
        set(r, r->base, get(r, r->base) + cost);
        r->sum += cost;
        return;
    }
    if (r->count > 0 && ring_at(r, r->count - 1U) > now)
        now = ring_at(r, r->count - 1U);
    while (cost-- > 0)
        r->ring[(r->head + r->count++) % ring_room(r)] = now;
}

uint32_t window_refund(struct rate_record *r, uint32_t cost, int64_t now)
{
    uint32_t left = cost, take;
    int64_t b, last = advance(r, now);

    if (r->kind == RATE_RING) {
        take = cost < r->count ? cost : r->count;
        r->count = (uint8_t)(r->count - take);
        return take;
    }
    for (b = last; b > last - RATE_BUCKETS && b >= 0 && left > 0 && r->sum > 0; b--) {
        take = get(r, b) < left ? get(r, b) : left;
        set(r, b, get(r, b) - take);
        r->sum -= take;
        left -= take;
    }
    return cost - left;
}

int64_t window_wait(struct rate_record *r, uint32_t max, uint32_t cost, int64_t now)
{
    uint64_t used = window_used(r, now), gone = 0;
    int64_t b, at;

    if (cost > max)
        return -1;
    if (used + cost <= max)
        return 0;
    if (r->kind == RATE_RING) {
        at = ring_at(r, (uint32_t)(used + cost - max - 1)) + (int64_t)r->window_s * SECOND + 1;
        return at > now ? at - now : 0;
    }
    for (b = r->base - RATE_BUCKETS + 1; b <= r->base; b++) {
        gone += b >= 0 ? get(r, b) : 0;
        if (used - gone + cost <= max)
            break;
    }
    at = (b + RATE_BUCKETS) * width(r);
    return at > now ? at - now : 0;
}

int64_t window_reset_in(struct rate_record *r, int64_t now)
{
    int64_t b, at;

    if (window_used(r, now) == 0)
        return 0;
    if (r->kind == RATE_RING) {
        at = ring_at(r, r->count - 1U) + (int64_t)r->window_s * SECOND + 1;
    } else {
        for (b = r->base; b > 0 && get(r, b) == 0; b--)
            ;
        at = (b + RATE_BUCKETS) * width(r);
    }
    return at > now ? at - now : 0;
}

bool window_is_empty(const struct rate_record *r, int64_t now)
{
    if (r->kind == RATE_RING)
        return r->count == 0 || ring_at(r, r->count - 1U) + (int64_t)r->window_s * SECOND < now;
    return r->sum == 0 || now / width(r) >= r->base + RATE_BUCKETS;
}

void window_export(struct rate_record *r, int64_t now, struct window_content *content)
{
    int64_t b, end;
    uint32_t i;

    content->n = 0;
    content->exact = r->kind == RATE_RING;
    content->total = window_used(r, now);
    for (i = 0; content->exact && i < r->count; i++) {
        content->moment[content->n] = ring_at(r, i);
        content->count[content->n++] = 1;
    }
    if (content->exact)
        return;
    for (b = r->base - RATE_BUCKETS + 1; b <= r->base; b++) {
        if (b < 0 || get(r, b) == 0)
            continue;
        end = (b + 1) * width(r) - 1;
        content->moment[content->n] = end < now ? end : now;
        content->count[content->n++] = get(r, b);
    }
}

void window_import(struct rate_record *r, const struct window_content *content, int64_t now)
{
    int64_t bucket, shortest;
    int i;

    if (r->kind == RATE_RING) {
        for (i = 0; i < content->n; i++)
            window_add(r, content->count[i], content->moment[i]);
        return;
    }
    r->base = now / width(r);
    shortest = r->base - RATE_BUCKETS;
    for (i = 0; i < content->n; i++) {
        if (content->moment[i] < 0)
            continue;
        bucket = content->moment[i] / width(r);
        bucket = bucket > r->base ? r->base : bucket;
        if (bucket <= shortest) /* older than the new window */
            continue;
        set(r, bucket, get(r, bucket) + content->count[i]);
        r->sum += content->count[i];
    }
}

bool window_is_sound(const struct rate_record *r)
{
    uint64_t total = 0;
    uint32_t i;

    if (r->window_s < 1 || r->window_s > RATE_WINDOW_MAX_S)
        return false;
    if (r->kind == RATE_RING) {
        if (r->head >= ring_room(r) || r->count > ring_room(r))
            return false;
        for (i = 0; i < r->count; i++)
            if (ring_at(r, i) < 0 || ring_at(r, i) > LAST_MOMENT)
                return false;
        return true;
    }
    for (i = 0; i < RATE_BUCKETS; i++)
        total += get(r, i);
    return r->kind == RATE_COUNTERS && r->base >= 0 && r->base < LAST_MOMENT / width(r) &&
           total == r->sum;
}

void window_shift(struct rate_record *r, int64_t by, int64_t now)
{
    struct rate_rule rule = {.max = r->max, .window_s = r->window_s};
    struct window_content content;
    uint32_t i;
    int j;

    if (r->kind == RATE_RING) {
        for (i = 0; i < r->count; i++) {
            int64_t *moment = &r->ring[(r->head + i) % ring_room(r)];

            *moment = *moment + by < now ? *moment + by : now;
            *moment = *moment > 0 ? *moment : 0;
        }
        return;
    }
    window_export(r, (r->base + 1) * width(r) - 1, &content);
    for (j = 0; j < content.n; j++)
        content.moment[j] += by;
    window_init(r, &rule, false);
    window_import(r, &content, now);
}
