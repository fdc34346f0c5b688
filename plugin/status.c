/*
  status.c - see status.h.

  LOCKING: counters and the worker's state are atomics; last_error is guarded by text_lock.
*/
#include "status.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct status_counters purser_status;

static atomic_int worker = WORKER_STOPPED;
static pthread_mutex_t text_lock = PTHREAD_MUTEX_INITIALIZER;
static char last_error[480];

void status_set_worker(enum worker_state state)
{
    atomic_store(&worker, (int)state);
}

enum worker_state status_worker(void)
{
    return (enum worker_state)atomic_load(&worker);
}

const char *status_worker_name(enum worker_state state)
{
    static const char *const names[] = {
        [WORKER_STOPPED] = "stopped",
        [WORKER_STARTING] = "starting",
        [WORKER_GRANTS_OFF] = "grant tables off",
        [WORKER_NO_ACCOUNT] = "account missing",
        [WORKER_NO_SCHEMA] = "schema missing",
        [WORKER_SCHEMA_VERSION] = "schema of another version",
        [WORKER_NO_CONNECTION] = "no connection",
        [WORKER_NOT_IN_CLUSTER] = "not in the cluster",
        [WORKER_DISABLED] = "disabled",
        [WORKER_REPLICA] = "replica",
        [WORKER_READY] = "ready",
    };

    return (size_t)state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

void status_set_last_error(const char *text)
{
    status_add(&purser_status.log_lines, 1);
    pthread_mutex_lock(&text_lock);
    snprintf(last_error, sizeof(last_error), "%s", text);
    pthread_mutex_unlock(&text_lock);
}

void status_last_error(char *out, unsigned long size)
{
    pthread_mutex_lock(&text_lock);
    snprintf(out, size, "%s", last_error);
    pthread_mutex_unlock(&text_lock);
}

void status_reset(void)
{
    atomic_llong *counter = (atomic_llong *)&purser_status;
    size_t i;

    for (i = 0; i < sizeof(purser_status) / sizeof(*counter); i++)
        atomic_store(&counter[i], 0);
    pthread_mutex_lock(&text_lock);
    last_error[0] = '\0';
    pthread_mutex_unlock(&text_lock);
    status_set_worker(WORKER_STOPPED);
}
