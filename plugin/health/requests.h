/* requests.h - the calls of purser.check_health() that wait for an answer. THREADS: the
   coordinator's only. */
#ifndef PURSER_HEALTH_REQUESTS_H
#define PURSER_HEALTH_REQUESTS_H

#include "../queue.h"
#include "looks.h"

#define REQUESTS_MAX 32 /* that wait; more are refused */

struct asked {
    struct request *request;
    int64_t at_ms;    /* when it was taken */
    int64_t from_ms;  /* each look is to be begun after that; 0: the rows are read first */
    int64_t until_ms; /* then it is answered, whatever is missing */
};

struct requests {
    struct asked list[REQUESTS_MAX];
    int count;
};

/** Take what is new out of the queue. @param refusal  NULL: none; else all are refused with it */
void requests_take(struct requests *requests, const char *refusal);

/** Does one wait for rows that are read after it was asked? */
bool requests_want_rows(const struct requests *requests);

/** The rows were read, or could not be, by a job that was begun then: those asked before now want
    looks. Marks these as due. */
void requests_rows_read(struct requests *requests, struct looks *looks, int64_t begun_ms);

/** Answer those for which everything has been looked at, or whose time is over. */
void requests_answer(struct requests *requests, const struct looks *looks);

/** None will be answered. @param why  in a few words */
void requests_end(struct requests *requests, const char *why);

#endif
