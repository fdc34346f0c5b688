/* unit.h - cmocka with the headers it wants before it, and random numbers that repeat. */
#ifndef PURSER_UNIT_H
#define PURSER_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* xorshift64*: the same sequence in every run. */
static inline uint64_t unit_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1DULL;
}

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
