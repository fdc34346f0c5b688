/*
  peers.h - rate limits over several nodes: this one tells the others what it has admitted, and
  counts what they tell (docs/internals/nodes.md).

  THREADS: one that sends, started and joined by worker.c. What comes is door.h's.
*/
#ifndef PURSER_PEERS_PEERS_H
#define PURSER_PEERS_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"

/** Body of the thread; stops with the plugin. @param argument unused */
void peers_body(void *argument);

/* How the peers are, as it was at most a second ago. */
struct peers_seen {
    bool set;          /* is purser_rate_limit_peers? */
    char trouble[480]; /* why nothing is exchanged though it is; "": it is */
    int count;         /* this node is not among them */
    struct peer_seen {
        int number; /* in the list, from 1 */
        char url[PEER_URL_SIZE], failure[480];
        enum peer_state state;
        int64_t silent_ms; /* since its last answer; -1: it never gave one */
        uint64_t waiting;  /* changes that it is still to be told */
    } peer[PEERS_MAX];
};

/** Any thread. */
void peers_get(struct peers_seen *seen);

/** Milliseconds since the peer that has been silent longest has answered; -1: there is none, or one
    never has. Any thread. */
int64_t peers_silence_ms(void);

#endif
