/*
  stop.c - see stop.h.

  A life is the time between an init and the next deinit. A thread that could not be joined (an
  unanswered DNS look-up) may outlive its life; after a new INSTALL it must not take up work again,
  so it compares the life it was started in with the one under way.

  LOCKING: life and stopped are atomic; stop_lock and stop_changed serve sleepers only. All live as
  long as the process.
*/
#include "stop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static atomic_bool stopped = true;
static atomic_uint life;
static _Thread_local unsigned my_life; /* 0: this thread belongs to no life */
static pthread_mutex_t stop_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stop_changed = PTHREAD_COND_INITIALIZER;

void stop_reset(void)
{
    atomic_fetch_add(&life, 1);
    atomic_store(&stopped, false);
}

unsigned stop_life(void)
{
    return atomic_load(&life);
}

void stop_bind(unsigned of)
{
    my_life = of;
}

void stop_request(void)
{
    pthread_mutex_lock(&stop_lock);
    atomic_store(&stopped, true);
    pthread_cond_broadcast(&stop_changed);
    pthread_mutex_unlock(&stop_lock);
}

bool stop_requested(void)
{
    return atomic_load(&stopped) || (my_life != 0 && my_life != atomic_load(&life));
}

bool stop_sleep_ms(int64_t ms)
{
    int64_t until = clock_ms() + ms;
    struct timespec at = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (until % 1000) * 1000000L};

    pthread_mutex_lock(&stop_lock);
    while (!stop_requested() && clock_ms() < until)
        pthread_cond_clockwait(&stop_changed, &stop_lock, CLOCK_MONOTONIC, &at);
    pthread_mutex_unlock(&stop_lock);
    return stop_requested();
}

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000LL + now.tv_nsec;
}

int64_t clock_ms(void)
{
    return now_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t clock_ns(void)
{
    return now_ns(CLOCK_MONOTONIC);
}

int64_t clock_utc_us(void)
{
    return now_ns(CLOCK_REALTIME) / 1000;
}
