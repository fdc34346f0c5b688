/*
  queue.h - who asks for work, and who does it.

  A request is what a session wants (CALL purser.reconcile, an import); the session's own thread
  puts it into the inbox and may wait for its end. The scheduler takes requests out, writes what
  must be durable and turns them into tasks; the schedule itself makes tasks too. Runners take
  tasks, one at a time for each gateway.

  Glossary: a request has an asker; a task has a gateway; a run is a row of reconciliation_runs.
*/
#ifndef PURSER_QUEUE_H
#define PURSER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../udf/error.h"
#include "names.h"

#define REQUEST_RUNS_MAX 64
#define REQUEST_ASKER_SIZE 385

enum request_kind { REQUEST_RECONCILE, REQUEST_IMPORT, REQUEST_AUDIT, REQUEST_HEALTH };

struct request_run {
    unsigned long long run_id;
    char gateway[GATEWAY_NAME_SIZE];
    char state[16];
    bool finished;
};

/* Guarded by queue.c's lock from request_submit on, except the members that say otherwise. */
struct request {
    /* Set by the asker before request_submit and constant from then on. */
    enum request_kind kind;
    bool has_day;
    int32_t day;
    char gateway[GATEWAY_NAME_SIZE]; /* "" : all that are enabled */
    char asker[REQUEST_ASKER_SIZE];
    bool wait;     /* until the runs have ended, not only until they are queued */
    char *content; /* owned; of an import: the file; of audit: what to do, as JSON */
    size_t content_len;

    struct request_run runs[REQUEST_RUNS_MAX];
    int run_count;
    char *result; /* owned; JSON text */
    struct error error;
    bool done;
    int references;
    struct request *next;
};

/* What concerns no gateway runs under a name that none can have, one at a time. */
#define TASK_AUDIT_NAME "audit log"
#define TASK_CHECKPOINT_MAIL "checkpoint:mail" /* rows of purser.jobs, too */
#define TASK_CHECKPOINT_POST "checkpoint:post"
#define TASK_USAGE_NAME "usage"

enum task_kind { TASK_RUN, TASK_SWEEP, TASK_IMPORT, TASK_AUDIT, TASK_CHECKPOINT, TASK_USAGE };

struct task {
    enum task_kind kind;
    char gateway[GATEWAY_NAME_SIZE];
    unsigned long long run_id; /* TASK_RUN */
    int32_t day;               /* TASK_RUN */
    struct request *request;   /* TASK_IMPORT, TASK_AUDIT: a reference of the task's own */
};

/* Life: called by init before threads exist, and by deinit (all requests fail, all waiters wake).
 */
void queue_reset(void);
void queue_stop(void);

/* The asker's side. */
struct request *request_create(void); /* one reference; NULL when out of memory */
void request_release(
    struct request *request); /* NULL is legal; wipes nothing: requests hold no secret */
/** @retval 0, or -1 with err: the inbox is full, or Purser is not ready */
int request_submit(struct request *request, struct error *err);
/** Wait for its end; returns early when the session's statement is killed (the work goes on).
    @retval 0 done, result is set  @retval -1 err */
int request_wait(struct request *request, struct error *err);

/* The scheduler's side. */
/** Wait until there is a request, a finished task, a wake-up, or ms have passed. @return false:
 * stop */
bool queue_wait(int64_t ms);
void queue_wake(void);
bool queue_has_request(void);
/** @return a request with a reference for the caller, or NULL */
struct request *queue_next_request(void);
/** The same of REQUEST_HEALTH, which waits for nobody but the health coordinator: it must be
    answered while the scheduler hangs. */
struct request *queue_next_health_request(void);
/** The asker's request is answered. @param result stolen, may be NULL @param why NULL for success
 */
void request_finish(struct request *request, char *result, const struct error *why);
/** The request is to be finished when these runs have ended (wait) or at once. Copies runs. */
void request_attach(struct request *request, const struct request_run *runs, int count);
/** A run has ended of which no task is left here. @param state its state in the table */
void queue_note_run_end(unsigned long long run_id, const char *state);
/** Nobody waits for runs any more that cannot go on here. @param why  what they are told */
void queue_give_up_runs(const struct error *why);
/** @retval 0, or -1 when there is no room: try later */
int task_push(const struct task *task);
/** Is a task for this gateway of this kind waiting or under way? (run_id 0: any run) */
bool task_exists(enum task_kind kind, const char *gateway, unsigned long long run_id);

/* The runners' side. */
/** Wait for a task whose gateway nobody is working on. @retval false: stop */
bool task_take(struct task *task);
/** The task is over; a request of its own that has no answer yet gets one.
    @param state of a run: its state in the table, else NULL @param why the last error, may be none
 */
void task_done(const struct task *task, const char *state, const struct error *why);

/** Has the asker stopped waiting, so that the answer would be for nobody? */
bool request_is_abandoned(struct request *request);

/** Tasks that finished since the last call; lets the scheduler see that something ended. */
unsigned queue_take_finished(void);

#endif
