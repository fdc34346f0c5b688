/* sim_value.h - moments and amounts: text to integers and back, exactly. */
#ifndef SIM_VALUE_H
#define SIM_VALUE_H

#include "sim_text.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_SECOND INT64_C(1000000)
#define SIM_DAY (INT64_C(86400) * SIM_SECOND)
#define SIM_NO_TIME INT64_MIN

/**
  ISO 8601 / RFC 3339 moment: date, 'T', time with up to 9 fraction digits (cut to 6), and Z or
  +-hh:mm. A date alone is its midnight UTC.
  @param moment  UTC microseconds since 1970 @return 0, or -1 if it is no such text
*/
int sim_time_parse(const char *text, int64_t *moment);

/** UTC now, in microseconds since 1970. */
int64_t sim_time_now(void);

/** Append the moment with `fraction` digits (3 or 6) and Z, without quotes. */
void sim_time_format(struct sim_text *t, int64_t moment, int fraction);
/** Append the moment as an HTTP date. */
void sim_time_http(struct sim_text *t, int64_t moment);

/** Decimals of a currency in ISO 4217; 2 where it is unknown. */
int sim_money_exponent(const char *currency);
/**
  Exact decimal text ("-12.30") to minor units; no exponent form, no superfluous non-zero decimals.
  @return 0, or -1 if it is no such text or does not fit
*/
int sim_money_parse(const char *text, int exponent, int64_t *minor);
/** Append minor units as decimal text with all decimals of the currency. */
void sim_money_format(struct sim_text *t, int64_t minor, int exponent);
/** Whether the decimal text has no decimals but zeros. */
bool sim_money_whole(const char *text);

#endif
