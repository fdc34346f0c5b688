#include "calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../udf/months.h"
#include "zone_file.h"

#define PREFIX "months:"
#define ZONE_NAME_SIZE 128

bool calendar_asked(const char *question)
{
    return strncmp(question, PREFIX, strlen(PREFIX)) == 0;
}

/* From the end, because an offset has a colon in it. */
static int read_question(const char *question, char zone[ZONE_NAME_SIZE], int32_t *first,
                         int32_t *count, struct error *err)
{
    const char *text = question + strlen(PREFIX), *last = strrchr(text, ':'), *month = last;
    char *end = NULL;

    while (month && month > text && month[-1] != ':')
        month--;
    if (!last || month == text || last[1] < '0' || last[1] > '9')
        return error_set(err, ERROR_INPUT, "months:ZONE:YYYY-MM:COUNT was expected");
    *count = (int32_t)strtol(last + 1, &end, 10);
    if (*end || end - last > 5)
        return error_set(err, ERROR_INPUT, "months: the count is not a number of months");
    if (month_parse(month, (size_t)(last - month), first, err) != 0)
        return error_prefix(err, "months: ");
    if (month - 1 - text >= ZONE_NAME_SIZE)
        return error_set(err, ERROR_INPUT, "months: the name of the time zone is too long");
    snprintf(zone, ZONE_NAME_SIZE, "%.*s", (int)(month - 1 - text), text);
    return 0;
}

int calendar_answer(const char *question, struct buf *out, struct error *err)
{
    char name[ZONE_NAME_SIZE];
    int32_t first = 0, count = 0;
    struct zone *zone;
    int rc;

    if (read_question(question, name, &first, &count, err) != 0)
        return -1;
    zone = zone_load(name, err);
    if (!zone)
        return -1;
    rc = months_json(zone, first, count, out, err);
    zone_destroy(zone);
    return rc;
}
