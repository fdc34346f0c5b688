/* utf8.h - well-formed UTF-8: no surrogates, no overlong forms. Pure; any thread. */
#ifndef PURSER_UTF8_H
#define PURSER_UTF8_H

#include <stddef.h>

/** Length of the well-formed character at the beginning of len bytes; 0: there is none. */
size_t utf8_character(const unsigned char *bytes, size_t len);

#endif
