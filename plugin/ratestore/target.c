/* target.c - see target.h. */
#include "target.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#define PORT 6379

static int parse_db(const char *text, int *db, struct error *err)
{
    size_t i, len = strlen(text);

    *db = 0;
    for (i = 0; i < len && text[i] >= '0' && text[i] <= '9' && *db <= TARGET_DB_MAX; i++)
        *db = *db * 10 + (text[i] - '0');
    if (len == 0 || i < len || *db > TARGET_DB_MAX)
        return error_set(err, ERROR_CONFIG, "the number of the database must be 0 to %d",
                         TARGET_DB_MAX);
    return 0;
}

static int parse_local(const char *path, struct store_target *target, struct error *err)
{
    struct sockaddr_un *local = (struct sockaddr_un *)(void *)&target->address[0];
    size_t len = strcspn(path, "?");

    if (*path != '/')
        return error_set(err, ERROR_CONFIG,
                         "give the whole path of the socket, as in unix:///run/redis/redis.sock");
    if (len >= sizeof(local->sun_path))
        return error_set(err, ERROR_CONFIG, "the path of a socket has at most %zu bytes",
                         sizeof(local->sun_path) - 1);
    if (path[len] && strncmp(path + len, "?db=", 4) != 0)
        return error_set(err, ERROR_CONFIG, "only ?db=N may follow the path");
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, path, len);
    target->len[0] = sizeof(*local);
    target->n = 1;
    return path[len] ? parse_db(path + len + 4, &target->db, err) : 0;
}

/* Where the host is no name, it is the address. */
static void take_address(struct store_target *target)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&target->address[0];
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&target->address[0];
    size_t len = strlen(target->host);

    if (*target->host == '[') { /* url_parse has seen both brackets */
        memmove(target->host, target->host + 1, len - 2);
        target->host[len - 2] = '\0';
    }
    if (inet_pton(AF_INET, target->host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)target->port);
        target->len[0] = sizeof(*v4);
    } else if (inet_pton(AF_INET6, target->host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)target->port);
        target->len[0] = sizeof(*v6);
    }
    if (target->len[0]) {
        *target->host = '\0';
        target->n = 1;
    }
}

static int parse_tcp(const char *text, struct store_target *target, struct error *err)
{
    static const struct url_scheme scheme = {"rediss", "redis", PORT, PORT};
    struct url url;

    if (url_parse(text, &scheme, &url, err) != 0)
        return -1;
    if (url.tls)
        return error_set(err, ERROR_CONFIG,
                         "rediss:// (TLS) is not supported: use a local socket, a private network, "
                         "or a tunnel such as stunnel");
    memcpy(target->host, url.host, sizeof(target->host));
    target->port = url.port;
    take_address(target);
    if (*url.path && strcmp(url.path, "/") != 0)
        return *url.path == '/'
                   ? parse_db(url.path + 1, &target->db, err)
                   : error_set(err, ERROR_CONFIG, "only /db may follow the host and port");
    return 0;
}

static int parse(const char *url, struct store_target *target, struct error *err)
{
    if (strchr(url, '@'))
        return error_set(err, ERROR_CONFIG,
                         "it must not hold a user name or password: they belong to the secrets "
                         "file, rate_limits.store_user and rate_limits.store_password");
    if (strlen(url) >= sizeof(target->url))
        return error_set(err, ERROR_CONFIG, "it is longer than %zu bytes", sizeof(target->url) - 1);
    snprintf(target->url, sizeof(target->url), "%s", url);
    if (strncasecmp(url, "unix://", 7) == 0)
        return parse_local(url + 7, target, err);
    if (strncasecmp(url, "redis://", 8) == 0 || strncasecmp(url, "rediss://", 9) == 0)
        return parse_tcp(url, target, err);
    return error_set(err, ERROR_CONFIG, "it must begin with redis:// or unix://");
}

int store_target_parse(const char *url, struct store_target *target, struct error *err)
{
    memset(target, 0, sizeof(*target));
    if (!*url || parse(url, target, err) == 0)
        return 0;
    memset(target, 0, sizeof(*target));
    return -1;
}

int store_target_look_up(struct store_target *target)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found, *each;
    char port[8];
    int n = 0;

    snprintf(port, sizeof(port), "%d", target->port);
    if (getaddrinfo(target->host, port, &hints, &found) != 0)
        return -1;
    for (each = found; each && n < TARGET_ADDRESSES; each = each->ai_next) {
        if (each->ai_addrlen > sizeof(target->address[0]))
            continue;
        memset(&target->address[n], 0, sizeof(target->address[n]));
        memcpy(&target->address[n], each->ai_addr, each->ai_addrlen);
        target->len[n++] = each->ai_addrlen;
    }
    freeaddrinfo(found);
    if (n > 0)
        target->n = n;
    return n > 0 ? 0 : -1;
}

int store_target_check(const char *url, struct error *err)
{
    struct store_target target;

    return store_target_parse(url, &target, err);
}
