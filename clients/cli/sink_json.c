/*
  sink_json.c - JSON (RFC 8259), a row a line.

  Where a command breaks off, what was written is not closed: half an answer must not look like a
  whole one.
*/
#include "sink.h"

#include <string.h>

#include "json_check.h"
#include "out.h"
#include "text.h"

static void put(struct sink *sink)
{
    if (sink->cell.len)
        out_write(sink->cell.data, sink->cell.len);
}

static void put_string(struct sink *sink, const char *text, size_t len)
{
    buf_clear(&sink->cell);
    text_to_json(&sink->cell, text, len);
    put(sink);
}

static void set(struct sink *sink, const char *name)
{
    if (sink->layout == LAYOUT_FLAT) {
        out_puts(sink->begun ? "" : "[");
        return;
    }
    if (sink->layout == LAYOUT_DAYS && !sink->in_day)
        out_puts(sink->begun ? ",\n{" : "[\n{");
    else
        out_puts(sink->in_day ? ",\n" : "{");
    put_string(sink, name, strlen(name));
    out_puts(":[");
}

/* Digits as the server wrote them; those of ZEROFILL without the zeros in front. */
static void number(struct sink *sink, const struct cell *cell)
{
    const char *text = cell->data;
    size_t len = cell->len;

    while (len > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
        text++;
        len--;
    }
    if (json_is_number(text, len))
        out_write(text, len);
    else
        put_string(sink, text, len);
}

static void value(struct sink *sink, enum column_kind kind, const struct cell *cell)
{
    struct cell moment;

    if (!cell->data) {
        out_puts("null");
        return;
    }
    switch (kind) {
    case COLUMN_NUMBER:
        number(sink, cell);
        break;
    case COLUMN_JSON:
        buf_clear(&sink->cell);
        if (json_is_valid(cell->data, cell->len))
            text_of_json(&sink->cell, cell->data, cell->len);
        else
            text_to_json(&sink->cell, cell->data, cell->len);
        put(sink);
        break;
    case COLUMN_MOMENT:
        moment = sink_moment(sink, cell);
        out_puts("\"");
        out_write(moment.data, moment.len);
        out_puts("\"");
        break;
    case COLUMN_BYTES:
        buf_clear(&sink->cell);
        text_as_hex(&sink->cell, cell->data, cell->len);
        out_puts("\"");
        put(sink);
        out_puts("\"");
        break;
    default:
        put_string(sink, cell->data, cell->len);
    }
}

static void row(struct sink *sink, const struct cell *cells)
{
    size_t i;

    /* a flat array goes on over several result sets */
    out_puts(sink->kept_rows ? ",\n{" : "\n{");
    sink->kept_rows = 1;
    for (i = 0; i < sink->count; i++) {
        if (i)
            out_puts(",");
        put_string(sink, sink->columns[i].name, strlen(sink->columns[i].name));
        out_puts(":");
        value(sink, sink->columns[i].kind, &cells[i]);
    }
    out_puts("}");
}

static void set_end(struct sink *sink)
{
    if (sink->layout == LAYOUT_FLAT)
        return;
    out_puts(sink->kept_rows ? "\n]" : "]");
    sink->kept_rows = 0;
}

static void day_end(struct sink *sink)
{
    if (sink->layout == LAYOUT_DAYS && sink->in_day)
        out_puts("}");
}

static void end(struct sink *sink)
{
    if (sink->layout == LAYOUT_OBJECT)
        out_puts(sink->begun ? "}\n" : "{}\n");
    else if (sink->begun)
        out_puts(sink->kept_rows || sink->layout == LAYOUT_DAYS ? "\n]\n" : "]\n");
    else
        out_puts("[]\n");
}

const struct sink_form sink_json = {set, row, set_end, day_end, end};
