/*
  dispatch.c - see dispatch.h.

  What must survive a crash is written before it is acted on: a run is a row of reconciliation_runs
  in state running, phase queued, before it is a task.
*/
#include "dispatch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../udf/schedule.h"
#include "../udf/timestamp.h"
#include "lease.h"
#include "log.h"
#include "row_fields.h"
#include "stop.h"
#include "transaction.h"
#include "zone_file.h"

#define RETRY_BASE_MINUTES 15
#define RETRY_CAP_MINUTES 240

struct names {
    char name[REQUEST_RUNS_MAX][GATEWAY_NAME_SIZE];
    int count;
};

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static int enabled_gateways(struct db *db, struct names *names, struct error *err)
{
    struct rows *rows =
        db_query(db, err, "SELECT name FROM purser.gateways WHERE enabled ORDER BY name LIMIT %d",
                 REQUEST_RUNS_MAX + 1);
    struct row row;
    int rc;

    names->count = 0;
    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1 && names->count < REQUEST_RUNS_MAX)
        copy(names->name[names->count++], GATEWAY_NAME_SIZE, row.field[0]);
    if (rc == 1) /* one more than fit */
        log_warning("more than %d gateways are enabled: '%s' and those after it are left out",
                    REQUEST_RUNS_MAX, row.field[0]);
    rows_close(rows);
    return rc == -1 ? -1 : 0;
}

static int named_gateway(struct db *db, const char *gateway, struct names *names, struct error *err)
{
    char enabled[4];
    int rc = db_value(db, enabled, sizeof(enabled), err,
                      "SELECT enabled FROM purser.gateways WHERE name = %s", gateway);

    if (rc == -1)
        return -1;
    if (rc == 0)
        return error_set(err, ERROR_INPUT, "gateway '%.64s' is not in purser.gateways", gateway);
    if (strcmp(enabled, "1") != 0)
        return error_set(err, ERROR_INPUT, "gateway '%.64s' is not enabled in purser.gateways",
                         gateway);
    names->count = 1;
    copy(names->name[0], GATEWAY_NAME_SIZE, gateway);
    return 0;
}

/* What a transaction that makes runs works with. */
struct making {
    struct db *db;
    const char *gateway, *asker;
    int32_t last; /* day */
    bool daily;   /* of owe(): also for a gateway of which nothing was asked yet */
    int32_t lookback;
    unsigned long long run_id; /* of the last day */
    bool owes;
};

/* The run of that day that is under way or waiting, or a new one. */
static int find_or_insert(struct making *m, int32_t day, struct error *err)
{
    char id[24];
    int rc = db_value(m->db, id, sizeof(id), err,
                      "SELECT MAX(id) FROM purser.reconciliation_runs"
                      " WHERE gateway = %s AND business_date = %i AND state = 'running'",
                      m->gateway, day);

    if (rc == -1)
        return -1;
    if (rc == 1) {
        m->run_id = strtoull(id, NULL, 10);
        return 0;
    }
    if (db_exec(m->db, err,
                "INSERT INTO purser.reconciliation_runs"
                " (gateway, business_date, state, phase, requested_by, started_at)"
                " VALUES (%s, %i, 'running', 'queued', %s, UTC_TIMESTAMP(6))",
                m->gateway, day, m->asker) < 0)
        return -1;
    m->run_id = db_insert_id(m->db);
    return 0;
}

/* The first statement of a transaction that makes runs: it locks, before anything is read, a row
   that it changes. So of two nodes of a cluster one gets a conflict, at the latest at COMMIT, and
   finds the other's runs when it begins again. */
static int begin_making(const struct making *m, struct error *err)
{
    return db_exec(m->db, err,
                   "INSERT INTO purser.jobs (name, last_end)"
                   " VALUES (CONCAT('reconcile:', %s), UTC_TIMESTAMP(6))"
                   " ON DUPLICATE KEY UPDATE last_end = VALUES(last_end)",
                   m->gateway) < 0
               ? -1
               : 0;
}

static int make_run(void *context, struct error *err)
{
    struct making *m = context;

    return begin_making(m, err) != 0 ? -1 : find_or_insert(m, m->last, err);
}

static int find_or_create_run(struct db *db, const char *gateway, int32_t day, const char *asker,
                              unsigned long long *run_id, struct error *err)
{
    struct making m = {.db = db, .gateway = gateway, .asker = asker, .last = day};
    int rc = transaction_run(db, TRANSACTION_SCHEDULER_MS, make_run, &m, err);

    *run_id = m.run_id;
    return rc;
}

static int push_run(const char *gateway, int32_t day, unsigned long long run_id)
{
    struct task task = {.kind = TASK_RUN, .run_id = run_id, .day = day};

    copy(task.gateway, sizeof(task.gateway), gateway);
    if (task_exists(TASK_RUN, gateway, run_id))
        return 0;
    return task_push(&task);
}

/* A run that was attached to may have ended before we attached: then nobody will tell the asker. */
static int settle_attached(struct db *db, const struct request_run *run, struct error *err)
{
    char state[16];

    if (task_exists(TASK_RUN, run->gateway, run->run_id))
        return 0;
    if (db_value(db, state, sizeof(state), err,
                 "SELECT state FROM purser.reconciliation_runs WHERE id = %llu", run->run_id) == -1)
        return -1;
    if (strcmp(state, "running") != 0)
        queue_note_run_end(run->run_id, state);
    return 0;
}

static int start_runs(struct db *db, struct request *request, const struct names *names,
                      struct error *err)
{
    struct request_run *runs = calloc(REQUEST_RUNS_MAX, sizeof(*runs));
    int i, rc = 0;

    if (!runs)
        return error_set(err, ERROR_MEMORY, "out of memory");
    for (i = 0; i < names->count && rc == 0; i++) {
        copy(runs[i].gateway, sizeof(runs[i].gateway), names->name[i]);
        copy(runs[i].state, sizeof(runs[i].state), "running");
        rc = find_or_create_run(db, names->name[i], request->day, request->asker, &runs[i].run_id,
                                err);
    }
    if (rc == 0)
        request_attach(request, runs, names->count);
    for (i = 0; i < names->count && rc == 0; i++) {
        /* Before the push: a task that exists now tells the asker itself. */
        if (push_run(runs[i].gateway, request->day, runs[i].run_id) != 0)
            log_warning("too many tasks are waiting: run %llu starts later", runs[i].run_id);
        rc = settle_attached(db, &runs[i], err);
    }
    free(runs);
    return rc;
}

/* The day a request means: the one it names, else yesterday. */
static int resolve_day(const struct settings *settings, struct request *request, struct error *err)
{
    struct zone *zone = zone_load(settings->time_zone, err);
    char text[DATE_TEXT_SIZE];
    int32_t today;

    if (!zone)
        return -1;
    today = zone_day_of(zone, clock_utc_us());
    zone_destroy(zone);
    if (!request->has_day)
        request->day = today - 1;
    request->has_day = true;
    if (request->day <= today)
        return 0;
    date_format(request->day, text);
    return error_set(err, ERROR_INPUT, "%s has not come yet", text);
}

static int dispatch_reconcile(struct db *db, const struct settings *settings,
                              struct request *request, struct error *err)
{
    struct names *names = calloc(1, sizeof(*names));
    int rc;

    if (!names)
        return error_set(err, ERROR_MEMORY, "out of memory");
    rc = resolve_day(settings, request, err);
    if (rc == 0)
        rc = request->gateway[0] ? named_gateway(db, request->gateway, names, err)
                                 : enabled_gateways(db, names, err);
    if (rc == 0 && names->count == 0)
        rc = error_set(err, ERROR_INPUT, "no gateway is enabled in purser.gateways");
    if (rc == 0)
        rc = start_runs(db, request, names, err);
    free(names);
    return rc;
}

/* The task will answer the request itself. */
static int push_task_of(struct request *request, enum task_kind kind, const char *name,
                        struct error *err)
{
    struct task task = {.kind = kind, .request = request};

    copy(task.gateway, sizeof(task.gateway), name);
    if (task_push(&task) != 0)
        return error_set(err, ERROR_BUSY, "too many tasks are waiting; try again later");
    return 0;
}

static int dispatch_import(struct db *db, struct request *request, struct error *err)
{
    struct names *names = calloc(1, sizeof(*names));
    int rc;

    if (!names)
        return error_set(err, ERROR_MEMORY, "out of memory");
    rc = named_gateway(db, request->gateway, names, err);
    free(names);
    return rc != 0 ? -1 : push_task_of(request, TASK_IMPORT, request->gateway, err);
}

int dispatch_request(struct db *db, const struct settings *settings, struct request *request)
{
    struct error err = {0};
    int rc;

    if (request->kind == REQUEST_RECONCILE)
        rc = dispatch_reconcile(db, settings, request, &err);
    else if (request->kind == REQUEST_IMPORT)
        rc = dispatch_import(db, request, &err);
    else
        rc = push_task_of(request, TASK_AUDIT, TASK_AUDIT_NAME, &err);
    if (rc != 0)
        request_finish(request, NULL, &err);
    return rc != 0 && err.code != ERROR_INPUT && err.code != ERROR_BUSY ? -1 : 0;
}

void dispatch_leave_runs(const struct error *why)
{
    struct error err = *why;

    error_prefix(&err, "the run is not over, and goes on at the server that may write: ");
    queue_give_up_runs(&err);
}

int dispatch_unfinished(struct db *db, int seconds, struct error *err)
{
    struct rows *rows =
        db_query(db, err,
                 "SELECT r.id, r.gateway, TO_DAYS(r.business_date) - TO_DAYS('1970-01-01')"
                 " FROM purser.reconciliation_runs r LEFT JOIN purser.leases l"
                 " ON l.name = CONCAT('reconcile:', r.gateway) AND l.owner <> " LEASE_OWNER_SQL
                 " AND l.expires_at BETWEEN UTC_TIMESTAMP(6)"
                 " AND UTC_TIMESTAMP(6) + INTERVAL %d SECOND"
                 " WHERE r.state = 'running' AND l.name IS NULL"
                 " AND TO_DAYS(r.business_date) IS NOT NULL" /* a day that there is */
                 " AND (%d = 0 OR r.started_at < UTC_TIMESTAMP(6) - INTERVAL %d SECOND)"
                 " ORDER BY r.id LIMIT 200",
                 LEASE_AHEAD_SECONDS, seconds, seconds);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1)
        push_run(row.field[1], (int32_t)row_int(&row, 2), (unsigned long long)row_int(&row, 0));
    rows_close(rows);
    return rc;
}

/* Last day that the calendar has asked for; INT32_MIN where there is none. One of a clock that was
   ahead would keep the nights silent until then: it counts as one of long ago. */
static int last_asked(struct db *db, const char *gateway, int32_t *day, struct error *err)
{
    char text[16];
    int rc = db_value(db, text, sizeof(text), err,
                      "SELECT TO_DAYS(IF(last_start > UTC_TIMESTAMP(6) + INTERVAL %d SECOND,"
                      " '1970-01-01', last_date)) - TO_DAYS('1970-01-01') FROM purser.jobs"
                      " WHERE name = CONCAT('reconcile:', %s)",
                      LEASE_AHEAD_SECONDS, gateway);

    *day = rc == 1 ? (int32_t)strtol(text, NULL, 10) : INT32_MIN;
    return rc == -1 ? -1 : 0;
}

static int remember_asked(const struct making *m, struct error *err)
{
    return db_exec(m->db, err,
                   "INSERT INTO purser.jobs (name, last_date, last_start)"
                   " VALUES (CONCAT('reconcile:', %s), %i, UTC_TIMESTAMP(6))"
                   " ON DUPLICATE KEY UPDATE last_date = VALUES(last_date),"
                   " last_start = VALUES(last_start)",
                   m->gateway, m->last) < 0
               ? -1
               : 0;
}

/* Create the runs of one gateway that the calendar owes. A gateway that is seen for the first time
   between two daily times owes nothing yet; its first day is the one that ends next. Of several
   nodes one remembers that it asked, and so creates them; another begins again, and owes nothing.
 */
static int make_owed(void *context, struct error *err)
{
    struct making *m = context;
    int32_t asked, day;

    m->owes = false;
    if (begin_making(m, err) != 0 || last_asked(m->db, m->gateway, &asked, err) != 0)
        return -1;
    if (asked == INT32_MIN && !m->daily)
        return remember_asked(m, err);
    day = schedule_first_owed(asked, m->last, m->lookback);
    if (day > m->last)
        return 0;
    for (; day <= m->last; day++)
        if (find_or_insert(m, day, err) != 0)
            return -1;
    m->owes = true;
    return remember_asked(m, err);
}

/* @param[out] made  set where there are runs that are no tasks yet */
static int owe(struct db *db, const struct settings *settings, const char *gateway, int32_t due,
               bool daily, bool *made, struct error *err)
{
    struct making m = {.db = db,
                       .gateway = gateway,
                       .asker = "schedule",
                       .last = due,
                       .daily = daily,
                       .lookback = settings->lookback_days > 0 ? settings->lookback_days : 1};
    int32_t asked;

    /* Without a transaction, as a rule: it is looked at often. */
    if (last_asked(db, gateway, &asked, err) != 0)
        return -1;
    if (asked != INT32_MIN && schedule_first_owed(asked, due, m.lookback) > due)
        return 0;
    if (transaction_run(db, TRANSACTION_SCHEDULER_MS, make_owed, &m, err) != 0)
        return -1;
    *made = *made || m.owes;
    return 0;
}

/* Minutes to wait after so many failures in a row. */
static int64_t retry_minutes(long failures)
{
    int64_t minutes = RETRY_BASE_MINUTES;

    while (--failures > 0 && minutes < RETRY_CAP_MINUTES)
        minutes *= 2;
    return minutes < RETRY_CAP_MINUTES ? minutes : RETRY_CAP_MINUTES;
}

/* Days whose newest run did not come to a whole result are tried again while they are recent. */
static struct rows *unsuccessful(struct db *db, int32_t since, struct error *err)
{
    return db_query(
        db, err,
        "SELECT r.gateway, TO_DAYS(r.business_date) - TO_DAYS('1970-01-01'),"
        " CAST(UNIX_TIMESTAMP(r.finished_at) * 1000000 AS SIGNED),"
        " (SELECT COUNT(*) FROM purser.reconciliation_runs f WHERE f.gateway = r.gateway"
        "  AND f.business_date = r.business_date AND f.state IN ('incomplete', 'failed'))"
        " FROM purser.reconciliation_runs r JOIN purser.gateways g"
        " ON g.name = r.gateway AND g.enabled"
        " WHERE r.business_date >= %i AND r.state IN ('incomplete', 'failed')"
        " AND NOT EXISTS (SELECT 1 FROM purser.reconciliation_runs n WHERE n.gateway = r.gateway"
        "  AND n.business_date = r.business_date AND n.id > r.id) LIMIT 200",
        since);
}

static int retry(struct db *db, int32_t since, int64_t *next_retry, bool *made, struct error *err)
{
    struct rows *rows = unsuccessful(db, since, err);
    int64_t now = clock_utc_us(), at;
    unsigned long long run_id;
    struct row row;
    int32_t day;
    int rc;

    *next_retry = INT64_MAX;
    if (!rows)
        return -1;
    /* The result is held whole on this side, so the connection is free for the inserts. */
    while ((rc = rows_next(rows, &row, err)) == 1) {
        at = row_int(&row, 2) + retry_minutes((long)row_int(&row, 3)) * 60 * MICROS;
        if (at > now) {
            *next_retry = at < *next_retry ? at : *next_retry;
            continue;
        }
        day = (int32_t)row_int(&row, 1);
        rc = find_or_create_run(db, row.field[0], day, "retry", &run_id, err);
        if (rc != 0)
            break;
        *made = true;
    }
    rows_close(rows);
    return rc;
}

int dispatch_due(struct db *db, const struct settings *settings, bool daily, bool sweep,
                 int64_t *next_retry, struct error *err)
{
    struct zone *zone = zone_load(settings->time_zone, err);
    struct names *names = zone ? calloc(1, sizeof(*names)) : NULL;
    struct task task = {.kind = TASK_SWEEP};
    bool made = false;
    int i, rc = -1;
    int32_t due;

    if (!names)
        goto end;
    due = schedule_last_due_day(zone, settings->reconcile_at, clock_utc_us());
    rc = enabled_gateways(db, names, err);
    for (i = 0; i < names->count && rc == 0; i++) {
        rc = owe(db, settings, names->name[i], due, daily, &made, err);
        copy(task.gateway, sizeof(task.gateway), names->name[i]);
        if (rc == 0 && sweep && !task_exists(TASK_SWEEP, task.gateway, 0))
            task_push(&task);
    }
    if (rc == 0)
        rc = retry(db, due - settings->lookback_days, next_retry, &made, err);
    if (rc == 0 && made)
        rc = dispatch_unfinished(db, 0, err);
end:
    free(names);
    zone_destroy(zone);
    return rc;
}
