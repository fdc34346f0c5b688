/*
  udf_ratelimit.c - the rate limiter's functions for the application's SQL.

  Each reads its arguments, asks ratelimit/service.h, and answers. None of them allocates in a row
  call but purser_rate_limits, which parses JSON. A NULL argument gives NULL, which IF() and WHERE
  take for "refused"; an argument that makes no sense is a SQL error that names it.
*/
#include "udf_call.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "ratelimit/headers.h"
#include "ratelimit/service.h"

UDF_DECLARE_INTEGER(purser_rate_limit);
UDF_DECLARE_INTEGER(purser_rate_limit_policy);
UDF_DECLARE_INTEGER(purser_rate_limits);
UDF_DECLARE_INTEGER(purser_rate_limit_refund);
UDF_DECLARE_INTEGER(purser_rate_limit_reset);
UDF_DECLARE_INTEGER(purser_token_bucket);
UDF_DECLARE_TEXT(purser_rate_limit_headers);

/* Types by position: 't' text, 'i' integer. */
static my_bool init(UDF_INIT *initid, UDF_ARGS *args, char *message, const char *types,
                    unsigned least, const char *usage)
{
    unsigned i;

    if (args->arg_count < least || args->arg_count > strlen(types))
        return udf_refuse(message, usage);
    for (i = 0; i < args->arg_count; i++)
        if (types[i] == 'i')
            udf_want_integer(args, i);
        else
            args->arg_type[i] = STRING_RESULT;
    initid->const_item = 0; /* each row counts */
    initid->maybe_null = 1;
    initid->ptr = NULL;
    return 0;
}

static bool any_null(const UDF_ARGS *args, char *is_null)
{
    unsigned i;

    for (i = 0; i < args->arg_count; i++)
        if (!args->args[i])
            *is_null = 1;
    return *is_null != 0;
}

static struct rate_subject subject_of(const UDF_ARGS *args, unsigned identifier, unsigned endpoint)
{
    return (struct rate_subject){args->args[identifier], args->lengths[identifier],
                                 args->args[endpoint], args->lengths[endpoint]};
}

static int read_number(const UDF_ARGS *args, unsigned i, const char *name, long long min,
                       long long max, uint32_t *out, struct error *err)
{
    long long value;

    if (udf_read_integer(args, i, name, min, max, &value, err) != 0)
        return -1;
    *out = (uint32_t)value;
    return 0;
}

static int read_rule(const UDF_ARGS *args, struct rate_rule *rule, struct error *err)
{
    return read_number(args, 2, "max_requests", 0, UINT32_MAX, &rule->max, err) == 0 &&
                   read_number(args, 3, "window_seconds", 1, RATE_WINDOW_MAX_S, &rule->window_s,
                               err) == 0
               ? 0
               : -1;
}

static int read_cost(const UDF_ARGS *args, unsigned i, uint32_t *cost, struct error *err)
{
    *cost = 1;
    return args->arg_count > i ? read_number(args, i, "cost", 0, UINT32_MAX, cost, err) : 0;
}

static long long fail(const struct error *err, char *error)
{
    udf_raise(err, error);
    return 0;
}

my_bool purser_rate_limit_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return init(initid, args, message, "ttiii", 4,
                "arguments: identifier, endpoint, max_requests, window_seconds [, cost]");
}

/* A list answers before anything is counted. */
static bool is_listed(const struct rate_subject *subject, long long *answer)
{
    enum rate_listed list = rate_service_listed(subject->identifier, subject->identifier_len);

    *answer = list == RATE_LISTED_ALLOW;
    return list != RATE_NOT_LISTED;
}

long long purser_rate_limit(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err;
    struct rate_limiter *limiter;
    struct rate_subject subject;
    struct rate_rule rule;
    long long answer;
    uint32_t cost;
    uint64_t key;

    (void)initid;
    if (any_null(args, is_null))
        return 0;
    err.code = ERROR_NONE;
    limiter = rate_service(&err);
    if (!limiter || read_rule(args, &rule, &err) != 0 || read_cost(args, 4, &cost, &err) != 0)
        return fail(&err, error);
    subject = subject_of(args, 0, 1);
    if (is_listed(&subject, &answer))
        return answer;
    key = rate_limiter_key(limiter, &subject);
    return rate_limiter_take(limiter, key, &subject, &rule, cost, false, rate_clock());
}

my_bool purser_rate_limit_policy_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return init(initid, args, message, "tti", 2, "arguments: identifier, policy [, cost]");
}

static void count_for_policy(struct rate_policy *policy, bool allowed, bool by_shadow)
{
    if (by_shadow)
        atomic_fetch_add_explicit(&policy->shadow_denied, 1, memory_order_relaxed);
    else
        atomic_fetch_add_explicit(allowed ? &policy->allowed : &policy->denied, 1,
                                  memory_order_relaxed);
}

long long purser_rate_limit_policy(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err = {0};
    struct rate_limiter *limiter;
    struct rate_policy *policy;
    struct rate_request request;
    long long answer = 0;

    (void)initid;
    if (any_null(args, is_null))
        return 0;
    limiter = rate_service(&err);
    if (!limiter || read_cost(args, 2, &request.cost, &err) != 0)
        return fail(&err, error);
    request.subject = subject_of(args, 0, 1);
    if (is_listed(&request.subject, &answer))
        return answer;
    policy = rate_policies_find(rate_service_policies(), args->args[1], args->lengths[1]);
    if (policy) {
        request.rule = policy->rule;
        request.shadow = policy->shadow;
        answer = rate_limiter_take_all(limiter, &request, 1, rate_clock());
        count_for_policy(policy, answer, answer && !request.allowed);
    }
    rate_service_release();
    if (policy)
        return answer;
    error_set(&err, ERROR_INPUT,
              "there is no policy '%.*s' in force: look into purser.rate_limit_policies, and CALL "
              "purser.reload_rate_limits()",
              (int)(args->lengths[1] < 64 ? args->lengths[1] : 64), args->args[1]);
    return fail(&err, error);
}

my_bool purser_rate_limits_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return init(initid, args, message, "tt", 2, "arguments: identifier, limits (a JSON array)");
}

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
                             struct rate_request *request, struct rate_policy **policy,
                             struct error *err)
{
    if (!json_is_string(name))
        return error_set(err, ERROR_INPUT, "policy is not a text");
    *policy = rate_policies_find(policies, json_string_value(name), json_string_length(name));
    if (!*policy)
        return error_set(err, ERROR_INPUT, "there is no policy '%.64s' in force",
                         json_string_value(name));
    request->subject.endpoint = (*policy)->name;
    request->subject.endpoint_len = strlen((*policy)->name);
    request->rule = (*policy)->rule;
    request->shadow = (*policy)->shadow;
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
                      struct rate_request *request, struct rate_policy **policy, struct error *err)
{
    const json_t *name = json_object_get(object, "policy");
    int64_t cost;

    *policy = NULL;
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

static int read_limits(const json_t *limits, struct rate_policies *policies,
                       const struct rate_subject *who, struct rate_request *requests,
                       struct rate_policy **used, struct error *err)
{
    size_t i, j, n = json_array_size(limits);

    if (!json_is_array(limits) || n == 0 || n > RATE_MULTI_MAX)
        return error_set(err, ERROR_INPUT, "limits must be a JSON array of 1 to %d limits",
                         RATE_MULTI_MAX);
    for (i = 0; i < n; i++) {
        requests[i].subject = *who;
        if (read_limit(json_array_get(limits, i), policies, &requests[i], &used[i], err) != 0)
            return error_prefix(err, "limit %zu: ", i + 1);
        for (j = 0; j < i; j++)
            if (requests[j].subject.endpoint_len == requests[i].subject.endpoint_len &&
                memcmp(requests[j].subject.endpoint, requests[i].subject.endpoint,
                       requests[i].subject.endpoint_len) == 0)
                return error_set(err, ERROR_INPUT,
                                 "limits %zu and %zu have the same endpoint: give each its own",
                                 j + 1, i + 1);
    }
    return (int)n;
}

/* @return the answer, or 0 with err */
static long long take_limits(struct rate_limiter *limiter, struct rate_policies *policies,
                             const json_t *limits, const struct rate_subject *who,
                             struct error *err)
{
    struct rate_request requests[RATE_MULTI_MAX] = {0};
    struct rate_policy *used[RATE_MULTI_MAX] = {0};
    enum rate_listed list;
    bool answer;
    int i, n = read_limits(limits, policies, who, requests, used, err);

    if (n < 0)
        return 0;
    list = rate_policies_listed(policies, who->identifier, who->identifier_len);
    if (list != RATE_NOT_LISTED)
        return list == RATE_LISTED_ALLOW;
    answer = rate_limiter_take_all(limiter, requests, n, rate_clock());
    for (i = 0; i < n; i++)
        if (used[i] && (answer || !requests[i].allowed))
            count_for_policy(used[i], requests[i].allowed,
                             !requests[i].allowed && requests[i].shadow);
    return answer;
}

long long purser_rate_limits(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err = {0};
    struct rate_subject who;
    struct rate_limiter *limiter;
    long long answer = 0;
    json_t *limits;

    (void)initid;
    if (any_null(args, is_null))
        return 0;
    who = subject_of(args, 0, 0);
    limiter = rate_service(&err);
    limits = limiter ? json_parse(args->args[1], args->lengths[1], &err) : NULL;
    if (limits) {
        answer = take_limits(limiter, rate_service_policies(), limits, &who, &err);
        rate_service_release();
    }
    json_decref(limits);
    return err.code == ERROR_NONE ? answer : fail(&err, error);
}

my_bool purser_rate_limit_refund_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return init(initid, args, message, "tti", 2, "arguments: identifier, endpoint [, cost]");
}

long long purser_rate_limit_refund(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err = {0};
    struct rate_limiter *limiter;
    struct rate_subject subject;
    uint32_t cost;

    (void)initid;
    if (any_null(args, is_null))
        return 0;
    limiter = rate_service(&err);
    if (!limiter || read_cost(args, 2, &cost, &err) != 0)
        return fail(&err, error);
    subject = subject_of(args, 0, 1);
    return rate_limiter_refund(limiter, &subject, cost, rate_clock());
}

my_bool purser_rate_limit_reset_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return init(initid, args, message, "tt", 2, "arguments: identifier, endpoint");
}

long long purser_rate_limit_reset(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err = {0};
    struct rate_limiter *limiter;
    struct rate_subject subject;

    (void)initid;
    if (any_null(args, is_null))
        return 0;
    limiter = rate_service(&err);
    if (!limiter)
        return fail(&err, error);
    subject = subject_of(args, 0, 1);
    return rate_limiter_reset(limiter, &subject, rate_clock());
}

my_bool purser_token_bucket_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return init(initid, args, message, "tttii", 4,
                "arguments: identifier, endpoint, rate_per_second, burst [, cost]");
}

long long purser_token_bucket(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err = {0};
    struct rate_limiter *limiter;
    struct rate_subject subject;
    struct gcra_rule rule;
    long long answer, burst;
    uint32_t cost;

    (void)initid;
    if (any_null(args, is_null))
        return 0;
    limiter = rate_service(&err);
    if (!limiter || udf_read_integer(args, 3, "burst", 1, RATE_BURST_MAX, &burst, &err) != 0 ||
        gcra_rule(args->args[2], args->lengths[2], burst, &rule, &err) != 0 ||
        read_cost(args, 4, &cost, &err) != 0)
        return fail(&err, error);
    subject = subject_of(args, 0, 1);
    if (is_listed(&subject, &answer))
        return answer;
    return rate_limiter_take_tokens(limiter, &subject, &rule, cost, rate_clock());
}

my_bool purser_rate_limit_headers_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (init(initid, args, message, "ttii", 4,
             "arguments: identifier, endpoint, max_requests, window_seconds") != 0)
        return 1;
    initid->max_length = RATE_HEADERS_SIZE;
    initid->ptr = malloc(RATE_HEADERS_SIZE);
    return initid->ptr ? 0 : udf_refuse(message, "out of memory");
}

void purser_rate_limit_headers_deinit(UDF_INIT *initid)
{
    free(initid->ptr);
}

char *purser_rate_limit_headers(UDF_INIT *initid, UDF_ARGS *args, char *result,
                                unsigned long *length, char *is_null, char *error)
{
    struct error err = {0};
    struct rate_limiter *limiter;
    struct rate_subject subject;
    struct rate_state state;
    struct rate_rule rule;
    struct timespec wall;

    (void)result;
    if (any_null(args, is_null))
        return NULL;
    limiter = rate_service(&err);
    if (!limiter || read_rule(args, &rule, &err) != 0) {
        udf_raise(&err, error);
        return NULL;
    }
    subject = subject_of(args, 0, 1);
    rate_limiter_state(limiter, &subject, &rule, rate_clock(), &state);
    clock_gettime(CLOCK_REALTIME, &wall);
    *length = rate_headers("default", 7, &rule, &state,
                           (int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000, initid->ptr);
    return initid->ptr;
}
