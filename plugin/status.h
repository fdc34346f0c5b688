/* status.h - counters and gauges that SHOW STATUS LIKE 'purser%' shows. Any thread. */
#ifndef PURSER_STATUS_H
#define PURSER_STATUS_H

#include <stdatomic.h>
#include <stdint.h>

/* One member a status variable; statvars.c gives each its name. */
struct status_counters {
    atomic_llong connections; /* to the own server that are open */
    atomic_llong reconnects;  /* connections to the own server that were lost and made again */
    atomic_llong password_rotations; /* passwords set for the worker's account */
    atomic_llong runs_running;       /* reconciliations under way */
    atomic_llong runs_complete;      /* since the plugin was loaded, as are all below */
    atomic_llong runs_incomplete;
    atomic_llong runs_failed;
    atomic_llong records_staged;       /* gateway records written to gateway_transactions */
    atomic_llong discrepancies_opened; /* findings opened or reopened */
    atomic_llong discrepancies_closed; /* findings that closed themselves */
    atomic_llong pending_sweeps;       /* sweeps over pending orders that were finished */
    atomic_llong http_requests;        /* requests sent to gateways, retries included */
    atomic_llong http_retries;
    atomic_llong http_failures; /* requests given up after all retries */
    atomic_llong audit_seals;   /* seals made over the audit log */
    atomic_llong audit_rows_sealed;
    atomic_llong audit_checkpoints_sent; /* mailed or posted */
    atomic_llong audit_checkpoint_failures;
    atomic_llong health_checks;     /* checks that are looked at */
    atomic_llong health_checks_run; /* looks that have a result, as are those below */
    atomic_llong health_checks_failed;
    atomic_llong health_overruns;        /* looks without an answer in time */
    atomic_llong health_results_written; /* rows of health_results */
    atomic_llong health_results_dropped; /* not written: the database did not take them */
    atomic_llong outbox_sent;            /* messages that their receiver has taken */
    atomic_llong outbox_failures;        /* tries that failed */
    atomic_llong outbox_dead;            /* messages given up */
    atomic_llong usage_checks;           /* looks at the usage of the clients */
    atomic_llong usage_failures;         /* looks that failed */
    atomic_llong usage_alerts;           /* mails that they wrote */
    atomic_llong api_requests;           /* answers of the client API */
    atomic_llong api_denied;             /* of these, 401 and 403 */
    atomic_llong api_limited;            /* 429 */
    atomic_llong api_unavailable;        /* 503 */
    atomic_llong api_given_up;           /* 503, because nobody had the answer in time */
    atomic_llong rate_peers;             /* nodes that rate limits are counted with */
    atomic_llong rate_peers_reachable;   /* of these, those that answer */
    atomic_llong rate_peer_sent;         /* messages that a peer has taken */
    atomic_llong rate_peer_failures;     /* those that it has not */
    atomic_llong rate_peer_received;     /* messages of peers that were counted */
    atomic_llong rate_peer_refused;      /* messages that were not: forged, mangled */
    atomic_llong rate_peer_changes_sent; /* changes in the messages */
    atomic_llong rate_peer_changes_received;
    atomic_llong rate_peer_dropped;    /* changes that no peer is told: no place */
    atomic_llong rate_store_state;     /* 0: no store; else 1 + enum breaker_state */
    atomic_llong rate_store_calls;     /* that asked the shared store of the rate limits */
    atomic_llong rate_store_failures;  /* of these, those without an answer */
    atomic_llong rate_store_fallbacks; /* answered by purser_rate_limit_store_failure */
    atomic_llong rate_store_openings;  /* times that its breaker opened */
    atomic_llong rate_store_us;        /* that all calls took */
    atomic_llong rate_store_max_us;    /* that the longest took */
    atomic_llong log_lines;            /* warnings and errors written to the error log */
    atomic_llong heartbeat_ms; /* monotonic time of the scheduler's last beat; 0: none yet */
};

extern struct status_counters purser_status;

/* What the worker is doing, in the order of a start. */
enum worker_state {
    WORKER_STOPPED,        /* the plugin is not loaded */
    WORKER_STARTING,       /* the server does not accept connections yet */
    WORKER_GRANTS_OFF,     /* --skip-grant-tables */
    WORKER_NO_ACCOUNT,     /* the account is missing, or refuses the password just set */
    WORKER_NO_SCHEMA,      /* the schema or its version row is missing */
    WORKER_SCHEMA_VERSION, /* the schema is of another version */
    WORKER_NO_CONNECTION,  /* the own server cannot be reached now */
    WORKER_NOT_IN_CLUSTER, /* a Galera node that is cut off, not ready yet, or writes alone */
    WORKER_DISABLED,       /* purser_enabled=OFF */
    WORKER_REPLICA,        /* read_only: the writing jobs idle */
    WORKER_READY
};

void status_set_worker(enum worker_state state);
enum worker_state status_worker(void);
const char *status_worker_name(enum worker_state state);

/** Text of the last warning or error; never a secret. */
void status_set_last_error(const char *text);
void status_last_error(char *out, unsigned long size);

/** All counters to zero; called by init before any thread runs. */
void status_reset(void);

static inline void status_add(atomic_llong *counter, long long n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/** Where n is more than it. */
static inline void status_raise(atomic_llong *gauge, long long n)
{
    long long before = atomic_load_explicit(gauge, memory_order_relaxed);

    while (n > before && !atomic_compare_exchange_weak(gauge, &before, n))
        ;
}

static inline void status_set(atomic_llong *gauge, long long n)
{
    atomic_store_explicit(gauge, n, memory_order_relaxed);
}

#endif
