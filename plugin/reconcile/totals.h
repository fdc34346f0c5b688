/* totals.h - the counts of a day, in all and by currency. */
#ifndef PURSER_TOTALS_H
#define PURSER_TOTALS_H

#include "../../udf/buf.h"
#include "../../udf/currency.h"

#define TOTALS_CURRENCIES 200 /* more than ISO 4217 has */

struct totals_line {
    char currency[CURRENCY_SIZE];
    unsigned long long internal, gateway, matched;
};

struct totals {
    struct totals_line line[TOTALS_CURRENCIES];
    int count;
};

/** The line of a currency; "" counts under XXX, ISO 4217's "no currency". Never NULL. */
struct totals_line *totals_line(struct totals *totals, const char *currency);

/** Sums over all lines. */
void totals_sum(const struct totals *totals, unsigned long long *internal,
                unsigned long long *gateway, unsigned long long *matched);

/** {"MWK":{"internal":1,"gateway":1,"matched":1},…}, sorted by currency. */
void totals_json(const struct totals *totals, struct buf *out);

#endif
