/*
  runner.c - see runner.h.

  A runner takes a task, does it, and says that it is done; between two tasks it waits on the queue
  without a connection. A task that lost its connection is begun again here, with growing pauses,
  until it succeeds or Purser stops: all tasks can be begun again.

  THREADS: nothing is shared but the queue.
*/
#include "runner.h"

#include "db.h"
#include "import_job.h"
#include "log.h"
#include "queue.h"
#include "reconcile/run.h"
#include "server.h"
#include "status.h"
#include "stop.h"

#define PAUSE_MIN_MS 250
#define PAUSE_MAX_MS 10000

static int attempt(const struct task *task, char state[RUN_STATE_SIZE], struct error *err)
{
    switch (task->kind) {
    case TASK_RUN:
        return run_execute(task, state, err);
    case TASK_SWEEP:
        return sweep_execute(task, err);
    default:
        return import_execute(task, err);
    }
}

static void execute(const struct task *task)
{
    char state[RUN_STATE_SIZE] = "";
    int64_t pause = PAUSE_MIN_MS;
    struct error err = {0};

    while (attempt(task, state, &err) != 0 && !stop_requested()) {
        if (err.code != ERROR_GONE) {
            log_error("%s: %s", task->gateway, err.text);
            break;
        }
        log_warning("%s: %s; trying again", task->gateway, err.text);
        error_clear(&err);
        if (stop_sleep_ms(pause))
            break;
        pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
    }
    task_done(task, state[0] ? state : NULL);
}

void runner_body(void *unused)
{
    struct task task;

    (void)unused;
    if (!server_thread_begin()) {
        log_error("a runner cannot start: out of memory");
        return;
    }
    while (task_take(&task)) {
        if (task.kind == TASK_RUN)
            status_add(&purser_status.runs_running, 1);
        execute(&task);
        if (task.kind == TASK_RUN)
            status_add(&purser_status.runs_running, -1);
    }
    server_thread_end();
}
