/*
  client_key.h - the secret of a key of the client API. Pure; any thread.

  It is derived: whoever has the seed and the public number of the key can make it again, so that no
  table has to hold what signs a request.
*/
#ifndef PURSER_CLIENT_KEY_H
#define PURSER_CLIENT_KEY_H

#include "error.h"

#define CLIENT_KEY_ID_LEN 27            /* "pk_" and 24 letters and digits */
#define CLIENT_KEY_SEED_MIN 32          /* characters */
#define CLIENT_KEY_SECRET_SIZE (3 + 65) /* "sk_", 64 hex digits and a NUL */

/**
  "sk_" and in hex HMAC-SHA256(seed, "purser client key 1" NUL key_id).
  @param seed    api.key_seed of the secrets file; borrowed; NULL or too short is an error
  @param key_id  as client_keys.key_id has it; need not be NUL-terminated
  @param[out] secret  to be wiped by the caller; "" on an error
  @retval 0 @retval -1 err, which holds neither
*/
int client_key_secret(const char *seed, const char *key_id, size_t key_id_len,
                      char secret[CLIENT_KEY_SECRET_SIZE], struct error *err);

#endif
