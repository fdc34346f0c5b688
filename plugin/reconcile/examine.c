/*
  examine.c - see examine.h.

  A batch of subjects costs three small queries (orders, records, discrepancies) and, only where
  something has changed, one transaction. Every subject is of one kind within a batch, so that each
  query is a plain IN over one index.

  MEMORY: at most ROWS_MAX rows of each side are held. A batch that has more is split in two; a
  single reference with more is judged by its first MATCH_GROUP_MAX rows.
*/
#include "examine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../row_fields.h"
#include "../stop.h"
#include "doubts.h"
#include "findings.h"

#define ROWS_MAX 2048

struct order_row {
    int subject;
    struct match_order order;
};

struct record_row {
    int subject;
    struct match_record record;
};

struct examine_memory {
    struct order_row orders[ROWS_MAX];
    struct record_row records[ROWS_MAX];
    int n_orders, n_records;
    struct match_order group_orders[MATCH_GROUP_MAX];
    struct match_record group_records[MATCH_GROUP_MAX];
    bool conclusive[EXAMINE_BATCH];
    char order_ids[ROWS_MAX][MATCH_ORDER_ID_SIZE];
    int order_subjects[ROWS_MAX];
    bool cut; /* there are more orders than were loaded */
    struct findings findings;
    const char *ref; /* of the group that is being judged */
    struct error *err;
    struct buf text;
};

int examine_init(struct examine *examine, struct job *job, struct error *err)
{
    memset(examine, 0, sizeof(*examine));
    examine->job = job;
    examine->db = job->db;
    examine->memory = calloc(1, sizeof(*examine->memory));
    if (!examine->memory)
        return error_set(err, ERROR_MEMORY, "out of memory");
    buf_init(&examine->memory->text, 1u << 20);
    return 0;
}

void examine_deinit(struct examine *examine)
{
    if (!examine->memory)
        return;
    findings_free(&examine->memory->findings);
    buf_free(&examine->memory->text);
    free(examine->memory);
    memset(examine, 0, sizeof(*examine));
}

static int subject_of(const struct subject *subjects, int n, const char *key)
{
    int i;

    for (i = 0; key && i < n; i++)
        if (strcmp(subjects[i].key, key) == 0)
            return i;
    return -1;
}

static void read_order(const struct job *job, const struct row *row, struct match_order *order)
{
    memset(order, 0, sizeof(*order));
    row_text(row, 0, order->order_id, sizeof(order->order_id));
    order->amount = row_money(row, 2);
    if (row->field[3])
        currency_normalize(row->field[3], row->length[3], order->currency);
    row_text(row, 4, order->status_text, sizeof(order->status_text));
    order->status = order_status_parse(row->field[4] ? row->field[4] : "", row->length[4]);
    order->created_at = row_time(row, 5);
    if (order->created_at == 0) { /* NULL or zero: a day of its own would be looked at by nobody */
        order->created_at = job->begin;
        order->day = job->day ? job->day : zone_day_of(job->business, clock_utc_us());
        return;
    }
    order->created_at = zone_to_utc(job->app, order->created_at);
    order->day = zone_day_of(job->business, order->created_at);
}

/* The orders of the subjects; -1 with ERROR_LIMIT where there are more than fit. */
static int load_orders(struct examine *e, const struct subject *subjects, int n, struct error *err)
{
    struct examine_memory *m = e->memory;
    bool by_order = subjects[0].kind == SUBJECT_ORDER;
    struct rows *rows;
    struct row row;
    int rc, seen = 0;

    m->n_orders = 0;
    m->cut = false;
    if (subjects[0].kind == SUBJECT_RECORD)
        return 0;
    buf_clear(&m->text);
    db_format(e->db, &m->text, err,
              "SELECT order_id, CONVERT(transaction_ref USING utf8mb4), amount, currency, status,"
              " created_at FROM purser.app_payments WHERE gateway = %s AND ",
              e->job->gateway.name);
    app_subjects_condition(e->db, &m->text, subjects, n, err);
    if (n == 1 && !by_order) /* only resembling ones must not use the limit up */
        db_format(e->db, &m->text, err,
                  " AND CONVERT(transaction_ref USING utf8mb4) COLLATE utf8mb4_nopad_bin = %s",
                  subjects[0].key);
    db_format(e->db, &m->text, err, " LIMIT %d", n == 1 ? MATCH_GROUP_MAX : ROWS_MAX + 1);
    rows = db_query_text(e->db, &m->text, err);
    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1) {
        if (++seen > ROWS_MAX) {
            rc = error_set(err, ERROR_LIMIT, "too many orders share these references");
            break;
        }
        int subject = subject_of(subjects, n, row.field[by_order ? 0 : 1]);

        /* The view's collation may be laxer than ours: a reference that only resembles is another.
         */
        if (subject < 0 ||
            (by_order && row.field[1] && row.length[1] > 0 && row.length[1] < RECORD_REF_SIZE &&
             strlen(row.field[1]) == row.length[1]))
            continue;
        m->orders[m->n_orders].subject = m->order_subjects[m->n_orders] = subject;
        read_order(e->job, &row, &m->orders[m->n_orders].order);
        memcpy(m->order_ids[m->n_orders], m->orders[m->n_orders].order.order_id,
               MATCH_ORDER_ID_SIZE);
        m->n_orders++;
    }
    rows_close(rows);
    m->cut = n == 1 && m->n_orders == MATCH_GROUP_MAX;
    return rc;
}

static void read_record(const struct examine *e, const struct row *row, struct match_record *out)
{
    const struct job *job = e->job;
    struct record *r = &out->record;
    bool by_this_run = row->field[14] && row->field[14][0] == '1';

    memset(out, 0, sizeof(*out));
    row_text(row, 0, r->ref, sizeof(r->ref));
    r->kind = strcmp(row->field[1], "refund") == 0 ? RECORD_REFUND : RECORD_PAYMENT;
    row_text(row, 2, r->id, sizeof(r->id));
    row_text(row, 3, r->parent_id, sizeof(r->parent_id));
    r->status = record_status_from_name(row->field[4], row->length[4]);
    row_text(row, 5, r->raw_status, sizeof(r->raw_status));
    r->amount = row_money(row, 6);
    row_text(row, 7, r->currency, sizeof(r->currency));
    r->fee = row_money(row, 8);
    r->refunded = row_money(row, 9);
    r->created_at = row_time(row, 10);
    out->day = (int32_t)row_int(row, 11);
    out->from_file = strcmp(row->field[12], "file") == 0;
    r->order_claims = row_int(row, 13) != 0;
    out->current = out->from_file || (job->lists ? job->whole && !e->stale : by_this_run);
}

static int load_records(struct examine *e, const struct subject *subjects, int n, struct error *err)
{
    struct examine_memory *m = e->memory;
    bool by_id = subjects[0].kind == SUBJECT_RECORD;
    int of_subject[EXAMINE_BATCH] = {0};
    struct rows *rows;
    struct row row;
    int rc;

    m->n_records = 0;
    if (subjects[0].kind == SUBJECT_ORDER)
        return 0;
    buf_clear(&m->text);
    db_format(e->db, &m->text, err,
              "SELECT transaction_ref, kind, gateway_transaction_id, parent_id, status, raw_status,"
              " amount, currency, fee, refunded, created_at,"
              " TO_DAYS(business_date) - TO_DAYS('1970-01-01'), source, order_claims,"
              " (%d AND run_id <=> %llu) OR read_at >= %td"
              " FROM purser.gateway_transactions FORCE INDEX (%p)"
              " WHERE gateway = %s AND %p",
              e->job->id != 0, e->job->id, e->job->started_at, by_id ? "by_id" : "by_ref",
              e->job->gateway.name, by_id ? "kind = 'payment' AND transaction_ref = '' AND " : "");
    subjects_condition(e->db, &m->text, subjects, n, NULL, "gateway_transaction_id", err);
    /* Of more attempts than fit, those that moved money are looked at first. */
    db_format(e->db, &m->text, err, "%p LIMIT %d",
              n == 1 ? " ORDER BY kind = 'refund' DESC, status IN ('captured', 'refunded') DESC,"
                       " created_at DESC"
                     : "",
              n == 1 ? MATCH_GROUP_MAX : ROWS_MAX + 1);
    rows = db_query_text(e->db, &m->text, err);
    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1) {
        int subject = subject_of(subjects, n, row.field[by_id ? 2 : 0]);

        if (subject < 0)
            continue;
        /* One with more than are judged is loaded alone, with those that moved money first. */
        if (m->n_records == ROWS_MAX || (n > 1 && ++of_subject[subject] > MATCH_GROUP_MAX)) {
            rc = error_set(err, ERROR_LIMIT, "too many records share these references");
            break;
        }
        m->records[m->n_records].subject = subject;
        read_record(e, &row, &m->records[m->n_records++].record);
    }
    rows_close(rows);
    return rc;
}

static int collect(void *context, const struct finding *f)
{
    struct examine *e = context;
    struct found found = {.type = f->type,
                          .internal_amount = f->internal_amount,
                          .gateway_amount = f->gateway_amount,
                          .difference = f->difference};

    found.business_date = f->order ? f->order->day : f->record->day;
    snprintf(found.ref, sizeof(found.ref), "%s", e->memory->ref);
    if (f->order) {
        memcpy(found.order_id, f->order->order_id, sizeof(found.order_id));
        memcpy(found.currency, f->order->currency, sizeof(found.currency));
        memcpy(found.internal_status, f->order->status_text, sizeof(found.internal_status));
    }
    if (f->record) {
        memcpy(found.record_id, f->record->record.id, sizeof(found.record_id));
        memcpy(found.gateway_currency, f->record->record.currency, sizeof(found.gateway_currency));
        snprintf(found.gateway_status, sizeof(found.gateway_status), "%s",
                 record_status_name(f->record->record.status));
    }
    if (!found.currency[0])
        memcpy(found.currency, found.gateway_currency, sizeof(found.currency));
    memcpy(found.detail, f->detail, sizeof(found.detail));
    if (f->type == MISSING_IN_GATEWAY && !found.ref[0])
        snprintf(found.detail, sizeof(found.detail), "the order is paid and carries no reference");
    return findings_add(&e->memory->findings, &found, e->memory->err);
}

static void count_group(struct examine *e, int n_orders, const struct match_result *result)
{
    struct examine_memory *m = e->memory;
    int i;

    for (i = 0; i < n_orders; i++) {
        const struct match_order *order = &m->group_orders[i];

        if (order->day != e->job->day)
            continue;
        totals_line(&e->job->totals, order->currency)->internal++;
        totals_line(&e->job->totals, order->currency)->matched += result->matched[i];
    }
    for (i = 0; i < result->n_records; i++) {
        const struct match_record *r = &m->group_records[i];
        int32_t day = result->has_order ? result->attributed_day : r->day;

        if (day == e->job->day && r->record.kind == RECORD_PAYMENT &&
            r->record.status != RECORD_NOT_FOUND)
            totals_line(&e->job->totals, r->record.currency)->gateway++;
    }
}

/* An absence that was proven once stays proven until the gateway says otherwise. */
static bool absence_was_proven(const struct findings *f, int subject, const char *order_id)
{
    int i;

    for (i = 0; i < f->n_stored; i++)
        if (f->stored[i].subject == subject && f->stored[i].holds &&
            f->stored[i].found.type == MISSING_IN_GATEWAY &&
            strcmp(f->stored[i].found.order_id, order_id) == 0)
            return true;
    return false;
}

/* What the list that was read says of an order that is not in it. */
static bool is_covered(const struct examine *e, const struct match_order *order, int subject)
{
    const struct job *job = e->job;

    if (job->lists && absence_was_proven(&e->memory->findings, subject, order->order_id))
        return true;
    if (!e->whole || order->day != job->day)
        return false;
    /* An export ends with its day; what was paid just after midnight is in the next one. */
    return job->gateway.adapter != &gateway_file || job->later_file ||
           order->created_at < job->end - job->gateway.overlap_seconds * MICROS;
}

struct match_rules examine_rules(const struct gateway *gateway)
{
    struct match_rules rules = {.tolerance_absolute = gateway->tolerance_absolute,
                                .tolerance_percent = gateway->tolerance_percent,
                                .fee_percent = gateway->fee_percent,
                                .fee_fixed = gateway->fee_fixed,
                                .fee_tolerance = gateway->fee_tolerance};

    return rules;
}

/* An answer that is older than the order's claim says nothing about the claim. @return was there
 * one? */
static bool set_older_answers_aside(struct examine *e, int n_orders, int n_records)
{
    struct examine_memory *m = e->memory;
    bool claims = false, any = false;
    int i;

    for (i = 0; i < n_orders; i++)
        claims = claims || order_status_claims(m->group_orders[i].status);
    for (i = 0; i < n_records && claims && !e->job->lists; i++) {
        struct match_record *r = &m->group_records[i];

        if (r->from_file || !r->current || r->record.order_claims ||
            match_has_moved(r->record.status) || r->record.kind == RECORD_REFUND)
            continue;
        r->current = false;
        any = true;
    }
    return any;
}

/* Does the finding say that the order claims more than the gateway has said? */
static bool is_claim(const struct found *found)
{
    enum order_status status =
        order_status_parse(found->internal_status, strlen(found->internal_status));

    if (found->type == REFUND_MISMATCH)
        return status == ORDER_REFUNDED ||
               (status == ORDER_PARTIALLY_REFUNDED && found->gateway_amount == 0);
    return found->type == MISSING_IN_GATEWAY || found->type == DUPLICATE_INTERNAL ||
           (found->type == STATUS_MISMATCH && order_status_claims(status));
}

/* Of lists: is there a new finding of that kind? The claim may be younger than the list. */
static bool claims_more_than_listed(const struct examine *e, const struct subject *subject,
                                    int first)
{
    const struct findings *f = &e->memory->findings;
    int i;

    if (subject->kind != SUBJECT_REF || e->job->gateway.adapter == &gateway_file)
        return false;
    for (i = first; i < f->n_found; i++)
        if (is_claim(&f->found[i]) && !findings_hold(f, &f->found[i]))
            return true;
    return false;
}

static int judge_subject(struct examine *e, const struct subject *subject, int index)
{
    struct examine_memory *m = e->memory;
    struct match_rules rules = examine_rules(&e->job->gateway);
    struct match_result result;
    int i, n_orders = 0, n_records = 0, found = m->findings.n_found, kept = 0;
    bool doubt;

    for (i = 0; i < m->n_orders && n_orders < MATCH_GROUP_MAX; i++)
        if (m->orders[i].subject == index)
            m->group_orders[n_orders++] = m->orders[i].order;
    for (i = 0; i < m->n_records && n_records < MATCH_GROUP_MAX; i++)
        if (m->records[i].subject == index)
            m->group_records[n_records++] = m->records[i].record;
    for (i = 0; i < n_orders; i++)
        m->group_orders[i].absence_is_proof = is_covered(e, &m->group_orders[i], index);
    rules.absence_is_proof = subject->kind == SUBJECT_ORDER || (e->whole && n_orders == 0);
    m->ref = subject->kind == SUBJECT_REF ? subject->key : "";
    doubt = set_older_answers_aside(e, n_orders, n_records);
    if (match_group(m->group_orders, n_orders, m->group_records, n_records, &rules, &result,
                    collect, e) != 0)
        return -1;
    m->conclusive[index] = result.conclusive;
    doubt =
        e->job->lists ? claims_more_than_listed(e, subject, found) : doubt && !result.conclusive;
    if (doubt && !e->last && (e->count || e->job->lists))
        kept = doubts_add(e->job, subject->key, e->count, m->err);
    if (kept == 1) {
        m->findings.n_found = found;
        m->conclusive[index] = false;
    }
    if (kept != 0)
        return kept == 1 ? 0 : -1;
    e->doubtful += doubt && !e->job->lists;
    if (e->count)
        count_group(e, n_orders, &result);
    return 0;
}

static int judge_all(struct examine *e, const struct subject *subjects, int n, struct error *err)
{
    int i;

    e->memory->err = err;
    e->memory->findings.n_found = 0;
    for (i = 0; i < n; i++)
        if (judge_subject(e, &subjects[i], i) != 0)
            return error_set(err, ERROR_MEMORY, "out of memory");
    return 0;
}

static int store(struct examine *e, const struct subject *subjects, int n, struct error *err)
{
    struct examine_memory *m = e->memory;
    struct known_orders orders = {m->order_ids, m->order_subjects, m->n_orders, m->cut};

    return findings_store(&m->findings, e->job, e->db, subjects, n, m->conclusive, &orders, err);
}

static int examine(struct examine *e, const struct subject *subjects, int n, struct error *err)
{
    struct examine_memory *m = e->memory;
    struct error why = {0};

    if (load_orders(e, subjects, n, &why) != 0 || load_records(e, subjects, n, &why) != 0) {
        if (why.code == ERROR_LIMIT && n > 1)
            return examine(e, subjects, n / 2, err) == 0
                       ? examine(e, subjects + n / 2, n - n / 2, err)
                       : -1;
        return error_set(err, why.code, "%s", why.text);
    }
    if (findings_load(&m->findings, e->job, e->db, subjects, n, false, err) != 0)
        return -1;
    if (judge_all(e, subjects, n, err) != 0)
        return -1;
    if (m->findings.n_found == 0 && m->findings.n_stored == 0)
        return 0;
    return store(e, subjects, n, err);
}

int examine_flush(struct examine *e, struct error *err)
{
    int n = e->n;

    e->n = 0;
    if (n == 0)
        return 0;
    if (examine(e, e->batch, n, err) != 0)
        return -1;
    return job_keep_lease(e->job, err);
}

int examine_add(struct examine *e, enum subject_kind kind, const char *key, struct error *err)
{
    int i;

    if ((e->n == EXAMINE_BATCH || (e->n > 0 && e->batch[0].kind != kind)) &&
        examine_flush(e, err) != 0)
        return -1;
    for (i = 0; i < e->n; i++)
        if (strcmp(e->batch[i].key, key) == 0)
            return 0;
    e->batch[e->n].kind = kind;
    snprintf(e->batch[e->n++].key, RECORD_REF_SIZE, "%s", key);
    return 0;
}
