/*
  api_nonce.h - which nonces were used: a set of hashes, each until the moment after which its
  request is refused for its age. Pure; any thread.

  THREADS: a set locks itself, for some memory accesses.
*/
#ifndef PURSER_API_NONCE_H
#define PURSER_API_NONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define API_NONCES 262144u

struct nonces;

/** All memory that it will ever take; the system gives it as it is used.
    @param capacity  1 to API_NONCES @return new; NULL: no memory */
struct nonces *nonces_create(unsigned capacity);
void nonces_destroy(struct nonces *nonces); /* NULL is legal */

enum nonce_verdict { NONCE_NEW, NONCE_USED, NONCE_NO_ROOM };

/**
  Use a nonce.
  @param until  seconds: it is remembered up to and with that moment @param now  likewise
  @return NONCE_NEW: it was not, and is from now on; NONCE_NO_ROOM: the set is full of nonces that
  are still needed (or the hash could not be made), so that nobody can say
*/
enum nonce_verdict nonces_use(struct nonces *nonces, const char *key, const char *nonce,
                              int64_t until, int64_t now);

/** Was it used, and is that still to be known? Changes nothing: whoever sends a request again must
    not use up what its key may ask. */
bool nonces_used(struct nonces *nonces, const char *key, const char *nonce, int64_t now);

#endif
