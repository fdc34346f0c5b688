/* totals.c - see totals.h. */
#include "totals.h"

#include <stdlib.h>
#include <string.h>

struct totals_line *totals_line(struct totals *totals, const char *currency)
{
    const char *code = *currency ? currency : "XXX";
    int i;

    for (i = 0; i < totals->count; i++)
        if (strcmp(totals->line[i].currency, code) == 0)
            return &totals->line[i];
    if (totals->count == TOTALS_CURRENCIES) /* cannot be: codes are checked against the list */
        return &totals->line[TOTALS_CURRENCIES - 1];
    memcpy(totals->line[totals->count].currency, code, strnlen(code, CURRENCY_SIZE - 1));
    return &totals->line[totals->count++];
}

void totals_sum(const struct totals *totals, unsigned long long *internal,
                unsigned long long *gateway, unsigned long long *matched)
{
    int i;

    *internal = *gateway = *matched = 0;
    for (i = 0; i < totals->count; i++) {
        *internal += totals->line[i].internal;
        *gateway += totals->line[i].gateway;
        *matched += totals->line[i].matched;
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct totals_line *)a)->currency,
                  ((const struct totals_line *)b)->currency);
}

void totals_json(const struct totals *totals, struct buf *out)
{
    struct totals sorted = *totals;
    int i;

    qsort(sorted.line, (size_t)sorted.count, sizeof(sorted.line[0]), compare);
    buf_puts(out, "{");
    for (i = 0; i < sorted.count; i++)
        buf_printf(out, "%s\"%s\":{\"internal\":%llu,\"gateway\":%llu,\"matched\":%llu}",
                   i ? "," : "", sorted.line[i].currency, sorted.line[i].internal,
                   sorted.line[i].gateway, sorted.line[i].matched);
    buf_puts(out, "}");
}
