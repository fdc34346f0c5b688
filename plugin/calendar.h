/* calendar.h - the months of the business, for SQL. Any thread. */
#ifndef PURSER_CALENDAR_H
#define PURSER_CALENDAR_H

#include <stdbool.h>

#include "../udf/buf.h"
#include "../udf/error.h"

#define CALENDAR_TEXT_MAX 65536 /* of MONTHS_MAX months */

/** Is it a question for the calendar: "months:…"? */
bool calendar_asked(const char *question);

/**
  "months:ZONE:YYYY-MM:COUNT": the moments (UTC) at which COUNT months from YYYY-MM on begin.
  @param question  borrowed @param out  the answer, as months_json has it, is appended
  @retval 0 @retval -1 err, which says what is wrong with the question or with the zone
*/
int calendar_answer(const char *question, struct buf *out, struct error *err);

#endif
