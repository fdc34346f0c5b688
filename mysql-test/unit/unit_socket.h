/* unit_socket.h - sockets of IPv4 that listen, and one that lets nobody in. */
#ifndef PURSER_UNIT_SOCKET_H
#define PURSER_UNIT_SOCKET_H

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CROWD 8

/** @param[in,out] port  0: a free one, which it is then
    @return the socket (close) */
static inline int listen_on(const char *address, int *port, int backlog)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t len = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (inet_pton(AF_INET, address, &where.sin_addr) != 1 ||
        bind(fd, (struct sockaddr *)&where, len) != 0 || listen(fd, backlog) != 0 ||
        getsockname(fd, (struct sockaddr *)&where, &len) != 0)
        abort();
    *port = ntohs(where.sin_port);
    return fd;
}

/** Another program may be faster to take it. */
static inline int free_port(void)
{
    int number = 0;

    close(listen_on("127.0.0.1", &number, 1));
    return number;
}

/** Fills up 127.0.0.1:port, which listens with a backlog of 0: whoever comes then is not let in,
   and not told. */
static inline void crowd_before(int port, int crowd[CROWD])
{
    const struct sockaddr_in where = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int i;

    for (i = 0; i < CROWD; i++) {
        crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(crowd[i], (const struct sockaddr *)&where, sizeof(where));
    }
}

static inline void crowd_goes(const int crowd[CROWD])
{
    int i;

    for (i = 0; i < CROWD; i++)
        close(crowd[i]);
}

#endif
