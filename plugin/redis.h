/*
  redis.h - one connection to a Redis or Valkey: a command, its answer, an end to every wait.

  The wrapper of hiredis, which makes the bytes of a command and reads those of an answer. The
  socket is ours, so that a whole call has one deadline, however slowly the other side sends, and
  can be given up meanwhile. What an answer may hold is bounded; the other side is not trusted.

  THREADS: a connection is used by one at a time.
*/
#ifndef PURSER_REDIS_H
#define PURSER_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "../udf/error.h"

#define REDIS_ELEMENTS_MAX 8
#define REDIS_TEXT_SIZE 64
#define REDIS_FULL "ERR max number of clients reached" /* the one ERR that is told apart */
#define REDIS_ANSWER_MAX 16384                         /* bytes of one */

struct redis;

enum redis_type {
    REDIS_NOTHING, /* of a type that none of our commands asks for */
    REDIS_INTEGER,
    REDIS_TEXT,
    REDIS_INTEGERS,
    REDIS_ERROR /* text is its first word, where that is one that Redis has ("OOM"), else "" */
};

struct redis_answer {
    enum redis_type type;
    long long integer;
    char text[REDIS_TEXT_SIZE]; /* cut where it is longer */
    int n;
    long long element[REDIS_ELEMENTS_MAX];
};

/* How long to wait. */
struct redis_patience {
    int64_t deadline_ns;            /* of clock_ns() */
    bool (*give_up)(void *context); /* asked every few milliseconds; may be NULL */
    void *context;
};

/** @return new; NULL with err: ERROR_REMOTE, ERROR_MEMORY, ERROR_STOPPED where it was given up */
struct redis *redis_open(const struct sockaddr *address, socklen_t len,
                         const struct redis_patience *patience, struct error *err);
void redis_close(struct redis *redis); /* NULL is legal */

/**
  Send a command and wait for the answer.
  @param answer  an error of Redis's is an answer as well
  @retval 0 @retval -1 err (ERROR_REMOTE, ERROR_MEMORY; ERROR_STOPPED where it was given up): the
  connection can only be closed
*/
int redis_call(struct redis *redis, int argc, const char *const *argv, const size_t *len,
               const struct redis_patience *patience, struct redis_answer *answer,
               struct error *err);

/** Has the other side hung up, or sent what nobody asked for? Of a connection that nobody uses. */
bool redis_is_stale(const struct redis *redis);

#endif
