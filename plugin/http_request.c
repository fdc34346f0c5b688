/* http_request.c - see http_request.h. */
#include "http_request.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "curl_handle.h"
#include "http_response.h"
#include "purser_version.h"

#define RETRY_AFTER_MAX_S 86400 /* longer is as good as this; the policy's cap is far below */

struct http_request *http_request_create(const char *base, const char *path, void *tag,
                                         size_t max_response)
{
    struct http_request *request = calloc(1, sizeof(*request));

    if (!request || asprintf(&request->url, "%s%s", base, path) < 0) {
        free(request);
        return NULL;
    }
    request->tag = tag;
    buf_init(&request->body, max_response);
    return request;
}

int http_request_post(struct http_request *request, const struct http_config *config,
                      const char *type, const void *body, size_t len)
{
    char line[128];

    snprintf(line, sizeof(line), "Content-Type: %s", type);
    request->post = malloc(len + 1);
    if (!request->post || curl_headers_create(config->headers, line, &request->headers) != 0)
        return -1;
    memcpy(request->post, body, len);
    request->post_len = len;
    return 0;
}

void http_request_free(struct http_request *request)
{
    buf_free(&request->body);
    curl_headers_free(request->headers);
    free(request->post);
    free(request->url);
    free(request);
}

/* ---- a try */

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_request *r = context;

    if (buf_append(&r->body, bytes, size * count) == 0)
        return size * count;
    if (size * count > r->body.max - r->body.len)
        error_set(&r->error, ERROR_LIMIT, "the answer is larger than %zu bytes", r->body.max);
    else
        error_set(&r->error, ERROR_MEMORY, "out of memory");
    return 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_request *request = context;

    (void)bytes;
    request->answered = true;
    return size * count;
}

static CURL *create_handle(struct http_request *request, const struct http_config *config,
                           void *headers)
{
    const struct curl_limits limits = {"https,http", config->ca_file, config->connect_timeout_ms,
                                       config->total_timeout_ms};
    CURL *easy = curl_handle_create(&limits);

    if (!easy)
        return NULL;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->post ? request->headers : headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "purser/" PURSER_VERSION);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    if (request->post) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->post_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->post);
    }
    return easy;
}

void http_request_begin(struct http_request *request, const struct http_config *config,
                        void *headers)
{
    request->easy = create_handle(request, config, headers);
    buf_clear(&request->body);
    error_clear(&request->error);
    request->status = 0;
    request->answered = request->unnamed = false;
    request->attempts++;
}

/* ---- what came of it */

/* The status, and how long the other end asks to wait. */
static void read_status(struct http_request *request, bool whole)
{
    curl_off_t retry_after = 0;
    long status = 0;

    /* Who has begun to answer a POST has it, though the answer is too long, is cut off, hangs, or
       is encoded in a way that nobody knows. */
    if (whole || request->post) {
        curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &retry_after);
        request->status = whole || status >= 200 ? (int)status : 0;
    }
    retry_after = retry_after < RETRY_AFTER_MAX_S ? retry_after : RETRY_AFTER_MAX_S;
    request->retry_after_ms = retry_after > 0 ? (int64_t)retry_after * 1000 : 0;
}

static void describe_failure(struct http_request *request, int code, bool late)
{
    const char *what, *kind;

    if (code == CURLE_OPERATION_TIMEDOUT) {
        what = curl_handle_reached(request->easy, &request->unnamed);
        error_set(&request->error, ERROR_REMOTE, "time-out: %s",
                  request->answered ? "the answer did not come to its end"
                  : late            ? "no answer to the request"
                                    : what);
    } else if (request->error.code == ERROR_NONE) { /* else on_body */
        what = curl_handle_failure(request->easy, code, &kind);
        error_set(&request->error, ERROR_REMOTE, "%s%s", kind, what);
    }
}

enum retry_outcome http_request_judge(struct http_request *request, int code, bool late)
{
    bool whole = code == CURLE_OK && !late;

    read_status(request, whole);
    if (whole) {
        http_describe_status(request->status, &request->error);
        if (request->post && request->status == 404)
            error_set(&request->error, ERROR_REMOTE, "HTTP status 404: nobody is there");
        return retry_judge_status(request->status);
    }
    describe_failure(request, code, late);
    if (request->status)
        return retry_judge_status(request->status);
    return !late && curl_failure_is_final(code) ? RETRY_NEVER : RETRY_AGAIN;
}
