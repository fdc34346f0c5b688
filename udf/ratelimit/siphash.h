/*
  siphash.h - SipHash with a result of 128 bits (Aumasson and Bernstein, "SipHash: a fast
  short-input PRF", 2012, and the 128-bit variant of their reference implementation).

  Keys of the rate limiter are what outsiders send, so that the hash has a secret key: nobody can
  choose two identifiers that meet, or many that fall into one chain.
*/
#ifndef PURSER_SIPHASH_H
#define PURSER_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct sip128 {
    uint64_t lo, hi;
};

/** SipHash-2-4-128, the variant that has published vectors; for tests. */
struct sip128 siphash24(struct sip128 key, const void *bytes, size_t len);

/** SipHash-1-3-128: the same with half the rounds, as hash tables use it. */
struct sip128 siphash13(struct sip128 key, const void *bytes, size_t len);

/** SipHash-1-3 of the first text's length, and both texts, each ended as if it were alone: no pair
    of texts can be read as another pair. */
struct sip128 siphash13_of_two(struct sip128 key, const void *a, size_t a_len, const void *b,
                               size_t b_len);

#endif
