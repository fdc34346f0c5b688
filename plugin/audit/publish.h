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

#define PUBLISH_CHANNELS 2

/**
  Make tasks of what is to be sent now. The scheduler's.
  @param generation  of the settings
  @param[in,out] heeded  for each channel the settings for which a task was last made, or need not
         be: with others what failed is tried again at once, once. While a task is under way, which
         may have begun with the settings that were, it stays as it is; the task wakes the scheduler
         when it ends
  @retval 0 @retval -1 err, of SQL
*/
int publish_push(struct db *db, const struct settings *settings, unsigned generation,
                 unsigned heeded[PUBLISH_CHANNELS], struct error *err);

/** A runner's: send the last checkpoint to task->gateway, 'checkpoint:mail' or 'checkpoint:post'.
    @retval 0 also where it could not be sent, which is written down @retval -1 err */
int publish_execute(const struct task *task, struct error *err);

#endif
