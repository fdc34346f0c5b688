/* retry.h - when to try again: back-off, circuit breaker, pacing. Pure: the caller has the clock.
 */
#ifndef PURSER_RETRY_H
#define PURSER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* What became of one try. */
enum retry_outcome {
    RETRY_OK,    /* an answer that can be used, 404 included */
    RETRY_AGAIN, /* 408, 429, 5xx, time-out, connection failed or cut, body not as announced */
    RETRY_NEVER  /* 3xx, 400, 401, 403 and the like: the same question gets the same answer */
};

/** Judge an HTTP status: 2xx and 404 are RETRY_OK, 0 stands for "no answer" and is RETRY_AGAIN,
   what is named nowhere above is RETRY_NEVER. */
enum retry_outcome retry_judge_status(int http_status);

struct retry_policy {
    int max_attempts; /* tries in all, 1 or more */
    int64_t base_ms;  /* first delay */
    int64_t cap_ms;   /* no delay is longer, a Retry-After included */
};

/**
  Milliseconds to wait before the next try: base * 2^(attempt-1), capped, of which the upper half is
  jitter ("equal jitter"); at least the Retry-After where the server gave one, itself capped.
  @param attempt          tries so far, from 1
  @param retry_after_ms   0 where there was none
  @param random           any 64 random bits
*/
int64_t retry_delay_ms(const struct retry_policy *policy, int attempt, int64_t retry_after_ms,
                       uint64_t random);

/* Circuit breaker: closed -> open after `threshold` failures in a row -> after open_ms one try
   (half open) -> closed, or open again for twice as long, up to max_open_ms. The caller locks. */
struct breaker {
    int threshold;
    int64_t open_ms, max_open_ms; /* configuration */
    int failures;                 /* in a row */
    int64_t open_until_ms;        /* 0 while closed */
    int64_t current_open_ms;      /* how long it was opened last */
    bool trying;                  /* half open: one try is under way */
};

void breaker_init(struct breaker *b, int threshold, int64_t open_ms, int64_t max_open_ms);
/** May a request go out now? In the half-open state only the first caller may. */
bool breaker_allows(struct breaker *b, int64_t now_ms);
void breaker_success(struct breaker *b);
/** A failure that comes in while it is open and no try is under way changes nothing. */
void breaker_failure(struct breaker *b, int64_t now_ms);
/** Would a request be refused now? True also while the one try of the half-open state runs. */
bool breaker_is_open(const struct breaker *b, int64_t now_ms);

/* Pacing: at most `rate` requests a second, evenly spaced, in integer nanoseconds. */
struct pacer {
    int64_t interval_ns; /* 0: no cap */
    int64_t next_ns;     /* earliest moment of the next request */
};

/** @param rate_milli requests per 1000 seconds ("2.5 a second" is 2500); 0: no cap */
void pacer_init(struct pacer *p, int64_t rate_milli);
/** Take the next slot if it has come: 0 if the request may go out now, else nanoseconds to wait. */
int64_t pacer_take(struct pacer *p, int64_t now_ns);

#endif
