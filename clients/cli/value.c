/* value.c - see value.h. */
#include "value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* Does text have the form? 9 stands for a digit, anything else for itself. */
static bool has_form(const char *text, const char *form)
{
    for (; *form; form++, text++) {
        if (*form == '9' ? *text < '0' || *text > '9' : *text != *form)
            return false;
    }
    return *text == '\0';
}

static int number_at(const char *digits, int n)
{
    int value = 0;

    while (n--)
        value = value * 10 + (*digits++ - '0');
    return value;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
        return 29;
    return days[month - 1];
}

static bool is_month(const char *text)
{
    return number_at(text, 4) >= 1000 && number_at(text + 5, 2) >= 1 &&
           number_at(text + 5, 2) <= 12;
}

static bool is_date(const char *text)
{
    int day;

    if (!has_form(text, "9999-99-99") || !is_month(text))
        return false;
    day = number_at(text + 8, 2);
    return day >= 1 && day <= days_of_month(number_at(text, 4), number_at(text + 5, 2));
}

static bool is_moment(const char *text)
{
    char date[11], clock[16];
    size_t len = strlen(text), digits;

    if (len < 10 || len > 27)
        return false;
    memcpy(date, text, 10);
    date[10] = '\0';
    if (!is_date(date) || len == 10)
        return len == 10 && is_date(date);
    if (text[10] != 'T' && text[10] != ' ')
        return false;
    len -= 11 + (text[len - 1] == 'Z');
    if (len < 5 || len >= sizeof(clock))
        return false;
    memcpy(clock, text + 11, len);
    clock[len] = '\0';
    if (number_at(clock, 2) > 23 || number_at(clock + 3, 2) > 59)
        return false;
    if (has_form(clock, "99:99"))
        return true;
    if (len < 8 || number_at(clock + 6, 2) > 59)
        return false;
    digits = len == 8 ? 0 : strspn(clock + 9, "0123456789");
    if (len > 8 && (clock[8] != '.' || digits == 0 || 9 + digits != len))
        return false;
    clock[8] = '\0';
    return has_form(clock, "99:99:99");
}

static bool is_number(const char *text)
{
    static const char most[] = "18446744073709551615";
    size_t len = strlen(text);

    if (len == 0 || strspn(text, "0123456789") != len)
        return false;
    while (*text == '0' && len > 1) {
        text++;
        len--;
    }
    return len < sizeof(most) - 1 || (len == sizeof(most) - 1 && strcmp(text, most) <= 0);
}

static bool is_decimal(const char *text)
{
    size_t whole = strspn(text, "0123456789"), part;

    if (whole < 1 || whole > 15)
        return false;
    if (text[whole] == '\0')
        return true;
    part = strspn(text + whole + 1, "0123456789");
    return text[whole] == '.' && part >= 1 && part <= 4 && text[whole + 1 + part] == '\0';
}

/* NULL: it is one; else what it should be. */
static const char *what_it_should_be(const struct parameter *parameter, const char *text)
{
    switch (parameter->kind) {
    case KIND_NUMBER:
        return is_number(text) ? NULL : "a number, such as 42";
    case KIND_DECIMAL:
        return is_decimal(text) ? NULL
                                : "a number of at most 15 digits and four decimals, such as 12.50";
    case KIND_DATE:
        return is_date(text) ? NULL : "a day, such as 2025-07-05";
    case KIND_MONTH:
        return has_form(text, "9999-99") && is_month(text) ? NULL : "a month, such as 2025-07";
    case KIND_MOMENT:
        return is_moment(text) ? NULL : "a day or a moment in UTC, such as 2025-07-05T10:00:00Z";
    case KIND_CHOICE:
        return is_one_of(text, strlen(text), parameter->form) ? NULL : parameter->form;
    default:
        return utf8_valid(text, strlen(text)) ? NULL : "text in UTF-8";
    }
}

int value_check(const struct parameter *parameter, const char *text, struct failure *failure)
{
    const char *dashes = parameter->flags & PARAMETER_ARGUMENT ? "" : "--", *what;

    if (parameter->kind == KIND_FLAG)
        return 0;
    if (strlen(text) > VALUE_MAX)
        return failure_set(failure, EXIT_USAGE, "%s%s has more than %u bytes", dashes,
                           parameter->name, VALUE_MAX);
    what = what_it_should_be(parameter, text);
    if (!what)
        return 0;
    return failure_set(failure, EXIT_USAGE, "%s%s must be %s%s, not '%.100s'", dashes,
                       parameter->name, parameter->kind == KIND_CHOICE ? "one of " : "", what,
                       text);
}

bool value_is_number(enum kind kind)
{
    return kind == KIND_NUMBER || kind == KIND_DECIMAL;
}

static int append_file(struct buf *b, const char *path, struct failure *failure)
{
    FILE *in = fopen(path, "re");
    char piece[4096];
    size_t n, all = 0;

    if (!in)
        return failure_set(failure, EXIT_USAGE, "%s: %s", path, strerror(errno));
    while ((n = fread(piece, 1, sizeof(piece), in)) > 0 && (all += n) <= VALUE_MAX)
        buf_append(b, piece, n);
    if (ferror(in))
        failure_set(failure, EXIT_USAGE, "%s: %s", path, strerror(errno));
    else if (all > VALUE_MAX)
        failure_set(failure, EXIT_USAGE, "%s has more than %u bytes", path, VALUE_MAX);
    fclose(in);
    return failure->code ? -1 : 0;
}

int value_append(struct buf *b, enum kind kind, const char *text, struct failure *failure)
{
    size_t len = strlen(text);

    if (kind == KIND_FILE)
        return append_file(b, text, failure);
    if (kind == KIND_MOMENT && len > 10) {
        buf_append(b, text, 10);
        buf_puts(b, " ");
        buf_append(b, text + 11, len - 11 - (text[len - 1] == 'Z'));
        return 0;
    }
    if (value_is_number(kind)) {
        while (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
            text++;
    }
    buf_puts(b, text);
    return 0;
}

long date_to_days(const char *date)
{
    long year = number_at(date, 4), month = number_at(date + 5, 2), day = number_at(date + 8, 2);
    long y = year - (month <= 2);

    /* years that begin in March have their leap day last */
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 +
           day - 1 - 719468;
}

void date_from_days(long days, char text[11])
{
    int year = 1000, month = 1;

    days -= date_to_days("1000-01-01");
    while (days >= 365 + (days_of_month(year, 2) == 29)) {
        days -= 365 + (days_of_month(year, 2) == 29);
        year++;
    }
    while (days >= days_of_month(year, month))
        days -= days_of_month(year, month++);
    snprintf(text, 11, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
             (unsigned)(days + 1) % 100);
}
