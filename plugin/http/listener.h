/*
  listener.h - Purser's HTTP listener; the only user of libmicrohttpd in the plugin.

  One thread of its own answers from memory (answer.h says what it may touch). Everything here is
  called by one keeper at a time (keep.c), never by that thread.
*/
#ifndef PURSER_HTTP_LISTENER_H
#define PURSER_HTTP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/error.h"
#include "auth.h"

#define LISTENER_CONNECTIONS 256        /* at a time */
#define LISTENER_CONNECTIONS_OF_ONE 128 /* from one address: the rest is for others */
#define LISTENER_HEAD_MAX (8 * 1024)    /* bytes of a request, its body aside */
#define LISTENER_IDLE_SECONDS 5         /* without a byte */
#define LISTENER_REQUEST_MS 10000 /* from the opening, or the last answer, to a whole request */
#define LISTENER_ANSWER_MS 30000  /* to take the answer */
#define LISTENER_RETIRE_MS 30000  /* for connections that were made with the old certificate */
#define LISTENER_ORIGIN_SIZE 256

/* What can change while it listens. A plain value. */
struct http_policy {
    struct auth auth;
    char cors_origin[LISTENER_ORIGIN_SIZE]; /* cors.h */
    bool ready_on_replica;
    bool api; /* is there anything below /v1? What it says first, it says for good */
};

/* A certificate with its chain, and its key, as PEM. */
struct http_pem {
    const char *certificate;
    const char *key;
};

struct listener;

/**
  Listen, and answer.
  @param address  IPv4 or IPv6 @param pem  NULL: no TLS
  @return new; NULL with err: the address is none, the port is taken, the certificate is not usable
*/
struct listener *listener_open(const char *address, int port, const struct http_pem *pem,
                               const struct http_policy *policy, struct error *err);

/** From now on. */
void listener_set_policy(struct listener *listener, const struct http_policy *policy);

/**
  New connections get this certificate; those that there are go on with theirs until they have their
  answer. Only where there was one from the beginning.
  @retval -1 err: it is not usable, and the old one stays
*/
int listener_set_certificate(struct listener *listener, const struct http_pem *pem,
                             struct error *err);

/** Close the port and all connections, and join the thread. @param deadline_ms of clock_ms(): then
    the thread is left behind, which has no reason to be late. NULL is legal. */
void listener_close(struct listener *listener, int64_t deadline_ms);

#endif
