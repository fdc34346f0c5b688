/*
  json_out.h - JSON written straight into a buffer, for answers that anybody may read.

  Texts may hold any bytes: what is no UTF-8 becomes U+FFFD. The keywords of answer.h can come into
  a document by json_out_keyword alone: in every other text the '-' after PURSER is written \u002d,
  which a reader of JSON does not notice, and a monitor that looks for the keyword does.
*/
#ifndef PURSER_HTTP_JSON_OUT_H
#define PURSER_HTTP_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/buf.h"
#include "../../udf/json.h"

struct json_out {
    struct buf *to;
    bool comma; /* before what comes next */
};

void json_out_begin(struct json_out *out, char bracket); /* '{' or '[' */
void json_out_end(struct json_out *out, char bracket);   /* '}' or ']' */
/** @param name  any bytes; a value follows */
void json_out_key(struct json_out *out, const char *name);
void json_out_text(struct json_out *out, const char *text);
/** Shortest of at most 15 digits; null where it is no number. */
void json_out_number(struct json_out *out, double number);
void json_out_integer(struct json_out *out, int64_t number);
void json_out_null(struct json_out *out);
/** UTC microseconds as "2025-07-05T10:00:00.123456Z"; 0 is null. */
void json_out_moment(struct json_out *out, int64_t moment);
void json_out_keyword(struct json_out *out, const char *keyword);
/** A whole value. @param value  read only; NULL is null */
void json_out_value(struct json_out *out, const json_t *value);

#endif
