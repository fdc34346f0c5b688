/* sim_stats.h - what the simulator saw of its clients: how many, how close together, how patient.
 */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include "sim_data.h"
#include "sim_text.h"

#include <stdint.h>

/** A request of this gateway has come. @param route  see sim_gateway.h */
void sim_stats_enter(enum sim_gateway gateway, int route);
/** It is over. */
void sim_stats_leave(enum sim_gateway gateway);
/** It is answered with this status (0: no answer at all). */
void sim_stats_answered(enum sim_gateway gateway, int status, const char *target,
                        const char *user_agent, const char *version);
/** The client was told to stay away so long; a request that comes earlier counts as a violation. */
void sim_stats_stay_away(enum sim_gateway gateway, int64_t microseconds);
/** A connection was made. */
void sim_stats_connected(void);

/** Append all of it as JSON. */
void sim_stats_show(struct sim_text *t);
/** Append the last requests, oldest first, as JSON. */
void sim_stats_log(struct sim_text *t);
/** Start counting anew; requests that are going on stay counted as such. */
void sim_stats_reset(void);

#endif
