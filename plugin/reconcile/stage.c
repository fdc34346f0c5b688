/* stage.c - see stage.h. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "../status.h"
#include "../stop.h"
#include "../transaction.h"

#define STAGE_AGE_MS 1000
#define FORGET_BATCH 10000

int stage_init(struct stage *stage, struct job *job, bool from_file, struct error *err)
{
    memset(stage, 0, sizeof(*stage));
    stage->job = job;
    stage->from_file = from_file;
    stage->flushed_ms = clock_ms();
    buf_init(&stage->text, 8u << 20);
    stage->batch = calloc(STAGE_BATCH, sizeof(*stage->batch));
    if (!stage->batch)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return 0;
}

void stage_deinit(struct stage *stage)
{
    free(stage->batch);
    buf_free(&stage->text);
    memset(stage, 0, sizeof(*stage));
}

int stage_put(struct stage *stage, const struct record *record, struct error *err)
{
    if (stage->count == STAGE_BATCH && stage_flush(stage, NULL, err) != 0)
        return -1;
    stage->batch[stage->count++] = *record;
    return 0;
}

bool stage_is_due(const struct stage *stage)
{
    return stage->count > STAGE_BATCH * 3 / 4 || clock_ms() - stage->flushed_ms > STAGE_AGE_MS;
}

static struct record *refund_of(struct stage *stage, const char *parent, struct record *after)
{
    struct record *r = after ? after + 1 : stage->batch;

    for (; r < stage->batch + stage->count; r++)
        if (r->kind == RECORD_REFUND && !r->ref[0] && strcmp(r->parent_id, parent) == 0)
            return r;
    return NULL;
}

/* A payment of the same batch has the reference. */
static void resolve_within_batch(struct stage *stage)
{
    int i, j;

    for (i = 0; i < stage->count; i++) {
        struct record *refund = &stage->batch[i];

        if (refund->kind != RECORD_REFUND || refund->ref[0] || !refund->parent_id[0])
            continue;
        for (j = 0; j < stage->count && !refund->ref[0]; j++)
            if (stage->batch[j].kind == RECORD_PAYMENT &&
                strcmp(stage->batch[j].id, refund->parent_id) == 0)
                memcpy(refund->ref, stage->batch[j].ref, sizeof(refund->ref));
    }
}

/* A refund says which payment it belongs to; the payment, staged before it, has the reference. */
static int resolve_refunds(struct stage *stage, struct error *err)
{
    struct job *job = stage->job;
    struct rows *rows;
    struct row row;
    int i, n = 0, rc;

    resolve_within_batch(stage);
    buf_clear(&stage->text);
    db_format(job->db, &stage->text, err,
              "SELECT gateway_transaction_id, transaction_ref FROM purser.gateway_transactions"
              " FORCE INDEX (by_id) WHERE gateway = %s AND kind = 'payment'"
              " AND gateway_transaction_id IN (",
              job->gateway.name);
    for (i = 0; i < stage->count; i++) {
        const struct record *r = &stage->batch[i];

        if (r->kind == RECORD_REFUND && !r->ref[0] && r->parent_id[0])
            db_format(job->db, &stage->text, err, "%p%s", n++ ? "," : "", r->parent_id);
    }
    buf_puts(&stage->text, ")");
    if (n == 0)
        return 0;
    rows = db_query_text(job->db, &stage->text, err);
    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1) {
        struct record *r = NULL;

        if (row.length[1] >= RECORD_REF_SIZE)
            continue;
        while ((r = refund_of(stage, row.field[0], r)) != NULL)
            memcpy(r->ref, row.field[1], row.length[1] + 1);
    }
    rows_close(rows);
    return rc;
}

static bool has_id_of_another(struct stage *stage, int i, const char *id, const char *ref)
{
    const struct record *r = &stage->batch[i];

    return r->kind == RECORD_PAYMENT && r->ref[0] && ref[0] && strcmp(r->id, id) == 0 &&
           strcmp(r->ref, ref) != 0;
}

/* Of answers to single questions: two references to which the gateway gives one identifier are two
   payments all the same. Stored under that one, the second would take the first one's row. Whose
   row it is already keeps it; the other gets an identifier made of its reference. */
static int tell_answers_apart(struct stage *stage, struct error *err)
{
    struct job *job = stage->job;
    struct rows *rows;
    struct row row;
    int i, j, rc;

    buf_clear(&stage->text);
    db_format(job->db, &stage->text, err,
              "SELECT gateway_transaction_id, transaction_ref FROM purser.gateway_transactions"
              " FORCE INDEX (by_id) WHERE gateway = %s AND kind = 'payment'"
              " AND gateway_transaction_id IN (",
              job->gateway.name);
    for (i = 0; i < stage->count; i++)
        db_format(job->db, &stage->text, err, "%p%s", i ? "," : "", stage->batch[i].id);
    buf_puts(&stage->text, ")");
    rows = db_query_text(job->db, &stage->text, err);
    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1)
        for (i = 0; i < stage->count; i++)
            if (has_id_of_another(stage, i, row.field[0], row.field[1]))
                record_derive_id(&stage->batch[i]);
    rows_close(rows);
    /* Answers come in any order: of two that are new the smaller reference keeps it. */
    for (i = 0; i < stage->count; i++)
        for (j = 0; j < stage->count; j++)
            if (has_id_of_another(stage, i, stage->batch[j].id, stage->batch[j].ref) &&
                strcmp(stage->batch[i].ref, stage->batch[j].ref) > 0)
                record_derive_id(&stage->batch[i]);
    return rc;
}

static const char insert_head[] =
    "INSERT INTO purser.gateway_transactions (gateway, business_date, transaction_ref, kind,"
    " gateway_transaction_id, parent_id, status, raw_status, amount, currency, fee, refunded,"
    " created_at, completed_at, updated_at, source, order_claims, run_id, read_at) VALUES ";

/* The gateway's own word counts more than a file's: a file only adds. */
static const char update_from_api[] =
    " ON DUPLICATE KEY UPDATE business_date = VALUES(business_date),"
    " transaction_ref = IF(VALUES(transaction_ref) = '', transaction_ref, VALUES(transaction_ref)),"
    " parent_id = VALUES(parent_id), status = VALUES(status), raw_status = VALUES(raw_status),"
    " amount = VALUES(amount), currency = VALUES(currency), fee = COALESCE(VALUES(fee), fee),"
    " refunded = COALESCE(VALUES(refunded), refunded), created_at = VALUES(created_at),"
    " completed_at = VALUES(completed_at), updated_at = VALUES(updated_at), source = 'api',"
    " order_claims = VALUES(order_claims) OR (run_id <=> VALUES(run_id) AND order_claims),"
    " run_id = VALUES(run_id), read_at = VALUES(read_at)";
static const char update_from_file[] =
    " ON DUPLICATE KEY UPDATE"
    " business_date = IF(source = 'file', VALUES(business_date), business_date),"
    " transaction_ref = IF(source = 'file', VALUES(transaction_ref), transaction_ref),"
    " parent_id = IF(source = 'file', VALUES(parent_id), parent_id),"
    " status = IF(source = 'file', VALUES(status), status),"
    " raw_status = IF(source = 'file', VALUES(raw_status), raw_status),"
    " amount = IF(source = 'file', VALUES(amount), amount),"
    " currency = IF(source = 'file', VALUES(currency), currency),"
    " fee = IF(source = 'file', VALUES(fee), fee),"
    " created_at = IF(source = 'file', VALUES(created_at), created_at),"
    " completed_at = IF(source = 'file', VALUES(completed_at), completed_at),"
    " read_at = IF(source = 'file', VALUES(read_at), read_at)";

static int write_insert(struct stage *stage, struct error *err)
{
    struct job *job = stage->job;
    int64_t now = clock_utc_us();
    char run[24] = "NULL", created[TIMESTAMP_SQL_SIZE];
    int i;

    if (!stage->from_file)
        snprintf(run, sizeof(run), "%llu", job->id);
    buf_clear(&stage->text);
    buf_puts(&stage->text, insert_head);
    for (i = 0; i < stage->count; i++) {
        const struct record *r = &stage->batch[i];

        timestamp_format_sql(r->created_at, created); /* 1970 is a time here, and no absence */
        if (db_format(job->db, &stage->text, err,
                      "%p(%s,%i,%s,%s,%s,%s,%s,%s,%jd,%s,%jd,%jd,%s,%td,%td,%s,%d,%p,%td)",
                      i ? "," : "", job->gateway.name, zone_day_of(job->business, r->created_at),
                      r->ref, r->kind == RECORD_REFUND ? "refund" : "payment", r->id,
                      r->parent_id[0] ? r->parent_id : NULL, record_status_name(r->status),
                      r->raw_status, r->amount, r->currency, r->fee, r->refunded, created,
                      r->completed_at, r->updated_at, stage->from_file ? "file" : "api",
                      r->order_claims, run, now) != 0)
            return -1;
    }
    buf_puts(&stage->text, stage->from_file ? update_from_file : update_from_api);
    return 0;
}

/* What a transaction works with. */
struct batch {
    struct stage *stage;
    const char *cursor; /* may be NULL */
};

static int write_batch(void *context, struct error *err)
{
    const struct batch *batch = context;
    struct stage *stage = batch->stage;
    struct job *job = stage->job;

    if (stage->count > 0 && db_exec_text(job->db, &stage->text, err) < 0)
        return -1;
    return batch->cursor &&
                   db_exec(
                       job->db, err,
                       "UPDATE purser.reconciliation_runs SET fetch_cursor = %s, fetched = %llu,"
                       " unread = %llu, error = %s WHERE id = %llu",
                       batch->cursor, job->fetched + (unsigned)stage->count, job->unread,
                       job->unread ? job->why_unread.text : NULL, job->id) < 0
               ? -1
               : 0;
}

static int write_transaction(struct stage *stage, const char *cursor, struct error *err)
{
    struct batch batch = {stage, cursor};
    struct error why = {0};
    int rc;

    /* A file is one transaction as a whole, which the import itself begins and ends. */
    if (stage->from_file)
        rc = write_batch(&(struct batch){stage, NULL}, &why);
    else
        rc = transaction_run(stage->job->db, TRANSACTION_JOB_MS, write_batch, &batch, &why);
    if (rc == 0)
        return 0;
    error_set(err, why.code, "%s", why.text);
    return error_prefix(err, "storing records of gateway '%.64s': ", stage->job->gateway.name);
}

int stage_flush(struct stage *stage, const char *cursor, struct error *err)
{
    int count = stage->count;

    if (count > 0 && !stage->job->lists && !stage->from_file && tell_answers_apart(stage, err) != 0)
        return -1;
    if (count > 0 && (resolve_refunds(stage, err) != 0 || write_insert(stage, err) != 0))
        return -1;
    if ((count > 0 || cursor) && write_transaction(stage, cursor, err) != 0)
        return -1;
    stage->job->fetched += (unsigned)count;
    stage->stored += (unsigned)count;
    stage->count = 0;
    stage->flushed_ms = clock_ms();
    status_add(&purser_status.records_staged, count);
    if (count > 0 && stage->stored_hook &&
        stage->stored_hook(stage->hook_context, stage->batch, count, err) != 0)
        return -1;
    return job_keep_lease(stage->job, err);
}

int stage_link_refunds(struct stage *stage, struct error *err)
{
    return db_exec(stage->job->db, err,
                   "UPDATE purser.gateway_transactions r FORCE INDEX (by_ref)"
                   " JOIN purser.gateway_transactions p FORCE INDEX (by_id)"
                   " ON p.gateway = r.gateway AND p.kind = 'payment'"
                   " AND p.gateway_transaction_id = r.parent_id"
                   " SET r.transaction_ref = p.transaction_ref"
                   " WHERE r.gateway = %s AND r.transaction_ref = '' AND r.kind = 'refund'"
                   " AND p.transaction_ref <> ''",
                   stage->job->gateway.name) < 0
               ? -1
               : 0;
}

int stage_forget_unlisted(struct stage *stage, struct error *err)
{
    struct job *job = stage->job;
    long long deleted;

    do {
        deleted = db_exec(job->db, err,
                          "DELETE FROM purser.gateway_transactions WHERE gateway = %s"
                          " AND business_date = %i AND source = 'api'"
                          " AND NOT (run_id <=> %llu) AND read_at < %td LIMIT %d",
                          job->gateway.name, job->day, job->id, job->started_at, FORGET_BATCH);
        if (deleted >= 0 && job_keep_lease(job, err) != 0)
            return -1;
    } while (deleted == FORGET_BATCH);
    return deleted < 0 ? -1 : 0;
}
