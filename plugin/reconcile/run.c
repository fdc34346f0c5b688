/*
  run.c - see run.h: one day with one gateway, from the first page to the report.

  PHASES, each of which can be interrupted anywhere and begun again:
    fetch    records to gateway_transactions (fetch.h); goes on from the cursor
    recheck  what the gateway says of earlier days now (fetch_changes)
    match    the day as one pass over both sides (stream.h), then what is open anyway (recheck.h)
    report   the run's result and the day's report, in one transaction
*/
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../row_fields.h"
#include "../status.h"
#include "../stop.h"
#include "doubts.h"
#include "fetch.h"
#include "recheck.h"
#include "report.h"
#include "stream.h"

struct saved {
    char state[RUN_STATE_SIZE];
    char phase[16];
    char cursor[GATEWAY_CURSOR_SIZE];
    struct error why; /* why the fetch was not whole, of an earlier attempt */
};

static int load_run(struct job *job, struct saved *saved, struct error *err)
{
    struct rows *rows =
        db_query(job->db, err,
                 "SELECT state, phase, COALESCE(fetch_cursor, ''), fetched, unread,"
                 " error, started_at FROM purser.reconciliation_runs WHERE id = %llu",
                 job->id);
    struct row row;
    int rc;

    memset(saved, 0, sizeof(*saved));
    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1) {
        row_text(&row, 0, saved->state, sizeof(saved->state));
        row_text(&row, 1, saved->phase, sizeof(saved->phase));
        row_text(&row, 2, saved->cursor, sizeof(saved->cursor));
        job->fetched = (unsigned long long)row_int(&row, 3);
        job->unread = (unsigned long long)row_int(&row, 4);
        if (row.field[5])
            error_set(strcmp(saved->phase, "fetch") == 0 ? &job->why_unread : &saved->why,
                      ERROR_REMOTE, "%s", row.field[5]);
        job->started_at = row_time(&row, 6);
    }
    rows_close(rows);
    return rc == -1 ? -1 : 0;
}

static int enter(struct job *job, const char *phase, struct error *err)
{
    char day[DATE_TEXT_SIZE];

    date_format(job->day, day);
    log_note("%s %s: run %llu, phase %s", job->gateway.name, day, job->id, phase);
    return db_exec(job->db, err, "UPDATE purser.reconciliation_runs SET phase = %s WHERE id = %llu",
                   phase, job->id) < 0
               ? -1
               : 0;
}

static int look_for_later_file(struct job *job, struct error *err)
{
    char found[4];
    int rc = db_value(job->db, found, sizeof(found), err,
                      "SELECT 1 FROM purser.gateway_transactions WHERE gateway = %s"
                      " AND business_date > %i LIMIT 1",
                      job->gateway.name, job->day);

    job->later_file = rc == 1;
    return rc == -1 ? -1 : 0;
}

/* A gateway without an API is whole when there is a file of the day. */
static int check_file(struct job *job, struct error *why, struct error *err)
{
    char found[4];
    int rc;

    if (job->gateway.adapter != &gateway_file)
        return 0;
    rc = db_value(job->db, found, sizeof(found), err,
                  "SELECT 1 FROM purser.gateway_transactions WHERE gateway = %s"
                  " AND business_date = %i LIMIT 1",
                  job->gateway.name, job->day);
    if (rc == 0) {
        error_set(why, ERROR_REMOTE,
                  "no file has been imported for this day: CALL purser.import_gateway_file");
        job->whole = false;
    }
    return rc == -1 ? -1 : look_for_later_file(job, err);
}

static int phase_fetch(struct job *job, const struct saved *saved, struct error *why,
                       struct error *err)
{
    if (enter(job, "fetch", err) != 0 || fetch_day(job, saved->cursor, why, err) != 0 ||
        check_file(job, why, err) != 0)
        return -1;
    if (!job->whole)
        log_warning("%s: could not be read whole: %s", job->gateway.name, why->text);
    return db_exec(job->db, err,
                   "UPDATE purser.reconciliation_runs SET phase = 'recheck', fetched = %llu,"
                   " unread = %llu, error = %s WHERE id = %llu",
                   job->fetched, job->unread, job->whole ? NULL : why->text, job->id) < 0
               ? -1
               : 0;
}

static int phases(struct job *job, struct saved *saved, struct error *why, struct error *err)
{
    bool fetched = strcmp(saved->phase, "queued") != 0 && strcmp(saved->phase, "fetch") != 0;

    if (strcmp(saved->phase, "queued") != 0 &&
        db_exec(job->db, err,
                "UPDATE purser.reconciliation_runs SET attempts = attempts + 1 WHERE id = %llu",
                job->id) < 0)
        return -1;
    if (!fetched && phase_fetch(job, saved, why, err) != 0)
        return -1;
    if (fetched) {
        *why = saved->why;
        job->whole = why->code == ERROR_NONE;
        if (job->gateway.adapter == &gateway_file && look_for_later_file(job, err) != 0)
            return -1;
    }
    /* First what the gateway has to say of late, so that nothing is found that is right by now. */
    if (enter(job, "recheck", err) != 0 || recheck_changes(job, why, err) != 0)
        return -1;
    if (enter(job, "match", err) != 0 || stream_match(job, err) != 0 ||
        doubts_settle(job, why, err) != 0 || recheck_findings(job, err) != 0 ||
        doubts_settle(job, why, err) != 0)
        return -1;
    if (enter(job, "report", err) != 0)
        return -1;
    return report_finish(job, job->whole ? "complete" : "incomplete", why, err);
}

static void log_end(const struct job *job, const char *state, const struct error *why)
{
    unsigned long long internal, gateway, matched;
    char day[DATE_TEXT_SIZE];

    date_format(job->day, day);
    totals_sum(&job->totals, &internal, &gateway, &matched);
    if (strcmp(state, "complete") == 0)
        log_note("%s %s: run %llu complete: %llu orders, %llu records, %llu matched",
                 job->gateway.name, day, job->id, internal, gateway, matched);
    else
        log_warning("%s %s: run %llu %s: %s", job->gateway.name, day, job->id, state, why->text);
}

/* Our own failure ends the run as failed; it is tried again by the schedule. */
static int fail(struct job *job, const char *gateway, const struct error *why, struct error *err)
{
    struct db *db = job->db ? job->db : db_open(err);

    if (!db)
        return -1;
    if (db_exec(db, err,
                "UPDATE purser.reconciliation_runs r SET state = 'failed', error = %s,"
                " discrepancies = (SELECT COUNT(*) FROM purser.discrepancies d WHERE d.gateway ="
                "  r.gateway AND d.business_date = r.business_date AND d.holds),"
                " finished_at = UTC_TIMESTAMP(6) WHERE id = %llu AND state = 'running'",
                why->text, job->id) < 0) {
        if (!job->db)
            db_close(db);
        return -1;
    }
    if (!job->db)
        db_close(db);
    /* Not before: what could not be written comes here again and again. */
    log_error("%s: run %llu failed: %s", gateway, job->id, why->text);
    return 0;
}

static int execute(struct job *job, const struct task *task, char state[RUN_STATE_SIZE],
                   struct error *err)
{
    struct saved *saved = calloc(1, sizeof(*saved));
    struct error why = {0};
    int rc = -1;

    if (!saved)
        return error_set(err, ERROR_MEMORY, "out of memory");
    job->id = task->run_id;
    job->day = task->day;
    if (job_open(job, task->gateway, err) != 0 || job_take_lease(job, err) != 0 ||
        load_run(job, saved, err) != 0)
        goto end;
    if (strcmp(saved->state, "running") != 0) { /* another server has done it meanwhile */
        snprintf(state, RUN_STATE_SIZE, "%s", saved->state[0] ? saved->state : "failed");
        rc = 0;
        goto end;
    }
    zone_day_bounds(job->business, job->day, &job->begin, &job->end);
    rc = phases(job, saved, &why, err);
    if (rc == 0) {
        snprintf(state, RUN_STATE_SIZE, "%s", job->whole ? "complete" : "incomplete");
        status_add(job->whole ? &purser_status.runs_complete : &purser_status.runs_incomplete, 1);
        log_end(job, state, &why);
    }
end:
    free(saved);
    return rc;
}

int run_execute(const struct task *task, char state[RUN_STATE_SIZE], struct error *err)
{
    struct job *job = calloc(1, sizeof(*job));
    struct error why = {0};
    int rc;

    state[0] = '\0';
    if (!job)
        return error_set(err, ERROR_MEMORY, "out of memory");
    rc = execute(job, task, state, &why);
    if (rc != 0 && (why.code == ERROR_GONE || why.code == ERROR_STOPPED || stop_requested() ||
                    why.code == ERROR_BUSY)) { /* another server has the run now: wait for it */
        error_set(err, why.code, "%s", why.text);
    } else if (rc != 0) {
        rc = fail(job, task->gateway, &why, err);
        if (rc == 0) {
            snprintf(state, RUN_STATE_SIZE, "failed");
            status_add(&purser_status.runs_failed, 1);
        }
    }
    job_close(job);
    free(job);
    return rc;
}
