/* row_fields.c - see row_fields.h. */
#include "row_fields.h"

#include <stdio.h>
#include <stdlib.h>

#include "../udf/money.h"
#include "../udf/record.h"
#include "../udf/timestamp.h"
#include "../udf/utf8.h"

void row_text(const struct row *row, unsigned i, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%s", row->field[i] ? row->field[i] : "");

    if (len < size)
        return;
    /* half a character is refused wherever it is stored */
    out[utf8_whole(out, size - 1)] = '\0';
}

int64_t row_money(const struct row *row, unsigned i)
{
    int64_t amount;

    if (!row->field[i] || money_parse(row->field[i], row->length[i], &amount, NULL) != 0)
        return MONEY_ABSENT;
    return amount;
}

int64_t row_time(const struct row *row, unsigned i)
{
    int64_t moment = 0;

    if (row->field[i])
        timestamp_parse(row->field[i], row->length[i], &moment, NULL);
    return moment;
}

long long row_int(const struct row *row, unsigned i)
{
    return row->field[i] ? strtoll(row->field[i], NULL, 10) : 0;
}
