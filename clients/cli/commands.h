/*
  commands.h - the table of commands.
*/
#ifndef PURSER_CLI_COMMANDS_H
#define PURSER_CLI_COMMANDS_H

#include "spec.h"

/** The commands in the order of help; arrays that end with a command without a path. */
extern const struct command commands_of_watching[], commands_of_reconciliation[],
    commands_of_clients[], commands_of_protection[], commands_local[];

/** The n-th command of all arrays. @retval NULL there are no more */
const struct command *command_at(size_t n);

/** The command of a path, as "client list". @retval NULL there is none */
const struct command *command_find(const char *path);

/** Whether a word begins commands of two words. */
bool command_is_group(const char *word);

#endif
