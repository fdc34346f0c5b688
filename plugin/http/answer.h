/*
  answer.h - what the makers of HTTP answers are handed, and what they make.

  They run in the listener's thread: they take no lock but short ones over memory (the snapshot's,
  the rate limiter's), and touch no SQL, no file and not the server.
*/
#ifndef PURSER_HTTP_ANSWER_H
#define PURSER_HTTP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/buf.h"
#include "../health/snapshot.h"
#include "../status.h"

/* What keyword monitors look for. Neither is a part of the other, and no text of anybody else's can
   bring one into an answer (json_out.h). */
#define HTTP_KEYWORD_GOOD "PURSER-OK"
#define HTTP_KEYWORD_BAD "PURSER-FAIL"

#define HTTP_BODY_MAX (4u << 20) /* bytes */

enum http_status {
    HTTP_OK = 200,
    HTTP_NO_CONTENT = 204,
    HTTP_BAD_REQUEST = 400,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_NOT_ALLOWED = 405,
    HTTP_CONFLICT = 409,
    HTTP_BODY_TOO_LARGE = 413,
    HTTP_TARGET_TOO_LONG = 414,
    HTTP_MEDIA_TYPE = 415,
    HTTP_UNPROCESSABLE = 422,
    HTTP_TOO_MANY = 429,
    HTTP_HEAD_TOO_LARGE = 431,
    HTTP_INTERNAL = 500,
    HTTP_UNAVAILABLE = 503
};

/* Two ways to write health as JSON: ours, and application/health+json for who asks for it. */
enum http_form { HTTP_FORM_PLAIN, HTTP_FORM_HEALTH };
#define HTTP_FORMS 2

struct http_traffic; /* traffic.h */

/* One moment, as every answer of it sees it. */
struct http_view {
    const struct snapshot *snapshot; /* NULL: there is none yet */
    bool stale;                      /* nobody can rely on it */
    int64_t age_ms;                  /* of the snapshot */
    int64_t now_us;                  /* UTC */
    enum worker_state worker;
    bool ready_on_replica;
    const struct http_traffic *traffic;
};

struct http_answer {
    enum http_status status;
    const char *type; /* Content-Type; static */
    struct buf body;  /* ready for HTTP_BODY_MAX bytes; the maker appends */
};

/** Makes a body. @param answer status 200, no type. Where answer->body.failed is set afterwards a
    500 is sent instead. */
typedef void http_maker(const struct http_view *view, enum http_form form,
                        struct http_answer *answer);

http_maker http_health, http_health_detailed, http_health_database,
    http_health_payments;                         /* body_health.c */
http_maker http_metrics;                          /* body_metrics.c */
http_maker http_livez, http_readyz, http_pingdom; /* body_probe.c */

#endif
