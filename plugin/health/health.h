/*
  health.h - the threads that mind the health: one coordinator, who says what is looked at when, the
  checkers and the recorder (docs/internals/health.md).

  The coordinator runs no SQL and asks nobody over the network, so that it never hangs: what it
  knows is in the snapshot (snapshot.h).
*/
#ifndef PURSER_HEALTH_HEALTH_H
#define PURSER_HEALTH_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/error.h"

/* What SHOW STATUS says. */
struct health_brief {
    const char *level;
    long long snapshot_age_ms;    /* -1: there is none */
    long long report_age_seconds; /* -1: there is none */
};

/** Any thread; never waits. */
void health_brief(struct health_brief *brief);

/** A setting has changed, or a call waits: they see to it at once. Any thread; never waits. */
void health_wake(void);

/** Start the threads; called by worker.c. @retval 0 or -1 with err */
int health_start(struct error *err);

/** Wake all of them, after stop_request(). */
void health_stop(void);

/** Join them, waiting until a moment of clock_ms(). @retval true all have ended */
bool health_join(int64_t deadline_ms);

/** Give up on those that did not end. */
void health_abandon(void);

#endif
