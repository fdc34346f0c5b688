/*
  rates.h - the rate limiter's keys outlive the server: a file in the data directory.

  The file (purser_rate_limits.dat, mode 0600) is written every few seconds where something was
  counted, and at UNINSTALL and shutdown; always whole, to another name, and then renamed. It is
  read once, before the first call, and only when the limiter is empty.
*/
#ifndef PURSER_RATES_H
#define PURSER_RATES_H

#include <stddef.h>

/** Body of the thread that loads and saves; stops with the plugin. Started before the server takes
    connections, or at INSTALL. @param argument unused */
void rates_body(void *argument);

/** What purser_rate_limit_memory says; in force where nobody has asked the limiter yet. */
void rates_set_memory(size_t bytes);

#endif
