/*
  outbox.h - purser.outbox: messages are rows that commit with their cause, and are sent at least
  once.

  outbox_add is for whoever has something to tell; the thread takes rows that are due, hands them to
  those that send (post.h), and writes down what became of them. Of several servers one does.
*/
#ifndef PURSER_ALERT_OUTBOX_H
#define PURSER_ALERT_OUTBOX_H

#include <stdint.h>

#include "../../udf/error.h"
#include "../db.h"

struct outbox_message {
    const char *channel;   /* alert_channels.name */
    const char *kind;      /* small letters and '_' */
    const char *dedup_key; /* printable ASCII, at most 191 bytes: there is one message of each */
    const char *recipient; /* of a mail: instead of the channel's addresses; NULL: those */
    const char *subject;   /* UTF-8, one line, at most 500 bytes */
    const char *text;      /* UTF-8, at most 1 MiB, as are the next two */
    const char *html;      /* NULL: none */
    const char *payload;   /* an object in JSON; NULL: none */
    int64_t not_before;    /* UTC microseconds; 0: it may go out at once */
    int64_t sent_at;       /* UTC microseconds: it has been sent already; 0: it has not */
};

/**
  Add a message, within the transaction that is open on the connection. Where there is one of that
  dedup_key already nothing happens, but that it becomes sent where this one is.
  @retval 0 @retval -1 err
*/
int outbox_add(struct db *db, const struct outbox_message *message, struct error *err);

/** Called by init: nothing is known to be there. */
void outbox_reset(void);

/** Is there a channel? Until there is, the thread has no connection. Called by the scheduler, now
    and then, on its connection; costs nothing once there is. */
void outbox_look(struct db *db);

/** Body of the thread; started and joined by worker.c. @param unused NULL */
void outbox_body(void *unused);

#endif
