/*
  message.h - what nodes tell each other of their rate limits, as bytes, signed. Pure; any thread.

  A message: magic (8), the sender's life (16), the session that its receiver has given it (16;
  zeros ask for one), its number in the session (8), how many changes (4), zeros (4); for each
  change its key (8), amount (8), age in milliseconds (4), max (4), window with the mark of a reset
  (4), step (4); HMAC-SHA256 of all before it (32). An answer: magic (8), result (4), zeros (4), the
  life of who answers (16), of who asked (16), the session (16), the last number that was counted in
  it (8), HMAC (32). Numbers are little-endian.
*/
#ifndef PURSER_PEERS_MESSAGE_H
#define PURSER_PEERS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../udf/buf.h"
#include "../../udf/error.h"
#include "../../udf/ratelimit/changes.h"

#define PEER_ID 16
#define PEER_CHANGES_MAX 4000
#define PEER_HEAD_BYTES 56
#define PEER_CHANGE_BYTES 32
#define PEER_MAC_BYTES 32
#define PEER_MESSAGE_MAX (PEER_HEAD_BYTES + PEER_CHANGES_MAX * PEER_CHANGE_BYTES + PEER_MAC_BYTES)
#define PEER_ANSWER_BYTES 104
#define PEER_SECRET_MIN 32 /* bytes of rate_limits.peer_secret */
#define PEER_SECRET_MAX 1024

/* What is made of the secret that the nodes share. */
struct peer_keys {
    uint8_t messages[32]; /* signs them */
    uint8_t hash[16];     /* the limiters' secret */
};

struct peer_head {
    uint8_t sender[PEER_ID], session[PEER_ID];
    uint64_t number; /* from 1; 0 where a session is asked for */
    uint32_t count;
};

enum peer_result {
    PEER_COUNTED = 1,
    PEER_AGAIN,   /* it had come before: nothing is counted */
    PEER_SESSION, /* of a session that is not known: nothing is counted; here is one */
    PEER_MYSELF   /* the sender is who answers */
};

struct peer_answer {
    enum peer_result result;
    uint8_t receiver[PEER_ID], sender[PEER_ID], session[PEER_ID];
    uint64_t number;
};

/** @param secret  not NUL-terminated @retval -1 err: too short, too long, no memory */
int peer_keys_derive(const char *secret, size_t len, struct peer_keys *keys, struct error *err);

/** @param changes  head->count of them @param now  of their clock @param to  cleared first
    @retval -1 no memory */
int peer_message_write(const struct peer_keys *keys, const struct peer_head *head,
                       const struct rate_change *changes, int64_t now, struct buf *to);

/** Is it a message, signed with our key, of which every change can be counted?
    @retval 0 @retval -1 err: ERROR_AUTH where the signature is wrong, ERROR_INPUT where it is none
 */
int peer_message_check(const struct peer_keys *keys, const uint8_t *bytes, size_t len,
                       struct peer_head *head, struct error *err);

/** The i-th change of a message that was checked, on a clock. */
void peer_message_change(const uint8_t *bytes, uint32_t i, int64_t now, struct rate_change *change);

/** @retval -1 no memory */
int peer_answer_write(const struct peer_keys *keys, const struct peer_answer *answer,
                      uint8_t bytes[PEER_ANSWER_BYTES]);
/** @retval 0 @retval -1 it is none, or not signed with our key */
int peer_answer_read(const struct peer_keys *keys, const uint8_t *bytes, size_t len,
                     struct peer_answer *answer);

#endif
