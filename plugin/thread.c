/* thread.c - see thread.h. */
#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "stop.h"

#define STACK_BYTES (512u * 1024)

static void *run(void *argument)
{
    struct thread *thread = argument;

    stop_bind(thread->life);
    thread->body(thread->argument);
    return NULL;
}

static void server_signals(sigset_t *set)
{
    static const int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM,
                                  SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGCHLD};
    size_t i;

    sigemptyset(set);
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaddset(set, numbers[i]);
}

int thread_start(struct thread *thread, const char *name, void (*body)(void *), void *argument)
{
    pthread_attr_t attributes;
    sigset_t block, before;
    int rc;

    thread->body = body;
    thread->argument = argument;
    thread->life = stop_life();
    if (pthread_attr_init(&attributes) != 0)
        return -1;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    server_signals(&block);
    pthread_sigmask(SIG_BLOCK, &block, &before);
    rc = pthread_create(&thread->id, &attributes, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (rc != 0)
        return -1;
    thread->started = true;
    pthread_setname_np(thread->id, name);
    return 0;
}

bool thread_join_until(struct thread *thread, int64_t deadline_ms)
{
    struct timespec at = {.tv_sec = (time_t)(deadline_ms / 1000),
                          .tv_nsec = (deadline_ms % 1000) * 1000000L};

    if (!thread->started)
        return true;
    if (pthread_clockjoin_np(thread->id, NULL, CLOCK_MONOTONIC, &at) != 0)
        return false;
    thread->started = false;
    return true;
}

void thread_abandon(struct thread *thread)
{
    if (thread->started)
        pthread_detach(thread->id);
    thread->started = false;
}
