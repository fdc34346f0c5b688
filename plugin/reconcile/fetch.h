/* fetch.h - lets the gateway's adapter read, and stages what it reads. */
#ifndef PURSER_FETCH_H
#define PURSER_FETCH_H

#include "run.h"

/**
  Read the job's day from the gateway into gateway_transactions, from the run's cursor on.
  A gateway that cannot be read whole is not an error of the job: job->whole is false then, and *why
  says why. @param cursor  saved by an earlier attempt, "" otherwise
  @retval 0  @retval -1 err: a local failure (SQL, memory, configuration, stopping)
*/
int fetch_day(struct job *job, const char *cursor, struct error *why, struct error *err);

/**
  Read what may have changed since an earlier look, and judge it anew: for lists, the records
  updated within [since, now); otherwise the orders that are still unpaid or have an open
  discrepancy, created within [since_order, until_order).
  @param why  as above; findings of references that could not be read are left alone
*/
int fetch_changes(struct job *job, int64_t since, int64_t since_order, int64_t until_order,
                  struct error *why, struct error *err);

/** Read the records created within [begin, end), beside the job's day, and judge their references
    anew. Lists only. */
int fetch_created(struct job *job, int64_t begin, int64_t end, struct error *why,
                  struct error *err);

/** Ask once more, of lists: for the records that were updated since; otherwise: for orders by their
    references. Nothing is judged. */
int fetch_updated(struct job *job, int64_t since, struct error *why, struct error *err);
int fetch_references(struct job *job, const struct doubt *doubts, int n, struct error *why,
                     struct error *err);

#endif
