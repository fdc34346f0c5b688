/*
  udf_call.h - what every SQL function of ours does at its edge to the server.

  For the udf_*.c wrappers only: they are the files of udf/ that know the server. Everything here is
  called on the thread of the session that runs the statement.
*/
#ifndef PURSER_UDF_CALL_H
#define PURSER_UDF_CALL_H

#include <mysql.h>
#include <stdbool.h>

#include "error.h"

#define UDF_EXPORT __attribute__((visibility("default")))

/* The five names under which the server looks a function up, declared before they are defined. */
#define UDF_DECLARE_TEXT(name)                                                                     \
    UDF_EXPORT my_bool name##_init(UDF_INIT *initid, UDF_ARGS *args, char *message);               \
    UDF_EXPORT char *name(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,   \
                          char *is_null, char *error);                                             \
    UDF_EXPORT void name##_deinit(UDF_INIT *initid)
#define UDF_DECLARE_INTEGER(name)                                                                  \
    UDF_EXPORT my_bool name##_init(UDF_INIT *initid, UDF_ARGS *args, char *message);               \
    UDF_EXPORT long long name(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)

/** Refuse a call in its _init. @param usage  "the arguments are: …"; the server shows 80 bytes of
   it, after the function's name. @return 1 */
my_bool udf_refuse(char *message, const char *usage);

/**
  In _init: an argument that is to be a whole number. What the server has as an integer stays one;
  all else (text, as some drivers bind every parameter; decimals) is taken as text and read
  strictly, where the server's own conversion would make 0 of 'abc'.
*/
void udf_want_integer(UDF_ARGS *args, unsigned i);

/** In a row: that number. @param name  of the argument, for err @retval -1 err: not whole, or not
    within min and max */
int udf_read_integer(const UDF_ARGS *args, unsigned i, const char *name, long long min,
                     long long max, long long *value, struct error *err);

/**
  Raise a SQL error that says err's text, in a row function; it also ends the statement. The result
  is NULL. What the server calls `error` in a row function is left alone: with it the server would
  never call the function again, and take NULL for its result without a word; in a DEFAULT of a
  column that holds for all later statements, of all sessions, until the table is opened anew.
*/
void udf_raise(const struct error *err, char *is_null);

/** Is the active account purser_definer@localhost, that is: are we called by a routine of Purser?
 */
bool udf_caller_is_definer(void);

/** Was the statement killed? For loops that may take long: raise with udf_raise_killed. */
bool udf_killed(void);
void udf_raise_killed(char *is_null);

#endif
