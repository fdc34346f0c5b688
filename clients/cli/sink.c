/* sink.c - see sink.h. */
#include "sink.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

#define CELL_MAX ((size_t)2 << 30) /* a cell has at most 1 GiB, twice that when it is escaped */
#define KEPT_MAX ((size_t)4 << 30)

void sink_init(struct sink *sink, const char *output, enum layout layout)
{
    memset(sink, 0, sizeof(*sink));
    sink->form = strcmp(output, "json") == 0  ? &sink_json
                 : strcmp(output, "csv") == 0 ? &sink_csv
                                              : &sink_table;
    sink->layout = layout;
    sink->visible = isatty(STDOUT_FILENO);
    buf_init(&sink->cell, CELL_MAX);
    buf_init(&sink->kept, KEPT_MAX);
}

static void free_set(struct sink *sink)
{
    free(sink->widths);
    free(sink->ends);
    sink->widths = sink->ends = NULL;
}

void sink_free(struct sink *sink)
{
    free_set(sink);
    buf_free(&sink->cell);
    buf_free(&sink->kept);
}

static int check(const struct sink *sink, struct failure *failure)
{
    if (sink->cell.failed || sink->kept.failed)
        return failure_set(failure, EXIT_OUTPUT, "out of memory");
    return out_check(failure);
}

int sink_set(struct sink *sink, const char *name, const struct column *columns, size_t count,
             struct failure *failure)
{
    sink->columns = columns;
    sink->count = count;
    sink->rows = 0;
    sink->form->set(sink, name);
    sink->begun = sink->in_day = true;
    sink->sets++;
    return check(sink, failure);
}

int sink_row(struct sink *sink, const struct cell *cells, struct failure *failure)
{
    sink->form->row(sink, cells);
    sink->rows++;
    return check(sink, failure);
}

int sink_set_end(struct sink *sink, struct failure *failure)
{
    sink->form->set_end(sink);
    free_set(sink);
    if (sink->cell.cap > 1 << 20)
        buf_free(&sink->cell);
    out_flush();
    return check(sink, failure);
}

int sink_day_end(struct sink *sink, struct failure *failure)
{
    if (sink->form->day_end)
        sink->form->day_end(sink);
    sink->in_day = false;
    sink->sets = 0;
    out_flush();
    return check(sink, failure);
}

int sink_end(struct sink *sink, struct failure *failure)
{
    if (sink->form->end)
        sink->form->end(sink);
    out_flush();
    return check(sink, failure);
}

struct cell sink_moment(struct sink *sink, const struct cell *cell)
{
    struct cell moment;

    if (cell->len < 19 || cell->data[10] != ' ' || memcmp(cell->data, "0000", 4) == 0)
        return *cell;
    buf_clear(&sink->cell);
    buf_append(&sink->cell, cell->data, 10);
    buf_puts(&sink->cell, "T");
    buf_append(&sink->cell, cell->data + 11, cell->len - 11);
    buf_puts(&sink->cell, "Z");
    moment.data = sink->cell.data ? sink->cell.data : "";
    moment.len = sink->cell.len;
    return moment;
}
