/* sim_raw.h - answers that no honest HTTP library would send, written to the socket by hand. */
#ifndef SIM_RAW_H
#define SIM_RAW_H

#include "sim_http.h"

/** Prepare waiting. @return 0, or -1 */
int sim_wait_start(void);
/** End all waits, now and later. */
void sim_wait_stop(void);
/**
  Wait, but not for a peer that has gone or a simulator that ends.
  @return 0 when the time is over, -1 when it makes no sense to answer any more
*/
int sim_wait(int socket, int ms);

/** Whether this fault is one that sim_raw_send() carries out. */
bool sim_raw_needed(const struct sim_plan *plan);
/** Send (or do not) as the plan says. The connection is to be closed afterwards in any case. */
void sim_raw_send(struct sim_request *rq, const struct sim_answer *answer);

#endif
