#include "zone_internal.h"

#include <string.h>

#include "timestamp.h"

#define NAME_MIN 3
#define RULE_HOURS_MAX 167
#define OFFSET_HOURS_MAX 24

struct cursor {
    const char *p, *end;
};

static bool skip(struct cursor *c, char wanted)
{
    if (c->p == c->end || *c->p != wanted)
        return false;
    c->p++;
    return true;
}

static bool is_alpha(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* At most three digits, so that nothing can overflow. */
static bool read_number(struct cursor *c, int min, int max, int *value)
{
    int digits = 0;

    *value = 0;
    for (; c->p < c->end && is_digit(*c->p) && digits < 3; c->p++, digits++)
        *value = *value * 10 + (*c->p - '0');
    return digits > 0 && *value >= min && *value <= max;
}

/* Letters, or <letters, digits and signs>. The name itself is of no use here. */
static bool skip_name(struct cursor *c)
{
    const char *begin;

    if (skip(c, '<')) {
        begin = c->p;
        while (c->p < c->end &&
               (is_alpha(*c->p) || is_digit(*c->p) || *c->p == '+' || *c->p == '-'))
            c->p++;
        return c->p - begin >= NAME_MIN && skip(c, '>');
    }
    begin = c->p;
    while (c->p < c->end && is_alpha(*c->p))
        c->p++;
    return c->p - begin >= NAME_MIN;
}

/* "[+-]h[:mm[:ss]]" in seconds */
static bool read_time(struct cursor *c, int hours_max, int32_t *seconds)
{
    int sign = 1, hours, minutes = 0, rest = 0;

    if (skip(c, '-'))
        sign = -1;
    else
        skip(c, '+');
    if (!read_number(c, 0, hours_max, &hours))
        return false;
    if (skip(c, ':')) {
        if (!read_number(c, 0, 59, &minutes))
            return false;
        if (skip(c, ':') && !read_number(c, 0, 59, &rest))
            return false;
    }
    *seconds = sign * (hours * 3600 + minutes * 60 + rest);
    return true;
}

/* ",date[/time]" */
static bool read_change(struct cursor *c, struct posix_change *change)
{
    bool ok;

    if (!skip(c, ','))
        return false;
    if (skip(c, 'M')) {
        change->kind = POSIX_MONTH;
        ok = read_number(c, 1, 12, &change->month) && skip(c, '.') &&
             read_number(c, 1, 5, &change->week) && skip(c, '.') &&
             read_number(c, 0, 6, &change->day);
    } else if (skip(c, 'J')) {
        change->kind = POSIX_JULIAN;
        ok = read_number(c, 1, 365, &change->day);
    } else {
        change->kind = POSIX_ZERO_BASED;
        ok = read_number(c, 0, 365, &change->day);
    }
    change->time = 2 * 3600;
    return ok && (!skip(c, '/') || read_time(c, RULE_HOURS_MAX, &change->time));
}

int posix_rule_parse(const char *text, size_t len, struct posix_rule *rule)
{
    struct cursor c = {text, text + len};
    int32_t west;

    memset(rule, 0, sizeof(*rule));
    if (!skip_name(&c) || !read_time(&c, OFFSET_HOURS_MAX, &west))
        return -1;
    rule->standard = -west;
    if (c.p == c.end)
        return 0;
    rule->has_daylight = true;
    if (!skip_name(&c))
        return -1;
    rule->daylight = rule->standard + 3600;
    if (c.p < c.end && *c.p != ',') {
        if (!read_time(&c, OFFSET_HOURS_MAX, &west))
            return -1;
        rule->daylight = -west;
    }
    if (!read_change(&c, &rule->start) || !read_change(&c, &rule->end) || c.p != c.end)
        return -1;
    return 0;
}

static int floor_mod7(int64_t value)
{
    return (int)(((value % 7) + 7) % 7);
}

/* The day of a change in a year, in days since 1970-01-01 */
static int64_t change_day(const struct posix_change *change, int year)
{
    int64_t first, next_month;
    bool leap;

    if (change->kind == POSIX_MONTH) {
        first = date_from_civil(year, change->month, 1);
        next_month = change->month == 12 ? first + 31 : date_from_civil(year, change->month + 1, 1);
        first += floor_mod7(change->day - (first + 4)); /* 1970-01-01 was a Thursday */
        first += (int64_t)(change->week - 1) * 7;
        while (first >= next_month) /* the fifth one where a month has but four */
            first -= 7;
        return first;
    }
    first = date_from_civil(year, 1, 1);
    if (change->kind == POSIX_ZERO_BASED)
        return first + change->day;
    leap = date_from_civil(year, 3, 1) - first == 60;
    return first + change->day - 1 + (leap && change->day >= 60);
}

struct zone_span posix_rule_span(const struct posix_rule *rule, int64_t second)
{
    struct zone_span span = {rule->standard, INT64_MAX};
    int64_t latest = INT64_MIN, shifted = second + rule->standard;
    int year, month, mday, y;

    if (!rule->has_daylight)
        return span;
    date_to_civil((int32_t)((shifted - (shifted < 0 ? DAY_SECONDS - 1 : 0)) / DAY_SECONDS), &year,
                  &month, &mday);
    /* The neighbouring years too: a change may be up to a week away from the day it is named by. */
    for (y = year - 1; y <= year + 1; y++) {
        int64_t starts =
            change_day(&rule->start, y) * DAY_SECONDS + rule->start.time - rule->standard;
        int64_t ends = change_day(&rule->end, y) * DAY_SECONDS + rule->end.time - rule->daylight;

        /* Where both come at once it is daylight time all year (RFC 9636 section 3.3.1). */
        if (ends <= second && ends > latest) {
            latest = ends;
            span.offset = rule->standard;
        }
        if (starts <= second && starts >= latest) {
            latest = starts;
            span.offset = rule->daylight;
        }
        if (starts > second && starts < span.end)
            span.end = starts;
        if (ends > second && ends < span.end)
            span.end = ends;
    }
    return span;
}
