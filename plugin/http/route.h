/* route.h - which paths there are, and what they want. Constant; any thread. */
#ifndef PURSER_HTTP_ROUTE_H
#define PURSER_HTTP_ROUTE_H

#include <stdbool.h>

#include "answer.h"

#define HTTP_ROUTES_MAX 16

struct http_route {
    const char *path;
    http_maker *make; /* NULL: a page */
    /* A page of HTML; not asked for one before there is a snapshot. 0, or -1 where it cannot be
       made. */
    int (*page)(const struct snapshot *snapshot, struct buf *out);
    const char *(*csp)(void); /* the page's Content-Security-Policy */
    bool wants_token;         /* where a token file is set */
    bool wants_cors; /* other sites' scripts may read it, if purser_http_cors_origin says */
    bool has_forms;  /* enum http_form: by Accept */
};

/** @return which one, by its whole path, byte for byte; -1 for none */
int http_route_find(const char *path);
const struct http_route *http_route_at(int i); /* NULL behind the last */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_OPTIONS, HTTP_OTHER };

enum http_method http_method_of(const char *name);
#define HTTP_ALLOW "GET, HEAD, OPTIONS"

/** Which form a client wants. @param accept  the header; may be NULL */
enum http_form http_form_of(const char *accept);

/** What is answered where the route does not: errors, OPTIONS. @param status one of enum
    http_status */
void http_make_error(enum http_status status, struct http_answer *answer);

#endif
