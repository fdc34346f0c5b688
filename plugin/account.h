/*
  account.h - the accounts that the plugin logs in with, the worker's purser@localhost and the
  client API's purser_api@localhost, and their passwords, which exist in memory only.
*/
#ifndef PURSER_ACCOUNT_H
#define PURSER_ACCOUNT_H

#include <stddef.h>

#include "../udf/error.h"

#define ACCOUNT_HOST "localhost"
#define ACCOUNT_PASSWORD_SIZE 33

enum account { ACCOUNT_WORKER, ACCOUNT_API };
#define ACCOUNTS 2

const char *account_user(enum account which);

/**
  The password to connect with; a fresh one is set at the first call, and whenever the one that was
  tried last is refused.
  @param refused   the password that the server refused, or NULL
  @param[out] password  to be wiped by the caller; may be the buffer of `refused`
  @retval 0  @retval -1 err: ERROR_CONFIG where the account is missing, ERROR_BUSY when it was
  renewed too recently, ERROR_STOPPED while the server goes down The calling thread is between
  server_thread_begin and server_thread_end.
*/
int account_password(enum account which, const char *refused, char password[ACCOUNT_PASSWORD_SIZE],
                     struct error *err);

/** Forget (and wipe) the passwords; called by init and by deinit's end. */
void account_reset(void);

#endif
