/*
  http_url.c - the URLs that Purser talks to (http_client.h): a plain subset, parsed strictly.

  A URL here is scheme://host[:port][/path], without user information, in printable ASCII. What is
  not of that form is refused rather than understood differently from libcurl.
*/
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_client.h"

#define HOST_SIZE 256

struct url {
    bool tls;
    char host[HOST_SIZE]; /* as written, brackets of IPv6 included */
    int port;
    const char *path; /* into the text; "" or beginning with '/', '?' or '#' */
};

static int parse_port(const char *text, size_t len, int *port)
{
    size_t i;

    *port = 0;
    if (len == 0 || len > 5)
        return -1;
    for (i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        *port = *port * 10 + (text[i] - '0');
    }
    return *port >= 1 && *port <= 65535 ? 0 : -1;
}

static int parse_authority(const char *text, size_t len, struct url *url, struct error *err)
{
    const char *end = text + len, *colon, *close;
    size_t host;

    if (memchr(text, '@', len))
        return error_set(err, ERROR_CONFIG, "a URL must not hold a user name or password");
    close = *text == '[' ? memchr(text, ']', len) : NULL;
    colon = memchr(close ? close : text, ':', (size_t)(end - (close ? close : text)));
    host = (size_t)((colon ? colon : end) - text);
    if (host == 0 || host >= HOST_SIZE || (*text == '[' && (!close || close + 1 != text + host)))
        return error_set(err, ERROR_CONFIG, "the URL names no host");
    memcpy(url->host, text, host);
    url->host[host] = '\0';
    url->port = url->tls ? 443 : 80;
    if (colon && parse_port(colon + 1, (size_t)(end - colon - 1), &url->port) != 0)
        return error_set(err, ERROR_CONFIG, "the URL's port is not a number from 1 to 65535");
    return 0;
}

static int parse(const char *text, struct url *url, struct error *err)
{
    const char *p, *rest;

    memset(url, 0, sizeof(*url));
    for (p = text; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '\\')
            return error_set(err, ERROR_CONFIG, "the URL has a character that needs escaping");
    if (strncasecmp(text, "https://", 8) == 0)
        url->tls = true;
    else if (strncasecmp(text, "http://", 7) != 0)
        return error_set(err, ERROR_CONFIG, "the URL must begin with https://");
    rest = text + (url->tls ? 8 : 7);
    url->path = rest + strcspn(rest, "/?#");
    return parse_authority(rest, (size_t)(url->path - rest), url, err);
}

static bool is_loopback(const char *host)
{
    struct in_addr address;

    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

int http_check_base_url(const char *base_url, struct error *err)
{
    struct url url;

    if (!base_url || !*base_url)
        return error_set(err, ERROR_CONFIG, "base_url is missing");
    if (parse(base_url, &url, err) != 0)
        return error_prefix(err, "base_url: ");
    if (!url.tls && !is_loopback(url.host))
        return error_set(
            err, ERROR_CONFIG,
            "base_url: plain http is allowed to a loopback address only; use https://");
    if (strpbrk(url.path, "?#"))
        return error_set(err, ERROR_CONFIG, "base_url: no query and no fragment");
    return 0;
}

/* Length of the base's path without slashes at its end. */
static size_t base_path(const struct url *base)
{
    size_t len = strlen(base->path);

    while (len > 0 && base->path[len - 1] == '/')
        len--;
    return len;
}

/* Has the path a segment "." or ".." (also written %2e), which would lead elsewhere? */
static bool has_dots(const char *path)
{
    size_t len, dots;
    const char *p;

    for (p = path; *p == '/'; p += len) {
        p++;
        len = strcspn(p, "/?#");
        for (dots = 0; dots < len;) {
            if (p[dots] == '.')
                dots++;
            else if (strncasecmp(p + dots, "%2e", 3) == 0)
                dots += 3;
            else
                break;
        }
        if (len > 0 && dots == len)
            return true;
    }
    return false;
}

int http_same_host_path(const char *base_url, const char *link, char **path, struct error *err)
{
    struct url base, url;
    const char *p;
    size_t len;

    *path = NULL;
    if (parse(base_url, &base, err) != 0)
        return -1;
    if (*link == '/' && link[1] != '/') {
        for (p = link; *p; p++)
            if (*p <= ' ' || *p > '~' || *p == '\\')
                return error_set(err, ERROR_REMOTE, "the link has a character that needs escaping");
        url = base;
        url.path = link;
    } else if (parse(link, &url, err) != 0) {
        return error_prefix(err, "next link: ");
    }
    if (url.tls != base.tls || url.port != base.port || strcasecmp(url.host, base.host) != 0)
        return error_set(err, ERROR_REMOTE, "the next link leads to another host, %.100s:%d",
                         url.host, url.port);
    len = base_path(&base);
    if (strncmp(url.path, base.path, len) != 0 || (url.path[len] != '/' && url.path[len] != '?') ||
        has_dots(url.path))
        return error_set(err, ERROR_REMOTE, "the next link leads out of %.200s", base_url);
    *path = strdup(url.path + len);
    return *path ? 0 : error_set(err, ERROR_MEMORY, "out of memory");
}
