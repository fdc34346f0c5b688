/*
  listener_parts.h - what the files of the listener share: listener.c (daemons, the thread),
  requests.c (health and the rest), api_requests.c (what is below /v1),
  peer_requests.c (what other nodes tell). Private to them.

  THREADS: all of it is the listener's thread's, but what listener.h's callers do.
*/
#ifndef PURSER_HTTP_LISTENER_PARTS_H
#define PURSER_HTTP_LISTENER_PARTS_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "../stop.h"
#include "../thread.h"
#include "listener.h"
#include "reply.h"

#define SLOTS (2 * LISTENER_CONNECTIONS)

struct api_request;  /* api_requests.c */
struct peer_request; /* peer_requests.c */

/* A connection, to cut those that take too long over a request, however busily. */
struct slot {
    struct MHD_Connection *connection; /* NULL: free */
    int64_t deadline_ms;
    size_t target_len; /* of the request under way, with what follows the '?' */
    bool target_is_bad;
    bool no_memory;            /* for what it would be answered by: it is closed */
    struct api_request *api;   /* owned; NULL: the request under way is not below /v1 */
    struct peer_request *peer; /* owned; NULL: it is not for peers */
};

struct listener {
    struct thread thread;
    int socket; /* the keeper's; each daemon has a duplicate */
    bool tls, api;
    int family; /* of its address */
    atomic_bool stopping;
    int wake; /* an eventfd, written when a connection was resumed; -1: no API */

    pthread_mutex_t inbox_lock; /* held for a copy */
    atomic_uint letters;        /* counts what was put into the inbox */
    struct http_policy new_policy;
    struct MHD_Daemon *new_daemon; /* NULL: none */

    /* the thread's own from here on */
    unsigned letters_read;
    struct MHD_Daemon *daemon;
    struct MHD_Daemon *retiring, *successor;
    struct MHD_Daemon *ending; /* about to be stopped: nobody is suspended on it any more */
    int64_t retire_at_ms, sweep_at_ms, now_ms;
    unsigned long long answers, answers_before;
    unsigned connections_before;
    int turns;         /* see rest() */
    int peer_requests; /* under way */
    struct replies replies;
    struct slot slots[SLOTS];
    struct api_request *waiting_first, *waiting_last; /* suspended; the oldest first */
};

/* ---- requests.c */

/** What the library lets pass, and is no request for all that. @return 0: it is one */
enum http_status request_refusal(struct MHD_Connection *connection, const char *version);
const char *request_header(struct MHD_Connection *connection, const char *name);
bool request_has_body(struct MHD_Connection *connection);
struct slot *slot_of(struct MHD_Connection *connection);
/** Shall it be closed after its answer: does its daemon retire? */
bool connection_is_last(const struct listener *listener, struct MHD_Connection *connection);

/* What the library calls. */
enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                           const char *method, const char *version, const char *upload,
                           size_t *upload_size, void **state);
void *on_target(void *context, const char *target, struct MHD_Connection *connection);
void on_completed(void *context, struct MHD_Connection *connection, void **state,
                  enum MHD_RequestTerminationCode why);
void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                   enum MHD_ConnectionNotificationCode what);
void forget_response(void *response);

/* ---- api_requests.c */

bool api_is_target(const char *target);
/** @return new; NULL: no memory */
struct api_request *api_request_begin(const char *target);
void api_request_end(struct listener *listener, struct api_request *request); /* NULL is legal */
/** As on_request, of a request below /v1. */
enum MHD_Result api_request_run(struct listener *listener, struct api_request *request,
                                struct MHD_Connection *connection, const char *method,
                                const char *version, const char *upload, size_t *upload_size);
/** Those that wait for too long get their 503. @return milliseconds until it must be called again,
    at most wait_ms */
int64_t api_requests_give_up(struct listener *listener, int64_t wait_ms);
/** All that wait on a daemon, which is to be stopped now. */
void api_requests_resume(struct listener *listener, struct MHD_Daemon *daemon);

/* ---- peer_requests.c */

/** Is it for peers, and is there anybody who listens to them? */
bool peer_is_target(const char *target);
/** @return new; NULL: no memory */
struct peer_request *peer_request_begin(struct listener *listener);
void peer_request_end(struct listener *listener, struct peer_request *request); /* NULL is legal */
/** As on_request, of a request for peers. */
enum MHD_Result peer_request_run(struct listener *listener, struct peer_request *request,
                                 struct MHD_Connection *connection, const char *method,
                                 const char *version, const char *upload, size_t *upload_size);

#endif
