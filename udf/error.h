/* error.h - what went wrong, in a form that can be passed up and shown to a person. */
#ifndef PURSER_ERROR_H
#define PURSER_ERROR_H

#include <stddef.h>

enum error_code {
    ERROR_NONE = 0,
    ERROR_MEMORY, /* an allocation failed, or a buffer's maximum was reached */
    ERROR_INPUT,  /* data or an argument is not of the form it must have */
    ERROR_CONFIG, /* a setting, the secrets file or the schema is not usable */
    ERROR_SQL,    /* the server refused a statement */
    ERROR_GONE, /* the connection to the server is lost, or a lock was not had in time: try again */
    ERROR_REMOTE,  /* a gateway answered, but not usably, or could not be reached */
    ERROR_AUTH,    /* a gateway refused the credentials: trying again is useless */
    ERROR_REFUSED, /* the other side refused this for good: sending the same again is useless */
    ERROR_LIMIT,   /* a bound was reached (size, pages, time) */
    ERROR_BUSY,    /* somebody else is doing it */
    ERROR_STOPPED  /* the plugin is being stopped, or the statement was killed */
};

struct error {
    enum error_code code;
    char text[480]; /* one line, NUL-terminated; fits the server's 511 bytes with a prefix */
};

/**
  Record an error, unless one is recorded already: the first wins.

  @param err     may be NULL (nothing happens)
  @param code    not ERROR_NONE
  @param format  printf form, one line

  @retval -1  always, so that a caller can `return error_set(...)`
*/
int error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
  Put a context in front of the text that is recorded ("gateway square: " ...).
  Nothing happens where there is no error. @retval -1 always.
*/
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Forget what is recorded. @param err may be NULL */
void error_clear(struct error *err);

#endif
