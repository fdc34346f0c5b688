/*
  run.h - run a command: its statements, and their result sets to stdout.
*/
#ifndef PURSER_CLI_RUN_H
#define PURSER_CLI_RUN_H

#include "args.h"

/** @retval the exit code; where it is none of EXIT_OK and EXIT_FOUND, failure says why */
int run_command(struct invocation *invocation, struct failure *failure);

#endif
