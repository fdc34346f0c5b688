#include "sim_value.h"

#include <limits.h>
#include <string.h>
#include <time.h>

/* Days since 1970-01-01 of a proleptic Gregorian date, counted in eras of 400 years from March. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t yoe = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t doy = of_era - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

/* Exactly `digits` digits; moves the pointer. @return -1 where they are not there */
static int number(const char **text, int digits)
{
    int value = 0;

    for (; digits; digits--, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

static int parse_zone(const char *p, int64_t *offset)
{
    int64_t minutes;
    int sign, hours, rest;

    *offset = 0;
    if ((*p == 'Z' || *p == 'z') && !p[1])
        return 0;
    if (*p != '+' && *p != '-')
        return -1;
    sign = *p++ == '-' ? -1 : 1;
    hours = number(&p, 2);
    if (hours < 0 || hours > 23 || *p++ != ':')
        return -1;
    rest = number(&p, 2);
    if (rest < 0 || rest > 59 || *p)
        return -1;
    minutes = (int64_t)hours * 60 + rest;
    *offset = sign * minutes * 60 * SIM_SECOND;
    return 0;
}

static int parse_clock(const char *p, int64_t *of_day)
{
    int hour, minute, second;
    int64_t fraction = 0, unit = 100000, offset;

    hour = number(&p, 2);
    if (hour < 0 || hour > 23 || *p++ != ':')
        return -1;
    minute = number(&p, 2);
    if (minute < 0 || minute > 59 || *p++ != ':')
        return -1;
    second = number(&p, 2);
    if (second < 0 || second > 59)
        return -1;
    if (*p == '.') {
        const char *start = ++p;

        for (; *p >= '0' && *p <= '9'; p++, unit /= 10)
            fraction += (*p - '0') * unit;
        if (p == start || p - start > 9)
            return -1;
    }
    if (parse_zone(p, &offset))
        return -1;
    *of_day = (hour * 3600 + minute * 60 + second) * SIM_SECOND + fraction - offset;
    return 0;
}

int sim_time_parse(const char *text, int64_t *moment)
{
    const char *p = text;
    int64_t of_day = 0;
    int year, month, day, y, m, d;

    *moment = SIM_NO_TIME;
    year = number(&p, 4);
    if (year < 0 || *p++ != '-')
        return -1;
    month = number(&p, 2);
    if (month < 1 || month > 12 || *p++ != '-')
        return -1;
    day = number(&p, 2);
    if (day < 1 || day > 31)
        return -1;
    /* 31 April comes back as 1 May: not a date. */
    civil_from_days(days_from_civil(year, month, day), &y, &m, &d);
    if (m != month)
        return -1;
    if (*p) {
        if (*p != 'T' && *p != 't' && *p != ' ')
            return -1;
        if (parse_clock(p + 1, &of_day))
            return -1;
    }
    *moment = days_from_civil(year, month, day) * SIM_DAY + of_day;
    return 0;
}

int64_t sim_time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * SIM_SECOND + now.tv_nsec / 1000;
}

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static void digits(char *to, int count, int64_t value)
{
    while (count--) {
        to[count] = (char)('0' + value % 10);
        value /= 10;
    }
}

void sim_time_format(struct sim_text *t, int64_t moment, int fraction)
{
    char out[] = "0000-00-00T00:00:00.000000Z";
    int64_t days = floor_div(moment, SIM_DAY);
    int64_t of_day = moment - days * SIM_DAY;
    int64_t seconds = of_day / SIM_SECOND;
    int year, month, day;

    civil_from_days(days, &year, &month, &day);
    digits(out, 4, year);
    digits(out + 5, 2, month);
    digits(out + 8, 2, day);
    digits(out + 11, 2, seconds / 3600);
    digits(out + 14, 2, seconds / 60 % 60);
    digits(out + 17, 2, seconds % 60);
    digits(out + 20, 6, of_day % SIM_SECOND);
    out[20 + fraction] = 'Z';
    sim_text_bytes(t, out, (size_t)fraction + 21);
}

void sim_time_http(struct sim_text *t, int64_t moment)
{
    static const char weekdays[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t days = floor_div(moment, SIM_DAY);
    int64_t s = (moment - days * SIM_DAY) / SIM_SECOND;
    int year, month, day;

    civil_from_days(days, &year, &month, &day);
    sim_text_printf(t, "%s, %02d %s %04d %02d:%02d:%02d GMT", weekdays[(days % 7 + 7) % 7], day,
                    months[month - 1], year, (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

int sim_money_exponent(const char *currency)
{
    static const struct {
        const char *codes;
        int exponent;
    } table[] = {
        {"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0},
        {"BHD IQD JOD KWD LYD OMR TND", 3},
        {"CLF UYW", 4},
    };
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (strlen(currency) == 3 && strstr(table[i].codes, currency))
            return table[i].exponent;
    return 2;
}

int sim_money_parse(const char *text, int exponent, int64_t *minor)
{
    const char *p = text;
    bool negative = *p == '-', point = false, any = false;
    int64_t value = 0;
    int left = exponent;

    *minor = 0;
    for (p += negative; *p; p++) {
        if (*p == '.' && !point && any) {
            point = true;
            continue;
        }
        if (*p < '0' || *p > '9')
            return -1;
        any = true;
        if (point && left == 0) {
            if (*p != '0')
                return -1;
            continue;
        }
        if (point)
            left--;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *p - '0', &value))
            return -1;
    }
    if (!any || p[-1] == '.')
        return -1;
    for (; left; left--)
        if (__builtin_mul_overflow(value, 10, &value))
            return -1;
    *minor = negative ? -value : value;
    return 0;
}

void sim_money_format(struct sim_text *t, int64_t minor, int exponent)
{
    uint64_t unit = 1, value = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    char decimals[8];
    int i;

    for (i = 0; i < exponent; i++)
        unit *= 10;
    if (minor < 0)
        SIM_TEXT_LIT(t, "-");
    sim_text_int(t, (int64_t)(value / unit));
    if (!exponent)
        return;
    digits(decimals, exponent, (int64_t)(value % unit));
    SIM_TEXT_LIT(t, ".");
    sim_text_bytes(t, decimals, (size_t)exponent);
}

bool sim_money_whole(const char *text)
{
    const char *point = strchr(text, '.');

    return !point || strspn(point + 1, "0") == strlen(point + 1);
}
