/* statvars.c - see statvars.h. Values are read from status.h, which is safe from any thread. */
#include "statvars.h"

#include <mysql/plugin.h>
#include <mysql/service_thd_alloc.h>
#include <stdio.h>

#include "../udf/ratelimit/service.h"
#include "health/health.h"
#include "peers/peers.h"
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

static int show_peer_silence(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                             struct system_status_var *total, enum enum_var_type scope)
{
    (void)thd;
    (void)total;
    (void)scope;
    return show_number(var, buffer, peers_silence_ms());
}

/* What the limiter has counted since it was made, all shards together. */
#define RATE_FUNCTION(NAME, EXPRESSION)                                                            \
    static int show_rate_##NAME(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,        \
                                struct system_status_var *total, enum enum_var_type scope)         \
    {                                                                                              \
        struct rate_limiter *limiter = rate_service_if_any();                                      \
        struct rate_counters c = {0};                                                              \
        uint64_t keys = 0, bytes = 0;                                                              \
                                                                                                   \
        (void)thd;                                                                                 \
        (void)total;                                                                               \
        (void)scope;                                                                               \
        if (limiter)                                                                               \
            rate_limiter_totals(limiter, &c, &keys, &bytes);                                       \
        return show_number(var, buffer, (long long)(EXPRESSION));                                  \
    }
RATE_FUNCTION(keys, keys)
RATE_FUNCTION(bytes, bytes)
RATE_FUNCTION(allowed, c.allowed)
RATE_FUNCTION(denied, c.denied)
RATE_FUNCTION(shadow_denied, c.shadow_denied)
RATE_FUNCTION(evicted_expired, c.evicted_expired)
RATE_FUNCTION(evicted_live, c.evicted_live)

static int show_store_state(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                            struct system_status_var *total, enum enum_var_type scope)
{
    static const char *const names[] = {"off", "closed", "half-open", "open"};

    (void)thd;
    (void)total;
    (void)scope;
    return show_text(var, buffer, names[atomic_load(&purser_status.rate_store_state) & 3]);
}

static int show_store_latency(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                              struct system_status_var *total, enum enum_var_type scope)
{
    long long calls = atomic_load(&purser_status.rate_store_calls);

    (void)thd;
    (void)total;
    (void)scope;
    return show_number(var, buffer, calls ? atomic_load(&purser_status.rate_store_us) / calls : 0);
}

#define HEALTH_FUNCTION(NAME, SHOW)                                                                \
    static int show_health_##NAME(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,      \
                                  struct system_status_var *total, enum enum_var_type scope)       \
    {                                                                                              \
        struct health_brief b;                                                                     \
                                                                                                   \
        (void)thd;                                                                                 \
        (void)total;                                                                               \
        (void)scope;                                                                               \
        health_brief(&b);                                                                          \
        return SHOW;                                                                               \
    }
HEALTH_FUNCTION(level, show_text(var, buffer, b.level))
HEALTH_FUNCTION(snapshot, show_number(var, buffer, b.snapshot_age_ms))
HEALTH_FUNCTION(report, show_number(var, buffer, b.report_age_seconds))

static bool add_policy_counter(MYSQL_THD thd, struct st_mysql_show_var *var, const char *policy,
                               const char *what, unsigned long long count)
{
    char *name = thd_alloc(thd, RATE_POLICY_NAME + 24);
    long long *value = thd_alloc(thd, sizeof(*value));

    if (!name || !value)
        return false;
    snprintf(name, RATE_POLICY_NAME + 24, "%s_%s", policy, what);
    *value = (long long)count;
    var->name = name;
    var->value = (char *)value;
    var->type = SHOW_SLONGLONG;
    return true;
}

/* Purser_rate_policy_NAME_allowed, _denied, _shadow for each policy in force. */
static int show_rate_policies(MYSQL_THD thd, struct st_mysql_show_var *var, void *buffer,
                              struct system_status_var *total, enum enum_var_type scope)
{
    struct rate_policies *policies = rate_service_policies();
    int i, n = rate_policies_count(policies), used = 0;
    struct st_mysql_show_var *list =
        thd_calloc(thd, (3 * (size_t)n + 1) * sizeof(struct st_mysql_show_var));

    (void)buffer;
    (void)total;
    (void)scope;
    for (i = 0; list && i < n; i++) {
        struct rate_policy *p = rate_policies_at(policies, i);

        if (!add_policy_counter(thd, &list[used++], p->name, "allowed", p->allowed) ||
            !add_policy_counter(thd, &list[used++], p->name, "denied", p->denied) ||
            !add_policy_counter(thd, &list[used++], p->name, "shadow", p->shadow_denied))
            list = NULL;
    }
    rate_service_release();
    var->type = list ? SHOW_ARRAY : SHOW_UNDEF;
    var->value = (char *)list;
    return 0;
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
    COUNTER("purser_connections", connections),
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
    COUNTER("purser_audit_seals", audit_seals),
    COUNTER("purser_audit_rows_sealed", audit_rows_sealed),
    COUNTER("purser_audit_checkpoints_sent", audit_checkpoints_sent),
    COUNTER("purser_audit_checkpoint_failures", audit_checkpoint_failures),
    COUNTER("purser_outbox_sent", outbox_sent),
    COUNTER("purser_outbox_failures", outbox_failures),
    COUNTER("purser_outbox_dead", outbox_dead),
    COUNTER("purser_usage_checks", usage_checks),
    COUNTER("purser_usage_failures", usage_failures),
    COUNTER("purser_usage_alerts", usage_alerts),
    COUNTER("purser_api_requests", api_requests),
    COUNTER("purser_api_denied", api_denied),
    COUNTER("purser_api_limited", api_limited),
    COUNTER("purser_api_unavailable", api_unavailable),
    COUNTER("purser_api_given_up", api_given_up),
    COUNTER("purser_rate_limit_peers", rate_peers),
    COUNTER("purser_rate_limit_peers_reachable", rate_peers_reachable),
    COUNTER("purser_rate_limit_peer_sent", rate_peer_sent),
    COUNTER("purser_rate_limit_peer_failures", rate_peer_failures),
    COUNTER("purser_rate_limit_peer_received", rate_peer_received),
    COUNTER("purser_rate_limit_peer_refused", rate_peer_refused),
    COUNTER("purser_rate_limit_peer_changes_sent", rate_peer_changes_sent),
    COUNTER("purser_rate_limit_peer_changes_received", rate_peer_changes_received),
    COUNTER("purser_rate_limit_peer_dropped", rate_peer_dropped),
    FUNCTION("purser_rate_limit_peer_silence_ms", show_peer_silence),
    COUNTER("purser_errors_logged", log_lines),
    FUNCTION("purser_rate_limit_keys", show_rate_keys),
    FUNCTION("purser_rate_limit_bytes", show_rate_bytes),
    FUNCTION("purser_rate_limit_allowed", show_rate_allowed),
    FUNCTION("purser_rate_limit_denied", show_rate_denied),
    FUNCTION("purser_rate_limit_shadow_denied", show_rate_shadow_denied),
    FUNCTION("purser_rate_limit_evicted_expired", show_rate_evicted_expired),
    FUNCTION("purser_rate_limit_evicted_live", show_rate_evicted_live),
    FUNCTION("purser_rate_policy", show_rate_policies),
    FUNCTION("purser_rate_limit_store_state", show_store_state),
    COUNTER("purser_rate_limit_store_calls", rate_store_calls),
    COUNTER("purser_rate_limit_store_failures", rate_store_failures),
    COUNTER("purser_rate_limit_store_fallbacks", rate_store_fallbacks),
    COUNTER("purser_rate_limit_store_openings", rate_store_openings),
    FUNCTION("purser_rate_limit_store_latency_us", show_store_latency),
    COUNTER("purser_rate_limit_store_max_latency_us", rate_store_max_us),
    FUNCTION("purser_health_level", show_health_level),
    FUNCTION("purser_health_snapshot_age_ms", show_health_snapshot),
    FUNCTION("purser_health_report_age_seconds", show_health_report),
    COUNTER("purser_health_checks", health_checks),
    COUNTER("purser_health_checks_run", health_checks_run),
    COUNTER("purser_health_checks_failed", health_checks_failed),
    COUNTER("purser_health_overruns", health_overruns),
    COUNTER("purser_health_results_written", health_results_written),
    COUNTER("purser_health_results_dropped", health_results_dropped),
    {NULL, NULL, 0},
};
