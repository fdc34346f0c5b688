/*
  worker.c - see worker.h.

  THREADS: scheduler, runners, the saver of rate limits, who exchanges them, and the sealer are
  started by worker_start and joined by worker_stop, both called by the server one at a time for
  this plugin. The structs are static because an abandoned thread may still look at its own.
*/
#include "worker.h"

#include "../udf/ratelimit/service.h"
#include "account.h"
#include "alert/threads.h"
#include "api/pool.h"
#include "audit/sealer.h"
#include "audit/witness.h"
#include "db.h"
#include "health/beats.h"
#include "health/certificates.h"
#include "health/health.h"
#include "http/keep.h"
#include "log.h"
#include "peers/peers.h"
#include "queue.h"
#include "rates.h"
#include "ratestore/ratestore.h"
#include "runner.h"
#include "scheduler.h"
#include "server.h"
#include "status.h"
#include "stop.h"
#include "thread.h"

#define RUNNERS 3

/* Milliseconds from the request to stop. */
/* A thread that is between two statements leaves by itself. A statement that opens a table should
   have opened it by then: where it is killed in that, MariaDB 10.11 keeps the table with triggers
   that nobody can use (1064), until it leaves the cache. */
#define KILL_AFTER 750
#define CUT_AFTER 2500 /* then the sockets are cut */
#define GIVE_UP_AFTER 4000
#define HTTP_GIVE_UP_AFTER 4500 /* it never waits for anything */

static struct thread scheduler, rates, peers, sealer, runners[RUNNERS];

int worker_start(struct error *err)
{
    int i;

    stop_reset();
    queue_reset();
    account_reset();
    witness_reset();
    sealer_reset();
    beats_reset();
    certificates_reset();
    alerts_reset();
    status_set_worker(WORKER_STARTING);
    ratestore_start();
    if (thread_start(&scheduler, "purser-sched", scheduler_body, NULL) != 0)
        return error_set(err, ERROR_MEMORY, "cannot start a thread");
    rate_service_hold(true); /* until the thread has read what was saved */
    if (thread_start(&rates, "purser-rates", rates_body, NULL) != 0)
        return error_set(err, ERROR_MEMORY, "cannot start a thread");
    if (thread_start(&peers, "purser-peers", peers_body, NULL) != 0)
        return error_set(err, ERROR_MEMORY, "cannot start a thread");
    if (thread_start(&sealer, "purser-seal", sealer_body, NULL) != 0)
        return error_set(err, ERROR_MEMORY, "cannot start a thread");
    for (i = 0; i < RUNNERS; i++)
        if (thread_start(&runners[i], "purser-run", runner_body, NULL) != 0)
            return error_set(err, ERROR_MEMORY, "cannot start a thread");
    return health_start(err) == 0 && alerts_start(err) == 0 ? api_start(err) : -1;
}

static bool join_all(int64_t deadline)
{
    bool all = thread_join_until(&scheduler, deadline);
    int i;

    all = thread_join_until(&rates, deadline) && all;
    all = thread_join_until(&peers, deadline) && all;
    all = thread_join_until(&sealer, deadline) && all;
    all = ratestore_join(deadline) && all;
    all = health_join(deadline) && all;
    all = alerts_join(deadline) && all;
    all = api_join(deadline) && all;
    for (i = 0; i < RUNNERS; i++)
        all = thread_join_until(&runners[i], deadline) && all;
    return all;
}

void worker_stop(void)
{
    int64_t begin = clock_ms();
    int i;

    stop_request();
    queue_stop();
    health_stop();
    alerts_stop();
    api_stop();
    ratestore_stop();
    if (!join_all(begin + KILL_AFTER)) {
        /* At shutdown the server has ended all connections already, and SQL is impossible. */
        if (!server_aborting())
            db_kill_all();
        if (!join_all(begin + CUT_AFTER)) {
            db_cut_all();
            if (!join_all(begin + GIVE_UP_AFTER))
                log_warning("a thread did not end in time (an unanswered DNS look-up?) and was "
                            "left behind");
        }
    }
    rate_service_hold(false);
    http_listener_stop(begin + HTTP_GIVE_UP_AFTER);
    thread_abandon(&scheduler);
    thread_abandon(&rates);
    thread_abandon(&peers);
    thread_abandon(&sealer);
    health_abandon();
    alerts_abandon();
    api_abandon();
    ratestore_end();
    for (i = 0; i < RUNNERS; i++)
        thread_abandon(&runners[i]);
    account_reset();
    status_set_worker(WORKER_STOPPED);
}
