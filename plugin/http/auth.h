/*
  auth.h - who may read the details: whoever knows a token of purser_http_token_file.

  A struct auth is a plain value without a secret in it: hashes are compared, in constant time.
*/
#ifndef PURSER_HTTP_AUTH_H
#define PURSER_HTTP_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "../../udf/crypto.h"
#include "../../udf/error.h"

#define AUTH_TOKENS_MAX 16
#define AUTH_TOKEN_MIN 16
#define AUTH_TOKEN_MAX 256

enum auth_mode {
    AUTH_CLOSED, /* there should be tokens, and they cannot be had: nobody may */
    AUTH_OPEN,   /* no token file is set: everybody may */
    AUTH_TOKENS
};

struct auth {
    enum auth_mode mode;
    int count;
    unsigned char hashes[AUTH_TOKENS_MAX][CRYPTO_SHA256_SIZE];
};

/**
  @param text  what is in the file: a token on each line, of visible ASCII characters; empty lines
               and those that begin with '#' do not count
  @param auth  AUTH_TOKENS, or AUTH_CLOSED @retval 0 @retval -1 err: the line, never what is in it
*/
int auth_parse(const char *text, size_t len, struct auth *auth, struct error *err);

/** @param authorization  the header: "Bearer TOKEN", or "Basic ..." with the token as password; may
    be NULL */
bool auth_allows(const struct auth *auth, const char *authorization);

#endif
