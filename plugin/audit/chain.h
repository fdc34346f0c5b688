/*
  chain.h - the end of the chain of seals, and how one more is put to it.

  Used by the thread that seals and by pruning. Whoever puts a seal may find that somebody else was
  faster; then nothing was written, and everything has to be read again. One thread at a time.
*/
#ifndef PURSER_AUDIT_CHAIN_H
#define PURSER_AUDIT_CHAIN_H

#include "../../udf/audit/runs.h"
#include "../../udf/audit/tree.h"
#include "../settings.h"
#include "audit_key.h"
#include "store.h"

#define CHECKPOINT_MAX 4096       /* bytes of one, as sealing writes it */
#define CHAIN_RUNS_MAX (4u << 20) /* of ids between closed_to and the greatest: 128 MiB */

struct chain {
    struct db *db; /* borrowed */
    struct crypto_hasher *hasher;
    struct audit_key key;
    struct tree tree;
    struct tile_writer writer;
    uint64_t seal_id;        /* of the last seal; 0: none yet */
    struct merkle_hash root; /* of the last seal, as the next */
    struct merkle_hash last_hash;
    struct buf note;     /* its checkpoint, when it was loaded; failed: longer than any of ours */
    bool last_is_signed; /* by the key that there is now, where there is one */
    uint64_t seen;       /* the last seal that this server has seen before; 0: none */
    bool was_signed;     /* it has a signature, by whatever key */
    uint64_t closed_to, pruned_to; /* as the last seal says */
    struct id_runs sealed;         /* ids above closed_to that are sealed */
};

/* What a new seal says beside what the chain knows. */
struct new_seal {
    const uint64_t *ids; /* ascending; count may be 0 */
    const struct merkle_hash *leaves;
    size_t count;
    uint64_t closed_to, pruned_to;
    const char *note; /* NULL: none */
};

/** @param db  borrowed @retval 0 @retval -1 no memory; deinit is legal then, too */
int chain_init(struct chain *chain, struct db *db);
void chain_deinit(struct chain *chain); /* legal on a zeroed struct */

/** Read where the chain ends, and the key. @retval 0 @retval -1 err */
int chain_load(struct chain *chain, const struct settings *settings, struct error *err);

/**
  Write tiles and a seal in one transaction; several of both where one would be longer than a server
  may take. After 1 and -1 the chain has to be loaded anew.
  @param[out] checkpoint  that of the last seal that was committed; as it was where none was
  @retval 0 @retval 1 somebody else has put a seal @retval -1 err
*/
int chain_put(struct chain *chain, const struct new_seal *what, struct buf *checkpoint,
              struct error *err);

#endif
