/*
  remote.c - see remote.h.

  LOCKING: a call is counted before it looks, so that who has taken the store away and then sees no
  calls knows that none will use it. ending and ended serve rate_remote_wait only.
*/
#include "remote.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static _Atomic(const struct rate_remote *) current;
static atomic_int calls;
static pthread_mutex_t ending = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

void rate_remote_set(const struct rate_remote *remote)
{
    atomic_store(&current, remote);
}

bool rate_remote_is_set(void)
{
    return atomic_load_explicit(&current, memory_order_relaxed) != NULL;
}

const struct rate_remote *rate_remote_enter(void)
{
    const struct rate_remote *remote;

    atomic_fetch_add(&calls, 1);
    remote = atomic_load(&current);
    if (!remote)
        rate_remote_leave();
    return remote;
}

void rate_remote_leave(void)
{
    if (atomic_fetch_sub(&calls, 1) != 1 || atomic_load(&current))
        return;
    pthread_mutex_lock(&ending);
    pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&ending);
}

bool rate_remote_wait(int64_t deadline_ms)
{
    struct timespec at = {.tv_sec = (time_t)(deadline_ms / 1000),
                          .tv_nsec = deadline_ms % 1000 * 1000000L};

    pthread_mutex_lock(&ending);
    while (atomic_load(&calls) > 0)
        if (pthread_cond_clockwait(&ended, &ending, CLOCK_MONOTONIC, &at) != 0)
            break;
    pthread_mutex_unlock(&ending);
    return atomic_load(&calls) == 0;
}
