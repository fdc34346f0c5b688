/*
  policy.h - named limits, and the identifiers that are always refused or always admitted.

  A set is made whole from JSON, never changed, and replaced by another; what a policy has counted
  goes on under its name.

  THREADS: a set is read by many threads; its counters are atomic, all else is constant.
*/
#ifndef PURSER_RATE_POLICY_H
#define PURSER_RATE_POLICY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../error.h"
#include "window.h"

#define RATE_POLICY_NAME 32 /* bytes; the server cuts the names of status variables at 63 */
#define RATE_POLICIES_MAX 1000
#define RATE_LISTED_MAX 100000

struct rate_policy {
    char name[RATE_POLICY_NAME + 1];
    struct rate_rule rule;
    bool shadow; /* counts what it would refuse, and refuses nothing */
    atomic_ullong allowed, denied, shadow_denied;
};

enum rate_listed { RATE_NOT_LISTED, RATE_LISTED_ALLOW, RATE_LISTED_DENY };

struct rate_policies;

/**
  @param json  {"policies":[{"name","max_requests","window_seconds","shadow"}…],
               "allow":["identifier"…], "deny":[…]}; each member may be missing
  @return new; NULL with err
*/
struct rate_policies *rate_policies_parse(const char *json, size_t len, struct error *err);

/** Go on with what the policies of the same names have counted. @param before may be NULL */
void rate_policies_keep_counters(struct rate_policies *policies, struct rate_policies *before);
void rate_policies_destroy(struct rate_policies *policies);

/** @return borrowed, NULL where there is none of that name (compared byte for byte) */
struct rate_policy *rate_policies_find(struct rate_policies *policies, const char *name,
                                       size_t len);
int rate_policies_count(const struct rate_policies *policies);
struct rate_policy *rate_policies_at(struct rate_policies *policies, int i);

/** Who is on both lists is refused. */
enum rate_listed rate_policies_listed(const struct rate_policies *policies, const char *identifier,
                                      size_t len);
bool rate_policies_lists_anybody(const struct rate_policies *policies);

#endif
