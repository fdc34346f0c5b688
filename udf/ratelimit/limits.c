/* limits.c - see limits.h. */
#include "limits.h"

#include <stdio.h>
#include <string.h>

#include "../json.h"

static int read_limit_rule(const json_t *object, struct rate_request *request, struct error *err)
{
    const json_t *endpoint = json_object_get(object, "endpoint");
    int64_t max, window;

    if (!json_is_string(endpoint))
        return error_set(err, ERROR_INPUT, "there is neither a policy nor an endpoint");
    if (!json_object_get(object, "max_requests") || !json_object_get(object, "window_seconds"))
        return error_set(err, ERROR_INPUT, "max_requests and window_seconds are needed");
    if (json_setting_int(object, "max_requests", 0, UINT32_MAX, 0, &max, err) != 0 ||
        json_setting_int(object, "window_seconds", 1, RATE_WINDOW_MAX_S, 1, &window, err) != 0 ||
        json_setting_bool(object, "shadow", false, &request->shadow, err) != 0)
        return -1;
    request->subject.endpoint = json_string_value(endpoint);
    request->subject.endpoint_len = json_string_length(endpoint);
    request->rule.max = (uint32_t)max;
    request->rule.window_s = (uint32_t)window;
    return 0;
}

static int read_limit_policy(const json_t *name, struct rate_policies *policies,
                             struct rate_request *request, char name_out[RATE_POLICY_NAME + 1],
                             struct error *err)
{
    const struct rate_policy *policy;

    if (!json_is_string(name))
        return error_set(err, ERROR_INPUT, "policy is not a text");
    policy = rate_policies_find(policies, json_string_value(name), json_string_length(name));
    if (!policy)
        return error_set(err, ERROR_INPUT, "there is no policy '%.64s' in force",
                         json_string_value(name));
    snprintf(name_out, RATE_POLICY_NAME + 1, "%s", policy->name);
    request->subject.endpoint = name_out;
    request->subject.endpoint_len = strlen(name_out);
    request->rule = policy->rule;
    request->shadow = policy->shadow;
    return 0;
}

static int know_members(const json_t *object, struct error *err)
{
    static const char *const known[] = {"policy",         "endpoint", "max_requests",
                                        "window_seconds", "cost",     "shadow"};
    const char *key;
    json_t *value;
    size_t i;

    json_object_foreach((json_t *)object, key, value)
    {
        for (i = 0; i < sizeof(known) / sizeof(*known) && strcmp(key, known[i]) != 0; i++)
            ;
        if (i == sizeof(known) / sizeof(*known))
            return error_set(err, ERROR_INPUT, "unknown member '%.64s'", key);
        if (i > 0 && i < 4 && json_object_get(object, "policy"))
            return error_set(err, ERROR_INPUT, "a policy has its own %s", key);
    }
    return 0;
}

static int read_limit(const json_t *object, struct rate_policies *policies,
                      struct rate_request *request, char policy[RATE_POLICY_NAME + 1],
                      struct error *err)
{
    const json_t *name = json_object_get(object, "policy");
    int64_t cost;

    if (!json_is_object(object))
        return error_set(err, ERROR_INPUT, "it is not an object");
    if (know_members(object, err) != 0)
        return -1;
    if ((name ? read_limit_policy(name, policies, request, policy, err)
              : read_limit_rule(object, request, err)) != 0 ||
        json_setting_int(object, "cost", 0, UINT32_MAX, 1, &cost, err) != 0)
        return -1;
    request->cost = (uint32_t)cost;
    return 0;
}

/* Two limits of one endpoint would be one key. */
static int refuse_twins(const struct rate_limits *limits, size_t i, struct error *err)
{
    const struct rate_subject *a, *b = &limits->requests[i].subject;
    size_t j;

    for (j = 0; j < i; j++) {
        a = &limits->requests[j].subject;
        if (a->endpoint_len == b->endpoint_len &&
            memcmp(a->endpoint, b->endpoint, b->endpoint_len) == 0)
            return error_set(err, ERROR_INPUT,
                             "limits %zu and %zu have the same endpoint: give each its own", j + 1,
                             i + 1);
    }
    return 0;
}

int rate_limits_read(const json_t *json, struct rate_policies *policies,
                     const struct rate_subject *who, struct rate_limits *limits, struct error *err)
{
    size_t i, n = json_array_size(json);

    memset(limits, 0, sizeof(*limits));
    if (!json_is_array(json) || n == 0 || n > RATE_MULTI_MAX)
        return error_set(err, ERROR_INPUT, "limits must be a JSON array of 1 to %d limits",
                         RATE_MULTI_MAX);
    for (i = 0; i < n; i++) {
        limits->requests[i].subject = *who;
        if (read_limit(json_array_get(json, i), policies, &limits->requests[i], limits->policy[i],
                       err) != 0)
            return error_prefix(err, "limit %zu: ", i + 1);
        if (refuse_twins(limits, i, err) != 0)
            return -1;
    }
    limits->n = (int)n;
    return 0;
}
