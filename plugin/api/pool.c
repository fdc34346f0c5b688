/*
  pool.c - see pool.h.

  THREADS: up to API_THREADS_MAX, named purser-api, started by api_start and joined by api_join. The
  structs are static because an abandoned thread may still look at its own; its connection is its
  own, on its stack. LOCKING: exchange.c's.
*/
#include "pool.h"

#include "../health/beats.h"
#include "../log.h"
#include "../server.h"
#include "../settings.h"
#include "../stop.h"
#include "../thread.h"
#include "door.h"
#include "exchange.h"
#include "serve.h"
#include "work.h"

#define LOOK_MS 10000     /* at the connection, while there is nothing to do */
#define PATIENCE_MS 60000 /* for one request: some statements, and connecting */

static struct thread threads[API_THREADS_MAX];
static int seats[API_THREADS_MAX];

static enum beat beat_of(int seat)
{
    return (enum beat)(BEAT_API_1 + seat);
}

static void body(void *argument)
{
    int seat = *(const int *)argument;
    struct api_caller caller = {0};

    if (!server_thread_begin()) {
        log_error("an api thread cannot start: out of memory");
        return;
    }
    while (!stop_requested()) {
        struct api_exchange *x;

        beat(beat_of(seat), BEAT_IDLE_MS);
        x = api_queue_take(seat, LOOK_MS);
        api_caller_rest(&caller);
        if (!x)
            continue;
        beat(beat_of(seat), PATIENCE_MS);
        if (api_exchange_begin(x))
            api_serve(&caller, x);
        api_exchange_finish(x);
    }
    api_caller_close(&caller);
    server_thread_end();
}

int api_start(struct error *err)
{
    struct settings s;
    int count, i;

    settings_get(&s);
    count = s.http_port ? s.api_threads : 0;
    api_queue_reset(count);
    if (count > 0 && (api_door_begin(err) != 0 || api_answer_rate_begin(err) != 0))
        return -1;
    for (i = 0; i < count; i++) {
        seats[i] = i;
        if (thread_start(&threads[i], "purser-api", body, &seats[i]) != 0)
            return error_set(err, ERROR_MEMORY, "cannot start a thread");
    }
    return 0;
}

void api_stop(void)
{
    api_queue_stop();
}

bool api_join(int64_t deadline_ms)
{
    bool all = true;
    int i;

    for (i = 0; i < API_THREADS_MAX; i++)
        all = thread_join_until(&threads[i], deadline_ms) && all;
    return all;
}

void api_abandon(void)
{
    int i;

    for (i = 0; i < API_THREADS_MAX; i++)
        thread_abandon(&threads[i]);
}
