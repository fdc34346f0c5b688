/*
  tree.h - the tree over the audit log as it grows, in tiles (docs/internals/audit-log.md).

  Level 0 holds the leaves, level L the roots of complete subtrees of 256^L leaves; a tile is up to
  256 hashes. A tile that is full becomes one hash of the level above. Each leaf costs one node
  hash, and the root some more. Pure; one thread at a time.
*/
#ifndef PURSER_AUDIT_TREE_H
#define PURSER_AUDIT_TREE_H

#include <stdint.h>

#include "../error.h"
#include "merkle.h"

#define TILE_HASHES 256
#define TILE_BYTES (TILE_HASHES * CRYPTO_SHA256_SIZE)
#define TREE_LEVELS 8

struct tree_level {
    struct merkle_range range; /* over the hashes of the tile that grows */
    struct merkle_hash hashes[TILE_HASHES];
};

/** A tile has become full, or is told by tree_partial. @param width  hashes in it
    @retval 0 @retval -1 err, which ends what was under way */
typedef int tree_tile(void *context, unsigned level, uint64_t tile,
                      const struct merkle_hash *hashes, unsigned width, struct error *err);

struct tree {
    uint64_t size; /* leaves */
    struct tree_level level[TREE_LEVELS];
    tree_tile *full; /* called for each tile that is complete */
    void *context;
    struct crypto_hasher *hasher; /* borrowed */
};

/** An empty tree. */
void tree_init(struct tree *tree, tree_tile *full, void *context, struct crypto_hasher *hasher);

/** Hashes in the growing tile of a level, and its number. */
unsigned tree_width(uint64_t size, unsigned level);
uint64_t tree_tile_number(uint64_t size, unsigned level);

/** Go on from what is stored: the growing tile of a level of a tree of `size` leaves, of
    tree_width(size, level) hashes. To be called for each level that has one, the size being set.
    @retval 0 @retval -1 no memory */
int tree_load(struct tree *tree, unsigned level, const struct merkle_hash *hashes);

/** @retval 0 @retval -1 err: of the callback, or no memory; the tree is of no use then */
int tree_add(struct tree *tree, const struct merkle_hash *leaf, struct error *err);

/** Tell the tiles that are not full. @retval 0 @retval -1 err of the callback */
int tree_partial(const struct tree *tree, tree_tile *tell, void *context, struct error *err);

/** @retval 0 @retval -1 no memory */
int tree_root(const struct tree *tree, struct merkle_hash *root);

#endif
