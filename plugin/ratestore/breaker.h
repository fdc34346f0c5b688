/*
  breaker.h - whether a service that does not answer is asked: a circuit breaker. Pure.

  Closed: all ask. After BREAKER_FAILURES failures in a row it opens, and nobody asks for a while: 1
  s, twice as long each time that it did not help, 8 s at most. Then one asks, the probe: its answer
  closes the breaker, its failure opens it again.

  THREADS: the caller holds a lock around each call.
*/
#ifndef PURSER_BREAKER_H
#define PURSER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 5
#define BREAKER_PAUSE_MS 1000
#define BREAKER_PAUSE_MAX_MS 8000
#define BREAKER_SPELL_MS 60000 /* refusals further apart have nothing to do with each other */

enum breaker_state { BREAKER_CLOSED, BREAKER_HALF_OPEN, BREAKER_OPEN };

struct breaker { /* zeroed: closed */
    enum breaker_state state;
    int failures;      /* in a row */
    int64_t pause_ms;  /* of the last opening */
    int64_t until_ms;  /* open: nobody asks before */
    int64_t opened_ms; /* when it was closed last */

    /* a spell of refusals while it is closed */
    int refusals;
    int64_t refused_first_ms, refused_last_ms;
};

/* What one who may ask holds. */
enum breaker_turn { BREAKER_NO, BREAKER_GO, BREAKER_PROBE };

/** May the caller ask? After BREAKER_GO and BREAKER_PROBE one of the two below is to be called. */
enum breaker_turn breaker_ask(struct breaker *breaker, int64_t now_ms);

/** What came of it. @return has the breaker opened or closed by it (not: opened again)? */
bool breaker_tell(struct breaker *breaker, enum breaker_turn turn, bool answered, int64_t now_ms);

/**
  A call was answered with an error, and breaker_tell has been told. Where others are answered in
  between, it is nothing that pauses would help, and nobody would hear of it: a replica that still
  reads, a cluster in which some keys may be named together, a memory that is full.
  @return is it to be told now? Once in a spell.
*/
bool breaker_refused(struct breaker *breaker, int64_t now_ms);

/** For how long it has been refusing calls, milliseconds above 0; 0: it does not, or is open */
int64_t breaker_refuses_for(const struct breaker *breaker, int64_t now_ms);

/** Nothing can be said: the caller gave up for reasons of its own. */
void breaker_leave(struct breaker *breaker, enum breaker_turn turn);

#endif
