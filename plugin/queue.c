/*
  queue.c - see queue.h.

  LOCKING: everything here is guarded by queue_lock; queue_changed is broadcast on every change. The
  lock is held for list work only, never over SQL, the network or a wait other than on
  queue_changed. Lock and condition live as long as the process, so that a session that still waits
  at UNINSTALL wakes up safely.
*/
#include "queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../udf/json.h"
#include "../udf/timestamp.h"
#include "server.h"
#include "stop.h"

#define TASKS_MAX 256
#define INBOX_MAX 64
#define KILL_CHECK_MS 100 /* how soon a waiting session notices KILL */

struct task_slot {
    struct task task;
    enum { SLOT_FREE, SLOT_WAITING, SLOT_TAKEN } state;
    unsigned long long order; /* first come, first served */
};

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_changed = PTHREAD_COND_INITIALIZER;
static struct task_slot slots[TASKS_MAX];
static unsigned long long next_order;
static struct request *inbox, *attached; /* new ones; ones that wait for their runs */
static struct request *health_inbox;     /* new ones that are the health coordinator's */
static int inbox_count;                  /* of both */
static bool open_for_requests, woken;
static unsigned finished;

static void wait_ms(int64_t ms)
{
    int64_t until = clock_ms() + ms;
    struct timespec at = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (until % 1000) * 1000000L};

    pthread_cond_clockwait(&queue_changed, &queue_lock, CLOCK_MONOTONIC, &at);
}

struct request *request_create(void)
{
    struct request *request = calloc(1, sizeof(*request));

    if (request)
        request->references = 1;
    return request;
}

static void release_locked(struct request *request)
{
    if (--request->references > 0)
        return;
    free(request->content);
    free(request->result);
    free(request);
}

void request_release(struct request *request)
{
    if (!request)
        return;
    pthread_mutex_lock(&queue_lock);
    release_locked(request);
    pthread_mutex_unlock(&queue_lock);
}

static void finish_locked(struct request *request, char *result, const struct error *why)
{
    if (request->done) {
        free(result);
        return;
    }
    request->result = result;
    if (why)
        request->error = *why;
    request->done = true;
    pthread_cond_broadcast(&queue_changed);
}

/* The answer to CALL purser.reconcile: the day and its runs. NULL when out of memory. */
static char *runs_result(const struct request *request)
{
    char day[DATE_TEXT_SIZE];
    json_t *runs = json_array(), *result;
    char *text;
    int i;

    for (i = 0; i < request->run_count; i++)
        json_add(&runs,
                 json_pack("{s:I,s:s,s:s}", "id", (json_int_t)request->runs[i].run_id, "gateway",
                           request->runs[i].gateway, "state", request->runs[i].state));
    date_format(request->day, day);
    result = json_pack("{s:s,s:o}", "date", day, "runs", runs);
    text = result ? json_write(result, JSON_COMPACT) : NULL;
    json_decref(result);
    return text;
}

static void finish_if_runs_ended(struct request *request)
{
    int i;

    for (i = 0; request->wait && i < request->run_count; i++)
        if (!request->runs[i].finished)
            return;
    finish_locked(request, runs_result(request), NULL);
}

static void forget_done(struct request **list)
{
    while (*list) {
        struct request *request = *list;

        if (request->done) {
            *list = request->next;
            release_locked(request);
        } else {
            list = &request->next;
        }
    }
}

void queue_reset(void)
{
    pthread_mutex_lock(&queue_lock);
    memset(slots, 0, sizeof(slots));
    inbox = attached = health_inbox = NULL;
    inbox_count = 0;
    finished = 0;
    open_for_requests = true;
    pthread_mutex_unlock(&queue_lock);
}

void queue_stop(void)
{
    struct error why = {ERROR_STOPPED, "the plugin is being stopped"};
    struct request *request;
    int i;

    pthread_mutex_lock(&queue_lock);
    open_for_requests = false;
    for (request = inbox; request; request = request->next)
        finish_locked(request, NULL, &why);
    for (request = attached; request; request = request->next)
        finish_locked(request, NULL, &why);
    for (request = health_inbox; request; request = request->next)
        finish_locked(request, NULL, &why);
    forget_done(&inbox);
    forget_done(&health_inbox);
    forget_done(&attached);
    inbox_count = 0;
    for (i = 0; i < TASKS_MAX; i++) {
        if (slots[i].state == SLOT_WAITING && slots[i].task.request) {
            finish_locked(slots[i].task.request, NULL, &why);
            release_locked(slots[i].task.request);
            slots[i].state = SLOT_FREE;
        }
    }
    pthread_cond_broadcast(&queue_changed);
    pthread_mutex_unlock(&queue_lock);
}

int request_submit(struct request *request, struct error *err)
{
    struct request **end;
    int rc = 0;

    pthread_mutex_lock(&queue_lock);
    if (!open_for_requests) {
        rc = error_set(err, ERROR_STOPPED, "the plugin is not loaded: INSTALL SONAME 'purser'");
    } else if (inbox_count >= INBOX_MAX) {
        rc = error_set(err, ERROR_BUSY, "too many requests are waiting; try again later");
    } else {
        request->references++;
        request->next = NULL;
        end = request->kind == REQUEST_HEALTH ? &health_inbox : &inbox;
        while (*end)
            end = &(*end)->next;
        *end = request;
        inbox_count++;
        pthread_cond_broadcast(&queue_changed);
    }
    pthread_mutex_unlock(&queue_lock);
    return rc;
}

int request_wait(struct request *request, struct error *err)
{
    int rc = 0;

    pthread_mutex_lock(&queue_lock);
    while (!request->done) {
        if (server_statement_killed() || server_aborting()) {
            pthread_mutex_unlock(&queue_lock);
            return error_set(err, ERROR_STOPPED, "the statement was interrupted; the work goes on");
        }
        wait_ms(KILL_CHECK_MS);
    }
    if (request->error.code != ERROR_NONE)
        rc = error_set(err, request->error.code, "%s", request->error.text);
    pthread_mutex_unlock(&queue_lock);
    return rc;
}

bool request_is_abandoned(struct request *request)
{
    bool alone;

    pthread_mutex_lock(&queue_lock);
    alone = request->references <= 1; /* the task's own */
    pthread_mutex_unlock(&queue_lock);
    return alone;
}

bool queue_wait(int64_t ms)
{
    int64_t until = clock_ms() + ms;

    pthread_mutex_lock(&queue_lock);
    while (!stop_requested() && !inbox && !finished && !woken && clock_ms() < until)
        wait_ms(until - clock_ms());
    woken = false;
    pthread_mutex_unlock(&queue_lock);
    return !stop_requested();
}

void queue_wake(void)
{
    pthread_mutex_lock(&queue_lock);
    woken = true;
    pthread_cond_broadcast(&queue_changed);
    pthread_mutex_unlock(&queue_lock);
}

bool queue_has_request(void)
{
    bool has;

    pthread_mutex_lock(&queue_lock);
    has = inbox != NULL;
    pthread_mutex_unlock(&queue_lock);
    return has;
}

static struct request *next_of(struct request **list)
{
    struct request *request;

    pthread_mutex_lock(&queue_lock);
    request = *list;
    if (request) {
        *list = request->next; /* the inbox's reference becomes the caller's */
        request->next = NULL;
        inbox_count--;
    }
    pthread_mutex_unlock(&queue_lock);
    return request;
}

struct request *queue_next_request(void)
{
    return next_of(&inbox);
}

struct request *queue_next_health_request(void)
{
    return next_of(&health_inbox);
}

void request_finish(struct request *request, char *result, const struct error *why)
{
    pthread_mutex_lock(&queue_lock);
    finish_locked(request, result, why);
    pthread_mutex_unlock(&queue_lock);
}

void request_attach(struct request *request, const struct request_run *runs, int count)
{
    pthread_mutex_lock(&queue_lock);
    memcpy(request->runs, runs, (size_t)count * sizeof(*runs));
    request->run_count = count;
    finish_if_runs_ended(request);
    if (!open_for_requests)
        finish_locked(request, NULL, &(struct error){ERROR_STOPPED, "the plugin is being stopped"});
    if (!request->done) {
        request->references++;
        request->next = attached;
        attached = request;
    }
    pthread_mutex_unlock(&queue_lock);
}

int task_push(const struct task *task)
{
    int i, rc = -1;

    pthread_mutex_lock(&queue_lock);
    for (i = 0; i < TASKS_MAX && rc != 0 && open_for_requests; i++) {
        if (slots[i].state != SLOT_FREE)
            continue;
        slots[i].task = *task;
        slots[i].state = SLOT_WAITING;
        slots[i].order = ++next_order;
        if (task->request)
            task->request->references++;
        rc = 0;
    }
    pthread_cond_broadcast(&queue_changed);
    pthread_mutex_unlock(&queue_lock);
    return rc;
}

bool task_exists(enum task_kind kind, const char *gateway, unsigned long long run_id)
{
    bool found = false;
    int i;

    pthread_mutex_lock(&queue_lock);
    for (i = 0; i < TASKS_MAX && !found; i++)
        found = slots[i].state != SLOT_FREE && slots[i].task.kind == kind &&
                strcmp(slots[i].task.gateway, gateway) == 0 &&
                (run_id == 0 || slots[i].task.run_id == run_id);
    pthread_mutex_unlock(&queue_lock);
    return found;
}

static bool gateway_is_taken(const char *gateway)
{
    int i;

    for (i = 0; i < TASKS_MAX; i++)
        if (slots[i].state == SLOT_TAKEN && strcmp(slots[i].task.gateway, gateway) == 0)
            return true;
    return false;
}

static struct task_slot *next_slot(void)
{
    struct task_slot *best = NULL;
    int i;

    for (i = 0; i < TASKS_MAX; i++)
        if (slots[i].state == SLOT_WAITING && (!best || slots[i].order < best->order) &&
            !gateway_is_taken(slots[i].task.gateway))
            best = &slots[i];
    return best;
}

bool task_take(struct task *task)
{
    struct task_slot *slot = NULL;

    pthread_mutex_lock(&queue_lock);
    while (!stop_requested()) {
        slot = next_slot();
        if (slot)
            break;
        wait_ms(3600 * 1000);
    }
    if (slot) {
        slot->state = SLOT_TAKEN;
        *task = slot->task;
    }
    pthread_mutex_unlock(&queue_lock);
    return slot != NULL;
}

static void note_run_end(unsigned long long run_id, const char *state)
{
    struct request *request;
    int i;

    for (request = attached; request; request = request->next) {
        for (i = 0; i < request->run_count; i++) {
            if (request->runs[i].run_id != run_id)
                continue;
            request->runs[i].finished = true;
            strncpy(request->runs[i].state, state, sizeof(request->runs[i].state) - 1);
        }
        finish_if_runs_ended(request);
    }
    forget_done(&attached);
}

void queue_give_up_runs(const struct error *why)
{
    struct request *request;

    pthread_mutex_lock(&queue_lock);
    for (request = attached; request; request = request->next)
        finish_locked(request, NULL, why);
    forget_done(&attached);
    pthread_mutex_unlock(&queue_lock);
}

void queue_note_run_end(unsigned long long run_id, const char *state)
{
    pthread_mutex_lock(&queue_lock);
    note_run_end(run_id, state);
    pthread_mutex_unlock(&queue_lock);
}

/* Nobody waits for ever: a task that was given up answers, too. */
static void let_go_of(struct request *request, const struct error *why)
{
    static const struct error stopped = {ERROR_STOPPED, "the plugin is being stopped"};

    if (!request)
        return;
    finish_locked(request, NULL, why && why->code != ERROR_NONE ? why : &stopped);
    release_locked(request);
}

void task_done(const struct task *task, const char *state, const struct error *why)
{
    int i;

    pthread_mutex_lock(&queue_lock);
    if (stop_requested()) {
        /* The slots may belong to the next life already; queue_reset clears those of this one. */
        let_go_of(task->request, NULL);
        pthread_mutex_unlock(&queue_lock);
        return;
    }
    for (i = 0; i < TASKS_MAX; i++) {
        struct task *taken = &slots[i].task;

        if (slots[i].state != SLOT_TAKEN || taken->kind != task->kind ||
            strcmp(taken->gateway, task->gateway) != 0)
            continue;
        slots[i].state = SLOT_FREE;
        let_go_of(taken->request, why);
    }
    if (task->kind == TASK_RUN && state)
        note_run_end(task->run_id, state);
    finished++;
    pthread_cond_broadcast(&queue_changed);
    pthread_mutex_unlock(&queue_lock);
}

unsigned queue_take_finished(void)
{
    unsigned count;

    pthread_mutex_lock(&queue_lock);
    count = finished;
    finished = 0;
    pthread_mutex_unlock(&queue_lock);
    return count;
}
