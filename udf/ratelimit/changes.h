/*
  changes.h - what a limiter has counted lately, key by key: for the other nodes (docs/internals/
  nodes.md).

  A list has a fixed number of places. What is counted for a key that has one is added to it; where
  there is no place, the change that says least of its limit is dropped, and counted as such.

  THREADS: none of its own: a shard's list is guarded by the shard's lock, any other is its owner's.
*/
#ifndef PURSER_RATE_CHANGES_H
#define PURSER_RATE_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

#define RATE_CHANGES_IN_BUCKET                                                                     \
    8 /* places that are looked at together; a key has two such buckets                            \
       */

struct rate_change {
    uint64_t key;
    int64_t amount; /* windows: calls; token buckets: nanoseconds of the TAT. Below 0: given back */
    int64_t moment; /* of the last of them; 0: the place is free */
    uint32_t max;   /* of the rule; token buckets: the burst */
    uint32_t window_s : 28; /* token buckets: the step's binary exponent, as in record.h */
    uint32_t reset : 1;     /* what was counted before is forgotten first */
    uint32_t step;          /* token buckets: its mantissa */
};

struct rate_changes {
    struct rate_change *places; /* owned; NULL: nothing is noted */
    uint32_t buckets;           /* a power of two, at least 2 */
    uint32_t used;
    uint64_t dropped; /* since it was made or cleared */
};

/** @param places  rounded up to a power of two @retval -1 no memory; deinit is legal then, too */
int rate_changes_init(struct rate_changes *list, uint32_t places);
void rate_changes_deinit(struct rate_changes *list);
void rate_changes_clear(struct rate_changes *list);

/** Note a change, or add it to what is noted for its key. More than the limit is never noted: one
    node admits no more than that within a window. */
void rate_changes_note(struct rate_changes *list, const struct rate_change *change);

/** Walk over all of them. @param cursor 0 at first @return borrowed, or NULL at the end */
struct rate_change *rate_changes_next(struct rate_changes *list, uint32_t *cursor);

/** Forget the one that rate_changes_next gave last; the walk goes on with those that it has not
    given yet. */
void rate_changes_remove(struct rate_changes *list, struct rate_change *change, uint32_t *cursor);

/** So many nanoseconds does the TAT of a bucket move for a cost, rounded up, and at most for the
    time that it takes to fill it. @param step  mantissa @param exponent  binary */
int64_t rate_change_tokens(uint32_t step, uint32_t exponent, uint64_t cost);

/** What a record has just counted. Only where list->places is set. @param calls  as
    rate_change.amount; 0: nothing is noted */
void rate_changes_count(struct rate_changes *list, const struct rate_record *record, int64_t amount,
                        int64_t now);
/** A key was reset. */
void rate_changes_reset(struct rate_changes *list, uint64_t key, int64_t now);

#endif
