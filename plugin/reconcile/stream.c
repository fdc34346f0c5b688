/* stream.c - see stream.h. */
#include "stream.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../row_fields.h"
#include "../stop.h"
#include "examine.h"

#define STOP_CHECK_ROWS 4096
#define PROGRESS_MS 1000
#define SORT_BUFFER (16 << 20)  /* bytes; a million orders in one merge of their runs */
#define SORT_ROW_MAX (16 << 10) /* bytes */

/* One side, standing on its next row. */
struct side {
    struct db *db;
    struct rows *rows;
    struct row row;
    bool at_end;
    char last[RECORD_REF_SIZE]; /* reference of the row before: the order is checked, not trusted */
    const char *name;
};

/* What the rows of one reference come to. */
struct group {
    int orders, payments, moved, refunds, not_found, attempts; /* attempts: current, not moved */
    enum order_status order_status;
    int64_t order_amount, amount, fee, refunded;
    bool mixed; /* not all in one currency, or something is odd */
    char order_currency[CURRENCY_SIZE], currency[CURRENCY_SIZE];
    char ref[RECORD_REF_SIZE]; /* last: not cleared for each group */
};

struct stream {
    struct job *job;
    struct side orders, records;
    struct examine examine;
    struct match_rules rules;
    unsigned long long rows;
    int64_t shown_ms; /* when the run's row was brought up to date last */
};

enum { ORDER_REF, ORDER_AMOUNT, ORDER_CURRENCY, ORDER_STATUS, ORDER_ID };
enum {
    REC_REF,
    REC_KIND,
    REC_STATUS,
    REC_AMOUNT,
    REC_CURRENCY,
    REC_FEE,
    REC_REFUNDED,
    REC_CURRENT,
    REC_ID
};

/* So that a SELECT from reconciliation_runs shows how far a long run is. */
static int show_progress(struct stream *s, struct error *err)
{
    unsigned long long internal, gateway, matched;

    if (clock_ms() - s->shown_ms < PROGRESS_MS)
        return 0;
    s->shown_ms = clock_ms();
    totals_sum(&s->job->totals, &internal, &gateway, &matched);
    return db_exec(s->job->db, err,
                   "UPDATE purser.reconciliation_runs SET internal_records = %llu,"
                   " gateway_records = %llu, matched = %llu WHERE id = %llu",
                   internal, gateway, matched, s->job->id) < 0
               ? -1
               : 0;
}

static int side_next(struct stream *s, struct side *side, struct error *err)
{
    int rc;

    if ((++s->rows % STOP_CHECK_ROWS) == 0) {
        if (stop_requested())
            return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
        if (job_keep_lease(s->job, err) != 0 || show_progress(s, err) != 0)
            return -1;
    }
    rc = rows_next(side->rows, &side->row, err);
    if (rc == -1)
        return error_prefix(err, "reading %s: ", side->name);
    side->at_end = rc == 0;
    return 0;
}

/* Reference of the row a side stands on; "" where it has none that can be matched. */
static const char *side_ref(const struct side *side)
{
    const char *ref = side->row.field[0];

    return ref && side->row.length[0] < RECORD_REF_SIZE && strlen(ref) == side->row.length[0] ? ref
                                                                                              : "";
}

/* The shop's orders are sorted by the server. Left to its defaults it sorts row numbers (a
   VARCHAR(255) counts with its full length) and then fetches each row anew: three times the time,
   and more the larger the day. */
static int allow_a_good_sort(struct db *db, struct error *err)
{
    return db_exec(db, err,
                   "SET SESSION sort_buffer_size = GREATEST(@@sort_buffer_size, %d),"
                   " max_length_for_sort_data = GREATEST(@@max_length_for_sort_data, %d)",
                   SORT_BUFFER, SORT_ROW_MAX) < 0
               ? -1
               : 0;
}

static int open_orders(struct stream *s, struct error *err)
{
    char begin[TIMESTAMP_SQL_SIZE], end[TIMESTAMP_SQL_SIZE];
    struct job *job = s->job;

    s->orders.name = "purser.app_payments";
    s->orders.db = db_open(err);
    if (!s->orders.db || job_use_app_zone(job, s->orders.db, job->begin, err) != 0 ||
        allow_a_good_sort(s->orders.db, err) != 0)
        return -1;
    job_app_bound(job, job->begin, begin);
    job_app_bound(job, job->end, end);
    s->orders.rows = db_stream(
        s->orders.db, err,
        "SELECT CONVERT(transaction_ref USING utf8mb4) AS ref, amount, currency, status, order_id"
        " FROM purser.app_payments"
        " WHERE gateway = %s AND created_at >= %s AND created_at < %s"
        " ORDER BY CONVERT(transaction_ref USING utf8mb4) COLLATE utf8mb4_nopad_bin",
        job->gateway.name, begin, end);
    return s->orders.rows ? 0 : error_prefix(err, "reading purser.app_payments: ");
}

static int open_records(struct stream *s, struct error *err)
{
    struct job *job = s->job;

    s->records.name = "purser.gateway_transactions";
    s->records.db = db_open(err);
    if (!s->records.db)
        return -1;
    /* The clustered key is the order wanted; a stale statistic must not choose another way. */
    s->records.rows = db_stream(
        s->records.db, err,
        "SELECT transaction_ref, kind + 0, status + 0, amount, currency, fee, refunded,"
        " source = 'file' OR %d OR run_id <=> %llu OR read_at >= %td, gateway_transaction_id"
        " FROM purser.gateway_transactions FORCE INDEX (PRIMARY)"
        " WHERE gateway = %s AND business_date = %i ORDER BY transaction_ref",
        job->lists && job->whole, job->id, job->started_at, job->gateway.name, job->day);
    return s->records.rows ? 0 : error_prefix(err, "reading purser.gateway_transactions: ");
}

static int advance(struct stream *s, struct side *side, struct error *err)
{
    const char *ref;

    if (side_next(s, side, err) != 0)
        return -1;
    if (side->at_end)
        return 0;
    ref = side_ref(side);
    if (strcmp(ref, side->last) < 0 && *ref)
        return error_set(err, ERROR_SQL, "%s did not come in the order of its references",
                         side->name);
    if (*ref)
        memcpy(side->last, ref, strlen(ref) + 1);
    return 0;
}

static void order_currency(const struct row *row, char code[CURRENCY_SIZE])
{
    code[0] = '\0';
    if (row->field[ORDER_CURRENCY])
        currency_normalize(row->field[ORDER_CURRENCY], row->length[ORDER_CURRENCY], code);
}

static enum order_status order_status(const struct row *row)
{
    const char *text = row->field[ORDER_STATUS];

    return order_status_parse(text ? text : "", text ? row->length[ORDER_STATUS] : 0);
}

static bool claims_money(enum order_status status)
{
    return order_status_claims(status);
}

/* Orders without a usable reference: what is paid needs a look, the rest is only counted. */
static int take_bare_orders(struct stream *s, struct error *err)
{
    struct side *side = &s->orders;
    char code[CURRENCY_SIZE];

    while (!side->at_end && !*side_ref(side)) {
        if (claims_money(order_status(&side->row))) {
            if (!side->row.field[ORDER_ID])
                return error_set(err, ERROR_CONFIG,
                                 "purser.app_payments has a paid order without a reference whose"
                                 " order_id is NULL");
            if (side->row.length[ORDER_ID] >= MATCH_ORDER_ID_SIZE)
                return error_set(err, ERROR_CONFIG,
                                 "purser.app_payments has an order_id of %lu bytes; %d are allowed",
                                 side->row.length[ORDER_ID], MATCH_ORDER_ID_SIZE - 1);
            if (examine_add(&s->examine, SUBJECT_ORDER, side->row.field[ORDER_ID], err) != 0)
                return -1;
        } else {
            order_currency(&side->row, code);
            totals_line(&s->job->totals, code)->internal++;
        }
        if (advance(s, side, err) != 0)
            return -1;
    }
    return 0;
}

static enum record_status record_status(const struct row *row)
{
    return (enum record_status)(row_int(row, REC_STATUS) - 1);
}

static bool is_refund(const struct row *row)
{
    return row_int(row, REC_KIND) == 2;
}

static int take_bare_records(struct stream *s, struct error *err)
{
    struct side *side = &s->records;

    while (!side->at_end && !*side_ref(side)) {
        enum record_status status = record_status(&side->row);

        if (match_has_moved(status) && !is_refund(&side->row)) {
            if (examine_add(&s->examine, SUBJECT_RECORD, side->row.field[REC_ID], err) != 0)
                return -1;
        } else if (!is_refund(&side->row) && status != RECORD_NOT_FOUND) {
            totals_line(&s->job->totals, side->row.field[REC_CURRENCY])->gateway++;
        }
        if (advance(s, side, err) != 0)
            return -1;
    }
    return 0;
}

static void take_order(struct group *g, const struct row *row)
{
    g->orders++;
    g->order_status = order_status(row);
    g->order_amount = row_money(row, ORDER_AMOUNT);
    order_currency(row, g->order_currency);
}

static void take_record(struct group *g, const struct row *row)
{
    enum record_status status = record_status(row);
    const char *currency = row->field[REC_CURRENCY];

    if (is_refund(row)) {
        g->refunds++;
        return;
    }
    if (status == RECORD_NOT_FOUND) {
        g->not_found += row_int(row, REC_CURRENT) != 0;
        return;
    }
    if (g->payments++ > 0 && strcmp(currency, g->currency) != 0)
        g->mixed = true;
    memcpy(g->currency, currency, strnlen(currency, CURRENCY_SIZE - 1) + 1);
    if (!match_has_moved(status)) {
        g->attempts += row_int(row, REC_CURRENT) != 0;
        return;
    }
    g->moved++;
    g->mixed = g->mixed || status == RECORD_REFUNDED;
    g->amount = row_money(row, REC_AMOUNT);
    g->fee = row_money(row, REC_FEE);
    g->refunded = row_money(row, REC_REFUNDED);
}

/* Is there nothing about this reference that another look, at all days and row by row, could
 * change? */
static bool is_plain(const struct group *g, const struct match_rules *rules)
{
    int64_t expected;

    if (g->mixed || g->refunds > 0 || g->orders > 1 || g->moved > 1)
        return false;
    if (g->orders == 0)
        return g->moved == 0;
    /* An order that nobody paid, and the gateway said so. (After an attempt the customer may have
       paid past midnight, which is in another day's rows.) */
    if (g->moved == 0)
        return !claims_money(g->order_status) && g->attempts == 0 && g->not_found > 0;
    return g->order_status == ORDER_PAID && strcmp(g->order_currency, g->currency) == 0 &&
           (g->refunded == MONEY_ABSENT || g->refunded == 0) &&
           match_amounts_agree(g->order_amount, g->amount, rules) &&
           match_fee_agrees(g->amount, g->fee, rules, &expected);
}

static void count_plain(struct stream *s, const struct group *g)
{
    struct totals *totals = &s->job->totals;

    if (g->orders > 0) {
        struct totals_line *line = totals_line(totals, g->order_currency);

        line->internal++;
        line->matched += g->moved + g->attempts > 0;
    }
    if (g->payments > 0)
        totals_line(totals, g->currency)->gateway += (unsigned)g->payments;
}

/* Read everything under the smaller of the two references. */
static int read_group(struct stream *s, struct group *g, struct error *err)
{
    const char *ref;

    memset(g, 0, offsetof(struct group, ref));
    if (s->orders.at_end ||
        (!s->records.at_end && strcmp(side_ref(&s->records), side_ref(&s->orders)) < 0))
        ref = side_ref(&s->records);
    else
        ref = side_ref(&s->orders);
    memcpy(g->ref, ref, strlen(ref) + 1);
    while (!s->orders.at_end && strcmp(side_ref(&s->orders), g->ref) == 0) {
        take_order(g, &s->orders.row);
        if (advance(s, &s->orders, err) != 0)
            return -1;
    }
    while (!s->records.at_end && strcmp(side_ref(&s->records), g->ref) == 0) {
        take_record(g, &s->records.row);
        if (advance(s, &s->records, err) != 0)
            return -1;
    }
    return 0;
}

static int merge(struct stream *s, struct error *err)
{
    struct group g;

    if (advance(s, &s->records, err) != 0 || advance(s, &s->orders, err) != 0)
        return -1;
    for (;;) {
        if (take_bare_orders(s, err) != 0 || take_bare_records(s, err) != 0)
            return -1;
        if (s->orders.at_end && s->records.at_end)
            return examine_flush(&s->examine, err);
        if (read_group(s, &g, err) != 0)
            return -1;
        if (is_plain(&g, &s->rules))
            count_plain(s, &g);
        else if (examine_add(&s->examine, SUBJECT_REF, g.ref, err) != 0)
            return -1;
    }
}

int stream_match(struct job *job, struct error *err)
{
    struct stream *s = calloc(1, sizeof(*s));
    int rc = -1;

    if (!s)
        return error_set(err, ERROR_MEMORY, "out of memory");
    memset(&job->totals, 0, sizeof(job->totals));
    s->job = job;
    s->shown_ms = clock_ms();
    s->rules = examine_rules(&job->gateway);
    if (examine_init(&s->examine, job, err) != 0)
        goto end;
    s->examine.count = true;
    s->examine.whole = job->lists && job->whole;
    if (open_records(s, err) == 0 && open_orders(s, err) == 0)
        rc = merge(s, err);
end:
    examine_deinit(&s->examine);
    /* After an error the rest of a stream is read and dropped, or cut off when deinit kills it. */
    rows_close(s->orders.rows);
    rows_close(s->records.rows);
    db_close(s->orders.db);
    db_close(s->records.db);
    free(s);
    return rc;
}
