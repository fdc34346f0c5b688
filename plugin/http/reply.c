/* reply.c - see reply.h. */
#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../stop.h"
#include "cors.h"

#define MICROSECONDS 1000000

void replies_begin(struct replies *r, const struct http_policy *policy, void (*forget)(void *ready))
{
    r->policy = *policy;
    r->forget = forget;
}

static void forget(const struct replies *r, struct reply *reply)
{
    if (!reply)
        return;
    if (reply->ready)
        r->forget(reply->ready);
    free(reply->body);
    free(reply);
}

void replies_forget(struct replies *r)
{
    int i, kind, cors;

    for (i = 0; i <= HTTP_ROUTES_MAX; i++)
        for (kind = 0; kind < REPLY_KINDS; kind++)
            for (cors = 0; cors < 2; cors++) {
                forget(r, r->made[i][kind][cors]);
                r->made[i][kind][cors] = NULL;
            }
}

void replies_end(struct replies *r)
{
    replies_forget(r);
    snapshot_release(r->snapshot);
    r->snapshot = NULL;
}

/* Is what was made still what is? */
static void keep_up(struct replies *r)
{
    const struct snapshot *newest = snapshot_get();
    enum worker_state worker = status_worker();
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (newest == r->snapshot && now.tv_sec == r->second && worker == r->worker) {
        snapshot_release(newest);
        return;
    }
    replies_forget(r);
    snapshot_release(r->snapshot);
    r->snapshot = newest;
    r->second = now.tv_sec;
    r->worker = worker;
}

/* ---- making one */

static void add(struct reply *reply, const char *name, const char *value)
{
    if (reply->header_count == REPLY_HEADERS_MAX)
        return;
    reply->headers[reply->header_count].name = name;
    reply->headers[reply->header_count++].value = value;
}

void http_date(int64_t second, char date[HTTP_DATE_SIZE])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)second;
    struct tm t;

    date[0] = '\0';
    if (!gmtime_r(&now, &t))
        return;
    snprintf(date, HTTP_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT",
             days[(unsigned)t.tm_wday % 7], (unsigned)t.tm_mday % 100,
             months[(unsigned)t.tm_mon % 12], (unsigned)(t.tm_year + 1900) % 10000,
             (unsigned)t.tm_hour % 100, (unsigned)t.tm_min % 100, (unsigned)t.tm_sec % 100);
}

static void add_cors(struct reply *reply, const struct replies *r, bool preflight)
{
    snprintf(reply->origin, sizeof(reply->origin), "%s", r->policy.cors_origin);
    add(reply, "Access-Control-Allow-Origin", reply->origin);
    if (preflight) {
        add(reply, "Access-Control-Allow-Methods", HTTP_ALLOW);
        add(reply, "Access-Control-Allow-Headers", "Authorization, Accept");
        add(reply, "Access-Control-Max-Age", "600");
    } else {
        add(reply, "Access-Control-Expose-Headers", "Age, Date");
    }
}

static void add_vary(struct reply *reply, const struct replies *r, const struct http_route *route)
{
    bool origin = route && route->wants_cors && cors_varies(r->policy.cors_origin);

    if (route && route->has_forms)
        add(reply, "Vary", origin ? "Accept, Origin" : "Accept");
    else if (origin)
        add(reply, "Vary", "Origin");
}

static void add_headers(struct reply *reply, const struct replies *r,
                        const struct http_route *route, enum reply_kind kind,
                        const struct http_view *view, const char *type)
{
    bool body = kind == REPLY_PLAIN || kind == REPLY_HEALTH;

    http_date(r->second, reply->date);
    add(reply, "Date", reply->date);
    if (type)
        add(reply, "Content-Type", type);
    add(reply, "Cache-Control", "no-store");
    add(reply, "X-Content-Type-Options", "nosniff");
    if (body && view->snapshot) {
        snprintf(reply->age, sizeof(reply->age), "%lld", (long long)(view->age_ms / 1000));
        add(reply, "Age", reply->age);
    }
    if (body && route->page) {
        add(reply, "Content-Security-Policy", route->csp());
        add(reply, "Referrer-Policy", "no-referrer");
        add(reply, "X-Frame-Options", "DENY");
    }
    add_vary(reply, r, route);
    if (kind == REPLY_OPTIONS || kind == REPLY_NOT_ALLOWED)
        add(reply, "Allow", HTTP_ALLOW);
    if (kind == REPLY_DENIED) {
        add(reply, "WWW-Authenticate", "Bearer realm=\"Purser\"");
        add(reply, "WWW-Authenticate", "Basic realm=\"Purser\", charset=\"UTF-8\"");
    }
}

static void make_page(const struct http_route *route, const struct http_view *view,
                      struct http_answer *answer)
{
    if (!view->snapshot) {
        http_make_error(HTTP_UNAVAILABLE, answer);
        return;
    }
    answer->type = "text/html; charset=utf-8";
    if (route->page(view->snapshot, &answer->body) != 0)
        answer->body.failed = true;
}

static void make_answer(const struct http_route *route, enum reply_kind kind,
                        const struct http_view *view, struct http_answer *answer)
{
    static const enum http_status errors[REPLY_KINDS] = {
        [REPLY_OPTIONS] = HTTP_NO_CONTENT,
        [REPLY_DENIED] = HTTP_UNAUTHORIZED,
        [REPLY_NOT_ALLOWED] = HTTP_NOT_ALLOWED,
        [REPLY_NOT_FOUND] = HTTP_NOT_FOUND,
        [REPLY_BAD] = HTTP_BAD_REQUEST,
        [REPLY_TARGET_TOO_LONG] = HTTP_TARGET_TOO_LONG,
        [REPLY_HEAD_TOO_LARGE] = HTTP_HEAD_TOO_LARGE,
    };

    answer->status = HTTP_OK;
    if (kind != REPLY_PLAIN && kind != REPLY_HEALTH)
        http_make_error(errors[kind], answer);
    else if (route->page)
        make_page(route, view, answer);
    else
        route->make(view, kind == REPLY_HEALTH ? HTTP_FORM_HEALTH : HTTP_FORM_PLAIN, answer);
    if (answer->body.failed) {
        buf_clear(&answer->body);
        http_make_error(HTTP_INTERNAL, answer);
    }
}

static struct reply *make(struct replies *r, const struct http_route *route, enum reply_kind kind,
                          bool cors)
{
    struct reply *reply = calloc(1, sizeof(*reply));
    struct http_answer answer = {.status = HTTP_OK};
    struct http_view view = {
        .snapshot = r->snapshot,
        .stale = r->snapshot && snapshot_is_stale(r->snapshot),
        .age_ms = r->snapshot ? clock_ms() - r->snapshot->made_ms : 0,
        .now_us = r->second * MICROSECONDS,
        .worker = r->worker,
        .ready_on_replica = r->policy.ready_on_replica,
        .traffic = &r->traffic,
    };

    if (!reply)
        return NULL;
    buf_init(&answer.body, HTTP_BODY_MAX);
    make_answer(route, kind, &view, &answer);
    reply->status = answer.status;
    reply->body = answer.body.data; /* taken over */
    reply->body_len = answer.body.len;
    add_headers(reply, r, route, kind, &view, answer.body.len ? answer.type : NULL);
    if (cors)
        add_cors(reply, r, kind == REPLY_OPTIONS);
    return reply;
}

/* ---- choosing one */

static enum reply_kind kind_of(const struct replies *r, const struct http_route *route,
                               const struct request *request)
{
    if (request->refusal)
        return request->refusal == HTTP_BAD_REQUEST       ? REPLY_BAD
               : request->refusal == HTTP_TARGET_TOO_LONG ? REPLY_TARGET_TOO_LONG
                                                          : REPLY_HEAD_TOO_LARGE;
    if (request->method == HTTP_OPTIONS)
        return route || strcmp(request->path, "*") == 0 ? REPLY_OPTIONS : REPLY_NOT_FOUND;
    if (!route)
        return REPLY_NOT_FOUND;
    if (request->method == HTTP_OTHER)
        return REPLY_NOT_ALLOWED;
    if (route->wants_token && !auth_allows(&r->policy.auth, request->authorization))
        return REPLY_DENIED;
    if (route->has_forms && http_form_of(request->accept) == HTTP_FORM_HEALTH)
        return REPLY_HEALTH;
    return REPLY_PLAIN;
}

struct reply *replies_find(struct replies *r, const struct request *request)
{
    int i = request->refusal ? -1 : http_route_find(request->path);
    const struct http_route *route = http_route_at(i);
    enum reply_kind kind = kind_of(r, route, request);
    bool cors = route && route->wants_cors && cors_allows(r->policy.cors_origin, request->origin);
    struct reply **made = &r->made[i + 1][kind][cors];

    keep_up(r);
    if (!*made)
        *made = make(r, route, kind, cors);
    if (*made)
        http_traffic_count(&r->traffic, i, (*made)->status);
    return *made;
}
