/*
  shared.h - the calls of limiter.h by way of the store that several servers share (remote.h), and
  what the application gets when that gives no answer.

  What the store admits is counted in this server's memory as well: so the server knows its own
  share should it have to go on alone, and purser.rate_limits shows the keys that are asked for
  here.

  THREADS: any.
*/
#ifndef PURSER_RATE_SHARED_H
#define PURSER_RATE_SHARED_H

#include "remote.h"

/* -1: the statement was killed; nothing is to be answered. */
#define RATE_SHARED_KILLED (-1)

/** rate_limiter_take_all. @return 1 admitted, 0 refused, or RATE_SHARED_KILLED */
int rate_shared_take(struct rate_limiter *limiter, struct rate_request *requests, int n,
                     rate_killed *killed);

/** rate_limiter_take_tokens; the same results. */
int rate_shared_take_tokens(struct rate_limiter *limiter, const struct rate_subject *subject,
                            const struct gcra_rule *rule, uint32_t cost, rate_killed *killed);

/** rate_limiter_state; what this server knows where the store gives no answer. */
int rate_shared_state(struct rate_limiter *limiter, const struct rate_subject *subject,
                      const struct rate_rule *rule, struct rate_state *state, rate_killed *killed);

/** rate_limiter_refund, here and in the store. @return was the key known to the store (to this
    server, where that gives no answer), or RATE_SHARED_KILLED */
int rate_shared_refund(struct rate_limiter *limiter, const struct rate_subject *subject,
                       uint32_t cost, rate_killed *killed);

/** rate_limiter_reset, here and in the store. @return the same; with err: the store gave no answer,
    and may still count */
int rate_shared_reset(struct rate_limiter *limiter, const struct rate_subject *subject,
                      rate_killed *killed, struct error *err);

#endif
