/*
  http_probe.h - one GET to each of several servers, all at once, once: is it well, and if not, what
  is not?

  Unlike http_client.h nothing is tried again and nothing is kept: each probe resolves the name,
  connects and negotiates TLS anew, for that is what it is to find out. The calling thread waits.
*/
#ifndef PURSER_HTTP_PROBE_H
#define PURSER_HTTP_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "../udf/buf.h"
#include "../udf/error.h"

#define PROBE_BODY_MAX 1048576 /* bytes of an answer; a longer one counts as too long */

/* How far a probe came: the first thing that did not work. */
enum probe_failure {
    PROBE_OK,
    PROBE_DNS,     /* the name is not known, or nobody says */
    PROBE_CONNECT, /* refused, no route, or nobody there */
    PROBE_TLS,     /* no TLS, or a certificate that does not hold */
    PROBE_AUTH,    /* 401 or 403 */
    PROBE_HTTP,    /* another status than 2xx, or no proper answer */
    PROBE_LOCAL    /* it could not be sent at all: no memory, a CA file that cannot be read */
};

struct http_probe {
    /* what to ask; all borrowed for the call */
    const char *base_url; /* as http_check_base_url lets it pass */
    const char *path;     /* begins with '/', already escaped */
    const char *const
        *headers;        /* NULL-terminated "Name: value" lines; never in an error or a log */
    const char *ca_file; /* NULL: the system's authorities */
    int64_t connect_timeout_ms;
    int64_t total_timeout_ms;
    /* what came of it */
    enum probe_failure failure;
    bool timed_out;           /* the failure is that nothing came in time */
    int status;               /* HTTP; 0: none */
    int64_t latency_us;       /* of the whole, or until it failed; -1: not begun */
    int64_t certificate_ends; /* UTC microseconds: the server's own; 0: not known, or no TLS */
    struct buf body;
    struct error error; /* libcurl's own words, where there was no answer: may name the host */
};

/** The word for a failure: "dns", "connect", "tls", "auth", "http", "local"; "" for none. */
const char *probe_failure_name(enum probe_failure failure);

/**
  Send all at once and wait for all.
  @param probes  each with what to ask; release each with http_probe_free, whatever this returns
  @retval 0 each has an outcome @retval -1 err: ERROR_STOPPED, ERROR_MEMORY
*/
int http_probe_run(struct http_probe *probes, int count, struct error *err);
void http_probe_free(struct http_probe *probe);

/** A date as OpenSSL writes it ("Dec 21 16:41:38 2026 GMT"). @return UTC microseconds; 0 where it
    is none */
int64_t http_certificate_date(const char *text);

#endif
