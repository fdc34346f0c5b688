/* batch_order_items.c - the lines of an order, with their defaults and totals. */
#include <string.h>

#include "batch.h"
#include "batch_document.h"
#include "money.h"

#define PRICE_MAX 9999999999LL /* DECIMAL(12,2) */

enum {
    GADGET,
    VARIANT,
    TYPE,
    STORAGE,
    QUANTITY,
    PRICE,
    PRICE_GBP,
    TOTAL,
    TOTAL_GBP,
    ORDER,
    MEMBERS
};

static const struct batch_member members[MEMBERS] = {
    [GADGET] = {"gadget_id", BATCH_INTEGER, false, 1, INT64_MAX},
    [VARIANT] = {"variant_id", BATCH_INTEGER, true, 1, INT64_MAX},
    [TYPE] = {"item_type", BATCH_TEXT, false, 0, 32},
    [STORAGE] = {"storage", BATCH_TEXT, true, 0, 32},
    [QUANTITY] = {"quantity", BATCH_INTEGER, false, 1, INT32_MAX},
    [PRICE] = {"unit_price", BATCH_AMOUNT, false, 0, PRICE_MAX *MONEY_SCALE},
    [PRICE_GBP] = {"unit_price_gbp", BATCH_AMOUNT, false, 0, PRICE_MAX *MONEY_SCALE},
    [TOTAL] = {"total_price", BATCH_AMOUNT, false, 0, PRICE_MAX *MONEY_SCALE},
    [TOTAL_GBP] = {"total_price_gbp", BATCH_AMOUNT, false, 0, PRICE_MAX *MONEY_SCALE},
    [ORDER] = {"order_id", BATCH_INTEGER, false, 1, INT64_MAX},
};

static const char *const policies[] = {"reject", "compute", "keep", NULL};
enum { REJECT, COMPUTE, KEEP };

struct lines {
    struct buf *out;
    const struct batch_option *policy;
};

/* The total to be stored. */
static int total(const struct lines *lines, const struct batch_scan *scan, const char *at,
                 const struct batch_value *values, int price, int given, int64_t *amount)
{
    size_t policy = lines->policy->chosen;
    char stated[MONEY_TEXT_SIZE], computed[MONEY_TEXT_SIZE];

    *amount = values[given].number;
    if (values[given].given && policy == KEEP)
        return 0;
    if (__builtin_mul_overflow(values[price].number,
                               values[QUANTITY].given ? values[QUANTITY].number : 1, amount) ||
        *amount > members[given].max)
        return batch_error(scan, at, "quantity x %s is more than %lld", members[price].name,
                           PRICE_MAX);
    if (!values[given].given || policy == COMPUTE || *amount == values[given].number)
        return 0;
    money_format(values[given].number, stated);
    money_format(*amount, computed);
    return batch_error(scan, at, "%s is %s, but quantity x %s is %s", members[given].name, stated,
                       members[price].name, computed);
}

static void put_integer(struct buf *out, const char *name, const struct batch_value *value,
                        const char *fallback)
{
    char number[24];

    buf_printf(out, "\"%s\":", name);
    if (value->given && !value->null)
        buf_append(out, number, batch_format(value->number, number));
    else
        buf_puts(out, fallback);
}

static void put_text(struct buf *out, const char *name, const struct batch_value *value,
                     const char *fallback)
{
    buf_printf(out, ",\"%s\":", name);
    if (value->given && !value->null)
        batch_put_text(out, value->text, value->len);
    else
        buf_puts(out, fallback);
}

static void put_amount(struct buf *out, const char *name, int64_t amount)
{
    char text[MONEY_TEXT_SIZE];

    money_format(amount, text);
    buf_printf(out, ",\"%s\":%s", name, text);
}

static int add(void *context, struct batch_scan *scan, const char *at,
               const struct batch_value *values)
{
    struct lines *lines = context;
    struct buf *out = lines->out;
    int64_t sum, sum_gbp;

    if (scan->element > BATCH_ORDER_ITEMS_MAX)
        return batch_error(scan, at, "an order has at most %d lines", BATCH_ORDER_ITEMS_MAX);
    if (!values[GADGET].given)
        return batch_error(scan, at, "gadget_id is missing");
    if (values[TYPE].given && values[TYPE].len == 0)
        return batch_error(scan, at, "item_type is empty");
    if (total(lines, scan, at, values, PRICE, TOTAL, &sum) != 0 ||
        total(lines, scan, at, values, PRICE_GBP, TOTAL_GBP, &sum_gbp) != 0)
        return -1;
    buf_puts(out, scan->element == 1 ? "{" : ",{");
    put_integer(out, "gadget_id", &values[GADGET], "");
    buf_puts(out, ",");
    put_integer(out, "variant_id", &values[VARIANT], "null");
    put_text(out, "item_type", &values[TYPE], "\"admin_gadget\"");
    put_text(out, "storage", &values[STORAGE], "null");
    buf_puts(out, ",");
    put_integer(out, "quantity", &values[QUANTITY], "1");
    put_amount(out, "unit_price", values[PRICE].number);
    put_amount(out, "unit_price_gbp", values[PRICE_GBP].number);
    put_amount(out, "total_price", sum);
    put_amount(out, "total_price_gbp", sum_gbp);
    if (values[ORDER].given) {
        buf_puts(out, ",");
        put_integer(out, "order_id", &values[ORDER], "");
    }
    buf_puts(out, "}");
    return 0;
}

int batch_order_items(const char *text, size_t len, batch_stop *stop, struct buf *out,
                      struct error *err)
{
    struct batch_option options[] = {{"policy", policies, REJECT}};
    struct lines lines = {.out = out, .policy = options};
    struct batch_document document = {.members = members,
                                      .member_count = MEMBERS,
                                      .options = options,
                                      .option_count = 1,
                                      .with_key = true,
                                      .element = add,
                                      .context = &lines};

    if (batch_read_options(&document, text, len, err) != 0)
        return -1;
    batch_open(&document, out);
    if (batch_read_items(&document, stop) != 0)
        return -1;
    return batch_close(&document, out, err);
}
