/* open_findings.h - the discrepancies that hold, page by page. */
#ifndef PURSER_OPEN_FINDINGS_H
#define PURSER_OPEN_FINDINGS_H

#include "examine.h"
#include "run.h"

/* Day after day, and within a day by id: each page is a range of the index by_day, however many
   there are. */
struct open_findings {
    int32_t day, last_day;
    unsigned long long after; /* id of the last one handed out of that day */
    /* Then those of other days that were found or changed within [changed_from, changed_until),
       UTC; none where both are 0 (set after open_findings_init). */
    int64_t changed_from, changed_until;
    int32_t first_day;
    char after_change[TIMESTAMP_SQL_SIZE];
};

void open_findings_init(struct open_findings *it, int32_t from, int32_t to);

/** @param subjects  room for max; the same subject may come twice
    @return how many, 0 at the end, -1 with err */
int open_findings_next(struct open_findings *it, struct job *job, struct subject *subjects, int max,
                       struct error *err);

#endif
