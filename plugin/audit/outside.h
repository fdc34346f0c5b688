/*
  outside.h - checkpoints that were kept where the database cannot change them, against the log that
  is stored: it has to go on from each of them. One thread at a time.
*/
#ifndef PURSER_AUDIT_OUTSIDE_H
#define PURSER_AUDIT_OUTSIDE_H

#include <stdbool.h>

#include "audit_key.h"
#include "store.h"

/* What there was of them. Of those that do not fit two are kept: the greatest of those that are
   greater than the log, and the least of those that are of another one. */
struct outside {
    struct tiles *tiles;         /* borrowed, as the next */
    const struct audit_key *key; /* whose checkpoints are ours */
    uint64_t tree_size;
    bool all_are_ours; /* they come from a file that nobody else writes to */

    uint64_t good, unreadable, foreign, greatest;
    uint64_t last_seal; /* the last one that a checkpoint that fits is of; 0: none */
    bool is_unchecked;  /* they are signed, and there is no key to check that with */
    bool is_cut, is_replaced;
    struct checkpoint cut, replaced;
};

/**
  Look at a note, or several one after another. One that does not fit counts where it is ours:
  signed by our key, whatever name it was under then. (Without a key, where it has our name.) All
  others are foreign: anybody can make one up.
  @retval 0 @retval -1 err: it could not be done
*/
int outside_look(struct outside *outside, const char *text, size_t len, struct error *err);

#endif
