#include "zone.h"

#include <stdlib.h>
#include <string.h>

#include "timestamp.h"
#include "zone_internal.h"

#define FIXED_MAX (18 * 3600)
#define DAY_MICROS (DAY_SECONDS * MICROS)

struct zone *zone_fixed(int32_t seconds, struct error *err)
{
    struct zone *zone;

    if (seconds < -FIXED_MAX || seconds > FIXED_MAX) {
        error_set(err, ERROR_INPUT, "an offset from UTC is at most 18 hours");
        return NULL;
    }
    zone = calloc(1, sizeof(*zone));
    if (zone)
        zone->before = seconds;
    else
        error_set(err, ERROR_MEMORY, "out of memory for a time zone");
    return zone;
}

struct zone *zone_from_offset_text(const char *text, struct error *err)
{
    int32_t hours = 0, minutes;
    const char *p;

    if (!text)
        return NULL;
    if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0)
        return zone_fixed(0, err);
    if (*text != '+' && *text != '-')
        return NULL;
    for (p = text + 1; *p >= '0' && *p <= '9' && p - text <= 2; p++)
        hours = hours * 10 + (*p - '0');
    if (p == text + 1 || p[0] != ':' || p[1] < '0' || p[1] > '5' || p[2] < '0' || p[2] > '9' ||
        p[3])
        return NULL;
    minutes = hours * 60 + (p[1] - '0') * 10 + (p[2] - '0');
    return zone_fixed(*text == '-' ? -minutes * 60 : minutes * 60, err);
}

struct zone *zone_from_posix(const char *text, struct error *err)
{
    struct posix_rule rule;
    struct zone *zone;

    if (posix_rule_parse(text, strlen(text), &rule) != 0) {
        error_set(err, ERROR_INPUT, "not a rule of the form CAT-2");
        return NULL;
    }
    zone = calloc(1, sizeof(*zone));
    if (!zone) {
        error_set(err, ERROR_MEMORY, "out of memory for a time zone");
        return NULL;
    }
    zone->before = rule.standard;
    zone->has_rule = true;
    zone->rule = rule;
    return zone;
}

void zone_destroy(struct zone *zone)
{
    if (!zone)
        return;
    free(zone->at);
    free(zone->offset);
    free(zone);
}

static int64_t floor_div(int64_t value, int64_t divisor)
{
    return value / divisor - (value % divisor < 0);
}

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return b < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t multiply_saturated(int64_t a, int64_t b)
{
    int64_t product;

    if (!__builtin_mul_overflow(a, b, &product))
        return product;
    return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

/* The stretch in which a second lies. */
static struct zone_span span_at(const struct zone *zone, int64_t second)
{
    size_t low = 0, high = zone->count;
    struct zone_span span;

    if (zone->has_rule && (zone->count == 0 || second >= zone->at[zone->count - 1]))
        return posix_rule_span(&zone->rule, second);
    while (low < high) { /* to the first transition after the second */
        size_t middle = low + (high - low) / 2;

        if (zone->at[middle] <= second)
            low = middle + 1;
        else
            high = middle;
    }
    span.offset = low == 0 ? zone->before : zone->offset[low - 1];
    span.end = low == zone->count ? INT64_MAX : zone->at[low];
    return span;
}

int32_t zone_offset_at(const struct zone *zone, int64_t moment)
{
    return span_at(zone, floor_div(moment, MICROS)).offset;
}

int64_t zone_to_utc(const struct zone *zone, int64_t wall)
{
    /* The first moment at which the clock shows this time or a later one. No offset is greater than
       the limit, so it does not lie before the search begins; the ends of the stretches go up. */
    int64_t second = floor_div(wall, MICROS);
    struct zone_span span = span_at(zone, second - ZONE_OFFSET_MAX - 1);

    while (second - span.offset >= span.end) {
        int64_t change = span.end;

        span = span_at(zone, change);
        if (second - span.offset < change)
            return multiply_saturated(change, MICROS); /* the clock jumps over it */
    }
    return add_saturated(wall, -(span.offset * MICROS));
}

int64_t zone_to_wall(const struct zone *zone, int64_t moment)
{
    return add_saturated(moment, zone_offset_at(zone, moment) * MICROS);
}

static int64_t day_begin(const struct zone *zone, int64_t day)
{
    return zone_to_utc(zone, multiply_saturated(day, DAY_MICROS));
}

void zone_day_bounds(const struct zone *zone, int32_t day, int64_t *begin, int64_t *end)
{
    *begin = day_begin(zone, day);
    *end = day_begin(zone, (int64_t)day + 1);
}

int32_t zone_day_of(const struct zone *zone, int64_t moment)
{
    int64_t day = floor_div(zone_to_wall(zone, moment), DAY_MICROS);
    int tries;

    /* Where the clock is put back over midnight it shows the evening of the old day again, though
       the new day has begun. Offsets differ by two days at most. */
    for (tries = 0; tries < 3 && day_begin(zone, day + 1) <= moment; tries++)
        day++;
    return (int32_t)day;
}
