/*
  verify.h - verification of the audit log: the seals and the tree, the rows, checkpoints from
  outside. The steps are in docs/internals/audit-log.md; each adds to the findings.

  A task of a runner: one thread, two connections (rows are streamed over the one while the other
  reads tiles).
*/
#ifndef PURSER_AUDIT_VERIFY_H
#define PURSER_AUDIT_VERIFY_H

#include "../../udf/audit/runs.h"
#include "../../udf/audit/tree.h"
#include "../queue.h"
#include "../settings.h"
#include "audit_key.h"
#include "faults.h"
#include "store.h"

#define VERIFY_RUNS_MAX (8u << 20) /* 256 MiB: gaps in the ids, more or less */
#define VERIFY_DAMAGED_MAX 100

struct positions {
    uint64_t first, end;
};

struct verify {
    struct db *stream, *db;
    struct request *request; /* borrowed: whether anybody still waits */
    struct settings settings;
    struct audit_key key;
    struct crypto_hasher *hasher;
    struct tiles tiles;
    struct faults faults;

    /* Of the seals. */
    struct tree tree;    /* as computed from level 0 */
    bool root_is_lost;   /* from some seal on, no root can be computed */
    struct id_runs runs; /* which ids are sealed, and where */
    uint64_t stored;     /* leaves that level 0 holds */
    uint64_t last_bad;   /* the last tile of level 0 that was told as bad, plus 1 */
    uint64_t seals, unsigned_seals, signed_seals;
    uint64_t highest;                              /* id that is sealed */
    uint64_t late;                                 /* ids that were sealed after greater ones */
    uint64_t closed_to, tree_size, last_pruned_to; /* of the last seal */
    uint64_t pruned_to;                            /* as far as a seal can be believed */
    uint64_t last_id;                              /* of the last seal, as are the next */
    bool last_is_signed;
    bool is_unchecked; /* there are signatures, and no key to check them with */
    struct merkle_hash last_hash, last_root;
    struct positions damaged[VERIFY_DAMAGED_MAX]; /* where level 0 is not what was sealed */
    int damaged_count;

    /* Of the rows. */
    uint64_t rows_verified, rows_unsealed, rows_pruned;

    char outside[512]; /* what became of the checkpoints from outside */
};

/** Steps 1 and 2. @retval 0 @retval -1 err: it could not be done; what is wrong is a finding */
int verify_seals(struct verify *v, struct error *err);

/** Step 3. */
int verify_rows(struct verify *v, struct error *err);

/** Has everybody gone who wanted to know? @retval 0 go on @retval -1 ERROR_STOPPED */
int verify_go_on(const struct verify *v, struct error *err);

/** The columns of a row of audit_log in the order of its leaf's fields, after the id. */
#define AUDIT_ROW_COLUMNS                                                                          \
    "id, table_name, operation, record_id, user_id, timestamp, old_values, new_values,"            \
    " table_schema, actor, account, connection_id, leaf"
#define AUDIT_ROW_FIELDS 11

/** The leaf of such a row, from its columns. @retval 0 @retval 1 it has none: its text is damaged
    @retval -1 err */
int verify_leaf_of(const struct row *row, struct merkle_hash *leaf, struct error *err);

/** The whole task. @param[out] result  JSON text, to be freed @retval 0 or -1 with err */
int verify_execute(struct request *request, const char *checkpoint, char **result,
                   struct error *err);

#endif
