/* rate_tables.h - the policies and lists of the rate limiter, from their tables into its memory. */
#ifndef PURSER_RATE_TABLES_H
#define PURSER_RATE_TABLES_H

#include "../udf/error.h"
#include "db.h"

/** Read purser.rate_limit_policies and _lists, and put them in force where they have changed. A
    table that makes no sense, or that cannot be read, is a line in the log, once; what was in force
    stays. The scheduler's thread. @retval 0  @retval -1 err: ERROR_SQL where the connection is none
    the worse for it */
int rate_tables_reload(struct db *db, struct error *err);

#endif
