/*
  sweep.c - see run.h: the pending sweep.

  Between two daily runs, orders that have been waiting for their payment for some minutes are
  verified (or, where the gateway has a list, its latest changes are read), so that a customer who
  has paid and whose order does not know it is found within minutes. A sweep draws no conclusion
  from absence.
*/
#include <stdlib.h>
#include <string.h>

#include "../cluster.h"
#include "../log.h"
#include "../row_fields.h"
#include "../status.h"
#include "../stop.h"
#include "doubts.h"
#include "fetch.h"
#include "recheck.h"
#include "report.h"
#include "run.h"

#define PENDING_AGE_MINUTES 15 /* setting pending_age_minutes */

static int pending_age(struct job *job, int64_t *age, struct error *err)
{
    char text[16], *end = text;
    int rc = db_value(job->db, text, sizeof(text), err,
                      "SELECT value FROM purser.settings WHERE name = 'pending_age_minutes'");
    long minutes = rc == 1 ? strtol(text, &end, 10) : PENDING_AGE_MINUTES;

    /* What is no number is not 0: that would ask about each order of this minute. */
    if (minutes < 0 || minutes > 10080 || (rc == 1 && (*end || end == text)))
        minutes = PENDING_AGE_MINUTES;
    *age = minutes * 60 * MICROS;
    return rc == -1 ? -1 : 0;
}

static int remember(struct job *job, const struct error *why, struct error *err)
{
    return db_exec(job->db, err,
                   "INSERT INTO purser.jobs (name, failures, last_start, last_end, last_error)"
                   " VALUES (CONCAT('sweep:', %s), %d, %td, UTC_TIMESTAMP(6), %s)"
                   " ON DUPLICATE KEY UPDATE failures = IF(%d, failures + 1, 0),"
                   " last_start = IF(%d, last_start, VALUES(last_start)),"
                   " last_end = VALUES(last_end), last_error = VALUES(last_error)",
                   job->gateway.name, why->code != ERROR_NONE, job->started_at,
                   why->code != ERROR_NONE ? why->text : NULL, why->code != ERROR_NONE,
                   why->code != ERROR_NONE) < 0
               ? -1
               : 0;
}

static int sweep(struct job *job, struct error *err)
{
    int64_t lookback = (int64_t)job->settings.lookback_days * DAY_SECONDS * MICROS;
    int64_t now = clock_utc_us(), since, age;
    struct error why = {0};

    job->started_at = now;
    job->end = now; /* order_source.c takes the days of open findings from it */
    if (pending_age(job, &age, err) != 0 ||
        recheck_changed_since(job, now - lookback, &since, err) != 0)
        return -1;
    if (fetch_changes(job, since, now - lookback, now - age, &why, err) != 0 ||
        doubts_settle(job, &why, err) != 0)
        return -1;
    if (why.code != ERROR_NONE)
        log_warning("%s: sweep of pending orders: %s", job->gateway.name, why.text);
    else if (job->lists && recheck_remember(job, now, err) != 0)
        return -1;
    status_add(&purser_status.pending_sweeps, 1);
    if (report_refresh(job, err) != 0)
        return -1;
    return remember(job, &why, err);
}

/* Of the nodes of a cluster each has this in its calendar, and one does it. Not quite the whole
   interval, so that the same one goes on. A sweep that failed does not count.
   @retval 1 another node has swept just now @retval 0 @retval -1 err */
static int is_swept(struct job *job, struct error *err)
{
    char swept[4];
    int rc = cluster_is_node(job->db, err);

    if (rc != 1)
        return rc;
    rc = db_value(job->db, swept, sizeof(swept), err,
                  "SELECT 1 FROM purser.jobs WHERE name = CONCAT('sweep:', %s) AND last_start"
                  " BETWEEN UTC_TIMESTAMP(6) - INTERVAL %d SECOND AND UTC_TIMESTAMP(6)",
                  job->gateway.name, job->settings.sweep_minutes * 60 * 4 / 5);
    return rc;
}

int sweep_execute(const struct task *task, struct error *err)
{
    struct job *job = calloc(1, sizeof(*job));
    int rc = -1;

    if (!job)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (job_open(job, task->gateway, err) == 0) {
        rc = job->gateway.adapter == &gateway_file ? 1 : job_take_lease(job, err);
        if (rc == 0)
            rc = is_swept(job, err);
        if (rc == 0)
            rc = sweep(job, err);
        if (rc == -1 && err->code == ERROR_BUSY) { /* the next one looks at the same orders */
            error_clear(err);
            rc = 0;
        }
        rc = rc == 1 ? 0 : rc;
    }
    job_close(job);
    free(job);
    return rc;
}
