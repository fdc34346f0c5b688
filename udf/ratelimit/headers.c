/* headers.c - see headers.h. */
#include "headers.h"

#include <stdio.h>

#define SECOND 1000000000LL
#define NAME_MAX_BYTES 64

int64_t rate_seconds_up(int64_t nanoseconds)
{
    return (nanoseconds + SECOND - 1) / SECOND;
}

int64_t rate_retry_seconds(const struct rate_rule *rule, const struct rate_state *state)
{
    int64_t wait = state->retry_in < 0 ? rule->window_s : rate_seconds_up(state->retry_in);

    return wait > 0 ? wait : 1;
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

static struct rate_header *add_number(struct rate_header *to, const char *name, int64_t value)
{
    to->name = name;
    to->is_number = true;
    snprintf(to->value, sizeof(to->value), "%lld", (long long)value);
    return to + 1;
}

int rate_header_list(const char *name, size_t name_len, const struct rate_rule *rule,
                     const struct rate_state *state, int64_t unix_us,
                     struct rate_header list[RATE_HEADERS_MAX])
{
    char policy[NAME_MAX_BYTES + 1];
    struct rate_header *h = list;

    copy_name(name, name_len, policy);
    h = add_number(h, "X-RateLimit-Limit", rule->max);
    h = add_number(h, "X-RateLimit-Remaining", state->remaining);
    h = add_number(h, "X-RateLimit-Reset", (unix_us + state->reset_in / 1000 + 999999) / 1000000);
    if (state->remaining == 0)
        h = add_number(h, "Retry-After", rate_retry_seconds(rule, state));
    *h = (struct rate_header){.name = "RateLimit-Policy"};
    snprintf(h->value, sizeof(h->value), "\"%s\";q=%u;w=%u", policy, rule->max, rule->window_s);
    h++;
    *h = (struct rate_header){.name = "RateLimit"};
    snprintf(h->value, sizeof(h->value), "\"%s\";r=%u;t=%lld", policy, state->remaining,
             (long long)rate_seconds_up(state->reset_in));
    return (int)(h - list) + 1;
}

/* A value has no other character that JSON escapes. */
static size_t put_text(const char *value, char *out)
{
    size_t n = 0;

    out[n++] = '"';
    for (; *value; value++) {
        if (*value == '"')
            out[n++] = '\\';
        out[n++] = *value;
    }
    out[n++] = '"';
    out[n] = '\0';
    return n;
}

size_t rate_headers(const char *name, size_t name_len, const struct rate_rule *rule,
                    const struct rate_state *state, int64_t unix_us, char out[RATE_HEADERS_SIZE])
{
    struct rate_header list[RATE_HEADERS_MAX];
    int count = rate_header_list(name, name_len, rule, state, unix_us, list), i;
    size_t n = 0;

    for (i = 0; i < count; i++) {
        n += (size_t)snprintf(out + n, RATE_HEADERS_SIZE - n, "%c\"%s\":", i ? ',' : '{',
                              list[i].name);
        if (list[i].is_number)
            n += (size_t)snprintf(out + n, RATE_HEADERS_SIZE - n, "%s", list[i].value);
        else
            n += put_text(list[i].value, out + n);
    }
    return n + (size_t)snprintf(out + n, RATE_HEADERS_SIZE - n, "}");
}
