/* limits.h - the JSON of several limits that must all allow: the argument of purser_rate_limits. */
#ifndef PURSER_RATE_LIMITS_H
#define PURSER_RATE_LIMITS_H

#include "../error.h"
#include "limiter.h"
#include "policy.h"

#define RATE_LIMITS_JSON_MAX (1u << 20) /* bytes: what is longer could not be killed in time */

struct json_t; /* jansson's */

struct rate_limits {
    int n;
    struct rate_request requests[RATE_MULTI_MAX];
    char policy[RATE_MULTI_MAX][RATE_POLICY_NAME + 1]; /* its name; "": the limit is none */
};

/**
  @param json      borrowed; the names of endpoints stay in it
  @param policies  those in force, needed for the call only
  @param who       whose limits they are; its endpoint does not matter
  @retval 0 @retval -1 err: which limit makes no sense, and why
*/
int rate_limits_read(const struct json_t *json, struct rate_policies *policies,
                     const struct rate_subject *who, struct rate_limits *limits, struct error *err);

#endif
