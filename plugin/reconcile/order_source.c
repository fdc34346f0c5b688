/*
  order_source.c - see order_source.h.

  Pages are cut by (created_at, order_id), so that an index on created_at serves and no page is read
  twice; no statement stays open while the gateway is asked.
*/
#include "order_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "../row_fields.h"
#include "../stop.h"
#include "doubts.h"
#include "findings.h"

static int init(struct order_source *source, enum order_source_kind kind, struct job *job,
                int64_t begin, int64_t end, struct error *err)
{
    memset(source, 0, sizeof(*source));
    source->kind = kind;
    source->job = job;
    source->begin = begin;
    source->end = end;
    source->page = calloc(ORDER_PAGE, sizeof(*source->page));
    if (!source->page)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return job_use_app_zone(job, job->db, begin, err);
}

static void read_cursor(struct order_source *source, const char *cursor)
{
    json_t *saved = *cursor ? json_parse(cursor, strlen(cursor), NULL) : NULL;
    const char *at = json_string_value(json_object_get(saved, "created_at"));
    const char *id = json_string_value(json_object_get(saved, "order_id"));

    if (at && id && strlen(at) < sizeof(source->after_time) &&
        strlen(id) < sizeof(source->after_id)) {
        snprintf(source->after_time, sizeof(source->after_time), "%s", at);
        snprintf(source->after_id, sizeof(source->after_id), "%s", id);
    }
    json_decref(saved);
}

int order_source_of_day(struct order_source *source, struct job *job, const char *cursor,
                        struct error *err)
{
    if (init(source, ORDERS_OF_DAY, job, job->begin, job->end, err) != 0)
        return -1;
    read_cursor(source, cursor);
    source->findings_done = true;
    return 0;
}

int order_source_of_open(struct order_source *source, struct job *job, int64_t begin, int64_t end,
                         struct error *err)
{
    int32_t last = job->id ? job->day : zone_day_of(job->business, job->end);
    int rc = init(source, ORDERS_OPEN, job, begin, end, err);

    /* Those of a run's own day were verified just now. */
    open_findings_init(&source->findings, last - job->settings.lookback_days,
                       job->id ? last - 1 : last);
    source->findings.changed_until = clock_utc_us();
    source->findings.changed_from =
        source->findings.changed_until - job->settings.lookback_days * DAY_SECONDS * MICROS;
    return rc;
}

void order_source_deinit(struct order_source *source)
{
    free(source->page);
    memset(source, 0, sizeof(*source));
}

static void take_row(struct order_source *source, const struct row *row, unsigned ref,
                     unsigned kind, unsigned status)
{
    const char *word = row->field[status];
    struct gateway_order *order;

    /* A longer reference, or one with a NUL, cannot be stored nor found; the run judges the order
       by itself. */
    if (!row->field[ref] || row->length[ref] == 0 || row->length[ref] >= RECORD_REF_SIZE ||
        strlen(row->field[ref]) != row->length[ref])
        return;
    order = &source->page[source->count++];
    row_text(row, ref, order->ref, sizeof(order->ref));
    row_text(row, kind, order->ref_kind, sizeof(order->ref_kind));
    order->claims = order_status_claims(order_status_parse(word ? word : "", row->length[status]));
}

static struct rows *query_orders(struct order_source *source, int max, struct error *err)
{
    struct job *job = source->job;
    char begin[TIMESTAMP_SQL_SIZE], end[TIMESTAMP_SQL_SIZE];
    const char *after;

    job_app_bound(job, source->begin, begin);
    job_app_bound(job, source->end, end);
    after = source->after_time[0] ? source->after_time : begin;
    /* Of the open ones, those that the shop has as paid are left out: they were verified on their
       day. The words are those of order_status_parse that claim money. */
    return db_query(
        job->db, err,
        "SELECT CONVERT(transaction_ref USING utf8mb4), ref_kind, CAST(created_at AS DATETIME(6)),"
        " order_id, status FROM purser.app_payments WHERE gateway = %s AND created_at >= %s"
        " AND created_at < %s AND OCTET_LENGTH(transaction_ref) > 0%p"
        " AND (%d OR created_at > %s OR (created_at = %s AND order_id > %s))"
        " ORDER BY created_at, order_id LIMIT %d",
        job->gateway.name, after, end,
        source->kind == ORDERS_OPEN ? " AND COALESCE(LOWER(status), '') NOT IN ('paid', "
                                      "'captured', 'complete', 'completed',"
                                      " 'confirmed', 'settled', 'succeeded', 'success', "
                                      "'successful', 'refunded', 'reversed',"
                                      " 'partially_refunded', 'partial_refund')"
                                    : "",
        source->after_time[0] == '\0', after, after, source->after_id, max);
}

static int next_page_of_orders(struct order_source *source, int max, struct error *err)
{
    struct rows *rows;
    struct row row;
    int rc, seen;

    /* A page of which no reference can be asked for is no end. */
    do {
        seen = 0;
        rows = query_orders(source, max, err);
        if (!rows)
            return -1;
        while ((rc = rows_next(rows, &row, err)) == 1) {
            seen++;
            row_text(&row, 2, source->after_time, sizeof(source->after_time));
            if (row.length[3] >= sizeof(source->after_id)) {
                rc = error_set(err, ERROR_CONFIG,
                               "purser.app_payments has an order_id of %lu bytes; 64 are allowed",
                               row.length[3]);
                break;
            }
            row_text(&row, 3, source->after_id, sizeof(source->after_id));
            take_row(source, &row, 0, 1, 4);
        }
        rows_close(rows);
    } while (rc == 0 && seen > 0 && source->count == 0);
    return rc;
}

int order_source_of_doubts(struct order_source *source, struct job *job, const struct doubt *doubts,
                           int n, struct error *err)
{
    int rc = init(source, ORDERS_OPEN, job, 0, 0, err);

    source->given = doubts;
    source->n_given = n;
    return rc;
}

static int next_given(struct order_source *source, struct subject *subjects, int max)
{
    int n = 0;

    for (; n < max && source->given_done < source->n_given; n++) {
        subjects[n].kind = SUBJECT_REF;
        memcpy(subjects[n].key, source->given[source->given_done++].ref, RECORD_REF_SIZE);
    }
    return n;
}

/* Only what has a reference can be asked for. */
static int keep_references(struct subject *subjects, int n)
{
    int i, kept = 0;

    for (i = 0; i < n; i++)
        if (subjects[i].kind == SUBJECT_REF)
            subjects[kept++] = subjects[i];
    return kept;
}

/* Those that have no order any more are not in the view. */
static int next_page_of_findings(struct order_source *source, int max, struct error *err)
{
    struct job *job = source->job;
    struct subject subjects[EXAMINE_BATCH];
    struct rows *rows = NULL;
    struct buf text;
    struct row row;
    int n, rc = -1;

    max = max < EXAMINE_BATCH ? max : EXAMINE_BATCH;
    n = source->given ? next_given(source, subjects, max)
                      : open_findings_next(&source->findings, job, subjects, max, err);
    source->findings_done = n == 0;
    n = n > 0 ? keep_references(subjects, n) : n;
    if (n <= 0)
        return n;
    /* Not a join: the type of the view's order_id is the shop's. */
    buf_init(&text, 1u << 20);
    db_format(job->db, &text, err,
              "SELECT DISTINCT CONVERT(transaction_ref USING utf8mb4), ref_kind, status"
              " FROM purser.app_payments WHERE gateway = %s AND ",
              job->gateway.name);
    if (app_subjects_condition(job->db, &text, subjects, n, err) == 0) {
        db_format(job->db, &text, err, " LIMIT %d", max);
        rows = db_query_text(job->db, &text, err);
    }
    while (rows && (rc = rows_next(rows, &row, err)) == 1)
        take_row(source, &row, 0, 1, 2);
    rows_close(rows);
    buf_free(&text);
    return rc;
}

int order_source_next(struct order_source *source, struct gateway_order *orders, int max,
                      struct error *err)
{
    int rc = 0;

    source->count = 0;
    source->handed_out = true;
    if (max > ORDER_PAGE)
        max = ORDER_PAGE;
    while (rc == 0 && source->count == 0 && !source->findings_done)
        rc = next_page_of_findings(source, max, err);
    if (rc == 0 && source->count == 0 && !source->given)
        rc = next_page_of_orders(source, max, err);
    if (rc != 0)
        return -1;
    memcpy(orders, source->page, (size_t)source->count * sizeof(*orders));
    return source->count;
}

bool order_source_cursor(const struct order_source *source, char *cursor, size_t size)
{
    json_t *saved;
    size_t len;

    if (!source->handed_out || !source->after_time[0])
        return false;
    saved = json_pack("{s:s,s:s}", "created_at", source->after_time, "order_id", source->after_id);
    len = json_dumpb(saved, cursor, size - 1, JSON_COMPACT);
    json_decref(saved);
    if (len == 0 || len > size - 1)
        return false;
    cursor[len] = '\0';
    return true;
}

int order_source_examine(struct order_source *source, struct examine *examine, struct error *err)
{
    int i;

    for (i = 0; i < source->count; i++)
        if (examine_add(examine, SUBJECT_REF, source->page[i].ref, err) != 0)
            return -1;
    return examine_flush(examine, err);
}
