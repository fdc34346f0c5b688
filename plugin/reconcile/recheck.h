/* recheck.h - what earlier days left open is looked at again. */
#ifndef PURSER_RECHECK_H
#define PURSER_RECHECK_H

#include "run.h"

/** Read what the gateway says of earlier days now; of a day long past, what was paid in the days
   after it. Where that fails, job->stale; a list of which so much is not known is not whole, either
   (job->whole, *why), for a payment of the day may be in it. */
int recheck_changes(struct job *job, struct error *why, struct error *err);

/** Judge every discrepancy that holds and belongs to the lookback, or was found or changed in it,
   by what is in the tables now. */
int recheck_findings(struct job *job, struct error *err);

/** The moment up to which changes were read, and the same to be remembered (UTC microseconds).
    Kept in purser.jobs as 'changes:GATEWAY'. *since is `earliest` where there is none later. */
int recheck_changed_since(struct job *job, int64_t earliest, int64_t *since, struct error *err);
int recheck_remember(struct job *job, int64_t until, struct error *err);

#endif
