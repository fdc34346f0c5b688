/*
  watch.h - which transactions were open at a moment, and whether one of them still is.

  An id of the audit log that is missing belongs to a transaction that was open when a greater one
  was seen, or to none that will ever commit (docs/internals/audit-log.md).

  The server answers from a list that it does not make anew while somebody else keeps reading it, as
  monitoring may. So the reader is a transaction itself: a list in which its own start is later than
  a moment was made after that moment.
*/
#ifndef PURSER_AUDIT_WATCH_H
#define PURSER_AUDIT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "../db.h"

struct json_t; /* jansson's */

struct watch {
    struct json_t *open; /* owned; an object whose keys are their starts; NULL: not begun */
    unsigned stale;      /* lists in a row that were too old */
};

/** Note which are open now, in a list that is of after a moment (of timestamp.h).
    @retval 0 @retval 1 there is none yet: to be called again later @retval -1 err */
int watch_begin(struct watch *watch, struct db *db, int64_t after, struct error *err);

/** Forget those that have ended. @retval 1 none is left @retval 0 some are @retval -1 err */
int watch_look(struct watch *watch, struct db *db, struct error *err);

bool watch_is_empty(const struct watch *watch);
void watch_end(struct watch *watch); /* legal on a zeroed struct */

#endif
