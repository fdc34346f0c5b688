/*
  remote.h - the place where the plugin hands in a store that several servers share.

  The functions for SQL work without the plugin, and go on when it is taken away: so the store is a
  table of functions that is there or not, and a call that has begun is counted until it has ended.

  THREADS: any.
*/
#ifndef PURSER_RATE_REMOTE_H
#define PURSER_RATE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "limiter.h"

/* What came of asking the store. All but the first: it gave no answer, and this is what the
   application gets instead. */
enum rate_remote_result {
    RATE_REMOTE_ANSWERED,
    RATE_REMOTE_LOCAL, /* count in this server's memory */
    RATE_REMOTE_ALLOW,
    RATE_REMOTE_DENY,
    RATE_REMOTE_KILLED /* the statement was, or is about to be */
};

/** Was the statement of this thread killed? */
typedef bool rate_killed(void);

/* Each waits no longer than a bound of its own, and asks `killed` (may be NULL) meanwhile. Nothing
   is locked while it waits. Arguments and results are those of limiter.h; `err` says why there is
   no answer. */
struct rate_remote {
    enum rate_remote_result (*take)(struct rate_request *requests, int n, bool *all,
                                    rate_killed *killed, struct error *err);
    enum rate_remote_result (*take_tokens)(const struct rate_subject *subject,
                                           const struct gcra_rule *rule, uint32_t cost,
                                           bool *allowed, rate_killed *killed, struct error *err);
    enum rate_remote_result (*state)(const struct rate_subject *subject,
                                     const struct rate_rule *rule, struct rate_state *state,
                                     rate_killed *killed, struct error *err);
    enum rate_remote_result (*refund)(const struct rate_subject *subject, uint32_t cost,
                                      bool *known, rate_killed *killed, struct error *err);
    enum rate_remote_result (*reset)(const struct rate_subject *subject, bool *known,
                                     rate_killed *killed, struct error *err);
};

/** Put a store in force, or take it away (NULL). @param remote borrowed: static */
void rate_remote_set(const struct rate_remote *remote);

/** Is one in force? Cheap. */
bool rate_remote_is_set(void);

/** Begin a call. @return the store, until rate_remote_leave; NULL: there is none (any more), and
    nothing to leave */
const struct rate_remote *rate_remote_enter(void);
void rate_remote_leave(void);

/** Wait until no call is under way, after the store was taken away; until a moment of
    CLOCK_MONOTONIC at most. @retval true none is */
bool rate_remote_wait(int64_t deadline_ms);

#endif
