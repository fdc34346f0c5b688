/* unit_http.h - a listener in this process, and clients with real sockets. */
#ifndef PURSER_UNIT_HTTP_H
#define PURSER_UNIT_HTTP_H

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../plugin/http/listener.h"
#include "../../plugin/status.h"
#include "unit.h"
#include "unit_health.h"
#include "unit_socket.h"

#define LONG_MS 300000 /* for what must come */
#define ANSWER_SIZE (256 * 1024)
#define TOKEN "a-token-of-twenty-nine-letters"

static struct listener *listener;
static int port;
static char got[ANSWER_SIZE];

static inline struct http_policy policy_of(const char *tokens, const char *origin)
{
    struct http_policy policy = {.auth.mode = AUTH_OPEN};

    if (tokens)
        assert_int_equal(auth_parse(tokens, strlen(tokens), &policy.auth, NULL), 0);
    snprintf(policy.cors_origin, sizeof(policy.cors_origin), "%s", origin);
    return policy;
}

static inline int start(void **state)
{
    struct http_policy policy = policy_of(NULL, "*");
    struct error err = {0};
    int i;

    (void)state;
    stop_reset();
    status_set_worker(WORKER_READY);
    for (i = 0; i < 20 && !listener; i++) {
        port = free_port();
        listener = listener_open("127.0.0.1", port, NULL, &policy, &err);
    }
    return listener ? 0 : -1;
}

static inline int stop(void **state)
{
    (void)state;
    listener_close(listener, clock_ms() + LONG_MS);
    listener = NULL;
    snapshot_publish(NULL);
    return 0;
}

static inline int connect_to_it(int fd)
{
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons((uint16_t)port)};

    return connect(fd, (struct sockaddr *)&where, sizeof(where));
}

static inline int dial(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect_to_it(fd), 0);
    return fd;
}

/* As much as goes: a listener that has had enough closes. @return was all taken? */
static inline bool push(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* Until the other side closes, or the text has come. @return is it there (NULL: was it closed)? */
static inline bool pull_until(int fd, const char *text)
{
    int64_t deadline = clock_ms() + LONG_MS;
    size_t len = 0;

    got[0] = '\0';
    while (clock_ms() < deadline && len < sizeof(got) - 1) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (text && strstr(got, text))
            return true;
        if (poll(&p, 1, 1000) == 0)
            continue;
        n = recv(fd, got + len, sizeof(got) - 1 - len, 0);
        if (n <= 0)
            return text ? strstr(got, text) != NULL : true;
        len += (size_t)n;
        got[len] = '\0';
    }
    return false;
}

/* One request on a connection of its own, to the end. @return the status, 0 for none */
static inline int ask_raw(const char *request, size_t len)
{
    int fd = dial();

    push(fd, request, len);
    shutdown(fd, SHUT_WR);
    pull_until(fd, NULL);
    close(fd);
    return strncmp(got, "HTTP/1.", 7) == 0 ? (int)strtol(got + 8, NULL, 10) : 0;
}

static inline int ask(const char *method, const char *path, const char *headers)
{
    char request[4096];
    int len =
        snprintf(request, sizeof(request),
                 "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", method, path, headers);

    return ask_raw(request, (size_t)len);
}

static inline bool says(const char *line)
{
    return strcasestr(got, line) != NULL;
}

static inline bool works(void)
{
    return ask("GET", "/livez", "") == 200 && says("{\"status\":\"OK\"}");
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif
