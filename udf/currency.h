/* currency.h - ISO 4217 codes and their minor units. */
#ifndef PURSER_CURRENCY_H
#define PURSER_CURRENCY_H

#include <stddef.h>

#define CURRENCY_SIZE 4 /* three letters and a NUL */

/**
  Bring a currency code into ISO 4217 form: surrounding blanks off, upper case, and "MK" (as
  PayChangu writes the kwacha at times) to "MWK".

  @param      text,len  borrowed; need not be NUL-terminated
  @param[out] code      the code; "" on failure
  @retval 0 ok  @retval -1 not three ASCII letters
*/
int currency_normalize(const char *text, size_t len, char code[CURRENCY_SIZE]);

/**
  Number of decimals of a currency's minor unit (ISO 4217 list one; the active codes).
  @param code  upper-case code; NULL is legal
  @retval 0..4  decimals  @retval -1 not an active code, or one without a minor unit (XAU, XXX)
*/
int currency_exponent(const char *code);

#endif
