/* sql_check.h - a check that is a query of the DBA's. */
#ifndef PURSER_HEALTH_SQL_CHECK_H
#define PURSER_HEALTH_SQL_CHECK_H

#include "check.h"

/** Is it one that begins with SELECT or WITH? @retval 0 or -1 with err (ERROR_INPUT) */
int sql_check_judge(const char *query, struct error *err);

/**
  Run it: in a transaction that is READ ONLY and rolled back, as one statement; max_statement_time
  is set. The first column of the first row is the value or a level, the second one the message.
  What comes after that row is read, to some bound, for whether the query comes to its end; beyond
  it the query is killed. The connection is to be closed afterwards, also for what is left in it.
  @retval 0  @retval -1 err: ERROR_INPUT has a text of ours, which may be public
*/
int sql_check_run(const struct check_context *context, const char *query,
                  struct check_result *result, struct error *err);

/** Make a text fit for a message in public: UTF-8, without control characters, cut between two
    characters. @param out  HEALTH_MESSAGE_SIZE bytes */
void health_message(char *out, const char *text, size_t len);

#endif
