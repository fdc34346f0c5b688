/* doubts.h - orders that were paid while the gateway was being asked. */
#ifndef PURSER_DOUBTS_H
#define PURSER_DOUBTS_H

#include "run.h"

/* The gateway is asked first, the order is read again when it is judged. Where the order has begun
   to claim money in between, the answer is older than the claim and says nothing about it: such a
   reference is kept here, asked for once more after the pass over the day, and judged then. */

/** @retval -1 err: no memory */
int doubts_add(struct job *job, const char *ref, struct error *err);

/** Ask again and judge. What is in doubt even then makes the run incomplete (job->whole, *why).
    @retval -1 err: a local failure */
int doubts_settle(struct job *job, struct error *why, struct error *err);
void doubts_free(struct job *job);

#endif
