/* headers.c - see headers.h. */
#include "headers.h"

#include <stdio.h>

#define SECOND 1000000000LL
#define NAME_MAX_BYTES 64

static int64_t seconds_up(int64_t nanoseconds)
{
    return (nanoseconds + SECOND - 1) / SECOND;
}

/* A name that needs no escape in a structured field's string, nor that string in JSON. */
static void copy_name(const char *name, size_t len, char out[NAME_MAX_BYTES + 1])
{
    size_t i;

    len = len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES;
    for (i = 0; i < len; i++)
        out[i] =
            name[i] >= ' ' && name[i] < 127 && name[i] != '"' && name[i] != '\\' ? name[i] : '_';
    out[len] = '\0';
}

size_t rate_headers(const char *name, size_t name_len, const struct rate_rule *rule,
                    const struct rate_state *state, int64_t unix_us, char out[RATE_HEADERS_SIZE])
{
    char policy[NAME_MAX_BYTES + 1], retry[48] = "";
    int64_t reset_us = unix_us + state->reset_in / 1000;
    int64_t wait = state->retry_in < 0 ? rule->window_s : seconds_up(state->retry_in);

    copy_name(name, name_len, policy);
    if (state->remaining == 0)
        snprintf(retry, sizeof(retry), ",\"Retry-After\":%lld", (long long)(wait > 0 ? wait : 1));
    return (size_t)snprintf(
        out, RATE_HEADERS_SIZE,
        "{\"X-RateLimit-Limit\":%u,\"X-RateLimit-Remaining\":%u,\"X-RateLimit-Reset\":%lld%s,"
        "\"RateLimit-Policy\":\"\\\"%s\\\";q=%u;w=%u\",\"RateLimit\":\"\\\"%s\\\";r=%u;t=%lld\"}",
        rule->max, state->remaining, (long long)((reset_us + 999999) / 1000000), retry, policy,
        rule->max, rule->window_s, policy, state->remaining,
        (long long)seconds_up(state->reset_in));
}
