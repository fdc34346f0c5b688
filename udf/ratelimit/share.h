/*
  share.h - what several limiters, each of a node of its own, tell each other.

  A watched limiter notes what it counts for its own callers; what others have told it is not
  noted, so that nothing travels twice. All of them must have one secret: a key is its hash.

  THREADS: rate_share_watch and rate_share_collect are called by one thread at a time; the rest as
  limiter.h says.
*/
#ifndef PURSER_RATE_SHARE_H
#define PURSER_RATE_SHARE_H

#include "changes.h"
#include "limiter.h"

/* Changes that are noted between two collections, all shards together, at least. */
#define RATE_SHARE_PLACES (1u << 17)

/** Note from now on what is counted, or forget what was noted and note nothing any more. To say the
    same again changes nothing. @retval -1 err: no memory; nothing is noted */
int rate_share_watch(struct rate_limiter *limiter, bool watch, struct error *err);

/** Called for each change. */
typedef void rate_share_take(void *context, const struct rate_change *change);

/**
  Hand over what was noted since the last time, and forget it. Each shard is locked for an exchange
  of two pointers.
  @param spare  a list for that, zeroed at first; to be given back with rate_changes_deinit
  @param[out] dropped  changes that had no place since the last time
  @retval -1 no memory: it stays noted
*/
int rate_share_collect(struct rate_limiter *limiter, struct rate_changes *spare,
                       rate_share_take *take, void *context, uint64_t *dropped);

/** Count what another node has admitted, whatever the limit. @param change  rate_share_is_sound;
    its moment is of this limiter's clock, at most now */
void rate_share_add(struct rate_limiter *limiter, const struct rate_change *change, int64_t now);

/** Can a change that comes from outside be counted? */
bool rate_share_is_sound(const struct rate_change *change);

#endif
