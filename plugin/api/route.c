/* route.c - see route.h. */
#include "route.h"

#include <string.h>

#include "../../udf/ratelimit/window.h"
#include "../names.h"

#define IDENTIFIER_MAX 255 /* bytes */
#define SIGNATURE_MAX 8192
#define CURSOR_MAX 4096 /* characters: it holds a reference, four bytes for each character */
#define END                                                                                        \
    {                                                                                              \
        NULL, API_TEXT, false, 0, 0                                                                \
    }

static const struct api_route routes[] = {
    {"/v1/usage", false, API_BY_SQL, "usage", {END}},
    {"/v1/usage/history",
     false,
     API_BY_SQL,
     "usage_history",
     {{"limit", API_INTEGER, false, 1, 120}, {"cursor", API_CURSOR, false, 1, CURSOR_MAX}, END}},
    {"/v1/package", false, API_BY_SQL, "package", {END}},
    {"/v1/transactions",
     false,
     API_BY_SQL,
     "transactions",
     {{"limit", API_INTEGER, false, 1, 200},
      {"cursor", API_CURSOR, false, 1, CURSOR_MAX},
      {"from", API_MOMENT, false, 0, 0},
      {"to", API_MOMENT, false, 0, 0},
      END}},
    {"/v1/reconciliation",
     false,
     API_BY_SQL,
     "reconciliation",
     {{"date", API_DATE, true, 0, 0}, END}},
    {"/v1/rate-limit/check",
     true,
     API_BY_RATE_LIMIT,
     "key",
     {{"identifier", API_TEXT, true, 1, IDENTIFIER_MAX},
      {"endpoint", API_TEXT, true, 1, IDENTIFIER_MAX},
      {"max_requests", API_INTEGER, true, 0, UINT32_MAX},
      {"window_seconds", API_INTEGER, true, 1, RATE_WINDOW_MAX_S},
      {"cost", API_INTEGER, false, 0, UINT32_MAX},
      END}},
    {"/v1/webhooks/verify",
     true,
     API_BY_WEBHOOK,
     "key",
     {{"gateway", API_TEXT, true, 1, GATEWAY_NAME_SIZE - 1},
      {"signature", API_TEXT, true, 0, SIGNATURE_MAX},
      {"body", API_TEXT, false, 0, 65536},
      {"body_base64", API_TEXT, false, 0, 65536},
      {"url", API_TEXT, false, 0, 2048},
      END}},
    {"/v1/audit/checkpoint", false, API_BY_SQL, "checkpoint", {END}},
    {"/v1/openapi.json", false, API_BY_DOCUMENT, NULL, {END}},
};
#define ROUTES ((int)(sizeof(routes) / sizeof(routes[0])))

const struct api_route *api_route_find(const char *path, size_t len)
{
    int i;

    for (i = 0; i < ROUTES; i++)
        if (strlen(routes[i].path) == len && memcmp(routes[i].path, path, len) == 0)
            return &routes[i];
    return NULL;
}

const struct api_route *api_route_at(int i)
{
    return i >= 0 && i < ROUTES ? &routes[i] : NULL;
}

bool api_route_allows(const struct api_route *route, const char *method)
{
    if (route->post)
        return strcmp(method, "POST") == 0;
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

const char *api_route_allow(const struct api_route *route)
{
    return route->post ? "POST" : "GET, HEAD";
}
