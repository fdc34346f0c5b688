/*
  merkle.h - the Merkle tree of RFC 9162, section 2.1, over leaf hashes: roots, proofs, and their
  verification. A leaf hash is made elsewhere (audit.h); an inner node is SHA-256(0x01 || left ||
  right), the root of no leaves SHA-256 of nothing.

  Pure. A hasher is used by one thread at a time, and so is what holds one.
*/
#ifndef PURSER_AUDIT_MERKLE_H
#define PURSER_AUDIT_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../crypto.h"
#include "../error.h"

#define MERKLE_SIZE_MAX (UINT64_MAX >> 1) /* leaves */
#define MERKLE_LEVELS 64
#define MERKLE_PROOF_MAX                                                                           \
    65 /* hashes: a consistency proof has one more than the tree has levels                        \
        */

struct merkle_hash {
    unsigned char bytes[CRYPTO_SHA256_SIZE];
};

/* A tree of which only the roots of its complete subtrees are kept, from the greatest (the leftmost
   leaves) to the least: one for each bit that is set in size. */
struct merkle_range {
    uint64_t size; /* leaves */
    int count;     /* nodes */
    struct merkle_hash nodes[MERKLE_LEVELS];
    struct crypto_hasher *hasher; /* borrowed */
};

struct merkle_proof {
    int count;
    struct merkle_hash hashes[MERKLE_PROOF_MAX];
};

/**
  Tells the hash of a complete subtree: of the 2^level leaves from index * 2^level on. Never asked
  for one that goes beyond the tree.
  @retval 0 @retval -1 with err
*/
typedef int (*merkle_get)(void *context, unsigned level, uint64_t index, struct merkle_hash *out,
                          struct error *err);

/* Where the subtrees come from, and what hashes. */
struct merkle_source {
    merkle_get get;
    void *context;
    struct crypto_hasher *hasher; /* borrowed */
};

/** The node above two. @param[out] out  may be one of them @retval 0 @retval -1 no memory */
int merkle_node(struct crypto_hasher *hasher, const struct merkle_hash *left,
                const struct merkle_hash *right, struct merkle_hash *out);

/** The root of a tree of so many leaves, or of complete subtrees of one size, such as the hashes of
    a tile. @param hashes  may be NULL where count is 0 @retval 0 @retval -1 no memory */
int merkle_root(struct crypto_hasher *hasher, const struct merkle_hash *hashes, size_t count,
                struct merkle_hash *root);

/** The empty tree. */
void merkle_range_init(struct merkle_range *range, struct crypto_hasher *hasher);

/** The tree of so many leaves from what is stored; to go on with it.
    @retval 0 @retval -1 with err: what get said, ERROR_LIMIT above MERKLE_SIZE_MAX */
int merkle_range_load(struct merkle_range *range, const struct merkle_source *source, uint64_t size,
                      struct error *err);

/** Append a leaf. @retval 0 @retval -1 no memory, or MERKLE_SIZE_MAX is reached; the range is as
    before */
int merkle_range_add(struct merkle_range *range, const struct merkle_hash *leaf);

/** The root of what is in the range, which stays as it is. @retval 0 @retval -1 no memory */
int merkle_range_root(const struct merkle_range *range, struct merkle_hash *root);

/** The root of the tree of the first size leaves. @retval 0 @retval -1 with err */
int merkle_root_of(const struct merkle_source *source, uint64_t size, struct merkle_hash *root,
                   struct error *err);

/**
  The inclusion proof of a leaf: the hashes from its sibling up to a child of the root.
  @param index  of the leaf, from 0 @retval 0 @retval -1 with err; ERROR_INPUT where index >= size
*/
int merkle_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
                     struct merkle_proof *proof, struct error *err);

/**
  The consistency proof between the trees of the first first and second leaves; it has no hashes
  where first is 0 or both are equal.
  @retval 0 @retval -1 with err; ERROR_INPUT where first > second
*/
int merkle_consistency(const struct merkle_source *source, uint64_t first, uint64_t second,
                       struct merkle_proof *proof, struct error *err);

/** Does the proof lead from the leaf to the root, with just as many hashes as it takes?
    False too where there is no memory. */
bool merkle_check_inclusion(struct crypto_hasher *hasher, const struct merkle_hash *leaf,
                            uint64_t index, uint64_t size, const struct merkle_proof *proof,
                            const struct merkle_hash *root);

/** Does the proof show that the second tree begins with the first? The empty tree begins each; its
    root has to be the right one all the same. False too where there is no memory. */
bool merkle_check_consistency(struct crypto_hasher *hasher, uint64_t first, uint64_t second,
                              const struct merkle_proof *proof,
                              const struct merkle_hash *first_root,
                              const struct merkle_hash *second_root);

#endif
