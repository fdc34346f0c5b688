/* metrics_status.c - see metrics_status.h. Each member of struct status_counters has a line here.
 */
#include "metrics_status.h"

#include <stddef.h>
#include <string.h>

#include "../stop.h"
#include "prom_out.h"

#define MEMBER(NAME) offsetof(struct status_counters, NAME)

/* Lines of one name stand together; only the first needs a type and a help. */
static const struct {
    const char *name, *type, *help;
    struct prom_label label;
    size_t member;
} families[] = {
    {"purser_connections",
     "gauge",
     "Connections that Purser has to its own server.",
     {NULL, NULL},
     MEMBER(connections)},
    {"purser_reconnects_total",
     "counter",
     "Times that the scheduler lost its connection and made a new one.",
     {NULL, NULL},
     MEMBER(reconnects)},
    {"purser_password_rotations_total",
     "counter",
     "Passwords set for Purser's own account.",
     {NULL, NULL},
     MEMBER(password_rotations)},
    {"purser_runs_running",
     "gauge",
     "Reconciliations at work now.",
     {NULL, NULL},
     MEMBER(runs_running)},
    {"purser_runs_total",
     "counter",
     "Reconciliations that ended, by how.",
     {"state", "complete"},
     MEMBER(runs_complete)},
    {"purser_runs_total", NULL, NULL, {"state", "incomplete"}, MEMBER(runs_incomplete)},
    {"purser_runs_total", NULL, NULL, {"state", "failed"}, MEMBER(runs_failed)},
    {"purser_records_staged_total",
     "counter",
     "Records of gateways that were stored.",
     {NULL, NULL},
     MEMBER(records_staged)},
    {"purser_discrepancies_opened_total",
     "counter",
     "Findings opened or reopened.",
     {NULL, NULL},
     MEMBER(discrepancies_opened)},
    {"purser_discrepancies_closed_total",
     "counter",
     "Findings that closed themselves.",
     {NULL, NULL},
     MEMBER(discrepancies_closed)},
    {"purser_pending_sweeps_total",
     "counter",
     "Sweeps over pending orders that came to an end.",
     {NULL, NULL},
     MEMBER(pending_sweeps)},
    {"purser_client_requests_total",
     "counter",
     "Requests sent to gateways and other services, retries included.",
     {NULL, NULL},
     MEMBER(http_requests)},
    {"purser_client_retries_total",
     "counter",
     "Of these, the retries.",
     {NULL, NULL},
     MEMBER(http_retries)},
    {"purser_client_failures_total",
     "counter",
     "Requests given up after all retries.",
     {NULL, NULL},
     MEMBER(http_failures)},
    {"purser_audit_seals_total",
     "counter",
     "Seals made over the audit log.",
     {NULL, NULL},
     MEMBER(audit_seals)},
    {"purser_audit_rows_sealed_total",
     "counter",
     "Rows of the audit log that were sealed.",
     {NULL, NULL},
     MEMBER(audit_rows_sealed)},
    {"purser_audit_checkpoints_sent_total",
     "counter",
     "Checkpoints mailed and posted.",
     {NULL, NULL},
     MEMBER(audit_checkpoints_sent)},
    {"purser_audit_checkpoint_failures_total",
     "counter",
     "Times that a checkpoint could not be mailed or posted.",
     {NULL, NULL},
     MEMBER(audit_checkpoint_failures)},
    {"purser_health_checks",
     "gauge",
     "Health checks that are looked at.",
     {NULL, NULL},
     MEMBER(health_checks)},
    {"purser_health_looks_total",
     "counter",
     "Looks of health checks that have a result.",
     {NULL, NULL},
     MEMBER(health_checks_run)},
    {"purser_health_looks_failed_total",
     "counter",
     "Of these, those that failed themselves.",
     {NULL, NULL},
     MEMBER(health_checks_failed)},
    {"purser_health_overruns_total",
     "counter",
     "Looks without an answer in time.",
     {NULL, NULL},
     MEMBER(health_overruns)},
    {"purser_health_results_written_total",
     "counter",
     "Results written to health_results.",
     {NULL, NULL},
     MEMBER(health_results_written)},
    {"purser_health_results_dropped_total",
     "counter",
     "Results that the database did not take.",
     {NULL, NULL},
     MEMBER(health_results_dropped)},
    {"purser_outbox_sent_total",
     "counter",
     "Messages that their receiver has taken.",
     {NULL, NULL},
     MEMBER(outbox_sent)},
    {"purser_outbox_failures_total",
     "counter",
     "Tries to send a message that failed.",
     {NULL, NULL},
     MEMBER(outbox_failures)},
    {"purser_outbox_given_up_total",
     "counter",
     "Messages given up.",
     {NULL, NULL},
     MEMBER(outbox_dead)},
    {"purser_usage_checks_total",
     "counter",
     "Looks at the usage of the clients that succeeded.",
     {NULL, NULL},
     MEMBER(usage_checks)},
    {"purser_usage_failures_total",
     "counter",
     "Looks at the usage of the clients that failed.",
     {NULL, NULL},
     MEMBER(usage_failures)},
    {"purser_usage_alerts_total",
     "counter",
     "Mails to clients about their usage that were written.",
     {NULL, NULL},
     MEMBER(usage_alerts)},
    {"purser_api_requests_total",
     "counter",
     "Answers of the client API.",
     {NULL, NULL},
     MEMBER(api_requests)},
    {"purser_api_denied_total",
     "counter",
     "Of these, refused for their signature, key or client (401, 403).",
     {NULL, NULL},
     MEMBER(api_denied)},
    {"purser_api_limited_total",
     "counter",
     "Of these, refused by the rate of their key (429).",
     {NULL, NULL},
     MEMBER(api_limited)},
    {"purser_api_unavailable_total",
     "counter",
     "Of these, 503.",
     {NULL, NULL},
     MEMBER(api_unavailable)},
    {"purser_api_given_up_total",
     "counter",
     "Of these, 503 because nobody had the answer in time.",
     {NULL, NULL},
     MEMBER(api_given_up)},
    {"purser_rate_limit_peers",
     "gauge",
     "Other nodes that rate limits are counted with.",
     {NULL, NULL},
     MEMBER(rate_peers)},
    {"purser_rate_limit_peers_reachable",
     "gauge",
     "Of these, those that answer.",
     {NULL, NULL},
     MEMBER(rate_peers_reachable)},
    {"purser_rate_limit_peer_messages_sent_total",
     "counter",
     "Messages about rate limits that a peer has taken.",
     {NULL, NULL},
     MEMBER(rate_peer_sent)},
    {"purser_rate_limit_peer_failures_total",
     "counter",
     "Messages about rate limits that a peer did not take; they are sent again.",
     {NULL, NULL},
     MEMBER(rate_peer_failures)},
    {"purser_rate_limit_peer_messages_received_total",
     "counter",
     "Messages of peers that were counted.",
     {NULL, NULL},
     MEMBER(rate_peer_received)},
    {"purser_rate_limit_peer_messages_refused_total",
     "counter",
     "Messages about rate limits that were refused: not signed, or mangled.",
     {NULL, NULL},
     MEMBER(rate_peer_refused)},
    {"purser_rate_limit_peer_changes_sent_total",
     "counter",
     "Changes of counts that a peer has taken.",
     {NULL, NULL},
     MEMBER(rate_peer_changes_sent)},
    {"purser_rate_limit_peer_changes_received_total",
     "counter",
     "Changes of counts that peers have sent.",
     {NULL, NULL},
     MEMBER(rate_peer_changes_received)},
    {"purser_rate_limit_peer_changes_dropped_total",
     "counter",
     "Changes of counts that a peer is not told for want of memory.",
     {NULL, NULL},
     MEMBER(rate_peer_dropped)},
    {"purser_rate_store_state",
     "gauge",
     "The shared store of the rate limits: 0 none is set, 1 it is asked, 2 one call tries, 3 it is "
     "left alone.",
     {NULL, NULL},
     MEMBER(rate_store_state)},
    {"purser_rate_store_calls_total",
     "counter",
     "Calls to the shared store of the rate limits.",
     {NULL, NULL},
     MEMBER(rate_store_calls)},
    {"purser_rate_store_failures_total",
     "counter",
     "Of these, those without an answer.",
     {NULL, NULL},
     MEMBER(rate_store_failures)},
    {"purser_rate_store_fallbacks_total",
     "counter",
     "Calls of rate limits that the store did not answer, or was not asked.",
     {NULL, NULL},
     MEMBER(rate_store_fallbacks)},
    {"purser_rate_store_openings_total",
     "counter",
     "Times that the store began to be left alone.",
     {NULL, NULL},
     MEMBER(rate_store_openings)},
    {"purser_errors_logged_total",
     "counter",
     "Warnings and errors that Purser wrote to the error log.",
     {NULL, NULL},
     MEMBER(log_lines)},
};
#define FAMILIES ((int)(sizeof(families) / sizeof(families[0])))

int metrics_status_members(void)
{
    return FAMILIES + 3; /* heartbeat_ms becomes an age, microseconds become seconds */
}

static void put_worker(struct buf *to, enum worker_state worker)
{
    const char *name = "purser_worker_state";
    int state;

    prom_family(to, name, "gauge", "1 for what the worker does or waits for, 0 for all else.");
    for (state = WORKER_STOPPED; state <= WORKER_READY; state++) {
        struct prom_label label = {"state", status_worker_name((enum worker_state)state)};

        prom_sample(to, name, &label, 1, state == (int)worker);
    }
}

static void put_seconds(struct buf *to, const char *name, const char *type, const char *help,
                        atomic_llong *microseconds)
{
    prom_single(to, name, type, help,
                (double)atomic_load_explicit(microseconds, memory_order_relaxed) / 1e6);
}

void metrics_of_status(struct buf *to, enum worker_state worker)
{
    const char *base = (const char *)&purser_status;
    int64_t beat = atomic_load(&purser_status.heartbeat_ms);
    int i;

    put_worker(to, worker);
    if (beat)
        prom_single(to, "purser_scheduler_heartbeat_age_seconds", "gauge",
                    "Seconds since the scheduler's last round.",
                    (double)(clock_ms() - beat) / 1000);
    put_seconds(to, "purser_rate_store_seconds_total", "counter",
                "Seconds that all calls to the shared store of the rate limits took together.",
                &purser_status.rate_store_us);
    put_seconds(to, "purser_rate_store_max_seconds", "gauge",
                "Seconds that the longest call to that store took.",
                &purser_status.rate_store_max_us);
    for (i = 0; i < FAMILIES; i++) {
        atomic_llong *member = (atomic_llong *)(uintptr_t)(base + families[i].member);

        if (families[i].type)
            prom_family(to, families[i].name, families[i].type, families[i].help);
        prom_sample(to, families[i].name, &families[i].label, families[i].label.name ? 1 : 0,
                    (double)atomic_load_explicit(member, memory_order_relaxed));
    }
}
