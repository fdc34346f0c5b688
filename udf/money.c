#include "money.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define DECIMALS 4
#define WHOLE_DIGITS_MAX 15 /* of 922337203685477 */
#define REAL_MINOR_MAX 1e15 /* DBL_DIG: up to here a decimal survives being a double */
#define REAL_MINOR_ERROR                                                                           \
    1e-6                       /* of a minor unit: room for a sum of reals, not for a wrong digit  \
                                */
#define PERCENT_WHOLE 1000000L /* 100 % in ten-thousandths of a percent */

static const int64_t power10[] = {1, 10, 100, 1000, 10000};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int out_of_range(struct error *err)
{
    return error_set(err, ERROR_INPUT, "the amount is out of range");
}

int money_parse(const char *text, size_t len, int64_t *amount, struct error *err)
{
    const char *p = text, *end = text ? text + len : text, *whole_begin, *fraction_begin;
    uint64_t value = 0;
    size_t whole_digits, fraction_digits = 0, significant = 0;
    bool negative = false, excess = false;

    *amount = 0;
    while (p < end && is_blank(*p))
        p++;
    while (end > p && is_blank(end[-1]))
        end--;
    if (p < end && (*p == '-' || *p == '+'))
        negative = *p++ == '-';
    whole_begin = p;
    while (p < end && *p == '0')
        p++;
    for (; p < end && is_digit(*p); p++) {
        if (significant++ < WHOLE_DIGITS_MAX)
            value = value * 10 + (uint64_t)(*p - '0');
    }
    whole_digits = (size_t)(p - whole_begin);
    if (p < end && *p == '.') {
        fraction_begin = ++p;
        for (; p < end && is_digit(*p); p++) {
            if (p - fraction_begin < DECIMALS)
                value = value * 10 + (uint64_t)(*p - '0');
            else if (*p != '0')
                excess = true;
        }
        fraction_digits = (size_t)(p - fraction_begin);
        if (fraction_digits == 0)
            whole_digits = 0; /* "5." is not a number here */
    }
    if (p != end || whole_digits + fraction_digits == 0)
        return error_set(err, ERROR_INPUT, "the amount is not a plain decimal number");
    if (excess)
        return error_set(err, ERROR_INPUT, "the amount has more than four decimals");
    if (significant > WHOLE_DIGITS_MAX)
        return out_of_range(err);
    if (fraction_digits < DECIMALS)
        value *= (uint64_t)power10[DECIMALS - fraction_digits];
    if (value > INT64_MAX)
        return out_of_range(err);
    *amount = negative ? -(int64_t)value : (int64_t)value;
    return 0;
}

int money_from_minor(int64_t minor, int exponent, int64_t *amount, struct error *err)
{
    int64_t result;

    *amount = 0;
    if (exponent < 0 || exponent > DECIMALS)
        return error_set(err, ERROR_INPUT, "the currency's number of decimals is not known");
    if (__builtin_mul_overflow(minor, power10[DECIMALS - exponent], &result) || result == INT64_MIN)
        return out_of_range(err);
    *amount = result;
    return 0;
}

int money_from_real(double value, int exponent, int64_t *amount, struct error *err)
{
    double scaled, rounded;

    *amount = 0;
    if (exponent < 0 || exponent > DECIMALS)
        return error_set(err, ERROR_INPUT, "the currency's number of decimals is not known");
    if (!isfinite(value))
        return error_set(err, ERROR_INPUT, "the amount is not a finite number");
    scaled = value * (double)power10[exponent];
    if (fabs(scaled) > REAL_MINOR_MAX)
        return error_set(err, ERROR_INPUT, "the amount is too big for a JSON real to be exact");
    rounded = (double)(int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5); /* needs no libm */
    /* Beyond some 2^32 minor units a double's own grain is coarser than the allowed error. There
       the real must be just the double that the decimal number is read as: the quotient of two
       exact integers is correctly rounded, so the comparison is exact. */
    if (fabs(scaled - rounded) > REAL_MINOR_ERROR && rounded / (double)power10[exponent] != value)
        return error_set(err, ERROR_INPUT, "the amount has more decimals than its currency");
    return money_from_minor((int64_t)rounded, exponent, amount, err);
}

void money_format(int64_t amount, char text[MONEY_TEXT_SIZE])
{
    uint64_t magnitude = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    uint64_t whole = magnitude / MONEY_SCALE, fraction = magnitude % MONEY_SCALE;
    char digits[MONEY_TEXT_SIZE], *p = digits + sizeof(digits);
    int decimals = fraction % 100 == 0 ? 2 : fraction % 10 == 0 ? 3 : 4;
    int i;

    for (i = decimals; i < DECIMALS; i++)
        fraction /= 10;
    for (i = 0; i < decimals; i++, fraction /= 10)
        *--p = (char)('0' + fraction % 10);
    *--p = '.';
    do {
        *--p = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole > 0);
    if (amount < 0)
        *--p = '-';
    i = (int)(digits + sizeof(digits) - p);
    memcpy(text, p, (size_t)i);
    text[i] = '\0';
}

int money_add(int64_t a, int64_t b, int64_t *sum)
{
    int64_t result;

    *sum = 0;
    if (__builtin_add_overflow(a, b, &result) || result == INT64_MIN)
        return -1;
    *sum = result;
    return 0;
}

int money_sub(int64_t a, int64_t b, int64_t *difference)
{
    int64_t result;

    *difference = 0;
    if (__builtin_sub_overflow(a, b, &result) || result == INT64_MIN)
        return -1;
    *difference = result;
    return 0;
}

int money_percent(int64_t amount, int64_t percent, int64_t *part)
{
    __int128 product = (__int128)amount * percent;
    __int128 half = PERCENT_WHOLE / 2;

    *part = 0;
    product = (product + (product < 0 ? -half : half)) / PERCENT_WHOLE;
    if (product > INT64_MAX || product <= INT64_MIN)
        return -1;
    *part = (int64_t)product;
    return 0;
}
