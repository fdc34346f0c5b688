/* audit.h - what changed between two records, and the leaf hash of an audit record. Pure. */
#ifndef PURSER_AUDIT_H
#define PURSER_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "crypto.h"
#include "error.h"

#define AUDIT_LEAF_FIELDS 7 /* table_name … new_values */
#define AUDIT_LEAF_FIELDS_MAX 32
#define AUDIT_FIELD_MAX (64u << 20)
#define AUDIT_LEAF_FORMAT "purser-audit-1"

/**
  Append {"field":{"old":…,"new":…},…} for the members that differ, keys in byte order; nothing
  where none does. A value is as it was given, without white space between its tokens.

  Compared are values: of numbers exactly (1 is 1.0), of objects whatever the order of their members
  is. A member that only one side has counts as null on the other; where a whole side is missing,
  every member of the other is told.

  @param old_json,new_json  objects; NULL for none (an insert, a delete)
  @param stop  asked now and then whether to give up (ERROR_STOPPED); may be NULL
  @retval 1 something was appended @retval 0 nothing differs
  @retval -1 ERROR_INPUT or ERROR_LIMIT naming the argument and the position, ERROR_MEMORY
*/
int audit_diff(const char *old_json, size_t old_len, const char *new_json, size_t new_len,
               struct buf *out, bool (*stop)(void), struct error *err);

/**
  SHA-256 over 0x00 and the canonical bytes of fields (docs/internals/audit-leaf.md) under the name
  of a format. Errors as those of audit_leaf.
*/
int audit_hash(const char *format, const struct crypto_piece *fields, size_t count,
               unsigned char hash[CRYPTO_SHA256_SIZE], struct error *err);

/**
  SHA-256 over 0x00 and the canonical bytes of a record (docs/internals/audit-leaf.md).
  @param fields  bytes NULL: SQL's NULL @param count  at most AUDIT_LEAF_FIELDS_MAX
  @retval 0 @retval -1 ERROR_INPUT: no text (UTF-8; surrogates too, which MariaDB lets be),
  ERROR_LIMIT: too long; by the number of the field
*/
int audit_leaf(const struct crypto_piece *fields, size_t count,
               unsigned char hash[CRYPTO_SHA256_SIZE], struct error *err);

#endif
