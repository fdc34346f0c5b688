/* merkle.c - see merkle.h. */
#include "merkle.h"

#include <string.h>

#define NODE_SIZE (1 + 2 * CRYPTO_SHA256_SIZE)

int merkle_node(struct crypto_hasher *hasher, const struct merkle_hash *left,
                const struct merkle_hash *right, struct merkle_hash *out)
{
    unsigned char node[NODE_SIZE];

    node[0] = 1; /* a leaf begins with 0: the one cannot pass for the other */
    memcpy(node + 1, left->bytes, CRYPTO_SHA256_SIZE);
    memcpy(node + 1 + CRYPTO_SHA256_SIZE, right->bytes, CRYPTO_SHA256_SIZE);
    return crypto_hasher_sha256(hasher, node, sizeof(node), out->bytes);
}

static bool same(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* ---- ranges */

void merkle_range_init(struct merkle_range *range, struct crypto_hasher *hasher)
{
    range->size = 0;
    range->count = 0;
    range->hasher = hasher;
}

int merkle_range_add(struct merkle_range *range, const struct merkle_hash *leaf)
{
    struct merkle_hash up = *leaf;
    uint64_t size = range->size;
    int count = range->count;

    if (size == MERKLE_SIZE_MAX)
        return -1;
    for (; size & 1; size >>= 1) {
        if (merkle_node(range->hasher, &range->nodes[count - 1], &up, &up) != 0)
            return -1;
        count--;
    }
    range->nodes[count] = up;
    range->count = count + 1;
    range->size++;
    return 0;
}

int merkle_range_root(const struct merkle_range *range, struct merkle_hash *root)
{
    int i = range->count - 1;

    if (i < 0)
        return crypto_hasher_sha256(range->hasher, "", 0, root->bytes);
    *root = range->nodes[i];
    while (--i >= 0) {
        if (merkle_node(range->hasher, &range->nodes[i], root, root) != 0)
            return -1;
    }
    return 0;
}

int merkle_root(struct crypto_hasher *hasher, const struct merkle_hash *hashes, size_t count,
                struct merkle_hash *root)
{
    struct merkle_range range;
    size_t i;

    memset(root, 0, sizeof(*root));
    merkle_range_init(&range, hasher);
    for (i = 0; i < count; i++) {
        if (merkle_range_add(&range, &hashes[i]) != 0)
            return -1;
    }
    return merkle_range_root(&range, root);
}

/* The complete subtrees of the leaves from lo on, which has to be a multiple of the greatest. */
static int load(struct merkle_range *range, const struct merkle_source *source, uint64_t lo,
                uint64_t size, struct error *err)
{
    unsigned level = MERKLE_LEVELS;

    merkle_range_init(range, source->hasher);
    while (level-- > 0) {
        if (!(size >> level & 1))
            continue;
        if (source->get(source->context, level, lo >> level, &range->nodes[range->count], err) != 0)
            return -1;
        range->count++;
        lo += (uint64_t)1 << level;
    }
    range->size = size;
    return 0;
}

int merkle_range_load(struct merkle_range *range, const struct merkle_source *source, uint64_t size,
                      struct error *err)
{
    merkle_range_init(range, source->hasher);
    if (size > MERKLE_SIZE_MAX)
        return error_set(err, ERROR_LIMIT, "a tree has at most 2^63 - 1 leaves");
    if (load(range, source, 0, size, err) == 0)
        return 0;
    merkle_range_init(range, source->hasher);
    return -1;
}

/* The root of the leaves from lo to hi, without hi. */
static int root_of(const struct merkle_source *source, uint64_t lo, uint64_t hi,
                   struct merkle_hash *root, struct error *err)
{
    struct merkle_range range;

    if (load(&range, source, lo, hi - lo, err) != 0)
        return -1;
    if (merkle_range_root(&range, root) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return 0;
}

int merkle_root_of(const struct merkle_source *source, uint64_t size, struct merkle_hash *root,
                   struct error *err)
{
    memset(root, 0, sizeof(*root));
    if (size > MERKLE_SIZE_MAX)
        return error_set(err, ERROR_LIMIT, "a tree has at most 2^63 - 1 leaves");
    return root_of(source, 0, size, root, err);
}

/* ---- proofs */

/* The greatest power of two that is less than n; n > 1. */
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/* A proof is made from the root downwards, and told from the leaf upwards. */
static void turn(struct merkle_proof *proof)
{
    int i;

    for (i = 0; i < proof->count / 2; i++) {
        struct merkle_hash kept = proof->hashes[i];

        proof->hashes[i] = proof->hashes[proof->count - 1 - i];
        proof->hashes[proof->count - 1 - i] = kept;
    }
}

/* The leaves of a subtree: from lo to hi, without hi. */
struct span {
    uint64_t lo, hi;
};

/* Go down into one half, and append the root of the other. */
static int descend(const struct merkle_source *source, struct span *span, bool left,
                   struct merkle_proof *proof, struct error *err)
{
    uint64_t middle = span->lo + split(span->hi - span->lo);
    struct span other = left ? (struct span){middle, span->hi} : (struct span){span->lo, middle};

    *span = left ? (struct span){span->lo, middle} : (struct span){middle, span->hi};
    return root_of(source, other.lo, other.hi, &proof->hashes[proof->count++], err);
}

int merkle_inclusion(const struct merkle_source *source, uint64_t index, uint64_t size,
                     struct merkle_proof *proof, struct error *err)
{
    struct span span = {0, size};

    proof->count = 0;
    if (size > MERKLE_SIZE_MAX)
        return error_set(err, ERROR_LIMIT, "a tree has at most 2^63 - 1 leaves");
    if (index >= size)
        return error_set(err, ERROR_INPUT, "there is no leaf %llu in a tree of %llu",
                         (unsigned long long)index, (unsigned long long)size);
    while (span.hi - span.lo > 1) {
        bool left = index < span.lo + split(span.hi - span.lo);

        if (descend(source, &span, left, proof, err) != 0)
            goto fail;
    }
    turn(proof);
    return 0;

fail:
    proof->count = 0;
    return -1;
}

int merkle_consistency(const struct merkle_source *source, uint64_t first, uint64_t second,
                       struct merkle_proof *proof, struct error *err)
{
    struct span span = {0, second};

    proof->count = 0;
    if (second > MERKLE_SIZE_MAX)
        return error_set(err, ERROR_LIMIT, "a tree has at most 2^63 - 1 leaves");
    if (first > second)
        return error_set(err, ERROR_INPUT, "a tree of %llu leaves cannot begin with one of %llu",
                         (unsigned long long)second, (unsigned long long)first);
    if (first == 0)
        return 0;
    while (first != span.hi) {
        bool left = first <= span.lo + split(span.hi - span.lo);

        if (descend(source, &span, left, proof, err) != 0)
            goto fail;
    }
    /* from the first leaf on it is the first tree, whose root whoever verifies has already */
    if (span.lo != 0 && root_of(source, span.lo, span.hi, &proof->hashes[proof->count++], err) != 0)
        goto fail;
    turn(proof);
    return 0;

fail:
    proof->count = 0;
    return -1;
}

/* ---- verification (RFC 9162, 2.1.3.2 and 2.1.4.2) */

/* Where a path is on its way up: a node, and the last one of the same level. */
struct climb {
    uint64_t node, last;
};

/* Does the next hash of the path come from the left? Go up past the levels that have no sibling. */
static bool from_left(struct climb *climb)
{
    bool left = (climb->node & 1) || climb->node == climb->last;

    while (left && !(climb->node & 1) && climb->node != 0) {
        climb->node >>= 1;
        climb->last >>= 1;
    }
    climb->node >>= 1;
    climb->last >>= 1;
    return left;
}

bool merkle_check_inclusion(struct crypto_hasher *hasher, const struct merkle_hash *leaf,
                            uint64_t index, uint64_t size, const struct merkle_proof *proof,
                            const struct merkle_hash *root)
{
    struct merkle_hash at = *leaf;
    struct climb climb = {index, size - 1};
    int i, rc;

    if (index >= size || size > MERKLE_SIZE_MAX || proof->count < 0 ||
        proof->count > MERKLE_PROOF_MAX)
        return false;
    for (i = 0; i < proof->count; i++) {
        const struct merkle_hash *next = &proof->hashes[i];

        if (climb.last == 0)
            return false;
        rc = from_left(&climb) ? merkle_node(hasher, next, &at, &at)
                               : merkle_node(hasher, &at, next, &at);
        if (rc != 0)
            return false;
    }
    return climb.last == 0 && same(&at, root);
}

/* 0 < first < second */
static bool check_growth(struct crypto_hasher *hasher, struct climb climb,
                         const struct merkle_hash *path, int count,
                         const struct merkle_hash *first_root,
                         const struct merkle_hash *second_root)
{
    struct merkle_hash first = path[0], second = path[0];
    int i, rc;

    for (i = 1; i < count; i++) {
        if (climb.last == 0)
            return false;
        if (from_left(&climb)) {
            rc = merkle_node(hasher, &path[i], &first, &first);
            if (rc == 0)
                rc = merkle_node(hasher, &path[i], &second, &second);
        } else {
            rc = merkle_node(hasher, &second, &path[i], &second);
        }
        if (rc != 0)
            return false;
    }
    return climb.last == 0 && same(&first, first_root) && same(&second, second_root);
}

bool merkle_check_consistency(struct crypto_hasher *hasher, uint64_t first, uint64_t second,
                              const struct merkle_proof *proof,
                              const struct merkle_hash *first_root,
                              const struct merkle_hash *second_root)
{
    struct merkle_hash path[MERKLE_PROOF_MAX + 1], none;
    struct climb climb = {first - 1, second - 1};
    int count = 0;

    if (first > second || second > MERKLE_SIZE_MAX || proof->count < 0 ||
        proof->count > MERKLE_PROOF_MAX)
        return false;
    if (first == 0 && (merkle_root(hasher, NULL, 0, &none) != 0 || !same(&none, first_root)))
        return false;
    if (first == 0 && second != 0)
        return proof->count == 0;
    if (first == second)
        return proof->count == 0 && same(first_root, second_root);
    if (proof->count == 0)
        return false;
    if ((first & (first - 1)) == 0)
        path[count++] = *first_root; /* a complete subtree of the second: it begins the path */
    memcpy(&path[count], proof->hashes, (size_t)proof->count * sizeof(path[0]));
    count += proof->count;
    while (climb.node & 1) {
        climb.node >>= 1;
        climb.last >>= 1;
    }
    return check_growth(hasher, climb, path, count, first_root, second_root);
}
