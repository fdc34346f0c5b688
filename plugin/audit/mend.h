/*
  mend.h - a growing tile of the tree over the audit log, made anew from what it holds the hashes
  of: rows that are sealed, or the tiles below it.

  A tile that grows is a row that is written over with each seal. Where the disk is full, and the
  server ends while it takes such a change back, InnoDB can lose the row as it was before, although
  that had been committed. What comes of it is believed only where the tree has the root of its last
  seal: that is for the caller to look at. One thread at a time.
*/
#ifndef PURSER_AUDIT_MEND_H
#define PURSER_AUDIT_MEND_H

#include "store.h"

/**
  @param size  leaves of the tree, as the last seal says
  @param[out] hashes  the tree_width(size, level) of the level's growing tile
  @retval 0 @retval -1 err: a row or a tile that it takes is not there either (ERROR_CONFIG), or of
  the database
*/
int mend_tile(struct tiles *tiles, uint64_t size, unsigned level,
              struct merkle_hash hashes[TILE_HASHES], struct error *err);

#endif
