/*
  ratestore.h - rate limits that several servers share, in a Redis or Valkey.

  Hands its functions to the limiter (udf/ratelimit/remote.h) while purser_rate_limit_store names a
  store, and takes them back when it names none, and when the plugin goes.

  THREADS: calls come from any session. The rest is said at each function.
*/
#ifndef PURSER_RATESTORE_H
#define PURSER_RATESTORE_H

#include <stdint.h>

#include "../settings.h"

/** The settings have changed. Quick, waits for nothing; at most one caller at a time. */
void ratestore_configure(const struct settings *settings);

/** Called by worker_start. */
void ratestore_start(void);

/** Called by worker_stop: no new call begins, those under way end at once. */
void ratestore_stop(void);

/** Have all calls and threads of it ended? Waits until a moment of clock_ms(). */
bool ratestore_join(int64_t deadline_ms);

/**
  Where the store gave no answer, and its pause is over: ask it, as a call of the application's
  would whose key nobody else has. So it is seen to be back also where nobody calls. Waits for
  purser_rate_limit_store_timeout_ms at most. Of a thread of Purser's.
*/
void ratestore_probe(void);

/** The end, whatever is still under way. */
void ratestore_end(void);

#endif
