/*
  http_client.c - see http_client.h.

  A request is queued, then active (an easy handle in the multi handle), and in the end done; a try
  that failed goes back to queued with a moment before which it must not start. One loop moves them:
  http_client_next.

  THREADS: a client is one thread's own. Waits are slices of at most 100 ms between which stop is
  looked at.
*/
#include "http_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../udf/buf.h"
#include "curl_handle.h"
#include "http_response.h"
#include "purser_version.h"
#include "status.h"
#include "stop.h"

#define SLICE_MS 100
#define RETRY_AFTER_MAX_S 86400 /* longer is as good as this; the policy's cap is far below */

enum request_state { QUEUED, ACTIVE, DONE };

struct request {
    struct request *next;
    enum request_state state;
    char *path;
    char *post; /* a body to send; NULL: a GET */
    size_t post_len;
    void *headers; /* of a POST; those of a GET are the client's */
    void *tag;
    CURL *easy;
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

struct http_client {
    struct http_config config;
    char *base; /* without a slash at its end */
    void *headers;
    CURLM *multi;
    struct request *first, **last; /* as they were added, done ones as they ended */
    struct request *done, **done_last;
    int active;
    struct breaker breaker;
    struct pacer pacer;
    int64_t quiet_until_ms;   /* the gateway asked for a pause (Retry-After) */
    int64_t blocked_since_ms; /* the circuit has been open, 0 while it is not */
    struct error last_failure;
};

struct http_client *http_client_create(const struct http_config *config, struct error *err)
{
    struct http_client *client;

    if (config->base_url && http_check_base_url(config->base_url, err) != 0)
        return NULL;
    client = calloc(1, sizeof(*client));
    if (!client) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    client->config = *config;
    client->last = &client->first;
    client->done_last = &client->done;
    client->base = http_trimmed_base(config->base_url ? config->base_url : "");
    client->multi = curl_multi_init();
    if (!client->base || !client->multi ||
        curl_headers_create(config->headers, NULL, &client->headers) != 0) {
        error_set(err, ERROR_MEMORY, "out of memory");
        http_client_destroy(client);
        return NULL;
    }
    curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)config->concurrency);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)config->concurrency);
    breaker_init(&client->breaker, config->breaker_threshold, config->breaker_open_ms,
                 config->breaker_wait_ms);
    pacer_init(&client->pacer, config->rate_milli);
    return client;
}

static void drop_handle(struct http_client *client, struct request *request)
{
    if (!request->easy)
        return;
    curl_multi_remove_handle(client->multi, request->easy);
    curl_easy_cleanup(request->easy);
    request->easy = NULL;
    client->active--;
}

static void free_request(struct http_client *client, struct request *request)
{
    drop_handle(client, request);
    buf_free(&request->body);
    curl_headers_free(request->headers);
    free(request->post);
    free(request->path);
    free(request);
}

static void free_list(struct http_client *client, struct request *list)
{
    while (list) {
        struct request *next = list->next;

        free_request(client, list);
        list = next;
    }
}

void http_client_destroy(struct http_client *client)
{
    if (!client)
        return;
    free_list(client, client->first);
    free_list(client, client->done);
    curl_multi_cleanup(client->multi);
    curl_headers_free(client->headers);
    free(client->base);
    free(client);
}

static struct request *create_request(struct http_client *client, const char *path, void *tag)
{
    struct request *request = calloc(1, sizeof(*request));

    if (!request || asprintf(&request->path, "%s%s", client->base, path) < 0) {
        free(request);
        return NULL;
    }
    request->tag = tag;
    buf_init(&request->body, client->config.max_response);
    return request;
}

int http_client_add(struct http_client *client, const char *path, void *tag, struct error *err)
{
    struct request *request = create_request(client, path, tag);

    if (!request)
        return error_set(err, ERROR_MEMORY, "out of memory");
    *client->last = request;
    client->last = &request->next;
    return 0;
}

int http_client_post(struct http_client *client, const char *path, const char *type,
                     const void *body, size_t len, void *tag, struct error *err)
{
    struct request *request = create_request(client, path, tag);
    char line[128];

    snprintf(line, sizeof(line), "Content-Type: %s", type);
    if (!request)
        return error_set(err, ERROR_MEMORY, "out of memory");
    request->post = malloc(len + 1);
    if (!request->post ||
        curl_headers_create(client->config.headers, line, &request->headers) != 0) {
        free_request(client, request);
        return error_set(err, ERROR_MEMORY, "out of memory");
    }
    memcpy(request->post, body, len);
    request->post_len = len;
    *client->last = request;
    client->last = &request->next;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct request *r = context;

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
    struct request *request = context;

    (void)bytes;
    request->answered = true;
    return size * count;
}

static CURL *create_handle(const struct http_client *client, struct request *request)
{
    const struct http_config *config = &client->config;
    const struct curl_limits limits = {"https,http", config->ca_file, config->connect_timeout_ms,
                                       config->total_timeout_ms};
    CURL *easy = curl_handle_create(&limits);

    if (!easy)
        return NULL;
    curl_easy_setopt(easy, CURLOPT_URL, request->path);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, client->headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "purser/" PURSER_VERSION);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    if (request->post) {
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->post_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->post);
    }
    return easy;
}

static void finish(struct http_client *client, struct request *request)
{
    struct request **link = &client->first;

    while (*link != request)
        link = &(*link)->next;
    *link = request->next;
    if (client->last == &request->next)
        client->last = link;
    request->next = NULL;
    request->state = DONE;
    *client->done_last = request;
    client->done_last = &request->next;
}

static void start(struct http_client *client, struct request *request, int64_t now)
{
    request->easy = create_handle(client, request);
    buf_clear(&request->body);
    error_clear(&request->error);
    request->status = 0;
    request->answered = request->unnamed = false;
    request->attempts++;
    request->started_ms = now;
    request->state = ACTIVE;
    client->active++;
    status_add(&purser_status.http_requests, client->config.base_url != NULL);
    if (request->attempts > 1)
        status_add(&purser_status.http_retries, 1);
    if (request->easy) {
        if (curl_multi_add_handle(client->multi, request->easy) == CURLM_OK)
            return;
        curl_easy_cleanup(request->easy);
        request->easy = NULL;
    }
    client->active--;
    error_set(&request->error, ERROR_MEMORY, "out of memory");
    finish(client, request);
}

/* Start what may start. @return milliseconds until something else may, at most SLICE_MS */
static int64_t start_ready(struct http_client *client)
{
    int64_t now = clock_ms(), soonest = SLICE_MS, wait;
    struct request *request, *next;

    for (request = client->first; request; request = next) {
        next = request->next;
        if (request->state != QUEUED)
            continue;
        if (client->active >= client->config.concurrency)
            return SLICE_MS;
        wait = (request->not_before_ms > client->quiet_until_ms ? request->not_before_ms
                                                                : client->quiet_until_ms) -
               now;
        if (wait > 0) {
            soonest = wait < soonest ? wait : soonest;
            continue;
        }
        /* The pacer first: a half-open breaker counts on the try that it allows. */
        wait = pacer_take(&client->pacer, clock_ns()) / 1000000;
        if (wait > 0)
            return wait + 1 < soonest ? wait + 1 : soonest;
        if (!breaker_allows(&client->breaker, now))
            return soonest;
        start(client, request, now);
    }
    return soonest;
}

static void describe_failure(struct request *request, CURLcode code, bool late)
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

static void retry_later(struct http_client *client, struct request *request, int64_t retry_after_ms)
{
    const struct retry_policy *policy = &client->config.retry;
    int64_t now = clock_ms() + 1; /* never a cut millisecond too early */
    uint64_t random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint64_t)clock_ns();
    if (retry_after_ms > 0) { /* asks us, not only this request, to be quiet */
        int64_t pause = retry_after_ms < policy->cap_ms ? retry_after_ms : policy->cap_ms;

        if (now + pause > client->quiet_until_ms)
            client->quiet_until_ms = now + pause;
    }
    request->not_before_ms =
        now + retry_delay_ms(policy, request->attempts, retry_after_ms, random);
    request->state = QUEUED;
}

/* A try has ended, by libcurl's word or because it was late. */
static void settle(struct http_client *client, struct request *request, CURLcode code, bool late)
{
    enum retry_outcome outcome;
    curl_off_t retry_after = 0;
    long status = 0;

    /* Who has begun to answer a POST has it, though the answer is too long, is cut off, hangs, or
       is encoded in a way that nobody knows. */
    if ((code == CURLE_OK && !late) || request->post) {
        curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &retry_after);
        request->status = code == CURLE_OK || status >= 200 ? (int)status : 0;
    }
    if (code == CURLE_OK && !late) {
        http_describe_status(request->status, &request->error);
        if (request->post && request->status == 404)
            error_set(&request->error, ERROR_REMOTE, "HTTP status 404: nobody is there");
        outcome = retry_judge_status(request->status);
    } else {
        describe_failure(request, code, late);
        outcome = request->status                        ? retry_judge_status(request->status)
                  : !late && curl_failure_is_final(code) ? RETRY_NEVER
                                                         : RETRY_AGAIN;
    }
    retry_after = retry_after < RETRY_AFTER_MAX_S ? retry_after : RETRY_AFTER_MAX_S;
    request->retry_after_ms = retry_after > 0 ? (int64_t)retry_after * 1000 : 0;
    drop_handle(client, request);
    if (outcome == RETRY_AGAIN) {
        client->last_failure = request->error;
        breaker_failure(&client->breaker, clock_ms());
        if (request->attempts < client->config.retry.max_attempts) {
            retry_later(client, request, request->retry_after_ms);
            return;
        }
        status_add(&purser_status.http_failures, client->config.base_url != NULL);
        if (request->attempts > 1)
            error_prefix(&request->error, "after %d tries: ", request->attempts);
    } else if (code != CURLE_OK && code != CURLE_WRITE_ERROR) {
        breaker_failure(&client->breaker, clock_ms()); /* TLS: no reason to ask for the rest */
    } else {
        breaker_success(&client->breaker);
        client->blocked_since_ms = 0;
    }
    finish(client, request);
}

static void take_messages(struct http_client *client)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct request *request = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&request);
        settle(client, request, code, false);
    }
}

static void take_late_ones(struct http_client *client)
{
    int64_t now = clock_ms();
    struct request *request, *next;

    for (request = client->first; request; request = next) {
        next = request->next;
        if (request->state == ACTIVE && !request->answered &&
            now - request->started_ms > client->config.first_byte_timeout_ms)
            settle(client, request, CURLE_OPERATION_TIMEDOUT, true);
    }
}

void http_client_pump(struct http_client *client)
{
    int running;

    start_ready(client);
    curl_multi_perform(client->multi, &running);
}

/* Has the circuit been open for so long that what is queued is given up? */
static bool is_hopeless(struct http_client *client)
{
    int64_t now = clock_ms();

    if (client->active > 0 || !breaker_is_open(&client->breaker, now)) {
        if (client->active == 0 && client->breaker.failures == 0)
            client->blocked_since_ms = 0;
        return false;
    }
    if (client->blocked_since_ms == 0)
        client->blocked_since_ms = now;
    return now - client->blocked_since_ms > client->config.breaker_wait_ms;
}

static void hand_out(struct http_client *client, struct http_response *response)
{
    struct request *request = client->done;

    client->done = request->next;
    if (!client->done)
        client->done_last = &client->done;
    memset(response, 0, sizeof(*response));
    response->tag = request->tag;
    response->status = request->status;
    response->error = request->error;
    response->attempts = request->attempts;
    response->unnamed = request->unnamed;
    response->retry_after_ms = request->retry_after_ms;
    response->body = request->body.data; /* stolen */
    response->len = request->body.len;
    request->body.data = NULL;
    free_request(client, request);
}

int http_client_next(struct http_client *client, struct http_response *response, struct error *err)
{
    return http_client_next_until(client, response, INT64_MAX, err);
}

int http_client_next_until(struct http_client *client, struct http_response *response,
                           int64_t until_ms, struct error *err)
{
    memset(response, 0, sizeof(*response));
    for (;;) {
        int64_t wait, left;
        int running;

        if (client->done) {
            hand_out(client, response);
            return 1;
        }
        if (!client->first)
            return 0;
        if (stop_requested())
            return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
        left = until_ms - clock_ms();
        wait = start_ready(client);
        curl_multi_perform(client->multi, &running);
        take_messages(client);
        take_late_ones(client);
        if (is_hopeless(client)) {
            error_set(err, ERROR_REMOTE, "the gateway keeps failing; the last: %s",
                      client->last_failure.text);
            free_list(client, client->first);
            client->first = NULL;
            client->last = &client->first;
            return -1;
        }
        if (client->done)
            continue;
        if (left <= 0)
            return 2;
        wait = wait < left ? wait : left;
        curl_multi_poll(client->multi, NULL, 0, (int)(wait < 1 ? 1 : wait), NULL);
    }
}
