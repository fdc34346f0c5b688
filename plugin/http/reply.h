/*
  reply.h - requests to replies: which one a request gets, and the replies that are made already.

  A reply is made once for each snapshot and second; the thread that asks is the listener's.
*/
#ifndef PURSER_HTTP_REPLY_H
#define PURSER_HTTP_REPLY_H

#include "listener.h"
#include "route.h"
#include "traffic.h"

#define REPLY_HEADERS_MAX 20
#define HTTP_DATE_SIZE 32

struct request {
    const char *path; /* the three below may be NULL */
    enum http_method method;
    enum http_status refusal; /* what the listener has found wrong with it; 0: nothing */
    const char *accept, *origin, *authorization;
};

struct reply {
    enum http_status status;
    char *body; /* owned */
    size_t body_len;
    struct {
        const char *name;
        const char *value; /* static, or in scratch */
    } headers[REPLY_HEADERS_MAX];
    int header_count;
    char date[HTTP_DATE_SIZE], age[24], origin[LISTENER_ORIGIN_SIZE]; /* scratch */
    void *ready; /* the listener's own form of it; forgotten with the reply */
};

/* What a path can be answered with. */
enum reply_kind {
    REPLY_PLAIN,
    REPLY_HEALTH, /* enum http_form */
    REPLY_OPTIONS,
    REPLY_DENIED,
    REPLY_NOT_ALLOWED,
    REPLY_NOT_FOUND,
    REPLY_BAD,
    REPLY_TARGET_TOO_LONG,
    REPLY_HEAD_TOO_LARGE
};
#define REPLY_KINDS 9

struct replies {
    struct http_policy policy;
    struct http_traffic traffic;
    void (*forget)(void *ready);
    const struct snapshot *snapshot; /* with a reference; may be NULL */
    int64_t second;                  /* UTC: of what is made */
    enum worker_state worker;
    /* the first row: no route; the last index: may another site's script read it? */
    struct reply *made[HTTP_ROUTES_MAX + 1][REPLY_KINDS][2];
};

/** For the header Date. @param second  UTC, since 1970 */
void http_date(int64_t second, char date[HTTP_DATE_SIZE]);

/** @param replies zeroed @param forget  what becomes of a reply's `ready` */
void replies_begin(struct replies *replies, const struct http_policy *policy,
                   void (*forget)(void *ready));
/** @return borrowed until the next call; NULL: no memory */
struct reply *replies_find(struct replies *replies, const struct request *request);
void replies_forget(struct replies *replies); /* the policy has changed */
void replies_end(struct replies *replies);

#endif
