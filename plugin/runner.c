/*
  runner.c - see runner.h.

  A runner takes a task, does it, and says that it is done; between two tasks it waits on the queue
  without a connection. A task that lost its connection, and a run whose end could not be written
  down, are begun again here, with growing pauses, until they succeed, Purser stops, or the server
  is read-only: all tasks can be begun again.

  THREADS: nothing is shared but the queue.
*/
#include "runner.h"

#include <string.h>

#include "audit/audit_job.h"
#include "audit/publish.h"
#include "db.h"
#include "import_job.h"
#include "log.h"
#include "queue.h"
#include "reconcile/run.h"
#include "server.h"
#include "status.h"
#include "stop.h"
#include "usage/watch.h"

#define PAUSE_MIN_MS 250
#define PAUSE_MAX_MS 10000

static int attempt(const struct task *task, char state[RUN_STATE_SIZE], struct error *err)
{
    switch (task->kind) {
    case TASK_RUN:
        return run_execute(task, state, err);
    case TASK_SWEEP:
        return sweep_execute(task, err);
    case TASK_AUDIT:
        return audit_execute(task, err);
    case TASK_CHECKPOINT:
        return publish_execute(task, err);
    case TASK_USAGE:
        return usage_execute(task, err);
    default:
        return import_execute(task, err);
    }
}

/* A run that is still "running" would be taken up again at once: only a pause makes it bearable. */
static bool is_tried_again(const struct task *task, const char *state, const struct error *err)
{
    return err->code == ERROR_GONE || (task->kind == TASK_RUN && state[0] == '\0');
}

static void execute(const struct task *task)
{
    char state[RUN_STATE_SIZE] = "";
    int64_t pause = PAUSE_MIN_MS;
    struct error err = {0}, said = {0};

    while (attempt(task, state, &err) != 0 && !stop_requested() && err.code != ERROR_STOPPED) {
        if (!is_tried_again(task, state, &err)) {
            log_error("%s: %s", task->gateway, err.text);
            break;
        }
        /* It goes on at the server that may write. Where that is this one again, the scheduler
           finds the run. */
        if (server_read_only()) {
            said = err;
            break;
        }
        if (strcmp(err.text, said.text) != 0)
            log_warning("%s: %s; trying again", task->gateway, err.text);
        said = err;
        error_clear(&err);
        if (stop_sleep_ms(pause))
            break;
        pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
    }
    task_done(task, state[0] ? state : NULL, &said);
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
        /* Once stopped, the counters may be those of the next life. */
        if (task.kind == TASK_RUN && !stop_requested())
            status_add(&purser_status.runs_running, -1);
    }
    server_thread_end();
}
