/* alloc_scenarios.h - the tables of test_alloc.c and test_alloc_network.c, by what they try. */
#ifndef PURSER_UNIT_ALLOC_SCENARIOS_H
#define PURSER_UNIT_ALLOC_SCENARIOS_H

#include <stdarg.h>

#include "alloc_fail.h"

/* Each ends with a scenario that has no name. */
extern const struct alloc_scenario alloc_udf[], alloc_limits[], alloc_shared[], alloc_gateways[],
    alloc_answers[], alloc_database[], alloc_network[], alloc_listener[];

/* Tries each of a table; fails the test where one is wrong. */
void alloc_try_table(const struct alloc_scenario *table);

/* Was each allocation of the server-free modules made to fail? Fails the test, naming those that
   were not. @param of_network  those whose work takes a network; else: all others */
void alloc_look(bool of_network);

/* The database of alloc_database.c, told what is written for it. NULL: nobody is told. */
void alloc_database_open(void (*told)(const char *format, va_list values));

/* The result is not what it should be. */
static inline int alloc_wrong(struct error *err, const char *how)
{
    error_clear(err);
    error_set(err, ERROR_INPUT, "%s", how);
    return -2;
}

/* For what has no struct error: it says by its result alone that there was no memory. */
static inline int alloc_refused(struct error *err)
{
    error_set(err, ERROR_MEMORY, "out of memory");
    return -1;
}

#endif
