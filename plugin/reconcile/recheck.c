/* recheck.c - see recheck.h. */
#include "recheck.h"

#include <string.h>

#include "../log.h"
#include "../stop.h"
#include "examine.h"
#include "fetch.h"
#include "open_findings.h"

int recheck_findings(struct job *job, struct error *err)
{
    int32_t lookback = job->settings.lookback_days;
    struct subject subjects[EXAMINE_BATCH];
    struct open_findings open;
    struct examine examine;
    int i, n, rc = -1;

    if (examine_init(&examine, job, err) != 0)
        return -1;
    examine.whole = job->lists && job->whole && job->id;
    examine.stale = job->stale;
    open_findings_init(&open, job->day - lookback, job->day);
    open.changed_from = job->started_at - lookback * DAY_SECONDS * MICROS;
    open.changed_until = clock_utc_us();
    while ((n = open_findings_next(&open, job, subjects, EXAMINE_BATCH, err)) > 0) {
        for (i = 0, rc = 0; i < n && rc == 0; i++)
            rc = examine_add(&examine, subjects[i].kind, subjects[i].key, err);
        if (rc == 0)
            rc = examine_flush(&examine, err);
        if (rc != 0)
            break;
    }
    if (n == 0)
        rc = 0;
    examine_deinit(&examine);
    return n < 0 ? -1 : rc;
}

int recheck_changed_since(struct job *job, int64_t earliest, int64_t *since, struct error *err)
{
    char text[TIMESTAMP_SQL_SIZE + 8];
    int rc = db_value(job->db, text, sizeof(text), err,
                      "SELECT last_start FROM purser.jobs WHERE name = CONCAT('changes:', %s)",
                      job->gateway.name);

    *since = 0;
    if (rc == 1)
        timestamp_parse(text, strlen(text), since, NULL);
    *since -= job->gateway.overlap_seconds * MICROS;
    if (*since < earliest || *since > clock_utc_us()) /* none yet, or the clock went back */
        *since = earliest;
    return rc == -1 ? -1 : 0;
}

int recheck_remember(struct job *job, int64_t until, struct error *err)
{
    return db_exec(job->db, err,
                   "INSERT INTO purser.jobs (name, last_start) VALUES (CONCAT('changes:', %s), %td)"
                   " ON DUPLICATE KEY UPDATE last_start = VALUES(last_start)",
                   job->gateway.name, until) < 0
               ? -1
               : 0;
}

/* A day long past: its changes would be the history since. Who paid within the days after it is
   read all the same. */
static int read_days_after(struct job *job, struct error *why, struct error *err)
{
    int64_t lookback = (int64_t)job->settings.lookback_days * DAY_SECONDS * MICROS;
    int64_t until = job->end + lookback, now = clock_utc_us();

    return job->lists ? fetch_created(job, job->end, until < now ? until : now, why, err) : 0;
}

static int read_changes(struct job *job, struct error *why, struct error *err)
{
    int64_t lookback = (int64_t)job->settings.lookback_days * DAY_SECONDS * MICROS;
    int64_t since = 0, now = clock_utc_us();

    if (job->lists && recheck_changed_since(job, job->begin - lookback, &since, err) != 0)
        return -1;
    if (fetch_changes(job, since, job->begin - lookback, job->begin, why, err) != 0)
        return -1;
    return job->lists && why->code == ERROR_NONE ? recheck_remember(job, now, err) : 0;
}

int recheck_changes(struct job *job, struct error *why, struct error *err)
{
    int32_t today = zone_day_of(job->business, clock_utc_us());
    bool recent = today - job->day <= job->settings.lookback_days + 1;
    struct error failed = {0};
    int rc;

    job->stale = false;
    if (!job->whole || job->settings.lookback_days == 0 || job->gateway.adapter == &gateway_file)
        return 0;
    rc = recent ? read_changes(job, &failed, err) : read_days_after(job, &failed, err);
    job->stale = rc == 0 && failed.code != ERROR_NONE;
    if (!job->stale)
        return rc;
    log_warning("%s: what changed of late could not be read: %s", job->gateway.name, failed.text);
    if (job->lists) {
        error_set(why, failed.code, "what changed of late: %s", failed.text);
        job->whole = false;
    }
    return 0;
}
