/*
  json_text.h - JSON that stays text: checked once, then walked without a tree, so that a number
  keeps all its digits and 64 MiB need no multiple of that. Pure; any thread.

  All but json_text_check take text that it has found good, at the start of a value or of a string.
*/
#ifndef PURSER_JSON_TEXT_H
#define PURSER_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "utf8.h"

#define JSON_TEXT_DEPTH 64
#define JSON_STOP_EVERY 16384 /* values or keys: so often is asked whether to give up */
#define JSON_TEXT_MAX (64u << 20)
#define JSON_TEXT_EXPONENT_DIGITS 9

/**
  Is it one JSON object (RFC 8259) of at most JSON_TEXT_MAX bytes and JSON_TEXT_DEPTH levels, in
  valid UTF-8, without lone surrogates, without an exponent of more than 9 digits? Keys that occur
  twice are not looked for: json_members_read finds them.
  @param stop  asked now and then whether to give up (ERROR_STOPPED); may be NULL
  @retval 0 @retval -1 ERROR_INPUT with the position, never a piece of the text
*/
int json_text_check(const char *text, size_t len, bool (*stop)(void), struct error *err);

/** "JSON, byte 7 (line 1, column 7): why" for the byte at; all count bytes, from 1.
    @retval -1 always */
int json_text_error(const char *text, const char *at, const char *why, struct error *err);

const char *json_text_blanks(const char *at); /* over white space */
const char *json_text_skip(const char *at);   /* over a value */

/** The next byte of a string's contents, escapes undone, as UTF-8. */
struct json_reader {
    const char *at; /* after the opening quote */
    char held[UTF8_MOST];
    unsigned count, used;
};
/** @return -1 at the end of the string, again and again */
int json_reader_next(struct json_reader *reader);

/* ---- members of an object, in the byte order of their keys */

struct json_member {
    const char *key;   /* its opening quote */
    const char *value; /* its first byte */
};

struct json_members {
    struct json_member *list; /* owned */
    size_t count;
};

/** @param object its '{'; members points into it @param text where it begins, for the position
    @retval 0 @retval -1 ERROR_INPUT (a key occurs twice), ERROR_MEMORY */
int json_members_read(const char *object, const char *text, struct json_members *members,
                      struct error *err);
void json_members_free(struct json_members *members); /* legal on a zeroed struct */
int json_keys_compare(const char *a, const char *b);  /* <0, 0, >0; by bytes, escapes undone */

/* ---- writing */

/** The value without the white space between its tokens. */
void json_text_append(struct buf *out, const char *value);

/** A string's contents with the quotes, and with no escape that is not needed. */
void json_text_append_string(struct buf *out, const char *string);

/**
  The canonical form: equal texts for equal values. Members in the byte order of their keys; strings
  as json_text_append_string writes them; numbers by their value, exactly (1, 1.0 and 10e-1 are one,
  and so are 0 and -0), in a form that is for comparing only.
  @param stop as above; a failure of out is ERROR_MEMORY
*/
int json_canonical_append(struct buf *out, const char *value, const char *text, bool (*stop)(void),
                          struct error *err);

#endif
