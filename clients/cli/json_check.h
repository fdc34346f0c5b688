/*
  json_check.h - whether text is JSON, so that it can stand within JSON as it is, its numbers exact.
*/
#ifndef PURSER_CLI_JSON_CHECK_H
#define PURSER_CLI_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/** One JSON value (RFC 8259) in UTF-8, at most 512 deep, and blanks around it. */
bool json_is_valid(const char *text, size_t len);

/** A JSON number and nothing else. */
bool json_is_number(const char *text, size_t len);

#endif
