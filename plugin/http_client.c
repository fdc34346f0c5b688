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

#include "curl_handle.h"
#include "http_request.h"
#include "http_response.h"
#include "status.h"
#include "stop.h"

#define SLICE_MS 100

struct http_client {
    struct http_config config;
    char *base; /* without a slash at its end */
    void *headers;
    CURLM *multi;
    struct http_request *first, **last; /* as they were added, done ones as they ended */
    struct http_request *done, **done_last;
    int active;
    struct breaker breaker;
    struct pacer pacer;
    int64_t quiet_until_ms;   /* the gateway asked for a pause (Retry-After) */
    int64_t blocked_since_ms; /* the circuit has been open, 0 while it is not */
    struct error last_failure;
};

int http_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

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

static void drop_handle(struct http_client *client, struct http_request *request)
{
    if (!request->easy)
        return;
    curl_multi_remove_handle(client->multi, request->easy);
    curl_easy_cleanup(request->easy);
    request->easy = NULL;
    client->active--;
}

static void free_list(struct http_client *client, struct http_request *list)
{
    while (list) {
        struct http_request *next = list->next;

        drop_handle(client, list);
        http_request_free(list);
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

static void queue(struct http_client *client, struct http_request *request)
{
    *client->last = request;
    client->last = &request->next;
}

int http_client_add(struct http_client *client, const char *path, void *tag, struct error *err)
{
    struct http_request *request =
        http_request_create(client->base, path, tag, client->config.max_response);

    if (!request)
        return error_set(err, ERROR_MEMORY, "out of memory");
    queue(client, request);
    return 0;
}

int http_client_post(struct http_client *client, const char *path, const char *type,
                     const void *body, size_t len, void *tag, struct error *err)
{
    struct http_request *request =
        http_request_create(client->base, path, tag, client->config.max_response);

    if (request && http_request_post(request, &client->config, type, body, len) == 0) {
        queue(client, request);
        return 0;
    }
    if (request)
        http_request_free(request);
    return error_set(err, ERROR_MEMORY, "out of memory");
}

static void finish(struct http_client *client, struct http_request *request)
{
    struct http_request **link = &client->first;

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

static void start(struct http_client *client, struct http_request *request, int64_t now)
{
    http_request_begin(request, &client->config, client->headers);
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
    struct http_request *request, *next;

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

static void retry_later(struct http_client *client, struct http_request *request,
                        int64_t retry_after_ms)
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
static void settle(struct http_client *client, struct http_request *request, CURLcode code,
                   bool late)
{
    enum retry_outcome outcome = http_request_judge(request, (int)code, late);

    drop_handle(client, request);
    if (outcome == RETRY_AGAIN || (code != CURLE_OK && code != CURLE_WRITE_ERROR))
        client->last_failure = request->error;
    if (outcome == RETRY_AGAIN) {
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
        struct http_request *request = NULL;
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
    struct http_request *request, *next;

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
    struct http_request *request = client->done;

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
    http_request_free(request);
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
