/* answer_rate.c - see work.h. */
#include <stdio.h>

#include "../../udf/ratelimit/service.h"
#include "../http/json_out.h"
#include "work.h"

#define SECOND 1000000000LL
#define NAME_SIZE 320 /* a client's number, and an identifier */

static int64_t seconds_up(int64_t nanoseconds)
{
    return (nanoseconds + SECOND - 1) / SECOND;
}

static void put(struct api_answer *answer, bool allowed, const struct rate_rule *rule,
                const struct rate_state *state)
{
    struct json_out out = {&answer->body, false};
    int64_t retry = state->retry_in < 0 ? rule->window_s : seconds_up(state->retry_in);

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
    json_out_integer(&out, seconds_up(state->reset_in));
    json_out_key(&out, "retry_after_seconds");
    json_out_integer(&out, allowed ? 0 : retry > 0 ? retry : 1);
    json_out_end(&out, '}');
    buf_puts(&answer->body, "\n");
}

void api_answer_rate(const json_t *body, uint64_t client_id, struct api_answer *answer)
{
    const json_t *endpoint = json_object_get(body, "endpoint");
    const json_t *cost = json_object_get(body, "cost");
    struct rate_limiter *limiter = rate_service(NULL);
    struct rate_rule rule = {
        .max = (uint32_t)json_integer_value(json_object_get(body, "max_requests")),
        .window_s = (uint32_t)json_integer_value(json_object_get(body, "window_seconds")),
    };
    char name[NAME_SIZE];
    /* No client can reach what another counts, nor what the server's own SQL does. */
    int len = snprintf(name, sizeof(name), "purser-api/%llu/%s", (unsigned long long)client_id,
                       json_string_value(json_object_get(body, "identifier")));
    struct rate_subject subject = {name, (size_t)len, json_string_value(endpoint),
                                   json_string_length(endpoint)};
    struct rate_state state;
    int64_t now = rate_clock();
    bool allowed;

    if (!limiter || len >= (int)sizeof(name)) {
        api_problem(answer, API_INTERNAL_ERROR, NULL, NULL);
        return;
    }
    allowed = rate_limiter_take(limiter, rate_limiter_key(limiter, &subject), &subject, &rule,
                                cost ? (uint32_t)json_integer_value(cost) : 1, false, now);
    rate_limiter_state(limiter, &subject, &rule, now, &state);
    put(answer, allowed, &rule, &state);
}
