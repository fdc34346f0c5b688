/* prune.h - taking old rows out of the audit log under a seal; a task of a runner. */
#ifndef PURSER_AUDIT_PRUNE_H
#define PURSER_AUDIT_PRUNE_H

#include "../../udf/error.h"
#include "../queue.h"

/**
  @param before   a DATETIME(6) in UTC as text @param reason  why; goes into the seal
  @param[out] result  JSON text, to be freed
  @retval 0 @retval -1 err
*/
int prune_execute(const struct request *request, const char *before, const char *reason,
                  char **result, struct error *err);

#endif
