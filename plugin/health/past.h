/*
  past.h - what was known of the checks before this life of the plugin, from
  purser.health_results.
*/
#ifndef PURSER_HEALTH_PAST_H
#define PURSER_HEALTH_PAST_H

#include "../../udf/error.h"
#include "../db.h"
#include "snapshot.h"

struct past {
    struct health_check list[HEALTH_CHECKS_MAX]; /* parts are owned; not all members are set */
    int count;
    int64_t record_ms; /* so often an unchanged result is written (health_record_minutes) */
};

/** The last result of each check that is enabled, as this server wrote it down.
    @param server  host name and port @return new, or NULL with err */
struct past *past_read(struct db *db, const char *server, struct error *err);
void past_destroy(struct past *past); /* NULL is legal */

/** @return borrowed; NULL: nothing is known of it that is young enough to be believed: two of its
    intervals and two of health_record_minutes. @param now  UTC microseconds */
const struct health_check *past_find(const struct past *past, const char *name, const char *service,
                                     int64_t interval_ms, int64_t now);

#endif
