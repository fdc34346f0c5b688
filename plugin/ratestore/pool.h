/*
  pool.h - the connections to the shared store of the rate limits, and whether it is asked at all.

  A few connections, each used by one call at a time, opened when they are wanted. Nothing is locked
  while a call waits for the network. A host's name is looked up by a thread of its own, started
  when a store with one is set; a call waits for it no longer than for all else.

  THREADS: any, but pool_start and pool_stop, which the server calls one at a time.
*/
#ifndef PURSER_STORE_POOL_H
#define PURSER_STORE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "../redis.h"
#include "../settings.h"
#include "breaker.h"

#define POOL_SIZE 32

/* A connection that is lent. */
struct pool_lease {
    int slot;
    struct redis *redis;
    char script[REDIS_TEXT_SIZE]; /* what Redis calls our script */
    unsigned generation, life;    /* of the store, of its breaker */
    enum breaker_turn turn;
    int64_t begun_ns;
};

/* A report for people. */
struct pool_view {
    bool is_set;
    enum breaker_state state;
    int failures;           /* in a row */
    int64_t open_for_ms;    /* since it was answered last; 0 where the breaker is closed */
    int64_t refuses_for_ms; /* some calls, while it answers others; 0: it does not */
    char where[256];
    char problem[240]; /* of the last failure or refusal, "" for none since it answered */
};

/** What the settings say, in force at once. Quick: waits for nothing. @return is there a store? */
bool pool_configure(const struct settings *settings);

/** Begin. @param script  borrowed for ever: it is loaded into each connection */
void pool_start(const char *script);

/** End: every call ends at once. Followed by pool_close where no call is under way any more. */
void pool_stop(void);
bool pool_join(int64_t deadline_ms);
void pool_close(void);

/**
  Borrow a connection. @param patience  of the whole call; its give_up is asked
  @retval 0 to be followed by one of pool_return and pool_break
  @retval -1 err: nothing is borrowed; what failed has been counted
*/
int pool_borrow(const struct redis_patience *patience, struct pool_lease *lease, struct error *err);

/** It was answered; the connection stays. @param answered  false: with an error, that err tells */
void pool_return(struct pool_lease *lease, bool answered, const struct error *err);

/** It can only be closed. err: why (ERROR_STOPPED: we gave up, which says nothing of the store). */
void pool_break(struct pool_lease *lease, const struct error *err);

void pool_view(struct pool_view *view);

#endif
