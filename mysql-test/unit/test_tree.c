#include "../../udf/audit/tree.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define LEAVES 70000u /* a tile of level 1, and more */

/* What was told of the tiles, as it would be stored. */
struct stored {
    struct merkle_hash hashes[3][LEAVES];
    unsigned told; /* tiles */
};

static struct crypto_hasher *hasher;
static struct stored *stored;

static int set_up(void **state)
{
    (void)state;
    hasher = crypto_hasher_create();
    stored = calloc(1, sizeof(*stored));
    return hasher && stored ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_hasher_destroy(hasher);
    free(stored);
    return 0;
}

static int store(void *context, unsigned level, uint64_t tile, const struct merkle_hash *hashes,
                 unsigned width, struct error *err)
{
    struct stored *to = context;

    (void)err;
    memcpy(&to->hashes[level][tile * TILE_HASHES], hashes, width * sizeof(*hashes));
    to->told++;
    return 0;
}

static struct merkle_hash leaf_of(unsigned n)
{
    struct merkle_hash leaf;

    crypto_hasher_sha256(hasher, &n, sizeof(n), leaf.bytes);
    return leaf;
}

static void expect_same_root(const struct tree *tree, const struct merkle_range *range)
{
    struct merkle_hash a, b;

    assert_int_equal(tree_root(tree, &a), 0);
    assert_int_equal(merkle_range_root(range, &b), 0);
    assert_memory_equal(&a, &b, sizeof(a));
}

static void the_root_is_that_of_the_merkle_tree_at_every_size(void **state)
{
    struct tree *tree = malloc(sizeof(*tree));
    struct merkle_range range;
    unsigned n;

    (void)state;
    assert_non_null(tree);
    tree_init(tree, store, stored, hasher);
    merkle_range_init(&range, hasher);
    expect_same_root(tree, &range);
    for (n = 0; n < LEAVES; n++) {
        struct merkle_hash leaf = leaf_of(n);

        assert_int_equal(tree_add(tree, &leaf, NULL), 0);
        assert_int_equal(merkle_range_add(&range, &leaf), 0);
        if (n < 1000 || n % 97 == 0 || n == LEAVES - 1)
            expect_same_root(tree, &range);
    }
    assert_int_equal(stored->told, LEAVES / TILE_HASHES + LEAVES / TILE_HASHES / TILE_HASHES);
    free(tree);
}

/* From what the test before has stored, and at sizes on both sides of a tile's end. */
static void a_tree_goes_on_from_its_growing_tiles(void **state)
{
    static const unsigned sizes[] = {0, 1, 255, 256, 257, 511, 65535, 65536, 65537, 69999};
    struct tree *tree = malloc(sizeof(*tree));
    struct merkle_range range;
    unsigned i, n, level;

    (void)state;
    assert_non_null(tree);
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        tree_init(tree, store, stored, hasher);
        merkle_range_init(&range, hasher);
        for (n = 0; n < sizes[i]; n++) {
            struct merkle_hash leaf = leaf_of(n);

            merkle_range_add(&range, &leaf);
            tree_add(tree, &leaf, NULL);
        }
        assert_int_equal(tree_partial(tree, store, stored, NULL), 0);
        memset(tree, 0xA5, sizeof(*tree));
        tree_init(tree, store, stored, hasher);
        tree->size = sizes[i];
        for (level = 0; level < 3; level++)
            assert_int_equal(
                tree_load(tree, level,
                          &stored->hashes[level][tree_tile_number(sizes[i], level) * TILE_HASHES]),
                0);
        expect_same_root(tree, &range);
        for (n = sizes[i]; n < sizes[i] + 300; n++) {
            struct merkle_hash leaf = leaf_of(n);

            merkle_range_add(&range, &leaf);
            assert_int_equal(tree_add(tree, &leaf, NULL), 0);
        }
        expect_same_root(tree, &range);
    }
    free(tree);
}

static int refuse(void *context, unsigned level, uint64_t tile, const struct merkle_hash *hashes,
                  unsigned width, struct error *err)
{
    (void)context;
    (void)level;
    (void)tile;
    (void)hashes;
    (void)width;
    return error_set(err, ERROR_SQL, "no room");
}

static void what_the_store_says_ends_the_work(void **state)
{
    struct tree *tree = malloc(sizeof(*tree));
    struct merkle_hash leaf = leaf_of(0);
    struct error err = {0};
    unsigned n;

    (void)state;
    assert_non_null(tree);
    tree_init(tree, refuse, NULL, hasher);
    for (n = 0; n < TILE_HASHES - 1; n++)
        assert_int_equal(tree_add(tree, &leaf, &err), 0);
    assert_int_equal(tree_partial(tree, refuse, NULL, &err), -1);
    assert_string_equal(err.text, "no room");
    error_clear(&err);
    assert_int_equal(tree_add(tree, &leaf, &err), -1);
    assert_string_equal(err.text, "no room");
    free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_is_that_of_the_merkle_tree_at_every_size),
        cmocka_unit_test(a_tree_goes_on_from_its_growing_tiles),
        cmocka_unit_test(what_the_store_says_ends_the_work),
    };

    return cmocka_run_group_tests_name("tree", tests, set_up, tear_down);
}
