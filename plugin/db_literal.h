/* db_literal.h - values as SQL literals that need no quoting by the connection. Pure. */
#ifndef PURSER_DB_LITERAL_H
#define PURSER_DB_LITERAL_H

#include <stdint.h>

#include "../udf/buf.h"

void literal_money(struct buf *out, int64_t amount);  /* MONEY_ABSENT gives NULL */
void literal_moment(struct buf *out, int64_t moment); /* as DATETIME(6); 0 gives NULL */
void literal_day(struct buf *out, int32_t day);

#endif
