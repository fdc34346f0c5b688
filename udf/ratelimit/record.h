/*
  record.h - one key of the rate limiter, as it lies in memory.

  A record has one of four sizes, by what it must be able to count; see window.h and gcra.h for
  what the fields mean to each kind. Sizes are chosen so that a key costs at most 320 bytes (64 for
  a token bucket) together with its share of the index (8 bytes).
*/
#ifndef PURSER_RATE_RECORD_H
#define PURSER_RATE_RECORD_H

#include <stdint.h>

#define RATE_BUCKETS 65 /* 64 parts of a window, and the part that is just leaving it */

/* Calls that a ring of each size can hold. */
#define RATE_SMALL_RING 10
#define RATE_MEDIUM_RING 17
#define RATE_LARGE_RING 32

enum rate_size { RATE_TOKENS, RATE_SMALL, RATE_MEDIUM, RATE_LARGE, RATE_SIZES };

enum rate_kind { RATE_FREE, RATE_RING, RATE_COUNTERS, RATE_GCRA };

struct rate_record {
    uint64_t key;     /* the hash; the key itself is not kept */
    uint32_t next;    /* reference of the next one in the chain, or in the list of free ones */
    uint32_t used_ms; /* when it was used last, in wrapping milliseconds: for eviction */
    uint32_t hits;    /* calls since it was made, saturating */
    uint8_t size;     /* enum rate_size */
    uint8_t kind;     /* enum rate_kind */
    uint8_t head;     /* RATE_RING: where the oldest is */
    uint8_t count;    /* RATE_RING: how many there are */
    uint32_t window_s;
    uint32_t max; /* of the last call */
    int64_t base; /* RATE_COUNTERS: number of the newest bucket; RATE_GCRA: the TAT, nanoseconds */
    union {
        int64_t ring[RATE_LARGE_RING]; /* RATE_RING: moments, nanoseconds */
        struct {
            uint32_t sum; /* RATE_COUNTERS: of all buckets; RATE_GCRA: 2^-32 nanoseconds of base */
            union {
                uint8_t count8[RATE_BUCKETS];
                uint16_t count16[RATE_BUCKETS];
                uint32_t count32[RATE_BUCKETS];
            };
        };
    };
};

#define RATE_TOKENS_BYTES 48
#define RATE_SMALL_BYTES 128
#define RATE_MEDIUM_BYTES 176
#define RATE_LARGE_BYTES 304

#define RATE_UP_TO(member, n)                                                                      \
    (__builtin_offsetof(struct rate_record, member) +                                              \
     (n) * sizeof(((struct rate_record *)0)->member[0]))
_Static_assert(__builtin_offsetof(struct rate_record, count8) <= RATE_TOKENS_BYTES, "tokens");
_Static_assert(RATE_UP_TO(ring, RATE_SMALL_RING) <= RATE_SMALL_BYTES, "small ring");
_Static_assert(RATE_UP_TO(count8, RATE_BUCKETS) <= RATE_SMALL_BYTES, "small counters");
_Static_assert(RATE_UP_TO(ring, RATE_MEDIUM_RING) <= RATE_MEDIUM_BYTES, "medium ring");
_Static_assert(RATE_UP_TO(count16, RATE_BUCKETS) <= RATE_MEDIUM_BYTES, "medium counters");
_Static_assert(RATE_UP_TO(ring, RATE_LARGE_RING) <= RATE_LARGE_BYTES, "large ring");
_Static_assert(RATE_UP_TO(count32, RATE_BUCKETS) <= RATE_LARGE_BYTES, "large counters");

#endif
