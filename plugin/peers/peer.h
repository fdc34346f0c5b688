/*
  peer.h - one other node: what it is still to be told, and how far that has come.

  What is counted here is noted for it (changes.h). One message at a time is under way; it is sent
  again, under its number, until its receiver says that it has counted it. A peer that does not
  answer has what it missed merged key by key; when it answers again it gets what is still within
  its windows.

  THREADS: a peer belongs to one thread.

  BOUNDS: PEER_BACKLOG changes, and one message.
*/
#ifndef PURSER_PEERS_PEER_H
#define PURSER_PEERS_PEER_H

#include "message.h"

#define PEER_BACKLOG (1u << 16)
#define PEER_URL_SIZE 512
#define PEER_QUIET_MS 1000 /* so often it is asked whether it is there, with nothing to tell */
#define PEER_SELF_MS 10000 /* and whether it is still this node, or one that is told already */
#define PEER_NAME_MS 10000 /* and where no name server answers: each look-up takes a thread */

enum peer_state {
    PEER_UNKNOWN, /* not asked yet */
    PEER_THERE,
    PEER_AWAY,
    PEER_SELF /* it is this node, or one that has another URL, too: it is told nothing */
};

struct peer {
    char url[PEER_URL_SIZE];
    enum peer_state state;
    char failure[sizeof(((struct error *)0)->text)]; /* of the last exchange; "": it came off */
    struct rate_changes backlog;                     /* of what is not in the message */
    struct rate_change *message;                     /* owned: PEER_CHANGES_MAX */
    uint32_t count;                                  /* of the changes in it */
    bool kept;       /* it was sent, and is not known to have been counted */
    uint64_t number; /* of the last one that was counted over there */
    bool has_session, under_way;
    uint8_t session[PEER_ID];
    uint8_t receiver[PEER_ID]; /* the life of who answered last */
    bool unnamed;              /* AWAY: nobody says which address it has */
    bool twin;                 /* another URL leads to the same node */
    int64_t first_ms;          /* when it was sent something first */
    int64_t asked_ms;          /* when it was sent something last */
    int64_t answered_ms;       /* when it answered last; 0: never */
    uint64_t dropped;          /* changes that it will not get: no place */
};

/** @retval -1 no memory; deinit is legal then, too */
int peer_init(struct peer *peer, const char *url);
void peer_deinit(struct peer *peer);

/** Something was counted here. */
void peer_note(struct peer *peer, const struct rate_change *change);

/** Is it to be sent something now? @param interval_ms  between two exchanges */
bool peer_wants(const struct peer *peer, int64_t now_ms, int64_t interval_ms);

/** The next message. @param now  of the limiter's clock @retval -1 no memory */
int peer_write(struct peer *peer, const struct peer_keys *keys, const uint8_t life[PEER_ID],
               int64_t now, int64_t now_ms, struct buf *to);

/** It answered. @return how many changes it has now counted; -1: none, for peer->failure */
int peer_answered(struct peer *peer, const struct peer_keys *keys, const uint8_t life[PEER_ID],
                  const void *body, size_t len, int64_t now_ms);

/** It did not. @param why  a sentence without a secret */
void peer_failed(struct peer *peer, const char *why);

/** Of two URLs that lead to one node the later one is told nothing while the earlier one answers:
   both would number their messages in one session. @param earlier  count of them, before it in the
   list @retval true it is one, and was not known to be */
bool peer_leave_twin(struct peer *peer, struct peer *earlier, int count);

/** Other keys are in force: what it is still to be told would be nobody's. */
void peer_forget(struct peer *peer);

#endif
