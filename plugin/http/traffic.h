/* traffic.h - what the listener has answered, counted for /metrics. Its thread's own. */
#ifndef PURSER_HTTP_TRAFFIC_H
#define PURSER_HTTP_TRAFFIC_H

#include "route.h"

/* The statuses that are ours to send; http_traffic_code says which. */
#define HTTP_CODES 17 /* the last one is 0: any other */

/* Rows behind those of the routes. */
#define HTTP_TRAFFIC_OTHER HTTP_ROUTES_MAX      /* a path that is not served */
#define HTTP_TRAFFIC_API (HTTP_ROUTES_MAX + 1)  /* what is below /v1 */
#define HTTP_TRAFFIC_PEER (HTTP_ROUTES_MAX + 2) /* of other nodes: /peer/rates */
#define HTTP_TRAFFIC_ROWS (HTTP_ROUTES_MAX + 3)

struct http_traffic {
    unsigned long long answers[HTTP_TRAFFIC_ROWS][HTTP_CODES];
    unsigned long long cut; /* connections that took too long over a request */
    unsigned connections;   /* now */
};

/** @param route  -1: a path that is not served; or HTTP_TRAFFIC_API, HTTP_TRAFFIC_PEER */
void http_traffic_count(struct http_traffic *traffic, int route, enum http_status status);
enum http_status http_traffic_code(int i);

#endif
