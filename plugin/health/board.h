/*
  board.h - where the coordinator pins what is to be done, and the checkers what they found.

  A job belongs to the coordinator until it is pushed, to the checker that took it until it is done,
  and to the coordinator again afterwards. It is bound to the life (stop.h) it was made in.
*/
#ifndef PURSER_HEALTH_BOARD_H
#define PURSER_HEALTH_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../udf/json.h"
#include "check.h"
#include "table.h"

/* Who does it. The first lane is kept for the check `database`, so that nothing else that hangs can
   hold it up; the DBAs' queries, of which any number may hang, have one to themselves, so that they
   hold up no built-in check, and neither the rows nor the report. */
enum board_lane { LANE_FIRST, LANE_CHECK, LANE_SLOW, LANE_QUERY, LANE_COUNT };

enum board_errand { ERRAND_CHECK, ERRAND_TABLE, ERRAND_REPORT, ERRAND_KILL };

struct job {
    enum board_errand errand;
    enum board_lane lane;
    unsigned long long ticket; /* no two jobs of the process have the same */
    int64_t timeout_ms;
    struct check_row row;     /* ERRAND_CHECK */
    bool with_past;           /* ERRAND_TABLE */
    unsigned long connection; /* ERRAND_KILL */

    /* Set by board_take. */
    int tag; /* of the checker's connections */
    int64_t begun_ms;
    atomic_bool is_unwanted; /* set by board_end */

    /* Set by who does it. */
    int rc; /* 0, or -1 with err */
    struct error err;
    char complaint[HEALTH_MESSAGE_SIZE]; /* of a check that failed: what may be said in public */
    struct check_result result;
    int64_t duration_us;
    struct check_table *table; /* owned */
    json_t *report;            /* owned; NULL: there is none */

    struct job *next;
};

/** @return new, with a ticket; NULL: no memory */
struct job *job_create(enum board_errand errand, enum board_lane lane, int64_t timeout_ms);
void job_destroy(struct job *job); /* NULL is legal */

/** Life: called by worker.c's start before any thread is there, and by its stop: all wake up. */
void board_reset(void);
void board_stop(void);

/* The coordinator's side. */
void board_push(struct job *job);
/** Take back a job that nobody has begun. @return it, or NULL: it was begun, or it is done */
struct job *board_withdraw(unsigned long long ticket);
/** @return a job that is done, or NULL */
struct job *board_next_done(void);
/** When was it begun? @return clock_ms(); 0: it waits, or is done */
int64_t board_begun_ms(unsigned long long ticket);
/** Nobody wants it any more: who does it does not begin it again when its connection is lost.
    @return number in the process list of the connection on which it is being done; 0: none */
unsigned long board_end(unsigned long long ticket);
/** Cut the socket on which a job is being done, if it still is. */
void board_cut(unsigned long long ticket);
/** Wait until a job is done, board_wake was called, or so much time has passed. */
void board_wait(int64_t ms);
void board_wake(void);

/* The checkers' side. */
/** The next job of a lane, which waits for one. @param tag of the caller's connections
    @return NULL: the plugin is being stopped */
struct job *board_take(enum board_lane lane, int tag);
void board_done(struct job *job);

#endif
