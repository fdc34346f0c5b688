/*
  watch.c - see watch.h.

  The signals are blocked in all threads and taken by sigtimedwait in this one: no handler runs but
  one that ends the process, so all that is done upon a signal is done as anywhere else. Guarded by
  lock: all of watch but stop and signal, which are atomic; connection is set before the thread
  begins and read by it only.
*/
#include "watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 100
#define QUIET_MS 500   /* what is done within that shows nothing */
#define GRACE_MS 10000 /* after a signal: so long the server may take to end the statement */

static struct {
    pthread_t thread;
    struct connection *connection;
    atomic_bool stop;
    atomic_int signal;
    pthread_mutex_t lock;
    bool runs, draw, drawn, hold;
    struct timespec begin;
    const char *what;
    unsigned long done, total;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static long ms_since(const struct timespec *begin)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000;
}

static void wipe(void)
{
    if (watch.drawn)
        fputs("\r\033[K", stderr);
    watch.drawn = false;
}

/* A bar where the end is known, else a mark that moves. Never wider than the terminal. */
static void draw(void)
{
    static const char marks[] = "|/-\\";
    struct winsize size = {0};
    char line[128], bar[31];
    long ms = ms_since(&watch.begin);
    unsigned long full = sizeof(bar) - 1, i, part;

    if (!watch.draw || watch.hold || ms < QUIET_MS)
        return;
    if (watch.total) {
        part = watch.done < watch.total ? watch.done * full / watch.total : full;
        for (i = 0; i < full; i++)
            bar[i] = i < part ? '#' : '.';
        bar[full] = '\0';
        snprintf(line, sizeof(line), "[%s] %lu of %lu %s, %ld s", bar, watch.done, watch.total,
                 watch.what, ms / 1000);
    } else if (watch.done) {
        snprintf(line, sizeof(line), "%c %lu %s, %ld s", marks[ms / 250 % 4], watch.done,
                 watch.what, ms / 1000);
    } else {
        snprintf(line, sizeof(line), "%c %ld s", marks[ms / 250 % 4], ms / 1000);
    }
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 &&
        size.ws_col <= strlen(line))
        line[size.ws_col - 1] = '\0';
    wipe();
    fputs(line, stderr);
    fflush(stderr);
    watch.drawn = true;
}

static void leave(int number)
{
    pthread_mutex_lock(&watch.lock);
    wipe();
    fflush(stderr);
    _exit(EXIT_SIGNAL + number);
}

static void leave_at_once(int number)
{
    _exit(EXIT_SIGNAL + number);
}

/* KILL QUERY. A server that does not answer keeps this thread: meanwhile a second signal is taken
 * by a handler. */
static int interrupt(const sigset_t *set)
{
    struct sigaction action = {.sa_handler = leave_at_once};
    int number, rc;

    for (number = 1; number < NSIG; number++) {
        if (sigismember(set, number) == 1)
            sigaction(number, &action, NULL);
    }
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
    rc = connection_interrupt(watch.connection);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    return rc;
}

static void *run(void *unused)
{
    const struct timespec tick = {0, TICK_MS * 1000000L};
    struct timespec told = {0, 0};
    sigset_t set;

    (void)unused;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    while (!atomic_load(&watch.stop)) {
        int number = sigtimedwait(&set, NULL, &tick), before = atomic_load(&watch.signal);

        if (number > 0 && before)
            leave(number); /* the second time: at once */
        if (number > 0) {
            atomic_store(&watch.signal, number);
            clock_gettime(CLOCK_MONOTONIC, &told);
            if (interrupt(&set) != 0)
                leave(number);
        } else if (before && ms_since(&told) > GRACE_MS) {
            leave(before);
        }
        pthread_mutex_lock(&watch.lock);
        draw();
        pthread_mutex_unlock(&watch.lock);
    }
    return NULL;
}

int watch_start(struct connection *connection, bool draw_it, struct failure *failure)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    watch.connection = connection;
    watch.draw = draw_it;
    watch.what = "";
    clock_gettime(CLOCK_MONOTONIC, &watch.begin);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&watch.thread, NULL, run, NULL) != 0)
        return failure_set(failure, EXIT_OUTPUT, "no thread could be started");
    watch.runs = true;
    return 0;
}

void watch_stop(void)
{
    if (!watch.runs)
        return;
    atomic_store(&watch.stop, true);
    pthread_join(watch.thread, NULL);
    watch.runs = false;
    wipe();
    fflush(stderr);
}

int watch_signal(void)
{
    return atomic_load(&watch.signal);
}

void watch_progress(const char *what, unsigned long done, unsigned long total)
{
    pthread_mutex_lock(&watch.lock);
    watch.what = what;
    watch.done = done;
    watch.total = total;
    pthread_mutex_unlock(&watch.lock);
}

void watch_quiet(void)
{
    pthread_mutex_lock(&watch.lock);
    watch.draw = false;
    wipe();
    fflush(stderr);
    pthread_mutex_unlock(&watch.lock);
}

void watch_hold(bool hold)
{
    pthread_mutex_lock(&watch.lock);
    watch.hold = hold;
    if (hold) {
        wipe();
        fflush(stderr);
    }
    pthread_mutex_unlock(&watch.lock);
}
