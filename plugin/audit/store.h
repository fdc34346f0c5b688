/*
  store.h - the rows of audit_seals and audit_tiles.

  What is read of them is believed by nobody who has not verified it. Everything here uses the
  connection it is given, and is used by one thread at a time.
*/
#ifndef PURSER_AUDIT_STORE_H
#define PURSER_AUDIT_STORE_H

#include "../../udf/audit/merkle.h"
#include "../../udf/audit/note.h"
#include "../../udf/audit/seal.h"
#include "../../udf/audit/tree.h"
#include "../db.h"

/* What store_seal_of expects a query to select. */
#define SEAL_COLUMNS                                                                               \
    "id, sealed_at, tree_size, root, runs, closed_to, pruned_to, note, previous_hash, hash,"       \
    " checkpoint, first_id, last_id"

/* A row of audit_seals. Its texts are those of the row: borrowed until the next one is read. */
struct stored_seal {
    struct seal seal;
    uint64_t first_id, last_id; /* not in the hash: they follow from runs; 0: NULL */
    const char *checkpoint;
    size_t checkpoint_len;
};

/** A column as a number; 0 where it is NULL, which these tables have in no column of theirs, but
    somebody may have altered them. */
uint64_t store_number(const struct row *row, unsigned i);

/** @retval 0 @retval -1 err: a column has not the form it must have */
int store_seal_of(const struct row *row, struct stored_seal *stored, struct error *err);

/** Is the seal of this number there, with this hash? @retval 1, 0, -1 err */
int store_has_seal(struct db *db, uint64_t id, const struct merkle_hash *hash, struct error *err);

/** Does the seal's hash cover what it says? */
bool store_is_whole(const struct seal *seal);

/** Is the checkpoint of this seal? */
bool store_is_checkpoint_of(const struct checkpoint *checkpoint, const struct seal *seal);

/** In a transaction of the caller. @param first,last  ids; 0 where the seal holds none
    @retval 0 @retval 1 there is a seal of this number: another server was faster @retval -1 err */
int store_insert_seal(struct db *db, const struct seal *seal, uint64_t first, uint64_t last,
                      const struct buf *checkpoint, struct error *err);

/* ---- tiles */

#define TILE_SLOTS 64 /* of a cache */

struct tile_slot {
    bool used;
    unsigned level, width;
    uint64_t tile;
    struct merkle_hash hashes[TILE_HASHES];
};

/* Reads tiles and keeps some. */
struct tiles {
    struct db *db;                /* borrowed */
    struct crypto_hasher *hasher; /* borrowed */
    struct tile_slot *slots;      /* owned */
};

/** @retval 0 @retval -1 no memory */
int tiles_init(struct tiles *tiles, struct db *db, struct crypto_hasher *hasher);
void tiles_free(struct tiles *tiles); /* legal on a zeroed struct */
/** What was read is read anew: the tree has grown, and with it the last tile of each level. */
void tiles_forget(struct tiles *tiles);

/** @return borrowed until the next call; a tile that is not stored has width 0; NULL with err */
const struct tile_slot *tiles_read(struct tiles *tiles, unsigned level, uint64_t tile,
                                   struct error *err);

/** Where proofs get their subtrees: a merkle_get; the context is the struct tiles. ERROR_INPUT
   where a hash is not stored. */
int tiles_get(void *context, unsigned level, uint64_t index, struct merkle_hash *out,
              struct error *err);

/* Writes tiles, many in a statement. */
struct tile_writer {
    struct db *db; /* borrowed */
    struct buf text;
    int pending;
};

void tile_writer_init(struct tile_writer *writer, struct db *db);
void tile_writer_free(struct tile_writer *writer);
/** A tree_tile; the context is the struct tile_writer. */
int tile_writer_put(void *context, unsigned level, uint64_t tile, const struct merkle_hash *hashes,
                    unsigned width, struct error *err);
int tile_writer_flush(struct tile_writer *writer, struct error *err);

#endif
