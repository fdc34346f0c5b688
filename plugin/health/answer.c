/* answer.c - see answer.h. */
#include "answer.h"

#include <stdlib.h>

#include "../../udf/timestamp.h"

static void set(json_t *object, const char *key, json_t *value)
{
    if (object && value)
        json_object_set_new(object, key, value);
}

static void set_moment(json_t *object, const char *key, int64_t moment)
{
    char text[TIMESTAMP_SQL_SIZE];

    if (moment == 0)
        return;
    timestamp_format_sql(moment, text);
    set(object, key, json_string(text));
}

/* As a text: JSON_TABLE gives no array in a column. */
static json_t *parts_of(const struct health_check *check)
{
    json_t *list = json_array(), *string;
    char *text;
    int i;

    for (i = 0; i < check->part_count; i++) {
        const struct health_part *part = &check->parts[i];
        json_t *one = json_pack("{s:s,s:s,s:s}", "name", part->name, "level",
                                health_level_name(part->level), "message", part->message);

        if (part->latency_us >= 0)
            set(one, "latency_ms", json_real((double)part->latency_us / 1000));
        json_array_append_new(list, one);
    }
    text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(list);
    string = text ? json_string(text) : NULL;
    free(text);
    return string;
}

static json_t *one_check(const struct health_check *check)
{
    json_t *one = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "name", check->name, "service",
                            check->service, "level", health_level_name(check->level), "raw",
                            health_level_name(check->raw), "unit", check->unit, "message",
                            check->message, "duration_us", (json_int_t)check->duration_us,
                            "interval_seconds", (json_int_t)check->interval_ms / 1000);

    if (check->has_value)
        set(one, "value", json_real(check->value));
    if (check->has_warning)
        set(one, "warning", json_real(check->warning));
    if (check->has_critical)
        set(one, "critical", json_real(check->critical));
    set(one, "direction", json_string(check->below ? "below" : "above"));
    set_moment(one, "since", check->since);
    set_moment(one, "checked_at", check->checked_at);
    if (check->part_count > 0)
        set(one, "parts", parts_of(check));
    return one;
}

char *health_answer(const struct snapshot *snapshot)
{
    json_t *list = json_array();
    char *text;
    int i;

    for (i = 0; list && i < snapshot->check_count; i++)
        json_array_append_new(list, one_check(&snapshot->checks[i]));
    text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}
