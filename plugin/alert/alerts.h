/*
  alerts.h - what the recorder and the coordinator of health tell the alerts
  (docs/internals/health.md).
*/
#ifndef PURSER_ALERT_ALERTS_H
#define PURSER_ALERT_ALERTS_H

#include <stdbool.h>

#include "../../udf/error.h"
#include "../db.h"
#include "../health/snapshot.h"

/**
  Called by the recorder in its transaction, with or without new results, some seconds apart at
  most: writes what has changed of purser.alerts, and the messages that follow. It neither begins
  nor ends a transaction. Cheap where there is no rule.
  @retval 0 @retval -1 err: roll back, and call alerts_committed(false)
*/
int alerts_evaluate(struct db *db, const struct snapshot *snapshot, struct error *err);

/** Called by the recorder when that transaction has ended. @param done  it was committed */
void alerts_committed(bool done);

/**
  Called by the coordinator each second; never waits. Critical checks get their line in the error
  log; and while the check `database` is critical and the recorder cannot commit, what is to be told
  of that is sent from memory.
*/
void alerts_watch(const struct snapshot *snapshot, bool recorder_is_stuck);

#endif
