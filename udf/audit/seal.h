/* seal.h - what a row of audit_seals says, and its hash. Pure; any thread. */
#ifndef PURSER_AUDIT_SEAL_H
#define PURSER_AUDIT_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../error.h"
#include "../timestamp.h"
#include "merkle.h"

#define SEAL_FORMAT "purser-seal-1"

struct seal {
    uint64_t id;
    char sealed_at[TIMESTAMP_SQL_SIZE]; /* as it is stored: timestamp_format_sql */
    uint64_t tree_size;
    struct merkle_hash root;
    const char
        *runs; /* borrowed; may be NULL where runs_len is 0: no ids, which is not SQL's NULL */
    size_t runs_len;
    uint64_t closed_to, pruned_to;
    const char *note; /* borrowed; NULL: SQL's NULL */
    size_t note_len;
    bool has_previous; /* false in the first */
    struct merkle_hash previous_hash;
    struct merkle_hash hash; /* of all above; not an argument of seal_hash */
};

/**
  SHA-256 over 0x00 and the canonical bytes of all fields but hash (docs/internals/audit-log.md).
  @retval 0 @retval -1 ERROR_INPUT, ERROR_LIMIT: a text is not UTF-8 or too long; ERROR_MEMORY
*/
int seal_hash(const struct seal *seal, struct merkle_hash *hash, struct error *err);

#endif
