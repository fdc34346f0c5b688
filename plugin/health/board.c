/*
  board.c - see board.h.

  LOCKING: everything is guarded by board_lock, which is held for list work only, and for
  shutdown(2) of a socket. The coordinator waits on board_changed, the checkers of a lane on that
  lane's pushed[], of which a job wakes one: so no thread wakes for what is another's. All live as
  long as the process. A thread that an earlier life has left behind may bring a job back at any
  time: its ticket is nobody's by then.
*/
#include "board.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "../stop.h"

static pthread_mutex_t board_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t board_changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t pushed[LANE_COUNT] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
                                            PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static struct job *waiting, *under_way, *done;
static bool woken;
static atomic_ullong tickets;

struct job *job_create(enum board_errand errand, enum board_lane lane, int64_t timeout_ms)
{
    struct job *job = calloc(1, sizeof(*job));

    if (!job)
        return NULL;
    job->errand = errand;
    job->lane = lane;
    job->timeout_ms = timeout_ms;
    job->ticket = atomic_fetch_add(&tickets, 1) + 1;
    buf_init(&job->result.detail, CHECK_DETAIL_MAX);
    return job;
}

void job_destroy(struct job *job)
{
    if (!job)
        return;
    check_row_deinit(&job->row);
    buf_free(&job->result.detail);
    check_table_destroy(job->table);
    json_decref(job->report);
    free(job);
}

static void append(struct job **list, struct job *job)
{
    while (*list)
        list = &(*list)->next;
    job->next = NULL;
    *list = job;
}

static struct job *find(struct job *list, unsigned long long ticket)
{
    while (list && list->ticket != ticket)
        list = list->next;
    return list;
}

static struct job *remove_job(struct job **list, unsigned long long ticket)
{
    struct job *job;

    while (*list && (*list)->ticket != ticket)
        list = &(*list)->next;
    job = *list;
    if (job)
        *list = job->next;
    return job;
}

static void destroy_all(struct job **list)
{
    struct job *job;

    while ((job = *list) != NULL) {
        *list = job->next;
        job_destroy(job);
    }
}

void board_reset(void)
{
    pthread_mutex_lock(&board_lock);
    destroy_all(&waiting);
    destroy_all(&done);
    under_way = NULL; /* what is still in it belongs to threads that were left behind */
    woken = false;
    pthread_mutex_unlock(&board_lock);
}

void board_stop(void)
{
    int lane;

    pthread_mutex_lock(&board_lock);
    pthread_cond_broadcast(&board_changed);
    for (lane = 0; lane < LANE_COUNT; lane++)
        pthread_cond_broadcast(&pushed[lane]);
    pthread_mutex_unlock(&board_lock);
}

void board_push(struct job *job)
{
    pthread_mutex_lock(&board_lock);
    append(&waiting, job);
    pthread_cond_signal(&pushed[job->lane]);
    pthread_mutex_unlock(&board_lock);
}

struct job *board_withdraw(unsigned long long ticket)
{
    struct job *job;

    pthread_mutex_lock(&board_lock);
    job = remove_job(&waiting, ticket);
    pthread_mutex_unlock(&board_lock);
    return job;
}

struct job *board_next_done(void)
{
    struct job *job;

    pthread_mutex_lock(&board_lock);
    job = done;
    if (job)
        done = job->next;
    pthread_mutex_unlock(&board_lock);
    return job;
}

int64_t board_begun_ms(unsigned long long ticket)
{
    const struct job *job;
    int64_t begun;

    pthread_mutex_lock(&board_lock);
    job = find(under_way, ticket);
    begun = job ? job->begun_ms : 0;
    pthread_mutex_unlock(&board_lock);
    return begun;
}

unsigned long board_end(unsigned long long ticket)
{
    struct job *job;
    unsigned long id;

    pthread_mutex_lock(&board_lock);
    job = find(under_way, ticket);
    if (job)
        atomic_store(&job->is_unwanted, true);
    id = job ? db_tag_id(job->tag) : 0;
    pthread_mutex_unlock(&board_lock);
    return id;
}

void board_cut(unsigned long long ticket)
{
    const struct job *job;

    pthread_mutex_lock(&board_lock);
    job = find(under_way, ticket);
    if (job)
        db_cut_tag(job->tag);
    pthread_mutex_unlock(&board_lock);
}

void board_wake(void)
{
    pthread_mutex_lock(&board_lock);
    woken = true;
    pthread_cond_broadcast(&board_changed);
    pthread_mutex_unlock(&board_lock);
}

void board_wait(int64_t ms)
{
    int64_t until = clock_ms() + ms;
    struct timespec at = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (until % 1000) * 1000000L};

    pthread_mutex_lock(&board_lock);
    while (!stop_requested() && !done && !woken && clock_ms() < until)
        pthread_cond_clockwait(&board_changed, &board_lock, CLOCK_MONOTONIC, &at);
    woken = false;
    pthread_mutex_unlock(&board_lock);
}

static struct job *first_of(enum board_lane lane)
{
    struct job *job = waiting;

    while (job && job->lane != lane)
        job = job->next;
    return job;
}

struct job *board_take(enum board_lane lane, int tag)
{
    struct job *job = NULL;

    pthread_mutex_lock(&board_lock);
    while (!stop_requested() && (job = first_of(lane)) == NULL)
        pthread_cond_wait(&pushed[lane], &board_lock);
    if (job && !stop_requested()) {
        remove_job(&waiting, job->ticket);
        job->tag = tag;
        job->begun_ms = clock_ms();
        append(&under_way, job);
    } else {
        job = NULL;
    }
    pthread_mutex_unlock(&board_lock);
    return job;
}

void board_done(struct job *job)
{
    pthread_mutex_lock(&board_lock);
    remove_job(&under_way, job->ticket);
    append(&done, job);
    pthread_cond_broadcast(&board_changed);
    pthread_mutex_unlock(&board_lock);
}
