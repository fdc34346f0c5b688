/*
  curl_handle.h - what every transfer with libcurl has in common: TLS and its verification,
  time-outs, no proxy, no signals, sockets that no child inherits. Used by http_client.c,
  http_probe.c and mail.c only.
*/
#ifndef PURSER_CURL_HANDLE_H
#define PURSER_CURL_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

struct curl_limits {
    const char *protocols; /* as "https,http" */
    const char *ca_file;   /* whom alone it trusts; NULL: the system's authorities */
    int64_t connect_timeout_ms;
    int64_t total_timeout_ms;
};

/** @return a new CURL *, or NULL when out of memory. Strings are copied */
void *curl_handle_create(const struct curl_limits *limits);

/**
  A list of header lines for CURLOPT_HTTPHEADER.
  @param lines  NULL-terminated; may be NULL @param more  one more; may be NULL
  @param[out] list  a struct curl_slist *, NULL where it is empty
  @retval 0 @retval -1 out of memory
*/
int curl_headers_create(const char *const *lines, const char *more, void **list);
/** Wipes it: a header may hold a token. */
void curl_headers_free(void *list);

/** What there is to say of a failure, with "DNS: ", "connect: " or "TLS: " in front where it is of
    that kind. @param easy  the transfer's CURL * @param code  a CURLcode
    @param[out] kind  one of these, or "" */
const char *curl_handle_failure(void *easy, int code, const char **kind);
/** How far a transfer has come that got no answer in time. @param easy  its CURL *
    @param[out] unnamed  has not even a name been found? @return what there was none of */
const char *curl_handle_reached(void *easy, bool *unnamed);
/** Would the same request fail in the same way again? @param code  a CURLcode */
bool curl_failure_is_final(int code);

#endif
