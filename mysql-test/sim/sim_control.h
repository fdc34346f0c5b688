/* sim_control.h - the endpoint /_sim, by which a test says what it wants and asks what happened. */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "sim_http.h"

/** Answer a request to /_sim. @param path  what follows /_sim, decoded */
void sim_control(const struct sim_request *rq, const char *path, struct sim_answer *answer);

#endif
