/* gcra.c - see gcra.h. */
#include "gcra.h"

#include <stdlib.h>
#include <string.h>

#include "changes.h"

#define SECOND 1000000000LL
#define DIGITS_MAX 30

typedef unsigned __int128 wide;

/* A decimal number as digits * 10^exponent. */
struct decimal {
    wide digits;
    int exponent;
};

static int parse_digits(const char **at, const char *end, struct decimal *d, int *seen)
{
    bool point = false;

    for (; *at < end; (*at)++) {
        if (**at == '.' && !point) {
            point = true;
            continue;
        }
        if (**at < '0' || **at > '9')
            break;
        (*seen)++;
        if (d->digits == 0 && **at == '0') {
            d->exponent -= point;
            continue;
        }
        if (d->digits > (((wide)1 << 100) - 9) / 10) { /* 30 digits: more say nothing */
            d->exponent += !point;
            continue;
        }
        d->digits = d->digits * 10 + (unsigned)(**at - '0');
        d->exponent -= point;
    }
    return *seen > 0 ? 0 : -1;
}

static int parse_exponent(const char **at, const char *end, struct decimal *d)
{
    int exponent = 0, sign = 1, seen = 0;

    if (*at == end || (**at | 32) != 'e')
        return 0;
    (*at)++;
    if (*at < end && (**at == '-' || **at == '+'))
        sign = *(*at)++ == '-' ? -1 : 1;
    for (; *at < end && **at >= '0' && **at <= '9' && exponent < 1000; (*at)++, seen++)
        exponent = exponent * 10 + (**at - '0');
    d->exponent += sign * exponent;
    return seen > 0 ? 0 : -1;
}

static int parse_decimal(const char *text, size_t len, struct decimal *d)
{
    const char *at = text, *end = text + len;
    int seen = 0;

    memset(d, 0, sizeof(*d));
    while (at < end && *at == ' ')
        at++;
    if (parse_digits(&at, end, d, &seen) != 0 || parse_exponent(&at, end, d) != 0)
        return -1;
    while (at < end && *at == ' ')
        at++;
    return at == end ? 0 : -1;
}

/* ceil(10^9 * 2^32 / rate); 0 where the rate is out of range. */
static wide step_of(struct decimal d)
{
    wide numerator = (wide)SECOND << 32;
    const wide limit = (wide)1 << 124;

    while (d.digits > 0 && d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    for (; d.exponent < 0 && numerator < limit / 10; d.exponent++)
        numerator *= 10;
    for (; d.exponent < 0 && d.digits > 0; d.exponent++) /* digits beyond what can matter */
        d.digits /= 10;
    for (; d.exponent > 0 && d.digits < limit / 10; d.exponent--)
        d.digits *= 10;
    if (d.digits == 0) /* it was not 0: less than can be counted */
        return (wide)1 << 126;
    if (d.exponent > 0 || d.digits > numerator)
        return 0;
    return (numerator + d.digits - 1) / d.digits;
}

int gcra_rule(const char *rate, size_t len, long long burst, struct gcra_rule *rule,
              struct error *err)
{
    struct decimal d;

    memset(rule, 0, sizeof(*rule));
    if (len > 0 && *rate == '-')
        return error_set(err, ERROR_INPUT, "rate_per_second is negative");
    if (len > 400 || parse_decimal(rate, len, &d) != 0)
        return error_set(err, ERROR_INPUT, "rate_per_second is not a number");
    if (d.digits == 0)
        return error_set(err, ERROR_INPUT, "rate_per_second must be more than 0");
    if (burst < 1 || burst > RATE_BURST_MAX)
        return error_set(err, ERROR_INPUT, "burst must be 1 to %u, not %lld", RATE_BURST_MAX,
                         burst);
    rule->step = step_of(d);
    rule->burst = (uint32_t)burst;
    if (rule->step < ((wide)1 << 32))
        return error_set(err, ERROR_INPUT, "rate_per_second must be at most 1000000000");
    if (rule->step > ((wide)RATE_FULL_MAX_S * SECOND << 32) / rule->burst)
        return error_set(err, ERROR_INPUT,
                         "at this rate_per_second the burst takes more than 100 years to fill");
    return 0;
}

void gcra_init(struct rate_record *r)
{
    r->kind = RATE_GCRA;
    r->window_s = 0;
    r->max = 0;
    r->sum = r->current = 0;
    r->moment = 0;
}

static wide tat_of(const struct rate_record *r)
{
    return ((wide)(uint64_t)r->moment << 32) | r->sum;
}

static void set_tat(struct rate_record *r, wide tat)
{
    r->moment = (int64_t)(tat >> 32);
    r->sum = (uint32_t)tat;
}

/* The record remembers the step as mantissa and binary exponent, rounded down: what is given back
   is never more than what was taken. */
static void remember_step(struct rate_record *r, wide step)
{
    uint64_t high = (uint64_t)(step >> 64);
    unsigned bits = high ? 128 - (unsigned)__builtin_clzll(high)
                         : 64 - (unsigned)__builtin_clzll((uint64_t)step | 1);

    r->window_s = bits > 32 ? (bits - 32) & 127 : 0;
    r->current = (uint32_t)(step >> r->window_s);
}

bool gcra_take(struct rate_record *r, const struct gcra_rule *rule, uint32_t cost, int64_t now)
{
    wide at = (wide)(uint64_t)now << 32, tat = tat_of(r);

    if (cost > rule->burst)
        return false;
    tat = (tat > at ? tat : at) + rule->step * cost;
    if (tat > at + rule->step * rule->burst)
        return false;
    set_tat(r, tat);
    remember_step(r, rule->step);
    r->max = rule->burst;
    return true;
}

int64_t gcra_refund(struct rate_record *r, uint32_t cost, int64_t now)
{
    wide at = (wide)(uint64_t)now << 32, tat = tat_of(r), before = tat;
    wide back = ((wide)r->current << r->window_s) * cost;

    if (tat > at)
        tat = tat - at > back ? tat - back : at;
    set_tat(r, tat);
    return (int64_t)((before - tat) >> 32);
}

void gcra_add(struct rate_record *r, const struct rate_change *change, int64_t now)
{
    int64_t tat = r->moment + (r->sum > 0), from = change->moment < now ? change->moment : now;

    if (change->amount < 0) {
        if (tat > now)
            tat = tat - now > -change->amount ? tat + change->amount : now;
    } else {
        tat = (tat > from ? tat : from) + change->amount;
        if (tat > now + RATE_FULL_MAX_S * SECOND)
            tat = now + RATE_FULL_MAX_S * SECOND;
        r->max = change->max;
        r->current = change->step;
        r->window_s = change->window_s;
    }
    r->moment = tat;
    r->sum = 0;
}

bool gcra_is_full(const struct rate_record *r, int64_t now)
{
    return r->moment < now || (r->moment == now && r->sum == 0);
}
