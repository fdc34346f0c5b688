/*
  server.h - everything Purser asks of the server it lives in, behind plain functions.

  server.c includes the server's headers without MYSQL_DYNAMIC_PLUGIN and calls exported C symbols,
  so that these functions work before INSTALL, after UNINSTALL and on every patch release.
*/
#ifndef PURSER_SERVER_H
#define PURSER_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "../udf/error.h"

/** Does the server accept connections? False during start, --bootstrap and --wsrep-recover. */
bool server_started(void);

/** Is the server going down? No SQL from then on. */
bool server_aborting(void);

/** Are the grant tables switched off (--skip-grant-tables)? */
bool server_grants_off(void);

/** Is the server read-only (a replica, most often)? */
bool server_read_only(void);

/** The server's unix socket; "" where it has none. Borrowed. */
const char *server_socket(void);

enum server_log_level { SERVER_LOG_NOTE, SERVER_LOG_WARNING, SERVER_LOG_ERROR };

/** Write one line to the error log. Any thread. @param text one line, shorter than 480 bytes */
void server_log(enum server_log_level level, const char *text);

/** Raise an error in the session that runs on this thread (in a UDF or in init). */
void server_raise(const char *text);

/** Was the statement that runs on this thread killed, or is its connection going away? */
bool server_statement_killed(void);

/** Threads that use server_local_sql call these first and last. @retval false no memory */
bool server_thread_begin(void);
void server_thread_end(void);

/**
  Run one short statement as the server itself: no grants, no binary log, no process list, lock
  waits of 2 seconds at most. For the worker's account and for KILL only. Refused while the server
  is going down. Never waits for another of Purser's threads.
  @param[out] value  first column of the first row, "" where there is none; may be NULL
  @retval 0 as far as the server tells (it is known to swallow some errors)  @retval -1 err
*/
int server_local_sql(const char *statement, char *value, size_t size, struct error *err);

#define SERVER_PASSWORD_HASH_SIZE 42
/** mysql_native_password's hash of a password: '*' and 40 hex digits. */
void server_password_hash(const char *password, char hash[SERVER_PASSWORD_HASH_SIZE]);

#endif
