/*
  inbox.h - what other nodes say of their rate limits is counted here, each message once.

  A sender is let in by its signature, and gets a session, a random name that lives as long as this
  node does. Its messages in the session have numbers that rise: one that was counted, or another
  session's, is not counted again. No clock of another machine is believed.

  THREADS: any; one lock, held while a message is counted.

  BOUNDS: PEER_SESSIONS senders; of more the one that was silent longest has to ask for a session
  anew.
*/
#ifndef PURSER_PEERS_INBOX_H
#define PURSER_PEERS_INBOX_H

#include <pthread.h>

#include "../../udf/ratelimit/limiter.h"
#include "message.h"

#define PEER_SESSIONS 64

struct peer_session {
    uint8_t sender[PEER_ID], name[PEER_ID];
    uint64_t number; /* of the last message that was counted */
    uint64_t used;   /* when, in messages; 0: nobody's */
};

struct peer_inbox {
    pthread_mutex_t lock;         /* guards all below */
    struct rate_limiter *limiter; /* borrowed; NULL: closed */
    struct peer_keys keys;
    uint8_t life[PEER_ID];
    uint64_t uses;
    struct peer_session sessions[PEER_SESSIONS];
};

/** What became of a message. */
struct peer_receipt {
    int status; /* of HTTP: 200 with an answer; 400, 401, 404 (closed) or 503 without */
    bool counted;
    uint32_t changes; /* that were counted */
    uint8_t answer[PEER_ANSWER_BYTES];
};

#define PEER_INBOX_INIT                                                                            \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/** Take messages from now on. Sessions of other keys, or of another life, end. @param limiter
    borrowed until peer_inbox_close; has keys->hash as its secret */
void peer_inbox_open(struct peer_inbox *inbox, struct rate_limiter *limiter,
                     const struct peer_keys *keys, const uint8_t life[PEER_ID]);
void peer_inbox_close(struct peer_inbox *inbox);
bool peer_inbox_is_open(struct peer_inbox *inbox);

/** @param now  of the limiter's clock */
void peer_inbox_take(struct peer_inbox *inbox, const uint8_t *bytes, size_t len, int64_t now,
                     struct peer_receipt *receipt);

#endif
