/* sim_square.c - Square's lists: windows, order, pages, cursors; and the single records. */
#include "sim_gateway.h"
#include "sim_square_body.h"
#include "sim_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 100
#define CURSOR_DIGITS 48
#define CURSOR_MASK UINT64_C(0x5a17c0de9b3f2d61)

/* A window in time; SIM_NO_TIME: that side is open. */
struct window {
    int64_t begin, end;
};

struct query {
    enum sim_kind kind;
    enum sim_order order;
    bool descending;
    struct window created, updated;
    int location;       /* -1: all */
    const char *status; /* NULL: all */
    size_t limit;
    uint32_t hash; /* of what a cursor belongs to */
    bool has_cursor;
    int64_t last_time; /* the page before ended there */
    uint32_t last_record;
    uint32_t page;
};

/* What a page shows: positions in the list, in the order they are shown. */
struct page {
    size_t shown[PAGE];
    size_t count;
    bool more;
};

void sim_square_error(struct sim_answer *answer, int status, const char *code, const char *detail)
{
    const char *category = status == 401 || status == 403   ? "AUTHENTICATION_ERROR"
                           : status == 429                  ? "RATE_LIMIT_ERROR"
                           : status >= 500 || status == 408 ? "API_ERROR"
                                                            : "INVALID_REQUEST_ERROR";

    answer->status = status;
    sim_text_printf(&answer->body, "{\"errors\":[{\"category\":\"%s\",\"code\":", category);
    sim_text_json(&answer->body, code);
    SIM_TEXT_LIT(&answer->body, ",\"detail\":");
    sim_text_json(&answer->body, detail ? detail : "The request could not be served.");
    SIM_TEXT_LIT(&answer->body, "}]}");
}

static uint64_t cursor_check(int64_t time, uint32_t record, uint32_t page, uint32_t hash)
{
    return sim_mix((uint64_t)time + sim_mix((uint64_t)record << 32 | page) + hash) & UINT32_MAX;
}

/* Opaque to the client: numbers under a mask, with a checksum. */
static void write_cursor(struct sim_text *t, const struct query *q, int64_t time, uint32_t record,
                         uint32_t page)
{
    uint64_t check = cursor_check(time, record, page, q->hash);

    sim_text_printf(t, "%016llX%016llX%016llX", (unsigned long long)((uint64_t)time ^ CURSOR_MASK),
                    (unsigned long long)(((uint64_t)record << 32 | page) ^ CURSOR_MASK),
                    (unsigned long long)((check << 32 | q->hash) ^ CURSOR_MASK));
}

static int read_cursor(struct query *q, const char *cursor)
{
    uint64_t part[3];
    char digits[17];
    int i;

    if (strlen(cursor) != CURSOR_DIGITS || strspn(cursor, "0123456789ABCDEF") != CURSOR_DIGITS)
        return -1;
    for (i = 0; i < 3; i++) {
        memcpy(digits, cursor + (size_t)i * 16, 16);
        digits[16] = '\0';
        part[i] = strtoull(digits, NULL, 16) ^ CURSOR_MASK;
    }
    q->has_cursor = true;
    q->last_time = (int64_t)part[0];
    q->last_record = (uint32_t)(part[1] >> 32);
    q->page = (uint32_t)part[1];
    if ((uint32_t)part[2] != q->hash ||
        part[2] >> 32 != cursor_check(q->last_time, q->last_record, q->page, q->hash))
        return -1;
    return 0;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* A cursor is good for the query it came from, with any limit. */
static uint32_t query_hash(const struct sim_request *rq, enum sim_kind kind)
{
    static const char *const names[] = {
        "begin_time", "end_time",   "updated_at_begin_time", "updated_at_end_time",
        "sort_field", "sort_order", "location_id",           "status",
    };
    uint64_t hash = (uint64_t)kind;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++)
        hash = sim_mix(hash) + sim_hash(or_empty(sim_request_argument(rq, names[i])));
    return (uint32_t)hash;
}

static int take_moment(const struct sim_request *rq, const char *name, int64_t *to,
                       struct sim_answer *answer)
{
    const char *text = sim_request_argument(rq, name);
    char detail[64];

    *to = SIM_NO_TIME;
    if (!text || !*text || !sim_time_parse(text, to))
        return 0;
    snprintf(detail, sizeof(detail), "Invalid RFC 3339 time in %s.", name);
    sim_square_error(answer, 400, "INVALID_TIME", detail);
    return -1;
}

static int take_windows(const struct sim_request *rq, struct query *q, struct sim_answer *answer)
{
    int64_t now = sim_time_now();
    bool by_update;

    if (take_moment(rq, "begin_time", &q->created.begin, answer) ||
        take_moment(rq, "end_time", &q->created.end, answer) ||
        take_moment(rq, "updated_at_begin_time", &q->updated.begin, answer) ||
        take_moment(rq, "updated_at_end_time", &q->updated.end, answer))
        return -1;
    by_update = q->updated.begin != SIM_NO_TIME || q->updated.end != SIM_NO_TIME;
    if (!by_update && q->created.begin == SIM_NO_TIME)
        q->created.begin = now - 365 * SIM_DAY;
    if (!by_update && q->created.end == SIM_NO_TIME)
        q->created.end = now;
    return 0;
}

static int take_order(const struct sim_request *rq, struct query *q, struct sim_answer *answer)
{
    const char *order = or_empty(sim_request_argument(rq, "sort_order"));
    const char *field = or_empty(sim_request_argument(rq, "sort_field"));

    if (*order && strcmp(order, "ASC") != 0 && strcmp(order, "DESC") != 0) {
        sim_square_error(answer, 400, "INVALID_SORT_ORDER", "sort_order must be ASC or DESC.");
        return -1;
    }
    if (*field && strcmp(field, "CREATED_AT") != 0 && strcmp(field, "UPDATED_AT") != 0) {
        sim_square_error(answer, 400, "INVALID_ENUM_VALUE", "Unknown sort_field.");
        return -1;
    }
    q->descending = strcmp(order, "ASC") != 0;
    q->order = strcmp(field, "UPDATED_AT") ? SIM_BY_CREATED : SIM_BY_UPDATED;
    return 0;
}

static int take_rest(const struct sim_request *rq, struct query *q, struct sim_answer *answer)
{
    const char *location = or_empty(sim_request_argument(rq, "location_id"));
    const char *limit = or_empty(sim_request_argument(rq, "limit"));
    const char *cursor = or_empty(sim_request_argument(rq, "cursor"));
    char *end;
    long number = strtol(limit, &end, 10);

    q->location = *location ? sim_data_find_location(location) : q->kind == SIM_PAYMENT ? 0 : -1;
    if (*location && q->location < 0) {
        sim_square_error(answer, 404, "NOT_FOUND", "No such location.");
        return -1;
    }
    if (*limit && (*end || number < 1)) {
        sim_square_error(answer, 400, "INVALID_VALUE", "limit must be a positive number.");
        return -1;
    }
    q->limit = !*limit || number > PAGE ? PAGE : (size_t)number;
    q->status = q->kind == SIM_REFUND ? sim_request_argument(rq, "status") : NULL;
    q->hash = query_hash(rq, q->kind);
    if (*cursor && read_cursor(q, cursor)) {
        sim_square_error(answer, 400, "INVALID_CURSOR", "The cursor is not valid.");
        return -1;
    }
    return 0;
}

/* Square's ends depend on the direction: [begin, end) upwards, (begin, end] downwards. */
static bool within(const struct window *w, bool descending, int64_t time)
{
    if (w->begin != SIM_NO_TIME && (descending ? time <= w->begin : time < w->begin))
        return false;
    return w->end == SIM_NO_TIME || (descending ? time <= w->end : time < w->end);
}

static bool wanted(const struct query *q, const struct sim_entry *e)
{
    const struct sim_record *r = sim_data_record(e->record);

    if (q->location >= 0 && e->location != q->location)
        return false;
    return within(&q->created, q->descending, r->created) &&
           within(&q->updated, q->descending, r->updated) &&
           (!q->status || !strcmp(q->status, sim_square_status(r)));
}

/* How many entries come before (time, record). */
static size_t entries_before(const struct sim_entry *list, size_t count, int64_t time,
                             uint64_t record)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct sim_entry *e = &list[middle];

        if (e->time < time || (e->time == time && e->record < record))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The part of the list, [*from, *to), in which the page begins and to which it is confined. */
static void confine(const struct query *q, const struct sim_entry *list, size_t count, size_t *from,
                    size_t *to)
{
    const struct window *w = q->order == SIM_BY_CREATED ? &q->created : &q->updated;
    uint64_t edge = q->descending ? UINT64_MAX : 0;

    *from = 0;
    *to = count;
    if (w->begin != SIM_NO_TIME)
        *from = entries_before(list, count, w->begin, edge);
    if (w->end != SIM_NO_TIME)
        *to = entries_before(list, count, w->end, edge);
    if (!q->has_cursor)
        return;
    if (q->descending) {
        size_t last = entries_before(list, count, q->last_time, q->last_record);

        *to = last < *to ? last : *to;
    } else {
        size_t next = entries_before(list, count, q->last_time, (uint64_t)q->last_record + 1);

        *from = next > *from ? next : *from;
    }
}

static void collect(const struct query *q, const struct sim_entry *list, size_t count, size_t limit,
                    struct page *page)
{
    size_t from, to;

    page->count = 0;
    page->more = false;
    confine(q, list, count, &from, &to);
    while (from < to && !page->more) {
        size_t at = q->descending ? --to : from++;

        if (!wanted(q, &list[at]))
            continue;
        if (page->count == limit)
            page->more = true;
        else
            page->shown[page->count++] = at;
    }
}

static void write_record(struct sim_text *t, const struct sim_record *r,
                         const struct sim_plan *plan, unsigned copy)
{
    if (r->kind == SIM_PAYMENT)
        sim_square_write_payment(t, r, plan, copy);
    else
        sim_square_write_refund(t, r, plan, copy);
}

static void write_next(struct sim_text *t, const struct sim_request *rq, const struct query *q,
                       const struct page *page, const struct sim_entry *list)
{
    const struct sim_plan *plan = sim_request_plan(rq);
    const char *cursor = sim_request_argument(rq, "cursor");
    size_t at = page->count;

    if (*plan->foreign_next) {
        SIM_TEXT_LIT(t, ",\"cursor\":");
        sim_text_json(t, plan->foreign_next);
        return;
    }
    if (!page->more && !plan->endless_pages && !plan->repeated_cursor)
        return;
    SIM_TEXT_LIT(t, ",\"cursor\":\"");
    if (plan->duplicate_records && at > 1)
        at = (at + 1) / 2; /* the other half comes again on the next page */
    if (plan->repeated_cursor && q->has_cursor)
        sim_text_puts(t, cursor);
    else if (at)
        write_cursor(t, q, list[page->shown[at - 1]].time, list[page->shown[at - 1]].record,
                     q->page + 1);
    else
        write_cursor(t, q, q->last_time, q->last_record, q->page + 1);
    SIM_TEXT_LIT(t, "\"");
}

static void write_page(struct sim_text *t, const struct sim_request *rq, struct query *q)
{
    const struct sim_plan *plan = sim_request_plan(rq);
    bool twice = plan->duplicate_records;
    struct page page;
    size_t count, i;
    const struct sim_entry *list = sim_data_list(SIM_SQUARE, q->kind, q->order, &count);
    unsigned copy = plan->endless_pages ? q->page : 0;
    const char *comma = "";

    q->has_cursor &= !plan->endless_pages;
    collect(q, list, count, twice && q->limit > 1 ? q->limit / 2 : q->limit, &page);
    SIM_TEXT_LIT(t, "{");
    if (page.count) {
        sim_text_puts(t, q->kind == SIM_PAYMENT ? "\"payments\":" : "\"refunds\":");
        sim_text_puts(t, plan->wrong_list ? "{\"rows\":[" : "[");
        for (i = 0; i < page.count * (twice ? 2 : 1); i++, comma = ",") {
            sim_text_puts(t, comma);
            write_record(t, sim_data_record(list[page.shown[twice ? i / 2 : i]].record), plan,
                         copy);
        }
        sim_text_puts(t, plan->wrong_list ? "]}" : "]");
    }
    write_next(t, rq, q, &page, list);
    /* Where there is a cursor but no record, its comma is one too many. */
    if (!page.count && t->data && t->len > 1)
        t->data[1] = ' ';
    SIM_TEXT_LIT(t, "}");
}

static void list(const struct sim_request *rq, enum sim_kind kind, struct sim_answer *answer)
{
    struct query q = {.kind = kind};

    sim_data_lock_read();
    if (!take_windows(rq, &q, answer) && !take_order(rq, &q, answer) && !take_rest(rq, &q, answer))
        write_page(&answer->body, rq, &q);
    sim_data_unlock();
}

void sim_square_payments(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    (void)id;
    list(rq, SIM_PAYMENT, answer);
}

void sim_square_refunds(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    (void)id;
    list(rq, SIM_REFUND, answer);
}

static void single(const struct sim_request *rq, enum sim_kind kind, const char *id,
                   struct sim_answer *answer)
{
    const struct sim_record *r;

    sim_data_lock_read();
    r = sim_data_find(SIM_SQUARE, kind, id);
    if (r) {
        sim_text_puts(&answer->body, kind == SIM_PAYMENT ? "{\"payment\":" : "{\"refund\":");
        write_record(&answer->body, r, sim_request_plan(rq), 0);
        SIM_TEXT_LIT(&answer->body, "}");
    } else {
        sim_square_error(answer, 404, "NOT_FOUND", "No such record.");
    }
    sim_data_unlock();
}

void sim_square_payment(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    single(rq, SIM_PAYMENT, id, answer);
}

void sim_square_refund(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    single(rq, SIM_REFUND, id, answer);
}

void sim_square_locations(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    const struct sim_location *all;
    int count, i;

    (void)id;
    sim_data_lock_read();
    all = sim_data_locations(&count);
    sim_text_puts(&answer->body, sim_request_plan(rq)->wrong_list ? "{\"locations\":{\"rows\":["
                                                                  : "{\"locations\":[");
    for (i = 0; i < count; i++) {
        sim_text_puts(&answer->body, i ? "," : "");
        sim_square_write_location(&answer->body, &all[i]);
    }
    sim_text_puts(&answer->body, sim_request_plan(rq)->wrong_list ? "]}}" : "]}");
    sim_data_unlock();
}
