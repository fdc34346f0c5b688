/*
  utf8.h - UTF-8 as Unicode has it (chapter 3.9, table 3-7): no surrogates, no overlong forms,
  nothing beyond U+10FFFF. Pure; any thread.
*/
#ifndef PURSER_UTF8_H
#define PURSER_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#define UTF8_MOST 4 /* bytes of a character */

/**
  Length of the well-formed character at the beginning of len bytes; 0: there is none.
  Nothing is read behind a byte that does not belong to one: of a text that ends in a NUL, len may
  be UTF8_MOST.
*/
size_t utf8_character(const char *bytes, size_t len);

/** Are these bytes valid UTF-8? Zero bytes are. */
bool utf8_valid(const char *bytes, size_t len);

/** The length without a character at the end of which only a part is there: for texts that were
    cut. */
size_t utf8_whole(const char *bytes, size_t len);

/** As utf8_character. @param[out] code  the character's, where there is one */
size_t utf8_next(const char *bytes, size_t len, unsigned *code);

/** @param code  up to 0x10FFFF, no surrogate @return the bytes written, 1 to 4 */
size_t utf8_encode(unsigned code, char bytes[UTF8_MOST]);

#endif
