/* route.c - see route.h; the counting of traffic.h, too. */
#include "route.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../dashboard/dashboard.h"
#include "traffic.h"

static const struct http_route routes[] = {
    {"/health", http_health, NULL, NULL, false, true, true},
    {"/health/detailed", http_health_detailed, NULL, NULL, true, true, true},
    {"/health/database", http_health_database, NULL, NULL, false, true, true},
    {"/health/payments", http_health_payments, NULL, NULL, false, true, true},
    {"/metrics", http_metrics, NULL, NULL, true, false, false},
    {"/dashboard", NULL, dashboard_render, dashboard_csp, true, false, false},
    {"/livez", http_livez, NULL, NULL, false, false, false},
    {"/readyz", http_readyz, NULL, NULL, false, false, false},
    {"/pingdom.xml", http_pingdom, NULL, NULL, false, false, false},
};
#define ROUTES ((int)(sizeof(routes) / sizeof(routes[0])))

_Static_assert(ROUTES <= HTTP_ROUTES_MAX, "HTTP_ROUTES_MAX is too small");

int http_route_find(const char *path)
{
    int i;

    for (i = 0; i < ROUTES; i++)
        if (strcmp(routes[i].path, path) == 0)
            return i;
    return -1;
}

const struct http_route *http_route_at(int i)
{
    return i >= 0 && i < ROUTES ? &routes[i] : NULL;
}

enum http_method http_method_of(const char *name)
{
    if (strcmp(name, "GET") == 0)
        return HTTP_GET;
    if (strcmp(name, "HEAD") == 0)
        return HTTP_HEAD;
    return strcmp(name, "OPTIONS") == 0 ? HTTP_OPTIONS : HTTP_OTHER;
}

/* ---- Accept (RFC 9110, 12.5.1) */

static bool is_named(const char *range, size_t len, const char *name)
{
    return len == strlen(name) && strncasecmp(range, name, len) == 0;
}

/* The weight behind a range, in thousandths; what is none counts as 1. */
static int weight_of(const char *at, const char *end)
{
    int weight = 1000, unit = 100;

    while ((at = memchr(at, ';', (size_t)(end - at))) != NULL) {
        at += 1 + strspn(at + 1, " \t");
        if (end - at < 3 || (at[0] | 32) != 'q' || at[1] != '=' || (at[2] != '0' && at[2] != '1'))
            continue;
        weight = (at[2] - '0') * 1000;
        if (end - at > 3 && at[3] == '.')
            for (at += 4; at < end && *at >= '0' && *at <= '9'; at++, unit /= 10)
                weight += (*at - '0') * unit;
        return weight > 1000 ? 1000 : weight;
    }
    return weight;
}

/* It must be asked for by its name: who says everything gets what has always been sent. */
enum http_form http_form_of(const char *accept)
{
    int health = 0, plain = -1;
    const char *at = accept;

    while (at && *at) {
        const char *end = at + strcspn(at, ",");
        size_t len = 0;

        at += strspn(at, " \t");
        if (at < end)
            len = strcspn(at, ";, \t");
        if (is_named(at, len, "application/health+json"))
            health = weight_of(at, end);
        else if (is_named(at, len, "application/json"))
            plain = weight_of(at, end);
        at = *end ? end + 1 : end;
    }
    return health > 0 && health >= plain ? HTTP_FORM_HEALTH : HTTP_FORM_PLAIN;
}

/* ---- what is no route's */

void http_make_error(enum http_status status, struct http_answer *answer)
{
    const char *what = status == HTTP_NOT_FOUND         ? "not found"
                       : status == HTTP_NOT_ALLOWED     ? "method not allowed"
                       : status == HTTP_UNAUTHORIZED    ? "a token is needed"
                       : status == HTTP_UNAVAILABLE     ? "starting"
                       : status == HTTP_BAD_REQUEST     ? "bad request"
                       : status == HTTP_TARGET_TOO_LONG ? "the address is too long"
                       : status == HTTP_HEAD_TOO_LARGE  ? "the headers are too long"
                       : status == HTTP_BODY_TOO_LARGE  ? "the body is too long"
                                                        : "out of memory";

    answer->status = status;
    answer->type = "application/json";
    if (status != HTTP_NO_CONTENT)
        buf_printf(&answer->body, "{\"error\":\"%s\"}\n", what);
}

static const enum http_status codes[HTTP_CODES] = {
    HTTP_OK,
    HTTP_NO_CONTENT,
    HTTP_BAD_REQUEST,
    HTTP_UNAUTHORIZED,
    HTTP_FORBIDDEN,
    HTTP_NOT_FOUND,
    HTTP_NOT_ALLOWED,
    HTTP_CONFLICT,
    HTTP_BODY_TOO_LARGE,
    HTTP_TARGET_TOO_LONG,
    HTTP_MEDIA_TYPE,
    HTTP_UNPROCESSABLE,
    HTTP_TOO_MANY,
    HTTP_HEAD_TOO_LARGE,
    HTTP_INTERNAL,
    HTTP_UNAVAILABLE,
    0,
};

enum http_status http_traffic_code(int i)
{
    return codes[i];
}

void http_traffic_count(struct http_traffic *traffic, int route, enum http_status status)
{
    int i = 0;

    while (codes[i] && codes[i] != status)
        i++;
    traffic->answers[route < 0 ? HTTP_TRAFFIC_OTHER : route][i]++;
}
