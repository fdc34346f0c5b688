/*
  sim_http.h - requests and answers, without libmicrohttpd, which only sim_http.c knows.

  Each connection has a thread of its own (libmicrohttpd starts and joins them), so a request that
  waits stops nobody else.
*/
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include "sim_fault.h"
#include "sim_text.h"

#include <stdint.h>

struct sim_request; /* one request, as long as it is served */

struct sim_answer {
    int status;
    const char *type; /* borrowed; NULL: application/json */
    struct sim_text body;
    char location[SIM_FAULT_TEXT]; /* "": no such header */
    char retry_after[64];          /* "": no such header */
};

struct sim_config {
    uint16_t port;                    /* 0: any */
    const char *tokens[SIM_GATEWAYS]; /* NULL: not checked */
};

/** Whole path and query as they came. */
const char *sim_request_target(const struct sim_request *rq);
/** GET, POST, ... */
const char *sim_request_method(const struct sim_request *rq);
/** Argument of the query, decoded. @return NULL where it is absent */
const char *sim_request_argument(const struct sim_request *rq, const char *name);
/** Header. @return NULL where it is absent */
const char *sim_request_header(const struct sim_request *rq, const char *name);
/** Body of the request. */
const char *sim_request_body(const struct sim_request *rq, size_t *len);
/** What the faults do to it; empty for the control endpoint. */
const struct sim_plan *sim_request_plan(const struct sim_request *rq);
/** The socket. */
int sim_request_socket(const struct sim_request *rq);
/** The request no longer counts as going on; called before the last byte of the answer leaves, so
   that a client that has its answer is never counted twice. Legal twice. */
void sim_request_leave(struct sim_request *rq);

/** Listen on 127.0.0.1. @param port  the port taken @return 0, or -1 with errno or a message
 * printed */
int sim_http_start(const struct sim_config *config, uint16_t *port);
/** End all connections and join their threads. */
void sim_http_stop(void);

#endif
