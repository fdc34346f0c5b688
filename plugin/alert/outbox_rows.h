/* outbox_rows.h - the SQL of the thread of outbox.h. Private to plugin/alert/. */
#ifndef PURSER_ALERT_OUTBOX_ROWS_H
#define PURSER_ALERT_OUTBOX_ROWS_H

#include "../db.h"
#include "post.h"

#define OUTBOX_CHANNELS_MAX 64 /* that are looked at in one round */

struct outbox_channel {
    struct alert_channel channel;
    int concurrency;
    int rate_per_minute; /* 0: no limit */
};

/** Channels that are enabled and have a message that is due. @return how many, -1 with err */
int outbox_due_channels(struct db *db, struct outbox_channel *list, struct error *err);

/** The next message of a channel that is due and not under way. @param[out] parcel  new; NULL where
    there is none @retval 0 @retval -1 err */
int outbox_next(struct db *db, const struct outbox_channel *channel, const char *origin,
                struct parcel **parcel, struct error *err);

/** Write down what became of a message. @param delay_ms  until the next try
    @retval 0 @retval -1 err */
int outbox_settle(struct db *db, const struct parcel *parcel, int64_t delay_ms, int give_up_days,
                  struct error *err);

/** A number of purser.settings, within bounds; the default where it is none. -1 with err */
int outbox_setting(struct db *db, const char *name, int min, int max, int fallback,
                   struct error *err);

/** Mails that were tried are due now. @retval 0 @retval -1 err */
int outbox_hasten_mails(struct db *db, struct error *err);

/** After the clock was set back: messages of a time that is to come are of now, and wait no longer
   than they would have. @retval 0 @retval -1 err */
int outbox_mend_moments(struct db *db, struct error *err);

/** Messages to channels that are no more are given up. @retval 0 @retval -1 err */
int outbox_give_up_orphans(struct db *db, struct error *err);

/** Delete what is older than it is kept. @retval 0 @retval -1 err */
int outbox_tidy(struct db *db, int keep_days, struct error *err);

#endif
