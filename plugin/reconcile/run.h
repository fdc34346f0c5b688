/*
  run.h - what the steps of a reconciliation share.

  A job is a run (a day with a gateway: a row of reconciliation_runs) or a pending sweep (id 0, no
  row). It belongs to one runner thread from begin to end. Who calls whom: run.c and sweep.c call
  fetch.c, stream.c and recheck.c, which call stage.c and examine.c, which calls findings.c.
*/
#ifndef PURSER_RUN_H
#define PURSER_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/match.h"
#include "../../udf/timestamp.h"
#include "../../udf/zone.h"
#include "../db.h"
#include "../gateway.h"
#include "../queue.h"
#include "../lease.h"
#include "../secrets.h"
#include "../settings.h"
#include "totals.h"

#define RUN_STATE_SIZE 16

struct doubt;

struct job {
    struct db *db; /* writes and small reads */
    struct gateway gateway;
    struct secrets *secrets;
    struct settings settings;
    struct zone *business, *app; /* of the business day; of the application's DATETIME columns */
    struct lease lease;

    unsigned long long id; /* run, or 0 for a sweep */
    int32_t day;           /* of a run */
    int64_t begin, end;    /* its bounds, UTC */
    int64_t started_at;    /* UTC microseconds, by the server's clock */
    bool lists;            /* absence from a complete list is proof */
    bool whole;            /* the gateway was read whole */
    bool stale;            /* the changes of earlier days could not be read */
    bool later_file;       /* of a gateway without an API: an export of a later day is there */

    unsigned long long fetched; /* records read, of earlier attempts too */
    unsigned long long unread;  /* orders that could not be verified */
    struct error why_unread;    /* the first reason */
    struct doubt *doubts;       /* owned: doubts.h */
    int n_doubts;
    struct totals totals;
    unsigned long long logged; /* discrepancies written to the error log so far */
};

/** Do a task to its end. @param[out] state  "complete", "incomplete", "failed", or "" where the run
   was not finished (stopping, lost connection, taken over)
    @retval 0  @retval -1 err: ERROR_GONE and ERROR_STOPPED mean that it can go on later */
int run_execute(const struct task *task, char state[RUN_STATE_SIZE], struct error *err);
int sweep_execute(const struct task *task, struct error *err);

/* job.c: everything up to a connected, configured job; and its end. */
int job_open(struct job *job, const char *gateway, struct error *err);
void job_close(struct job *job); /* legal on a zeroed struct */
/** Seconds since the lease was renewed are looked at here; called between batches of any kind of
   work.
    @retval -1 err: ERROR_BUSY, another server has taken the lease over */
int job_keep_lease(struct job *job, struct error *err);
/** Wait until this server may work on the gateway; of a run, or until another server has ended it,
    which load_run then sees.
    @retval -1 err: ERROR_BUSY, another server has been at work for long; never of a run */
int job_take_lease(struct job *job, struct error *err);
/** Prepare the connection to read the application's view: TIMESTAMP columns in its zone. */
int job_use_app_zone(const struct job *job, struct db *db, int64_t moment, struct error *err);
/** Bounds for created_at of the application's view, in its wall-clock time. */
void job_app_bound(const struct job *job, int64_t moment, char text[TIMESTAMP_SQL_SIZE]);

#endif
