/* answer.c - see answer.h. */
#include "answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "../../udf/utf8.h"

static void put_text(json_t **object, const char *key, const char *text)
{
    json_put(object, key, json_string(utf8_valid(text, strlen(text)) ? text : "?"));
}

/* What is no number in JSON is left out. */
static void put_number(json_t **object, const char *key, bool has, double number)
{
    if (has && isfinite(number))
        json_put(object, key, json_real(number));
}

static void put_moment(json_t **object, const char *key, int64_t moment)
{
    char text[TIMESTAMP_SQL_SIZE];

    if (moment == 0)
        return;
    timestamp_format_sql(moment, text);
    put_text(object, key, text);
}

/* @return new reference; NULL: no memory */
static json_t *one_part(const struct health_part *part)
{
    json_t *one = json_object();

    put_text(&one, "name", part->name);
    put_text(&one, "level", health_level_name(part->level));
    put_text(&one, "message", part->message);
    if (part->latency_us >= 0)
        json_put(&one, "latency_ms", json_real((double)part->latency_us / 1000));
    return one;
}

/* As a text: JSON_TABLE gives no array in a column. @return new reference; NULL: no memory */
static json_t *parts_of(const struct health_check *check)
{
    json_t *list = json_array(), *string;
    char *text;
    int i;

    for (i = 0; i < check->part_count; i++)
        json_add(&list, one_part(&check->parts[i]));
    text = list ? json_write(list, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(list);
    string = text ? json_string(text) : NULL;
    free(text);
    return string;
}

static void put_words(json_t **one, const struct health_check *check)
{
    put_text(one, "name", check->name);
    put_text(one, "service", check->service);
    put_text(one, "level", health_level_name(check->level));
    put_text(one, "raw", health_level_name(check->raw));
    put_text(one, "unit", check->unit);
    put_text(one, "message", check->message);
    put_text(one, "direction", check->below ? "below" : "above");
}

static void put_numbers(json_t **one, const struct health_check *check)
{
    json_put(one, "duration_us", json_integer(check->duration_us));
    json_put(one, "interval_seconds", json_integer(check->interval_ms / 1000));
    put_number(one, "value", check->has_value, check->value);
    put_number(one, "warning", check->has_warning, check->warning);
    put_number(one, "critical", check->has_critical, check->critical);
}

/* @return new reference; NULL: no memory */
static json_t *one_check(const struct health_check *check)
{
    json_t *one = json_object();

    put_words(&one, check);
    put_numbers(&one, check);
    put_moment(&one, "since", check->since);
    put_moment(&one, "checked_at", check->checked_at);
    if (check->part_count > 0)
        json_put(&one, "parts", parts_of(check));
    return one;
}

char *health_answer(const struct snapshot *snapshot)
{
    json_t *list = json_array();
    char *text;
    int i;

    for (i = 0; i < snapshot->check_count; i++)
        json_add(&list, one_check(&snapshot->checks[i]));
    text = list ? json_write(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}
