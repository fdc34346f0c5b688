/* order_status.c - the words that shops use for the state of a payment (match.h). */
#include <stdlib.h>
#include <string.h>

#include "match.h"

struct word {
    const char *text;
    enum order_status status;
};

/* Sorted by text: bsearch. docs/reconciliation.md has the same list. */
static const struct word words[] = {
    {"abandoned", ORDER_CANCELLED},
    {"awaiting_payment", ORDER_PENDING},
    {"canceled", ORDER_CANCELLED},
    {"cancelled", ORDER_CANCELLED},
    {"captured", ORDER_PAID},
    {"complete", ORDER_PAID},
    {"completed", ORDER_PAID},
    {"confirmed", ORDER_PAID},
    {"created", ORDER_PENDING},
    {"declined", ORDER_FAILED},
    {"error", ORDER_FAILED},
    {"expired", ORDER_CANCELLED},
    {"failed", ORDER_FAILED},
    {"initiated", ORDER_PENDING},
    {"new", ORDER_PENDING},
    {"on_hold", ORDER_PENDING},
    {"open", ORDER_PENDING},
    {"paid", ORDER_PAID},
    {"partial_refund", ORDER_PARTIALLY_REFUNDED},
    {"partially_refunded", ORDER_PARTIALLY_REFUNDED},
    {"pending", ORDER_PENDING},
    {"pending_payment", ORDER_PENDING},
    {"processing", ORDER_PENDING},
    {"refunded", ORDER_REFUNDED},
    {"rejected", ORDER_FAILED},
    {"reversed", ORDER_REFUNDED},
    {"settled", ORDER_PAID},
    {"succeeded", ORDER_PAID},
    {"success", ORDER_PAID},
    {"successful", ORDER_PAID},
    {"unpaid", ORDER_PENDING},
    {"void", ORDER_CANCELLED},
    {"voided", ORDER_CANCELLED},
};

static int compare(const void *key, const void *word)
{
    return strcmp(key, ((const struct word *)word)->text);
}

enum order_status order_status_parse(const char *text, size_t len)
{
    char key[24];
    const struct word *found;
    size_t i;

    while (len > 0 && text[len - 1] == ' ')
        len--;
    if (len == 0)
        return ORDER_PENDING;
    if (len >= sizeof(key))
        return ORDER_UNKNOWN;
    for (i = 0; i < len; i++) {
        char c = text[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        key[i] = (char)(c == ' ' || c == '-' ? '_' : c);
    }
    key[len] = '\0';
    found = bsearch(key, words, sizeof(words) / sizeof(words[0]), sizeof(words[0]), compare);
    return found ? found->status : ORDER_UNKNOWN;
}
