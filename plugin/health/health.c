/*
  health.c - see health.h.

  THREADS: started by health_start and joined by health_join, both called by worker.c. The structs
  are static because an abandoned thread may still look at its own.
*/
#include "health.h"

#include "../stop.h"
#include "../thread.h"
#include "board.h"
#include "checker.h"
#include "coordinator.h"
#include "recorder.h"
#include "snapshot.h"

#define CHECKERS 6

static struct thread coordinator, recorder, checkers[CHECKERS];

/* The tags are those of their connections (db.h). */
static struct checker seats[CHECKERS] = {{LANE_FIRST, 1}, {LANE_CHECK, 2}, {LANE_CHECK, 3},
                                         {LANE_SLOW, 4},  {LANE_QUERY, 5}, {LANE_QUERY, 6}};

static const char *name_of(enum board_lane lane)
{
    return lane == LANE_SLOW ? "purser-slow" : lane == LANE_QUERY ? "purser-query" : "purser-check";
}

int health_start(struct error *err)
{
    int i;

    board_reset();
    recorder_reset();
    for (i = 0; i < CHECKERS; i++)
        if (thread_start(&checkers[i], name_of(seats[i].lane), checker_body, &seats[i]) != 0)
            return error_set(err, ERROR_MEMORY, "cannot start a thread");
    if (thread_start(&recorder, "purser-record", recorder_body, NULL) != 0 ||
        thread_start(&coordinator, "purser-health", coordinator_body, NULL) != 0)
        return error_set(err, ERROR_MEMORY, "cannot start a thread");
    return 0;
}

void health_wake(void)
{
    board_wake();
}

void health_stop(void)
{
    board_stop();
    recorder_stop();
}

bool health_join(int64_t deadline_ms)
{
    bool all = thread_join_until(&coordinator, deadline_ms);
    int i;

    all = thread_join_until(&recorder, deadline_ms) && all;
    for (i = 0; i < CHECKERS; i++)
        all = thread_join_until(&checkers[i], deadline_ms) && all;
    return all;
}

void health_abandon(void)
{
    int i;

    thread_abandon(&coordinator);
    thread_abandon(&recorder);
    for (i = 0; i < CHECKERS; i++)
        thread_abandon(&checkers[i]);
}

void health_brief(struct health_brief *brief)
{
    const struct snapshot *snapshot = snapshot_get();
    int64_t report_at = snapshot ? snapshot->report_at : 0;

    brief->level = health_level_name(snapshot ? snapshot->overall : HEALTH_UNKNOWN);
    brief->snapshot_age_ms = snapshot ? clock_ms() - snapshot->made_ms : -1;
    brief->report_age_seconds = report_at ? (clock_utc_us() - report_at) / 1000000 : -1;
    snapshot_release(snapshot);
}
