/*
  args.h - the command line: which command, with which values.
*/
#ifndef PURSER_CLI_ARGS_H
#define PURSER_CLI_ARGS_H

#include "general.h"

struct invocation {
    const struct command *command; /* NULL: none was named */
    const char *group;             /* of help: the first word of a command that has two; NULL */
    const char *values[PARAMETERS_MAX]; /* borrowed from argv; NULL: not given. Of a flag "1" */
    struct settings settings;
};

/**
  Read the command line, the option files before it. Passwords on it are wiped out.

  @param argv  borrowed for as long as invocation is used; changed where it holds a password

  @retval 0 or -1 (failure says what is wrong). invocation is to be freed in both cases.
*/
int args_parse(struct invocation *invocation, int argc, char **argv, struct failure *failure);

void invocation_free(struct invocation *invocation);

#endif
