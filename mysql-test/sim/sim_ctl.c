#include "sim_ctl.h"

#include "sim_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 60

struct call {
    uint16_t port;
    const char *method, *path, *bearer;
    struct sim_text body;
};

static int usage(void)
{
    fputs("usage: purser-sim ctl PORT METHOD PATH [BODY | @FILE | -] [--bearer TOKEN]\n", stderr);
    return 2;
}

static int read_file(const char *path, struct sim_text *to)
{
    FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
    char piece[65536];
    size_t n;
    int rc = 0;

    if (!file) {
        fprintf(stderr, "purser-sim: %s: %s\n", path, strerror(errno));
        return -1;
    }
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        sim_text_bytes(to, piece, n);
    if (ferror(file) || to->failed)
        rc = -1;
    if (file != stdin)
        fclose(file);
    return rc;
}

static int read_arguments(int argc, char **argv, struct call *call)
{
    char *end;
    unsigned long port;
    int i;

    if (argc < 3)
        return -1;
    port = strtoul(argv[0], &end, 10);
    if (*end || !port || port > UINT16_MAX || *argv[2] != '/')
        return -1;
    call->port = (uint16_t)port;
    call->method = argv[1];
    call->path = argv[2];
    for (i = 3; i < argc; i++) {
        if (!strcmp(argv[i], "--bearer") && i + 1 < argc)
            call->bearer = argv[++i];
        else if (call->body.data)
            return -1;
        else if (*argv[i] == '@' || !strcmp(argv[i], "-")) {
            if (read_file(*argv[i] == '@' ? argv[i] + 1 : "-", &call->body))
                return -1;
        } else
            sim_text_puts(&call->body, argv[i]);
    }
    return 0;
}

static int dial(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        close(fd);
        return -1;
    }
    return fd;
}

static int send_request(int fd, const struct call *call)
{
    struct sim_text t = {0};
    size_t sent = 0;
    int rc = -1;

    sim_text_printf(&t, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n",
                    call->method, call->path, call->port);
    if (call->bearer)
        sim_text_printf(&t, "Authorization: Bearer %s\r\n", call->bearer);
    if (call->body.len)
        sim_text_printf(&t, "Content-Length: %zu\r\n", call->body.len);
    SIM_TEXT_LIT(&t, "\r\n");
    if (call->body.len)
        sim_text_bytes(&t, call->body.data, call->body.len);
    while (!t.failed && sent < t.len) {
        ssize_t n = send(fd, t.data + sent, t.len - sent, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            goto end;
        sent += n > 0 ? (size_t)n : 0;
    }
    rc = t.failed ? -1 : 0;
end:
    sim_text_free(&t);
    return rc;
}

/* All that comes until the end. What came before an error counts: a fault may have cut it. */
static void receive(int fd, struct sim_text *t)
{
    char piece[65536];
    ssize_t n;

    while ((n = recv(fd, piece, sizeof(piece), 0)) != 0) {
        if (n > 0)
            sim_text_bytes(t, piece, (size_t)n);
        else if (errno != EINTR)
            return;
    }
}

static int show(const struct sim_text *t)
{
    const char *body = t->data ? strstr(t->data, "\r\n\r\n") : NULL;
    long status;

    if (!body || strncmp(t->data, "HTTP/1.", 7) != 0 || t->len < 12) {
        fputs("purser-sim: no answer\n", stderr);
        return 2;
    }
    status = strtol(t->data + 9, NULL, 10);
    body += 4;
    fwrite(body, 1, t->len - (size_t)(body - t->data), stdout);
    if (status >= 200 && status < 300)
        return 0;
    fprintf(stderr, "purser-sim: status %ld\n", status);
    return 1;
}

int sim_ctl(int argc, char **argv)
{
    struct call call = {0};
    struct sim_text answer = {0};
    int fd = -1, rc = 2;

    if (read_arguments(argc, argv, &call)) {
        usage();
        goto end;
    }
    fd = dial(call.port);
    if (fd < 0 || send_request(fd, &call)) {
        fprintf(stderr, "purser-sim: 127.0.0.1:%u: %s\n", call.port, strerror(errno));
        goto end;
    }
    receive(fd, &answer);
    rc = show(&answer);
end:
    if (fd >= 0)
        close(fd);
    sim_text_free(&call.body);
    sim_text_free(&answer);
    return rc;
}
