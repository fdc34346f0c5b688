/*
  hello.h - a new connection to the shared store of the rate limits: log in, choose the database,
  load the script; and what Redis's errors mean in words of ours.

  THREADS: any.
*/
#ifndef PURSER_STORE_HELLO_H
#define PURSER_STORE_HELLO_H

#include "../redis.h"
#include "target.h"

/**
  @param secrets_file  its path, "" for none: rate_limits.store_user and .store_password are in it
  @param[out] name     what Redis calls the script
  @return new; NULL with err, which never holds a secret
*/
struct redis *store_hello(const struct store_target *target, const char *secrets_file,
                          const char *script, const struct redis_patience *patience,
                          char name[REDIS_TEXT_SIZE], struct error *err);

/** An answer that is not what was asked for, as an error. @return -1 */
int store_hello_explain(const struct redis_answer *answer, struct error *err);

#endif
