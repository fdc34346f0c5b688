/* schedule.h - when the daily run is due. Pure. */
#ifndef PURSER_SCHEDULE_H
#define PURSER_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "zone.h"

/** Parse "hh:mm" or "h:mm" (0:00 to 23:59). @param[out] minutes since midnight. 0, or -1 with err.
 */
int schedule_parse_time(const char *text, size_t len, int *minutes, struct error *err);

/** Last business day that ought to have been reconciled by a moment: yesterday once the time of day
    has come, the day before yesterday until then. */
int32_t schedule_last_due_day(const struct zone *zone, int minutes, int64_t now);

/** The next moment after `now` at which the time of day comes (in a gap: the moment of the change).
 */
int64_t schedule_next(const struct zone *zone, int minutes, int64_t now);

/** Was `next` found by schedule_next under a clock that has gone back by days since? */
bool schedule_is_too_far(int64_t next, int64_t now);

/**
  First day of the days first..last_due that the schedule still owes, none older than lookback days
  before last_due.
  @param last_done  last day that was asked for; INT32_MIN where there was none: only last_due is
  owed
  @return the first day owed; last_due + 1 where nothing is
*/
int32_t schedule_first_owed(int32_t last_done, int32_t last_due, int32_t lookback_days);

#endif
