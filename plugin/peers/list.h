/* list.h - purser_rate_limit_peers as a list of URLs. Pure; any thread. */
#ifndef PURSER_PEERS_LIST_H
#define PURSER_PEERS_LIST_H

#include "../../udf/error.h"
#include "peer.h"

#define PEERS_MAX 16

struct peer_list {
    int count;
    char url[PEERS_MAX][PEER_URL_SIZE]; /* without a slash at its end */
};

/** @param text  URLs with commas between them, and spaces around those; "": none
    @retval -1 err: which one, and what is wrong with it; never a password in it */
int peer_list_parse(const char *text, struct peer_list *list, struct error *err);

/** As a system variable is checked. */
int peer_list_check(const char *text, struct error *err);

#endif
