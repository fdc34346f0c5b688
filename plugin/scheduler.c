/*
  scheduler.c - see scheduler.h.

  DESIGN: the thread climbs from "the server starts" to "ready" (check_ready) and falls back
  whenever a step fails; each reason is logged once. While ready it sleeps on the queue and wakes
  for requests, finished tasks, the daily time, retries and sweeps. Idle, it asks the server every
  few seconds for the schema's version, an audit log and its last seal, runs that nobody works on,
  the two small tables of the rate limits, and whether the usage of the clients is to be looked at.

  THREADS: everything in struct scheduler is the thread's own.
*/
#include "scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../udf/schedule.h"
#include "alert/outbox.h"
#include "audit/publish.h"
#include "audit/sealer.h"
#include "cluster.h"
#include "db.h"
#include "dispatch.h"
#include "health/beats.h"
#include "lease.h"
#include "rate_tables.h"
#include "log.h"
#include "purser_schema.h"
#include "queue.h"
#include "replica.h"
#include "server.h"
#include "settings.h"
#include "status.h"
#include "stop.h"
#include "usage/watch.h"
#include "zone_file.h"

#define START_POLL_MS 20
#define BACKOFF_MIN_MS 250
#define BACKOFF_MAX_MS 10000
#define BEAT_MS 5000
#define PATIENCE_MS 60000    /* a round with the worst waits for locks is no longer */
#define FIRST_SWEEP_MS 60000 /* after a start, which many a server does at once */

struct scheduler {
    struct db *db;
    struct settings settings;
    unsigned generation;     /* of the settings above */
    bool is_node;            /* of a Galera cluster */
    enum worker_state state; /* reported last */
    int64_t backoff_ms;
    bool was_ready;        /* connected before: the next connection is a reconnection */
    bool parts;            /* a replica that is writable; said so */
    bool fresh;            /* just became ready: take up unfinished runs, see what is owed */
    int64_t next_daily;    /* UTC microseconds */
    int64_t next_retry;    /* UTC microseconds */
    int64_t next_sweep_ms; /* monotonic */
    int64_t next_look_ms;  /* monotonic: at the schema's version */
    int64_t due_again_ms;  /* monotonic: not before, after the schedule's SQL failed */
    int64_t due_backoff_ms;
    char due_complaint[sizeof(((struct error *)0)->text)]; /* what was logged last */
    int64_t next_limits_ms;                                /* monotonic */
    int64_t next_checkpoint_ms;                            /* monotonic */
    int64_t next_usage_ms;                                 /* monotonic */
    int64_t next_runs_ms;                                  /* monotonic */
    unsigned checkpoints_heeded[PUBLISH_CHANNELS];         /* generations of the settings */
};

/* Say once why nothing works, or that everything does. */
static void report(struct scheduler *s, enum worker_state state, const char *why)
{
    if (s->state == state || server_aborting())
        return;
    s->state = state;
    status_set_worker(state);
    if (state == WORKER_READY)
        log_note("ready, version " PURSER_VERSION);
    else if (state == WORKER_REPLICA || state == WORKER_DISABLED)
        log_note("idle: %s", why);
    else
        log_warning("waiting: %s", why);
}

static int check_schema(struct scheduler *s, enum worker_state *state, struct error *err)
{
    char version[16];
    struct error sql = {0};
    int rc = db_value(s->db, version, sizeof(version), &sql,
                      "SELECT version FROM purser.schema_version WHERE id = 1");

    *state = rc == -1 && sql.code != ERROR_SQL ? WORKER_NO_CONNECTION : WORKER_NO_SCHEMA;
    if (rc == -1 && sql.code == ERROR_SQL) /* for the worker, not granted is missing */
        return error_set(err, ERROR_CONFIG,
                         "the schema purser is missing or not granted to the worker (%s): "
                         "run sql/install.sql",
                         sql.text);
    if (rc == -1)
        return error_set(err, sql.code, "%s", sql.text);
    if (rc == 0)
        return error_set(err, ERROR_CONFIG,
                         "the schema purser is not complete (schema_version is empty): "
                         "run sql/install.sql");
    if (strtol(version, NULL, 10) != PURSER_SCHEMA_VERSION) {
        *state = WORKER_SCHEMA_VERSION;
        return error_set(err, ERROR_CONFIG,
                         "the schema purser has version %s, this library works with version %d: "
                         "run the sql/install.sql that came with it",
                         version, PURSER_SCHEMA_VERSION);
    }
    return 0;
}

/* A node of a cluster is asked before each piece of work. */
static int check_cluster(struct scheduler *s, enum worker_state *state, struct error *err)
{
    int rc = s->is_node ? cluster_may_work(s->db, err, err) : 1;

    *state = rc == 0 ? WORKER_NOT_IN_CLUSTER : WORKER_NO_CONNECTION;
    return rc == 1 ? 0 : -1;
}

static int connect(struct scheduler *s, struct error *err)
{
    int rc;

    s->db = db_open(err);
    rc = s->db ? cluster_is_node(s->db, err) : -1;
    if (rc == -1) {
        db_close(s->db);
        s->db = NULL;
        return -1;
    }
    s->is_node = rc == 1;
    return 0;
}

static void disconnect(struct scheduler *s)
{
    db_close(s->db);
    s->db = NULL;
}

static bool sweep_is_due(const struct scheduler *s)
{
    return s->settings.sweep_minutes > 0 && clock_ms() >= s->next_sweep_ms;
}

/* Whether to look at the schema: before any work, and every few seconds, so that a schema or an
   account that is gone shows without work, too. */
static bool has_work(const struct scheduler *s)
{
    return clock_ms() >= s->next_look_ms || (s->fresh && clock_ms() >= s->due_again_ms) ||
           sweep_is_due(s) || clock_utc_us() >= s->next_daily || clock_utc_us() >= s->next_retry ||
           queue_has_request();
}

/* What a replica writes meets what the primary writes. A server that shuts down seems to be one. */
static void look_at_replica(struct scheduler *s)
{
    bool parts = s->settings.enabled && !server_read_only() &&
                 replica_place(s->db, NULL) == REPLICA_FOLLOWS && !server_aborting();

    if (parts && !s->parts)
        log_warning("this server is a replica and not read-only: Purser works here as well, and "
                    "what it writes will part from the primary's and stop the replication; SET "
                    "GLOBAL read_only = ON, or purser_enabled = OFF");
    s->parts = parts;
}

/* The schema may be changed at any time, so that its version is looked at before any work. */
static enum worker_state check_connection(struct scheduler *s, struct error *err)
{
    enum worker_state state = WORKER_READY;
    bool was_open;

    if (s->db && (db_is_worn(s->db) || !db_ping(s->db)))
        disconnect(s);
    was_open = s->db != NULL;
    if (was_open && !has_work(s))
        return WORKER_READY;
    if (!was_open && connect(s, err) != 0)
        return err->code == ERROR_CONFIG ? WORKER_NO_ACCOUNT : WORKER_NO_CONNECTION;
    if (check_cluster(s, &state, err) != 0 || check_schema(s, &state, err) != 0) {
        disconnect(s);
        return state;
    }
    s->next_look_ms = clock_ms() + BEAT_MS;
    sealer_look(s->db);
    outbox_look(s->db);
    look_at_replica(s);
    if (!was_open && s->was_ready)
        status_add(&purser_status.reconnects, 1);
    s->was_ready = true;
    return WORKER_READY;
}

static enum worker_state check_allowed(const struct scheduler *s, struct error *err)
{
    if (!s->settings.enabled) {
        error_set(err, ERROR_BUSY, "purser_enabled is OFF");
        return WORKER_DISABLED;
    }
    if (server_read_only()) {
        error_set(err, ERROR_BUSY, "the server is read-only (a replica?); jobs wait for promotion");
        return WORKER_REPLICA;
    }
    return WORKER_READY;
}

/* The former primary's leases are not waited for: it cannot renew them here. */
static void take_over(struct scheduler *s)
{
    struct error err = {0};
    long long leases = 0;

    if (replica_place(s->db, &err) == REPLICA_ALONE)
        leases = lease_forget_others(s->db, &err);
    if (leases > 0)
        log_note("promoted: %lld leases of the former primary end", leases);
    if (err.code && err.code != ERROR_STOPPED)
        log_warning("promoted, the former primary's leases stay until they end: %s", err.text);
}

static enum worker_state check_ready(struct scheduler *s, struct error *err)
{
    enum worker_state state;

    if (!server_started()) {
        error_set(err, ERROR_GONE, "the server is starting");
        return WORKER_STARTING;
    }
    if (server_grants_off()) {
        error_set(
            err, ERROR_CONFIG,
            "the server runs with --skip-grant-tables; Purser works once the grants are loaded");
        return WORKER_GRANTS_OFF;
    }
    state = check_connection(s, err);
    if (state == WORKER_READY)
        state = check_allowed(s, err);
    if (state == WORKER_READY && s->state == WORKER_REPLICA)
        take_over(s);
    return state;
}

static void refuse(struct request *request, const struct error *why)
{
    struct error err = *why;

    error_prefix(&err, "the worker is not ready: ");
    request_finish(request, NULL, &err);
}

static void refuse_requests(const struct error *why)
{
    struct request *request;

    while ((request = queue_next_request()) != NULL) {
        refuse(request, why);
        request_release(request);
    }
}

static void wait_not_ready(struct scheduler *s, enum worker_state state, const struct error *why)
{
    if (state == WORKER_STARTING) {
        refuse_requests(why); /* of an --init-file, for which the server's start waits */
        stop_sleep_ms(START_POLL_MS);
        return;
    }
    report(s, state, why->text);
    refuse_requests(why);
    if (state == WORKER_REPLICA)
        dispatch_leave_runs(why);
    s->fresh = true;
    queue_take_finished(); /* or queue_wait would not wait; fresh makes up for it */
    if (state == WORKER_REPLICA || state == WORKER_DISABLED) {
        queue_wait(1000);
        return;
    }
    queue_wait(s->backoff_ms);
    s->backoff_ms = s->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : s->backoff_ms * 2;
}

static void plan_daily(struct scheduler *s)
{
    struct error err = {0};
    struct zone *zone = zone_load(s->settings.time_zone, &err);

    if (!zone) {
        log_error("purser_time_zone: %s", err.text);
        zone = zone_fixed(0, NULL);
    }
    s->next_daily =
        zone ? schedule_next(zone, s->settings.reconcile_at, clock_utc_us()) : INT64_MAX;
    zone_destroy(zone);
}

static void take_settings(struct scheduler *s)
{
    unsigned generation = settings_generation();
    int before;

    if (generation == s->generation && !schedule_is_too_far(s->next_daily, clock_utc_us()))
        return;
    before = s->settings.sweep_minutes;
    settings_get(&s->settings);
    s->generation = generation;
    if (s->settings.sweep_minutes != before) /* switched on: waiting orders are looked at now */
        s->next_sweep_ms =
            clock_ms() + (before < 0    ? FIRST_SWEEP_MS
                          : before == 0 ? 0
                                        : (int64_t)s->settings.sweep_minutes * 60000);
    plan_daily(s);
}

/* The schedule's SQL failed: say so once, and try again after a growing pause. */
static void put_off(struct scheduler *s, const struct error *err)
{
    if (err->code != ERROR_STOPPED && strcmp(err->text, s->due_complaint) != 0)
        log_warning("schedule: %s", err->text);
    snprintf(s->due_complaint, sizeof(s->due_complaint), "%s", err->text);
    s->due_again_ms = clock_ms() + s->due_backoff_ms;
    s->due_backoff_ms =
        s->due_backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : s->due_backoff_ms * 2;
    if (err->code == ERROR_GONE)
        disconnect(s);
}

/* Everything the calendar wants. */
static void do_due(struct scheduler *s)
{
    bool daily = clock_utc_us() >= s->next_daily;
    bool sweep = sweep_is_due(s);
    bool ended = queue_take_finished() > 0;
    struct error err = {0};
    int rc = 0;

    s->fresh = s->fresh || (ended && clock_ms() < s->due_again_ms);
    if (clock_ms() < s->due_again_ms)
        return;
    if (!daily && !sweep && !ended && !s->fresh && clock_utc_us() < s->next_retry)
        return;
    if (s->fresh || ended) /* also runs for which there was no room when they were made */
        rc = dispatch_unfinished(s->db, 0, &err);
    if (rc == 0)
        rc = dispatch_due(s->db, &s->settings, daily, sweep, &s->next_retry, &err);
    if (daily)
        plan_daily(s);
    if (sweep)
        s->next_sweep_ms = clock_ms() + (int64_t)s->settings.sweep_minutes * 60000;
    s->fresh = rc != 0;
    if (rc == 0) {
        s->due_backoff_ms = BACKOFF_MIN_MS;
        s->due_complaint[0] = '\0';
        return;
    }
    put_off(s, &err);
}

/* What the asker has set before it asked, also in the middle of a round, holds for its request. */
static void do_requests(struct scheduler *s)
{
    struct request *request;

    while (s->db && (request = queue_next_request()) != NULL) {
        struct error why = {0};

        take_settings(s);
        if (check_allowed(s, &why) != WORKER_READY) {
            refuse(request, &why);
        } else if (dispatch_request(s->db, &s->settings, request) != 0) {
            disconnect(s);
            s->fresh = true; /* runs that were written are taken up */
        }
        request_release(request);
    }
}

/* Milliseconds until something is due, at most until the next beat. */
static int64_t nap(const struct scheduler *s)
{
    int64_t now = clock_utc_us(), soonest = BEAT_MS;
    int64_t daily = (s->next_daily - now) / 1000 + 1;
    int64_t retry = s->next_retry == INT64_MAX ? BEAT_MS : (s->next_retry - now) / 1000 + 1;

    if (clock_ms() < s->due_again_ms)
        return s->due_again_ms - clock_ms() < soonest ? s->due_again_ms - clock_ms() + 1 : soonest;
    soonest = daily < soonest ? daily : soonest;
    soonest = retry < soonest ? retry : soonest;
    return soonest < 1 ? 1 : soonest;
}

/* On a replica as well: its sessions may ask the limiter, too. */
static void keep_limits(struct scheduler *s)
{
    struct error err = {0};

    if (!s->db || clock_ms() < s->next_limits_ms)
        return;
    s->next_limits_ms = clock_ms() + BEAT_MS;
    if (rate_tables_reload(s->db, &err) == 0 || err.code == ERROR_SQL)
        return; /* what the server says of the tables is no fault of the connection */
    if (err.code != ERROR_STOPPED)
        log_warning("rate limits: %s", err.text);
    disconnect(s);
}

static void keep_checkpoints(struct scheduler *s)
{
    struct error err = {0};
    bool hasten = false;
    int i;

    for (i = 0; i < PUBLISH_CHANNELS; i++)
        hasten = hasten || s->checkpoints_heeded[i] != s->generation;
    if (!s->db || (!hasten && clock_ms() < s->next_checkpoint_ms))
        return;
    s->next_checkpoint_ms = clock_ms() + BEAT_MS;
    if (publish_push(s->db, &s->settings, s->generation, s->checkpoints_heeded, &err) != 0)
        put_off(s, &err);
}

static void keep_usage(struct scheduler *s)
{
    struct error err = {0};

    if (!s->db || clock_ms() < s->next_usage_ms)
        return;
    s->next_usage_ms = clock_ms() + BEAT_MS;
    if (usage_push(s->db, &err) != 0)
        put_off(s, &err);
}

/* Another server may have been killed in the middle of a run, or be cut off. A run that is new is
   left to the server that made it, as long as a lease lasts. */
static void keep_runs(struct scheduler *s)
{
    struct error err = {0};

    if (!s->db || clock_ms() < s->next_runs_ms || clock_ms() < s->due_again_ms)
        return;
    s->next_runs_ms = clock_ms() + BEAT_MS;
    if (dispatch_unfinished(s->db, LEASE_SECONDS, &err) != 0)
        put_off(s, &err);
}

static void loop(struct scheduler *s)
{
    while (!stop_requested()) {
        struct error why = {0};
        enum worker_state state;

        atomic_store(&purser_status.heartbeat_ms, clock_ms());
        beat(BEAT_SCHEDULER, PATIENCE_MS);
        take_settings(s);
        state = check_ready(s, &why);
        keep_limits(s);
        if (state != WORKER_READY) {
            wait_not_ready(s, state, &why);
            continue;
        }
        s->backoff_ms = BACKOFF_MIN_MS;
        report(s, WORKER_READY, "");
        do_requests(s);
        if (s->db)
            do_due(s);
        keep_runs(s);
        keep_checkpoints(s);
        keep_usage(s);
        if (s->db)
            queue_wait(nap(s));
    }
}

void scheduler_body(void *unused)
{
    struct scheduler *s = calloc(1, sizeof(*s));
    int i;

    (void)unused;
    if (!s || !server_thread_begin()) {
        free(s);
        log_error("the scheduler cannot start: out of memory");
        return;
    }
    s->backoff_ms = s->due_backoff_ms = BACKOFF_MIN_MS;
    s->fresh = true;
    s->next_daily = s->next_retry = INT64_MAX;
    s->generation = settings_generation() - 1;
    for (i = 0; i < PUBLISH_CHANNELS; i++)
        s->checkpoints_heeded[i] = s->generation;
    s->state = WORKER_STARTING;
    s->settings.sweep_minutes = -1; /* none yet */
    loop(s);
    db_close(s->db);
    free(s);
    server_thread_end();
}
