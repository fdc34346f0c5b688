/*
  sink_table.c - tables for people: columns are as wide as the widest cell of the first rows; a cell
  that is wider pushes the others aside, nothing is cut. Data cannot drive the terminal.
*/
#include "sink.h"

#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "text.h"

#define MEASURED_ROWS 200
#define MEASURED_BYTES ((size_t)1 << 20)
#define WIDEST 60 /* of a column that is not the last: one long text does not spread all rows */

static const char *colour_of(const struct sink *sink, const struct column *column, const char *text,
                             size_t len)
{
    if (!sink->colours || column->kind != COLUMN_TEXT)
        return NULL;
    if (is_one_of(text, len, "critical|failed|tampered|dead|refused|Limit Exceeded"))
        return "\033[31m";
    if (is_one_of(text, len, "warning|incomplete|busy|unchecked|acknowledged"))
        return "\033[33m";
    return is_one_of(text, len, "ok|complete|applied|in force|ready") ? "\033[32m" : NULL;
}

/* Append to b what a cell looks like. */
static void show(struct buf *b, const struct column *column, const struct cell *cell)
{
    if (!cell->data)
        buf_puts(b, "NULL");
    else if (column->kind == COLUMN_BYTES)
        text_as_hex(b, cell->data, cell->len);
    else
        text_for_terminal(b, cell->data, cell->len, false);
}

static void put_cell(const struct sink *sink, size_t i, const char *text, size_t len)
{
    const struct column *column = &sink->columns[i];
    size_t width = text_width(text, len), own = sink->widths[i];
    size_t pad = width < own ? own - width : 0;
    bool right = column->kind == COLUMN_NUMBER;
    const char *colour = colour_of(sink, column, text, len);

    if (i)
        out_puts("  ");
    if (right)
        out_repeat(' ', pad);
    if (colour)
        out_puts(colour);
    out_write(text, len);
    if (colour)
        out_puts("\033[0m");
    if (!right && i + 1 < sink->count)
        out_repeat(' ', pad);
}

/* The name of a column, in sink->cell. Also a name is data: it is the server's. */
static const char *heading(struct sink *sink, size_t i)
{
    buf_clear(&sink->cell);
    text_for_terminal(&sink->cell, sink->columns[i].name, strlen(sink->columns[i].name), false);
    return sink->cell.len ? sink->cell.data : "";
}

static void put_heading(struct sink *sink)
{
    size_t i;

    if (sink->colours)
        out_puts("\033[1m");
    for (i = 0; i < sink->count; i++) {
        const char *name = heading(sink, i);

        put_cell(sink, i, name, sink->cell.len);
    }
    if (sink->colours)
        out_puts("\033[0m");
    out_puts("\n");
    for (i = 0; i < sink->count; i++) {
        if (i)
            out_puts("  ");
        out_repeat('-', sink->widths[i]);
    }
    out_puts("\n");
}

static void set(struct sink *sink, const char *name)
{
    size_t i;

    sink->widths = calloc(sink->count, sizeof(*sink->widths));
    sink->ends = calloc(sink->count * MEASURED_ROWS, sizeof(*sink->ends));
    if (!sink->widths || !sink->ends) {
        sink->kept.failed = true;
        return;
    }
    sink->measured = false;
    sink->kept_rows = 0;
    buf_clear(&sink->kept);
    if (sink->begun)
        out_puts("\n");
    if (sink->layout != LAYOUT_FLAT && !sink->upright) {
        out_puts(sink->colours ? "\033[1;4m" : "");
        out_puts(name);
        out_puts(sink->colours ? "\033[0m\n" : ":\n");
    }
    for (i = 0; i < sink->count; i++) {
        const char *text = heading(sink, i);
        size_t width = text_width(text, sink->cell.len);

        if (sink->upright && width > sink->widths[0])
            sink->widths[0] = width;
        else if (!sink->upright)
            sink->widths[i] = width;
    }
}

static void row_upright(struct sink *sink, const struct cell *cells)
{
    size_t i;

    if (sink->rows)
        out_puts("\n");
    for (i = 0; i < sink->count; i++) {
        const char *colour, *name = heading(sink, i);

        out_puts(name);
        out_repeat(' ', sink->widths[0] + 2 - text_width(name, sink->cell.len));
        buf_clear(&sink->cell);
        show(&sink->cell, &sink->columns[i], &cells[i]);
        if (sink->cell.failed)
            return;
        colour = sink->cell.len
                     ? colour_of(sink, &sink->columns[i], sink->cell.data, sink->cell.len)
                     : NULL;
        out_puts(colour ? colour : "");
        out_write(sink->cell.len ? sink->cell.data : "", sink->cell.len);
        out_puts(colour ? "\033[0m\n" : "\n");
    }
}

/* Write the rows that were kept to be measured. */
static void measured(struct sink *sink)
{
    size_t from = 0, i;
    unsigned long n;

    put_heading(sink);
    for (n = 0; n < sink->kept_rows; n++) {
        for (i = 0; i < sink->count; i++) {
            size_t end = sink->ends[n * sink->count + i];

            put_cell(sink, i, sink->kept.len ? sink->kept.data + from : "", end - from);
            from = end;
        }
        out_puts("\n");
    }
    buf_free(&sink->kept);
    sink->measured = true;
}

static void keep(struct sink *sink, const struct cell *cells)
{
    size_t i;

    for (i = 0; i < sink->count; i++) {
        size_t from = sink->kept.len, width;

        show(&sink->kept, &sink->columns[i], &cells[i]);
        if (sink->kept.failed)
            return;
        width = text_width(sink->kept.data ? sink->kept.data + from : "", sink->kept.len - from);
        if (width > WIDEST)
            width = WIDEST;
        if (width > sink->widths[i])
            sink->widths[i] = width;
        sink->ends[sink->kept_rows * sink->count + i] = sink->kept.len;
    }
    sink->kept_rows++;
    if (sink->kept_rows == MEASURED_ROWS || sink->kept.len > MEASURED_BYTES)
        measured(sink);
}

static void row(struct sink *sink, const struct cell *cells)
{
    size_t i;

    if (sink->document) {
        buf_clear(&sink->cell);
        text_of_json(&sink->cell, cells[0].data ? cells[0].data : "", cells[0].len);
        out_write(sink->cell.len ? sink->cell.data : "", sink->cell.len);
        out_puts("\n");
    } else if (sink->upright) {
        row_upright(sink, cells);
    } else if (!sink->measured) {
        keep(sink, cells);
    } else {
        for (i = 0; i < sink->count; i++) {
            buf_clear(&sink->cell);
            show(&sink->cell, &sink->columns[i], &cells[i]);
            put_cell(sink, i, sink->cell.len ? sink->cell.data : "", sink->cell.len);
        }
        out_puts("\n");
    }
}

static void set_end(struct sink *sink)
{
    if (!sink->measured && !sink->document && !sink->upright)
        measured(sink);
}

const struct sink_form sink_table = {set, row, set_end, NULL, NULL};
