/* route.h - the operations of the client API: path, method, who answers. Constant; any thread. */
#ifndef PURSER_API_ROUTE_H
#define PURSER_API_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define API_PARAMETERS_MAX 5

enum api_kind {
    API_TEXT,
    API_INTEGER,
    API_CURSOR, /* base64url */
    API_MOMENT, /* 2026-07-31T09:30:00Z, at most six decimals */
    API_DATE    /* 2026-07-31 */
};

/* A parameter of a query, or a member of a body. */
struct api_parameter {
    const char *name; /* NULL: the end of the list */
    enum api_kind kind;
    bool required;
    int64_t min, max; /* of an integer; of a text its bytes */
};

enum api_answerer {
    API_BY_SQL,
    API_BY_RATE_LIMIT,
    API_BY_WEBHOOK,
    API_BY_DOCUMENT /* the description: unsigned, from the HTTP thread */
};

struct api_route {
    const char *path;
    bool post; /* else GET and HEAD */
    enum api_answerer answerer;
    const char *operation; /* of purser.api_call */
    struct api_parameter parameters[API_PARAMETERS_MAX + 1];
};

/** @param path  need not be NUL-terminated @return NULL for none */
const struct api_route *api_route_find(const char *path, size_t len);
const struct api_route *api_route_at(int i); /* NULL behind the last */
bool api_route_allows(const struct api_route *route, const char *method);
const char *api_route_allow(const struct api_route *route); /* for the header Allow */

#endif
