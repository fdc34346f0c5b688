/* timestamp.h - moments and days. A moment is int64_t microseconds since 1970-01-01 00:00:00 UTC; a
   day is int32_t days since 1970-01-01 (proleptic Gregorian). Years 1000 to 9999. */
#ifndef PURSER_TIMESTAMP_H
#define PURSER_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define TIMESTAMP_SQL_SIZE 27 /* "2025-07-05 10:00:00.123456" and a NUL */
#define TIMESTAMP_ISO_SIZE 28 /* "2025-07-05T10:00:00.123456Z" and a NUL */
#define DATE_TEXT_SIZE 11     /* "2025-07-05" and a NUL */
#define MICROS 1000000LL
#define DAY_SECONDS 86400LL

/**
  Parse RFC 3339 / ISO 8601: date, 'T' or a blank, time with optional fraction (digits beyond the
  sixth are cut), then 'Z', "+hh:mm", "+hhmm", "+hh" or '-' the same (up to 23:59). Without a zone
  it is taken as UTC. Seconds may be left out. A leap second (:60, in whatever minute) becomes the
  last microsecond before it. No blanks around it; at most 64 bytes. Returns 0, or -1 with err;
  *moment is 0 then.
*/
int timestamp_parse(const char *text, size_t len, int64_t *moment, struct error *err);

/** "YYYY-MM-DD hh:mm:ss.ffffff" in UTC, as a DATETIME(6) literal. This and the other two below
   write the nearest one within the years 1000 to 9999. */
void timestamp_format_sql(int64_t moment, char text[TIMESTAMP_SQL_SIZE]);

/** "YYYY-MM-DDThh:mm:ss.ffffffZ". */
void timestamp_format_iso(int64_t moment, char text[TIMESTAMP_ISO_SIZE]);

/** Exactly "YYYY-MM-DD", a day that exists. Returns 0 or -1 with err. */
int date_parse(const char *text, size_t len, int32_t *day, struct error *err);
void date_format(int32_t day, char text[DATE_TEXT_SIZE]);

/** Civil from days and back; month 1..12, day of month 1..31. */
int32_t date_from_civil(int year, int month, int day);
void date_to_civil(int32_t day, int *year, int *month, int *mday);

#endif
