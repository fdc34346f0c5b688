/*
  connection.h - the server, over Connector/C: the only file that knows it.

  Threads: one thread at a time uses a connection, but connection_interrupt, which may be called by
  another while a statement runs.
*/
#ifndef PURSER_CLI_CONNECTION_H
#define PURSER_CLI_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "general.h"

enum column_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER, /* as the server writes it: exact */
    COLUMN_MOMENT, /* DATETIME or TIMESTAMP, in UTC */
    COLUMN_BYTES,  /* no text */
    COLUMN_JSON    /* text that the table of commands says is JSON */
};

struct column {
    const char *name;
    enum column_kind kind;
};

struct cell {
    const char *data; /* NULL: the value is NULL */
    size_t len;
};

struct connection;

/**
  Connect, and set up the session: UTC, utf8mb4, a strict sql_mode, the role.

  @param out  new, NULL after a failure
*/
int connection_open(struct connection **out, const struct settings *settings,
                    struct failure *failure);
void connection_close(struct connection *connection);

/** Send a statement. Its result sets come by connection_next_set. @retval 0 or -1 */
int connection_query(struct connection *connection, const char *statement, size_t len,
                     struct failure *failure);

/**
  The next result set of the statement, which is streamed, not stored.
  @param columns  borrowed until the next call; count is their number
  @retval 1 there is one @retval 0 there are no more @retval -1 failed
*/
int connection_next_set(struct connection *connection, struct column **columns, size_t *count,
                        struct failure *failure);

/** The next row. cells: borrowed until the next call. @retval 1 a row @retval 0 no more @retval -1
 */
int connection_fetch(struct connection *connection, const struct cell **cells,
                     struct failure *failure);

/** End the statement that runs, over a second connection. @retval 0 the server was told @retval -1
 */
int connection_interrupt(struct connection *connection);

#endif
