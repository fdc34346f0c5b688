/* statvars.c - see statvars.h. Values are read from status.h, which is safe from any thread. */
#include "statvars.h"

#include <mysql/plugin.h>
#include <stdio.h>

#include "db.h"
#include "purser_schema.h"
#include "status.h"
#include "stop.h"

static int show_text(struct st_mysql_show_var *var, char *buffer, const char *text)
{
    snprintf(buffer, SHOW_VAR_FUNC_BUFF_SIZE, "%s", text);
    var->type = SHOW_CHAR;
    var->value = buffer;
    return 0;
}

static int show_number(struct st_mysql_show_var *var, char *buffer, long long number)
{
    *(long long *)(void *)buffer = number;
    var->type = SHOW_SLONGLONG;
    var->value = buffer;
    return 0;
}

static int show_version(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                        struct system_status_var *total, enum enum_var_type scope)
{
    (void)thd;
    (void)total;
    (void)scope;
    return show_text(var, buffer, PURSER_VERSION);
}

static int show_worker_state(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                             struct system_status_var *total, enum enum_var_type scope)
{
    (void)thd;
    (void)total;
    (void)scope;
    return show_text(var, buffer, status_worker_name(status_worker()));
}

static int show_last_error(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                           struct system_status_var *total, enum enum_var_type scope)
{
    (void)thd;
    (void)total;
    (void)scope;
    status_last_error(buffer, 480);
    var->type = SHOW_CHAR;
    var->value = buffer;
    return 0;
}

static int show_heartbeat(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                          struct system_status_var *total, enum enum_var_type scope)
{
    long long beat = atomic_load(&purser_status.heartbeat_ms);

    (void)thd;
    (void)total;
    (void)scope;
    return show_number(var, buffer, beat ? (clock_ms() - beat) / 1000 : -1);
}

static int show_connections(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                            struct system_status_var *total, enum enum_var_type scope)
{
    (void)thd;
    (void)total;
    (void)scope;
    return show_number(var, buffer, db_open_count());
}

#define COUNTER(NAME, MEMBER)                                                                      \
    {                                                                                              \
        NAME, (char *)&purser_status.MEMBER, SHOW_SLONGLONG                                        \
    }
#define FUNCTION(NAME, FUNC)                                                                       \
    {                                                                                              \
        NAME, (char *)(FUNC), SHOW_FUNC                                                            \
    }

struct st_mysql_show_var purser_status_variables[] = {
    FUNCTION("purser_version", show_version),
    FUNCTION("purser_worker_state", show_worker_state),
    FUNCTION("purser_last_error", show_last_error),
    FUNCTION("purser_scheduler_heartbeat_age_seconds", show_heartbeat),
    FUNCTION("purser_connections", show_connections),
    COUNTER("purser_reconnects", reconnects),
    COUNTER("purser_password_rotations", password_rotations),
    COUNTER("purser_runs_running", runs_running),
    COUNTER("purser_runs_complete", runs_complete),
    COUNTER("purser_runs_incomplete", runs_incomplete),
    COUNTER("purser_runs_failed", runs_failed),
    COUNTER("purser_records_staged", records_staged),
    COUNTER("purser_discrepancies_opened", discrepancies_opened),
    COUNTER("purser_discrepancies_closed", discrepancies_closed),
    COUNTER("purser_pending_sweeps", pending_sweeps),
    COUNTER("purser_http_requests", http_requests),
    COUNTER("purser_http_retries", http_retries),
    COUNTER("purser_http_failures", http_failures),
    COUNTER("purser_errors_logged", log_lines),
    {NULL, NULL, 0},
};
