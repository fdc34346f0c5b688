/*
  beats.h - the signs of life of Purser's own threads.

  A thread says that it is alive, and when it will say so again at the latest. The check of the
  threads finds those that have not kept their word.
*/
#ifndef PURSER_HEALTH_BEATS_H
#define PURSER_HEALTH_BEATS_H

#include <stdbool.h>
#include <stdint.h>

#define BEATS_MAX 40
#define BEAT_IDLE_MS (INT64_MAX / 4) /* it waits for work, and owes no beat */

/* In the order in which they are shown; beats.c gives each its name. */
enum beat {
    BEAT_SCHEDULER,
    BEAT_SEALER,
    BEAT_RATES,
    BEAT_PEERS,
    BEAT_HEALTH,
    BEAT_CHECK_DATABASE, /* the checkers, in the order of their tags (health.c) */
    BEAT_CHECK_1,
    BEAT_CHECK_2,
    BEAT_CHECK_SLOW,
    BEAT_QUERY_1,
    BEAT_QUERY_2,
    BEAT_RECORDER,
    BEAT_OUTBOX,
    BEAT_MAIL_1, /* the senders, one after the other (alert/threads.c) */
    BEAT_MAIL_2,
    BEAT_MAIL_3,
    BEAT_HTTP,
    BEAT_API_1, /* those of the client API, one after the other (api/pool.c) */
    BEAT_API_LAST = BEAT_API_1 + 15,
    BEAT_COUNT
};

struct beat_seen {
    const char *name; /* "scheduler" */
    bool idle;
    int64_t silent_ms;  /* since the last beat */
    int64_t overdue_ms; /* since the moment for which the next one was promised; 0: not yet */
};

/**
  This thread lives. Cheap; from that thread only. Of a life that is over it does nothing.
  @param next_ms  in so many milliseconds at the latest it beats again
*/
void beat(enum beat which, int64_t next_ms);

/** It ends, and owes nothing any more. */
void beat_end(enum beat which);

/** All that have begun and not ended. @return how many */
int beats_get(struct beat_seen seen[BEATS_MAX]);

/** None has begun: a new life of the plugin. */
void beats_reset(void);

#endif
