/*
  beats.c - see beats.h.

  LOCKING: two atomics for each thread, written by it alone. The moment that is promised is written
  first, so that who reads the beat between the two sees a thread that is early, never a late one.
*/
#include "beats.h"

#include <stdatomic.h>

#include "../stop.h"

static const char *const names[BEAT_COUNT] = {
    [BEAT_SCHEDULER] = "scheduler",
    [BEAT_SEALER] = "sealer",
    [BEAT_RATES] = "rate limits",
    [BEAT_PEERS] = "rate peers",
    [BEAT_HEALTH] = "health",
    [BEAT_CHECK_DATABASE] = "check database",
    [BEAT_CHECK_1] = "check 1",
    [BEAT_CHECK_2] = "check 2",
    [BEAT_CHECK_SLOW] = "check tables",
    [BEAT_QUERY_1] = "query 1",
    [BEAT_QUERY_2] = "query 2",
    [BEAT_RECORDER] = "record",
    [BEAT_OUTBOX] = "outbox",
    [BEAT_MAIL_1] = "mail 1",
    [BEAT_MAIL_2] = "mail 2",
    [BEAT_MAIL_3] = "mail 3",
    [BEAT_HTTP] = "http",
    [BEAT_API_1] = "api 1",
    [BEAT_API_1 + 1] = "api 2",
    [BEAT_API_1 + 2] = "api 3",
    [BEAT_API_1 + 3] = "api 4",
    [BEAT_API_1 + 4] = "api 5",
    [BEAT_API_1 + 5] = "api 6",
    [BEAT_API_1 + 6] = "api 7",
    [BEAT_API_1 + 7] = "api 8",
    [BEAT_API_1 + 8] = "api 9",
    [BEAT_API_1 + 9] = "api 10",
    [BEAT_API_1 + 10] = "api 11",
    [BEAT_API_1 + 11] = "api 12",
    [BEAT_API_1 + 12] = "api 13",
    [BEAT_API_1 + 13] = "api 14",
    [BEAT_API_1 + 14] = "api 15",
    [BEAT_API_1 + 15] = "api 16",
};

static struct {
    atomic_llong next_ms; /* clock_ms() at which it is overdue */
    atomic_llong last_ms; /* of the last beat; 0: it has not begun, or has ended */
} beats[BEAT_COUNT];

void beat(enum beat which, int64_t next_ms)
{
    int64_t now = clock_ms();

    if (stop_requested()) /* a thread left behind must not speak for its successor */
        return;
    atomic_store(&beats[which].next_ms, now + next_ms);
    atomic_store(&beats[which].last_ms, now);
}

void beat_end(enum beat which)
{
    if (!stop_requested())
        atomic_store(&beats[which].last_ms, 0);
}

int beats_get(struct beat_seen seen[BEATS_MAX])
{
    int64_t now = clock_ms(), last, next;
    int i, n = 0;

    _Static_assert(BEAT_COUNT <= BEATS_MAX, "room for all");
    for (i = 0; i < BEAT_COUNT; i++) {
        last = atomic_load(&beats[i].last_ms);
        next = atomic_load(&beats[i].next_ms);
        if (last == 0)
            continue;
        seen[n].name = names[i];
        seen[n].idle = next - last >= BEAT_IDLE_MS;
        seen[n].silent_ms = now > last ? now - last : 0;
        seen[n++].overdue_ms = now > next ? now - next : 0;
    }
    return n;
}

void beats_reset(void)
{
    int i;

    for (i = 0; i < BEAT_COUNT; i++)
        atomic_store(&beats[i].last_ms, 0);
}
