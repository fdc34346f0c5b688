/* metrics_status.h - what /metrics says of status.h. */
#ifndef PURSER_HTTP_METRICS_STATUS_H
#define PURSER_HTTP_METRICS_STATUS_H

#include "../../udf/buf.h"
#include "../status.h"

void metrics_of_status(struct buf *to, enum worker_state worker);

/** Members of struct status_counters that have a metric: a test holds it against the struct. */
int metrics_status_members(void);

#endif
