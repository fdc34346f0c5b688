/*
  worker.h - Purser's threads: one scheduler and a few runners.

  purser.c's init starts them, its deinit stops and joins them. The scheduler holds one connection;
  a runner opens its connections for the time of a task.
*/
#ifndef PURSER_WORKER_H
#define PURSER_WORKER_H

#include "../udf/error.h"

/** Start the threads. They wait by themselves until the server is up. @retval 0, or -1 with err */
int worker_start(struct error *err);

/** Stop: interrupt what runs, join what can be joined within 4.5 seconds, abandon the rest. Legal
   when nothing was started, and twice. */
void worker_stop(void);

#endif
