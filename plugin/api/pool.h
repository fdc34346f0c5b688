/*
  pool.h - the api threads: they take requests of the client API, and ask the database.

  Started, stopped and joined by worker.c. Each has a connection as purser_api while it needs one.
*/
#ifndef PURSER_API_POOL_H
#define PURSER_API_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/error.h"

/** As many as purser_api_threads says; none without a listener, or 0, is no error. @retval 0
 * @retval -1 err */
int api_start(struct error *err);
void api_stop(void); /* after stop_request() */
bool api_join(int64_t deadline_ms);
void api_abandon(void);

#endif
