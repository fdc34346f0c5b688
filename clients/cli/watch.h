/*
  watch.h - the second thread: it takes the signals, and draws on a terminal how far a long command
  is.

  watch_start makes it, after connecting, and watch_stop joins it. The other functions are for the
  first thread, and do nothing where there is no watch.
*/
#ifndef PURSER_CLI_WATCH_H
#define PURSER_CLI_WATCH_H

#include <stdbool.h>

#include "connection.h"

/**
  Take SIGINT, SIGTERM and SIGHUP from now on: they end the statement that runs, and after that the
  process.

  @param draw  whether to show the progress, on stderr; it must be a terminal
*/
int watch_start(struct connection *connection, bool draw, struct failure *failure);
void watch_stop(void);

/** The signal that came; 0: none. */
int watch_signal(void);

/** How far it is: done of total (0: nobody knows), what being a word such as "days". */
void watch_progress(const char *what, unsigned long done, unsigned long total);

/** Nothing is drawn any more: rows go to the same terminal. */
void watch_quiet(void);

/** Wipe the line that was drawn and draw no other, while something else is written; then go on. */
void watch_hold(bool hold);

#endif
