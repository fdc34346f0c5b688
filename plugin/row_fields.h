/* row_fields.h - fields of a row as C values; SQL NULL gives "", MONEY_ABSENT or 0. */
#ifndef PURSER_ROW_FIELDS_H
#define PURSER_ROW_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"

/** Copy a text; longer than size - 1 is cut (the columns are as wide as the fields they go into).
 */
void row_text(const struct row *row, unsigned i, char *out, size_t size);
int64_t row_money(const struct row *row, unsigned i);
/** DATETIME as microseconds "as if UTC". */
int64_t row_time(const struct row *row, unsigned i);
long long row_int(const struct row *row, unsigned i);

#endif
