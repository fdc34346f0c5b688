/*
  target.h - where the shared store of the rate limits is: what purser_rate_limit_store says. Pure.

    redis://host[:port][/db]      TCP; port 6379, db 0 where they are not said
    unix:///path[?db=N]           a local socket
*/
#ifndef PURSER_STORE_TARGET_H
#define PURSER_STORE_TARGET_H

#include <stdbool.h>
#include <sys/socket.h>

#include "../../udf/error.h"
#include "../url.h"

#define TARGET_URL_SIZE 256
#define TARGET_DB_MAX 65535
#define TARGET_ADDRESSES 4

struct store_target {
    char url[TARGET_URL_SIZE]; /* "" where there is none; never holds a secret */
    char host[URL_HOST_SIZE];  /* to be looked up; "" where the address is known */
    int port, db;
    int n; /* addresses; 0: not known yet */
    struct sockaddr_storage address[TARGET_ADDRESSES];
    socklen_t len[TARGET_ADDRESSES];
};

/** @retval 0 @retval -1 err: ERROR_CONFIG, what is wrong with it */
int store_target_parse(const char *url, struct store_target *target, struct error *err);

/** Look the host up, as long as that takes. @retval 0 the addresses are set @retval -1 there are
   none; they stay as they were */
int store_target_look_up(struct store_target *target);

/** For sysvars.c. */
int store_target_check(const char *url, struct error *err);

#endif
