/* text.h - how data is written so that it is data and nothing else: for a terminal, in JSON. */
#ifndef PURSER_CLI_TEXT_H
#define PURSER_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/** Columns that the text takes on a terminal; it must be what text_for_terminal wrote. */
size_t text_width(const char *text, size_t len);

/**
  Append text as a terminal may have it: control characters, those that turn the direction of
  writing, and bytes that are not UTF-8 become \n, \t, \xHH or \u{HHHH}. lines: line breaks and tabs
  stay.
*/
void text_for_terminal(struct buf *b, const char *text, size_t len, bool lines);

/** Append a JSON string, with its quotes. What is not UTF-8 becomes U+FFFD. */
void text_to_json(struct buf *b, const char *text, size_t len);

/** Append JSON that is valid, with what drives a terminal escaped: that can only be within its
    strings, but for a carriage return, which becomes a blank. */
void text_of_json(struct buf *b, const char *json, size_t len);

/** Append text with U+FFFD where it is not UTF-8. */
void text_as_utf8(struct buf *b, const char *text, size_t len);

/** Append bytes as hexadecimal digits. */
void text_as_hex(struct buf *b, const char *bytes, size_t len);

#endif
