/*
  json_scan.h - the extent of JSON values in a text, without making a tree of them. Pure.

  For texts that are long, or of which little is needed: what is picked out here is then given to
  json_parse, which alone says what is well-formed. No recursion; bytes are looked at, not
  characters.
*/
#ifndef PURSER_JSON_SCAN_H
#define PURSER_JSON_SCAN_H

#include <stddef.h>

#include "../udf/buf.h"

/** First byte at or after `at` that is no blank or line break. */
size_t json_skip_blanks(const char *text, size_t at, size_t end);

/** First byte after the string whose quote is at `at`; 0 where it does not end. */
size_t json_skip_string(const char *text, size_t at, size_t end);

/** First byte after the value that begins at `at`; 0 where it does not end. */
size_t json_skip_value(const char *text, size_t at, size_t end);

/**
  Copy a document without the members whose name is not in `keep`, in objects of any depth.
  @param keep  names, sorted as by strcmp, count of them; a name with a backslash in it always stays
  @param out   at most len bytes are appended
  @retval 0  @retval -1 it is not a document: json_parse of the whole says what is wrong
*/
int json_prune(const char *text, size_t len, const char *const *keep, size_t count,
               struct buf *out);

#endif
