/* connection.c - see connection.h. */
#include "connection.h"

#include <mysql.h>
#include <errmsg.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Not what the server's or the account's defaults are: what is written to stdout must not hang on
 * them. */
static const char session_setup[] =
    "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',"
    "time_zone='+00:00',autocommit=1,sql_select_limit=18446744073709551615,"
    "completion_type='NO_CHAIN',sql_safe_updates=0,max_join_size=18446744073709551615,"
    "sql_big_selects=1,net_write_timeout=3600";

struct connection {
    MYSQL *mysql;
    MYSQL_RES *result;
    const struct settings *settings;
    struct column *columns;
    struct cell *cells;
    size_t count;
    bool first;       /* the first result set is to come */
    bool rows_come;   /* of the result set not all have been read */
    unsigned long id; /* of KILL; for connection_interrupt, and never changed after connecting */
};

static int fail(struct connection *connection, struct failure *failure)
{
    MYSQL *mysql = connection->mysql;
    unsigned number = mysql_errno(mysql);
    bool lost = number >= CR_MIN_ERROR && number <= CR_MAX_ERROR;

    if (failure->code)
        return -1;
    failure_set(failure, lost ? EXIT_CONNECTION : EXIT_REFUSED, "%s", mysql_error(mysql));
    failure->number = number;
    snprintf(failure->sqlstate, sizeof(failure->sqlstate), "%s", mysql_sqlstate(mysql));
    return -1;
}

static bool ssl_is_wanted(const struct settings *settings)
{
    char *const *value = settings->value;

    if (value[GENERAL_SSL])
        return general_on(settings, GENERAL_SSL);
    return value[GENERAL_SSL_CA] || value[GENERAL_SSL_CAPATH] || value[GENERAL_SSL_CERT] ||
           value[GENERAL_SSL_KEY] || general_on(settings, GENERAL_SSL_VERIFY_SERVER_CERT);
}

/* Connector/C goes on without TLS where the server has none, unless it is to verify: enforcing it
 * is our matter. By the machine's own socket nothing goes over a network. */
static bool is_open_to_listeners(MYSQL *mysql)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);

    if (mysql_get_ssl_cipher(mysql))
        return false;
    return getsockname(mysql_get_socket(mysql), (struct sockaddr *)&address, &len) != 0 ||
           address.ss_family != AF_UNIX;
}

static void set_ssl(MYSQL *mysql, const struct settings *settings)
{
    char *const *value = settings->value;
    my_bool yes = 1, no = 0;

    if (!ssl_is_wanted(settings))
        return;
    mysql_ssl_set(mysql, value[GENERAL_SSL_KEY], value[GENERAL_SSL_CERT], value[GENERAL_SSL_CA],
                  value[GENERAL_SSL_CAPATH], NULL);
    mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
    mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT,
                   general_on(settings, GENERAL_SSL_VERIFY_SERVER_CERT) ? &yes : &no);
}

static const char *own_name(void)
{
    const struct passwd *entry = getpwuid(geteuid());

    return entry ? entry->pw_name : NULL;
}

/* Where no option says it: the environment, as for MariaDB's own clients. */
static const char *or_environment(const char *value, const char *name)
{
    const char *other = value ? NULL : getenv(name);

    return other && *other ? other : value;
}

static MYSQL *log_in(const struct settings *settings, MYSQL *mysql)
{
    char *const *value = settings->value;
    unsigned timeout = 10, off = 0;
    const char *user = value[GENERAL_USER] ? value[GENERAL_USER] : own_name(), *port;

    if (value[GENERAL_CONNECT_TIMEOUT])
        timeout = (unsigned)strtoul(value[GENERAL_CONNECT_TIMEOUT], NULL, 10);
    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off); /* the server gets no file of ours */
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "purser");
    set_ssl(mysql, settings);
    port = or_environment(value[GENERAL_PORT], "MYSQL_TCP_PORT");
    return mysql_real_connect(mysql, value[GENERAL_HOST], user,
                              or_environment(value[GENERAL_PASSWORD], "MYSQL_PWD"), NULL,
                              port ? (unsigned)strtoul(port, NULL, 10) : 0,
                              or_environment(value[GENERAL_SOCKET], "MYSQL_UNIX_PORT"), 0);
}

static int set_role(struct connection *connection, const char *role, struct failure *failure)
{
    char statement[600] = "SET ROLE `";
    size_t n = strlen(statement);

    if (strlen(role) > 256)
        return failure_set(failure, EXIT_USAGE, "--role has more than 256 bytes");
    for (; *role; role++) {
        if (*role == '`')
            statement[n++] = '`';
        statement[n++] = *role;
    }
    statement[n++] = '`';
    return mysql_real_query(connection->mysql, statement, n) == 0 ? 0 : fail(connection, failure);
}

int connection_open(struct connection **out, const struct settings *settings,
                    struct failure *failure)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    *out = NULL;
    if (!connection || !(connection->mysql = mysql_init(NULL))) {
        free(connection);
        return failure_set(failure, EXIT_OUTPUT, "out of memory");
    }
    connection->settings = settings;
    if (!log_in(settings, connection->mysql)) {
        fail(connection, failure);
        failure->code = EXIT_CONNECTION;
    } else if (ssl_is_wanted(settings) && is_open_to_listeners(connection->mysql)) {
        failure_set(failure, EXIT_CONNECTION, "the server offers no TLS, and --ssl asks for it");
    } else if (mysql_real_query(connection->mysql, session_setup, sizeof(session_setup) - 1) != 0) {
        fail(connection, failure);
    } else if (settings->value[GENERAL_ROLE]) {
        set_role(connection, settings->value[GENERAL_ROLE], failure);
    }
    if (failure->code) {
        connection_close(connection);
        return -1;
    }
    connection->id = mysql_thread_id(connection->mysql);
    *out = connection;
    return 0;
}

static void free_set(struct connection *connection)
{
    free(connection->columns);
    free(connection->cells);
    connection->columns = NULL;
    connection->cells = NULL;
    connection->count = 0;
}

void connection_close(struct connection *connection)
{
    if (!connection)
        return;
    /* A result that was not read to its end: the server is not waited for, its rows not wanted. */
    if (connection->rows_come)
        shutdown(mysql_get_socket(connection->mysql), SHUT_RDWR);
    if (connection->result)
        mysql_free_result(connection->result);
    mysql_close(connection->mysql);
    free_set(connection);
    free(connection);
}

int connection_query(struct connection *connection, const char *statement, size_t len,
                     struct failure *failure)
{
    connection->first = true;
    if (mysql_real_query(connection->mysql, statement, len) != 0)
        return fail(connection, failure);
    return 0;
}

static enum column_kind kind_of(const MYSQL_FIELD *field)
{
    switch (field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return COLUMN_NUMBER;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return COLUMN_MOMENT;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_NULL:
        return COLUMN_TEXT;
    default:
        return field->charsetnr == 63 ? COLUMN_BYTES : COLUMN_TEXT;
    }
}

/* Past what has no rows, as the end of a CALL, to the next result set. */
static int advance(struct connection *connection, struct failure *failure)
{
    if (connection->result)
        mysql_free_result(connection->result);
    connection->result = NULL;
    for (;;) {
        if (!connection->first) {
            int rc = mysql_next_result(connection->mysql);

            if (rc < 0)
                return 0;
            if (rc > 0)
                return fail(connection, failure);
        }
        connection->first = false;
        connection->result = mysql_use_result(connection->mysql);
        connection->rows_come = connection->result != NULL;
        if (connection->result)
            return 1;
        if (mysql_errno(connection->mysql))
            return fail(connection, failure);
    }
}

int connection_next_set(struct connection *connection, struct column **columns, size_t *count,
                        struct failure *failure)
{
    const MYSQL_FIELD *fields;
    size_t i;
    int rc = advance(connection, failure);

    if (rc != 1)
        return rc;
    free_set(connection);
    connection->count = mysql_num_fields(connection->result);
    connection->columns = calloc(connection->count, sizeof(*connection->columns));
    connection->cells = calloc(connection->count, sizeof(*connection->cells));
    if (!connection->columns || !connection->cells)
        return failure_set(failure, EXIT_OUTPUT, "out of memory");
    fields = mysql_fetch_fields(connection->result);
    for (i = 0; i < connection->count; i++) {
        connection->columns[i].name = fields[i].name;
        connection->columns[i].kind = kind_of(&fields[i]);
    }
    *columns = connection->columns;
    *count = connection->count;
    return 1;
}

int connection_fetch(struct connection *connection, const struct cell **cells,
                     struct failure *failure)
{
    MYSQL_ROW row = mysql_fetch_row(connection->result);
    const unsigned long *lengths;
    size_t i;

    if (!row) {
        if (mysql_errno(connection->mysql))
            return fail(connection, failure);
        connection->rows_come = false; /* the names of the columns are still wanted */
        return 0;
    }
    lengths = mysql_fetch_lengths(connection->result);
    for (i = 0; i < connection->count; i++) {
        connection->cells[i].data = row[i];
        connection->cells[i].len = row[i] ? lengths[i] : 0;
    }
    *cells = connection->cells;
    return 1;
}

int connection_interrupt(struct connection *connection)
{
    MYSQL *second = mysql_init(NULL);
    char statement[64];
    int rc = -1, n = snprintf(statement, sizeof(statement), "KILL QUERY %lu", connection->id);

    if (!second)
        return -1;
    if (log_in(connection->settings, second) &&
        !(ssl_is_wanted(connection->settings) && is_open_to_listeners(second)))
        rc = mysql_real_query(second, statement, (unsigned long)n) == 0 ? 0 : -1;
    mysql_close(second);
    return rc;
}
