/* prove.h - proofs about the audit log as JSON texts; tasks of a runner. */
#ifndef PURSER_AUDIT_PROVE_H
#define PURSER_AUDIT_PROVE_H

#include <stdint.h>

#include "../../udf/error.h"

/**
  That a row is in the tree of the last seal.
  @param[out] result  JSON text (docs/internals/audit-log.md), to be freed
  @retval 0 @retval -1 err: ERROR_INPUT where the row is not sealed, or the tree is damaged
*/
int prove_inclusion(uint64_t id, char **result, struct error *err);

/** That the tree of one seal goes on from that of another. @param second  0: the last seal's
    @retval as above; ERROR_INPUT where no seal has that size */
int prove_consistency(uint64_t first, uint64_t second, char **result, struct error *err);

#endif
