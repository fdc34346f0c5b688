/*
  http_server.c - see http_server.h.

  THREADS: http_server_start is called by the scheduler, http_server_stop by deinit after the
  scheduler has been joined, so `listener` needs no lock; the request callback runs in
  libmicrohttpd's own thread and reads atomics only.

  BOUNDS: 64 connections, 32 of one address, 8 KiB of memory each, 5 s without traffic.
*/
#include "http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "status.h"

#define CONNECTIONS_MAX 64
#define CONNECTIONS_OF_ONE 32 /* from one address: the rest is for others */
#define CONNECTION_MEMORY (8 * 1024)
#define IDLE_SECONDS 5
#define BODY_SIZE 256

static struct MHD_Daemon *listener;

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result rc;

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    rc = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    static int seen; /* its address only: headers read, body still to come */
    enum worker_state worker = status_worker();
    char body[BODY_SIZE];

    (void)context;
    (void)version;
    (void)upload;
    /* Before a body is read, which may have no end. */
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                     "{\"error\":\"method not allowed\"}\n");
    if (!*state) {
        *state = &seen;
        return MHD_YES;
    }
    if (*upload_size) /* a body that nobody asked for */
        return MHD_NO;
    if (strcmp(url, "/livez") == 0)
        return reply(connection, MHD_HTTP_OK, "{\"status\":\"OK\"}\n");
    if (strcmp(url, "/readyz") != 0)
        return reply(connection, MHD_HTTP_NOT_FOUND, "{\"error\":\"not found\"}\n");
    snprintf(body, sizeof(body), "{\"status\":\"%s\",\"worker\":\"%s\"}\n",
             worker == WORKER_READY ? "OK" : "NOT READY", status_worker_name(worker));
    return reply(connection, worker == WORKER_READY ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                 body);
}

/* @return bytes of the address, 0 where the text is not one */
static socklen_t parse_address(const char *text, int port, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return sizeof(*v4);
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        return sizeof(*v6);
    }
    return 0;
}

int http_server_start(const char *address, int port, struct error *err)
{
    struct sockaddr_storage where;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;

    if (parse_address(address, port, &where) == 0)
        return error_set(err, ERROR_CONFIG, "purser_http_bind: '%.100s' is not an address",
                         address);
    if (where.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    listener = MHD_start_daemon(
        flags, (uint16_t)port, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&where, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_OF_ONE,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
    if (!listener)
        return error_set(err, ERROR_CONFIG, "cannot listen on %.100s port %d (is it taken?)",
                         address, port);
    return 0;
}

void http_server_stop(void)
{
    if (listener)
        MHD_stop_daemon(listener);
    listener = NULL;
}
