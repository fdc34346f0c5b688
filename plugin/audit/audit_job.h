/* audit_job.h - what sessions ask of the audit log; tasks of a runner. */
#ifndef PURSER_AUDIT_JOB_H
#define PURSER_AUDIT_JOB_H

#include "../../udf/error.h"
#include "../queue.h"

/** Do what task->request->content says (JSON: do, and its arguments), and answer the request.
    @retval 0 @retval -1 err: ERROR_GONE, to be tried again */
int audit_execute(const struct task *task, struct error *err);

#endif
