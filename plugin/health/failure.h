/* failure.h - what kind of failure an error of db.h is. */
#ifndef PURSER_HEALTH_FAILURE_H
#define PURSER_HEALTH_FAILURE_H

#include "../../udf/error.h"

/* Numbers of the server's errors. */
enum {
    SERVER_NO_SUCH_TABLE = 1146, /* or view */
    SERVER_LOCK_WAIT = 1205,
    SERVER_DEADLOCK = 1213, /* or a conflict with another node of a cluster */
    SERVER_NO_SUCH_ROUTINE = 1305,
    SERVER_INTERRUPTED = 1317,
    SERVER_NO_ROUTINE_GRANT = 1370, /* also where there is none */
    SERVER_TIME_IS_OVER = 1969
};

/** The server's number of an error, which db.c puts first in its text. @return 0: none */
unsigned long failure_number(const struct error *err);

#endif
