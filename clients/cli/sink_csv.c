/*
  sink_csv.c - CSV by RFC 4180: lines end with CR LF, a header, quotes where they are needed.

  NULL is an empty field, empty text is "". A field that a spreadsheet would take for a formula gets
  an apostrophe in front; numbers are none.
*/
#include "sink.h"

#include <string.h>

#include "json_check.h"
#include "out.h"
#include "text.h"
#include "utf8.h"

static bool is_formula(const struct column *column, const struct cell *cell)
{
    return column->kind != COLUMN_NUMBER && cell->len && memchr("=+-@\t\r", *cell->data, 6) &&
           !json_is_number(cell->data, cell->len);
}

static void field(struct sink *sink, const struct cell *cell, bool formula)
{
    bool quoted = cell->len == 0 || memchr(cell->data, '"', cell->len) ||
                  memchr(cell->data, ',', cell->len) || memchr(cell->data, '\n', cell->len) ||
                  memchr(cell->data, '\r', cell->len) || *cell->data == ' ' ||
                  cell->data[cell->len - 1] == ' ';
    size_t at = 0;

    if (quoted)
        out_puts("\"");
    if (formula)
        out_puts("'");
    while (at < cell->len) {
        const char *quote = memchr(cell->data + at, '"', cell->len - at);
        size_t n = quote ? (size_t)(quote - cell->data - at) + 1 : cell->len - at;

        out_write(cell->data + at, n);
        if (quote)
            out_puts("\"");
        at += n;
    }
    if (quoted)
        out_puts("\"");
    (void)sink;
}

static void value(struct sink *sink, const struct column *column, const struct cell *cell)
{
    struct cell text = *cell;

    if (!cell->data) {
        if (sink->count == 1)
            out_puts("\"\""); /* an empty line would be no row */
        return;
    }
    if (column->kind == COLUMN_MOMENT) {
        text = sink_moment(sink, cell);
    } else if (column->kind == COLUMN_BYTES || sink->visible ||
               !utf8_valid(cell->data, cell->len)) {
        buf_clear(&sink->cell);
        if (column->kind == COLUMN_BYTES)
            text_as_hex(&sink->cell, cell->data, cell->len);
        else if (sink->visible)
            text_for_terminal(&sink->cell, cell->data, cell->len, true);
        else
            text_as_utf8(&sink->cell, cell->data, cell->len);
        text.data = sink->cell.len ? sink->cell.data : "";
        text.len = sink->cell.len;
    }
    field(sink, &text, !sink->raw && is_formula(column, &text));
}

static void set(struct sink *sink, const char *name)
{
    size_t i;

    (void)name;
    if (sink->begun)
        return; /* the same set of another day */
    for (i = 0; i < sink->count; i++) {
        const struct column heading = {"", COLUMN_TEXT};
        struct cell cell = {sink->columns[i].name, strlen(sink->columns[i].name)};

        if (i)
            out_puts(",");
        value(sink, &heading, &cell);
    }
    out_puts("\r\n");
}

static void row(struct sink *sink, const struct cell *cells)
{
    size_t i;

    for (i = 0; i < sink->count; i++) {
        if (i)
            out_puts(",");
        value(sink, &sink->columns[i], &cells[i]);
    }
    out_puts("\r\n");
}

static void set_end(struct sink *sink)
{
    (void)sink;
}

const struct sink_form sink_csv = {set, row, set_end, NULL, NULL};
