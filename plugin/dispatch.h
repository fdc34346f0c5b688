/* dispatch.h - from requests and from the calendar to runs. All of it runs in the scheduler's
 * thread. */
#ifndef PURSER_DISPATCH_H
#define PURSER_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "../udf/error.h"
#include "db.h"
#include "queue.h"
#include "settings.h"

/** Turn a request into run rows and tasks, or finish it with an error. @retval -1 it was the server
    that failed: the request has been finished; reconnect and take up the runs that were written */
int dispatch_request(struct db *db, const struct settings *settings, struct request *request);

/** This server is a replica now: its runs go on at the one that is promoted, and whoever waits for
    them here is told. @param why  why it does not work */
void dispatch_leave_runs(const struct error *why);

/** Take up runs that are unfinished and that no other server works on: an earlier life has left
    them, or a server that is gone, or there was no room for them.
    @param seconds  only those that were made longer ago; 0: all */
int dispatch_unfinished(struct db *db, int seconds, struct error *err);

/**
  Create the runs that the calendar owes and those that are to be tried again, and push sweeps.
  @param daily  the daily time has just come (or the server was started): new gateways owe yesterday
  @param sweep  push a sweep for each enabled gateway
  @param[out] next_retry  moment (UTC microseconds) of the next retry, INT64_MAX where none is
  planned
*/
int dispatch_due(struct db *db, const struct settings *settings, bool daily, bool sweep,
                 int64_t *next_retry, struct error *err);

#endif
