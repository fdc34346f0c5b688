/* sim_json.h - the simulator's one place that includes jansson; it reads with it, and writes by
 * hand. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <jansson.h>

/** Integer member, or fallback where it is absent or no integer. */
static inline json_int_t sim_json_int(const json_t *object, const char *key, json_int_t fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

/** String member, or fallback where it is absent or no string. @return borrowed */
static inline const char *sim_json_text(const json_t *object, const char *key, const char *fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? json_string_value(value) : fallback;
}

#endif
