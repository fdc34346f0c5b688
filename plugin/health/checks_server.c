/*
  checks_server.c - see check.h: connections, transactions, locks, InnoDB's history, replication.

  Runs in a checker's thread, on its connection. What only PROCESS shows comes from the definer
  function purser.server_activity().
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "../row_fields.h"
#include "../server.h"
#include "check_say.h"

#define NUMBER_SIZE 32
#define ACTIVITY_MAX 4096

/* A status variable of the server's that is a number. @param name  literal @retval 1 @retval 0
   there is none @retval -1 err */
static int status_number(struct db *db, const char *name, long long *value, struct error *err)
{
    char text[NUMBER_SIZE];
    int rc = db_value(db, text, sizeof(text), err,
                      "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
                      " WHERE VARIABLE_NAME = %s",
                      name);

    *value = rc == 1 ? strtoll(text, NULL, 10) : 0;
    return rc == 1 && !text[0] ? 0 : rc;
}

/* ---- connections */

int check_connections(const struct check_context *context, struct check_result *result,
                      struct error *err)
{
    long long connected, most;
    char text[NUMBER_SIZE];
    int rc = status_number(context->db, "THREADS_CONNECTED", &connected, err);

    if (rc == 1)
        rc = db_value(context->db, text, sizeof(text), err, "SELECT @@GLOBAL.max_connections");
    most = rc == 1 ? strtoll(text, NULL, 10) : 0;
    if (rc >= 0 && most <= 0)
        rc = error_set(err, ERROR_SQL, "the server does not say how many are connected");
    if (rc < 0)
        return -1;
    check_value(result, 100.0 * (double)connected / (double)most);
    check_say(result, "%lld of %lld connections are taken", connected, most);
    return 0;
}

/* ---- transactions and locks */

/* @return new, NULL with err */
static json_t *read_activity(struct db *db, struct error *err)
{
    char text[ACTIVITY_MAX];
    json_t *activity;
    int rc = db_value(db, text, sizeof(text), err, "SELECT purser.server_activity()");

    if (rc == 0)
        error_set(err, ERROR_SQL, "purser.server_activity() has no answer");
    activity = rc == 1 ? json_parse(text, strlen(text), err) : NULL;
    return activity;
}

static long long member(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

int check_transactions(const struct check_context *context, struct check_result *result,
                       struct error *err)
{
    json_t *activity = read_activity(context->db, err);
    const char *user;
    long long seconds;

    if (!activity)
        return -1;
    seconds = member(activity, "seconds");
    user = json_string_value(json_object_get(activity, "user"));
    check_value(result, (double)seconds);
    if (member(activity, "transactions") == 0) {
        check_say(result, "no transaction is open");
    } else {
        check_say(result, "%lld open, the oldest for %lld s", member(activity, "transactions"),
                  seconds);
        if (member(activity, "connection") == 0)
            buf_printf(&result->detail, "the oldest is a prepared XA transaction\n");
        else
            buf_printf(&result->detail, "the oldest is of connection %lld, user %s\n",
                       member(activity, "connection"), user ? user : "(gone)");
    }
    json_decref(activity);
    return 0;
}

int check_lock_waits(const struct check_context *context, struct check_result *result,
                     struct error *err)
{
    json_t *activity = read_activity(context->db, err);
    long long rows, tables;
    int rc;

    if (!activity)
        return -1;
    tables = member(activity, "waits");
    json_decref(activity);
    rc = status_number(context->db, "INNODB_ROW_LOCK_CURRENT_WAITS", &rows, err);
    if (rc < 0)
        return -1;
    check_value(result, (double)(rows + tables));
    check_part(result, "rows", check_level(context, (double)rows), -1, "%lld wait", rows);
    check_part(result, "tables", check_level(context, (double)tables), -1, "%lld wait", tables);
    check_say(result, "%lld statements wait for row locks, %lld for locks of tables", rows, tables);
    return 0;
}

/* ---- InnoDB's history */

int check_history_length(const struct check_context *context, struct check_result *result,
                         struct error *err)
{
    long long length;
    int rc = status_number(context->db, "INNODB_HISTORY_LIST_LENGTH", &length, err);

    if (rc < 0)
        return -1;
    if (rc == 0) {
        check_say(result, "the server does not tell it");
        return 0;
    }
    check_value(result, (double)length);
    check_say(result, "%lld transactions are not purged", length);
    return 0;
}

/* ---- replication */

/* The columns of SHOW ALL SLAVES STATUS that are read: they are elsewhere in each version. */
struct columns {
    int name, io, sql, behind, delay, io_errno, io_error, sql_errno, sql_error;
};

static int find_columns(const struct rows *rows, struct columns *c, struct error *err)
{
    c->name = rows_column(rows, "Connection_name");
    c->io = rows_column(rows, "Slave_IO_Running");
    c->sql = rows_column(rows, "Slave_SQL_Running");
    c->behind = rows_column(rows, "Seconds_Behind_Master");
    c->delay = rows_column(rows, "SQL_Delay");
    c->io_errno = rows_column(rows, "Last_IO_Errno");
    c->io_error = rows_column(rows, "Last_IO_Error");
    c->sql_errno = rows_column(rows, "Last_SQL_Errno");
    c->sql_error = rows_column(rows, "Last_SQL_Error");
    if (c->name < 0 || c->io < 0 || c->sql < 0 || c->behind < 0)
        return error_set(err, ERROR_SQL, "SHOW ALL SLAVES STATUS has other columns than are known");
    return 0;
}

static const char *text_of(const struct row *row, int column)
{
    return column >= 0 && row->field[column] ? row->field[column] : "";
}

static long long number_of(const struct row *row, int column)
{
    return strtoll(text_of(row, column), NULL, 10);
}

/* A thread that does not run, in words; "" where both do. @param[out] level  of that */
static const char *stopped(const struct columns *c, const struct row *row, enum health_level *level)
{
    bool io = strcmp(text_of(row, c->io), "Yes") == 0;
    bool connects = !io && strcmp(text_of(row, c->io), "No") != 0;

    *level = HEALTH_CRITICAL;
    if (strcmp(text_of(row, c->sql), "Yes") != 0)
        return io || connects ? "the SQL thread is stopped" : "both threads are stopped";
    if (connects && number_of(row, c->io_errno) != 0)
        return "the IO thread cannot connect";
    if (!io && !connects)
        return "the IO thread is stopped";
    *level = io ? HEALTH_OK : HEALTH_WARNING;
    return io ? "" : "the IO thread is connecting";
}

static void take_connection(const struct check_context *context, const struct columns *c,
                            const struct row *row, struct check_result *result)
{
    const char *name = text_of(row, c->name)[0] ? text_of(row, c->name) : "default";
    enum health_level level, by_lag = HEALTH_OK;
    const char *why = stopped(c, row, &level);
    bool knows_lag = text_of(row, c->behind)[0] != '\0';
    long long lag = number_of(row, c->behind) - number_of(row, c->delay);

    lag = lag < 0 ? 0 : lag;
    if (knows_lag) {
        by_lag = check_level(context, (double)lag);
        if (!result->has_value || (double)lag > result->value)
            check_value(result, (double)lag);
    }
    if (why[0])
        check_part(result, name, level > by_lag ? level : by_lag, -1, "%s", why);
    else if (knows_lag)
        check_part(result, name, by_lag, -1, "%lld s behind", lag);
    else
        check_part(result, name, level = HEALTH_WARNING, -1, "how far behind it is is not known");
    if (level > HEALTH_OK && level > result->level)
        result->level = level;
    if (number_of(row, c->io_errno) != 0)
        buf_printf(&result->detail, "%s: IO thread: %s %s\n", name, text_of(row, c->io_errno),
                   text_of(row, c->io_error));
    if (number_of(row, c->sql_errno) != 0)
        buf_printf(&result->detail, "%s: SQL thread: %s %s\n", name, text_of(row, c->sql_errno),
                   text_of(row, c->sql_error));
}

/* Not the worst alone: a lag beyond the thresholds counts beside a thread that does not run. */
static void conclude(const struct check_context *context, int connections, bool writable,
                     struct check_result *result)
{
    int i, bad = 0;

    if (connections == 0) {
        check_say(result, "it is no replica");
        return;
    }
    for (i = 0; i < result->part_count; i++)
        bad += result->parts[i].level > HEALTH_OK;
    if (writable) { /* what is written here, by Purser as well, parts from the primary's */
        check_part(result, "read_only", HEALTH_WARNING, -1, "the replica is not read-only");
        result->level = result->level < HEALTH_WARNING ? HEALTH_WARNING : result->level;
    }
    if (result->level != HEALTH_UNKNOWN && result->has_value &&
        check_level(context, result->value) > result->level)
        result->level = check_level(context, result->value);
    if (writable && bad == 0)
        check_say(result, "the replica is not read-only");
    else if (connections == 1)
        check_say(result, "%s", result->parts[0].message);
    else if (bad > 0)
        check_say(result, "%d of %d connections are not well", bad, connections);
    else
        check_say(result, "%d connections, at most %.0f s behind", connections, result->value);
}

int check_replication(const struct check_context *context, struct check_result *result,
                      struct error *err)
{
    struct rows *rows = db_query(context->db, err, "SHOW ALL SLAVES STATUS");
    struct columns c;
    struct row row;
    bool applies = false;
    int rc, n = 0;

    if (!rows)
        return -1;
    rc = find_columns(rows, &c, err);
    while (rc == 0 && (rc = rows_next(rows, &row, err)) == 1) {
        take_connection(context, &c, &row, result);
        applies = applies || strcmp(text_of(&row, c.sql), "Yes") == 0;
        n++;
        rc = 0;
    }
    rows_close(rows);
    if (rc == 0)
        conclude(context, n, applies && !server_read_only(), result);
    return rc;
}
