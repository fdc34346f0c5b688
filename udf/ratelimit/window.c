/* window.c - see window.h. */
#include "window.h"

#include <string.h>

#define SECOND 1000000000LL
#define LAST_MOMENT (INT64_MAX / 4) /* of a record from outside: 73 years */

static int64_t width(const struct rate_record *r)
{
    return (int64_t)r->window_s * (SECOND / RATE_PARTS);
}

static uint32_t ring_room(const struct rate_record *r)
{
    return rate_body_bytes(r->size) / (uint32_t)sizeof(int64_t);
}

static uint32_t counter_max(const struct rate_record *r)
{
    return r->size == RATE_SMALL ? UINT8_MAX : r->size == RATE_MEDIUM ? UINT16_MAX : UINT32_MAX;
}

/* The counter of a part before the current one. */
static uint32_t get(const struct rate_record *r, const union rate_body *body, int64_t part)
{
    unsigned i = (unsigned)((uint64_t)part % RATE_PARTS);

    return r->size == RATE_SMALL    ? body->count8[i]
           : r->size == RATE_MEDIUM ? body->count16[i]
                                    : body->count32[i];
}

static void set(const struct rate_record *r, union rate_body *body, int64_t part, uint32_t count)
{
    unsigned i = (unsigned)((uint64_t)part % RATE_PARTS);

    if (r->size == RATE_SMALL)
        body->count8[i] = (uint8_t)count;
    else if (r->size == RATE_MEDIUM)
        body->count16[i] = (uint16_t)count;
    else
        body->count32[i] = count;
}

/* Where the i-th moment of a ring lies; the oldest is the first. */
static uint32_t ring_slot(const struct rate_record *r, uint32_t i)
{
    return (r->current + i) & (ring_room(r) - 1);
}

static int64_t ring_at(const struct rate_record *r, const union rate_body *body, uint32_t i)
{
    return body->ring[ring_slot(r, i)];
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

void window_init(struct rate_record *r, union rate_body *body, const struct rate_rule *rule,
                 bool exact)
{
    r->kind = exact ? RATE_RING : RATE_COUNTERS;
    r->sum = r->current = 0;
    r->max = rule->max;
    r->window_s = rule->window_s & 0xfffffff;
    if (!exact)
        memset(body, 0, rate_body_bytes(r->size));
}

/* Of counters: has all of it left the window? */
static bool is_past(const struct rate_record *r, int64_t now)
{
    return r->sum == 0 || now / width(r) > r->moment / width(r) + RATE_PARTS;
}

bool window_fits(const struct rate_record *r, const struct rate_rule *rule, int64_t now)
{
    if (r->window_s != rule->window_s)
        return false;
    if (r->kind == RATE_RING)
        return rule->max <= ring_room(r);
    if (rule->max <= RATE_EXACT_MAX) /* exact from the moment on when nothing is left to convert */
        return !is_past(r, now);
    return rule->max <= counter_max(r);
}

/* A new part begins: what has left the window is forgotten. */
static void turn(struct rate_record *r, union rate_body *body, int64_t from, int64_t to)
{
    int64_t part;

    if (r->sum > 0 && to - from > RATE_PARTS) {
        memset(body, 0, rate_body_bytes(r->size));
        r->sum = 0;
    } else if (r->sum == r->current) { /* nothing but this was counted */
        if (r->sum > 0)
            set(r, body, from, r->current);
    } else {
        for (part = from; part < to; part++) {
            r->sum -= get(r, body, part); /* that of RATE_PARTS earlier, it is */
            set(r, body, part, part == from ? r->current : 0);
        }
    }
    r->current = 0;
}

/* Forget what has left the window. @return the part of now, of a ring: now */
static int64_t advance(struct rate_record *r, union rate_body *body, int64_t now)
{
    int64_t at = now > r->moment ? now : r->moment, part;

    if (r->kind == RATE_RING) {
        /* The last moment counts as within: then no window, its two ends included, holds more. */
        while (r->sum > 0 && ring_at(r, body, 0) + (int64_t)r->window_s * SECOND < now) {
            r->current = ring_slot(r, 1);
            r->sum--;
        }
        r->moment = at;
        return now;
    }
    part = at / width(r);
    if (r->moment < part * width(r))
        turn(r, body, r->moment / width(r), part);
    r->moment = at;
    return part;
}

uint32_t window_used(struct rate_record *r, union rate_body *body, int64_t now)
{
    advance(r, body, now);
    return r->sum;
}

void window_add(struct rate_record *r, union rate_body *body, uint32_t cost, int64_t now)
{
    if (r->kind == RATE_COUNTERS) {
        r->current += cost;
        r->sum += cost;
        return;
    }
    if (r->sum > 0 && ring_at(r, body, r->sum - 1) > now)
        now = ring_at(r, body, r->sum - 1);
    while (cost-- > 0)
        body->ring[ring_slot(r, r->sum++)] = now;
}

uint32_t window_room(const struct rate_record *r)
{
    return r->kind == RATE_RING ? ring_room(r) : counter_max(r);
}

static void ring_add_at(struct rate_record *r, union rate_body *body, int64_t moment)
{
    uint32_t i = r->sum++;

    for (; i > 0 && ring_at(r, body, i - 1) > moment; i--)
        body->ring[ring_slot(r, i)] = ring_at(r, body, i - 1);
    body->ring[ring_slot(r, i)] = moment;
}

void window_add_at(struct rate_record *r, union rate_body *body, uint32_t cost, int64_t moment)
{
    int64_t last, part;

    if (r->kind == RATE_RING) {
        if (moment + (int64_t)r->window_s * SECOND < r->moment)
            return;
        while (cost-- > 0)
            ring_add_at(r, body, moment);
        return;
    }
    last = r->moment / width(r);
    part = moment / width(r);
    if (part < last - RATE_PARTS)
        return;
    if (part >= last)
        r->current += cost;
    else
        set(r, body, part, get(r, body, part) + cost);
    r->sum += cost;
}

uint32_t window_refund(struct rate_record *r, union rate_body *body, uint32_t cost, int64_t now)
{
    int64_t last = advance(r, body, now), part;
    uint32_t left, take = cost < r->sum ? cost : r->sum;

    r->sum -= take;
    if (r->kind == RATE_RING)
        return take;
    left = take > r->current ? take - r->current : 0;
    r->current -= take - left;
    for (part = last - 1; left > 0 && part >= last - RATE_PARTS; part--) {
        uint32_t count = get(r, body, part), back = count < left ? count : left;

        set(r, body, part, count - back);
        left -= back;
    }
    return take;
}

int64_t window_wait(struct rate_record *r, union rate_body *body, uint32_t max, uint32_t cost,
                    int64_t now)
{
    int64_t last = advance(r, body, now), part, at;
    uint64_t used = r->sum, gone = 0;

    if (cost > max)
        return -1;
    if (used + cost <= max)
        return 0;
    if (r->kind == RATE_RING) {
        at =
            ring_at(r, body, (uint32_t)(used + cost - max - 1)) + (int64_t)r->window_s * SECOND + 1;
        return at > now ? at - now : 0;
    }
    for (part = last - RATE_PARTS; part < last; part++) {
        gone += get(r, body, part);
        if (used - gone + cost <= max)
            break;
    }
    at = (part + RATE_PARTS + 1) * width(r);
    return at > now ? at - now : 0;
}

int64_t window_reset_in(struct rate_record *r, union rate_body *body, int64_t now)
{
    int64_t part = advance(r, body, now), first = part - RATE_PARTS, at;

    if (r->sum == 0)
        return 0;
    if (r->kind == RATE_RING) {
        at = ring_at(r, body, r->sum - 1) + (int64_t)r->window_s * SECOND + 1;
    } else {
        if (r->current == 0)
            for (part--; part > first && get(r, body, part) == 0; part--)
                ;
        at = (part + RATE_PARTS + 1) * width(r);
    }
    return at > now ? at - now : 0;
}

bool window_is_empty(const struct rate_record *r, const union rate_body *body, int64_t now)
{
    if (r->kind == RATE_RING)
        return r->sum == 0 || ring_at(r, body, r->sum - 1) + (int64_t)r->window_s * SECOND < now;
    return is_past(r, now);
}

void window_export(struct rate_record *r, union rate_body *body, int64_t now,
                   struct window_content *content)
{
    int64_t last = advance(r, body, now), part, end;
    uint32_t i, count;

    content->n = 0;
    content->exact = r->kind == RATE_RING;
    content->total = r->sum;
    for (i = 0; content->exact && i < r->sum; i++) {
        content->moment[content->n] = ring_at(r, body, i);
        content->count[content->n++] = 1;
    }
    if (content->exact)
        return;
    for (part = last - RATE_PARTS; part <= last; part++) {
        count = part == last ? r->current : get(r, body, part);
        if (count == 0)
            continue;
        end = (part + 1) * width(r) - 1;
        content->moment[content->n] = end < now ? end : now;
        content->count[content->n++] = count;
    }
}

void window_import(struct rate_record *r, union rate_body *body,
                   const struct window_content *content, int64_t now)
{
    int64_t last, part;
    int i;

    r->moment = now;
    if (r->kind == RATE_RING) {
        for (i = 0; i < content->n; i++)
            window_add(r, body, content->count[i], content->moment[i]);
        return;
    }
    last = now / width(r);
    for (i = 0; i < content->n; i++) {
        part = content->moment[i] < 0 ? 0 : content->moment[i] / width(r);
        if (part < last - RATE_PARTS) /* older than the new window */
            continue;
        if (part >= last)
            r->current += content->count[i];
        else
            set(r, body, part, get(r, body, part) + content->count[i]);
        r->sum += content->count[i];
    }
}

bool window_is_sound(const struct rate_record *r, const union rate_body *body)
{
    uint64_t total = r->current;
    uint32_t i;

    if (r->size == RATE_TOKENS || r->window_s < 1 || r->window_s > RATE_WINDOW_MAX_S ||
        r->moment < 0 || r->moment > LAST_MOMENT)
        return false;
    if (r->kind == RATE_RING) {
        if (r->current >= ring_room(r) || r->sum > ring_room(r))
            return false;
        for (i = 0; i < r->sum; i++)
            if (ring_at(r, body, i) < 0 || ring_at(r, body, i) > LAST_MOMENT)
                return false;
        return true;
    }
    for (i = 0; i < RATE_PARTS; i++)
        total += get(r, body, i);
    return r->kind == RATE_COUNTERS && total == r->sum && total <= counter_max(r);
}

void window_shift(struct rate_record *r, union rate_body *body, int64_t by, int64_t now)
{
    struct rate_rule rule = {.max = r->max, .window_s = r->window_s};
    struct window_content content;
    uint32_t i;
    int j;

    if (r->kind == RATE_RING) {
        for (i = 0; i < r->sum; i++) {
            int64_t *moment = &body->ring[ring_slot(r, i)];

            *moment = *moment + by < now ? *moment + by : now;
            *moment = *moment > 0 ? *moment : 0;
        }
        r->moment = now;
        return;
    }
    window_export(r, body, (r->moment / width(r) + 1) * width(r) - 1, &content);
    for (j = 0; j < content.n; j++)
        content.moment[j] += by;
    window_init(r, body, &rule, false);
    window_import(r, body, &content, now);
}
