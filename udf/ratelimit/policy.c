/* policy.c - see policy.h. */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

#include "../json.h"

struct listed {
    const char *identifier; /* borrowed from the JSON that the set keeps */
    size_t len;
    enum rate_listed list;
};

struct rate_policies {
    json_t *json;                 /* owned */
    struct rate_policy *policies; /* owned; by name */
    int n;
    struct listed *listed; /* owned; by identifier */
    size_t n_listed;
};

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct rate_policy *)a)->name, ((const struct rate_policy *)b)->name);
}

static int by_identifier(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;

    return compare_bytes(x->identifier, x->len, y->identifier, y->len);
}

static int parse_policy(const json_t *object, struct rate_policy *policy, struct error *err)
{
    const json_t *name = json_object_get(object, "name");
    int64_t max, window;
    bool shadow;

    if (!json_is_string(name) || json_string_length(name) == 0 ||
        json_string_length(name) > RATE_POLICY_NAME)
        return error_set(err, ERROR_INPUT, "a policy's name must be 1 to %d bytes",
                         RATE_POLICY_NAME);
    memcpy(policy->name, json_string_value(name), json_string_length(name) + 1);
    if (!json_object_get(object, "max_requests") || !json_object_get(object, "window_seconds"))
        return error_set(err, ERROR_INPUT, "policy '%s' needs max_requests and window_seconds",
                         policy->name);
    if (json_setting_int(object, "max_requests", 0, UINT32_MAX, 0, &max, err) != 0 ||
        json_setting_int(object, "window_seconds", 1, RATE_WINDOW_MAX_S, 1, &window, err) != 0 ||
        json_setting_bool(object, "shadow", false, &shadow, err) != 0)
        return error_prefix(err, "policy '%s': ", policy->name);
    policy->rule.max = (uint32_t)max;
    policy->rule.window_s = (uint32_t)window;
    policy->shadow = shadow;
    return 0;
}

static int parse_policies(struct rate_policies *set, struct error *err)
{
    const json_t *array = json_object_get(set->json, "policies");
    size_t i, n = json_array_size(array);

    if (array && !json_is_array(array))
        return error_set(err, ERROR_INPUT, "policies is not an array");
    if (n > RATE_POLICIES_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d policies", RATE_POLICIES_MAX);
    set->policies = calloc(n + 1, sizeof(*set->policies));
    if (!set->policies)
        return error_set(err, ERROR_MEMORY, "out of memory");
    for (i = 0; i < n; i++)
        if (parse_policy(json_array_get(array, i), &set->policies[i], err) != 0)
            return -1;
    set->n = (int)n;
    qsort(set->policies, n, sizeof(*set->policies), by_name);
    for (i = 1; i < n; i++)
        if (by_name(&set->policies[i - 1], &set->policies[i]) == 0)
            return error_set(err, ERROR_INPUT, "there are two policies '%s'",
                             set->policies[i].name);
    return 0;
}

static int parse_list(struct rate_policies *set, const char *key, enum rate_listed list,
                      struct error *err)
{
    const json_t *array = json_object_get(set->json, key), *text;
    size_t i;

    if (array && !json_is_array(array))
        return error_set(err, ERROR_INPUT, "%s is not an array", key);
    for (i = 0; i < json_array_size(array); i++) {
        text = json_array_get(array, i);
        if (!json_is_string(text))
            return error_set(err, ERROR_INPUT, "%s: element %zu is not a text", key, i + 1);
        set->listed[set->n_listed].identifier = json_string_value(text);
        set->listed[set->n_listed].len = json_string_length(text);
        set->listed[set->n_listed++].list = list;
    }
    return 0;
}

static int parse_lists(struct rate_policies *set, struct error *err)
{
    size_t n = json_array_size(json_object_get(set->json, "allow")) +
               json_array_size(json_object_get(set->json, "deny"));

    if (n > RATE_LISTED_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d identifiers are listed", RATE_LISTED_MAX);
    set->listed = calloc(n + 1, sizeof(*set->listed));
    if (!set->listed)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (parse_list(set, "allow", RATE_LISTED_ALLOW, err) != 0 ||
        parse_list(set, "deny", RATE_LISTED_DENY, err) != 0)
        return -1;
    qsort(set->listed, set->n_listed, sizeof(*set->listed), by_identifier);
    return 0;
}

void rate_policies_keep_counters(struct rate_policies *set, struct rate_policies *before)
{
    int i;

    for (i = 0; before && i < set->n; i++) {
        struct rate_policy *now = &set->policies[i], *then;

        then = bsearch(now, before->policies, (size_t)before->n, sizeof(*then), by_name);
        if (!then)
            continue;
        atomic_store(&now->allowed, atomic_load(&then->allowed));
        atomic_store(&now->denied, atomic_load(&then->denied));
        atomic_store(&now->shadow_denied, atomic_load(&then->shadow_denied));
    }
}

struct rate_policies *rate_policies_parse(const char *json, size_t len, struct error *err)
{
    struct rate_policies *set = calloc(1, sizeof(*set));

    if (!set) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    set->json = json_parse(json, len, err);
    if (set->json && !json_is_object(set->json))
        error_set(err, ERROR_INPUT, "the policies are not a JSON object");
    else if (set->json && parse_policies(set, err) == 0 && parse_lists(set, err) == 0)
        return set;
    rate_policies_destroy(set);
    return NULL;
}

void rate_policies_destroy(struct rate_policies *set)
{
    if (!set)
        return;
    json_decref(set->json);
    free(set->policies);
    free(set->listed);
    free(set);
}

struct rate_policy *rate_policies_find(struct rate_policies *set, const char *name, size_t len)
{
    int low = 0, high = set ? set->n : 0;

    while (low < high) {
        int middle = (low + high) / 2;
        struct rate_policy *policy = &set->policies[middle];
        int order = compare_bytes(policy->name, strlen(policy->name), name, len);

        if (order == 0)
            return policy;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

int rate_policies_count(const struct rate_policies *set)
{
    return set ? set->n : 0;
}

struct rate_policy *rate_policies_at(struct rate_policies *set, int i)
{
    return &set->policies[i];
}

bool rate_policies_lists_anybody(const struct rate_policies *set)
{
    return set && set->n_listed > 0;
}

enum rate_listed rate_policies_listed(const struct rate_policies *set, const char *identifier,
                                      size_t len)
{
    struct listed wanted = {.identifier = identifier, .len = len};
    const struct listed *found, *end;
    enum rate_listed list = RATE_NOT_LISTED;

    if (!rate_policies_lists_anybody(set))
        return RATE_NOT_LISTED;
    found = bsearch(&wanted, set->listed, set->n_listed, sizeof(*found), by_identifier);
    if (!found)
        return RATE_NOT_LISTED;
    end = set->listed + set->n_listed;
    while (found > set->listed && by_identifier(found - 1, &wanted) == 0)
        found--;
    for (; found < end && by_identifier(found, &wanted) == 0; found++)
        list = found->list > list ? found->list : list;
    return list;
}
