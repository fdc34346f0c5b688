/*
  exchange.c - see exchange.h.

  LOCKING: queue is guarded by queue_lock, held for some memory accesses; an exchange's state by its
  own lock. Neither is taken while the other is held. The HTTP thread takes both, and waits for
  nobody but who holds one.
*/
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#include "../stop.h"

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_changed = PTHREAD_COND_INITIALIZER;
static struct {
    struct api_exchange *first, *last;
    int count, threads;                  /* threads 0: closed */
    int64_t busy_since[API_THREADS_MAX]; /* 0: it waits */
} queue;

static atomic_size_t bodies; /* bytes */

struct api_exchange *api_exchange_create(const char *target)
{
    struct api_exchange *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    x->target = strdup(target);
    if (!x->target) {
        free(x);
        return NULL;
    }
    x->path_len = strcspn(target, "?");
    pthread_mutex_init(&x->lock, NULL);
    atomic_init(&x->references, 1);
    buf_init(&x->body, API_BODY_MAX);
    api_answer_begin(&x->answer);
    return x;
}

void api_exchange_forget_body(struct api_exchange *x)
{
    atomic_fetch_sub(&bodies, x->body.len);
    buf_free(&x->body);
}

void api_exchange_release(struct api_exchange *x)
{
    if (!x || atomic_fetch_sub(&x->references, 1) != 1)
        return;
    api_exchange_forget_body(x);
    api_answer_free(&x->answer);
    pthread_mutex_destroy(&x->lock);
    free(x->target);
    free(x);
}

int api_exchange_body(struct api_exchange *x, const char *bytes, size_t len)
{
    if (len > API_BODY_MAX - x->body.len)
        return -1;
    if (atomic_fetch_add(&bodies, len) + len > API_BODIES_MAX ||
        buf_append(&x->body, bytes, len) != 0) {
        atomic_fetch_sub(&bodies, len);
        return -1;
    }
    return 0;
}

/* ---- the HTTP thread's */

bool api_exchange_answered(struct api_exchange *x)
{
    bool answered;

    pthread_mutex_lock(&x->lock);
    answered = x->state == API_ANSWERED;
    pthread_mutex_unlock(&x->lock);
    return answered;
}

bool api_exchange_give_up(struct api_exchange *x)
{
    bool mine;

    pthread_mutex_lock(&x->lock);
    mine = x->state != API_ANSWERED;
    if (mine)
        x->state = API_GIVEN_UP;
    pthread_mutex_unlock(&x->lock);
    return mine;
}

static bool all_held(void)
{
    int64_t now = clock_ms();
    int i;

    for (i = 0; i < queue.threads; i++)
        if (!queue.busy_since[i] || now - queue.busy_since[i] <= API_HELD_MS)
            return false;
    return true;
}

bool api_queue_put(struct api_exchange *x)
{
    bool taken;

    pthread_mutex_lock(&queue_lock);
    taken = queue.threads > 0 && queue.count < API_QUEUE_MAX && !all_held();
    if (taken) {
        atomic_fetch_add(&x->references, 1);
        x->next = NULL;
        if (queue.last)
            queue.last->next = x;
        else
            queue.first = x;
        queue.last = x;
        queue.count++;
        pthread_cond_signal(&queue_changed);
    }
    pthread_mutex_unlock(&queue_lock);
    return taken;
}

/* ---- an api thread's */

/* @return false: the time is over */
static bool wait_until(int64_t deadline_ms)
{
    struct timespec at = {.tv_sec = (time_t)(deadline_ms / 1000),
                          .tv_nsec = (deadline_ms % 1000) * 1000000L};

    return pthread_cond_clockwait(&queue_changed, &queue_lock, CLOCK_MONOTONIC, &at) == 0;
}

struct api_exchange *api_queue_take(int seat, int64_t wait_ms)
{
    int64_t deadline_ms = clock_ms() + wait_ms;
    struct api_exchange *x = NULL;

    pthread_mutex_lock(&queue_lock);
    if (!stop_requested()) /* the seat may be another life's */
        queue.busy_since[seat] = 0;
    while (!stop_requested() && !queue.first && wait_until(deadline_ms))
        continue;
    if (!stop_requested() && queue.first) {
        x = queue.first;
        queue.first = x->next;
        if (!queue.first)
            queue.last = NULL;
        queue.count--;
        queue.busy_since[seat] = clock_ms();
    }
    pthread_mutex_unlock(&queue_lock);
    return x;
}

bool api_exchange_begin(struct api_exchange *x)
{
    bool wanted;

    pthread_mutex_lock(&x->lock);
    wanted = x->state == API_WAITING;
    if (wanted)
        x->state = API_RUNNING;
    pthread_mutex_unlock(&x->lock);
    return wanted;
}

void api_exchange_finish(struct api_exchange *x)
{
    pthread_mutex_lock(&x->lock);
    if (x->state == API_RUNNING) {
        x->state = API_ANSWERED;
        x->resume(x->waiter);
    }
    pthread_mutex_unlock(&x->lock);
    api_exchange_release(x);
}

/* ---- who starts and stops the threads */

void api_queue_reset(int threads)
{
    pthread_mutex_lock(&queue_lock);
    memset(queue.busy_since, 0, sizeof(queue.busy_since));
    queue.threads = threads;
    pthread_mutex_unlock(&queue_lock);
}

void api_queue_stop(void)
{
    struct api_exchange *list;

    pthread_mutex_lock(&queue_lock);
    list = queue.first;
    queue.first = queue.last = NULL;
    queue.count = queue.threads = 0;
    pthread_cond_broadcast(&queue_changed);
    pthread_mutex_unlock(&queue_lock);
    while (list) {
        struct api_exchange *next = list->next;

        api_exchange_release(list);
        list = next;
    }
}
