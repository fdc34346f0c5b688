/* db_literal.c - see db_literal.h. */
#include "db_literal.h"

#include "../udf/money.h"
#include "../udf/record.h"
#include "../udf/timestamp.h"

void literal_money(struct buf *out, int64_t amount)
{
    char text[MONEY_TEXT_SIZE];

    if (amount == MONEY_ABSENT) {
        buf_puts(out, "NULL");
        return;
    }
    money_format(amount, text);
    buf_puts(out, text);
}

void literal_moment(struct buf *out, int64_t moment)
{
    char text[TIMESTAMP_SQL_SIZE];

    if (moment == 0) {
        buf_puts(out, "NULL");
        return;
    }
    timestamp_format_sql(moment, text);
    buf_printf(out, "'%s'", text);
}

void literal_day(struct buf *out, int32_t day)
{
    char text[DATE_TEXT_SIZE];

    date_format(day, text);
    buf_printf(out, "'%s'", text);
}
