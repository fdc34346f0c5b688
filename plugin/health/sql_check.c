/*
  sql_check.c - see sql_check.h.

  That it is one statement the server sees to: the connection is not opened for several. That it
  changes nothing the transaction sees to, and the account's grants.
*/
#include "sql_check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../udf/utf8.h"
#include "failure.h"
#include "level.h"

#define QUERY_MAX 16384
#define ROWS_MAX 1000 /* that are read behind the first one */
#define BYTES_MAX (1u << 20)

static bool begins_with(const char *text, const char *word)
{
    size_t len = strlen(word);

    return strncasecmp(text, word, len) == 0 &&
           (text[len] == '(' || text[len] == '*' || (text[len] && strchr(" \t\r\n", text[len])));
}

int sql_check_judge(const char *query, struct error *err)
{
    query += strspn(query, " \t\r\n");
    if (!begins_with(query, "SELECT") && !begins_with(query, "WITH"))
        return error_set(err, ERROR_INPUT, "its query does not begin with SELECT or WITH");
    return 0;
}

void health_message(char *out, const char *text, size_t len)
{
    size_t used = 0, n, from = 0;

    while (from < len && used < HEALTH_MESSAGE_SIZE - 1) {
        n = utf8_character(text + from, len - from);
        if (n == 0) {
            out[used++] = '?';
            from++;
            continue;
        }
        if (used + n > HEALTH_MESSAGE_SIZE - 1)
            break;
        if (n == 1 && ((unsigned char)text[from] < ' ' || text[from] == 127))
            out[used] = ' ';
        else
            memcpy(out + used, text + from, n);
        used += n;
        from += n;
    }
    out[used] = '\0';
}

static int take_value(const struct row *row, struct check_result *result, struct error *err)
{
    const char *text = row->field[0];

    if (row->count > 1 && row->field[1])
        health_message(result->message, row->field[1], row->length[1]);
    if (!text)
        return 0;
    if (strlen(text) == row->length[0] &&
        (level_parse_word(text, &result->level) == 0 ||
         level_parse_number(text, row->length[0], &result->value) == 0)) {
        result->has_value = result->level == HEALTH_UNKNOWN;
        return 0;
    }
    return error_set(err, ERROR_INPUT,
                     "its query must give a number, or one of the words ok, warning, critical");
}

/* Whether a query came to its end is known at its end alone: one that is ended by its time limit
   may have given rows before. @retval 1 there are more than anybody would read @retval 0 it came to
   its end @retval -1 err */
static int read_on(struct rows *rows, struct error *err)
{
    size_t bytes = 0;
    struct row row;
    unsigned i;
    int n, rc = 1;

    for (n = 0; n < ROWS_MAX && bytes < BYTES_MAX && rc == 1; n++) {
        rc = rows_next(rows, &row, err);
        for (i = 0; rc == 1 && i < row.count; i++)
            bytes += row.length[i];
    }
    return rc;
}

/* A stream, of which the first row counts: the result may be of any size.
   @param[out] ended  false: the connection is good for nothing any more */
static int look(struct db *db, const struct buf *query, struct check_result *result, bool *ended,
                struct error *err)
{
    struct error why = {0};
    struct rows *rows = db_stream(db, &why, "%p", query->data);
    struct row row;
    int rc;

    if (!rows && why.code == ERROR_SQL && failure_number(&why) == 0)
        return error_set(err, ERROR_INPUT, "its query gives no result");
    if (!rows)
        return error_set(err, why.code, "%s", why.text);
    rc = rows_next(rows, &row, err);
    if (rc == 1) {
        rc = take_value(&row, result, err);
        *ended = read_on(rows, rc == 0 ? &why : NULL) != 1;
        if (why.code != ERROR_NONE)
            rc = error_set(err, why.code, "%s", why.text);
    } else if (rc == 0) {
        snprintf(result->message, sizeof(result->message), "its query gave no row");
    }
    if (*ended)
        rows_close(rows);
    else
        rows_abandon(rows);
    return rc;
}

int sql_check_run(const struct check_context *context, const char *query,
                  struct check_result *result, struct error *err)
{
    struct db *db = context->db;
    struct buf text;
    bool ended = true;
    int rc = sql_check_judge(query, err);

    if (rc != 0)
        return -1;
    buf_init(&text, QUERY_MAX);
    if (strlen(query) > QUERY_MAX)
        rc = error_set(err, ERROR_INPUT, "its query is longer than %d bytes", QUERY_MAX);
    else if (buf_puts(&text, query) != 0)
        rc = error_set(err, ERROR_MEMORY, "out of memory");
    /* A query without LIMIT of its own gives one row: the others would be read for nothing. */
    if (rc == 0 && (db_exec(db, err, "SET SESSION sql_select_limit = 1") < 0 ||
                    db_exec(db, err, "START TRANSACTION READ ONLY") < 0))
        rc = -1;
    if (rc == 0) {
        rc = look(db, &text, result, &ended, err);
        if (ended && db_exec(db, rc == 0 ? err : NULL, "ROLLBACK") < 0)
            rc = -1;
    }
    buf_free(&text);
    return rc;
}
