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

/** Refuse a call in its _init. @param usage  "purser_hmac takes 3 or 4 arguments: …" @return 1 */
my_bool udf_refuse(char *message, const char *usage);

/** Raise a SQL error that says err's text, in a row function; it also ends the statement. */
void udf_raise(const struct error *err, char *error);

/** Was the statement killed? For loops that may take long: raise with udf_raise_killed. */
bool udf_killed(void);
void udf_raise_killed(char *error);

#endif
