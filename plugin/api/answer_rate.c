/*
  answer_rate.c - see work.h.

  LOCKING: counters is set by api_answer_rate_begin before any api thread runs, and never changed
  again. A limiter locks itself.
*/
#include <stdio.h>
#include <sys/random.h>

#include "../../udf/ratelimit/headers.h"
#include "../../udf/ratelimit/limiter.h"
#include "../../udf/ratelimit/service.h"
#include "../http/json_out.h"
#include "work.h"

#define NAME_SIZE 320      /* a client's number, and an identifier */
#define MEMORY (16u << 20) /* bytes; as many names as there are, the least recently used goes */

/* Apart from purser_rate_limit's: a client may think of any number of names, and must not push the
   server's own counters out of their memory with them. */
static struct rate_limiter *counters;

static void put(struct api_answer *answer, bool allowed, const struct rate_rule *rule,
                const struct rate_state *state)
{
    struct json_out out = {&answer->body, false};

    answer->status = 200;
    answer->type = API_JSON;
    json_out_begin(&out, '{');
    json_out_key(&out, "allowed");
    buf_puts(&answer->body, allowed ? "true" : "false");
    out.comma = true;
    json_out_key(&out, "limit");
    json_out_integer(&out, rule->max);
    json_out_key(&out, "remaining");
    json_out_integer(&out, state->remaining);
    json_out_key(&out, "reset_in_seconds");
    json_out_integer(&out, rate_seconds_up(state->reset_in));
    json_out_key(&out, "retry_after_seconds");
    json_out_integer(&out, allowed ? 0 : rate_retry_seconds(rule, state));
    json_out_end(&out, '}');
    buf_puts(&answer->body, "\n");
}

int api_answer_rate_begin(struct error *err)
{
    uint8_t secret[16];

    if (counters)
        return 0;
    if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
        return error_set(err, ERROR_CONFIG, "the system gives no random numbers");
    counters = rate_limiter_create(MEMORY, secret, err);
    return counters ? 0 : -1;
}

void api_answer_rate(const json_t *body, uint64_t client_id, struct api_answer *answer)
{
    const json_t *endpoint = json_object_get(body, "endpoint");
    const json_t *cost = json_object_get(body, "cost");
    struct rate_rule rule = {
        .max = (uint32_t)json_integer_value(json_object_get(body, "max_requests")),
        .window_s = (uint32_t)json_integer_value(json_object_get(body, "window_seconds")),
    };
    char name[NAME_SIZE];
    /* No client can reach what another counts. */
    int len = snprintf(name, sizeof(name), "%llu/%s", (unsigned long long)client_id,
                       json_string_value(json_object_get(body, "identifier")));
    struct rate_subject subject = {name, (size_t)len, json_string_value(endpoint),
                                   json_string_length(endpoint)};
    struct rate_state state;
    int64_t now = rate_clock();
    bool allowed;

    if (len >= (int)sizeof(name)) {
        api_problem(answer, API_INTERNAL_ERROR, NULL, NULL);
        return;
    }
    allowed = rate_limiter_take(counters, rate_limiter_key(counters, &subject), &subject, &rule,
                                cost ? (uint32_t)json_integer_value(cost) : 1, false, now);
    rate_limiter_state(counters, &subject, &rule, now, &state);
    put(answer, allowed, &rule, &state);
}
