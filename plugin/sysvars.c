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
#include "api/exchange.h"
#include "health/health.h"
#include "queue.h"
#include "rates.h"
#include "ratestore/ratestore.h"
#include "setting_rules.h"
#include "settings.h"
#include "sysvar_text.h"
#include "zone_file.h"

#define LOOKBACK_DEFAULT 7
#define LOOKBACK_MAX 366
#define SWEEP_DEFAULT 10
#define SWEEP_MAX 1440
#define SEAL_DEFAULT 5
#define SEAL_MAX 3600
#define CHECKPOINT_DEFAULT 60
#define CHECKPOINT_MAX 10080
#define HEALTH_DEFAULT 15
#define HEALTH_MAX 3600
#define STORE_TIMEOUT_DEFAULT 50
#define STORE_TIMEOUT_MAX 1000
#define API_THREADS_DEFAULT 2
#define API_RATE_DEFAULT 600
#define API_RATE_MAX 1000000
#define PEER_MS_DEFAULT 100
#define PEER_MS_MIN 10
#define PEER_MS_MAX 10000

static char enabled, ready_on_replica;
static char *secrets_file, *reconcile_at, *time_zone, *http_bind;
static char *audit_checkpoint_file, *audit_checkpoint_mail, *audit_checkpoint_url;
static char *audit_checkpoint_ca_file;
static char *mail_url, *mail_from, *mail_ca_file, *alert_ca_file;
static char *rate_limit_peers, *rate_limit_peer_ca_file;
static char *http_cors_origin, *http_tls_cert, *http_tls_key, *http_token_file;
static char *rate_limit_store;
static int lookback_days, sweep_minutes, audit_seal_seconds, audit_checkpoint_minutes;
static int health_interval, api_threads, api_rate_limit, rate_limit_peer_ms;
static unsigned http_port;
static unsigned long long rate_limit_memory;
static int rate_limit_store_timeout_ms;
static unsigned long rate_limit_store_failure; /* enum settings_failure */

/* The texts, and the copies of ours among them. */
static struct {
    const char *name;
    char **variable;
    char *own; /* NULL: the text is the server's */
} texts[] = {
    {"secrets_file", &secrets_file, NULL},
    {"reconcile_at", &reconcile_at, NULL},
    {"time_zone", &time_zone, NULL},
    {"audit_checkpoint_mail", &audit_checkpoint_mail, NULL},
    {"mail_url", &mail_url, NULL},
    {"mail_from", &mail_from, NULL},
    {"audit_checkpoint_url", &audit_checkpoint_url, NULL},
    {"audit_checkpoint_ca_file", &audit_checkpoint_ca_file, NULL},
    {"mail_ca_file", &mail_ca_file, NULL},
    {"alert_ca_file", &alert_ca_file, NULL},
    {"http_cors_origin", &http_cors_origin, NULL},
    {"http_token_file", &http_token_file, NULL},
    {"rate_limit_peers", &rate_limit_peers, NULL},
    {"rate_limit_peer_ca_file", &rate_limit_peer_ca_file, NULL},
    {"rate_limit_store", &rate_limit_store, NULL},
    {"audit_checkpoint_file", &audit_checkpoint_file, NULL}, /* these cannot be set */
    {"http_tls_cert", &http_tls_cert, NULL},
    {"http_tls_key", &http_tls_key, NULL},
};
#define TEXTS ((int)(sizeof(texts) / sizeof(texts[0])))

static void copy_text(char *to, size_t size, const char *variable)
{
    snprintf(to, size, "%s", variable ? variable : "");
}

static int collect(struct settings *s, struct error *err)
{
    const char *at = reconcile_at ? reconcile_at : "";

    memset(s, 0, sizeof(*s));
    s->enabled = enabled != 0;
    s->lookback_days = lookback_days;
    s->sweep_minutes = sweep_minutes;
    s->http_port = (int)http_port;
    s->audit_seal_seconds = audit_seal_seconds;
    s->audit_checkpoint_minutes = audit_checkpoint_minutes;
    s->health_interval = health_interval;
    s->api_threads = api_threads;
    s->api_rate_limit = api_rate_limit;
    s->rate_limit_peer_ms = rate_limit_peer_ms;
    copy_text(s->rate_limit_peers, sizeof(s->rate_limit_peers), rate_limit_peers);
    copy_text(s->rate_limit_peer_ca_file, sizeof(s->rate_limit_peer_ca_file),
              rate_limit_peer_ca_file);
    copy_text(s->secrets_file, sizeof(s->secrets_file), secrets_file);
    copy_text(s->time_zone, sizeof(s->time_zone), time_zone && *time_zone ? time_zone : "SYSTEM");
    copy_text(s->http_bind, sizeof(s->http_bind), http_bind);
    copy_text(s->audit_checkpoint_file, sizeof(s->audit_checkpoint_file), audit_checkpoint_file);
    copy_text(s->audit_checkpoint_mail, sizeof(s->audit_checkpoint_mail), audit_checkpoint_mail);
    copy_text(s->audit_checkpoint_url, sizeof(s->audit_checkpoint_url), audit_checkpoint_url);
    copy_text(s->audit_checkpoint_ca_file, sizeof(s->audit_checkpoint_ca_file),
              audit_checkpoint_ca_file);
    copy_text(s->mail_ca_file, sizeof(s->mail_ca_file), mail_ca_file);
    copy_text(s->alert_ca_file, sizeof(s->alert_ca_file), alert_ca_file);
    copy_text(s->mail_url, sizeof(s->mail_url), mail_url);
    copy_text(s->mail_from, sizeof(s->mail_from), mail_from);
    copy_text(s->http_cors_origin, sizeof(s->http_cors_origin), http_cors_origin);
    copy_text(s->http_tls_cert, sizeof(s->http_tls_cert), http_tls_cert);
    copy_text(s->http_tls_key, sizeof(s->http_tls_key), http_tls_key);
    copy_text(s->http_token_file, sizeof(s->http_token_file), http_token_file);
    s->ready_on_replica = ready_on_replica != 0;
    copy_text(s->rate_limit_store, sizeof(s->rate_limit_store), rate_limit_store);
    s->rate_limit_store_timeout_ms = rate_limit_store_timeout_ms;
    s->rate_limit_store_failure = (enum settings_failure)rate_limit_store_failure;
    if (schedule_parse_time(at, strlen(at), &s->reconcile_at, err) != 0)
        return error_prefix(err, "purser_reconcile_at: ");
    return 0;
}

static void publish(void)
{
    struct settings s;

    if (collect(&s, NULL) == 0) {
        settings_put(&s);
        ratestore_configure(&s);
    }
    queue_wake();
    health_wake();
}

static int check_reconcile_at(MYSQL_THD thd, struct st_mysql_sys_var *var, void *save,
                              struct st_mysql_value *value)
{
    char buffer[16];
    struct error err = {0};
    const char *text = sysvar_text(value, buffer, sizeof(buffer), &err);
    int minutes;

    (void)var;
    if (!text || schedule_parse_time(text, strlen(text), &minutes, &err) != 0) {
        error_prefix(&err, "purser_reconcile_at: ");
        return sysvar_refuse(&err);
    }
    return sysvar_hand_over(thd, text, save);
}

static int check_time_zone(MYSQL_THD thd, struct st_mysql_sys_var *var, void *save,
                           struct st_mysql_value *value)
{
    char buffer[SETTINGS_TEXT_SIZE];
    struct error err = {0};
    const char *text = sysvar_text(value, buffer, sizeof(buffer), &err);
    struct zone *zone = text ? zone_load(text, &err) : NULL;

    (void)var;
    if (!zone) {
        error_prefix(&err, "purser_time_zone: ");
        return sysvar_refuse(&err);
    }
    zone_destroy(zone);
    return sysvar_hand_over(thd, text, save);
}

static int check_text(MYSQL_THD thd, const char *name, void *save, struct st_mysql_value *value)
{
    char buffer[SETTINGS_PATH_SIZE];
    struct error err = {0};
    const char *text = sysvar_text(value, buffer, sizeof(buffer), &err);

    if (!text)
        error_prefix(&err, "purser_%s: ", name);
    else
        setting_rule_obey(name, text, &err);
    return err.code == ERROR_NONE ? sysvar_hand_over(thd, text, save) : sysvar_refuse(&err);
}

#define CHECK_TEXT(NAME)                                                                           \
    static int check_##NAME(MYSQL_THD thd, struct st_mysql_sys_var *var, void *save,               \
                            struct st_mysql_value *value)                                          \
    {                                                                                              \
        (void)var;                                                                                 \
        return check_text(thd, #NAME, save, value);                                                \
    }
CHECK_TEXT(secrets_file)
CHECK_TEXT(audit_checkpoint_mail)
CHECK_TEXT(audit_checkpoint_url)
CHECK_TEXT(audit_checkpoint_ca_file)
CHECK_TEXT(mail_ca_file)
CHECK_TEXT(alert_ca_file)
CHECK_TEXT(mail_url)
CHECK_TEXT(mail_from)
CHECK_TEXT(http_cors_origin)
CHECK_TEXT(http_token_file)
CHECK_TEXT(rate_limit_peers)
CHECK_TEXT(rate_limit_peer_ca_file)
CHECK_TEXT(rate_limit_store)

static void update_text(MYSQL_THD thd, struct st_mysql_sys_var *var, void *target, const void *save)
{
    const char *text = *(char *const *)save;
    char *copy = strdup(text ? text : "");
    int i = 0;

    (void)thd;
    (void)var;
    if (!copy)
        return;
    while (texts[i].variable != (char **)target)
        i++;
    *texts[i].variable = copy;
    free(texts[i].own);
    texts[i].own = copy;
    publish();
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

static void update_choice(MYSQL_THD thd, struct st_mysql_sys_var *var, void *target,
                          const void *save)
{
    (void)thd;
    (void)var;
    *(unsigned long *)target = *(const unsigned long *)save;
    publish();
}

static MYSQL_SYSVAR_BOOL(
    enabled, enabled, PLUGIN_VAR_OPCMDARG,
    "Whether Purser does any work. OFF stops the schedule and refuses requests.", NULL, update_bool,
    1);
static MYSQL_SYSVAR_STR(secrets_file, secrets_file, PLUGIN_VAR_RQCMDARG,
                        "Path of the JSON file with tokens and keys; readable by the server's user "
                        "alone. Empty: none.",
                        check_secrets_file, update_text, "");
static MYSQL_SYSVAR_STR(reconcile_at, reconcile_at, PLUGIN_VAR_RQCMDARG,
                        "Time of day, hh:mm in purser_time_zone, at which yesterday is reconciled.",
                        check_reconcile_at, update_text, "02:00");
static MYSQL_SYSVAR_STR(
    time_zone, time_zone, PLUGIN_VAR_RQCMDARG,
    "Time zone of the business day: SYSTEM, an offset such as +02:00, or a name "
    "such as Africa/Blantyre.",
    check_time_zone, update_text, "SYSTEM");
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
static MYSQL_SYSVAR_STR(rate_limit_peers, rate_limit_peers, PLUGIN_VAR_RQCMDARG,
                        "Base URLs of the HTTP listeners of all nodes that count rate limits "
                        "together, with commas between them; this node may be among them. Empty: "
                        "this server counts by itself.",
                        check_rate_limit_peers, update_text, "");
static MYSQL_SYSVAR_INT(rate_limit_peer_ms, rate_limit_peer_ms, PLUGIN_VAR_RQCMDARG,
                        "Milliseconds between two exchanges of rate limits with the peers.", NULL,
                        update_int, PEER_MS_DEFAULT, PEER_MS_MIN, PEER_MS_MAX, 0);
static MYSQL_SYSVAR_STR(rate_limit_peer_ca_file, rate_limit_peer_ca_file, PLUGIN_VAR_RQCMDARG,
                        "Path of a PEM file with the authorities that are trusted for the peers' "
                        "certificates. Empty: the system's.",
                        check_rate_limit_peer_ca_file, update_text, "");

static MYSQL_SYSVAR_INT(
    audit_seal_seconds, audit_seal_seconds, PLUGIN_VAR_RQCMDARG,
    "Seconds between two looks for rows of purser.audit_log that are not sealed yet. 0: never.",
    NULL, update_int, SEAL_DEFAULT, 0, SEAL_MAX, 0);
static MYSQL_SYSVAR_STR(
    audit_checkpoint_file, audit_checkpoint_file, PLUGIN_VAR_RQCMDARG | PLUGIN_VAR_READONLY,
    "Path of a file to which the checkpoints of the audit log are appended, one a minute at "
    "most. Empty: none.",
    NULL, NULL, "");
static MYSQL_SYSVAR_STR(audit_checkpoint_mail, audit_checkpoint_mail, PLUGIN_VAR_RQCMDARG,
                        "Addresses, with commas between them, to which signed checkpoints of the "
                        "audit log are mailed. Empty: none.",
                        check_audit_checkpoint_mail, update_text, "");
static MYSQL_SYSVAR_STR(audit_checkpoint_url, audit_checkpoint_url, PLUGIN_VAR_RQCMDARG,
                        "URL to which signed checkpoints of the audit log are posted: https, or "
                        "http to a loopback address. Empty: none.",
                        check_audit_checkpoint_url, update_text, "");
static MYSQL_SYSVAR_INT(audit_checkpoint_minutes, audit_checkpoint_minutes, PLUGIN_VAR_RQCMDARG,
                        "Minutes between two checkpoints that are mailed or posted, at least.",
                        NULL, update_int, CHECKPOINT_DEFAULT, 1, CHECKPOINT_MAX, 0);
static MYSQL_SYSVAR_STR(audit_checkpoint_ca_file, audit_checkpoint_ca_file, PLUGIN_VAR_RQCMDARG,
                        "Path of a PEM file with the authorities that are trusted when checkpoints "
                        "are posted. Empty: the system's.",
                        check_audit_checkpoint_ca_file, update_text, "");
static MYSQL_SYSVAR_STR(mail_ca_file, mail_ca_file, PLUGIN_VAR_RQCMDARG,
                        "Path of a PEM file with the authorities that are trusted for the mail "
                        "server's certificate. Empty: the system's.",
                        check_mail_ca_file, update_text, "");
static MYSQL_SYSVAR_STR(alert_ca_file, alert_ca_file, PLUGIN_VAR_RQCMDARG,
                        "Path of a PEM file with the authorities that are trusted when alerts are "
                        "posted to webhooks. Empty: the system's.",
                        check_alert_ca_file, update_text, "");
static MYSQL_SYSVAR_STR(mail_url, mail_url, PLUGIN_VAR_RQCMDARG,
                        "Mail server: smtps://host[:port], or smtp://host[:port], which is used "
                        "with STARTTLS unless it is a loopback address. Empty: none.",
                        check_mail_url, update_text, "");
static MYSQL_SYSVAR_STR(mail_from, mail_from, PLUGIN_VAR_RQCMDARG,
                        "Address that mails are sent from. Empty: none.", check_mail_from,
                        update_text, "");
static MYSQL_SYSVAR_STR(http_cors_origin, http_cors_origin, PLUGIN_VAR_RQCMDARG,
                        "Whose pages may read the answers of /health and below: '*' for all, one "
                        "origin such as https://status.example.com, or empty for none.",
                        check_http_cors_origin, update_text, "*");
static MYSQL_SYSVAR_STR(http_tls_cert, http_tls_cert, PLUGIN_VAR_RQCMDARG | PLUGIN_VAR_READONLY,
                        "Path of the HTTP listener's certificate with its chain, PEM. Empty: no "
                        "TLS.",
                        NULL, NULL, "");
static MYSQL_SYSVAR_STR(http_tls_key, http_tls_key, PLUGIN_VAR_RQCMDARG | PLUGIN_VAR_READONLY,
                        "Path of the key of that certificate, PEM.", NULL, NULL, "");
static MYSQL_SYSVAR_STR(http_token_file, http_token_file, PLUGIN_VAR_RQCMDARG,
                        "Path of the file with the tokens, one a line, that /health/detailed, "
                        "/metrics and /dashboard want; readable by the server's user alone. "
                        "Empty: they want none.",
                        check_http_token_file, update_text, "");
static MYSQL_SYSVAR_BOOL(ready_on_replica, ready_on_replica, PLUGIN_VAR_OPCMDARG,
                         "Whether /readyz says that a read-only server is ready.", NULL,
                         update_bool, 0);

static MYSQL_SYSVAR_INT(health_interval, health_interval, PLUGIN_VAR_RQCMDARG,
                        "Seconds between two looks of a health check that has no interval of its "
                        "own. 0: nothing is looked at but by CALL purser.check_health().",
                        NULL, update_int, HEALTH_DEFAULT, 0, HEALTH_MAX, 0);

static MYSQL_SYSVAR_INT(api_threads, api_threads, PLUGIN_VAR_RQCMDARG | PLUGIN_VAR_READONLY,
                        "Threads that answer the client API, below /v1 of the HTTP listener. 0: "
                        "there is no client API.",
                        NULL, NULL, API_THREADS_DEFAULT, 0, API_THREADS_MAX, 0);
static MYSQL_SYSVAR_INT(api_rate_limit, api_rate_limit, PLUGIN_VAR_RQCMDARG,
                        "Requests that a key of the client API may make in a minute.", NULL,
                        update_int, API_RATE_DEFAULT, 1, API_RATE_MAX, 0);

static MYSQL_SYSVAR_STR(rate_limit_store, rate_limit_store, PLUGIN_VAR_RQCMDARG,
                        "A Redis or Valkey in which several servers count their rate limits "
                        "together: redis://host[:port][/db] or unix:///path. Empty: none.",
                        check_rate_limit_store, update_text, "");
static MYSQL_SYSVAR_INT(rate_limit_store_timeout_ms, rate_limit_store_timeout_ms,
                        PLUGIN_VAR_RQCMDARG,
                        "Milliseconds that a call waits for that store, connecting included.", NULL,
                        update_int, STORE_TIMEOUT_DEFAULT, 1, STORE_TIMEOUT_MAX, 0);
static const char *failure_names[] = {"local", "allow", "deny", NULL};
static TYPELIB failure_choices = {
    .count = 3, .name = "failure_choices", .type_names = failure_names};
static MYSQL_SYSVAR_ENUM(rate_limit_store_failure, rate_limit_store_failure, PLUGIN_VAR_RQCMDARG,
                         "What a call says that gets no answer from that store: local (this "
                         "server counts by itself), allow, or deny.",
                         NULL, update_choice, SETTINGS_LOCAL, &failure_choices);

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
    MYSQL_SYSVAR(rate_limit_peers),
    MYSQL_SYSVAR(rate_limit_peer_ms),
    MYSQL_SYSVAR(rate_limit_peer_ca_file),
    MYSQL_SYSVAR(audit_seal_seconds),
    MYSQL_SYSVAR(audit_checkpoint_file),
    MYSQL_SYSVAR(audit_checkpoint_mail),
    MYSQL_SYSVAR(audit_checkpoint_url),
    MYSQL_SYSVAR(audit_checkpoint_minutes),
    MYSQL_SYSVAR(audit_checkpoint_ca_file),
    MYSQL_SYSVAR(mail_ca_file),
    MYSQL_SYSVAR(alert_ca_file),
    MYSQL_SYSVAR(mail_url),
    MYSQL_SYSVAR(mail_from),
    MYSQL_SYSVAR(health_interval),
    MYSQL_SYSVAR(http_cors_origin),
    MYSQL_SYSVAR(http_tls_cert),
    MYSQL_SYSVAR(http_tls_key),
    MYSQL_SYSVAR(http_token_file),
    MYSQL_SYSVAR(ready_on_replica),
    MYSQL_SYSVAR(api_threads),
    MYSQL_SYSVAR(api_rate_limit),
    MYSQL_SYSVAR(rate_limit_store),
    MYSQL_SYSVAR(rate_limit_store_timeout_ms),
    MYSQL_SYSVAR(rate_limit_store_failure),
    NULL,
};

/* Copies of an earlier life, of whose variables nobody can hold a pointer any more. */
static void forget_own(void)
{
    int i;

    for (i = 0; i < TEXTS; i++) {
        free(texts[i].own);
        texts[i].own = NULL;
    }
}

int sysvars_begin(struct error *err)
{
    struct settings s;
    struct zone *zone;
    int i;

    forget_own();
    if (collect(&s, err) != 0)
        return -1;
    zone = zone_load(s.time_zone, err);
    if (!zone)
        return error_prefix(err, "purser_time_zone: ");
    zone_destroy(zone);
    for (i = 0; i < TEXTS; i++)
        if (setting_rule_obey(texts[i].name, *texts[i].variable ? *texts[i].variable : "", err) !=
            0) {
            err->code = ERROR_CONFIG;
            return -1;
        }
    settings_put(&s);
    ratestore_configure(&s);
    rates_set_memory((size_t)rate_limit_memory);
    return 0;
}

void sysvars_end(void)
{
    int i;

    settings_clear();
    /* SHOW VARIABLES may still read the texts: they go when the variables are made anew. */
    for (i = 0; i < TEXTS; i++)
        *texts[i].variable = NULL;
}
