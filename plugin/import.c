/*
  import.c - see import.h.

  The text is walked twice: the first time nothing is handed out, so that a bad row at the end
  leaves no good one behind; and no row is kept, so that the memory needed does not grow with the
  rows.
*/
#include "import.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../udf/csv.h"
#include "import_json.h"
#include "import_row.h"
#include "import_seen.h"

#define NUMBER_SIZE 24

struct import {
    struct import_map map;
    const char *text;
    size_t len;
    int (*put)(void *context, const struct record *record, struct error *err); /* NULL: only look */
    void *context;
    long long count;
    bool seen[IMPORT_FIELDS];   /* JSON: members that were met */
    struct import_seen records; /* while only looking */
    long long repeated;
};

/* ---- CSV */

/* A name in the first line, without the blanks around it. */
static struct csv_field title(struct csv_field field)
{
    for (; field.len > 0 && strchr(" \t", *field.text); field.len--)
        field.text++;
    while (field.len > 0 && strchr(" \t", field.text[field.len - 1]))
        field.len--;
    return field;
}

/* Where a column is: exactly as named, else in another case. @retval -1 nowhere, -2 twice */
static int find_column(const char *name, const struct csv_field *fields, size_t count)
{
    size_t i, len = strlen(name);
    int exact = -1, alike = -1;

    for (i = 0; i < count; i++) {
        struct csv_field found = title(fields[i]);

        if (found.len != len || strncasecmp(found.text, name, len) != 0)
            continue;
        if (memcmp(found.text, name, len) == 0)
            exact = exact == -1 ? (int)i : -2;
        else
            alike = alike == -1 ? (int)i : -2;
    }
    return exact != -1 ? exact : alike;
}

static int read_header(const struct import_map *map, const struct csv_field *fields, size_t count,
                       int position[IMPORT_FIELDS], struct error *err)
{
    int i;

    for (i = 0; i < IMPORT_FIELDS; i++) {
        const char *name = import_field_name((enum import_field)i);

        position[i] = find_column(map->column[i], fields, count);
        if (position[i] == -2)
            return error_set(err, ERROR_INPUT, "line 1: two columns are named '%.60s' (%s)",
                             map->column[i], name);
        if (position[i] == -1 && (map->is_mapped[i] || i == IMPORT_AMOUNT || i == IMPORT_CREATED))
            return error_set(err, ERROR_INPUT,
                             "line 1: there is no column '%.60s' (%s; settings.columns says what "
                             "the columns are called)",
                             map->column[i], name);
    }
    if (position[IMPORT_REF] == -1 && position[IMPORT_ID] == -1)
        return error_set(err, ERROR_INPUT,
                         "line 1: there is neither a column '%.60s' (transaction_ref) nor '%.60s' "
                         "(gateway_transaction_id)",
                         map->column[IMPORT_REF], map->column[IMPORT_ID]);
    return 0;
}

/* A record that is there twice: one of the two would be lost without a word. */
static int look(struct import *import, const struct record *record, struct error *err)
{
    enum import_repeat repeat = import_seen_add(&import->records, record);

    if (repeat == IMPORT_NEW)
        return 0;
    if (repeat == IMPORT_NO_MEMORY)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (record_id_is_derived(record))
        return error_set(err, ERROR_INPUT,
                         "an earlier row has the same transaction_ref, created_at and amount: "
                         "only a gateway_transaction_id can tell the two apart");
    if (repeat == IMPORT_CONTRADICTED)
        return error_set(err, ERROR_INPUT,
                         "an earlier row has the same gateway_transaction_id and says something "
                         "else");
    import->repeated++;
    return 0;
}

static int take(struct import *import, const struct import_value values[IMPORT_FIELDS],
                struct error *err, bool *mine)
{
    struct record record;

    *mine = true;
    if (import_row(&import->map, values, &record, err) != 0)
        return -1;
    if (!import->put && look(import, &record, err) != 0)
        return -1;
    *mine = false;
    import->count++;
    return import->put ? import->put(import->context, &record, err) : 0;
}

static int csv_row(struct import *import, const struct csv_field *fields, size_t line,
                   const int position[IMPORT_FIELDS], struct error *err)
{
    struct import_value values[IMPORT_FIELDS] = {{0}};
    bool mine;
    int i;

    for (i = 0; i < IMPORT_FIELDS; i++) {
        if (position[i] < 0)
            continue;
        values[i] = (struct import_value){
            .has_column = true, .text = fields[position[i]].text, .len = fields[position[i]].len};
    }
    if (take(import, values, err, &mine) == 0)
        return 0;
    return mine ? error_prefix(err, "line %zu: ", line) : -1;
}

static int walk_csv(struct import *import, struct error *err)
{
    struct csv *csv = csv_create(import->text, import->len, import->map.delimiter, err);
    const struct csv_field *fields;
    int position[IMPORT_FIELDS] = {0};
    size_t count, columns, line;
    int rc = -1;

    if (!csv)
        return -1;
    switch (csv_next(csv, &fields, &columns, &line, err)) {
    case 1:
        rc = read_header(&import->map, fields, columns, position, err);
        break;
    case 0:
        error_set(err, ERROR_INPUT, "the text is empty");
        break;
    default:
        break;
    }
    while (rc == 0) {
        rc = csv_next(csv, &fields, &count, &line, err);
        if (rc != 1)
            break;
        if (count != columns)
            rc = error_set(err, ERROR_INPUT, "line %zu: %zu columns, the first line has %zu", line,
                           count, columns);
        else
            rc = csv_row(import, fields, line, position, err);
    }
    csv_destroy(csv);
    return rc;
}

/* ---- JSON */

/* A member by its name, or by a path with dots ("amount_money.amount"). */
static const json_t *find_member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    const char *dot;

    while (!value && object && (dot = strchr(name, '.')) != NULL) {
        object = json_object_getn(object, name, (size_t)(dot - name));
        name = dot + 1;
        value = json_object_get(object, name);
    }
    return value;
}

static int json_value(const json_t *object, const char *name, enum import_field column,
                      char number[NUMBER_SIZE], struct import_value *value, struct error *err)
{
    const json_t *member = find_member(object, name);
    int len;

    value->has_column = member != NULL;
    if (json_is_string(member)) {
        value->text = json_string_value(member);
        value->len = json_string_length(member);
    } else if (json_is_integer(member)) {
        len = snprintf(number, NUMBER_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(member));
        value->text = number;
        value->len = len > 0 ? (size_t)len : 0;
    } else if (json_is_real(member)) {
        value->real = member;
    } else if (member && !json_is_null(member)) {
        return error_set(err, ERROR_INPUT, "%s: neither a text nor a number",
                         import_field_name(column));
    }
    return 0;
}

static int json_row(struct import *import, const json_t *object, struct error *err, bool *mine)
{
    struct import_value values[IMPORT_FIELDS] = {{0}};
    char numbers[IMPORT_FIELDS][NUMBER_SIZE];
    int i;

    *mine = true;
    for (i = 0; i < IMPORT_FIELDS; i++) {
        if (json_value(object, import->map.column[i], (enum import_field)i, numbers[i], &values[i],
                       err) != 0)
            return -1;
        /* A column is there where any element has it. */
        values[i].has_column = import->seen[i] = import->seen[i] || values[i].has_column;
    }
    return take(import, values, err, mine);
}

static int walk_json(struct import *import, struct error *err)
{
    struct import_json reader;
    json_t *element;
    bool mine = false;
    int rc = import_json_open(&reader, import->text, import->len, err);

    while (rc == 0) {
        rc = import_json_next(&reader, &element, err);
        if (rc != 1)
            break;
        rc = json_row(import, element, err, &mine);
        json_decref(element);
        if (rc != 0 && mine)
            import_json_blame(&reader, err);
    }
    return rc;
}

long long import_parse(const struct gateway *gateway, const char *text, size_t len,
                       const char **format,
                       int (*put)(void *context, const struct record *record, struct error *err),
                       void *context, struct error *err)
{
    struct import import = {.text = text, .len = len, .context = context};
    bool json = import_json_is(text, len);
    long long count = -1;
    int rc;

    *format = json ? "json" : "csv";
    if (import_map_init(&import.map, gateway, err) != 0)
        return -1;
    rc = json ? walk_json(&import, err) : walk_csv(&import, err);
    if (rc == 0) {
        import_seen_free(&import.records);
        import.count = 0;
        import.put = put;
        rc = json ? walk_json(&import, err) : walk_csv(&import, err);
    }
    if (rc == 0)
        count = import.count - import.repeated;
    import_seen_free(&import.records);
    import_map_deinit(&import.map);
    return count;
}
