/*
  coordinator.c - see coordinator.h.

  DESIGN: a round takes what the checkers have brought, gives up on what has overrun its time, asks
  for what is due, answers who waits, and publishes what is known: at once when something has
  changed, and every second. While nothing is under way it sleeps until the next of these moments;
  a call, a setting and a job that is done wake it.

  THREADS: one; everything in struct coordinator is its own.
*/
#include "coordinator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../alert/alerts.h"
#include "../http/keep.h"
#include "../log.h"
#include "../queue.h"
#include "../server.h"
#include "../status.h"
#include "../stop.h"
#include "beats.h"
#include "looks.h"
#include "recorder.h"
#include "requests.h"

#define ROUND_MS 200 /* while something is under way, which may overrun its time */
#define START_POLL_MS 20
#define PATIENCE_MS 10000 /* no round waits for anything */
#define PUBLISH_MS 1000
#define TABLE_EVERY_MS 5000
#define REPORT_EVERY_MS 30000
#define ON_CALL_SECONDS 60
#define GRACE_MS 100   /* the server's own limit may come first: it says more */
#define KILL_AFTER 500 /* after the time was over */
#define CUT_AFTER 1000

/* A job that is no check. */
struct chore {
    unsigned long long ticket; /* 0: none is under way */
    int64_t due_ms;
    char complaint[sizeof(((struct error *)0)->text)]; /* what was logged last */
};

struct coordinator {
    struct looks looks;
    struct requests requests;
    struct settings settings;
    unsigned generation; /* of the settings */
    bool has_changed;
    int64_t published_ms;
    struct chore table, report;
    char server[129];
    bool is_off_peak, has_left_out;
    bool has_tried_rows; /* since there was nothing to be looked at */
    bool has_past;       /* once in a life: what was seen before it */
    struct health_report *last_report;
};

/* Why nothing is looked at; NULL: it is. */
static const char *reason_to_rest(const struct coordinator *c)
{
    if (!server_started())
        return "the server is starting";
    if (server_grants_off())
        return "the server runs with --skip-grant-tables";
    if (!c->settings.enabled)
        return "purser_enabled is OFF";
    return NULL;
}

/* Of checks that have none. With the interval 0 they are done on call, once. */
static int64_t interval_ms(const struct coordinator *c)
{
    return (c->settings.health_interval > 0 ? c->settings.health_interval : ON_CALL_SECONDS) *
           1000LL;
}

static void ask_to_kill(unsigned long long ticket, enum board_lane lane)
{
    struct job *job = job_create(ERRAND_KILL, lane == LANE_FIRST ? LANE_CHECK : LANE_FIRST, 3000);

    if (!job)
        return;
    job->connection = board_end(ticket);
    if (job->connection)
        board_push(job);
    else
        job_destroy(job);
}

/* ---- what the checkers bring */

static void complain(struct chore *chore, const struct error *err, const char *what)
{
    if (err->code == ERROR_STOPPED || server_aborting() || strcmp(chore->complaint, err->text) == 0)
        return;
    if (err->code != ERROR_NONE && /* else the scheduler has said why */
        (status_worker() == WORKER_READY || status_worker() == WORKER_REPLICA))
        log_warning("health: %s cannot be read: %s", what, err->text);
    snprintf(chore->complaint, sizeof(chore->complaint), "%s", err->text);
}

/* Nobody wants it any more, and nobody would give up on it: a table may take hours, and what hangs
   would keep its thread. */
static void cancel_unwanted(struct coordinator *c, const struct check_table *table)
{
    int i, j;

    for (i = 0; i < c->looks.count; i++) {
        struct look *look = c->looks.list[i];

        for (j = 0; table && j < table->count; j++)
            if (strcmp(table->rows[j].name, look->row.name) == 0)
                break;
        if ((table && j < table->count) || look->state == LOOK_IDLE || look->was_cancelled)
            continue;
        look->was_cancelled = true;
        job_destroy(board_withdraw(look->ticket));
        ask_to_kill(look->ticket, look->lane);
    }
}

static bool database_is_well(const struct coordinator *c)
{
    enum health_level level = looks_database(&c->looks);

    return level == HEALTH_OK || level == HEALTH_WARNING;
}

/* A database that is well and has no such rows (another version's schema) has none to wait for. */
static void rows_were_tried(struct coordinator *c, bool were_read)
{
    if (were_read || database_is_well(c))
        c->has_tried_rows = true;
}

/* At once where they could not be had before, for the database could not. */
static bool rows_are_due(const struct coordinator *c)
{
    return clock_ms() >= c->table.due_ms || requests_want_rows(&c->requests) ||
           (!c->has_tried_rows && database_is_well(c));
}

static void take_table(struct coordinator *c, struct job *job)
{
    const struct check_table *table = job->table;

    if (job->ticket != c->table.ticket)
        return;
    c->table.ticket = 0;
    rows_were_tried(c, table != NULL);
    complain(&c->table, &job->err, "purser.health_checks");
    if (table) {
        cancel_unwanted(c, table);
        if (looks_take_rows(&c->looks, table->rows, table->count, interval_ms(c)) != 0)
            log_error("health: out of memory");
        if (table->past)
            looks_recall(&c->looks, table->past);
        c->has_past = true;
        memcpy(c->server, table->server, sizeof(c->server));
        c->is_off_peak = table->is_off_peak;
        if (table->left_out && !c->has_left_out)
            log_warning("health: purser.health_checks has more than %d rows that are enabled: the"
                        " last ones by name are left out",
                        HEALTH_CHECKS_MAX);
        c->has_left_out = table->left_out;
        status_set(&purser_status.health_checks, c->looks.count);
        c->has_changed = true;
    }
    requests_rows_read(&c->requests, &c->looks, job->begun_ms);
}

static void take_report(struct coordinator *c, struct job *job)
{
    if (job->ticket != c->report.ticket)
        return;
    c->report.ticket = 0;
    complain(&c->report, &job->err, "the report");
    if (job->rc != 0)
        return;
    health_report_release(c->last_report);
    c->last_report = health_report_create(job->report, clock_utc_us());
    job->report = NULL;
    c->has_changed = true;
}

static void take_look(struct coordinator *c, const struct job *job)
{
    struct look *look = looks_find(&c->looks, job->ticket);

    if (!look)
        return;
    if (look->state == LOOK_ASKED && job->err.code != ERROR_STOPPED && !look->was_cancelled) {
        look_take(look, job, job->begun_ms);
        look_record(look, job, c->server);
        status_add(&purser_status.health_checks_run, 1);
        status_add(&purser_status.health_checks_failed, job->rc != 0);
        c->has_changed = true;
    }
    look->state = LOOK_IDLE;
    look->was_cancelled = false;
}

static void take_done(struct coordinator *c)
{
    struct job *job;

    while ((job = board_next_done()) != NULL) {
        if (job->errand == ERRAND_CHECK)
            take_look(c, job);
        else if (job->errand == ERRAND_TABLE)
            take_table(c, job);
        else if (job->errand == ERRAND_REPORT)
            take_report(c, job);
        job_destroy(job);
    }
}

/* ---- what does not come back */

static void give_up_on(struct coordinator *c, struct look *look)
{
    int64_t begun = board_begun_ms(look->ticket);
    int64_t late = begun ? clock_ms() - begun - look->row.timeout_ms : 0;

    if (begun == 0 || late < GRACE_MS)
        return;
    if (look->state == LOOK_ASKED) {
        look->state = LOOK_OVERRUN;
        look->was_killed = look->was_cut = false;
        look_overrun(look, begun);
        look_record(look, NULL, c->server);
        status_add(&purser_status.health_checks_run, 1);
        status_add(&purser_status.health_checks_failed, 1);
        status_add(&purser_status.health_overruns, 1);
        c->has_changed = true;
    }
    if (late > KILL_AFTER && !look->was_killed)
        ask_to_kill(look->ticket, look->lane);
    look->was_killed = look->was_killed || late > KILL_AFTER;
    if (late > CUT_AFTER && !look->was_cut)
        board_cut(look->ticket);
    look->was_cut = look->was_cut || late > CUT_AFTER;
}

/* Of the rows and the report: nothing hangs on them but themselves. */
static void give_up_on_chore(struct coordinator *c, struct chore *chore)
{
    int64_t begun = chore->ticket ? board_begun_ms(chore->ticket) : 0;

    if (begun == 0 || clock_ms() - begun < CHECK_TIMEOUT_MS + CUT_AFTER)
        return;
    board_cut(chore->ticket);
    chore->ticket = 0;
    if (chore != &c->table)
        return;
    rows_were_tried(c, false);
    requests_rows_read(&c->requests, &c->looks, begun);
}

static void give_up(struct coordinator *c)
{
    int i;

    for (i = 0; i < c->looks.count; i++)
        if (c->looks.list[i]->state != LOOK_IDLE)
            give_up_on(c, c->looks.list[i]);
    give_up_on_chore(c, &c->table);
    give_up_on_chore(c, &c->report);
}

/* ---- what is due */

static void ask(struct look *look)
{
    struct job *job = job_create(ERRAND_CHECK, look->lane, look->row.timeout_ms);

    if (!job || check_row_copy(&job->row, &look->row) != 0) {
        job_destroy(job);
        return;
    }
    look->state = LOOK_ASKED;
    look->ticket = job->ticket;
    look->due_ms = clock_ms() + look->shown.interval_ms;
    board_push(job);
}

static void begin_chore(struct chore *chore, enum board_errand errand, int64_t every_ms,
                        bool with_past)
{
    struct job *job = job_create(errand, LANE_CHECK, CHECK_TIMEOUT_MS);

    if (!job)
        return;
    job->with_past = with_past;
    chore->ticket = job->ticket;
    chore->due_ms = clock_ms() + every_ms;
    board_push(job);
}

/* Without an interval only a call has something looked at: what the last one has seen stands. */
static bool is_on_call(const struct coordinator *c)
{
    return c->settings.health_interval == 0 && c->requests.count == 0;
}

/* Is it looked at when it is due? */
static bool is_waiting(const struct coordinator *c, const struct look *look)
{
    return look->state == LOOK_IDLE && !look->is_missing &&
           (look->lane != LANE_SLOW || (c->is_off_peak && c->settings.health_interval > 0));
}

static void ask_for_due(struct coordinator *c)
{
    int i;

    if (is_on_call(c))
        return;
    if (!c->table.ticket && rows_are_due(c))
        begin_chore(&c->table, ERRAND_TABLE, TABLE_EVERY_MS, !c->has_past);
    if (!c->report.ticket && clock_ms() >= c->report.due_ms)
        begin_chore(&c->report, ERRAND_REPORT, REPORT_EVERY_MS, false);
    for (i = 0; i < c->looks.count; i++) {
        struct look *look = c->looks.list[i];

        if (is_waiting(c, look) && clock_ms() >= look->due_ms)
            ask(look);
    }
}

static bool is_under_way(const struct coordinator *c)
{
    int i;

    for (i = 0; i < c->looks.count; i++)
        if (c->looks.list[i]->state != LOOK_IDLE)
            return true;
    return c->table.ticket || c->report.ticket || c->requests.count > 0;
}

/* Milliseconds until the next round; what brings something sooner wakes it. */
static int64_t nap(const struct coordinator *c, bool rests)
{
    int64_t soonest = c->published_ms + PUBLISH_MS;
    int i;

    if (!server_started())
        return START_POLL_MS;
    if (is_under_way(c))
        return ROUND_MS;
    if (!rests && !is_on_call(c)) {
        soonest = c->table.due_ms < soonest ? c->table.due_ms : soonest;
        soonest = c->report.due_ms < soonest ? c->report.due_ms : soonest;
        for (i = 0; i < c->looks.count; i++)
            if (is_waiting(c, c->looks.list[i]) && c->looks.list[i]->due_ms < soonest)
                soonest = c->looks.list[i]->due_ms;
    }
    soonest -= clock_ms();
    return soonest > START_POLL_MS ? soonest : START_POLL_MS; /* out of memory it goes no faster */
}

/* ---- what is known */

/* Nobody can say yet that all is well: the database was not looked at, or it is well and the rows
   of the checks are not there, nor what was known of them. */
static bool is_starting(const struct coordinator *c)
{
    enum health_level level = looks_database(&c->looks);

    if (!server_started())
        return true;
    return c->looks.count > 0 &&
           (level == HEALTH_UNKNOWN || (level != HEALTH_CRITICAL && !c->has_tried_rows));
}

static void publish(struct coordinator *c)
{
    const struct snapshot *published;
    struct snapshot *snapshot;

    if (!c->has_changed && clock_ms() - c->published_ms < PUBLISH_MS)
        return;
    snapshot = looks_snapshot(&c->looks);
    if (!snapshot)
        return;
    memcpy(snapshot->server, c->server, sizeof(snapshot->server));
    snapshot->must_not_write = server_read_only() && !c->settings.ready_on_replica;
    snapshot->is_starting = is_starting(c);
    snapshot_share_report(snapshot, c->last_report);
    snapshot_publish(snapshot);
    c->published_ms = clock_ms();
    c->has_changed = false;
    published = snapshot_get();
    alerts_watch(published, recorder_is_stuck());
    snapshot_release(published);
}

/* Whoever is not looked at is not known: nothing that was seen before is shown. */
static void rest(struct coordinator *c)
{
    cancel_unwanted(c, NULL);
    c->has_changed = c->has_changed || c->looks.count > 0;
    looks_deinit(&c->looks);
    health_report_release(c->last_report);
    c->last_report = NULL;
    c->has_tried_rows = false;
    c->table.due_ms = c->report.due_ms = 0;
    status_set(&purser_status.health_checks, 0);
}

/* Until the first rows are read there is the database itself. */
static void begin(struct coordinator *c)
{
    struct check_row row;

    if (c->looks.count > 0 || is_on_call(c))
        return;
    check_row_database(&row);
    looks_take_rows(&c->looks, &row, 1, interval_ms(c));
}

static void take_settings(struct coordinator *c)
{
    int before = c->settings.health_interval;

    if (c->generation == settings_generation())
        return;
    c->generation = settings_generation();
    settings_get(&c->settings);
    if (c->settings.health_interval == before)
        return;
    c->table.due_ms = 0; /* the rows are taken anew, with the new interval */
    if (c->settings.health_interval == 0)
        rest(c);
}

static void one_round(struct coordinator *c)
{
    const char *why;

    take_settings(c);
    if (server_started())
        http_listener_keep(&c->settings);
    why = reason_to_rest(c);
    take_done(c);
    requests_take(&c->requests, why);
    if (why) {
        requests_end(&c->requests, why);
        rest(c);
    } else {
        begin(c);
        give_up(c);
        ask_for_due(c);
    }
    publish(c); /* first: who has the answer sees the same in the view */
    requests_answer(&c->requests, &c->looks);
    board_wait(nap(c, why != NULL));
}

void coordinator_body(void *unused)
{
    struct coordinator *c = calloc(1, sizeof(*c));

    (void)unused;
    if (!c) {
        log_error("health: the coordinator cannot start: out of memory");
        return;
    }
    c->generation = settings_generation() - 1;
    while (!stop_requested()) {
        beat(BEAT_HEALTH, PATIENCE_MS);
        one_round(c);
    }
    requests_end(&c->requests, "the plugin is being stopped");
    snapshot_publish(NULL);
    looks_deinit(&c->looks);
    health_report_release(c->last_report);
    free(c);
}
