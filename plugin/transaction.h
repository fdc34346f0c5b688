/*
  transaction.h - one transaction, begun again where it met another one.

  On Galera, two nodes that change the same row are told apart at COMMIT: the later one gets error
  1213 and has written nothing. On one server the same number is a deadlock.
*/
#ifndef PURSER_TRANSACTION_H
#define PURSER_TRANSACTION_H

#include <stdint.h>

#include "db.h"

#define TRANSACTION_JOB_MS 70000       /* of a runner */
#define TRANSACTION_SCHEDULER_MS 10000 /* of a thread that others wait for */

/**
  START TRANSACTION, body, COMMIT; and again, after a pause that grows, as long as that ends in a
  conflict (db_is_conflict), some times at most. Whatever fails is rolled back.
  @param patience_ms  it is not begun again when this time has passed (a wait for a lock alone is up
  to 20 s)
  @param body  writes through db and nowhere else; called anew each time, so it must read again what
  it relies on, and may keep nothing of a time before. @retval 0 or -1 with err
  @retval 0 committed  @retval -1 err of the last try; nothing is written (after ERROR_GONE in
  COMMIT it may be)
*/
int transaction_run(struct db *db, int64_t patience_ms,
                    int (*body)(void *context, struct error *err), void *context,
                    struct error *err);

#endif
