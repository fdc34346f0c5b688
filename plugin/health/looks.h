/*
  looks.h - the checks that there are, and what is known of each: the coordinator's own list.

  A look is one time that a check is done.
*/
#ifndef PURSER_HEALTH_LOOKS_H
#define PURSER_HEALTH_LOOKS_H

#include "board.h"

enum look_state {
    LOOK_IDLE,
    LOOK_ASKED,  /* a job is on the board, or under way */
    LOOK_OVERRUN /* its time is over, it has its result, and the thread is not back yet */
};

struct look {
    struct check_row row;
    enum board_lane lane;
    bool is_missing; /* a built-in that this library does not have */
    enum look_state state;
    unsigned long long ticket; /* of the job, unless LOOK_IDLE */
    int64_t due_ms;            /* when it is to be asked for, at the earliest */
    int64_t answered_ms;       /* when the look was begun that gave what is shown; 0: none yet */
    bool was_killed, was_cut;  /* after an overrun */
    bool was_cancelled;        /* a slow one that nobody wants any more */
    int64_t recorded_ms;       /* 0: never */
    unsigned recorded_epoch;   /* of the recorder */
    enum health_level recorded_level, recorded_raw;
    struct health_check shown; /* its parts are owned */
};

struct looks {
    struct look *list[HEALTH_CHECKS_MAX]; /* ordered by service, then by name */
    int count;
};

/** Take the rows over: what is new is due now, what is gone goes, what has another query or
   built-in begins anew. @param interval_ms  of rows that have none
    @retval 0 or -1: no memory, and not all was taken over */
int looks_take_rows(struct looks *looks, const struct check_row *rows, int count,
                    int64_t interval_ms);
/** What was not looked at yet is as it was found last, in an earlier life: shown with its own time,
    and looked at all the same. Not so the database: it is known or it is not. */
void looks_recall(struct looks *looks, const struct past *past);
/** The level of the check of the database; ok where there is none. */
enum health_level looks_database(const struct looks *looks);
void looks_deinit(struct looks *looks);

struct look *looks_find(struct looks *looks, unsigned long long ticket);

/** What a job has found becomes what is shown. */
void look_take(struct look *look, const struct job *job, int64_t begun_ms);
/** The same of a look whose time is over. */
void look_overrun(struct look *look, int64_t begun_ms);
/** It is not looked at: say why. */
void look_say(struct look *look, const char *why);

/** Put all of them into a snapshot. @return new, or NULL */
struct snapshot *looks_snapshot(const struct looks *looks);

/** Write the result down, where it is another one, or the last one is long ago.
    @param job  NULL: there was no answer */
void look_record(struct look *look, const struct job *job, const char *server);

#endif
