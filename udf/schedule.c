#include "schedule.h"

#include "timestamp.h"

#define DAY_MINUTES 1440
#define FAR_DAYS 3
#define DAY_US ((uint64_t)(DAY_SECONDS * MICROS))

int schedule_parse_time(const char *text, size_t len, int *minutes, struct error *err)
{
    int hour = 0;
    size_t i;

    *minutes = 0;
    for (i = 0; text && i < len && i < 2 && text[i] >= '0' && text[i] <= '9'; i++)
        hour = hour * 10 + (text[i] - '0');
    if (i == 0 || hour > 23 || len != i + 3 || text[i] != ':' || text[i + 1] < '0' ||
        text[i + 1] > '5' || text[i + 2] < '0' || text[i + 2] > '9')
        return error_set(err, ERROR_INPUT, "a time of day is of the form hh:mm, 00:00 to 23:59");
    *minutes = hour * 60 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
    return 0;
}

/* The moment at which the time of day comes on a day. */
static int64_t due_at(const struct zone *zone, int64_t day, int minutes)
{
    if (minutes < 0 || minutes >= DAY_MINUTES)
        minutes = 0;
    return zone_to_utc(zone, (day * DAY_SECONDS + minutes * 60) * MICROS);
}

/* A day that no sum here or in due_at can carry out of range. */
static int64_t day_of(const struct zone *zone, int64_t moment)
{
    const int64_t far = INT64_MAX / (DAY_SECONDS * MICROS) - 4;
    int64_t day = zone_day_of(zone, moment);

    return day < -far ? -far : day > far ? far : day;
}

int32_t schedule_last_due_day(const struct zone *zone, int minutes, int64_t now)
{
    int64_t today = day_of(zone, now);

    return (int32_t)(now >= due_at(zone, today, minutes) ? today - 1 : today - 2);
}

int64_t schedule_next(const struct zone *zone, int minutes, int64_t now)
{
    int64_t day = day_of(zone, now) - 1, next;
    int i;

    for (i = 0; i < 4; i++) {
        next = due_at(zone, day + i, minutes);
        if (next > now)
            return next;
    }
    return INT64_MAX; /* the end of time */
}

bool schedule_is_too_far(int64_t next, int64_t now)
{
    /* Zones have left out whole days. */
    return next != INT64_MAX && next > now && (uint64_t)next - (uint64_t)now > FAR_DAYS * DAY_US;
}

int32_t schedule_first_owed(int32_t last_done, int32_t last_due, int32_t lookback_days)
{
    int64_t first, oldest = (int64_t)last_due - (lookback_days > 0 ? lookback_days : 0);

    if (last_done == INT32_MIN)
        return last_due;
    first = (int64_t)last_done + 1;
    if (first > last_due)
        return last_due == INT32_MAX ? INT32_MAX : last_due + 1;
    if (first < oldest)
        first = oldest;
    return (int32_t)first;
}
