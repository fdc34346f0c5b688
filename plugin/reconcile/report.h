/* report.h - the end of a run. */
#ifndef PURSER_REPORT_H
#define PURSER_REPORT_H

#include "run.h"

/**
  Write the run's result and the reports of the days that it has changed, in one transaction.
  @param state  "complete" or "incomplete" @param why  of an incomplete run
*/
int report_finish(struct job *job, const char *state, const struct error *why, struct error *err);

/** Bring the reports up to date of the days of which this job has changed a discrepancy. */
int report_refresh(struct job *job, struct error *err);

#endif
