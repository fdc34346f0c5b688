/*
  unit_db.h - what stands in the place of the database and of the server where their threads are run
  without either: it has the rows of the list below and no others, takes whatever is written, and
  loses a connection now and then. Any thread.
*/
#ifndef PURSER_UNIT_DB_H
#define PURSER_UNIT_DB_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/db.h"
#include "../../plugin/db_registry.h"
#include "../../plugin/server.h"
#include "../../plugin/stop.h"

#define UNIT_DB_COLUMNS 14
#ifndef UNIT_DB_LOST_EVERY
#define UNIT_DB_LOST_EVERY 97 /* statements */
#endif

/* Rows that follow one another and have the same statement are its answer. */
struct unit_db_row {
    const char *statement; /* a part of it */
    const char *field[UNIT_DB_COLUMNS];
};

struct db {
    int slot;
    bool is_lost;
};

struct rows {
    const struct unit_db_row *next, *end;
    char *field[UNIT_DB_COLUMNS];
    unsigned long length[UNIT_DB_COLUMNS];
};

static const struct unit_db_row *unit_db_rows; /* set before the threads begin */
static int unit_db_row_count;
static void (*unit_db_told)(const char *format, va_list values); /* of db_format; NULL: nobody */
static atomic_bool unit_db_hangs;
static atomic_ulong unit_db_connections, unit_db_statements, unit_db_logged;
static void (*unit_db_on_log)(void); /* told that something was logged; NULL: nobody is */
static void (*unit_db_on_statement)(const char *statement); /* told before each; NULL: nobody is */

static inline int unit_db_run(struct db *db, const char *statement, struct error *err)
{
    if (unit_db_on_statement)
        unit_db_on_statement(statement);
    if (stop_requested())
        return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
    if (atomic_load(&unit_db_hangs) || db->is_lost ||
        atomic_fetch_add(&unit_db_statements, 1) % UNIT_DB_LOST_EVERY == UNIT_DB_LOST_EVERY - 1) {
        db->is_lost = true;
        return error_set(err, ERROR_GONE, "the connection is lost");
    }
    return 0;
}

static inline struct rows *unit_db_ask(struct db *db, const char *statement, struct error *err)
{
    struct rows *rows;
    int i = 0;

    if (unit_db_run(db, statement, err) != 0)
        return NULL;
    rows = calloc(1, sizeof(*rows));
    if (!rows) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    while (i < unit_db_row_count && !strstr(statement, unit_db_rows[i].statement))
        i++;
    rows->next = rows->end = unit_db_rows + i;
    while (i < unit_db_row_count && strstr(statement, unit_db_rows[i].statement))
        rows->end = unit_db_rows + ++i;
    return rows;
}

struct db *db_open_with(bool tls, struct error *err)
{
    struct db *db = calloc(1, sizeof(*db));

    (void)tls;
    if (!db)
        error_set(err, ERROR_MEMORY, "out of memory");
    if (!db || unit_db_run(db, "connect", err) != 0) {
        free(db);
        return NULL;
    }
    db->slot = db_registry_add(atomic_fetch_add(&unit_db_connections, 1) + 1, -1, err);
    if (db->slot >= 0)
        return db;
    free(db);
    return NULL;
}

struct db *db_open_api(struct error *err)
{
    return db_open_with(false, err);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db_registry_remove(db->slot);
    free(db);
}

bool db_ping(struct db *db)
{
    return unit_db_run(db, "ping", NULL) == 0;
}

int db_format(struct db *db, struct buf *out, struct error *err, const char *format, ...)
{
    va_list values;

    (void)db;
    va_start(values, format);
    if (unit_db_told)
        unit_db_told(format, values);
    va_end(values);
    return buf_printf(out, "%.*s()", (int)strcspn(format, "("), format) == 0
               ? 0
               : error_set(err, ERROR_MEMORY, "out of memory");
}

long long db_exec(struct db *db, struct error *err, const char *format, ...)
{
    return unit_db_run(db, format, err);
}

long long db_exec_text(struct db *db, const struct buf *text, struct error *err)
{
    return unit_db_run(db, text->data, err);
}

long long db_exec_leaving(struct db *db, const char *format, ...)
{
    (void)db;
    (void)format;
    return 0;
}

struct rows *db_query(struct db *db, struct error *err, const char *format, ...)
{
    return unit_db_ask(db, format, err);
}

struct rows *db_stream(struct db *db, struct error *err, const char *format, ...)
{
    return unit_db_ask(db, format, err);
}

struct rows *db_query_text(struct db *db, const struct buf *text, struct error *err)
{
    return unit_db_ask(db, text->data, err);
}

int db_value(struct db *db, char *out, size_t size, struct error *err, const char *format, ...)
{
    struct rows *rows = unit_db_ask(db, format, err);
    struct row row;
    int rc;

    out[0] = '\0';
    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1)
        snprintf(out, size, "%s", row.field[0]);
    rows_close(rows);
    return rc;
}

int rows_next(struct rows *rows, struct row *row, struct error *err)
{
    int i;

    (void)err;
    if (rows->next == rows->end)
        return 0;
    for (i = 0; i < UNIT_DB_COLUMNS; i++) {
        rows->field[i] = (char *)(uintptr_t)rows->next->field[i];
        rows->length[i] = rows->field[i] ? strlen(rows->field[i]) : 0;
    }
    rows->next++;
    *row = (struct row){rows->field, rows->length, UNIT_DB_COLUMNS};
    return 1;
}

int rows_column(const struct rows *rows, const char *name)
{
    (void)rows;
    (void)name;
    return -1;
}

void rows_close(struct rows *rows)
{
    free(rows);
}

void rows_abandon(struct rows *rows)
{
    rows_close(rows);
}

unsigned db_errno(struct db *db)
{
    (void)db;
    return 0;
}

bool db_is_conflict(struct db *db)
{
    (void)db;
    return false;
}

bool db_is_worn(const struct db *db)
{
    (void)db;
    return false;
}

int db_renew(struct db *db, struct error *err)
{
    (void)db;
    (void)err;
    return 0;
}

unsigned long long db_insert_id(struct db *db)
{
    (void)db;
    return 1;
}

bool server_started(void)
{
    return true;
}

bool server_aborting(void)
{
    return false;
}

bool server_grants_off(void)
{
    return false;
}

bool server_read_only(void)
{
    return false;
}

const char *server_socket(void)
{
    return "";
}

void server_log(enum server_log_level level, const char *text)
{
    (void)level;
    (void)text;
    atomic_fetch_add(&unit_db_logged, 1);
    if (unit_db_on_log)
        unit_db_on_log();
}

bool server_statement_killed(void)
{
    return false;
}

bool server_thread_begin(void)
{
    return true;
}

void server_thread_end(void)
{
}

int server_local_sql(const char *statement, char *value, size_t size, struct error *err)
{
    (void)statement;
    (void)err;
    if (value && size > 0)
        value[0] = '\0';
    return 0;
}

#endif
