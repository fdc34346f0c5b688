/* doubts.c - see doubts.h. */
#include "doubts.h"

#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "examine.h"
#include "fetch.h"

#define DOUBTS_MAX 10000

int doubts_add(struct job *job, const char *ref, struct error *err)
{
    void *larger;

    if (job->n_doubts == DOUBTS_MAX) {
        job->unread++;
        return 0;
    }
    if (job->n_doubts % 64 == 0) {
        larger = reallocarray(job->doubts, (size_t)job->n_doubts + 64, sizeof(*job->doubts));
        if (!larger)
            return error_set(err, ERROR_MEMORY, "out of memory");
        job->doubts = larger;
    }
    strncpy(job->doubts[job->n_doubts], ref, RECORD_REF_SIZE - 1);
    job->doubts[job->n_doubts++][RECORD_REF_SIZE - 1] = '\0';
    return 0;
}

void doubts_free(struct job *job)
{
    free(job->doubts);
    job->doubts = NULL;
    job->n_doubts = 0;
}

static int judge(struct job *job, struct examine *examine, struct error *err)
{
    int i;

    if (examine_init(examine, job, err) != 0)
        return -1;
    examine->count = true;
    examine->last = true;
    for (i = 0; i < job->n_doubts; i++)
        if (examine_add(examine, SUBJECT_REF, job->doubts[i], err) != 0)
            return -1;
    return examine_flush(examine, err);
}

int doubts_settle(struct job *job, struct error *why, struct error *err)
{
    unsigned long long unread = job->unread;
    struct error again = {0};
    struct examine examine = {0};
    int rc;

    if (job->n_doubts == 0)
        return 0;
    log_note("%s: %d orders were paid meanwhile: they are asked for again", job->gateway.name,
             job->n_doubts);
    if (fetch_references(job, job->doubts, job->n_doubts, &again, err) != 0)
        return -1;
    job->unread = unread;
    rc = judge(job, &examine, err);
    job->unread += examine.doubtful;
    examine_deinit(&examine);
    doubts_free(job);
    if (rc != 0 || job->unread == unread)
        return rc;
    if (job->whole)
        error_set(why, ERROR_REMOTE,
                  "%llu orders were paid while the gateway was asked, and could not be verified "
                  "again%s%s",
                  job->unread - unread, again.code ? ": " : "", again.text);
    job->whole = false;
    return 0;
}
