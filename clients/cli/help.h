/*
  help.h - help, the man page, and the tables of docs/cli.md: from the table of commands.
*/
#ifndef PURSER_CLI_HELP_H
#define PURSER_CLI_HELP_H

#include "spec.h"

/** All commands in a line each; group: only those that begin with this word (NULL: all). To stdout.
 */
void help_all(const char *group);

/** One command: usage, arguments, options. To stdout. */
void help_command(const struct command *command);

/** The man page, for man(1). */
void help_man(void);

/** The commands as Markdown, which docs/cli.md holds. */
void help_markdown(void);

/** A parameter as help writes it: "--gateway NAME", "ID". */
void help_form(const struct parameter *parameter, char *text, size_t size);

struct exit_meaning {
    const char *code; /* NULL ends the array */
    const char *meaning;
};

extern const struct exit_meaning help_exit_codes[];

#endif
