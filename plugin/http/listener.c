/*
  listener.c - see listener.h.

  DESIGN: libmicrohttpd runs without threads of its own; loop() runs it. A daemon of it is bound to
  a certificate, so that a new certificate is a new daemon on the same socket; the old one takes no
  new connections, and goes when it has none. What is answered is made once for each snapshot and
  second (reply.c), and a request is little more than finding it.

  THREADS: the keeper makes daemons and hands them over; all else in struct listener is the
  thread's, but what inbox_lock guards.

  BOUNDS: those of listener.h. Requests below /v1 are suspended while an api thread has them
  (api_requests.c): all that wait on a daemon are resumed before it is stopped.
*/
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../compat.h"
#include "../health/beats.h"
#include "listener_parts.h"
#include "socket.h"

#define CONNECTION_MEMORY (4 * LISTENER_HEAD_MAX)
#define WAIT_MS 1000      /* at most, without anything to do */
#define WAIT_RETIRE_MS 20 /* while there are two daemons */
#define PATIENCE_MS 30000 /* it never waits for anything */
#define SWEEP_MS 1000
#define SPIN_TURNS 1000 /* rounds in a row that were short and for nothing */
#define SPIN_REST_MS 10
#define TLS_PRIORITIES "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"

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

/* Whoever waits on it for an api thread hears first that it was in vain; one turn reads it, and one
   more writes what is left. What these turns read of further requests is answered at once:
   libmicrohttpd ends the process where a daemon is stopped with a connection that is suspended. */
static void end_daemon(struct listener *l, struct MHD_Daemon *daemon)
{
    if (!daemon)
        return;
    l->ending = daemon;
    api_requests_resume(l, daemon);
    MHD_run_wait(daemon, 0);
    MHD_run_wait(daemon, 0);
    stop_daemon(daemon);
    l->ending = NULL;
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

    if (l->api)
        flags |= MHD_ALLOW_SUSPEND_RESUME;
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
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target, l,
        MHD_OPTION_STRICT_FOR_CLIENT, compat_http_strictness(MHD_get_version()), MHD_OPTION_ARRAY,
        pem ? tls : &tls[3], MHD_OPTION_END);
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
    end_daemon(l, l->retiring);
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

/* Where libmicrohttpd has no thread of its own, MHD_resume_connection wakes nobody: so while a
   connection is suspended, the descriptor that tells of it is waited for together with the
   daemon's. */
static void wait_and_run(struct listener *l, int64_t wait_ms)
{
    const union MHD_DaemonInfo *info =
        l->waiting_first ? MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    MHD_UNSIGNED_LONG_LONG soon;
    eventfd_t count;

    if (info) {
        struct pollfd fds[] = {{.fd = info->epoll_fd, .events = POLLIN},
                               {.fd = l->wake, .events = POLLIN}};

        if (MHD_get_timeout(l->daemon, &soon) == MHD_YES && (int64_t)soon < wait_ms)
            wait_ms = (int64_t)soon;
        if (poll(fds, 2, (int)wait_ms) > 0 && fds[1].revents)
            eventfd_read(l->wake, &count);
        wait_ms = 0;
    }
    MHD_run_wait(l->daemon, (int32_t)wait_ms);
}

static void loop(void *argument)
{
    struct listener *l = argument;

    while (!atomic_load(&l->stopping) && !stop_requested()) {
        int64_t began_ms = clock_ms();

        beat(BEAT_HTTP, PATIENCE_MS);
        wait_and_run(l, api_requests_give_up(l, l->retiring ? WAIT_RETIRE_MS : WAIT_MS));
        l->now_ms = clock_ms();
        see_to_retiring(l);
        sweep(l);
        read_inbox(l);
        retire(l);
        rest(l, began_ms);
    }
    stop_daemon(l->successor);
    end_daemon(l, l->retiring);
    end_daemon(l, l->daemon);
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
    if (l->wake >= 0)
        close(l->wake);
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
    l->api = policy->api;
    l->now_ms = clock_ms();
    pthread_mutex_init(&l->inbox_lock, NULL);
    replies_begin(&l->replies, policy, forget_response);
    l->new_policy = *policy;
    l->wake = l->api ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    l->socket = listening_socket(address, port, &l->family, err);
    if (l->socket >= 0 && (l->wake >= 0 || !l->api))
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
