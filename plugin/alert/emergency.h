/*
  emergency.h - what is told while nothing can be committed, because the database hangs.

  The rules that were read last, and what was told of the check `database`, are kept in memory.
  While it is critical and the recorder is stuck, each rule that wants to know gets one NEW from
  memory; the recorder writes it down when it can again, as sent, or as a message that waits where
  it could not be sent. Its identifier is the one that the row has, so that a message that arrives
  twice can be known.
*/
#ifndef PURSER_ALERT_EMERGENCY_H
#define PURSER_ALERT_EMERGENCY_H

#include <stdbool.h>

#include "../../udf/error.h"
#include "../db.h"
#include "../health/snapshot.h"
#include "post.h"
#include "rules.h"

#define ALERT_DATABASE_CHECK "database"

/** Called by init. */
void emergency_reset(void);

/** Called by the outbox's thread: these rules, and what has been told of the database, are what is
    known. @param rules  stolen, always @retval 0 @retval -1 err */
int emergency_remember(struct db *db, struct alert_rules *rules, struct error *err);

enum emergency_send { EMERGENCY_SENT_NOTHING, EMERGENCY_SENDS, EMERGENCY_SENT };

/** Has a message with this identifier been sent from memory, or is it being sent? */
enum emergency_send emergency_has_sent(const char *id);

/** For those that send: one to be sent from memory. NULL: there is none */
struct parcel *emergency_take(void);
/** It was tried (stolen). */
void emergency_done(struct parcel *parcel);

/** For the coordinator: nothing can be committed, and the database is critical since then; or not.
    Never waits. */
void emergency_set(bool stuck, int64_t level_since);

/** For the recorder, in its transaction: write down what was sent from memory. @retval 0 @retval -1
 * err */
int emergency_write_down(struct db *db, const char *server, struct error *err);
void emergency_committed(bool done);

#endif
