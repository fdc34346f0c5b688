#include "months.h"

#include <stdio.h>

#include "timestamp.h"

#define DAY_MICROS (DAY_SECONDS * MICROS)
#define MONTH_MIN (1000 * 12)
#define MONTH_MAX (9999 * 12 + 11)

static int digits(const char *text, int count)
{
    int value = 0;

    while (count-- > 0) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text++ - '0');
    }
    return value;
}

int month_parse(const char *text, size_t len, int32_t *month, struct error *err)
{
    int year = len == 7 && text[4] == '-' ? digits(text, 4) : -1;
    int number = year >= 1000 ? digits(text + 5, 2) : -1;

    *month = 0;
    if (number < 1 || number > 12)
        return error_set(err, ERROR_INPUT, "a month is YYYY-MM, as 2025-07");
    *month = year * 12 + number - 1;
    return 0;
}

void month_format(int32_t month, char text[MONTH_TEXT_SIZE])
{
    if (month < MONTH_MIN)
        month = MONTH_MIN;
    if (month > MONTH_MAX)
        month = MONTH_MAX;
    snprintf(text, MONTH_TEXT_SIZE, "%04u-%02u", (unsigned)month / 12 % 10000,
             (unsigned)month % 12 + 1);
}

int64_t month_begin(const struct zone *zone, int32_t month)
{
    int64_t day = date_from_civil(month / 12, month % 12 + 1, 1);

    return zone_to_utc(zone, day * DAY_MICROS);
}

int months_json(const struct zone *zone, int32_t first, int32_t count, struct buf *out,
                struct error *err)
{
    char name[MONTH_TEXT_SIZE], moment[TIMESTAMP_SQL_SIZE];
    int64_t begin, before = INT64_MIN;
    int32_t i;

    if (count < 1 || count > MONTHS_MAX || first < MONTH_MIN || first > MONTH_MAX - count + 1)
        return error_set(err, ERROR_INPUT, "1 to %d months of the years 1000 to 9999", MONTHS_MAX);
    buf_puts(out, "[");
    for (i = 0; i < count; i++) {
        begin = month_begin(zone, first + i);
        month_format(first + i, name);
        if (begin <= before)
            return error_set(err, ERROR_CONFIG,
                             "the time zone's month %s does not begin after the one before it",
                             name);
        timestamp_format_sql(begin, moment);
        buf_printf(out, "%s[\"%s\",\"%s\"]", i ? "," : "", name, moment);
        before = begin;
    }
    buf_puts(out, "]");
    return out->failed ? error_set(err, ERROR_MEMORY, "out of memory for %d months", (int)count)
                       : 0;
}
