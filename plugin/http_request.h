/*
  http_request.h - one request of http_client.h: its handle of libcurl, and what a try of it came
  to. When it is tried is http_client.c's, to which this is private.
*/
#ifndef PURSER_HTTP_REQUEST_H
#define PURSER_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../udf/buf.h"
#include "../udf/retry.h"
#include "http_client.h"

enum http_request_state { QUEUED, ACTIVE, DONE };

struct http_request {
    struct http_request *next;
    enum http_request_state state;
    char *url;
    char *post; /* a body to send; NULL: a GET */
    size_t post_len;
    void *headers; /* of a POST; those of a GET are the client's */
    void *tag;
    void *easy; /* the CURL * of the try under way */
    struct buf body;
    int attempts;
    int64_t not_before_ms; /* of the next try */
    int64_t started_ms;    /* of the try under way */
    bool answered;         /* the first byte has come */
    bool unnamed;          /* as in struct http_response */
    int status;
    int64_t retry_after_ms; /* of the last answer */
    struct error error;
};

/** A GET. @return NULL: out of memory */
struct http_request *http_request_create(const char *base, const char *path, void *tag,
                                         size_t max_response);
/** Makes a POST of it. @param type  its Content-Type @retval 0 @retval -1 out of memory */
int http_request_post(struct http_request *request, const struct http_config *config,
                      const char *type, const void *body, size_t len);
/** @param request  without a handle */
void http_request_free(struct http_request *request);

/** Its handle for a new try, and nothing left of the last one; easy is NULL when out of memory.
    @param headers  of a GET; they outlive the try */
void http_request_begin(struct http_request *request, const struct http_config *config,
                        void *headers);

/** What came of a try: sets status, retry_after_ms and error.
    @param code  a CURLcode @param late  ended because the answer did not begin in time */
enum retry_outcome http_request_judge(struct http_request *request, int code, bool late);

#endif
