/*
  threads.c - see threads.h.

  THREADS: the outbox's one and those that send. The structs are static because an abandoned thread
  may still look at its own.
*/
#include "threads.h"

#include "../health/beats.h"
#include "../thread.h"
#include "deliver.h"
#include "emergency.h"
#include "outbox.h"
#include "post.h"
#include "watch.h"

static struct thread outbox, senders[POST_SENDERS];
static const enum beat seats[POST_SENDERS] = {BEAT_MAIL_1, BEAT_MAIL_2, BEAT_MAIL_3};

void alerts_reset(void)
{
    post_reset();
    outbox_reset();
    emergency_reset();
    watch_reset();
}

int alerts_start(struct error *err)
{
    int i;

    if (thread_start(&outbox, "purser-outbox", outbox_body, NULL) != 0)
        return error_set(err, ERROR_MEMORY, "cannot start a thread");
    for (i = 0; i < POST_SENDERS; i++)
        if (thread_start(&senders[i], "purser-mail", deliver_body, (void *)&seats[i]) != 0)
            return error_set(err, ERROR_MEMORY, "cannot start a thread");
    return 0;
}

void alerts_stop(void)
{
    post_wake();
}

bool alerts_join(int64_t deadline_ms)
{
    bool all = thread_join_until(&outbox, deadline_ms);
    int i;

    for (i = 0; i < POST_SENDERS; i++)
        all = thread_join_until(&senders[i], deadline_ms) && all;
    return all;
}

void alerts_abandon(void)
{
    int i;

    thread_abandon(&outbox);
    for (i = 0; i < POST_SENDERS; i++)
        thread_abandon(&senders[i]);
}
