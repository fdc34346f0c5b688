/*
  import.c - see import.h.

  A text that begins with '[' or '{' is JSON (an array, an object that holds one, or one object a
  line); anything else is CSV with a header line. Every row is handed on as it is read;
  the caller takes them back (a transaction) when a later one is bad.
*/
#include "import.h"

#include <string.h>

#include "../udf/csv.h"
#include "import_row.h"

#define DOCUMENT_MAX (16u << 20) /* of JSON that must be held whole */

struct sink {
    int (*put)(void *context, const struct record *record, struct error *err);
    void *context;
    long long count;
};

static int add(struct sink *sink, const struct record *record, struct error *err)
{
    sink->count++;
    return sink->put(sink->context, record, err);
}

/* Column of the text for each field of ours; -1 where there is none. */
static int map_header(const struct import_map *map, const struct csv_field *fields, size_t count,
                      int column[IMPORT_FIELDS], struct error *err)
{
    size_t i;
    int f;

    for (f = 0; f < IMPORT_FIELDS; f++) {
        column[f] = -1;
        for (i = 0; i < count && column[f] < 0; i++)
            if (strcmp(fields[i].text, map->column[f]) == 0)
                column[f] = (int)i;
    }
    for (f = 0; f < IMPORT_FIELDS; f++)
        if (column[f] < 0 && (map->is_mapped[f] || f == IMPORT_AMOUNT || f == IMPORT_CREATED))
            return error_set(err, ERROR_INPUT,
                             "line 1: there is no column '%.60s' (settings.columns.%s)",
                             map->column[f], import_field_name((enum import_field)f));
    if (column[IMPORT_REF] < 0 && column[IMPORT_ID] < 0)
        return error_set(err, ERROR_INPUT, "line 1: there is neither a column '%.60s' nor '%.60s'",
                         map->column[IMPORT_REF], map->column[IMPORT_ID]);
    return 0;
}

static int csv_rows(const struct import_map *map, struct csv *csv, struct sink *sink,
                    struct error *err)
{
    const char *value[IMPORT_FIELDS];
    const struct csv_field *fields;
    int column[IMPORT_FIELDS], f, rc;
    struct record record;
    size_t count, line, columns;

    rc = csv_next(csv, &fields, &count, &line, err);
    if (rc <= 0)
        return rc < 0 ? -1 : error_set(err, ERROR_INPUT, "the file is empty");
    if (map_header(map, fields, count, column, err) != 0)
        return -1;
    columns = count;
    while ((rc = csv_next(csv, &fields, &count, &line, err)) == 1) {
        if (count != columns)
            return error_set(err, ERROR_INPUT, "line %zu: %zu columns, the first line has %zu",
                             line, count, columns);
        for (f = 0; f < IMPORT_FIELDS; f++)
            value[f] = column[f] < 0 ? NULL : fields[column[f]].text;
        if (import_row(map, value, &record, err) != 0)
            return error_prefix(err, "line %zu: ", line);
        if (add(sink, &record, err) != 0)
            return -1;
    }
    return rc;
}

static int from_csv(const struct import_map *map, const char *text, size_t len, struct sink *sink,
                    struct error *err)
{
    struct csv *csv = csv_create(text, len, map->delimiter, err);
    int rc = csv ? csv_rows(map, csv, sink, err) : -1;

    csv_destroy(csv);
    return rc;
}

/* A member as text: strings as they are, numbers by their exact JSON text. NULL where absent or
 * null. */
static const char *member_text(const json_t *object, const char *key, char *scratch, size_t size)
{
    const json_t *value = json_object_get(object, key);
    size_t len;

    if (json_is_string(value))
        return json_string_value(value);
    if (!json_is_number(value))
        return NULL;
    len = json_dumpb(value, scratch, size - 1, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (len == 0 || len >= size)
        return NULL;
    scratch[len] = '\0';
    return scratch;
}

static int json_row(const struct import_map *map, const json_t *object, struct sink *sink,
                    struct error *err)
{
    char scratch[IMPORT_FIELDS][40];
    const char *value[IMPORT_FIELDS];
    struct record record;
    int f;

    if (!json_is_object(object))
        return error_set(err, ERROR_INPUT, "it is not an object");
    for (f = 0; f < IMPORT_FIELDS; f++)
        value[f] = member_text(object, map->column[f], scratch[f], sizeof(scratch[f]));
    if (import_row(map, value, &record, err) != 0)
        return -1;
    return add(sink, &record, err);
}

static int json_rows(const struct import_map *map, const json_t *array, struct sink *sink,
                     struct error *err)
{
    size_t i;

    for (i = 0; i < json_array_size(array); i++)
        if (json_row(map, json_array_get(array, i), sink, err) != 0)
            return error_prefix(err, "element %zu: ", i + 1);
    return 0;
}

/* The array that a document is or holds; NULL where there is none. */
static const json_t *array_of(const json_t *document)
{
    static const char *const members[] = {"data", "payments", "transactions"};
    size_t i;

    if (json_is_array(document))
        return document;
    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (json_is_array(json_object_get(document, members[i])))
            return json_object_get(document, members[i]);
    return NULL;
}

static int json_lines(const struct import_map *map, const char *text, size_t len, struct sink *sink,
                      struct error *err)
{
    const char *end = text + len, *stop;
    size_t line = 1;
    int rc = 0;

    for (; text < end && rc == 0; text = stop + 1, line++) {
        json_t *object;

        stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        if (strspn(text, " \t\r") >= (size_t)(stop - text))
            continue;
        object = json_parse(text, (size_t)(stop - text), err);
        rc = object ? json_row(map, object, sink, err) : -1;
        json_decref(object);
        if (rc != 0)
            error_prefix(err, "line %zu: ", line);
    }
    return rc;
}

static int from_json(const struct import_map *map, const char *text, size_t len, struct sink *sink,
                     struct error *err)
{
    struct error why = {0};
    json_t *document = NULL;
    const json_t *array;
    int rc;

    if (len <= DOCUMENT_MAX)
        document = json_parse(text, len, &why);
    array = array_of(document);
    if (array)
        rc = json_rows(map, array, sink, err);
    else if (*text == '{') /* one object, or one a line */
        rc = json_lines(map, text, len, sink, err);
    else if (len > DOCUMENT_MAX)
        rc = error_set(err, ERROR_LIMIT, "larger than %u MiB: give JSON lines or CSV",
                       DOCUMENT_MAX >> 20);
    else
        rc = error_set(err, why.code ? why.code : ERROR_INPUT, "%s",
                       why.code ? why.text : "there is no array of records in it");
    json_decref(document);
    return rc;
}

long long import_parse(const struct gateway *gateway, const char *text, size_t len,
                       const char **format,
                       int (*put)(void *context, const struct record *record, struct error *err),
                       void *context, struct error *err)
{
    struct import_map map;
    struct sink sink = {.put = put, .context = context};
    size_t skip;
    int rc;

    *format = "csv";
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    skip = strspn(text, " \t\r\n");
    if (skip < len && (text[skip] == '[' || text[skip] == '{'))
        *format = "json";
    rc = import_map_init(&map, gateway, err);
    if (rc == 0 && strcmp(*format, "json") == 0)
        rc = from_json(&map, text + skip, len - skip, &sink, err);
    else if (rc == 0)
        rc = from_csv(&map, text, len, &sink, err);
    import_map_deinit(&map);
    return rc == 0 ? sink.count : -1;
}
