/*
  import_json.c - see import_json.h.

  Only the extent of each element is scanned here, without recursion; json_parse then says whether
  it is well-formed. So a text of any length needs the memory of its longest element.
*/
#include "import_json.h"

#include <string.h>

#include "json_scan.h"

static size_t skip_mark(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

bool import_json_is(const char *text, size_t len)
{
    size_t at = json_skip_blanks(text, skip_mark(text, len), len);

    return at < len && (text[at] == '{' || text[at] == '[');
}

static bool is_list_name(const char *key, size_t len)
{
    static const char *const names[] = {"\"data\"", "\"payments\"", "\"transactions\""};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == len && memcmp(names[i], key, len) == 0)
            return true;
    return false;
}

/* The array within an object [at, end); 0 where no member is one. */
static size_t find_list(const char *text, size_t at, size_t end)
{
    size_t key, after, value;

    for (at = json_skip_blanks(text, at + 1, end); at < end && text[at] == '"';) {
        key = at;
        after = json_skip_string(text, at, end);
        at = json_skip_blanks(text, after, end);
        if (at >= end || text[at] != ':')
            return 0;
        value = json_skip_blanks(text, at + 1, end);
        if (value < end && text[value] == '[' && is_list_name(text + key, after - key))
            return value;
        at = json_skip_value(text, value, end);
        if (at == 0)
            return 0;
        at = json_skip_blanks(text, at, end);
        if (at < end && text[at] == ',')
            at = json_skip_blanks(text, at + 1, end);
    }
    return 0;
}

static int open_array(struct import_json *reader, size_t at, size_t limit, struct error *err)
{
    size_t end = json_skip_value(reader->text, at, limit);

    if (end == 0)
        return error_set(err, ERROR_INPUT, "JSON: the list does not end");
    reader->array = true;
    reader->at = at + 1;
    reader->end = end;
    return 0;
}

int import_json_open(struct import_json *reader, const char *text, size_t len, struct error *err)
{
    size_t at = json_skip_blanks(text, skip_mark(text, len), len), end, list;

    memset(reader, 0, sizeof(*reader));
    reader->text = text;
    end = json_skip_value(text, at, len);
    if (at == len || end == 0)
        return error_set(err, ERROR_INPUT, "JSON: the text ends too early");
    if (text[at] == '{') {
        reader->at = at;
        reader->end = len;
        if (json_skip_blanks(text, end, len) < len)
            return 0; /* JSON lines */
        list = find_list(text, at, end);
        return list ? open_array(reader, list, end, err) : 0;
    }
    if (json_skip_blanks(text, end, len) < len)
        return error_set(err, ERROR_INPUT, "JSON: there is more after the end of the list");
    return open_array(reader, at, len, err);
}

int import_json_blame(const struct import_json *reader, struct error *err)
{
    size_t line = 1, i;

    for (i = 0; i < reader->begin; i++)
        line += reader->text[i] == '\n';
    return error_prefix(err, "element %zu (line %zu): ", reader->number, line);
}

/* To the beginning of the next element. @retval 1, 0 the end, -1 */
static int to_next(struct import_json *reader, struct error *err)
{
    const char *text = reader->text;
    bool first = reader->number == 0;

    reader->at = json_skip_blanks(text, reader->at, reader->end);
    if (!reader->array)
        return reader->at < reader->end;
    if (reader->at < reader->end && text[reader->at] == ']')
        return 0;
    if (!first) {
        if (reader->at >= reader->end || text[reader->at] != ',')
            return error_set(err, ERROR_INPUT, "no comma after it");
        reader->at = json_skip_blanks(text, reader->at + 1, reader->end);
    }
    return 1;
}

int import_json_next(struct import_json *reader, json_t **element, struct error *err)
{
    int rc = to_next(reader, err);
    size_t after = 0;

    *element = NULL;
    if (rc < 0)
        return import_json_blame(reader, err);
    if (rc == 0)
        return 0;
    reader->number++;
    reader->begin = reader->at;
    if (reader->at < reader->end && reader->text[reader->at] == '{')
        after = json_skip_value(reader->text, reader->at, reader->end);
    if (after != 0)
        *element = json_parse(reader->text + reader->at, after - reader->at, err);
    else
        error_set(err, ERROR_INPUT, "it is not a JSON object, or does not end");
    if (!*element)
        return import_json_blame(reader, err);
    reader->at = after;
    return 1;
}
