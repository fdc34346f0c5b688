/*
  witness.h - what this server has seen of the chain of seals since the plugin was loaded, in memory
  that no SQL reaches: sealing goes on from nothing else, so that whoever changes what is stored
  does not get it signed. Any thread.
*/
#ifndef PURSER_AUDIT_WITNESS_H
#define PURSER_AUDIT_WITNESS_H

#include "../../udf/audit/merkle.h"
#include "../db.h"

/** Forget everything; called by init. */
void witness_reset(void);

/** A seal was put, or read where the chain goes on from what was seen. */
void witness_see(uint64_t seal_id, const struct merkle_hash *hash);

/** Is the seal that was seen last still what it was? @param[out] seal_id  that seal, 0 for none
    @retval 1 @retval 0 it is gone or another one @retval -1 err */
int witness_confirms(struct db *db, uint64_t *seal_id, struct error *err);

#endif
