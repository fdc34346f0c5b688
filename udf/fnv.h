/*
  fnv.h - FNV-1a of 64 bits (Fowler, Noll, Vo): names for what nobody chooses so that two
  meet. Pure; any thread.
*/
#ifndef PURSER_FNV_H
#define PURSER_FNV_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FNV_BASIS 0xCBF29CE484222325u /* the state to begin with */

static inline uint64_t fnv_bytes(uint64_t state, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;

    while (len-- > 0)
        state = (state ^ *p++) * 0x100000001B3u;
    return state;
}

/** A text and its NUL, which tells it from what comes behind it. */
static inline uint64_t fnv_text(uint64_t state, const char *text)
{
    return fnv_bytes(state, text, strlen(text) + 1);
}

#endif
