/* stream.h - a day as one pass over two ordered streams. */
#ifndef PURSER_STREAM_H
#define PURSER_STREAM_H

#include "run.h"

/**
  Match the orders of the job's day with the gateway's records of that day.

  Both sides are read in the order of their reference, each on a connection of its own, and never
  held: what is plainly right (or plainly nothing) is counted and forgotten; every other reference
  goes to examine.h, which looks at all days. Memory is the same for any size of the day.
  job->totals are filled anew. @retval 0 or -1 with err
*/
int stream_match(struct job *job, struct error *err);

#endif
