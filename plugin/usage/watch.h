/*
  watch.h - the usage of clients is looked at every usage_check_minutes, and months that are over
  are closed. The work itself is SQL (purser.usage_round, purser.reset_monthly_usage).

  Of several servers on one data set one does it, by a lease; that two do would cost only time.
*/
#ifndef PURSER_USAGE_WATCH_H
#define PURSER_USAGE_WATCH_H

#include "../db.h"
#include "../queue.h"

/** Make a task where a look is due. Called by the scheduler while the worker is ready.
    @retval 0 @retval -1 err */
int usage_push(struct db *db, struct error *err);

/** Do it, in a runner. @retval 0; failures are noted in purser.jobs and told once
    @retval -1 err: it has to be begun again */
int usage_execute(const struct task *task, struct error *err);

#endif
