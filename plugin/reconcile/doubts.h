/*
  doubts.h - what an order says may be younger than what the gateway has said.

  The gateway is asked first, the order is read again when it is judged. An order that has begun to
  claim money in between (paid, refunded) is no discrepancy: the answer, or the list, is older than
  the claim and says nothing about it. Such a reference is kept here, the gateway is asked once more
  after the pass (for the references; of lists, for what was updated since the job began), and it is
  judged by that.
*/
#ifndef PURSER_DOUBTS_H
#define PURSER_DOUBTS_H

#include "run.h"

struct doubt {
    char ref[RECORD_REF_SIZE];
    bool count; /* its orders and records are still to be counted */
};

/** @retval 1 it is kept @retval 0 there are too many @retval -1 err: no memory */
int doubts_add(struct job *job, const char *ref, bool count, struct error *err);

/** Ask again and judge. What is in doubt even then makes a run incomplete (job->whole, *why).
    @retval -1 err: a local failure */
int doubts_settle(struct job *job, struct error *why, struct error *err);
void doubts_free(struct job *job);

#endif
