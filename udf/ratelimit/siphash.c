/* siphash.c - see siphash.h. */
#include "siphash.h"

#include <string.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline void sip_round(struct state *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void compress(struct state *s, uint64_t word, int rounds)
{
    s->v3 ^= word;
    while (rounds-- > 0)
        sip_round(s);
    s->v0 ^= word;
}

static inline uint64_t finish(struct state *s, int rounds)
{
    while (rounds-- > 0)
        sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline uint64_t little_endian(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline __attribute__((always_inline)) struct state begin(struct sip128 key)
{
    return (struct state){key.lo ^ 0x736f6d6570736575ULL, key.hi ^ 0x646f72616e646f6dULL ^ 0xee,
                          key.lo ^ 0x6c7967656e657261ULL, key.hi ^ 0x7465646279746573ULL};
}

static inline __attribute__((always_inline)) void absorb(struct state *s, const uint8_t *bytes,
                                                         size_t len, int rounds)
{
    uint64_t last = (uint64_t)len << 56;
    size_t i, whole = len & ~(size_t)7;

    for (i = 0; i < whole; i += 8)
        compress(s, little_endian(bytes + i), rounds);
    for (; i < len; i++)
        last |= (uint64_t)bytes[i] << (8 * (i - whole));
    compress(s, last, rounds);
}

static inline __attribute__((always_inline)) struct sip128 end(struct state *s, int rounds)
{
    struct sip128 result;

    s->v2 ^= 0xee;
    result.lo = finish(s, rounds);
    s->v1 ^= 0xdd;
    result.hi = finish(s, rounds);
    return result;
}

struct sip128 siphash24(struct sip128 key, const void *bytes, size_t len)
{
    struct state s = begin(key);

    absorb(&s, bytes, len, 2);
    return end(&s, 4);
}

struct sip128 siphash13(struct sip128 key, const void *bytes, size_t len)
{
    struct state s = begin(key);

    absorb(&s, bytes, len, 1);
    return end(&s, 3);
}

struct sip128 siphash13_of_two(struct sip128 key, const void *a, size_t a_len, const void *b,
                               size_t b_len)
{
    struct state s = begin(key);

    compress(&s, a_len, 1);
    absorb(&s, a, a_len, 1);
    absorb(&s, b, b_len, 1);
    return end(&s, 3);
}
