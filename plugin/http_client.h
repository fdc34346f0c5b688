/*
  http_client.h - HTTP requests to one gateway (or receiver), many at a time.

  A client belongs to one thread. It does what every adapter needs and none should repeat: TLS
  verification, time-outs (connect, first byte, total), a cap on the size of an answer, no
  redirects, retries with back-off and jitter, Retry-After, a circuit breaker, pacing, and stopping
  within a fraction of a second when the plugin is stopped. Nothing it logs or reports holds a
  header or a body.
*/
#ifndef PURSER_HTTP_CLIENT_H
#define PURSER_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../udf/error.h"
#include "../udf/retry.h"

struct http_config {
    const char *base_url; /* https://…, or http:// to a loopback address; no trailing slash needed.
                             NULL: each path is a whole URL, which the caller has checked and
                      counts */
    const char *const
        *headers;        /* NULL-terminated "Name: value" lines, borrowed for the client's life */
    const char *ca_file; /* NULL: the system's authorities */
    int concurrency;     /* requests under way at a time, 1..64 */
    int64_t rate_milli;  /* requests per 1000 s, 0: no cap (retry.h) */
    int64_t connect_timeout_ms;
    int64_t first_byte_timeout_ms; /* from the request's start to the first byte of the answer */
    int64_t total_timeout_ms;      /* of one try */
    size_t max_response;           /* bytes of a body */
    struct retry_policy retry;
    int breaker_threshold; /* failures in a row that open the circuit */
    int64_t breaker_open_ms;
    int64_t breaker_wait_ms; /* how long the client waits in all for an open circuit to close again
                                before it gives up what is queued */
};

/* The final answer to a request, after all retries. */
struct http_response {
    void *tag;  /* as given to http_client_add */
    int status; /* HTTP status of the last try; 0 where there was no answer */
    char *body; /* new, NUL-terminated, free with http_response_free; NULL where there is none */
    size_t len;
    struct error error; /* ERROR_NONE where status is 2xx or 404; else a sentence that tells DNS,
                           connect, TLS, first byte, time-out, size, redirect, HTTP status apart.
                           ERROR_AUTH for 401 and 403 */
    int attempts;
    bool unnamed; /* the last try has ended before anybody said which address the name has. The
                     look-up goes on in a thread of libcurl's: the next one is not to be soon */
    int64_t retry_after_ms; /* what the last answer asked for, at most a day; 0: nothing */
};

struct http_client; /* one thread */

/**
  Called once by the plugin's init and (never, or) its deinit; curl_global_init is not undone
  because other plugins may use libcurl too. @retval 0 or -1
*/
int http_global_init(void);

/** @return new, or NULL with err (bad base_url: says what is wrong with it) */
struct http_client *http_client_create(const struct http_config *config, struct error *err);
void http_client_destroy(struct http_client *client); /* NULL is legal; aborts what is under way */

/**
  Queue a GET of base_url + path. Nothing is sent before the next pump/next.
  @param path  begins with '/', already escaped (http_escape)
*/
int http_client_add(struct http_client *client, const char *path, void *tag, struct error *err);

/**
  Queue a POST of a small body; a try that failed is made again, so that the receiver may get it
  twice. 404 is an error here. Once a status has come, it is the outcome: where the rest of the
  answer is too long, broken or late, the response has both the status and an error.
  @param type  of the body, as "text/plain" @param body  copied
*/
int http_client_post(struct http_client *client, const char *path, const char *type,
                     const void *body, size_t len, void *tag, struct error *err);

/** Start what may start and move what can move, without waiting: lets a request travel while the
   caller works on the previous answer. */
void http_client_pump(struct http_client *client);

/**
  Wait for the next final answer, in order of completion.
  @param[out] response  release with http_response_free
  @retval 1 an answer  @retval 0 nothing is queued or under way
  @retval -1 err: ERROR_STOPPED, or ERROR_REMOTE when the circuit stayed open (what was queued is
  dropped)
*/
int http_client_next(struct http_client *client, struct http_response *response, struct error *err);
/** The same; waits until a moment of clock_ms(). @retval 2 it has come, and there is no answer */
int http_client_next_until(struct http_client *client, struct http_response *response,
                           int64_t until_ms, struct error *err);
void http_response_free(struct http_response *response);

/** Percent-escape a piece of a path or query. @return new (free), NULL when out of memory */
char *http_escape(const char *text);

/**
  Is a link (absolute, or beginning with '/') on the same scheme, host and port as base_url and
  below its path? On success *path is new: the part to give to http_client_add, from '/' or '?' on.
  @retval 0 yes  @retval -1 no, or not a URL; err says which host it names
*/
int http_same_host_path(const char *base_url, const char *link, char **path, struct error *err);

/** Is it a URL that may be spoken to: https, or plain http to a loopback address, without query?
   @retval 0 @retval -1 ERROR_CONFIG */
int http_check_url(const char *text, struct error *err);

/** The same where plain http may go anywhere: what is said is signed, and no secret. */
int http_check_open_url(const char *text, struct error *err);
/** Would it be plain http to a machine that may be another? */
bool http_url_is_exposed(const char *text);

/** Check a base_url by the rule of the table gateways: https, or plain http to a loopback address.
 */
int http_check_base_url(const char *base_url, struct error *err);

#endif
