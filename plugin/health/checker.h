/* checker.h - the threads that look: purser-check, purser-slow and purser-query. */
#ifndef PURSER_HEALTH_CHECKER_H
#define PURSER_HEALTH_CHECKER_H

#include "board.h"

struct checker {
    enum board_lane lane;
    int tag; /* of its connections; no two threads have the same */
};

/** Body of a thread; ends when the plugin is stopped. @param argument  a struct checker that lives
    as long as the thread */
void checker_body(void *argument);

#endif
