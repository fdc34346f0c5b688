/*
  out.h - stdout: bytes that are gathered, and written or failed.
*/
#ifndef PURSER_CLI_OUT_H
#define PURSER_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

/**
  First of all: what of stdin, stdout and stderr is closed is opened, so that neither connection nor
  file takes its number and is written to. Using it fails, as before.
*/
void out_reserve(void);

/** Once, before anything is written. */
void out_begin(void);

void out_write(const void *bytes, size_t len);
void out_puts(const char *text);

/** The same so many times. */
void out_repeat(char c, size_t times);

/** Have all that was gathered written. Lines only: between them something may be drawn on a
 * terminal. */
void out_flush(void);

/** Could something not be written? A reader that went away ends the process as SIGPIPE does.
    @retval 0 all was written so far @retval -1 (failure says why) */
int out_check(struct failure *failure);

#endif
