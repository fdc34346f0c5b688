/* batch_subscriptions.c - the state of users' subscriptions. */
#include <string.h>

#include "batch.h"
#include "batch_list.h"

enum { ID, STATUS, MEMBERS };

static const struct batch_member members[MEMBERS] = {
    [ID] = {"user_id", BATCH_INTEGER, false, 1, INT64_MAX},
    [STATUS] = {"status", BATCH_TEXT, true, 0, 32},
};

static const char *const unknowns[] = {"reject", "report", NULL};
/* NULL is a user without a subscription */
static const char *const statuses[] = {"active", "past_due", "cancelled", "expired"};
#define STATUS_COUNT (sizeof(statuses) / sizeof(statuses[0]))

static int add(void *context, struct batch_scan *scan, const char *at,
               const struct batch_value *values)
{
    uint32_t kind = 0;

    if (!values[ID].given)
        return batch_error(scan, at, "user_id is missing");
    if (!values[STATUS].given)
        return batch_error(scan, at, "status is missing");
    while (!values[STATUS].null && kind < STATUS_COUNT &&
           strcmp(statuses[kind], values[STATUS].text) != 0)
        kind++;
    if (kind == STATUS_COUNT)
        return batch_error(scan, at, "status must be active, past_due, cancelled, expired or null");
    return batch_list_add(context, scan, at, values[ID].number,
                          values[STATUS].null ? STATUS_COUNT : kind, 0);
}

static void put(struct buf *out, const struct batch_entry *entry, bool first)
{
    char number[24];

    buf_puts(out, first ? "{\"user_id\":" : ",{\"user_id\":");
    buf_append(out, number, batch_format(entry->id, number));
    if (entry->kind == STATUS_COUNT) {
        buf_puts(out, ",\"status\":null}");
        return;
    }
    buf_puts(out, ",\"status\":\"");
    buf_puts(out, statuses[entry->kind]);
    buf_puts(out, "\"}");
}

int batch_subscriptions(const char *text, size_t len, batch_stop *stop, struct buf *out,
                        struct error *err)
{
    struct batch_option options[] = {{"unknown", unknowns, 0}};
    struct batch_list list = {0};
    struct batch_document document = {.members = members,
                                      .member_count = MEMBERS,
                                      .options = options,
                                      .option_count = 1,
                                      .element = add,
                                      .context = &list};
    size_t i;
    int rc = -1;

    if (batch_read_options(&document, text, len, err) != 0 ||
        batch_read_items(&document, stop) != 0 ||
        batch_list_sort(&list, &document.scan, "user_id") != 0)
        goto end;
    batch_open(&document, out);
    for (i = 0; i < list.count; i++)
        put(out, &list.entries[i], i == 0);
    rc = batch_close(&document, out, err);
end:
    batch_list_free(&list);
    return rc;
}
