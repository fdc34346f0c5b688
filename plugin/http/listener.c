/*
  listener.c - see listener.h.

  DESIGN: libmicrohttpd runs without threads of its own; loop() runs it. A daemon of it is bound to
  a certificate, so that a new certificate is a new daemon on the same socket; the old one takes no
  new connections, and goes when it has none. What is answered is made once for each snapshot and
  second (reply.c), and a request is little more than finding it.

  THREADS: the keeper makes daemons and hands them over; all else in struct listener is the
  thread's, but what inbox_lock guards.

  BOUNDS: those of listener.h. A body that nobody asked for is not read: the answer goes out, and
  the connection is closed. The library refuses by itself, with a page of its own that cannot be
  replaced, what it cannot read as a request; so it is told not to be strict, and has room for more
  than a request may have: the rest is refused here.
*/
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../health/beats.h"
#include "../stop.h"
#include "../thread.h"
#include "cors.h"
#include "reply.h"
#include "socket.h"

#define CONNECTION_MEMORY (4 * LISTENER_HEAD_MAX)
#define WAIT_MS 500       /* at most, without anything to do */
#define WAIT_RETIRE_MS 20 /* while there are two daemons */
#define PATIENCE_MS 30000 /* it never waits for anything */
#define SWEEP_MS 1000
#define SPIN_TURNS 1000 /* rounds in a row that were short and for nothing */
#define SPIN_REST_MS 10
#define SLOTS (2 * LISTENER_CONNECTIONS)
#define TLS_PRIORITIES "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"

/* A connection, to cut those that take too long over a request, however busily. */
struct slot {
    struct MHD_Connection *connection; /* NULL: free */
    int64_t deadline_ms;
    size_t target_len; /* of the request under way, with what follows the '?' */
    bool target_is_bad;
};

struct listener {
    struct thread thread;
    int socket; /* the keeper's; each daemon has a duplicate */
    bool tls;
    int family; /* of its address */
    atomic_bool stopping;

    pthread_mutex_t inbox_lock; /* held for a copy */
    atomic_uint letters;        /* counts what was put into the inbox */
    struct http_policy new_policy;
    struct MHD_Daemon *new_daemon; /* NULL: none */

    /* the thread's own from here on */
    unsigned letters_read;
    struct MHD_Daemon *daemon;
    struct MHD_Daemon *retiring, *successor;
    int64_t retire_at_ms, sweep_at_ms, now_ms;
    unsigned long long answers, answers_before;
    unsigned connections_before;
    int turns; /* see rest() */
    struct replies replies;
    struct slot slots[SLOTS];
};

/* ---- requests */

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static struct slot *slot_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static bool has_body(struct MHD_Connection *connection)
{
    const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return (length && strcmp(length, "0") != 0) ||
           header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

/* Called before anything else of a request is read. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct slot *slot = slot_of(connection);

    (void)context;
    if (slot) {
        slot->target_len = strlen(target);
        slot->target_is_bad = strchr(target, ' ') != NULL;
    }
    return NULL;
}

static enum MHD_Result count_host(void *count, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    (void)kind;
    (void)value;
    *(int *)count += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
    return MHD_YES;
}

/* What the library lets pass, and is no request for all that. @return 0: it is one */
static enum http_status refusal_of(struct MHD_Connection *connection, const char *version)
{
    const union MHD_ConnectionInfo *head =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    const struct slot *slot = slot_of(connection);
    int hosts = 0;

    if (slot && slot->target_len >= LISTENER_HEAD_MAX)
        return HTTP_TARGET_TOO_LONG;
    if (head && head->header_size > LISTENER_HEAD_MAX)
        return HTTP_HEAD_TOO_LARGE;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_host, &hosts);
    if (hosts > 1 || (hosts == 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0))
        return HTTP_BAD_REQUEST;
    return slot && slot->target_is_bad ? HTTP_BAD_REQUEST : 0;
}

static struct MHD_Response *response_of(const struct reply *reply, bool last)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body_len, reply->body, MHD_RESPMEM_MUST_COPY);
    int i;

    for (i = 0; response && i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (response && last)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

static void forget_response(void *response)
{
    if (response)
        MHD_destroy_response(response);
}

static enum MHD_Result respond(struct listener *l, struct MHD_Connection *connection,
                               const char *path, enum http_method method, enum http_status refusal)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);
    struct slot *slot = slot_of(connection);
    struct request request = {
        .path = path,
        .method = method,
        .refusal = refusal,
        .accept = header(connection, MHD_HTTP_HEADER_ACCEPT),
        .origin = header(connection, MHD_HTTP_HEADER_ORIGIN),
        .authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
    };
    struct reply *reply = replies_find(&l->replies, &request);
    struct MHD_Response *response;
    enum MHD_Result rc;

    if (slot)
        slot->deadline_ms = l->now_ms + LISTENER_ANSWER_MS;
    if (!reply)
        return MHD_NO;
    l->answers++;
    /* The client of a retired one shall come again, to the new one. */
    if (refusal || (info && info->daemon == l->retiring)) {
        response = response_of(reply, true);
        rc = response ? MHD_queue_response(connection, (unsigned)reply->status, response) : MHD_NO;
        forget_response(response);
        return rc;
    }
    if (!reply->ready)
        reply->ready = response_of(reply, false);
    return reply->ready ? MHD_queue_response(connection, (unsigned)reply->status, reply->ready)
                        : MHD_NO;
}

/* Called once for the head of a request, and once more behind its body, for a GET is none. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **state)
{
    enum http_method which = http_method_of(method);
    enum http_status refusal = refusal_of(connection, version);
    bool first = !*state;

    (void)upload;
    *state = context;
    if (first && which != HTTP_OTHER && !has_body(connection) && !refusal)
        return MHD_YES;
    if (*upload_size)
        return MHD_NO;
    return respond(context, connection, path, which, refusal);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    struct listener *l = context;
    struct slot *slot = slot_of(connection);

    (void)state;
    (void)why;
    if (slot)
        slot->deadline_ms = l->now_ms + LISTENER_REQUEST_MS;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct listener *l = context;
    struct slot *slot = *socket_context;
    int i;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (slot) {
            slot->connection = NULL;
            l->replies.traffic.connections--;
        }
        return;
    }
    for (i = 0; i < SLOTS && l->slots[i].connection; i++)
        continue;
    if (i == SLOTS)
        return;
    l->slots[i].connection = connection;
    l->slots[i].deadline_ms = clock_ms() + LISTENER_REQUEST_MS;
    l->replies.traffic.connections++;
    *socket_context = &l->slots[i];
}

/* Paths are compared as they come: none of ours has a character that would be escaped. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* ---- daemons */

static void stop_daemon(struct MHD_Daemon *daemon)
{
    if (daemon)
        MHD_stop_daemon(daemon);
}

static bool start_check(const struct http_pem *pem)
{
    struct MHD_Daemon *trial =
        MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET | MHD_USE_TLS | MHD_USE_EPOLL, 0, NULL, NULL,
                         on_request, NULL, MHD_OPTION_HTTPS_MEM_CERT, pem->certificate,
                         MHD_OPTION_HTTPS_MEM_KEY, pem->key, MHD_OPTION_END);

    stop_daemon(trial);
    return trial != NULL;
}

/* The certificate is tried without the socket first: whether the descriptor was closed cannot be
   told when a start fails, so that after a failure then, for want of memory, it is left as it is.
 */
static struct MHD_Daemon *start_daemon(struct listener *l, const struct http_pem *pem,
                                       struct error *err)
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, pem ? (void *)(uintptr_t)pem->certificate : NULL},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, pem ? (void *)(uintptr_t)pem->key : NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_Daemon *daemon;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    int fd;

    if (l->family == AF_INET6)
        flags |= MHD_USE_IPv6;
    if (pem && !start_check(pem)) {
        error_set(err, ERROR_CONFIG,
                  "the certificate and the key cannot be used: not PEM, or not a pair");
        return NULL;
    }
    fd = fcntl(l->socket, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        error_set(err, ERROR_LIMIT, "%s", strerrordesc_np(errno));
        return NULL;
    }
    daemon = MHD_start_daemon(
        pem ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, on_request, l, MHD_OPTION_LISTEN_SOCKET,
        fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)LISTENER_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)LISTENER_CONNECTIONS_OF_ONE,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LISTENER_IDLE_SECONDS, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, l, MHD_OPTION_NOTIFY_CONNECTION, on_connection, l,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target,
        NULL, MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_ARRAY, pem ? tls : &tls[3],
        MHD_OPTION_END);
    if (!daemon)
        error_set(err, ERROR_MEMORY, "out of memory");
    return daemon;
}

/* ---- the thread */

/* One after the other: who is under way when two certificates come shall get the answer. */
static void retire(struct listener *l)
{
    int fd;

    if (!l->successor || l->retiring)
        return;
    l->retiring = l->daemon;
    l->daemon = l->successor;
    l->successor = NULL;
    l->retire_at_ms = l->now_ms + LISTENER_RETIRE_MS;
    fd = MHD_quiesce_daemon(l->retiring);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
}

static void read_inbox(struct listener *l)
{
    unsigned letters = atomic_load(&l->letters);
    struct MHD_Daemon *successor;

    if (letters == l->letters_read)
        return;
    l->letters_read = letters;
    pthread_mutex_lock(&l->inbox_lock);
    l->replies.policy = l->new_policy;
    successor = l->new_daemon;
    l->new_daemon = NULL;
    pthread_mutex_unlock(&l->inbox_lock);
    replies_forget(&l->replies);
    if (successor) {
        stop_daemon(l->successor);
        l->successor = successor;
    }
}

static void see_to_retiring(struct listener *l)
{
    const union MHD_DaemonInfo *info;

    if (!l->retiring)
        return;
    MHD_run_wait(l->retiring, 0);
    info = MHD_get_daemon_info(l->retiring, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    if (info && info->num_connections > 0 && l->now_ms < l->retire_at_ms)
        return;
    stop_daemon(l->retiring);
    l->retiring = NULL;
}

/* libmicrohttpd closes what is silent; whoever sends a byte a second is never silent. */
static void sweep(struct listener *l)
{
    int i;

    if (l->now_ms < l->sweep_at_ms)
        return;
    l->sweep_at_ms = l->now_ms + SWEEP_MS;
    for (i = 0; i < SLOTS; i++) {
        const union MHD_ConnectionInfo *info;

        if (!l->slots[i].connection || l->now_ms < l->slots[i].deadline_ms)
            continue;
        info = MHD_get_connection_info(l->slots[i].connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info)
            shutdown(info->connect_fd, SHUT_RDWR);
        l->slots[i].deadline_ms = INT64_MAX;
        l->replies.traffic.cut++;
    }
}

/* A process without a free descriptor cannot accept, and is told at once that there is somebody to
   accept; clients that send a byte at a time make as many rounds. Neither may take a core. */
static void rest(struct listener *l, int64_t began_ms)
{
    bool idle =
        l->answers == l->answers_before && l->replies.traffic.connections == l->connections_before;

    l->answers_before = l->answers;
    l->connections_before = l->replies.traffic.connections;
    l->turns = idle && l->now_ms - began_ms <= 1 ? l->turns + 1 : 0;
    if (l->turns > SPIN_TURNS)
        stop_sleep_ms(SPIN_REST_MS);
}

static void loop(void *argument)
{
    struct listener *l = argument;

    while (!atomic_load(&l->stopping) && !stop_requested()) {
        int64_t began_ms = clock_ms();

        beat(BEAT_HTTP, PATIENCE_MS);
        MHD_run_wait(l->daemon, l->retiring ? WAIT_RETIRE_MS : WAIT_MS);
        l->now_ms = clock_ms();
        see_to_retiring(l);
        sweep(l);
        read_inbox(l);
        retire(l);
        rest(l, began_ms);
    }
    stop_daemon(l->successor);
    stop_daemon(l->retiring);
    stop_daemon(l->daemon);
    l->daemon = l->retiring = l->successor = NULL;
    replies_end(&l->replies);
}

/* ---- the keeper's side */

static void destroy(struct listener *l)
{
    stop_daemon(l->daemon);
    stop_daemon(l->new_daemon);
    if (l->socket >= 0)
        close(l->socket);
    pthread_mutex_destroy(&l->inbox_lock);
    free(l);
}

struct listener *listener_open(const char *address, int port, const struct http_pem *pem,
                               const struct http_policy *policy, struct error *err)
{
    struct listener *l = calloc(1, sizeof(*l));

    if (!l) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    l->tls = pem != NULL;
    l->now_ms = clock_ms();
    pthread_mutex_init(&l->inbox_lock, NULL);
    replies_begin(&l->replies, policy, forget_response);
    l->new_policy = *policy;
    l->socket = listening_socket(address, port, &l->family, err);
    if (l->socket >= 0)
        l->daemon = start_daemon(l, pem, err);
    if (l->daemon && thread_start(&l->thread, "purser-http", loop, l) == 0)
        return l;
    error_set(err, ERROR_MEMORY, "cannot start a thread");
    destroy(l);
    return NULL;
}

void listener_set_policy(struct listener *l, const struct http_policy *policy)
{
    pthread_mutex_lock(&l->inbox_lock);
    l->new_policy = *policy;
    pthread_mutex_unlock(&l->inbox_lock);
    atomic_fetch_add(&l->letters, 1);
}

int listener_set_certificate(struct listener *l, const struct http_pem *pem, struct error *err)
{
    struct MHD_Daemon *daemon = l->tls ? start_daemon(l, pem, err) : NULL, *unread;

    if (!daemon)
        return -1;
    pthread_mutex_lock(&l->inbox_lock);
    unread = l->new_daemon;
    l->new_daemon = daemon;
    pthread_mutex_unlock(&l->inbox_lock);
    atomic_fetch_add(&l->letters, 1);
    stop_daemon(unread);
    return 0;
}

void listener_close(struct listener *l, int64_t deadline_ms)
{
    if (!l)
        return;
    atomic_store(&l->stopping, true);
    shutdown(l->socket, SHUT_RDWR); /* wakes it */
    if (thread_join_until(&l->thread, deadline_ms))
        destroy(l);
    else
        thread_abandon(&l->thread);
}
