/* threads.h - the threads of alerts and messages; called by worker.c, as health.h's are. */
#ifndef PURSER_ALERT_THREADS_H
#define PURSER_ALERT_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/error.h"

/** Forget an earlier life. Before health_start: its coordinator tells the alerts what it sees. */
void alerts_reset(void);
/** @retval 0 @retval -1 err */
int alerts_start(struct error *err);
/** Wake them, so that they see that the plugin stops. */
void alerts_stop(void);
/** @return have all of them ended by then? */
bool alerts_join(int64_t deadline_ms);
/** Those that have not are left behind. */
void alerts_abandon(void);

#endif
