#include "csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

struct csv {
    const char *p, *end; /* borrowed: what is left to read */
    size_t line;         /* that p is on */
    char delimiter;
    struct error broken; /* once malformed, always: where the next record begins is not known */
    struct buf text;     /* the record's fields, each with a NUL */
    size_t count;
    size_t offsets[CSV_FIELDS_MAX]; /* into text, which moves while it grows */
    struct csv_field fields[CSV_FIELDS_MAX];
};

static const char delimiters[] = ",;\t|";

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

/* The commonest of the possible delimiters on the first line that is not blank, quotes left out. */
static char sniff(const char *p, const char *end)
{
    size_t counts[sizeof(delimiters)] = {0}, i, best = 0;
    bool quoted = false;

    while (p < end && is_break(*p))
        p++;
    for (; p < end && (quoted || !is_break(*p)); p++) {
        const char *found = *p ? strchr(delimiters, *p) : NULL;

        if (*p == '"')
            quoted = !quoted;
        else if (found && !quoted)
            counts[found - delimiters]++;
    }
    for (i = 1; delimiters[i]; i++) {
        if (counts[i] > counts[best])
            best = i;
    }
    return delimiters[best];
}

struct csv *csv_create(const char *bytes, size_t len, char delimiter, struct error *err)
{
    struct csv *csv;

    if (!bytes)
        len = 0;
    if (delimiter && !strchr(delimiters, delimiter)) {
        error_set(err, ERROR_INPUT, "the delimiter must be a comma, semicolon, tab or bar");
        return NULL;
    }
    if (len > 0 && memchr(bytes, '\0', len)) {
        error_set(err, ERROR_INPUT, "the file holds a zero byte: it is not text in UTF-8");
        return NULL;
    }
    csv = calloc(1, sizeof(*csv));
    if (!csv) {
        error_set(err, ERROR_MEMORY, "out of memory for a CSV file");
        return NULL;
    }
    if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    csv->p = bytes;
    csv->end = bytes ? bytes + len : bytes;
    csv->line = 1;
    csv->delimiter = delimiter ? delimiter : sniff(csv->p, csv->end);
    buf_init(&csv->text, len + CSV_FIELDS_MAX);
    return csv;
}

void csv_destroy(struct csv *csv)
{
    if (!csv)
        return;
    buf_free(&csv->text);
    free(csv);
}

/* Step over one line break: LF, CRLF or CR. */
static void skip_break(struct csv *csv)
{
    if (*csv->p == '\r' && csv->end - csv->p > 1 && csv->p[1] == '\n')
        csv->p++;
    csv->p++;
    csv->line++;
}

/* After the opening quote, to after the closing one. */
static int read_quoted(struct csv *csv)
{
    size_t opened = csv->line;

    for (;;) {
        const char *quote = memchr(csv->p, '"', (size_t)(csv->end - csv->p)), *begin = csv->p;

        if (!quote)
            return error_set(&csv->broken, ERROR_INPUT,
                             "line %zu: the quote that is opened here is never closed", opened);
        while (csv->p < quote) {
            if (is_break(*csv->p))
                skip_break(csv);
            else
                csv->p++;
        }
        csv->p = quote + 1;
        buf_append(&csv->text, begin, (size_t)(quote - begin));
        if (csv->p == csv->end || *csv->p != '"')
            break;
        buf_append(&csv->text, "\"", 1);
        csv->p++;
    }
    if (csv->p < csv->end && *csv->p != csv->delimiter && !is_break(*csv->p))
        return error_set(&csv->broken, ERROR_INPUT, "line %zu: there is text after a closing quote",
                         csv->line);
    return 0;
}

static int read_plain(struct csv *csv)
{
    const char *begin = csv->p;

    for (; csv->p < csv->end && *csv->p != csv->delimiter && !is_break(*csv->p); csv->p++) {
        if (*csv->p == '"')
            return error_set(
                &csv->broken, ERROR_INPUT,
                "line %zu: there is a quote within a field that does not begin with one",
                csv->line);
    }
    buf_append(&csv->text, begin, (size_t)(csv->p - begin));
    return 0;
}

/* All fields of a record, the line break after it too. */
static int read_record(struct csv *csv)
{
    buf_clear(&csv->text);
    csv->count = 0;
    for (;;) {
        if (csv->count == CSV_FIELDS_MAX)
            return error_set(&csv->broken, ERROR_INPUT, "line %zu: there are more than %d fields",
                             csv->line, CSV_FIELDS_MAX);
        csv->offsets[csv->count++] = csv->text.len;
        if (csv->p < csv->end && *csv->p == '"') {
            csv->p++;
            if (read_quoted(csv) != 0)
                return -1;
        } else if (read_plain(csv) != 0) {
            return -1;
        }
        buf_append(&csv->text, "", 1);
        if (csv->p == csv->end || is_break(*csv->p))
            break;
        csv->p++;
    }
    if (csv->text.failed)
        return error_set(&csv->broken, ERROR_MEMORY, "out of memory for a record of a CSV file");
    if (csv->p < csv->end)
        skip_break(csv);
    return 0;
}

int csv_next(struct csv *csv, const struct csv_field **fields, size_t *count, size_t *line,
             struct error *err)
{
    size_t i;

    *fields = NULL;
    *count = 0;
    while (csv->p < csv->end && is_break(*csv->p))
        skip_break(csv);
    *line = csv->line;
    if (csv->broken.code == ERROR_NONE && csv->p == csv->end)
        return 0;
    if (csv->broken.code != ERROR_NONE || read_record(csv) != 0)
        return error_set(err, csv->broken.code, "%s", csv->broken.text);
    for (i = 0; i < csv->count; i++) {
        size_t next = i + 1 < csv->count ? csv->offsets[i + 1] : csv->text.len;

        csv->fields[i].text = csv->text.data + csv->offsets[i];
        csv->fields[i].len = next - csv->offsets[i] - 1;
    }
    *fields = csv->fields;
    *count = csv->count;
    return 1;
}
