/* recheck.h - what earlier days left open is looked at again. */
#ifndef PURSER_RECHECK_H
#define PURSER_RECHECK_H

#include "run.h"

/** The recheck phase of a run: see run.c. A gateway that fails now does not make the day
 * incomplete. */
int recheck(struct job *job, struct error *err);

/** Judge every discrepancy that holds, of the days [from, to], by what is in the tables now. */
int recheck_open(struct job *job, int32_t from, int32_t to, struct error *err);

#endif
