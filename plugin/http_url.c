/* http_url.c - which URLs are spoken to by HTTP (http_client.h). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_client.h"
#include "http_response.h"
#include "url.h"

static const struct url_scheme https = {"https", "http", 443, 80};

int http_check_open_url(const char *text, struct error *err)
{
    struct url url;

    if (url_parse(text, &https, &url, err) != 0)
        return -1;
    if (strpbrk(url.path, "?#"))
        return error_set(err, ERROR_CONFIG, "the URL must have neither a query nor a fragment");
    return 0;
}

bool http_url_is_exposed(const char *text)
{
    struct url url;

    return url_parse(text, &https, &url, NULL) == 0 && !url.tls && !url_is_loopback(&url);
}

int http_check_url(const char *text, struct error *err)
{
    if (http_url_is_exposed(text))
        return error_set(err, ERROR_CONFIG,
                         "plain http is allowed to a loopback address only; use https://");
    return http_check_open_url(text, err);
}

int http_check_base_url(const char *base_url, struct error *err)
{
    if (!base_url || !*base_url)
        return error_set(err, ERROR_CONFIG, "base_url is missing");
    return http_check_url(base_url, err) == 0 ? 0 : error_prefix(err, "base_url: ");
}

char *http_trimmed_base(const char *base_url)
{
    char *base = strdup(base_url);
    size_t len = base ? strlen(base) : 0;

    while (len > 0 && base[len - 1] == '/')
        base[--len] = '\0';
    return base;
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
    if (url_parse(base_url, &https, &base, err) != 0)
        return -1;
    if (*link == '/' && link[1] != '/') {
        for (p = link; *p; p++)
            if (*p <= ' ' || *p > '~' || *p == '\\')
                return error_set(err, ERROR_REMOTE, "the link has a character that needs escaping");
        url = base;
        url.path = link;
    } else if (url_parse(link, &https, &url, err) != 0) {
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
