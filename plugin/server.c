/* server.c - see server.h. */
#include "server.h"

#include <mysql/plugin.h>
#include <mysql.h>
#include <mysql/service_sha1.h>
#include <mysql/service_my_print_error.h>
#include <mysql/service_sql.h>
#include <mysql/service_kill_statement.h>
#include <stdio.h>
#include <string.h>

/* Flags of my_printf_error, from the server's include/my_sys.h, which cannot be included from C
   without my_global.h. */
#define FLAG_NOTE 1024
#define FLAG_WARNING 2048
#define FLAG_ERROR_LOG_ONLY 128
#define ERROR_NUMBER_UNKNOWN 1105 /* ER_UNKNOWN_ERROR */

/* Exported by mariadbd, declared in no installed header. Weak: the object loads without them, and
   the functions below then answer as if the server were not there. */
extern int mysqld_server_started __attribute__((weak));
extern volatile char abort_loop __attribute__((weak));
extern char opt_noacl __attribute__((weak));
extern char opt_readonly __attribute__((weak));
extern char *mysqld_unix_port __attribute__((weak));
extern MYSQL_THD _current_thd(void) __attribute__((weak));

bool server_started(void)
{
    return &mysqld_server_started && *(volatile int *)&mysqld_server_started != 0;
}

bool server_aborting(void)
{
    return &abort_loop && abort_loop != 0;
}

bool server_grants_off(void)
{
    return &opt_noacl && *(volatile char *)&opt_noacl != 0;
}

bool server_read_only(void)
{
    return &opt_readonly && *(volatile char *)&opt_readonly != 0;
}

const char *server_socket(void)
{
    return &mysqld_unix_port && mysqld_unix_port ? mysqld_unix_port : "";
}

void server_log(enum server_log_level level, const char *text)
{
    unsigned long flags = FLAG_ERROR_LOG_ONLY;

    if (level == SERVER_LOG_NOTE)
        flags |= FLAG_NOTE;
    else if (level == SERVER_LOG_WARNING)
        flags |= FLAG_WARNING;
    my_printf_error(ERROR_NUMBER_UNKNOWN, "Purser: %s", flags, text);
}

void server_raise(const char *text)
{
    my_printf_error(1644 /* ER_SIGNAL_EXCEPTION */, "Purser: %s", 0, text);
}

bool server_statement_killed(void)
{
    MYSQL_THD thd = _current_thd ? _current_thd() : NULL;

    return thd && thd_kill_level(thd) != THD_IS_NOT_KILLED;
}

bool server_thread_begin(void)
{
    return my_thread_init() == 0;
}

void server_thread_end(void)
{
    my_thread_end();
}

static int run(MYSQL *mysql, const char *statement)
{
    /* Just before each statement: SQL after the server began to stop has crashed it. */
    if (server_aborting())
        return -1;
    return mysql_real_query(mysql, statement, (unsigned long)strlen(statement));
}

static void first_value(MYSQL *mysql, char *value, size_t size)
{
    MYSQL_RES *result = mysql_store_result(mysql);
    MYSQL_ROW row;

    if (!result)
        return;
    row = mysql_fetch_row(result);
    if (row && row[0] && value)
        snprintf(value, size, "%s", row[0]);
    mysql_free_result(result);
}

int server_local_sql(const char *statement, char *value, size_t size, struct error *err)
{
    MYSQL *mysql;
    int rc = -1;

    if (value && size)
        value[0] = '\0';
    if (!server_started() || server_aborting())
        return error_set(err, ERROR_STOPPED, "the server is not accepting statements");
    mysql = mysql_init(NULL);
    if (!mysql)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (!mysql_real_connect_local(mysql)) {
        error_set(err, ERROR_SQL, "no local connection: %s", mysql_error(mysql));
        goto end;
    }
    /* sql_log_off: the statement may carry a password's hash, which has no business in the general
     * log. */
    if (run(mysql, "SET SESSION lock_wait_timeout=2, sql_log_off=1") != 0 ||
        run(mysql, "SET SESSION TRANSACTION READ WRITE") != 0 || /* the global default may differ */
        run(mysql, statement) != 0) {
        error_set(err, server_aborting() ? ERROR_STOPPED : ERROR_SQL, "%u %s", mysql_errno(mysql),
                  mysql_error(mysql));
        goto end;
    }
    first_value(mysql, value, size);
    rc = 0;
end:
    mysql_close(mysql);
    return rc;
}

void server_password_hash(const char *password, char hash[SERVER_PASSWORD_HASH_SIZE])
{
    unsigned char inner[20], outer[20];
    size_t i;

    my_sha1(inner, password, strlen(password));
    my_sha1(outer, (const char *)inner, sizeof(inner));
    hash[0] = '*';
    for (i = 0; i < sizeof(outer); i++)
        snprintf(hash + 1 + 2 * i, 3, "%02X", outer[i]);
    explicit_bzero(inner, sizeof(inner));
}
