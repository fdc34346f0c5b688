/* headers.h - what a 429 (or any other answer) says of a limit, as HTTP headers in JSON. */
#ifndef PURSER_RATE_HEADERS_H
#define PURSER_RATE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limiter.h"

#define RATE_HEADERS_SIZE 512
#define RATE_HEADERS_MAX 6
#define RATE_HEADER_SIZE 112

struct rate_header {
    const char *name; /* static */
    char value[RATE_HEADER_SIZE];
    bool is_number;
};

/** Nanoseconds as seconds, rounded up. */
int64_t rate_seconds_up(int64_t nanoseconds);

/** Retry-After: seconds until one call would be admitted, at least 1; the window where none ever
    is. */
int64_t rate_retry_seconds(const struct rate_rule *rule, const struct rate_state *state);

/**
  X-RateLimit-Limit, -Remaining and -Reset (Unix time in seconds, rounded up, at which nothing is
  counted any more), Retry-After (seconds, rounded up) where nothing remains, and RateLimit-Policy
  and RateLimit of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-
  ratelimit-headers-10).
  @param name  of the policy, for the draft's fields; printable ASCII; other bytes become '_'
  @param unix_us  now, microseconds since 1970
  @return how many
*/
int rate_header_list(const char *name, size_t name_len, const struct rate_rule *rule,
                     const struct rate_state *state, int64_t unix_us,
                     struct rate_header list[RATE_HEADERS_MAX]);

/** The same as a JSON object. @return bytes written */
size_t rate_headers(const char *name, size_t name_len, const struct rate_rule *rule,
                    const struct rate_state *state, int64_t unix_us, char out[RATE_HEADERS_SIZE]);

#endif
