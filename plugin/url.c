/* url.c - see url.h. */
#include "url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

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

/* A name, or an address, which may be in brackets: what else a host might hold, libcurl would
   decode or refuse when it is asked for the first time. */
static bool is_host(const char *host, size_t len)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    size_t i;

    if (*host == '[')
        return len > 2 && strspn(host + 1, "abcdefABCDEF0123456789:.") == len - 2;
    for (i = 0; i < len; i++)
        if (!memchr(letters, host[i], sizeof(letters) - 1))
            return false;
    return true;
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
    if (host == 0 || host >= URL_HOST_SIZE ||
        (*text == '[' && (!close || close + 1 != text + host)))
        return error_set(err, ERROR_CONFIG, "the URL names no host");
    if (!is_host(text, host))
        return error_set(err, ERROR_CONFIG, "the URL's host is neither a name nor an address");
    memcpy(url->host, text, host);
    url->host[host] = '\0';
    if (colon && parse_port(colon + 1, (size_t)(end - colon - 1), &url->port) != 0)
        return error_set(err, ERROR_CONFIG, "the URL's port is not a number from 1 to 65535");
    return 0;
}

/* Length of "scheme://" where the text begins with it, else 0. */
static size_t begins_with(const char *text, const char *scheme)
{
    size_t len = strlen(scheme);

    return strncasecmp(text, scheme, len) == 0 && strncmp(text + len, "://", 3) == 0 ? len + 3 : 0;
}

int url_parse(const char *text, const struct url_scheme *scheme, struct url *url, struct error *err)
{
    const char *p, *rest;
    size_t skip;

    memset(url, 0, sizeof(*url));
    for (p = text; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '\\')
            return error_set(err, ERROR_CONFIG, "the URL has a character that needs escaping");
    skip = begins_with(text, scheme->tls);
    url->tls = skip > 0;
    if (!skip)
        skip = begins_with(text, scheme->plain);
    if (!skip)
        return error_set(err, ERROR_CONFIG, "the URL must begin with %s://", scheme->tls);
    rest = text + skip;
    url->port = url->tls ? scheme->tls_port : scheme->plain_port;
    url->path = rest + strcspn(rest, "/?#");
    return parse_authority(rest, (size_t)(url->path - rest), url, err);
}

bool url_is_loopback(const struct url *url)
{
    struct in_addr address;

    if (strcasecmp(url->host, "localhost") == 0 || strcmp(url->host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, url->host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}
