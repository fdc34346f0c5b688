/*
  record.h - one key of the rate limiter, as it lies in memory: a record of 40 bytes that answers
  most calls alone, and a body in another place, of one of three sizes, by what it must be able to
  count. See window.h and gcra.h for what the fields mean to each kind, and store.h for the places.
*/
#ifndef PURSER_RATE_RECORD_H
#define PURSER_RATE_RECORD_H

#include <stdint.h>

#define RATE_PARTS 64 /* of a window; the part that is just leaving it is counted, too */

/* Calls that a ring of each size can hold. */
#define RATE_SMALL_RING 8
#define RATE_MEDIUM_RING 16
#define RATE_LARGE_RING 32

/* RATE_TOKENS has no body. */
enum rate_size { RATE_TOKENS, RATE_SMALL, RATE_MEDIUM, RATE_LARGE, RATE_SIZES };

/* The bit of a key that tells a token bucket, which has no body, from a window, which has one. */
#define RATE_KEY_TOKENS 1u

enum rate_kind { RATE_FREE, RATE_RING, RATE_COUNTERS, RATE_GCRA };

struct rate_record {
    uint64_t key;   /* the hash; the key itself is not kept */
    int64_t moment; /* windows: when it was asked for last; RATE_GCRA: the TAT; nanoseconds */
    uint32_t sum;   /* RATE_COUNTERS: of all; RATE_RING: how many; RATE_GCRA: 2^-32 ns of moment */
    uint32_t current; /* RATE_COUNTERS: of the part of a window that moment lies in; RATE_RING:
                         where the oldest is; RATE_GCRA: mantissa of the step */
    uint32_t hits;    /* calls since it was made, saturating */
    uint32_t max;     /* of the last call */
    union {
        uint32_t body;    /* windows: its place */
        uint32_t used_ms; /* RATE_GCRA: when it was used last, in wrapping milliseconds */
    };
    uint32_t window_s : 28; /* RATE_GCRA: binary exponent of the step */
    uint32_t size : 2;      /* enum rate_size */
    uint32_t kind : 2;      /* enum rate_kind; 0 in memory that was never used */
};

union rate_body {
    int64_t ring[RATE_LARGE_RING]; /* RATE_RING: moments, nanoseconds */
    uint8_t count8[RATE_PARTS];    /* RATE_COUNTERS: of the parts before the current one */
    uint16_t count16[RATE_PARTS];
    uint32_t count32[RATE_PARTS];
    uint32_t next_free; /* of a body that nobody has: the place of the next one */
};

#define RATE_SMALL_BYTES 64
#define RATE_MEDIUM_BYTES 128
#define RATE_LARGE_BYTES 256

_Static_assert(sizeof(struct rate_record) == 40, "three of them, and a reference, in 128 bytes");
_Static_assert(sizeof(union rate_body) == RATE_LARGE_BYTES, "counters and rings of one size");
_Static_assert(RATE_SMALL_RING * 8 == RATE_SMALL_BYTES, "small ring");
_Static_assert(RATE_MEDIUM_RING * 8 == RATE_MEDIUM_BYTES, "medium ring");

/** Bytes of a body; 0 for RATE_TOKENS. */
static inline uint32_t rate_body_bytes(unsigned size)
{
    return size == RATE_TOKENS ? 0 : 32u << size;
}

#endif
