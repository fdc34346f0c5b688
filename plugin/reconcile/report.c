/*
  report.c - see report.h.

  Two runs of one day (of two gateways) may end at the same time, and each writes the report of
  both: the row 'report' of jobs, which each changes first, puts them one after the other, so that
  the later one sees the earlier's result. On two nodes of a cluster the later one gets a conflict,
  and begins again. (Not FOR UPDATE, for a row that is only locked is not known to the other nodes;
  not GET_LOCK, for anybody may hold such a lock.) A server that has lost its lease, because it
  stood still for a minute, writes nothing.
*/
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "../row_fields.h"
#include "../stop.h"
#include "../transaction.h"

#define DAYS_MAX 400

static int write_run(struct job *job, const char *state, const struct error *why, struct error *err)
{
    unsigned long long internal, gateway, matched;
    struct buf by_currency;
    long long rc = -1;

    totals_sum(&job->totals, &internal, &gateway, &matched);
    buf_init(&by_currency, 64 * 1024);
    totals_json(&job->totals, &by_currency);
    if (!by_currency.failed)
        rc = db_exec(job->db, err,
                     "UPDATE purser.reconciliation_runs SET state = %s, phase = 'done',"
                     " finished_at = UTC_TIMESTAMP(6), fetched = %llu, unread = %llu,"
                     " internal_records = %llu, gateway_records = %llu, matched = %llu,"
                     " discrepancies = (SELECT COUNT(*) FROM purser.discrepancies d"
                     "  WHERE d.gateway = %s AND d.business_date = %i AND d.holds),"
                     " by_currency = %s, fetch_cursor = NULL, error = %s WHERE id = %llu",
                     state, job->fetched, job->unread, internal, gateway, matched,
                     job->gateway.name, job->day, by_currency.data,
                     why->code == ERROR_NONE ? NULL : why->text, job->id);
    else
        error_set(err, ERROR_MEMORY, "out of memory");
    buf_free(&by_currency);
    return rc < 0 ? -1 : 0;
}

/* One day's report. Written as a literal, so that the binary log carries no function call. */
static int write_report(struct job *job, int32_t day, struct error *err)
{
    struct rows *rows = db_query(job->db, err, "SELECT purser.report_json(%i)", day);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1 && row.field[0])
        rc = db_exec(job->db, err,
                     "INSERT INTO purser.reconciliation_reports"
                     " (report_date, results_json, created_at, updated_at)"
                     " VALUES (%i, %.*s, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))"
                     " ON DUPLICATE KEY UPDATE"
                     " updated_at = IF(results_json = VALUES(results_json), updated_at,"
                     "  VALUES(updated_at)), results_json = VALUES(results_json)",
                     day, (int)row.length[0], row.field[0]) < 0
                 ? -1
                 : 0;
    rows_close(rows);
    return rc < 0 ? -1 : 0;
}

/* Other days that have a report and of which this job has changed something, however long ago. */
static int changed_days(struct job *job, int32_t *days, int *n, struct error *err)
{
    struct rows *rows = db_query(job->db, err,
                                 "SELECT DISTINCT TO_DAYS(d.business_date) - TO_DAYS('1970-01-01')"
                                 " FROM purser.discrepancies d JOIN purser.reconciliation_reports r"
                                 " ON r.report_date = d.business_date WHERE d.gateway = %s"
                                 " AND d.changed_at >= %td AND d.business_date <> %i LIMIT %d",
                                 job->gateway.name, job->started_at, job->day, DAYS_MAX);
    struct row row;
    int rc;

    *n = 0;
    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1)
        days[(*n)++] = (int32_t)row_int(&row, 0);
    rows_close(rows);
    return rc;
}

static int write_changed(struct job *job, struct error *err)
{
    int32_t days[DAYS_MAX];
    int i, n, rc;

    rc = changed_days(job, days, &n, err);
    for (i = 0; i < n && rc == 0; i++)
        rc = write_report(job, days[i], err);
    return rc;
}

/* What a transaction works with. */
struct ending {
    struct job *job;
    const char *state; /* of the run; NULL: of a sweep */
    const struct error *why;
};

static int begin(struct job *job, struct error *err)
{
    int rc;

    if (db_exec(job->db, err,
                "INSERT INTO purser.jobs (name, last_end) VALUES ('report', UTC_TIMESTAMP(6))"
                " ON DUPLICATE KEY UPDATE last_end = VALUES(last_end)") < 0)
        return -1;
    rc = lease_fence(&job->lease, job->db, err);
    if (rc == 0)
        return error_set(err, ERROR_BUSY, "another server has taken gateway '%s' over",
                         job->gateway.name);
    return rc == 1 ? 0 : -1;
}

static int write_all(void *context, struct error *err)
{
    const struct ending *ending = context;
    struct job *job = ending->job;

    if (begin(job, err) != 0)
        return -1;
    if (ending->state && (write_run(job, ending->state, ending->why, err) != 0 ||
                          write_report(job, job->day, err) != 0))
        return -1;
    return write_changed(job, err);
}

int report_finish(struct job *job, const char *state, const struct error *why, struct error *err)
{
    return transaction_run(job->db, TRANSACTION_JOB_MS, write_all,
                           &(struct ending){job, state, why}, err);
}

int report_refresh(struct job *job, struct error *err)
{
    return transaction_run(job->db, TRANSACTION_JOB_MS, write_all,
                           &(struct ending){job, NULL, NULL}, err);
}
