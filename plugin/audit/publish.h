/*
  publish.h - signed checkpoints of the audit log go out of the house: by mail
  (purser_audit_checkpoint_mail) and by POST (purser_audit_checkpoint_url).

  What was sent last is a row of purser.jobs, 'checkpoint:mail' or 'checkpoint:post': last_start is
  the sealed_at of the seal, last_end when it was tried last. It is written after the sending, so
  that a crash between the two sends a checkpoint twice and never not at all.
*/
#ifndef PURSER_AUDIT_PUBLISH_H
#define PURSER_AUDIT_PUBLISH_H

#include <stdbool.h>

#include "../../udf/error.h"
#include "../db.h"
#include "../queue.h"
#include "../settings.h"

/**
  Make tasks of what is to be sent now. The scheduler's.
  @param hasten  the settings are new: what failed is tried again at once
  @retval 0 @retval 1 a task is under way, with the settings that were @retval -1 err, of SQL
*/
int publish_push(struct db *db, const struct settings *settings, bool hasten, struct error *err);

/** A runner's: send the last checkpoint to task->gateway, 'checkpoint:mail' or 'checkpoint:post'.
    @retval 0 also where it could not be sent, which is written down @retval -1 err */
int publish_execute(const struct task *task, struct error *err);

#endif
