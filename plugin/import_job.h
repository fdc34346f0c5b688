/* import_job.h - the task behind CALL purser.import_gateway_file. */
#ifndef PURSER_IMPORT_JOB_H
#define PURSER_IMPORT_JOB_H

#include "../udf/error.h"
#include "queue.h"

/** Parse the request's content and store it in one transaction; finishes the request either way.
    @retval -1 err: the connection was lost before anything was stored, try again */
int import_execute(const struct task *task, struct error *err);

#endif
