/* answer.c - see answer.h. */
#include "answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json_text.h"
#include "../../udf/timestamp.h"

/* @retval false  no memory */
static bool set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static bool set_text(json_t *object, const char *key, const char *text)
{
    return set(object, key, json_string(json_text_utf8(text, strlen(text)) ? text : "?"));
}

/* What is no number in JSON is left out. */
static bool set_number(json_t *object, const char *key, bool has, double number)
{
    return !has || !isfinite(number) || set(object, key, json_real(number));
}

static bool set_moment(json_t *object, const char *key, int64_t moment)
{
    char text[TIMESTAMP_SQL_SIZE];

    if (moment == 0)
        return true;
    timestamp_format_sql(moment, text);
    return set_text(object, key, text);
}

/* @return new reference; NULL: no memory */
static json_t *one_part(const struct health_part *part)
{
    json_t *one = json_object();

    if (set_text(one, "name", part->name) &&
        set_text(one, "level", health_level_name(part->level)) &&
        set_text(one, "message", part->message) &&
        (part->latency_us < 0 ||
         set(one, "latency_ms", json_real((double)part->latency_us / 1000))))
        return one;
    json_decref(one);
    return NULL;
}

/* As a text: JSON_TABLE gives no array in a column. @return new reference; NULL: no memory */
static json_t *parts_of(const struct health_check *check)
{
    json_t *list = json_array(), *string = NULL;
    char *text = NULL;
    int i;

    for (i = 0; i < check->part_count; i++)
        if (json_array_append_new(list, one_part(&check->parts[i])) != 0)
            break;
    if (list && i == check->part_count)
        text = json_write(list, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(list);
    string = text ? json_string(text) : NULL;
    free(text);
    return string;
}

static bool set_words(json_t *one, const struct health_check *check)
{
    return set_text(one, "name", check->name) && set_text(one, "service", check->service) &&
           set_text(one, "level", health_level_name(check->level)) &&
           set_text(one, "raw", health_level_name(check->raw)) &&
           set_text(one, "unit", check->unit) && set_text(one, "message", check->message) &&
           set_text(one, "direction", check->below ? "below" : "above");
}

static bool set_numbers(json_t *one, const struct health_check *check)
{
    return set(one, "duration_us", json_integer(check->duration_us)) &&
           set(one, "interval_seconds", json_integer(check->interval_ms / 1000)) &&
           set_number(one, "value", check->has_value, check->value) &&
           set_number(one, "warning", check->has_warning, check->warning) &&
           set_number(one, "critical", check->has_critical, check->critical);
}

/* @return new reference; NULL: no memory */
static json_t *one_check(const struct health_check *check)
{
    json_t *one = json_object();

    if (set_words(one, check) && set_numbers(one, check) &&
        set_moment(one, "since", check->since) &&
        set_moment(one, "checked_at", check->checked_at) &&
        (check->part_count == 0 || set(one, "parts", parts_of(check))))
        return one;
    json_decref(one);
    return NULL;
}

char *health_answer(const struct snapshot *snapshot)
{
    json_t *list = json_array();
    char *text = NULL;
    int i;

    for (i = 0; i < snapshot->check_count; i++)
        if (json_array_append_new(list, one_check(&snapshot->checks[i])) != 0)
            break;
    if (list && i == snapshot->check_count)
        text = json_write(list, JSON_COMPACT);
    json_decref(list);
    return text;
}
