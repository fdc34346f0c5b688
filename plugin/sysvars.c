/*
  sysvars.c - see sysvars.h.

  The server calls check functions without and update functions with LOCK_global_system_variables,
  which also guards what SHOW VARIABLES reads. Text variables are copies of our own: the update
  function frees the old one only when we made it (a value from my.cnf belongs to the server). Other
  threads never look here: they have settings.h.

  LOCKING: the statics below are guarded by LOCK_global_system_variables (and by init and deinit
  having the plugin to themselves).
*/
#include "sysvars.h"

#include <mysql/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../udf/ratelimit/service.h"
#include "../udf/schedule.h"
#include "queue.h"
#include "rates.h"
#include "server.h"
#include "settings.h"
#include "zone_file.h"

#define LOOKBACK_DEFAULT 7
#define LOOKBACK_MAX 366
#define SWEEP_DEFAULT 10
#define SWEEP_MAX 1440

static char enabled;
static char *secrets_file, *reconcile_at, *time_zone, *http_bind;
static int lookback_days, sweep_minutes;
static unsigned http_port;
static unsigned long long rate_limit_memory;

/* Which text is a copy of ours. */
static char *own_secrets_file, *own_reconcile_at, *own_time_zone;

static int collect(struct settings *s, struct error *err)
{
    const char *at = reconcile_at ? reconcile_at : "";

    memset(s, 0, sizeof(*s));
    s->enabled = enabled != 0;
    s->lookback_days = lookback_days;
    s->sweep_minutes = sweep_minutes;
    s->http_port = (int)http_port;
    snprintf(s->secrets_file, sizeof(s->secrets_file), "%s", secrets_file ? secrets_file : "");
    snprintf(s->time_zone, sizeof(s->time_zone), "%s",
             time_zone && *time_zone ? time_zone : "SYSTEM");
    snprintf(s->http_bind, sizeof(s->http_bind), "%s", http_bind ? http_bind : "");
    if (schedule_parse_time(at, strlen(at), &s->reconcile_at, err) != 0)
        return error_prefix(err, "purser_reconcile_at: ");
    return 0;
}

static void publish(void)
{
    struct settings s;

    if (collect(&s, NULL) == 0)
        settings_put(&s);
    queue_wake();
}

static int refuse(const struct error *err)
{
    server_raise(err->text);
    return 1;
}

/* The text of a SET, in a buffer of ours; NULL where it is NULL or too long (err says so). */
static const char *value_text(struct st_mysql_value *value, char *buffer, int size,
                              struct error *err)
{
    int len = size;
    const char *text = value->val_str(value, buffer, &len);

    if (!text) {
        error_set(err, ERROR_INPUT, "NULL is not a value for this variable");
        return NULL;
    }
    if (len >= size) {
        error_set(err, ERROR_INPUT, "the value is longer than %d bytes", size - 1);
        return NULL;
    }
    if (text != buffer)
        memcpy(buffer, text, (size_t)len);
    buffer[len] = '\0';
    return buffer;
}

/* What a check function hands to its update function: the server keeps the pointer only, so the
   text goes into the statement's own memory (several variables may be set in one statement). */
static int hand_over(MYSQL_THD thd, const char *text, void *save)
{
    *(char **)save = thd_strmake(thd, text, strlen(text));
    return *(char **)save ? 0 : 1;
}

static int check_reconcile_at(MYSQL_THD thd, struct st_mysql_sys_var *var, void *save,
                              struct st_mysql_value *value)
{
    char buffer[16];
    struct error err = {0};
    const char *text = value_text(value, buffer, sizeof(buffer), &err);
    int minutes;

    (void)var;
    if (!text || schedule_parse_time(text, strlen(text), &minutes, &err) != 0) {
        error_prefix(&err, "purser_reconcile_at: ");
        return refuse(&err);
    }
    return hand_over(thd, text, save);
}

static int check_time_zone(MYSQL_THD thd, struct st_mysql_sys_var *var, void *save,
                           struct st_mysql_value *value)
{
    char buffer[SETTINGS_TEXT_SIZE];
    struct error err = {0};
    const char *text = value_text(value, buffer, sizeof(buffer), &err);
    struct zone *zone = text ? zone_load(text, &err) : NULL;

    (void)var;
    if (!zone) {
        error_prefix(&err, "purser_time_zone: ");
        return refuse(&err);
    }
    zone_destroy(zone);
    return hand_over(thd, text, save);
}

static int check_secrets_file(MYSQL_THD thd, struct st_mysql_sys_var *var, void *save,
                              struct st_mysql_value *value)
{
    char buffer[SETTINGS_PATH_SIZE];
    struct error err = {0};
    const char *text = value_text(value, buffer, sizeof(buffer), &err);

    (void)var;
    if (text && *text && *text != '/')
        error_set(&err, ERROR_INPUT, "give the whole path, beginning with '/'");
    if (err.code != ERROR_NONE) {
        error_prefix(&err, "purser_secrets_file: ");
        return refuse(&err);
    }
    return hand_over(thd, text, save);
}

static void update_text(char **variable, char **own, const void *save)
{
    const char *text = *(char *const *)save;
    char *copy = strdup(text ? text : "");

    if (!copy)
        return;
    *variable = copy;
    free(*own);
    *own = copy;
    publish();
}

static void update_secrets_file(MYSQL_THD thd, struct st_mysql_sys_var *var, void *target,
                                const void *save)
{
    (void)thd;
    (void)var;
    (void)target;
    update_text(&secrets_file, &own_secrets_file, save);
}

static void update_reconcile_at(MYSQL_THD thd, struct st_mysql_sys_var *var, void *target,
                                const void *save)
{
    (void)thd;
    (void)var;
    (void)target;
    update_text(&reconcile_at, &own_reconcile_at, save);
}

static void update_time_zone(MYSQL_THD thd, struct st_mysql_sys_var *var, void *target,
                             const void *save)
{
    (void)thd;
    (void)var;
    (void)target;
    update_text(&time_zone, &own_time_zone, save);
}

static void update_bool(MYSQL_THD thd, struct st_mysql_sys_var *var, void *target, const void *save)
{
    (void)thd;
    (void)var;
    *(char *)target = *(const char *)save;
    publish();
}

static void update_int(MYSQL_THD thd, struct st_mysql_sys_var *var, void *target, const void *save)
{
    (void)thd;
    (void)var;
    *(int *)target = *(const int *)save;
    publish();
}

static MYSQL_SYSVAR_BOOL(
    enabled, enabled, PLUGIN_VAR_OPCMDARG,
    "Whether Purser does any work. OFF stops the schedule and refuses requests.", NULL, update_bool,
    1);
static MYSQL_SYSVAR_STR(secrets_file, secrets_file, PLUGIN_VAR_RQCMDARG,
                        "Path of the JSON file with tokens and keys; readable by the server's user "
                        "alone. Empty: none.",
                        check_secrets_file, update_secrets_file, "");
static MYSQL_SYSVAR_STR(reconcile_at, reconcile_at, PLUGIN_VAR_RQCMDARG,
                        "Time of day, hh:mm in purser_time_zone, at which yesterday is reconciled.",
                        check_reconcile_at, update_reconcile_at, "02:00");
static MYSQL_SYSVAR_STR(
    time_zone, time_zone, PLUGIN_VAR_RQCMDARG,
    "Time zone of the business day: SYSTEM, an offset such as +02:00, or a name "
    "such as Africa/Blantyre.",
    check_time_zone, update_time_zone, "SYSTEM");
static MYSQL_SYSVAR_INT(
    reconcile_lookback_days, lookback_days, PLUGIN_VAR_RQCMDARG,
    "Days before the reconciled one whose pending orders and open discrepancies "
    "are looked at again, and over which a missed day is caught up.",
    NULL, update_int, LOOKBACK_DEFAULT, 0, LOOKBACK_MAX, 0);
static MYSQL_SYSVAR_INT(
    pending_sweep_minutes, sweep_minutes, PLUGIN_VAR_RQCMDARG,
    "Minutes between two looks at orders that wait for their payment. 0: never.", NULL, update_int,
    SWEEP_DEFAULT, 0, SWEEP_MAX, 0);
static MYSQL_SYSVAR_STR(http_bind, http_bind, PLUGIN_VAR_RQCMDARG | PLUGIN_VAR_READONLY,
                        "Address on which the HTTP listener listens.", NULL, NULL, "127.0.0.1");
static MYSQL_SYSVAR_UINT(http_port, http_port, PLUGIN_VAR_RQCMDARG | PLUGIN_VAR_READONLY,
                         "Port of the HTTP listener. 0: no listener.", NULL, NULL, 0, 0, 65535, 0);
static MYSQL_SYSVAR_ULONGLONG(
    rate_limit_memory, rate_limit_memory, PLUGIN_VAR_RQCMDARG | PLUGIN_VAR_READONLY,
    "Bytes that all rate limits may take together. When they are full, keys that have expired "
    "make place, then those used longest ago.",
    NULL, NULL, RATE_MEMORY_DEFAULT, RATE_MEMORY_MIN, 64ULL << 30, 4096);

struct st_mysql_sys_var *purser_system_variables[] = {
    MYSQL_SYSVAR(enabled),
    MYSQL_SYSVAR(secrets_file),
    MYSQL_SYSVAR(reconcile_at),
    MYSQL_SYSVAR(time_zone),
    MYSQL_SYSVAR(reconcile_lookback_days),
    MYSQL_SYSVAR(pending_sweep_minutes),
    MYSQL_SYSVAR(http_bind),
    MYSQL_SYSVAR(http_port),
    MYSQL_SYSVAR(rate_limit_memory),
    NULL,
};

/* Copies of an earlier life, of whose variables nobody can hold a pointer any more. */
static void forget_own(void)
{
    free(own_secrets_file);
    free(own_reconcile_at);
    free(own_time_zone);
    own_secrets_file = own_reconcile_at = own_time_zone = NULL;
}

int sysvars_begin(struct error *err)
{
    struct settings s;
    struct zone *zone;

    forget_own();
    if (collect(&s, err) != 0)
        return -1;
    zone = zone_load(s.time_zone, err);
    if (!zone)
        return error_prefix(err, "purser_time_zone: ");
    zone_destroy(zone);
    if (s.secrets_file[0] && s.secrets_file[0] != '/')
        return error_set(err, ERROR_CONFIG,
                         "purser_secrets_file: give the whole path, beginning with '/'");
    settings_put(&s);
    rates_set_memory((size_t)rate_limit_memory);
    return 0;
}

void sysvars_end(void)
{
    settings_clear();
    /* SHOW VARIABLES may still read the texts: they go when the variables are made anew. */
    secrets_file = reconcile_at = time_zone = NULL;
}
