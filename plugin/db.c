/* db.c - see db.h. */
#include "db.h"

#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../udf/utf8.h"
#include "account.h"
#include "compat.h"
#include "db_literal.h"
#include "db_registry.h"
#include "server.h"
#include "stop.h"

#define STATEMENT_MAX (64u << 20) /* beyond any max_allowed_packet worth having */
#define CONNECT_TIMEOUT_S 3
#define NET_TIMEOUT_S 4000   /* a net below the session's own max_statement_time, not a limit */
#define API_NET_TIMEOUT_S 10 /* likewise below api_setup's */

/* What a statement of ours means must not hang on the globals, and each must have an end; READ
   COMMITTED is not used because statement-based binary logging refuses it. max_statement_time
   bounds each statement, a stream's whole reading included. */
static const char session_setup[] =
    "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',"
    "time_zone='+00:00',autocommit=1,"
    "max_statement_time=3600,lock_wait_timeout=20,innodb_lock_wait_timeout=20,"
    "net_write_timeout=3600,net_read_timeout=3600,wait_timeout=28800,"
    "group_concat_max_len=67108864,foreign_key_checks=1,unique_checks=1,"
    "sql_select_limit=18446744073709551615,max_join_size=18446744073709551615,sql_big_selects=1,"
    "max_sort_length=1024,sql_safe_updates=0,sql_auto_is_null=0,completion_type='NO_CHAIN',"
    "old_mode='',eq_range_index_dive_limit=200,system_versioning_asof=DEFAULT," COMPAT_SESSION;
/* Of the client API's connections, whose clients do not wait for long. */
static const char api_setup[] =
    "SET SESSION max_statement_time=2,lock_wait_timeout=2,innodb_lock_wait_timeout=2,"
    "net_write_timeout=10,net_read_timeout=10";
/* A node that is cut off would keep whoever reads waiting, instead of saying so; and what a job
   relies on it reads after its lease, which orders it. Of the worker's connections; fails where
   there is no such variable. */
static const char no_sync_wait[] = "SET SESSION wsrep_sync_wait=0";
/* A statement, because the variable has another name from 11.1 on. */
static const char isolation[] =
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE";

struct db {
    MYSQL *mysql;
    int slot;
    bool tls;
    enum account account;
    bool calls_routine;   /* the statement that was sent last */
    int conflicts;        /* how many statements in a row ended with 1213, up to now */
    bool is_worn;         /* a call of a routine was cut off: see db_is_worn */
    size_t statement_max; /* bytes that the server takes */
    struct buf text;      /* the statement that is being written */
};

struct rows {
    struct db *db;
    MYSQL_RES *result;
};

int db_global_init(void)
{
    /* Never undone: mysql_server_end would take lists away that other plugins may use. */
    return mysql_server_init(0, NULL, NULL) == 0 ? 0 : -1;
}

/* In the middle, wherever that was; or it is what comes of that: 1146, of a table that is there. */
static bool is_cut_off(unsigned number)
{
    return number == ER_QUERY_INTERRUPTED || number == ER_STATEMENT_TIMEOUT ||
           number == ER_LOCK_DEADLOCK || number == ER_LOCK_WAIT_TIMEOUT || number == ER_CHECKREAD ||
           number == ER_UNKNOWN_COM_ERROR || number == ER_ERROR_DURING_COMMIT ||
           number == ER_NO_SUCH_TABLE;
}

static int fail(struct db *db, struct error *err)
{
    unsigned number = mysql_errno(db->mysql);

    db->conflicts = number == ER_LOCK_DEADLOCK ? db->conflicts + 1 : 0;
    db->is_worn = db->is_worn || (db->calls_routine && is_cut_off(number));
    /* A server that shuts down ends all connections before it stops its plugins. */
    if (stop_requested() || server_aborting())
        return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
    switch (number) {
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_CONNECTION_ERROR:
    case CR_COMMANDS_OUT_OF_SYNC:
    case ER_CONNECTION_KILLED:
    case ER_SERVER_SHUTDOWN:
        return error_set(err, ERROR_GONE, "lost the connection to the server (%u)", number);
    case ER_CON_COUNT_ERROR:
        return error_set(err, ERROR_GONE, "the server takes no connection now (%u)", number);
    case ER_LOCK_WAIT_TIMEOUT: /* a backup, an ALTER TABLE: it passes */
    case ER_LOCK_DEADLOCK:
    case ER_UNKNOWN_COM_ERROR:   /* 1047: a Galera node that is not ready */
    case ER_ERROR_DURING_COMMIT: /* 1180: a Galera node that just then lost the others */
        return error_set(err, ERROR_GONE, "%u %s", number, mysql_error(db->mysql));
    default:
        return error_set(err, ERROR_SQL, "%u %s", number, mysql_error(db->mysql));
    }
}

static void disconnect(struct db *db)
{
    if (db->slot >= 0)
        db_registry_remove(db->slot);
    if (db->mysql)
        mysql_close(db->mysql);
    db->slot = -1;
    db->mysql = NULL;
}

/* Before the first statement: one without an answer must not hold up whoever stops us. */
static int enter(struct db *db, struct error *err)
{
    int fd = (int)mysql_get_socket(db->mysql);

    if (fd >= 0)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    db->slot = db_registry_add(mysql_thread_id(db->mysql), fd, err);
    return db->slot >= 0 ? 0 : -1;
}

/* The last step. If the password expired, only SET works; on a node that is not ready, this does,
   too. A statement that is too long would cost the connection, and be tried again and again. */
static bool ask_limit(struct db *db)
{
    static const char statement[] = "SELECT GREATEST(@@max_allowed_packet, @@net_buffer_length)";
    MYSQL_RES *result = mysql_real_query(db->mysql, statement, sizeof(statement) - 1) == 0
                            ? mysql_store_result(db->mysql)
                            : NULL;
    MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;

    db->statement_max = row && row[0] ? strtoull(row[0], NULL, 10) : 0;
    mysql_free_result(result);
    return db->statement_max > 0;
}

/* *number is 0 where it was not the server that refused; err then says why. */
static int connect_once(struct db *db, const char *password, unsigned *number, struct error *err)
{
    unsigned timeout = CONNECT_TIMEOUT_S,
             net = db->account == ACCOUNT_API ? API_NET_TIMEOUT_S : NET_TIMEOUT_S;

    *number = 0;
    db->mysql = mysql_init(NULL);
    if (!db->mysql)
        return error_set(err, ERROR_MEMORY, "out of memory");
    mysql_options(db->mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    mysql_options(db->mysql, MYSQL_OPT_READ_TIMEOUT, &net);
    mysql_options(db->mysql, MYSQL_OPT_WRITE_TIMEOUT, &net);
    mysql_options(db->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(db->mysql, MYSQL_OPT_CONNECT_ATTR_RESET, NULL);
    mysql_options4(db->mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "purser");
    if (db->tls) {
        my_bool yes = 1, no = 0;

        mysql_optionsv(db->mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_optionsv(db->mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &no);
    }
    if (mysql_real_connect(db->mysql, NULL, account_user(db->account), password, NULL, 0,
                           server_socket(), 0)) {
        if (enter(db, err) != 0)
            return -1;
        if (db->account == ACCOUNT_WORKER)
            mysql_real_query(db->mysql, no_sync_wait, sizeof(no_sync_wait) - 1);
        if (mysql_real_query(db->mysql, session_setup, sizeof(session_setup) - 1) == 0 &&
            mysql_real_query(db->mysql, isolation, sizeof(isolation) - 1) == 0 &&
            (db->account != ACCOUNT_API ||
             mysql_real_query(db->mysql, api_setup, sizeof(api_setup) - 1) == 0) &&
            ask_limit(db))
            return 0;
    }
    *number = mysql_errno(db->mysql);
    return -1;
}

/* Was it the password: wrong, or (by a server that lets us in to change it, or not) expired? */
static bool is_refusal(unsigned number)
{
    return number == ER_ACCESS_DENIED_ERROR || number == ER_MUST_CHANGE_PASSWORD_LOGIN ||
           number == ER_MUST_CHANGE_PASSWORD;
}

static int connect_with_password(struct db *db, struct error *err)
{
    char password[ACCOUNT_PASSWORD_SIZE];
    unsigned number = 0;
    int rc, attempt;

    rc = account_password(db->account, NULL, password, err);
    for (attempt = 0; rc == 0; attempt++) {
        rc = connect_once(db, password, &number, err);
        if (rc == 0 || attempt == 1 || !is_refusal(number))
            break;
        disconnect(db);
        rc = account_password(db->account, password, password, err);
    }
    explicit_bzero(password, sizeof(password));
    if (rc != 0 && number != 0 && db->mysql) {
        bool config = is_refusal(number) || number == ER_ACCOUNT_HAS_BEEN_LOCKED;

        error_set(err, config ? ERROR_CONFIG : ERROR_GONE, "cannot connect to the own server: %s",
                  mysql_error(db->mysql));
    }
    return rc;
}

static struct db *open_as(enum account account, bool tls, struct error *err)
{
    struct db *db;

    if (!*server_socket()) {
        error_set(err, ERROR_GONE, "the server has no unix socket: set the variable socket");
        return NULL;
    }
    db = calloc(1, sizeof(*db));
    if (!db) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    db->slot = -1;
    db->tls = tls;
    db->account = account;
    buf_init(&db->text, STATEMENT_MAX);
    if (connect_with_password(db, err) == 0)
        return db;
    db_close(db);
    return NULL;
}

struct db *db_open_with(bool tls, struct error *err)
{
    return open_as(ACCOUNT_WORKER, tls, err);
}

struct db *db_open_api(struct error *err)
{
    return open_as(ACCOUNT_API, false, err);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    disconnect(db);
    buf_free(&db->text);
    free(db);
}

bool db_is_worn(const struct db *db)
{
    return db->is_worn || db->conflicts > 1;
}

int db_renew(struct db *db, struct error *err)
{
    struct db *fresh, worn = *db;

    if (!db->is_worn)
        return 0;
    fresh = open_as(db->account, db->tls, err);
    if (!fresh)
        return -1;
    *db = *fresh;
    *fresh = worn;
    db_close(fresh);
    return 0;
}

bool db_ping(struct db *db)
{
    return mysql_ping(db->mysql) == 0;
}

static void put_quoted(void *connection, struct buf *out, const char *text, size_t len)
{
    struct db *db = connection;
    char piece[2 * 512 + 1];

    if (!text) {
        buf_puts(out, "NULL");
        return;
    }
    buf_puts(out, "'");
    while (len > 0) {
        /* the escaping looks at whole characters */
        size_t part = len <= 512 ? len : utf8_whole(text, 512);
        unsigned long written;

        written = mysql_real_escape_string(db->mysql, piece, text, (unsigned long)part);
        buf_append(out, piece, written);
        text += part;
        len -= part;
    }
    buf_puts(out, "'");
}

int db_format(struct db *db, struct buf *out, struct error *err, const char *format, ...)
{
    va_list args;
    int rc;

    va_start(args, format);
    rc = literal_format(out, put_quoted, db, err, format, &args);
    va_end(args);
    return rc;
}

static bool begins_with(const struct buf *text, const char *word)
{
    return strncmp(text->data, word, strlen(word)) == 0;
}

static long long run(struct db *db, const struct buf *text, struct error *err)
{
    if (text->len >= db->statement_max)
        return error_set(err, ERROR_LIMIT,
                         "a statement of %zu bytes is too long for this server: raise"
                         " max_allowed_packet",
                         text->len);
    db->calls_routine = begins_with(text, "CALL ") || begins_with(text, "SELECT purser.");
    if (mysql_real_query(db->mysql, text->data, (unsigned long)text->len) != 0)
        return fail(db, err);
    db->conflicts = 0;
    return (long long)mysql_affected_rows(db->mysql);
}

long long db_exec_text(struct db *db, const struct buf *text, struct error *err)
{
    if (stop_requested())
        return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
    return run(db, text, err);
}

long long db_exec(struct db *db, struct error *err, const char *format, ...)
{
    va_list args;
    int rc;

    buf_clear(&db->text);
    va_start(args, format);
    rc = literal_format(&db->text, put_quoted, db, err, format, &args);
    va_end(args);
    return rc == 0 ? db_exec_text(db, &db->text, err) : -1;
}

long long db_exec_leaving(struct db *db, const char *format, ...)
{
    va_list args;
    int rc;

    buf_clear(&db->text);
    va_start(args, format);
    rc = literal_format(&db->text, put_quoted, db, NULL, format, &args);
    va_end(args);
    return rc == 0 ? run(db, &db->text, NULL) : -1;
}

unsigned long long db_insert_id(struct db *db)
{
    return mysql_insert_id(db->mysql);
}

unsigned db_errno(struct db *db)
{
    return mysql_errno(db->mysql);
}

bool db_is_conflict(struct db *db)
{
    unsigned number = mysql_errno(db->mysql);

    return number == ER_LOCK_DEADLOCK || number == ER_LOCK_WAIT_TIMEOUT;
}

static struct rows *start(struct db *db, const struct buf *text, bool stream, struct error *err)
{
    struct rows *rows;

    if (db_exec_text(db, text, err) == -1 && mysql_errno(db->mysql) != 0)
        return NULL;
    rows = stop_requested() ? NULL : calloc(1, sizeof(*rows));
    if (!rows) {
        error_set(err, stop_requested() ? ERROR_STOPPED : ERROR_MEMORY, "cannot read a result");
        return NULL;
    }
    rows->db = db;
    rows->result = stream ? mysql_use_result(db->mysql) : mysql_store_result(db->mysql);
    if (!rows->result) {
        fail(db, err);
        free(rows);
        return NULL;
    }
    return rows;
}

struct rows *db_query_text(struct db *db, const struct buf *text, struct error *err)
{
    return start(db, text, false, err);
}

struct rows *db_query(struct db *db, struct error *err, const char *format, ...)
{
    va_list args;
    int rc;

    buf_clear(&db->text);
    va_start(args, format);
    rc = literal_format(&db->text, put_quoted, db, err, format, &args);
    va_end(args);
    return rc == 0 ? start(db, &db->text, false, err) : NULL;
}

struct rows *db_stream(struct db *db, struct error *err, const char *format, ...)
{
    va_list args;
    int rc;

    buf_clear(&db->text);
    va_start(args, format);
    rc = literal_format(&db->text, put_quoted, db, err, format, &args);
    va_end(args);
    return rc == 0 ? start(db, &db->text, true, err) : NULL;
}

int rows_next(struct rows *rows, struct row *row, struct error *err)
{
    memset(row, 0, sizeof(*row));
    row->field = mysql_fetch_row(rows->result);
    if (!row->field)
        return mysql_errno(rows->db->mysql) ? fail(rows->db, err) : 0;
    row->length = mysql_fetch_lengths(rows->result);
    row->count = mysql_num_fields(rows->result);
    return 1;
}

int rows_column(const struct rows *rows, const char *name)
{
    const MYSQL_FIELD *fields = mysql_fetch_fields(rows->result);
    unsigned i, n = mysql_num_fields(rows->result);

    for (i = 0; i < n; i++)
        if (strcasecmp(fields[i].name, name) == 0)
            return (int)i;
    return -1;
}

void rows_close(struct rows *rows)
{
    if (!rows)
        return;
    mysql_free_result(rows->result);
    while (mysql_next_result(rows->db->mysql) == 0) /* of a CALL */
        mysql_free_result(mysql_store_result(rows->db->mysql));
    if (mysql_errno(rows->db->mysql) != 0)
        fail(rows->db, NULL);
    free(rows);
}

void rows_abandon(struct rows *rows)
{
    db_registry_end_statement(rows->db->slot);
    rows_close(rows);
}

int db_value(struct db *db, char *out, size_t size, struct error *err, const char *format, ...)
{
    struct rows *rows;
    struct row row;
    va_list args;
    int rc;

    out[0] = '\0';
    buf_clear(&db->text);
    va_start(args, format);
    rc = literal_format(&db->text, put_quoted, db, err, format, &args);
    va_end(args);
    rows = rc == 0 ? start(db, &db->text, false, err) : NULL;
    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1 && row.field[0] && row.length[0] < size)
        memcpy(out, row.field[0], row.length[0] + 1);
    else if (rc == 1)
        rc = 0;
    rows_close(rows);
    return rc;
}
