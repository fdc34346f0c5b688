/*
  table.h - the rows of purser.health_checks, and what else the coordinator must know of the
  database.
*/
#ifndef PURSER_HEALTH_TABLE_H
#define PURSER_HEALTH_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/error.h"
#include "../db.h"
#include "../settings.h"
#include "level.h"
#include "past.h"
#include "snapshot.h"

#define CHECK_TIMEOUT_MS 5000 /* where the row has none */

/* A row. */
struct check_row {
    char name[HEALTH_NAME_SIZE];
    char service[HEALTH_NAME_SIZE];
    char builtin[HEALTH_NAME_SIZE]; /* "": it has a query */
    char *query;                    /* owned; NULL: it is a built-in */
    struct thresholds thresholds;
    bool has_parameter;
    double parameter;
    char unit[HEALTH_UNIT_SIZE];
    int64_t interval_ms; /* 0: purser_health_interval */
    int64_t timeout_ms;
    int fail_count, fail_window;
};

/* What was read. */
struct check_table {
    struct check_row *rows; /* those that are enabled */
    int count;
    bool left_out;     /* there are more than HEALTH_CHECKS_MAX */
    char server[129];  /* host name and port */
    bool is_off_peak;  /* now is within the setting health_check_tables_hours */
    struct past *past; /* owned; NULL: it was not asked for, or cannot be read */
};

/** The one row that stands before any was read: the check `database`. */
void check_row_database(struct check_row *row);

/** @param[out] to  its former content is released, unless it is zeroed @retval 0 or -1: no memory
 */
int check_row_copy(struct check_row *to, const struct check_row *from);
void check_row_deinit(struct check_row *row);

/** @param with_past  the last results of the checks, too @return new, or NULL with err. A setting
   that makes no sense is a line in the log, once. */
struct check_table *check_table_read(struct db *db, const struct settings *settings, bool with_past,
                                     struct error *err);
void check_table_destroy(struct check_table *table); /* NULL is legal */

/**
  Is an hour of the day within "hh-hh"? From the first hour on, until the second begins; "22-04"
  goes over midnight, "00-24" is always.
  @retval 1, 0  @retval -1 the text is no such thing
*/
int hours_contain(const char *hours, int hour);

#endif
