/* socket.c - see socket.h. */
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

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

bool address_is_loopback(const char *address)
{
    struct sockaddr_storage where;

    if (parse_address(address, 0, &where) == 0)
        return false;
    if (where.ss_family == AF_INET)
        return (ntohl(((struct sockaddr_in *)&where)->sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&where)->sin6_addr);
}

int listening_socket(const char *address, int port, int *family, struct error *err)
{
    struct sockaddr_storage where;
    socklen_t len = parse_address(address, port, &where);
    int on = 1, fd;

    if (len == 0)
        return error_set(err, ERROR_CONFIG, "purser_http_bind: '%.100s' is not an address",
                         address);
    *family = where.ss_family;
    fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(err, ERROR_CONFIG, "cannot make a socket: %s", strerrordesc_np(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&where, len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    error_set(err, ERROR_CONFIG, "cannot listen on %.100s port %d (%s)", address, port,
              errno == EADDRINUSE ? "is it taken?" : strerrordesc_np(errno));
    close(fd);
    return -1;
}
