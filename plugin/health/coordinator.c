/*
  coordinator.c - see coordinator.h.

  DESIGN: a round takes what the checkers have brought, gives up on what has overrun its time, asks
  for what is due, answers who waits, and publishes what is known: at once when something has
  changed, and every second.

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

#define ROUND_MS 200
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
    json_t *report_json;
    int64_t report_at;
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

static void take_table(struct coordinator *c, struct job *job)
{
    const struct check_table *table = job->table;

    if (job->ticket != c->table.ticket)
        return;
    c->table.ticket = 0;
    complain(&c->table, &job->err, "purser.health_checks");
    if (table) {
        cancel_unwanted(c, table);
        if (looks_take_rows(&c->looks, table->rows, table->count, interval_ms(c)) != 0)
            log_error("health: out of memory");
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
    json_decref(c->report_json);
    c->report_json = job->report;
    c->report_at = job->report ? clock_utc_us() : 0;
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
    if (chore == &c->table)
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

static void begin_chore(struct chore *chore, enum board_errand errand, int64_t every_ms)
{
    struct job *job = job_create(errand, LANE_CHECK, CHECK_TIMEOUT_MS);

    if (!job)
        return;
    chore->ticket = job->ticket;
    chore->due_ms = clock_ms() + every_ms;
    board_push(job);
}

static void ask_for_due(struct coordinator *c)
{
    int i;

    if (c->settings.health_interval == 0 && c->requests.count == 0)
        return; /* what the last call has seen stands */
    if (!c->table.ticket && (clock_ms() >= c->table.due_ms || requests_want_rows(&c->requests)))
        begin_chore(&c->table, ERRAND_TABLE, TABLE_EVERY_MS);
    if (!c->report.ticket && clock_ms() >= c->report.due_ms)
        begin_chore(&c->report, ERRAND_REPORT, REPORT_EVERY_MS);
    for (i = 0; i < c->looks.count; i++) {
        struct look *look = c->looks.list[i];

        if (look->state == LOOK_IDLE && clock_ms() >= look->due_ms && !look->is_missing &&
            (look->lane != LANE_SLOW || (c->is_off_peak && c->settings.health_interval > 0)))
            ask(look);
    }
}

/* ---- what is known */

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
    if (c->report_json)
        snapshot_set_report(snapshot, json_incref(c->report_json), c->report_at);
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
    json_decref(c->report_json);
    c->report_json = NULL;
    c->report_at = 0;
    c->table.due_ms = c->report.due_ms = 0;
    status_set(&purser_status.health_checks, 0);
}

/* Until the first rows are read there is the database itself. */
static void begin(struct coordinator *c)
{
    struct check_row row;

    if (c->looks.count > 0 || (c->settings.health_interval == 0 && c->requests.count == 0))
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
    board_wait(server_started() ? ROUND_MS : START_POLL_MS);
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
    json_decref(c->report_json);
    free(c);
}
