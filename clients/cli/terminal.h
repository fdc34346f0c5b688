/*
  terminal.h - asking a person at the terminal.
*/
#ifndef PURSER_CLI_TERMINAL_H
#define PURSER_CLI_TERMINAL_H

#include "args.h"

/** Whether there is a person to be asked: stdin and stderr are a terminal. */
bool terminal_is_there(void);

/** Whether tables are coloured. */
bool terminal_has_colours(const struct settings *settings);

/** Ask for the password, without echo, and put it into settings. @retval 0 or -1 */
int terminal_ask_password(struct settings *settings, struct failure *failure);

/**
  Have a word typed that shows that it is meant.

  @param what  what is about to be done: the statement
  @param word  to be typed

  @retval 0 it was @retval -1 not, or there is nobody to ask (failure says so)
*/
int terminal_confirm(const char *what, const char *word, struct failure *failure);

#endif
