/*
  alloc_network_listener.c - the listener as it is, and the client API behind it, while memory runs
  out. The client is this thread, over a socket on the loopback address; while the listener's thread
  works, it waits. A request that is handed over is answered here, by what the api threads call.
*/
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../plugin/api/exchange.h"
#include "../../plugin/http/listener.h"
#include "../../plugin/status.h"
#include "../../plugin/stop.h"
#include "alloc_scenarios.h"
#include "unit_socket.h"

#define LONG_MS 60000
#define SIGNED                                                                                     \
    "X-Purser-Key: pk_abcdefghijklmnopqrstuvwx\r\nX-Purser-Timestamp: 1751709600\r\n"              \
    "X-Purser-Nonce: nonce-of-this-request-1\r\nX-Purser-Signature: v1="                           \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n"
#define BODY "{\"identifier\":\"a\"}"

static char got[65536];

/* Another program may have been faster to take the port. */
static struct listener *begin(int *port, struct error *err)
{
    const struct http_policy policy = {.auth.mode = AUTH_OPEN, .api = true};
    struct listener *listener = NULL;
    int i;

    for (i = 0; i < 20 && !listener; i++) {
        error_clear(err);
        *port = free_port();
        listener = listener_open("127.0.0.1", *port, NULL, &policy, err);
        if (!listener && err->code == ERROR_MEMORY)
            break;
    }
    return listener;
}

/* What an api thread does with it. */
static void answer_one(void)
{
    struct api_exchange *x = api_queue_take(0, 0);

    if (!x)
        return;
    if (api_exchange_begin(x)) {
        alloc_fail_pause(); /* its answer is tried in alloc_answers.c */
        if (x->body.len == strlen(BODY))
            api_problem(&x->answer, API_RATE_LIMITED, NULL, NULL);
        else
            api_problem(&x->answer, API_INTERNAL_ERROR, "the body is cut", NULL);
        alloc_fail_resume();
    }
    api_exchange_finish(x);
}

/* @return the status; 0: the connection was closed without an answer */
static int ask(int port, const char *request)
{
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons((uint16_t)port)};
    int64_t deadline = clock_ms() + LONG_MS;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t len = 0;
    ssize_t n = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&where, sizeof(where)) != 0)
        abort();
    send(fd, request, strlen(request), MSG_NOSIGNAL);
    while (n > 0 && len < sizeof(got) - 1 && clock_ms() < deadline) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        if (poll(&p, 1, 5) == 0) {
            answer_one();
            continue;
        }
        n = recv(fd, got + len, sizeof(got) - 1 - len, 0);
        len += n > 0 ? (size_t)n : 0;
    }
    got[len] = '\0';
    close(fd);
    return strncmp(got, "HTTP/1.1 ", 9) == 0 ? (int)strtol(got + 9, NULL, 10) : 0;
}

/* Closed, or told that it is our fault, or with nothing but the status that it has to have. */
static int expect(int port, const char *request, int status, const char *text, struct error *err)
{
    int told = ask(port, request);
    const char *body = strstr(got, "\r\n\r\n");

    if (told == 0 || told >= 500)
        return alloc_refused(err);
    if (told != status)
        return alloc_wrong(err, got);
    if (!body[4] && status >= 400)
        return alloc_refused(err);
    return strstr(body, text) && body[strlen(body) - 2] == '}' ? 0 : alloc_wrong(err, got);
}

static int asked(const char *request, int status, const char *text, struct error *err)
{
    struct listener *listener;
    int port, rc;

    stop_reset();
    api_queue_reset(1);
    status_set_worker(WORKER_READY);
    listener = begin(&port, err);
    if (!listener)
        return -1;
    rc = expect(port, request, status, text, err);
    listener_close(listener, clock_ms() + LONG_MS);
    api_queue_stop();
    return rc;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static int page(struct error *err)
{
    return asked(GET("/livez"), 200, "\"OK\"", err);
}

static int document(struct error *err)
{
    return asked(GET("/v1/openapi.json"), 200, "\"openapi\"", err);
}

static int not_there(struct error *err)
{
    return asked(GET("/v1/nothing"), 404, "not-found", err);
}

static int not_signed(struct error *err)
{
    return asked(GET("/v1/usage"), 401, "missing-credentials", err);
}

static int handed_over(struct error *err)
{
    char request[1024];

    snprintf(request, sizeof(request),
             "POST /v1/rate-limit/check HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" SIGNED
             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n" BODY,
             strlen(BODY));
    return asked(request, 429, "rate-limited", err);
}

const struct alloc_scenario alloc_listener[] = {
    {"a page is asked for", page, NULL, NULL},
    {"the API's document is asked for", document, NULL, NULL},
    {"nothing is asked for", not_there, NULL, NULL},
    {"the API is asked without a signature", not_signed, NULL, NULL},
    {"the API is asked", handed_over, NULL, NULL},
    {NULL, NULL, NULL, NULL}};
