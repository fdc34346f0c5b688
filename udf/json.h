/* json.h - the one place that includes jansson, with what Purser needs beyond it. */
#ifndef PURSER_JSON_H
#define PURSER_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define JSON_DEPTH_MAX 64 /* levels of what is parsed: some 6 KiB of stack */

/**
  Parse one JSON document, an object or an array. Duplicate keys, trailing bytes, zero bytes,
  invalid UTF-8 and nesting deeper than JSON_DEPTH_MAX are refused.
  @return new reference; NULL with err (line and column, never a piece of the text: it may be
  secret)
*/
json_t *json_parse(const char *bytes, size_t len, struct error *err);

/** json_loadb. jansson alone may crash, or give another document than the text's, where memory runs
   out.
    @param[out] no_memory  why there is NULL @return new reference, or NULL */
json_t *json_read(const char *bytes, size_t len, size_t flags, json_error_t *why, bool *no_memory);

/** json_dumps, which may write something else where memory runs out. @return new (free); NULL: no
   memory, or flags that do not go with the value */
char *json_write(const json_t *value, size_t flags);

/** Append item (taken over, may be NULL) to *list. Without memory, or without item, the list is
   given up and NULL from then on: one that lacks an element would be taken for whole. */
void json_add(json_t **list, json_t *item);

/** The same for a member of *object. */
void json_put(json_t **object, const char *key, json_t *value);

/** Text of a member that is a string or an integer (written out); NULL where it is absent or null.
    @param scratch,size  where an integer is written. @return borrowed from the object or scratch */
const char *json_member_text(const json_t *object, const char *key, char *scratch, size_t size);

/**
  Amount in major units from an integer, a real or a decimal string; the currency's exponent is used
  for reals. @retval 1 found @retval 0 absent or null @retval -1 present but not an amount, with err
*/
int json_member_money(const json_t *object, const char *key, int exponent, int64_t *amount,
                      struct error *err);

/** Moment from an ISO 8601 string. @retval 1 found, 0 absent or null, -1 malformed with err */
int json_member_time(const json_t *object, const char *key, int64_t *moment, struct error *err);

/** Settings: integer (also from a numeric string) within [min, max], or fallback where absent or
   null.
    @retval 0 ok @retval -1 with err naming the key and the range */
int json_setting_int(const json_t *object, const char *key, int64_t min, int64_t max,
                     int64_t fallback, int64_t *value, struct error *err);
/** Settings: exact decimal by money_parse (number or string), or fallback. */
int json_setting_decimal(const json_t *object, const char *key, int64_t min, int64_t max,
                         int64_t fallback, int64_t *value, struct error *err);
/** Settings: true/false, or fallback. */
int json_setting_bool(const json_t *object, const char *key, bool fallback, bool *value,
                      struct error *err);

#endif
