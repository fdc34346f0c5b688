/* recheck.c - see recheck.h. */
#include "recheck.h"

#include <string.h>

#include "../log.h"
#include "../stop.h"
#include "examine.h"
#include "fetch.h"
#include "open_findings.h"

int recheck_open(struct job *job, int32_t from, int32_t to, struct error *err)
{
    struct subject subjects[EXAMINE_BATCH];
    struct open_findings open;
    struct examine examine;
    int i, n, rc = -1;

    if (examine_init(&examine, job, err) != 0)
        return -1;
    examine.whole = job->lists && job->whole && job->id;
    open_findings_init(&open, from, to);
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

/* Since when a list of changes is wanted: the last time that the gateway was read whole. */
static int64_t changed_since(struct job *job, int64_t earliest, struct error *err)
{
    char text[TIMESTAMP_SQL_SIZE + 8];
    int64_t since = 0;
    int rc = db_value(job->db, text, sizeof(text), err,
                      "SELECT MAX(started_at) FROM purser.reconciliation_runs WHERE gateway = %s"
                      " AND state = 'complete' AND id < %llu",
                      job->gateway.name, job->id);

    if (rc == -1)
        return -1;
    if (rc == 1)
        timestamp_parse(text, strlen(text), &since, NULL);
    since -= job->gateway.overlap_seconds * MICROS;
    return since > earliest ? since : earliest;
}

int recheck(struct job *job, struct error *err)
{
    int64_t lookback = (int64_t)job->settings.lookback_days * DAY_SECONDS * MICROS;
    int32_t today = zone_day_of(job->business, clock_utc_us());
    struct error why = {0};
    int64_t since = 0;

    /* A day long past, run again by hand, says nothing about what is open today. */
    if (job->whole && today - job->day <= job->settings.lookback_days + 1 &&
        job->settings.lookback_days > 0 && job->gateway.adapter != &gateway_file) {
        if (job->lists)
            since = changed_since(job, job->begin - lookback, err);
        if (since == -1)
            return -1;
        if (fetch_changes(job, since, job->begin - lookback, job->begin, &why, err) != 0)
            return -1;
        if (why.code != ERROR_NONE)
            log_warning("%s: earlier days could not be looked at again: %s", job->gateway.name,
                        why.text);
    }
    return recheck_open(job, job->day - job->settings.lookback_days, job->day, err);
}
