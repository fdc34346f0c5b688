/*
  post.h - messages on their way: between the thread that reads and writes the outbox (outbox.h) and
  those that send (deliver.h), so that what sends never waits for the database.

  Any thread; nothing here waits for SQL or the network.
*/
#ifndef PURSER_ALERT_POST_H
#define PURSER_ALERT_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../udf/error.h"
#include "rules.h"

#define POST_MAX 16     /* under way at a time, of all channels */
#define POST_SENDERS 3  /* so that one receiver that hangs does not hold up the others */
#define POST_ID_SIZE 33 /* 32 hex digits, and a NUL */

enum post_outcome { POST_UNKNOWN, POST_SENT, POST_AGAIN, POST_DEAD };

/* A message that is under way. */
struct parcel {
    uint64_t row; /* outbox.id; 0: it is sent from memory (emergency.h) */
    char id[POST_ID_SIZE];
    struct alert_channel channel;
    int64_t created_at; /* UTC microseconds */
    unsigned attempts;  /* before this one */
    char kind[33];
    char *recipient, *html, *payload; /* owned; NULL: none */
    char *subject, *text;             /* owned */
    /* what became of it */
    enum post_outcome outcome;
    bool is_to_be_split;    /* POST_DEAD, but each of its addresses is to be tried on its own */
    int64_t retry_after_ms; /* the other side has asked for that; 0: it has not */
    int64_t took_ms;        /* the try */
    struct error why;
    unsigned life; /* of the plugin, that it was handed over in */
};

/** @return new, zeroed; NULL when out of memory */
struct parcel *parcel_create(void);
void parcel_destroy(struct parcel *parcel); /* NULL is legal */

/** The message's identifier: what makes it this one, however often it is sent.
    @param origin  tells messages of this shop from those of another @retval 0 or -1 no memory */
int post_make_id(const char *origin, const char *dedup_key, char id[POST_ID_SIZE]);

/** A new life begins. */
void post_reset(void);

/** Hand one over to be sent (stolen). @retval false there is no room; it stays the caller's */
bool post_hand(struct parcel *parcel);

/** How many there are of a channel, those that have ended and were not taken back included.
    @param channel NULL: of all */
int post_count(const char *channel);

/** The ids of the rows that are here. @return how many */
int post_rows(uint64_t rows[POST_MAX]);

/** For who sends: one that waits to be sent, after so many milliseconds at most. NULL: none, or
    post_wake was called. @param seen  what post_wakes() said before the caller looked at whatever
    it is woken for, so that no wake is lost between the look and the wait */
struct parcel *post_take(unsigned long long seen, int64_t wait_ms);
unsigned long long post_wakes(void);
/** It is done, and its outcome is set. Where that life is over it is destroyed. */
void post_done(struct parcel *parcel);

/** For the outbox: one that is done; it keeps its place until it is destroyed with post_drop.
    NULL: there is none */
struct parcel *post_finished(void);
void post_drop(struct parcel *parcel);

/** Has a message with this identifier been sent a short while ago? */
bool post_has_sent(const char *id);

/** Wake whoever waits here. */
void post_wake(void);
/** Wait for a wake or something finished. */
void post_wait(int64_t ms);

#endif
