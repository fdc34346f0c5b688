/*
  The list of all calls that a limiter is held against: what was admitted, when, and how much it
  cost. Whoever includes it says with CALLS_MAX how many are remembered of a key; then the older
  half goes.
*/
#ifndef PURSER_UNIT_CALLS_H
#define PURSER_UNIT_CALLS_H

#include <stdint.h>
#include <string.h>

struct calls {
    int n;
    int64_t moment[CALLS_MAX];
    uint32_t cost[CALLS_MAX];
};

/* What was admitted from a moment on. */
static inline uint64_t calls_since(const struct calls *calls, int64_t from)
{
    uint64_t sum = 0;
    int i;

    for (i = calls->n - 1; i >= 0 && calls->moment[i] >= from; i--)
        sum += calls->cost[i];
    return sum;
}

static inline void calls_add(struct calls *calls, uint32_t cost, int64_t now)
{
    if (calls->n == CALLS_MAX) {
        memmove(calls->moment, calls->moment + CALLS_MAX / 2, sizeof(calls->moment) / 2);
        memmove(calls->cost, calls->cost + CALLS_MAX / 2, sizeof(calls->cost) / 2);
        calls->n = CALLS_MAX / 2;
    }
    calls->moment[calls->n] = now;
    calls->cost[calls->n++] = cost;
}

/* The latest first. */
static inline void calls_give_back(struct calls *calls, uint64_t cost)
{
    while (cost > 0 && calls->n > 0) {
        uint32_t *last = &calls->cost[calls->n - 1];
        uint32_t back = cost < *last ? (uint32_t)cost : *last;

        *last -= back;
        cost -= back;
        calls->n -= *last == 0;
    }
}

#endif
