/*
  sink.h - result sets as a table, as JSON or as CSV, row by row: nothing is kept but what a table
  measures its columns by.
*/
#ifndef PURSER_CLI_SINK_H
#define PURSER_CLI_SINK_H

#include "buf.h"
#include "connection.h"

enum layout {
    LAYOUT_FLAT,   /* one result set: in JSON an array of its rows */
    LAYOUT_OBJECT, /* several: in JSON an object of arrays */
    LAYOUT_DAYS    /* several, day by day: in JSON an array of such objects */
};

struct sink;

struct sink_form {
    void (*set)(struct sink *sink, const char *name);
    void (*row)(struct sink *sink, const struct cell *cells);
    void (*set_end)(struct sink *sink);
    void (*day_end)(struct sink *sink); /* these two may be NULL */
    void (*end)(struct sink *sink);
};

struct sink {
    const struct sink_form *form;
    enum layout layout;
    bool upright;  /* the set that comes shows a column a line */
    bool document; /* of a table: the cells as they are, they are JSON */
    bool colours;
    bool raw;     /* of CSV: formulas as they are */
    bool visible; /* of CSV: stdout is a terminal */
    const struct column *columns;
    size_t count;
    unsigned long sets, rows; /* sets: of the day; rows: of the set */
    bool begun, in_day;
    struct buf cell; /* for the forms' own use, as the following */
    struct buf kept; /* of a table: cells of the first rows, one after the other */
    size_t *widths, *ends;
    unsigned long kept_rows;
    bool measured;
};

extern const struct sink_form sink_table, sink_json, sink_csv;

/** A sink for the form: table, json or csv. */
void sink_init(struct sink *sink, const char *output, enum layout layout);
void sink_free(struct sink *sink);

/** A result set begins. @retval 0 or -1 (no memory, or stdout cannot be written) */
int sink_set(struct sink *sink, const char *name, const struct column *columns, size_t count,
             struct failure *failure);
int sink_row(struct sink *sink, const struct cell *cells, struct failure *failure);
int sink_set_end(struct sink *sink, struct failure *failure);

/** The sets of a day, or all of them, were written. */
int sink_day_end(struct sink *sink, struct failure *failure);
int sink_end(struct sink *sink, struct failure *failure);

/** Write a cell as ISO 8601 with a Z, where it is a moment; else as it is. Borrowed until
 * sink->cell changes. */
struct cell sink_moment(struct sink *sink, const struct cell *cell);

#endif
