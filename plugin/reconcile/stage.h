/* stage.h - records to gateway_transactions, in batches that are written once whatever happens. */
#ifndef PURSER_STAGE_H
#define PURSER_STAGE_H

#include "run.h"

#define STAGE_BATCH 1000

struct stage {
    struct job *job; /* borrowed */
    bool from_file;
    struct record *batch; /* owned, STAGE_BATCH long */
    int count;
    unsigned long long stored;
    int64_t flushed_ms; /* monotonic */
    struct buf text;    /* the statement that is being written */
    /** Called after each batch is durable, with its records (references of refunds filled in); may
       be NULL. @retval -1 ends the staging */
    int (*stored_hook)(void *context, const struct record *records, int count, struct error *err);
    void *hook_context;
};

int stage_init(struct stage *stage, struct job *job, bool from_file, struct error *err);
void stage_deinit(struct stage *stage); /* legal on a zeroed struct */

/** Take a record; writes when the batch is full (without moving the run's cursor). */
int stage_put(struct stage *stage, const struct record *record, struct error *err);

/** Has enough come together, or enough time passed, that it is worth a transaction? */
bool stage_is_due(const struct stage *stage);

/**
  Write what is there and, in the same transaction, the cursor of the run.
  @param cursor  NULL: leave the run's row alone
*/
int stage_flush(struct stage *stage, const char *cursor, struct error *err);

/** Give refunds whose payment was stored after them its reference; called when all is stored. */
int stage_link_refunds(struct stage *stage, struct error *err);

/** After a list of the job's day was read whole: what an earlier run had read of that day and the
   gateway no longer lists is removed (records made up by a fault, or left out by settings since).
 */
int stage_forget_unlisted(struct stage *stage, struct error *err);

#endif
