/*
  watch.c - see watch.h.

  DESIGN: when it was done last and what went wrong is a row of purser.jobs, so that a restart, or
  another server, goes on from there. After failures the pauses are 1, 2, 4 ... minutes, and never
  longer than the interval. Without clients there is nothing to do, and nothing is done.

  THREADS: usage_push is called by the scheduler, usage_execute by a runner; nothing is shared but
  an atomic.
*/
#include "watch.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lease.h"
#include "../log.h"
#include "../settings.h"
#include "../status.h"
#include "../stop.h"

#define JOB "usage"
#define TRIES 5
#define PAUSE_MS 200

/* Said since the plugin was loaded: nobody is told while there is no channel. */
static atomic_bool said_no_channel;

/* @retval 1 it is due @retval 0 it is not @retval -1 err */
static int is_due(struct db *db, struct error *err)
{
    char due[4];

    return db_value(
        db, due, sizeof(due), err,
        "SELECT 1 FROM (SELECT LEAST(IF(MAX(value) REGEXP '^[0-9]{1,4}$', MAX(value), 5), 1440) AS"
        " minutes FROM purser.settings WHERE name = 'usage_check_minutes') s"
        " LEFT JOIN purser.jobs j ON j.name = '" JOB "'"
        " WHERE s.minutes > 0 AND EXISTS (SELECT 1 FROM purser.clients)"
        " AND (j.last_end IS NULL OR ABS(TIMESTAMPDIFF(SECOND, j.last_end, UTC_TIMESTAMP(6))) >="
        " 60 * IF(j.failures = 0, s.minutes, LEAST(s.minutes, POW(2, LEAST(j.failures, 10) - "
        "1))))");
}

/* While there are no clients nothing was counted: all months may move, and those that are over are
   closed. So the first transaction finds them in purser_time_zone, and nobody is told of months
   before. */
static int set_calendar(struct db *db, struct error *err)
{
    struct settings s;
    char other[4];
    int rc;

    settings_get(&s);
    rc =
        db_value(db, other, sizeof(other), err,
                 "SELECT 1 FROM (SELECT zone FROM purser.usage_months ORDER BY month DESC LIMIT 1)"
                 " m LEFT JOIN (SELECT month, closed_at FROM purser.usage_months WHERE starts_at <="
                 " UTC_TIMESTAMP(6) ORDER BY starts_at DESC LIMIT 1, 1) p ON TRUE"
                 " WHERE (m.zone <> %s OR p.month IS NOT NULL AND p.closed_at IS NULL)"
                 " AND NOT EXISTS (SELECT 1 FROM purser.clients)",
                 s.time_zone);
    if (rc == 1 && db_exec(db, err, "CALL purser.usage_calendar()") < 0)
        rc = -1;
    if (rc == -1 && err->code == ERROR_SQL) { /* no function of purser.so here; a round says so */
        error_clear(err);
        rc = 0;
    }
    return rc == -1 ? -1 : 0;
}

int usage_push(struct db *db, struct error *err)
{
    struct task task = {.kind = TASK_USAGE};
    int rc;

    if (task_exists(TASK_USAGE, TASK_USAGE_NAME, 0))
        return 0;
    if (set_calendar(db, err) != 0)
        return -1;
    rc = is_due(db, err);
    if (rc != 1)
        return rc;
    snprintf(task.gateway, sizeof(task.gateway), "%s", TASK_USAGE_NAME);
    task_push(&task); /* no room: the next look is in some seconds */
    return 0;
}

/* ---- the runner's side */

/* A cluster may end the call where a transaction of it met one of another node. */
static int call_round(struct db *db, struct error *err)
{
    int i;

    for (i = 0; i < TRIES; i++) {
        error_clear(err);
        if (db_exec(db, err, "CALL purser.usage_round(@purser_clients, @purser_alerts)") >= 0)
            return 0;
        if (!db_is_conflict(db) || db_renew(db, NULL) != 0 || stop_sleep_ms(PAUSE_MS))
            break;
    }
    return -1;
}

static int check(struct db *db, struct error *err)
{
    char alerts[24] = "0";

    if (call_round(db, err) != 0 ||
        db_value(db, alerts, sizeof(alerts), err, "SELECT @purser_alerts") == -1)
        return -1;
    status_add(&purser_status.usage_checks, 1);
    status_add(&purser_status.usage_alerts, strtoll(alerts, NULL, 10));
    return 0;
}

static int close_months(struct db *db, struct error *err)
{
    struct rows *rows;
    struct row row;
    char over[4];
    int rc = db_value(db, over, sizeof(over), err,
                      "SELECT 1 FROM purser.usage_months WHERE closed_at IS NULL AND month <"
                      " (SELECT month FROM purser.usage_months WHERE starts_at <= UTC_TIMESTAMP(6)"
                      " ORDER BY starts_at DESC LIMIT 1) LIMIT 1");

    if (rc != 1)
        return rc;
    rows = db_query(db, err, "CALL purser.reset_monthly_usage()");
    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1)
        log_note("usage: the month %s is closed", row.field[0] ? row.field[0] : "");
    rows_close(rows);
    return rc;
}

static int look_for_channel(struct db *db, struct error *err)
{
    char owed[24] = "0";

    if (db_value(db, owed, sizeof(owed), err, "SELECT purser.usage_owed()") == -1)
        return -1;
    if (strcmp(owed, "0") == 0)
        atomic_store(&said_no_channel, false);
    else if (!atomic_exchange(&said_no_channel, true))
        log_warning("usage: %s alerts of this month are recorded and not sent: set usage_channel in"
                    " purser.settings to a channel of kind mail in purser.alert_channels",
                    owed);
    return 0;
}

static int remember(struct db *db, const struct error *why, struct error *err)
{
    bool failed = why->code != ERROR_NONE;
    char before[sizeof(why->text)] = "";

    if (db_value(db, before, sizeof(before), err,
                 "SELECT last_error FROM purser.jobs WHERE name = '" JOB "'") == -1 ||
        db_exec(db, err,
                "INSERT INTO purser.jobs (name, failures, last_end, last_error)"
                " VALUES ('" JOB "', %d, UTC_TIMESTAMP(6), NULLIF(%s, ''))"
                " ON DUPLICATE KEY UPDATE failures = IF(%d, failures + 1, 0),"
                " last_end = VALUES(last_end), last_error = VALUES(last_error)",
                failed, failed ? why->text : "", failed) < 0)
        return -1;
    if (failed)
        status_add(&purser_status.usage_failures, 1);
    if (failed && strcmp(why->text, before) != 0)
        log_warning("usage: the check failed, and is tried again: %s", why->text);
    else if (!failed && before[0])
        log_note("usage: the check succeeds again");
    return 0;
}

static int watch(struct db *db, struct error *err)
{
    struct error why = {0};

    if (check(db, &why) == 0 && close_months(db, &why) == 0)
        look_for_channel(db, &why);
    if (why.code == ERROR_STOPPED || why.code == ERROR_GONE)
        return error_set(err, why.code, "%s", why.text);
    return remember(db, &why, err);
}

int usage_execute(const struct task *task, struct error *err)
{
    struct lease lease = {0};
    struct db *db = db_open(err);
    int rc = -1;

    if (db && lease_init(&lease, db, task->gateway, err) == 0) {
        rc = lease_try(&lease, db, NULL, 0, err);
        if (rc == 1) /* another server may have done it just now */
            rc = is_due(db, err);
        if (rc == 1)
            rc = watch(db, err);
    }
    lease_release(&lease, db);
    db_close(db);
    return rc;
}
