/*
  statement.h - from the SQL of the table and the values of the command line to a statement.
*/
#ifndef PURSER_CLI_STATEMENT_H
#define PURSER_CLI_STATEMENT_H

#include "args.h"
#include "buf.h"
#include "failure.h"

/**
  Write a statement of the invocation's command.

  @param out   gets the statement; of length 0 where nothing is to be run
  @param day   the day of a command with COMMAND_DAYS, in place of {date}; NULL: the value of --date
  @param text  the SQL as the table has it

  @retval 0 or -1 (failure says why)
*/
int statement_write(struct buf *out, const struct invocation *invocation, const char *day,
                    const char *text, struct failure *failure);

#endif
