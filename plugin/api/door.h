/*
  door.h - who may come in: the signature, the time, the nonce of a request and its key's rate, in
  that order; no SQL. Any api thread.
*/
#ifndef PURSER_API_DOOR_H
#define PURSER_API_DOOR_H

#include "../../udf/error.h"
#include "../settings.h"
#include "exchange.h"

#define DOOR_HASH_SIZE 65

/** Which nonces were used is known from the first call on. @retval 0 @retval -1 err */
int api_door_begin(struct error *err);

/**
  @param[out] secret_hash  SHA-256 of the key's secret in hex, for the key's row
  @retval 0 come in; the answer has the headers of the key's rate
  @retval -1 the answer says why not
*/
int api_door(struct api_exchange *exchange, const struct settings *settings,
             char secret_hash[DOOR_HASH_SIZE]);

#endif
