/*
  money.h - exact amounts.

  An amount is an int64_t that counts ten-thousandths of the currency's major unit: the scale of a
  DECIMAL(19,4) column, and enough for every ISO 4217 currency (none has more than four
  decimals). One scale for all currencies means that two amounts can be compared without knowing
  the exponent, and that a shop's DECIMAL with more decimals than its currency is not rounded.
  Range: +-922,337,203,685,477.5807 (INT64_MIN is no amount, so that every amount can be negated);
  a DECIMAL(19,4) reaches 8 % further. Overflow is an error, never a wrong number.
*/
#ifndef PURSER_MONEY_H
#define PURSER_MONEY_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define MONEY_SCALE 10000
#define MONEY_TEXT_SIZE 24 /* "-922337203685477.5807" and a NUL */

/**
  Parse a decimal number in major units: optional sign, digits, optional fraction ("1000", "50.75",
  "-0.5", ".5", not "5."); surrounding blanks and line breaks are skipped; no exponent form, no
  thousands separator.
  Decimals beyond the fourth must be zeros.

  @param      text,len  borrowed; need not be NUL-terminated
  @param[out] amount    0 on failure
  @retval 0 ok  @retval -1 not a number of that form, more decimals, or out of range; err says which
*/
int money_parse(const char *text, size_t len, int64_t *amount, struct error *err);

/** From minor units (cents) of a currency with 0..4 decimals. -1 on overflow or a bad exponent. */
int money_from_minor(int64_t minor, int exponent, int64_t *amount, struct error *err);

/**
  From a JSON real in major units. The real must be within 1e-6 of a whole number of minor units of
  that exponent, or be the very double that such a number is read as (beyond some 2^32 minor units
  the grain of a double is coarser than 1e-6), and at most 10^15 minor units, up to which a double
  tells all decimals apart; anything else is refused rather than rounded.
*/
int money_from_real(double value, int exponent, int64_t *amount, struct error *err);

/** Write as a plain decimal: at least two decimals, at most four ("1000.00", "0.7525", "-3.10"). */
void money_format(int64_t amount, char text[MONEY_TEXT_SIZE]);

/** a + b and a - b. -1 on overflow, *sum is 0 then. */
int money_add(int64_t a, int64_t b, int64_t *sum);
int money_sub(int64_t a, int64_t b, int64_t *difference);

/**
  amount * percent / 100, rounded half away from zero; percent in ten-thousandths of a percent, that
  is parsed by money_parse too ("2.5" % is 25000). -1 on overflow.
*/
int money_percent(int64_t amount, int64_t percent, int64_t *part);

#endif
