/*
  completion.h - completions for bash, zsh and fish, from the table of commands.
*/
#ifndef PURSER_CLI_COMPLETION_H
#define PURSER_CLI_COMPLETION_H

/** Write the script for a shell: bash, zsh or fish. To stdout. */
void completion_write(const char *shell);

#endif
