#include "timestamp.h"

#include <stdbool.h>

#define LEN_MAX 64
#define FRACTION_DIGITS 6
#define DAY_MIN (-354285)   /* 1000-01-01 */
#define DAY_MAX 2932896     /* 9999-12-31 */
#define DAYS_PER_ERA 146097 /* 400 years */

struct cursor {
    const char *p, *end;
};

static bool two_digits(struct cursor *c, int *value)
{
    unsigned tens, ones;

    if (c->end - c->p < 2)
        return false;
    tens = (unsigned)(unsigned char)c->p[0] - '0';
    ones = (unsigned)(unsigned char)c->p[1] - '0';
    if (tens > 9 || ones > 9)
        return false;
    c->p += 2;
    *value = (int)(tens * 10 + ones);
    return true;
}

static bool skip(struct cursor *c, char wanted)
{
    if (c->p == c->end || *c->p != wanted)
        return false;
    c->p++;
    return true;
}

int32_t date_from_civil(int year, int month, int day)
{
    /* Years begin in March here, so that the leap day is the last one of its year. */
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (int32_t)(era * DAYS_PER_ERA + day_of_era - 719468);
}

void date_to_civil(int32_t day, int *year, int *month, int *mday)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = z - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;

    *mday = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static int days_in_month(int year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* "YYYY-MM-DD", a day that exists */
static bool read_date(struct cursor *c, int32_t *day)
{
    int century, rest, year, month, mday;

    if (!two_digits(c, &century) || !two_digits(c, &rest) || !skip(c, '-') ||
        !two_digits(c, &month) || !skip(c, '-') || !two_digits(c, &mday))
        return false;
    year = century * 100 + rest;
    if (year < 1000 || month < 1 || month > 12 || mday < 1 || mday > days_in_month(year, month))
        return false;
    *day = date_from_civil(year, month, mday);
    return true;
}

/* "hh:mm[:ss[.f...]]" as microseconds since midnight */
static bool read_time(struct cursor *c, int64_t *micros)
{
    int hour, minute, second = 0, digits = 0;
    int64_t fraction = 0;

    if (!two_digits(c, &hour) || !skip(c, ':') || !two_digits(c, &minute) || hour > 23 ||
        minute > 59)
        return false;
    if (skip(c, ':')) {
        if (!two_digits(c, &second) || second > 60)
            return false;
        if (skip(c, '.')) {
            for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++, digits++) {
                if (digits < FRACTION_DIGITS)
                    fraction = fraction * 10 + (*c->p - '0');
            }
            if (digits == 0)
                return false;
            for (; digits < FRACTION_DIGITS; digits++)
                fraction *= 10;
        }
    }
    if (second == 60) {
        second = 59;
        fraction = MICROS - 1;
    }
    *micros = (hour * 3600 + minute * 60 + second) * MICROS + fraction;
    return true;
}

/* Nothing, 'Z', or "+hh[[:]mm]", as seconds east of UTC; then the text must be at its end */
static bool read_offset(struct cursor *c, int *seconds)
{
    int hours, minutes = 0;
    bool west;

    *seconds = 0;
    if (c->p == c->end)
        return true;
    if (skip(c, 'Z') || skip(c, 'z'))
        return c->p == c->end;
    west = *c->p == '-';
    if ((!skip(c, '+') && !skip(c, '-')) || !two_digits(c, &hours) || hours > 23)
        return false;
    if (c->p < c->end) {
        skip(c, ':');
        if (!two_digits(c, &minutes) || minutes > 59)
            return false;
    }
    *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return c->p == c->end;
}

int timestamp_parse(const char *text, size_t len, int64_t *moment, struct error *err)
{
    struct cursor c;
    int32_t day = 0;
    int64_t micros = 0, result;
    int offset = 0;

    *moment = 0;
    if (!text || len > LEN_MAX)
        return error_set(err, ERROR_INPUT, "the time stamp is not of the form of ISO 8601");
    c.p = text;
    c.end = text + len;
    if (!read_date(&c, &day) || (!skip(&c, 'T') && !skip(&c, ' ') && !skip(&c, 't')) ||
        !read_time(&c, &micros) || !read_offset(&c, &offset))
        return error_set(err, ERROR_INPUT, "the time stamp is not of the form of ISO 8601");
    result = day * (DAY_SECONDS * MICROS) + micros - offset * MICROS;
    if (result < DAY_MIN * (DAY_SECONDS * MICROS) ||
        result >= (DAY_MAX + 1) * (DAY_SECONDS * MICROS))
        return error_set(err, ERROR_INPUT, "the time stamp is not within the years 1000 to 9999");
    *moment = result;
    return 0;
}

static char *put_digits(char *p, int value, int width)
{
    int i;

    for (i = width - 1; i >= 0; i--, value /= 10)
        p[i] = (char)('0' + value % 10);
    return p + width;
}

static char *put_date(char *p, int32_t day)
{
    int year, month, mday;

    if (day < DAY_MIN)
        day = DAY_MIN;
    if (day > DAY_MAX)
        day = DAY_MAX;
    date_to_civil(day, &year, &month, &mday);
    p = put_digits(p, year, 4);
    *p++ = '-';
    p = put_digits(p, month, 2);
    *p++ = '-';
    return put_digits(p, mday, 2);
}

static char *put_moment(char *p, int64_t moment, char separator)
{
    const int64_t day_micros = DAY_SECONDS * MICROS;
    int64_t day, rest;
    int seconds;

    if (moment < DAY_MIN * day_micros)
        moment = DAY_MIN * day_micros;
    if (moment >= (DAY_MAX + 1) * day_micros)
        moment = (DAY_MAX + 1) * day_micros - 1;
    day = moment / day_micros;
    rest = moment % day_micros;
    if (rest < 0) {
        rest += day_micros;
        day--;
    }
    seconds = (int)(rest / MICROS);
    p = put_date(p, (int32_t)day);
    *p++ = separator;
    p = put_digits(p, seconds / 3600, 2);
    *p++ = ':';
    p = put_digits(p, seconds / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, seconds % 60, 2);
    *p++ = '.';
    return put_digits(p, (int)(rest % MICROS), FRACTION_DIGITS);
}

void timestamp_format_sql(int64_t moment, char text[TIMESTAMP_SQL_SIZE])
{
    *put_moment(text, moment, ' ') = '\0';
}

void timestamp_format_iso(int64_t moment, char text[TIMESTAMP_ISO_SIZE])
{
    char *p = put_moment(text, moment, 'T');

    *p++ = 'Z';
    *p = '\0';
}

int date_parse(const char *text, size_t len, int32_t *day, struct error *err)
{
    struct cursor c;
    int32_t result = 0;

    *day = 0;
    if (!text || len != DATE_TEXT_SIZE - 1)
        return error_set(err, ERROR_INPUT, "the date is not of the form YYYY-MM-DD");
    c.p = text;
    c.end = text + len;
    if (!read_date(&c, &result))
        return error_set(err, ERROR_INPUT, "the date is not a day of the form YYYY-MM-DD");
    *day = result;
    return 0;
}

void date_format(int32_t day, char text[DATE_TEXT_SIZE])
{
    *put_date(text, day) = '\0';
}
