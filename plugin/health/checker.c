/*
  checker.c - see checker.h.

  DESIGN: a checker takes a job, does it, brings it back. It keeps its connection, but for the one
  that looks at the database itself: whether one can connect is part of the answer; and but for the
  DBAs' own queries, which may leave something behind in it. A connection
  that was lost while it lay idle is no finding: the job is begun again on a new one.

  THREADS: each its own struct seat; nothing is shared but the board.
*/
#include "checker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../server.h"
#include "../stop.h"
#include "beats.h"
#include "failure.h"
#include "sql_check.h"

#define REPORT_MAX (8u << 20)
#define PATIENCE_MS 10000 /* after the time limit: the socket is cut by then */
#define LEAST_MS 50       /* that a statement gets, however late it is */

struct seat {
    const struct checker *who;
    struct db *db;
    bool is_fresh; /* this job has opened the connection */
    int64_t connect_us;
    struct settings settings;
};

static void disconnect(struct seat *seat)
{
    db_close(seat->db);
    seat->db = NULL;
}

/* What may be said in public of a look that failed. */
static void complain(struct job *job, const char *what)
{
    snprintf(job->complaint, sizeof(job->complaint), "%s", what);
}

static void complain_of(struct job *job)
{
    unsigned long number = failure_number(&job->err);

    if (number == SERVER_TIME_IS_OVER)
        snprintf(job->complaint, sizeof(job->complaint), "no answer within %lld s",
                 (long long)job->timeout_ms / 1000);
    else if (number == SERVER_LOCK_WAIT)
        complain(job, "it waited for a lock in vain");
    else if (number == SERVER_INTERRUPTED)
        complain(job, "its statement was killed");
    else if (job->err.code == ERROR_GONE)
        complain(job, "the connection to the server was lost");
    else if (job->err.code == ERROR_SQL)
        snprintf(job->complaint, sizeof(job->complaint), "its statement failed (error %lu)",
                 number);
    else if (job->err.code == ERROR_INPUT) /* a text of ours */
        health_message(job->complaint, job->err.text, strlen(job->err.text));
    else
        complain(job, "it could not be done");
}

static int connect(struct seat *seat, struct job *job)
{
    int64_t begun = clock_ns();

    seat->is_fresh = seat->db == NULL;
    seat->connect_us = 0;
    if (seat->db)
        return 0;
    seat->db = db_open(&job->err);
    if (!seat->db) {
        /* the server's own words: where it speaks another language it is the shorter sentence */
        complain(job, strstr(job->err.text, "Too many connections")
                          ? "cannot connect to the server: too many connections"
                          : "cannot connect to the server");
        return -1;
    }
    seat->connect_us = (clock_ns() - begun) / 1000;
    return 0;
}

/* From now on no statement takes longer than what is left. */
static int limit(struct seat *seat, const struct job *job, struct error *err)
{
    int64_t left = job->begun_ms + job->timeout_ms - clock_ms();
    char seconds[32];

    left = left < LEAST_MS ? LEAST_MS : left;
    snprintf(seconds, sizeof(seconds), "%lld.%03lld", (long long)left / 1000,
             (long long)left % 1000);
    return db_exec(seat->db, err,
                   "SET SESSION max_statement_time = %p, time_zone = '+00:00',"
                   " sql_select_limit = 18446744073709551615",
                   seconds) < 0
               ? -1
               : 0;
}

static int look(struct seat *seat, struct job *job)
{
    const struct builtin_check *builtin =
        job->row.builtin[0] ? builtin_check_find(job->row.builtin) : NULL;
    struct check_context context = {.settings = &seat->settings,
                                    .has_parameter = job->row.has_parameter,
                                    .parameter = job->row.parameter,
                                    .thresholds = job->row.thresholds,
                                    .timeout_ms = job->timeout_ms,
                                    .deadline_ms = job->begun_ms + job->timeout_ms};

    if (!builtin || builtin->needs_db) {
        if (connect(seat, job) != 0 || limit(seat, job, &job->err) != 0)
            return -1;
        context.db = seat->db;
        context.connect_us = seat->connect_us;
    }
    return builtin ? builtin->run(&context, &job->result, &job->err)
                   : sql_check_run(&context, job->row.query, &job->result, &job->err);
}

/* Where there is no such function (another version's schema) there is no report, and no complaint.
 */
static int read_report(struct db *db, json_t **report, struct error *err)
{
    struct error why = {0};
    struct rows *rows = db_query(db, &why, "SELECT purser.dashboard_json()");
    struct row row;
    int rc;

    if (!rows && (failure_number(&why) == SERVER_NO_SUCH_ROUTINE ||
                  failure_number(&why) == SERVER_NO_ROUTINE_GRANT))
        return 0;
    if (!rows)
        return error_set(err, why.code, "%s", why.text);
    rc = rows_next(rows, &row, err);
    if (rc == 1 && row.field[0]) {
        if (row.length[0] > REPORT_MAX)
            error_set(err, ERROR_LIMIT, "the report is larger than %u MiB", REPORT_MAX >> 20);
        else
            *report = json_parse(row.field[0], row.length[0], err);
        rc = *report ? 0 : -1;
    }
    rows_close(rows);
    return rc < 0 ? -1 : 0;
}

static int attempt(struct seat *seat, struct job *job)
{
    if (job->errand == ERRAND_CHECK)
        return look(seat, job);
    if (connect(seat, job) != 0 || limit(seat, job, &job->err) != 0)
        return -1;
    if (job->errand == ERRAND_TABLE) {
        job->table = check_table_read(seat->db, &seat->settings, job->with_past, &job->err);
        return job->table ? 0 : -1;
    }
    if (job->errand == ERRAND_REPORT)
        return read_report(seat->db, &job->report, &job->err);
    return db_exec(seat->db, &job->err, "KILL CONNECTION %llu",
                   (unsigned long long)job->connection) < 0
               ? -1
               : 0;
}

static void begin_again(struct job *job)
{
    struct buf detail = job->result.detail;

    memset(&job->result, 0, sizeof(job->result));
    job->result.detail = detail;
    buf_clear(&job->result.detail);
    error_clear(&job->err);
    job->complaint[0] = '\0';
}

/* A query of a DBA's may have taken a lock of GET_LOCK, which an application waits for, or have set
   a variable of the session: its connection is nobody else's. */
static bool leaves_traces(const struct job *job)
{
    return job->errand == ERRAND_CHECK && !job->row.builtin[0];
}

static void do_job(struct seat *seat, struct job *job)
{
    int64_t begun = clock_ns();

    settings_get(&seat->settings);
    job->rc = attempt(seat, job);
    if (job->rc != 0 && job->err.code == ERROR_GONE) {
        disconnect(seat);
        if (!seat->is_fresh && !stop_requested() && !atomic_load(&job->is_unwanted) &&
            clock_ms() < job->begun_ms + job->timeout_ms / 2) {
            begin_again(job);
            job->rc = attempt(seat, job);
        }
    }
    if (job->rc != 0 && !job->complaint[0])
        complain_of(job);
    if (seat->who->lane == LANE_FIRST || leaves_traces(job) ||
        (job->rc != 0 && job->err.code == ERROR_GONE) || (seat->db && db_is_worn(seat->db)))
        disconnect(seat);
    job->duration_us = (clock_ns() - begun) / 1000;
}

void checker_body(void *argument)
{
    struct seat *seat = calloc(1, sizeof(*seat));
    struct job *job;
    enum beat me;

    if (!seat || !server_thread_begin()) {
        free(seat);
        log_error("health: a thread cannot start: out of memory");
        return;
    }
    seat->who = argument;
    db_tag_thread(seat->who->tag);
    me = (enum beat)(BEAT_CHECK_DATABASE + seat->who->tag - 1);
    beat(me, BEAT_IDLE_MS);
    while ((job = board_take(seat->who->lane, seat->who->tag)) != NULL) {
        beat(me, job->timeout_ms + PATIENCE_MS);
        do_job(seat, job);
        board_done(job);
        beat(me, BEAT_IDLE_MS);
    }
    disconnect(seat);
    free(seat);
    server_thread_end();
}
