/*
  db_registry.c - see db_registry.h.

  LOCKING: slots is guarded by registry_lock. It is not held over SQL: db_kill_all copies the ids
  first. db_cut_all calls shutdown(2) under it, on a duplicate of our own: Connector/C closes its
  descriptor by itself when the connection breaks, and the number may be somebody else's by then.
*/
#include "db_registry.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db.h"
#include "server.h"
#include "status.h"
#include "stop.h"

#define SLOTS 64

static struct {
    unsigned long connection_id; /* 0: the slot is free */
    int fd;                      /* owned: a duplicate */
    int tag;                     /* of the thread that opened it; 0: none */
} slots[SLOTS];
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int my_tag;

void db_tag_thread(int tag)
{
    my_tag = tag;
}

/* Counted anew each time: the counters begin at zero with each life, and a thread of an earlier one
   may still hold a connection. */
static void show_count_locked(void)
{
    int i, count = 0;

    for (i = 0; i < SLOTS; i++)
        count += slots[i].connection_id != 0;
    status_set(&purser_status.connections, count);
}

int db_registry_add(unsigned long connection_id, int fd, struct error *err)
{
    int slot = -1, i;

    pthread_mutex_lock(&registry_lock);
    /* Under the lock: whoever enters after stop_request() would be overlooked by db_kill_all. */
    if (stop_requested()) {
        error_set(err, ERROR_STOPPED, "the plugin is being stopped");
    } else {
        for (i = 0; i < SLOTS && slot < 0; i++)
            if (slots[i].connection_id == 0)
                slot = i;
        if (slot < 0) {
            error_set(err, ERROR_LIMIT, "too many connections of Purser's own");
        } else {
            slots[slot].connection_id = connection_id;
            slots[slot].fd = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* -1: it is not cut, then */
            slots[slot].tag = my_tag;
            show_count_locked();
        }
    }
    pthread_mutex_unlock(&registry_lock);
    return slot;
}

/* The slot is the caller's own: nobody else frees it or changes what is read of it here. */
void db_registry_end_statement(int slot)
{
    struct db *other = db_open(NULL);

    if (!other ||
        db_exec(other, NULL, "KILL QUERY %llu", (unsigned long long)slots[slot].connection_id) < 0)
        shutdown(slots[slot].fd, SHUT_RDWR);
    db_close(other);
}

void db_registry_remove(int slot)
{
    pthread_mutex_lock(&registry_lock);
    if (slots[slot].fd >= 0)
        close(slots[slot].fd);
    slots[slot].connection_id = 0;
    slots[slot].fd = -1;
    show_count_locked();
    pthread_mutex_unlock(&registry_lock);
}

void db_kill_all(void)
{
    unsigned long ids[SLOTS];
    char statement[64];
    int i;

    pthread_mutex_lock(&registry_lock);
    for (i = 0; i < SLOTS; i++)
        ids[i] = slots[i].connection_id;
    pthread_mutex_unlock(&registry_lock);
    for (i = 0; i < SLOTS; i++) {
        if (!ids[i])
            continue;
        snprintf(statement, sizeof(statement), "KILL HARD CONNECTION %lu", ids[i]);
        /* One that has just ended gives "Unknown thread id": nothing to report. */
        server_local_sql(statement, NULL, 0, NULL);
    }
}

void db_cut_all(void)
{
    int i;

    pthread_mutex_lock(&registry_lock);
    for (i = 0; i < SLOTS; i++)
        if (slots[i].connection_id && slots[i].fd >= 0)
            shutdown(slots[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&registry_lock);
}

void db_cut_tag(int tag)
{
    int i;

    pthread_mutex_lock(&registry_lock);
    for (i = 0; i < SLOTS; i++)
        if (slots[i].connection_id && slots[i].tag == tag && slots[i].fd >= 0)
            shutdown(slots[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&registry_lock);
}

unsigned long db_tag_id(int tag)
{
    unsigned long id = 0;
    int i;

    pthread_mutex_lock(&registry_lock);
    for (i = 0; i < SLOTS && id == 0; i++)
        if (slots[i].tag == tag)
            id = slots[i].connection_id;
    pthread_mutex_unlock(&registry_lock);
    return id;
}
