/* months.h - when the months of a business begin, in its time zone. Pure; any thread. */
#ifndef PURSER_MONTHS_H
#define PURSER_MONTHS_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "zone.h"

#define MONTH_TEXT_SIZE 8 /* "2025-07" and a NUL */
#define MONTHS_MAX 1200

/** Parse "YYYY-MM", years 1000 to 9999. @param[out] month  counted from 0000-01, 0 on an error
    @retval 0 @retval -1 err */
int month_parse(const char *text, size_t len, int32_t *month, struct error *err);

void month_format(int32_t month, char text[MONTH_TEXT_SIZE]);

/** First moment of a month: the first at which the clock shows its first midnight or a later time.
    So a midnight, or a whole first day, that the clocks leave out begins the month where they go
   on. */
int64_t month_begin(const struct zone *zone, int32_t month);

/**
  Append a JSON list [["2025-07","2025-06-30 22:00:00.000000"],…], moments in UTC.
  @param count  1 to MONTHS_MAX; all of them within the years 1000 to 9999
  @retval 0 @retval -1 err; also where a zone's months do not follow each other in time
*/
int months_json(const struct zone *zone, int32_t first, int32_t count, struct buf *out,
                struct error *err);

#endif
