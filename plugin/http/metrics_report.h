/* metrics_report.h - what /metrics says of the report that comes with the snapshot. */
#ifndef PURSER_HTTP_METRICS_REPORT_H
#define PURSER_HTTP_METRICS_REPORT_H

#include "../../udf/buf.h"
#include "../../udf/json.h"

/** @param report  dashboard_json()'s; NULL writes nothing. A member that is missing, or is not what
    it should be, has no metric. */
void metrics_of_report(struct buf *to, const json_t *report);

#endif
