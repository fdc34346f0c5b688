/*
  stop.h - the one place that sleeps, and the flag that ends every wait.

  deinit calls stop_request() once; every thread of Purser then leaves at its next check. Waits are
  on a monotonic clock.
*/
#ifndef PURSER_STOP_H
#define PURSER_STOP_H

#include <stdbool.h>
#include <stdint.h>

/** Called by init: a new life begins. Threads left behind by an earlier one stay stopped. */
void stop_reset(void);

/** The life that is now under way, and: this thread belongs to that life (thread.c calls it). */
unsigned stop_life(void);
void stop_bind(unsigned life);

/** Called by deinit: wake all sleepers. Any thread. */
void stop_request(void);

/** Is the life that this thread belongs to over? In a thread that belongs to none (a session's):
    is the plugin stopped? Cheap. */
bool stop_requested(void);

/** Sleep, unless and until stopped. @retval true stopped: leave. @retval false the time has passed.
 */
bool stop_sleep_ms(int64_t ms);

/** CLOCK_MONOTONIC in milliseconds and nanoseconds, CLOCK_REALTIME in microseconds since 1970. */
int64_t clock_ms(void);
int64_t clock_ns(void);
int64_t clock_utc_us(void);

#endif
