/*
  door.h - where the messages of other nodes come in: the inbox of this server. Any thread.
*/
#ifndef PURSER_PEERS_DOOR_H
#define PURSER_PEERS_DOOR_H

#include "inbox.h"

#define PEERS_TARGET "/peer/rates"

/** Opened and closed by the thread of peers.h; open where there are peers, and the secret. */
extern struct peer_inbox peers_inbox;

/** Is anything taken at PEERS_TARGET? */
bool peers_listen(void);

/** A message came. From memory. */
void peers_take(const uint8_t *bytes, size_t len, struct peer_receipt *receipt);

#endif
