/*
  past.c - see past.h. THREADS: read by a checker, handed to the coordinator.

  What is read may have been written by somebody else: all of it is bounded.
*/
#include "past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "../row_fields.h"
#include "../stop.h"
#include "level.h"
#include "sql_check.h"

#define STATEMENT_SECONDS "1" /* a table that is locked holds up nothing */
#define SINCE_MS 2000         /* for all of them */
#define SINCE_DAYS 30
#define PARTS_SIZE "65536"
#define MINUTES_DEFAULT 5
#define MINUTES_MAX 1440
#define FUTURE_US 60000000LL /* of a clock that was set */

void past_destroy(struct past *past)
{
    int i;

    if (!past)
        return;
    for (i = 0; i < past->count; i++)
        free(past->list[i].parts);
    free(past);
}

static enum health_level level_of(const char *word)
{
    enum health_level level = HEALTH_UNKNOWN;

    return word && level_parse_word(word, &level) == 0 ? level : HEALTH_UNKNOWN;
}

static bool take_part(struct health_part *part, const json_t *one)
{
    const char *name = json_string_value(json_object_get(one, "name"));
    const char *message = json_string_value(json_object_get(one, "message"));
    const json_t *latency = json_object_get(one, "latency_us");

    memset(part, 0, sizeof(*part));
    if (!name || strlen(name) >= sizeof(part->name))
        return false;
    snprintf(part->name, sizeof(part->name), "%s", name);
    part->level = level_of(json_string_value(json_object_get(one, "level")));
    part->latency_us = json_is_integer(latency) ? json_integer_value(latency) : -1;
    if (message)
        health_message(part->message, message, strlen(message));
    return true;
}

/* Parts that make no sense are left out. */
static void take_parts(struct health_check *check, const char *text, size_t len)
{
    json_t *list = text ? json_parse(text, len, NULL) : NULL;
    struct health_part *parts = list ? calloc(HEALTH_PARTS_MAX, sizeof(*parts)) : NULL;
    size_t i;
    int count = 0;

    for (i = 0; parts && i < json_array_size(list) && count < HEALTH_PARTS_MAX; i++)
        count += take_part(&parts[count], json_array_get(list, i));
    if (parts && snapshot_add_parts(check, parts, count) != 0)
        check->part_count = 0;
    free(parts);
    json_decref(list);
}

static void take_row(struct health_check *check, const struct row *row)
{
    char message[4 * HEALTH_MESSAGE_SIZE];

    row_text(row, 0, check->name, sizeof(check->name));
    row_text(row, 1, check->service, sizeof(check->service));
    check->level = level_of(row->field[2]);
    check->raw = level_of(row->field[3]);
    check->checked_at = check->since = row_time(row, 4);
    check->has_value =
        row->field[5] && level_parse_number(row->field[5], row->length[5], &check->value) == 0;
    check->duration_us = row_int(row, 6);
    row_text(row, 7, message, sizeof(message));
    health_message(check->message, message, strlen(message));
    take_parts(check, row->field[8], row->length[8]);
}

static int read_last(struct past *past, struct db *db, const char *server, struct error *err)
{
    struct rows *rows = db_query(
        db, err,
        "SET STATEMENT max_statement_time = " STATEMENT_SECONDS " FOR"
        " SELECT r.name, r.service, r.level, r.raw, r.checked_at, r.value,"
        " CAST(r.duration_ms * 1000 AS INT), r.message,"
        " IF(LENGTH(r.parts) <= " PARTS_SIZE ", r.parts, NULL)"
        " FROM purser.health_checks c JOIN purser.health_results r ON r.id ="
        " (SELECT x.id FROM purser.health_results x WHERE x.name = c.name AND x.server = %s"
        " ORDER BY x.checked_at DESC, x.id DESC LIMIT 1)"
        " WHERE c.enabled LIMIT %d",
        server, HEALTH_CHECKS_MAX);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1 && past->count < HEALTH_CHECKS_MAX)
        take_row(&past->list[past->count++], &row);
    rows_close(rows);
    return rc < 0 ? -1 : 0;
}

/* Since when is it as bad? From the first row that says so; the last one stands where that would
   take too long. */
static void read_since(struct health_check *check, struct db *db, const char *server)
{
    const char *level = health_level_name(check->level);
    struct rows *rows = db_query(
        db, NULL,
        "SET STATEMENT max_statement_time = " STATEMENT_SECONDS " FOR"
        " SELECT MIN(checked_at) FROM purser.health_results WHERE name = %s AND server = %s"
        " AND checked_at <= %td AND checked_at > COALESCE((SELECT o.checked_at"
        " FROM purser.health_results o WHERE o.name = %s AND o.server = %s AND o.checked_at <= %td"
        " AND o.checked_at > %td - INTERVAL %d DAY AND o.level <> %s"
        " ORDER BY o.checked_at DESC LIMIT 1), %td - INTERVAL %d DAY)",
        check->name, server, check->checked_at, check->name, server, check->checked_at,
        check->checked_at, SINCE_DAYS, level, check->checked_at, SINCE_DAYS);
    struct row row;

    if (rows && rows_next(rows, &row, NULL) == 1 && row.field[0])
        check->since = row_time(&row, 0);
    rows_close(rows);
}

struct past *past_read(struct db *db, const char *server, struct error *err)
{
    struct past *past = calloc(1, sizeof(*past));
    int64_t until = clock_ms() + SINCE_MS;
    char text[16];
    long minutes;
    int i;

    if (!past) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    if (db_value(db, text, sizeof(text), err,
                 "SELECT value FROM purser.settings WHERE name = 'health_record_minutes'") < 0 ||
        read_last(past, db, server, err) != 0) {
        past_destroy(past);
        return NULL;
    }
    minutes = strtol(text, NULL, 10);
    if (minutes < 1 || minutes > MINUTES_MAX)
        minutes = MINUTES_DEFAULT;
    past->record_ms = minutes * 60000LL;
    for (i = 0; i < past->count && clock_ms() < until; i++)
        if (past->list[i].level > HEALTH_OK)
            read_since(&past->list[i], db, server);
    return past;
}

const struct health_check *past_find(const struct past *past, const char *name, const char *service,
                                     int64_t interval_ms, int64_t now)
{
    int i;

    for (i = 0; i < past->count; i++) {
        const struct health_check *check = &past->list[i];
        int64_t age = now - check->checked_at;

        if (strcmp(check->name, name) == 0 && strcmp(check->service, service) == 0)
            return age > -FUTURE_US && age <= 2000 * (interval_ms + past->record_ms) ? check : NULL;
    }
    return NULL;
}
