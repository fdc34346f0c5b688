/*
  failure.h - why a command did not do what it should, and the exit codes.
*/
#ifndef PURSER_CLI_FAILURE_H
#define PURSER_CLI_FAILURE_H

#include <stdbool.h>

enum exit_code {
    EXIT_OK = 0,
    EXIT_FOUND = 1,       /* it worked, and what it found is bad */
    EXIT_USAGE = 2,       /* the command line, or an option file */
    EXIT_CONNECTION = 3,  /* no connection to the server, or it broke */
    EXIT_REFUSED = 4,     /* the server refused: rights, arguments, anything in SQL */
    EXIT_OUTPUT = 5,      /* the output could not be written, or no memory */
    EXIT_UNCONFIRMED = 6, /* the word was not typed, or there was no terminal to ask */
    EXIT_SIGNAL = 128     /* and the number of the signal: 130 for Ctrl-C */
};

struct failure {
    int code;        /* of enum exit_code; 0: nothing failed */
    unsigned number; /* the server's or Connector/C's error; 0: it is our own */
    char sqlstate[6];
    char text[1200]; /* one or more lines, as they came */
};

/** Record a failure of our own, unless one is recorded. @retval -1 always */
int failure_set(struct failure *failure, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Say it on stderr: a line for people, or an object in JSON. */
void failure_say(const struct failure *failure);

/** A line for people on stderr; in JSON mode an object {"warning": ...}. */
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** What is good to know, on stderr; nothing in JSON mode. */
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** From now on messages are JSON. */
void messages_in_json(bool yes);

#endif
