/*
  account.h - the worker's account purser@localhost and its password, which exists in memory only.
*/
#ifndef PURSER_ACCOUNT_H
#define PURSER_ACCOUNT_H

#include <stddef.h>

#include "../udf/error.h"

#define ACCOUNT_USER "purser"
#define ACCOUNT_HOST "localhost"
#define ACCOUNT_PASSWORD_SIZE 33

/**
  The password to connect with; a fresh one is set at the first call, and whenever the one that was
  tried last is refused.
  @param refused   the password that the server refused, or NULL
  @param[out] password  to be wiped by the caller; may be the buffer of `refused`
  @retval 0  @retval -1 err: ERROR_CONFIG where the account is missing, ERROR_BUSY when it was
  renewed too recently, ERROR_STOPPED while the server goes down The calling thread is between
  server_thread_begin and server_thread_end.
*/
int account_password(const char *refused, char password[ACCOUNT_PASSWORD_SIZE], struct error *err);

/** Forget (and wipe) the password; called by init and by deinit's end. */
void account_reset(void);

#endif
