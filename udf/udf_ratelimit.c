/*
  udf_ratelimit.c - the rate limiter's functions for the application's SQL.

  Each reads its arguments, asks ratelimit/service.h, or ratelimit/shared.h where several servers
  share a store, and answers. None of them allocates in a row call but purser_rate_limits, which
  parses JSON. A NULL argument gives NULL, which IF() and WHERE
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
#include "ratelimit/limits.h"
#include "ratelimit/service.h"
#include "ratelimit/shared.h"

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

static long long fail(const struct error *err, char *is_null)
{
    udf_raise(err, is_null);
    return 0;
}

/* An answer of shared.h. */
static long long answer_of(int shared, char *is_null)
{
    if (shared == RATE_SHARED_KILLED) {
        udf_raise_killed(is_null);
        return 0;
    }
    return shared;
}

static long long take_shared(struct rate_limiter *limiter, const struct rate_subject *subject,
                             const struct rate_rule *rule, uint32_t cost, char *is_null)
{
    struct rate_request request = {.subject = *subject, .rule = *rule, .cost = cost};

    return answer_of(rate_shared_take(limiter, &request, 1, udf_killed), is_null);
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

    (void)error;
    (void)initid;
    if (any_null(args, is_null))
        return 0;
    err.code = ERROR_NONE;
    limiter = rate_service(&err);
    if (!limiter || read_rule(args, &rule, &err) != 0 || read_cost(args, 4, &cost, &err) != 0)
        return fail(&err, is_null);
    subject = subject_of(args, 0, 1);
    if (is_listed(&subject, &answer))
        return answer;
    if (rate_remote_is_set())
        return take_shared(limiter, &subject, &rule, cost, is_null);
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

static void count_for_policy_named(const char *name, size_t len, bool allowed, bool by_shadow)
{
    struct rate_policy *policy = rate_policies_find(rate_service_policies(), name, len);

    if (policy)
        count_for_policy(policy, allowed, by_shadow);
    rate_service_release();
}

/* The rule of a policy. Nothing is borrowed from the policies: none of them is held while a store
   is asked. */
static bool rule_of_policy(const UDF_ARGS *args, struct rate_request *request)
{
    const struct rate_policy *policy =
        rate_policies_find(rate_service_policies(), args->args[1], args->lengths[1]);

    if (policy) {
        request->rule = policy->rule;
        request->shadow = policy->shadow;
    }
    rate_service_release();
    return policy != NULL;
}

static long long no_such_policy(const UDF_ARGS *args, char *is_null)
{
    struct error err = {0};

    error_set(&err, ERROR_INPUT,
              "there is no policy '%.*s' in force: look into purser.rate_limit_policies, and CALL "
              "purser.reload_rate_limits()",
              (int)(args->lengths[1] < 64 ? args->lengths[1] : 64), args->args[1]);
    return fail(&err, is_null);
}

long long purser_rate_limit_policy(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err = {0};
    struct rate_limiter *limiter;
    struct rate_request request;
    long long answer = 0;
    int admitted;

    (void)error;
    (void)initid;
    if (any_null(args, is_null))
        return 0;
    limiter = rate_service(&err);
    if (!limiter || read_cost(args, 2, &request.cost, &err) != 0)
        return fail(&err, is_null);
    request.subject = subject_of(args, 0, 1);
    if (is_listed(&request.subject, &answer))
        return answer;
    if (!rule_of_policy(args, &request))
        return no_such_policy(args, is_null);
    admitted = rate_remote_is_set() ? rate_shared_take(limiter, &request, 1, udf_killed)
                                    : rate_limiter_take_all(limiter, &request, 1, rate_clock());
    if (admitted >= 0)
        count_for_policy_named(args->args[1], args->lengths[1], admitted,
                               admitted && !request.allowed);
    return answer_of(admitted, is_null);
}

my_bool purser_rate_limits_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return init(initid, args, message, "tt", 2, "arguments: identifier, limits (a JSON array)");
}

/* Each policy counts what came of its limit. */
static void count_for_policies(const struct rate_limits *limits, bool answer)
{
    const struct rate_request *request;
    int i;

    for (i = 0; i < limits->n; i++) {
        request = &limits->requests[i];
        if (*limits->policy[i] && (answer || !request->allowed))
            count_for_policy_named(limits->policy[i], strlen(limits->policy[i]), request->allowed,
                                   !request->allowed && request->shadow);
    }
}

long long purser_rate_limits(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err = {0};
    struct rate_subject who;
    struct rate_limiter *limiter;
    struct rate_limits limits;
    long long answer = 0;
    int admitted = 0;
    json_t *json;

    (void)error;
    (void)initid;
    if (any_null(args, is_null))
        return 0;
    who = subject_of(args, 0, 0);
    limiter = rate_service(&err);
    limits.n = 0;
    if (args->lengths[1] > RATE_LIMITS_JSON_MAX)
        error_set(&err, ERROR_LIMIT, "limits are longer than %u MiB", RATE_LIMITS_JSON_MAX >> 20);
    json = err.code == ERROR_NONE ? json_parse(args->args[1], args->lengths[1], &err) : NULL;
    if (json) {
        rate_limits_read(json, rate_service_policies(), &who, &limits, &err);
        rate_service_release();
    }
    if (json && err.code == ERROR_NONE && !is_listed(&who, &answer)) {
        admitted = rate_remote_is_set()
                       ? rate_shared_take(limiter, limits.requests, limits.n, udf_killed)
                       : rate_limiter_take_all(limiter, limits.requests, limits.n, rate_clock());
        if (admitted >= 0)
            count_for_policies(&limits, admitted);
        answer = answer_of(admitted, is_null);
    }
    json_decref(json); /* the names of endpoints are in it */
    return err.code == ERROR_NONE ? answer : fail(&err, is_null);
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

    (void)error;
    (void)initid;
    if (any_null(args, is_null))
        return 0;
    limiter = rate_service(&err);
    if (!limiter || read_cost(args, 2, &cost, &err) != 0)
        return fail(&err, is_null);
    subject = subject_of(args, 0, 1);
    if (rate_remote_is_set())
        return answer_of(rate_shared_refund(limiter, &subject, cost, udf_killed), is_null);
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
    int known;

    (void)error;
    (void)initid;
    if (any_null(args, is_null))
        return 0;
    limiter = rate_service(&err);
    if (!limiter)
        return fail(&err, is_null);
    subject = subject_of(args, 0, 1);
    if (!rate_remote_is_set())
        return rate_limiter_reset(limiter, &subject, rate_clock());
    known = rate_shared_reset(limiter, &subject, udf_killed, &err);
    return known != RATE_SHARED_KILLED && err.code != ERROR_NONE ? fail(&err, is_null)
                                                                 : answer_of(known, is_null);
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

    (void)error;
    (void)initid;
    if (any_null(args, is_null))
        return 0;
    limiter = rate_service(&err);
    if (!limiter || udf_read_integer(args, 3, "burst", 1, RATE_BURST_MAX, &burst, &err) != 0 ||
        gcra_rule(args->args[2], args->lengths[2], burst, &rule, &err) != 0 ||
        read_cost(args, 4, &cost, &err) != 0)
        return fail(&err, is_null);
    subject = subject_of(args, 0, 1);
    if (is_listed(&subject, &answer))
        return answer;
    if (rate_remote_is_set())
        return answer_of(rate_shared_take_tokens(limiter, &subject, &rule, cost, udf_killed),
                         error);
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

    (void)error;
    (void)result;
    if (any_null(args, is_null))
        return NULL;
    limiter = rate_service(&err);
    if (!limiter || read_rule(args, &rule, &err) != 0) {
        udf_raise(&err, is_null);
        return NULL;
    }
    subject = subject_of(args, 0, 1);
    if (!rate_remote_is_set()) {
        rate_limiter_state(limiter, &subject, &rule, rate_clock(), &state);
    } else if (rate_shared_state(limiter, &subject, &rule, &state, udf_killed) != 0) {
        udf_raise_killed(is_null);
        return NULL;
    }
    clock_gettime(CLOCK_REALTIME, &wall);
    *length = rate_headers("default", 7, &rule, &state,
                           (int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000, initid->ptr);
    return initid->ptr;
}
