/*
  limiter.h - the rate limiter: keys, rules and moments to yes or no.

  THREADS: every function may be called from any thread at any time, except create and destroy. A
  call locks the shards of its keys (several in the order of their numbers), never for longer than
  some memory accesses (to be saved: than a copy of the shard), and allocates nothing.

  TIME: `now` is nanoseconds of one clock that does not go back (rate_clock of the caller), at least
  RATE_CLOCK_BASE, so that what was counted before the clock began has a place below it.
*/
#ifndef PURSER_RATE_LIMITER_H
#define PURSER_RATE_LIMITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../error.h"
#include "gcra.h"
#include "store.h"
#include "window.h"

#define RATE_CLOCK_BASE 40000000000000000ll /* nanoseconds: more than the longest window */
#define RATE_MEMORY_MIN (1u << 20)
#define RATE_MULTI_MAX 16

struct rate_limiter;

/** What is limited. The texts are borrowed and may be any bytes, also none. */
struct rate_subject {
    const char *identifier;
    size_t identifier_len;
    const char *endpoint;
    size_t endpoint_len;
};

/** One limit of several that must all allow. */
struct rate_request {
    struct rate_subject subject;
    struct rate_rule rule;
    uint32_t cost;
    bool shadow;  /* counts what it would deny, and denies nothing */
    bool allowed; /* result: would this one alone have allowed it? */
};

struct rate_state {
    bool known;
    uint32_t used, remaining;
    int64_t reset_in; /* nanoseconds until nothing is counted any more */
    int64_t retry_in; /* nanoseconds until one call would be admitted; 0: now; -1: never */
};

/** A key that is asked for often. */
struct rate_hot_key {
    char identifier[RATE_HOT_IDENTIFIER], endpoint[RATE_HOT_ENDPOINT];
    uint8_t identifier_len, endpoint_len;
    enum rate_kind kind;
    uint32_t hits, used, max, window_s;
};

/**
  @param bytes   all the memory it will ever take, at least RATE_MEMORY_MIN; the system gives it
                 page by page as it is used
  @param secret  of the hash; random
  @return NULL with err when there is no memory
*/
struct rate_limiter *rate_limiter_create(size_t bytes, const uint8_t secret[16], struct error *err);
void rate_limiter_destroy(struct rate_limiter *limiter);

/** The key of a subject's window; its place in memory is fetched meanwhile, so that it pays to ask
    for it first and for the time then. */
uint64_t rate_limiter_key(const struct rate_limiter *limiter, const struct rate_subject *subject);

/** Sliding window. @param key of the subject @return true: admitted, and counted; false: refused,
   and nothing was counted. A cost of 0 counts nothing and tells whether a cost of 1 would be
   admitted. */
bool rate_limiter_take(struct rate_limiter *limiter, uint64_t key,
                       const struct rate_subject *subject, const struct rate_rule *rule,
                       uint32_t cost, bool shadow, int64_t now);

/** All of them, or none: each is counted only where every one (but the shadows) allows.
    @param n at most RATE_MULTI_MAX @return true: admitted */
bool rate_limiter_take_all(struct rate_limiter *limiter, struct rate_request *requests, int n,
                           int64_t now);

/** Token bucket: gcra.h. */
bool rate_limiter_take_tokens(struct rate_limiter *limiter, const struct rate_subject *subject,
                              const struct gcra_rule *rule, uint32_t cost, int64_t now);

/** The answer was given elsewhere (shared.h) and is counted here as if it had been ours. What is
    admitted is counted where it has room under the rule; what has none is at its limit here anyway.
    @param request  allowed says what this limit's answer was @param all  what all of them came to
 */
void rate_limiter_follow(struct rate_limiter *limiter, const struct rate_request *request, bool all,
                         int64_t now);
void rate_limiter_follow_tokens(struct rate_limiter *limiter, const struct rate_subject *subject,
                                const struct gcra_rule *rule, uint32_t cost, bool allowed,
                                int64_t now);

/** How a window stands; counts nothing. */
void rate_limiter_state(struct rate_limiter *limiter, const struct rate_subject *subject,
                        const struct rate_rule *rule, int64_t now, struct rate_state *state);

/** Give back what was counted last (of a window, and of a token bucket of the same name: all
    calls up to cost). @return was the key known? */
bool rate_limiter_refund(struct rate_limiter *limiter, const struct rate_subject *subject,
                         uint32_t cost, int64_t now);
bool rate_limiter_reset(struct rate_limiter *limiter, const struct rate_subject *subject,
                        int64_t now);

/** Totals over all shards. */
void rate_limiter_totals(struct rate_limiter *limiter, struct rate_counters *counters,
                         uint64_t *keys, uint64_t *bytes);

/** The keys asked for most, the first first. @return how many, at most max */
int rate_limiter_hottest(struct rate_limiter *limiter, struct rate_hot_key *keys, int max,
                         int64_t now);

/** Another secret: all that was counted is forgotten. */
void rate_limiter_rekey(struct rate_limiter *limiter, const uint8_t secret[16]);

/** For dump.h and share.h. */
unsigned rate_limiter_shards(const struct rate_limiter *limiter);
struct rate_shard *rate_limiter_shard(struct rate_limiter *limiter, unsigned index);
struct rate_shard *rate_limiter_shard_of(struct rate_limiter *limiter, uint64_t key);
void rate_limiter_secret(const struct rate_limiter *limiter, uint8_t secret[16]);

#endif
