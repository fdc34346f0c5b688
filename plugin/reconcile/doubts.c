/* doubts.c - see doubts.h. */
#include "doubts.h"

#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "examine.h"
#include "fetch.h"

#define DOUBTS_MAX 100000 /* 20 MB */
#define GROWTH 256

int doubts_add(struct job *job, const char *ref, bool count, struct error *err)
{
    struct doubt *doubt;

    if (job->n_doubts == DOUBTS_MAX)
        return 0;
    if (job->n_doubts % GROWTH == 0) {
        void *larger =
            reallocarray(job->doubts, (size_t)job->n_doubts + GROWTH, sizeof(*job->doubts));

        if (!larger)
            return error_set(err, ERROR_MEMORY, "out of memory");
        job->doubts = larger;
    }
    doubt = &job->doubts[job->n_doubts++];
    memset(doubt, 0, sizeof(*doubt));
    memcpy(doubt->ref, ref, strnlen(ref, RECORD_REF_SIZE - 1));
    doubt->count = count;
    return 1;
}

void doubts_free(struct job *job)
{
    free(job->doubts);
    job->doubts = NULL;
    job->n_doubts = 0;
}

static int judge(struct job *job, bool count, unsigned long long *doubtful, struct error *err)
{
    struct examine examine;
    int i, rc = examine_init(&examine, job, err);

    examine.count = count;
    examine.last = true;
    examine.whole = count && job->lists && job->whole;
    for (i = 0; i < job->n_doubts && rc == 0; i++)
        if (job->doubts[i].count == count)
            rc = examine_add(&examine, SUBJECT_REF, job->doubts[i].ref, err);
    if (rc == 0)
        rc = examine_flush(&examine, err);
    *doubtful += examine.doubtful;
    examine_deinit(&examine);
    return rc;
}

static int ask_again(struct job *job, struct error *why, struct error *err)
{
    unsigned long long unread = job->unread;
    int rc = job->lists ? fetch_updated(job, job->started_at, why, err)
                        : fetch_references(job, job->doubts, job->n_doubts, why, err);

    job->unread = unread;
    return rc;
}

int doubts_settle(struct job *job, struct error *why, struct error *err)
{
    struct error again = {0};
    unsigned long long doubtful = 0;
    int rc = 0;

    if (job->n_doubts == 0)
        return 0;
    log_note("%s: %d references may be older here than at the shop: the gateway is asked again",
             job->gateway.name, job->n_doubts);
    if (ask_again(job, &again, err) != 0)
        return -1;
    if (job->lists && again.code != ERROR_NONE) /* what came meanwhile is not known */
        doubtful = (unsigned)job->n_doubts;
    else if (judge(job, true, &doubtful, err) != 0 || judge(job, false, &doubtful, err) != 0)
        rc = -1;
    job->unread += doubtful;
    doubts_free(job);
    if (rc != 0 || doubtful == 0)
        return rc;
    if (job->whole || job->id == 0)
        error_set(why, ERROR_REMOTE,
                  "%llu orders were paid while the gateway was asked, and could not be verified "
                  "again%s%s",
                  doubtful, again.code ? ": " : "", again.text);
    job->whole = false;
    return 0;
}
