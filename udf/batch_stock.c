/* batch_stock.c - stock: a new quantity for a gadget, or a change of it. */
#include <string.h>

#include "batch.h"
#include "batch_list.h"

enum { ID, QUANTITY, DELTA, MEMBERS };
enum { POLICY, UNKNOWN, RESULTS, OPTIONS };

static const struct batch_member members[MEMBERS] = {
    [ID] = {"gadget_id", BATCH_INTEGER, false, 1, INT64_MAX},
    [QUANTITY] = {"new_quantity", BATCH_INTEGER, false, -INT32_MAX, INT32_MAX},
    [DELTA] = {"delta", BATCH_INTEGER, false, -INT32_MAX, INT32_MAX},
};

static const char *const policies[] = {"clamp", "reject", "skip", NULL};
static const char *const unknowns[] = {"reject", "report", NULL};
static const char *const results[] = {"brief", "all", NULL};
#define POLICY_REJECT 1

struct stock {
    struct batch_list list;
    const struct batch_option *policy;
};

static int add(void *context, struct batch_scan *scan, const char *at,
               const struct batch_value *values)
{
    struct stock *stock = context;
    unsigned kind = values[DELTA].given ? DELTA : QUANTITY;

    if (!values[ID].given)
        return batch_error(scan, at, "gadget_id is missing");
    if (values[QUANTITY].given && values[DELTA].given)
        return batch_error(scan, at, "new_quantity and delta exclude each other");
    if (!values[kind].given)
        return batch_error(scan, at, "new_quantity or delta is missing");
    if (kind == QUANTITY && values[QUANTITY].number < 0 && stock->policy->chosen == POLICY_REJECT)
        return batch_error(scan, at, "new_quantity is below 0, which the policy reject forbids");
    return batch_list_add(&stock->list, scan, at, values[ID].number, kind,
                          (int32_t)values[kind].number);
}

static void put(struct buf *out, const struct batch_entry *entry, bool first)
{
    const char *name = entry->kind == DELTA ? ",\"delta\":" : ",\"new_quantity\":";
    char number[24];

    buf_append(out, &",{\"gadget_id\":"[first], 14 - first);
    buf_append(out, number, batch_format(entry->id, number));
    buf_append(out, name, strlen(name));
    buf_append(out, number, batch_format(entry->number, number));
    buf_append(out, "}", 1);
}

static void put_row(struct buf *out, const struct batch_entry *entry, bool first)
{
    char number[24];

    buf_append(out, &",["[first], 2 - first);
    buf_append(out, number, batch_format(entry->id, number));
    if (entry->kind == DELTA)
        buf_append(out, ",null,", 6);
    else
        buf_append(out, ",", 1);
    buf_append(out, number, batch_format(entry->number, number));
    buf_append(out, "]", 1);
}

static int stock_batch(const char *text, size_t len, batch_stop *stop, bool rows, struct buf *out,
                       struct error *err)
{
    struct batch_option options[OPTIONS] = {[POLICY] = {"policy", policies, 0},
                                            [UNKNOWN] = {"unknown", unknowns, 0},
                                            [RESULTS] = {"results", results, 0}};
    struct stock stock = {.policy = &options[POLICY]};
    struct batch_document document = {.members = members,
                                      .member_count = MEMBERS,
                                      .options = options,
                                      .option_count = OPTIONS,
                                      .with_key = true,
                                      .element = add,
                                      .context = &stock};
    size_t i;
    int rc = -1;

    if (batch_read_options(&document, text, len, err) != 0 ||
        batch_read_items(&document, stop) != 0 ||
        batch_list_sort(&stock.list, &document.scan, "gadget_id") != 0)
        goto end;
    if (rows)
        document.is_object = false; /* no options */
    batch_open(&document, out);
    for (i = 0; i < stock.list.count; i++)
        (rows ? put_row : put)(out, &stock.list.entries[i], i == 0);
    rc = batch_close(&document, out, err);
end:
    batch_list_free(&stock.list);
    return rc;
}

int batch_stock(const char *text, size_t len, batch_stop *stop, struct buf *out, struct error *err)
{
    return stock_batch(text, len, stop, false, out, err);
}

int batch_stock_rows(const char *text, size_t len, batch_stop *stop, struct buf *out,
                     struct error *err)
{
    return stock_batch(text, len, stop, true, out, err);
}
