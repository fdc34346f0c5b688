/* session.h - an adapter's authorised connection to its gateway. */
#ifndef PURSER_GATEWAY_SESSION_H
#define PURSER_GATEWAY_SESSION_H

#include "../gateway.h"

#define SESSION_HEADER_SIZE 1024

struct session {
    struct http_client *client;
    char authorization[SESSION_HEADER_SIZE]; /* wiped by session_close */
    char extra[128];
    const char *headers[4];
};

/**
  Make the client, with "Authorization: Bearer <token>" from the secrets file.
  @param extra  one more header line, or NULL
*/
int session_open(struct session *session, const struct fetch_job *job, const char *extra,
                 struct error *err);
void session_close(struct session *session); /* legal on a zeroed struct */

#endif
