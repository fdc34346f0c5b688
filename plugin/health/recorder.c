/*
  recorder.c - see recorder.h.

  DESIGN: a round takes what waits and writes it in one transaction; a batch that failed is kept and
  tried again. Once an hour what is too old goes. On a server that is read-only nothing is written,
  and nothing is kept for later: the server that writes has results of its own.

  THREADS: one, purser-record; everything in struct recorder is its own.
  LOCKING: the list that waits is guarded by recorder_lock, which is held for list work only.
*/
#include "recorder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../alert/alerts.h"
#include "../db.h"
#include "../log.h"
#include "../server.h"
#include "../settings.h"
#include "../status.h"
#include "../stop.h"
#include "beats.h"
#include "failure.h"

#define WAITING_MAX 512
#define BATCH_MAX 256
#define ROUND_MS 1000
#define BACKOFF_MS 5000
#define PATIENCE_MS 90000 /* a transaction of a few statements, each with its limit */
#define SETTINGS_EVERY_MS 15000
#define PRUNE_EVERY_MS 3600000
#define PRUNE_ROWS 1000
#define ALERTS_EVERY_MS 5000 /* repeats, silences that end, rules that are new */
#define STUCK_MS 3000
#define STATEMENT_SECONDS "30"
#define MINUTES_DEFAULT 5
#define MINUTES_MAX 1440
#define DAYS_DEFAULT 30
#define DAYS_MAX 3660

struct recorder {
    struct db *db;
    struct record *batch; /* taken, and not written yet */
    int64_t again_ms;     /* not before, after a failure */
    int64_t settings_ms;  /* when they are read again */
    int64_t prune_ms;     /* when it is looked for old rows again */
    int64_t alerts_ms;    /* when alerts are judged again, though nothing has come */
    int keep_days;
    bool has_worked;      /* alerts are judged from then on, also after a connection was lost */
    bool has_thrown_away; /* since it was ready last */
    char complaint[sizeof(((struct error *)0)->text)]; /* what was logged last */
};

static pthread_mutex_t recorder_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t recorder_changed = PTHREAD_COND_INITIALIZER;
static struct record *waiting;
static int waiting_count;
static atomic_int minutes = MINUTES_DEFAULT;
static atomic_uint epoch;
static atomic_llong behind_ms; /* since then something could not be written; 0: all is */
/* The same, but not where it is known why: while the schema or the account is missing nothing
 * hangs. */
static atomic_llong hangs_ms;

struct record *record_create(void)
{
    return calloc(1, sizeof(struct record));
}

void record_destroy(struct record *record)
{
    if (!record)
        return;
    free(record->detail);
    free(record->parts);
    free(record);
}

static void destroy_all(struct record *list)
{
    struct record *next;

    for (; list; list = next) {
        next = list->next;
        record_destroy(list);
    }
}

int64_t recorder_every_ms(void)
{
    return (int64_t)atomic_load(&minutes) * 60000;
}

unsigned recorder_epoch(void)
{
    return atomic_load(&epoch);
}

/* Something is to be written now, and nobody knows yet whether it can be. */
static void fall_behind(void)
{
    long long none = 0;

    atomic_compare_exchange_strong(&behind_ms, &none, clock_ms());
}

bool recorder_is_stuck(void)
{
    long long since = atomic_load(&behind_ms);

    return since != 0 && clock_ms() - since > STUCK_MS;
}

int64_t recorder_hangs_ms(void)
{
    long long since = atomic_load(&hangs_ms);

    return since != 0 ? clock_ms() - since : 0;
}

/* A transaction begins that has something to write. */
static void begin_to_hang(void)
{
    long long none = 0;

    atomic_compare_exchange_strong(&hangs_ms, &none, clock_ms());
}

void recorder_push(struct record *record)
{
    struct record **end = &waiting, *oldest = NULL;

    pthread_mutex_lock(&recorder_lock);
    while (*end)
        end = &(*end)->next;
    record->next = NULL;
    *end = record;
    if (++waiting_count > WAITING_MAX) {
        oldest = waiting;
        waiting = oldest->next;
        waiting_count--;
        status_add(&purser_status.health_results_dropped, 1);
    }
    pthread_cond_broadcast(&recorder_changed);
    pthread_mutex_unlock(&recorder_lock);
    record_destroy(oldest);
}

void recorder_reset(void)
{
    pthread_mutex_lock(&recorder_lock);
    destroy_all(waiting);
    waiting = NULL;
    waiting_count = 0;
    pthread_mutex_unlock(&recorder_lock);
    atomic_store(&minutes, MINUTES_DEFAULT);
    atomic_store(&behind_ms, 0);
    atomic_store(&hangs_ms, 0);
}

void recorder_stop(void)
{
    pthread_mutex_lock(&recorder_lock);
    pthread_cond_broadcast(&recorder_changed);
    pthread_mutex_unlock(&recorder_lock);
}

static void wait_for_work(int64_t ms, bool also_for_records)
{
    int64_t until = clock_ms() + ms;
    struct timespec at = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (until % 1000) * 1000000L};

    pthread_mutex_lock(&recorder_lock);
    while (!stop_requested() && clock_ms() < until && !(also_for_records && waiting))
        pthread_cond_clockwait(&recorder_changed, &recorder_lock, CLOCK_MONOTONIC, &at);
    pthread_mutex_unlock(&recorder_lock);
}

static struct record *take_batch(void)
{
    struct record *first, **end = &waiting;
    int n = 0;

    pthread_mutex_lock(&recorder_lock);
    first = waiting;
    for (; *end && n < BATCH_MAX; n++)
        end = &(*end)->next;
    waiting = *end;
    *end = NULL;
    first = n > 0 ? first : NULL;
    waiting_count -= n;
    pthread_mutex_unlock(&recorder_lock);
    return first;
}

/* ---- what is written */

static int append_record(struct db *db, struct buf *text, const struct record *r, struct error *err)
{
    char value[32] = "NULL";

    if (r->has_value)
        snprintf(value, sizeof(value), "%.17g", r->value);
    return db_format(db, text, err, "%p(%s, %s, %s, %td, %s, %s, %p, %s, %lld.0/1000, %s, %s, %s)",
                     text->data[text->len - 1] == ')' ? ", " : " ", r->server, r->name, r->service,
                     r->checked_at, health_level_name(r->level), health_level_name(r->raw), value,
                     r->unit, (long long)r->duration_us, r->message, r->detail, r->parts);
}

static int insert(struct db *db, const struct record *batch, struct error *err)
{
    struct buf text;
    int rc;

    buf_init(&text, 32u << 20);
    rc = buf_puts(&text, "INSERT INTO purser.health_results (server, name, service, checked_at,"
                         " level, raw, value, unit, duration_ms, message, detail, parts) VALUES");
    if (rc != 0)
        error_set(err, ERROR_MEMORY, "out of memory");
    for (; batch && rc == 0; batch = batch->next)
        rc = append_record(db, &text, batch, err);
    if (rc == 0)
        rc = db_exec_text(db, &text, err) < 0 ? -1 : 0;
    buf_free(&text);
    return rc;
}

static int evaluate(struct db *db, struct error *err)
{
    const struct snapshot *snapshot = snapshot_get();
    int rc = snapshot ? alerts_evaluate(db, snapshot, err) : 0;

    snapshot_release(snapshot);
    return rc;
}

/* One transaction: the results, and whatever follows from them. */
static int recorder_commit(struct recorder *r, struct error *err)
{
    bool done;

    if (!r->batch && clock_ms() < r->alerts_ms)
        return 0;
    r->alerts_ms = 0; /* a transaction that fails is due at once, with results or without */
    if (db_exec(r->db, err, "START TRANSACTION") < 0)
        return -1;
    done = (!r->batch || insert(r->db, r->batch, err) == 0) && evaluate(r->db, err) == 0 &&
           db_exec(r->db, err, "COMMIT") >= 0;
    if (!done)
        db_exec(r->db, NULL, "ROLLBACK");
    alerts_committed(done);
    if (done)
        r->alerts_ms = clock_ms() + ALERTS_EVERY_MS;
    return done ? 0 : -1;
}

/* ---- settings and old rows */

static int read_number(struct db *db, const char *name, int least, int most, int fallback,
                       int *value, struct error *err)
{
    char text[16];
    long number;
    char *end;
    int rc = db_value(db, text, sizeof(text), err,
                      "SELECT value FROM purser.settings WHERE name = %s", name);

    if (rc < 0)
        return -1;
    number = rc == 1 ? strtol(text, &end, 10) : fallback;
    if (rc == 1 && (*end || end == text || number < least || number > most))
        number = fallback;
    *value = (int)number;
    return 0;
}

static int read_settings(struct recorder *r, struct error *err)
{
    int value;

    if (clock_ms() < r->settings_ms)
        return 0;
    if (read_number(r->db, "health_record_minutes", 1, MINUTES_MAX, MINUTES_DEFAULT, &value, err) !=
        0)
        return -1;
    atomic_store(&minutes, value);
    if (read_number(r->db, "health_keep_days", 1, DAYS_MAX, DAYS_DEFAULT, &r->keep_days, err) != 0)
        return -1;
    r->settings_ms = clock_ms() + SETTINGS_EVERY_MS;
    return 0;
}

static int prune(struct recorder *r, struct error *err)
{
    long long gone = PRUNE_ROWS;

    if (clock_ms() < r->prune_ms)
        return 0;
    while (gone == PRUNE_ROWS && !stop_requested()) {
        gone = db_exec(r->db, err,
                       "DELETE FROM purser.health_results WHERE checked_at <"
                       " UTC_TIMESTAMP(6) - INTERVAL %d DAY ORDER BY checked_at, id LIMIT %d",
                       r->keep_days, PRUNE_ROWS);
        if (gone < 0 && failure_number(err) == SERVER_DEADLOCK)
            error_clear(err); /* another node of a cluster deletes the same rows */
        else if (gone < 0)
            return -1;
    }
    r->prune_ms = clock_ms() + PRUNE_EVERY_MS;
    return 0;
}

/* ---- the thread */

static void disconnect(struct recorder *r)
{
    db_close(r->db);
    r->db = NULL;
}

static int connect(struct recorder *r, struct error *err)
{
    if (r->db)
        return 0;
    r->db = db_open(err);
    if (!r->db)
        return -1;
    return db_exec(r->db, err, "SET SESSION max_statement_time = " STATEMENT_SECONDS) < 0 ? -1 : 0;
}

static int write_down(struct recorder *r, struct error *err)
{
    long long n = 0;
    const struct record *one;

    begin_to_hang();
    if (connect(r, err) != 0 || read_settings(r, err) != 0 || recorder_commit(r, err) != 0)
        return -1;
    atomic_store(&hangs_ms, 0); /* old rows that cannot be deleted keep nothing waiting */
    for (one = r->batch; one; one = one->next)
        n++;
    status_add(&purser_status.health_results_written, n);
    destroy_all(r->batch);
    r->batch = NULL;
    return prune(r, err);
}

/* The worker's state says some seconds later that the server has become read-only: no fault. */
static void complain(struct recorder *r, const struct error *err)
{
    if (err->code == ERROR_STOPPED || server_aborting() || server_read_only() ||
        strcmp(err->text, r->complaint) == 0)
        return;
    if (err->code != ERROR_NONE)
        log_warning("health: results cannot be written: %s", err->text);
    snprintf(r->complaint, sizeof(r->complaint), "%s", err->text);
}

static void one_round(struct recorder *r)
{
    struct error err = {0};
    bool had_connection;
    int rc;

    wait_for_work(ROUND_MS, !r->batch && clock_ms() >= r->again_ms);
    if (clock_ms() < r->again_ms || stop_requested())
        return;
    if (status_worker() == WORKER_REPLICA || status_worker() == WORKER_DISABLED) {
        destroy_all(r->batch);
        r->batch = NULL;
        destroy_all(take_batch());
        r->has_thrown_away = true;
        r->has_worked = false;
        disconnect(r);
        atomic_store(&behind_ms, 0);
        atomic_store(&hangs_ms, 0);
        return;
    }
    fall_behind();
    if (status_worker() != WORKER_READY) {
        if (status_worker() != WORKER_NO_CONNECTION) /* that may be the same that it hangs on */
            atomic_store(&hangs_ms, 0);
        disconnect(r);
        r->again_ms = clock_ms() + ROUND_MS;
        return;
    }
    if (r->has_thrown_away)
        atomic_fetch_add(&epoch, 1);
    r->has_thrown_away = false;
    if (!r->batch)
        r->batch = take_batch();
    if (!r->batch && !r->has_worked) {
        atomic_store(&behind_ms, 0);
        return;
    }
    had_connection = r->db != NULL;
    rc = write_down(r, &err);
    if (rc != 0 && err.code == ERROR_GONE && had_connection) { /* lost while it lay idle? */
        disconnect(r);
        error_clear(&err);
        rc = write_down(r, &err);
    }
    if (rc == 0) {
        r->has_worked = true;
        atomic_store(&behind_ms, 0);
    } else {
        disconnect(r);
        r->again_ms = clock_ms() + BACKOFF_MS;
    }
    complain(r, &err);
}

void recorder_body(void *unused)
{
    struct recorder *r = calloc(1, sizeof(*r));

    (void)unused;
    if (!r || !server_thread_begin()) {
        free(r);
        log_error("health: results are not written: out of memory");
        return;
    }
    r->keep_days = DAYS_DEFAULT;
    while (!stop_requested()) {
        beat(BEAT_RECORDER, PATIENCE_MS);
        one_round(r);
    }
    disconnect(r);
    destroy_all(r->batch);
    free(r);
    server_thread_end();
}
