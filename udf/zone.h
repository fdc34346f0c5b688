/*
  zone.h - time zones without the C library's global state (which belongs to the server).

  A zone is a fixed offset, or what a TZif file (RFC 9636, as in /usr/share/zoneinfo) says, with its
  POSIX TZ footer for the time after the last transition. Reading the file is plugin/zone_file.c's.
*/
#ifndef PURSER_ZONE_H
#define PURSER_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct zone; /* immutable once made: any thread may use it */

/** A zone by a rule of the POSIX variable TZ ("CAT-2", "CET-1CEST,M3.5.0,M10.5.0/3").
    @return new; NULL where it is none */
struct zone *zone_from_posix(const char *text, struct error *err);

/**
  A zone with one offset. @param seconds east of UTC, within +-18 h
  @return new; NULL where the offset is out of range or memory ran out
*/
struct zone *zone_fixed(int32_t seconds, struct error *err);

/** Parse "+02:00", "-3:30", "UTC" or "Z"; any other text gives NULL without an error. @return new
 */
struct zone *zone_from_offset_text(const char *text, struct error *err);

/**
  Parse a TZif file, version 1 to 4. @param bytes borrowed @param len at most 1 MiB
  @return new; NULL with err where it is not a well-formed TZif file. Never reads past len.
*/
struct zone *zone_from_tzif(const unsigned char *bytes, size_t len, struct error *err);

void zone_destroy(struct zone *zone); /* NULL is legal */

/** Seconds east of UTC in force at a moment (UTC microseconds). */
int32_t zone_offset_at(const struct zone *zone, int64_t moment);

/**
  Moment of a wall-clock time given as microseconds "as if UTC". In a gap (clocks put forward) the
  moment of the change; in an overlap (clocks put back) the earlier of the two. In one sentence: the
  first moment at which the clock shows this time or a later one.
*/
int64_t zone_to_utc(const struct zone *zone, int64_t wall);

/** Wall-clock time of a moment (the nearest that an int64_t can hold), as microseconds "as if UTC".
 */
int64_t zone_to_wall(const struct zone *zone, int64_t moment);

/** First moment of a day and of the next: the half-open business day [*begin, *end). Empty for a
   day that a zone left out (Pacific/Apia, 2011-12-30). */
void zone_day_bounds(const struct zone *zone, int32_t day, int64_t *begin, int64_t *end);

/** The business day on which a moment falls: zone_day_bounds(day) hold it. That is the wall clock's
    day, but for the minutes that a clock put back over midnight shows a second time. */
int32_t zone_day_of(const struct zone *zone, int64_t moment);

#endif
