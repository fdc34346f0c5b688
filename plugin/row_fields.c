/* row_fields.c - see row_fields.h. */
#include "row_fields.h"

#include <stdio.h>
#include <stdlib.h>

#include "../udf/money.h"
#include "../udf/record.h"
#include "../udf/timestamp.h"

void row_text(const struct row *row, unsigned i, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%s", row->field[i] ? row->field[i] : "");

    if (len < size)
        return;
    /* Cut between two characters of UTF-8: half a one is refused wherever it is stored. */
    for (len = size - 1; len > 0 && ((unsigned char)row->field[i][len] & 0xc0) == 0x80;)
        len--;
    out[len] = '\0';
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
