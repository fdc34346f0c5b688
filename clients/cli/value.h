/*
  value.h - whether a value is of its kind, and as what it goes into SQL.
*/
#ifndef PURSER_CLI_VALUE_H
#define PURSER_CLI_VALUE_H

#include "buf.h"
#include "failure.h"
#include "spec.h"

#define VALUE_MAX (1u << 20) /* bytes of a value, and of a file that is one */

/** Is the text a value for the parameter? @retval 0 yes @retval -1 no: failure says what it should
 * be */
int value_check(const struct parameter *parameter, const char *text, struct failure *failure);

/** Whether a kind goes into SQL and JSON as it is, without quotes. */
bool value_is_number(enum kind kind);

/** Append the value's text as SQL and JSON have it: a moment as the server writes it, a file's
   content, a number without leading zeros. @retval 0 or -1 (the file cannot be read, no memory) */
int value_append(struct buf *b, enum kind kind, const char *text, struct failure *failure);

/** Days of a date since 1970-01-01, which value_check has taken; and back into text of 10 bytes. */
long date_to_days(const char *date);
void date_from_days(long days, char text[11]);

#endif
