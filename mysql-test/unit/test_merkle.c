#include "../../udf/audit/merkle.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define SMALL 70 /* all sizes up to it are held against the text of the RFC */

static struct crypto_hasher *hasher;
static struct merkle_hash leaves[SMALL];

static int set_up(void **state)
{
    size_t i;

    (void)state;
    hasher = crypto_hasher_create();
    assert_non_null(hasher);
    for (i = 0; i < SMALL; i++) {
        const unsigned char text[2] = {0, (unsigned char)i};

        assert_int_equal(crypto_hasher_sha256(hasher, text, 2, leaves[i].bytes), 0);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_hasher_destroy(hasher);
    return 0;
}

/* ---- the text of RFC 9162, 2.1, as it is: recursive, and with no thought of speed */

static size_t split_of(size_t n)
{
    size_t k = 1;

    while (k * 2 < n)
        k *= 2;
    return k;
}

static struct merkle_hash naive_root(const struct merkle_hash *list, size_t n)
{
    unsigned char node[65] = {1};
    struct merkle_hash out;
    size_t k;

    if (n == 0) {
        crypto_hasher_sha256(hasher, "", 0, out.bytes);
        return out;
    }
    if (n == 1)
        return list[0];
    k = split_of(n);
    out = naive_root(list, k);
    memcpy(node + 1, out.bytes, 32);
    out = naive_root(list + k, n - k);
    memcpy(node + 33, out.bytes, 32);
    crypto_hasher_sha256(hasher, node, 65, out.bytes);
    return out;
}

static void naive_path(size_t m, const struct merkle_hash *list, size_t n,
                       struct merkle_proof *proof)
{
    size_t k;

    if (n == 1)
        return;
    k = split_of(n);
    if (m < k) {
        naive_path(m, list, k, proof);
        proof->hashes[proof->count++] = naive_root(list + k, n - k);
    } else {
        naive_path(m - k, list + k, n - k, proof);
        proof->hashes[proof->count++] = naive_root(list, k);
    }
}

static void naive_subproof(size_t m, const struct merkle_hash *list, size_t n, bool known,
                           struct merkle_proof *proof)
{
    size_t k;

    if (m == n) {
        if (!known)
            proof->hashes[proof->count++] = naive_root(list, n);
        return;
    }
    k = split_of(n);
    if (m <= k) {
        naive_subproof(m, list, k, known, proof);
        proof->hashes[proof->count++] = naive_root(list + k, n - k);
    } else {
        naive_subproof(m - k, list + k, n - k, false, proof);
        proof->hashes[proof->count++] = naive_root(list, k);
    }
}

/* ---- the tree of a list */

struct list {
    const struct merkle_hash *leaves;
    uint64_t count;
};

static int get_of_list(void *context, unsigned level, uint64_t index, struct merkle_hash *out,
                       struct error *err)
{
    const struct list *list = context;
    uint64_t size = (uint64_t)1 << level;

    (void)err;
    if ((index + 1) * size > list->count)
        fail_msg("asked for subtree %llu of level %u", (unsigned long long)index, level);
    *out = naive_root(list->leaves + index * size, size);
    return 0;
}

static void same_proof(const struct merkle_proof *a, const struct merkle_proof *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->hashes, b->hashes, (size_t)a->count * sizeof(a->hashes[0]));
}

static void roots_are_those_of_the_definition(void **state)
{
    struct list list = {leaves, SMALL};
    struct merkle_source source = {get_of_list, &list, hasher};
    struct merkle_range range, loaded;
    struct merkle_hash root, expected;
    size_t n;

    (void)state;
    merkle_range_init(&range, hasher);
    for (n = 0; n <= SMALL; n++) {
        list.count = n;
        expected = naive_root(leaves, n);
        assert_int_equal(merkle_range_root(&range, &root), 0);
        assert_memory_equal(&root, &expected, sizeof(root));
        assert_int_equal(merkle_root(hasher, leaves, n, &root), 0);
        assert_memory_equal(&root, &expected, sizeof(root));
        assert_int_equal(merkle_root_of(&source, n, &root, NULL), 0);
        assert_memory_equal(&root, &expected, sizeof(root));
        assert_int_equal(merkle_range_load(&loaded, &source, n, NULL), 0);
        assert_int_equal(loaded.count, range.count);
        assert_int_equal(loaded.size, n);
        assert_memory_equal(loaded.nodes, range.nodes, (size_t)range.count * sizeof(root));
        if (n < SMALL)
            assert_int_equal(merkle_range_add(&range, &leaves[n]), 0);
    }
}

static void each_leaf_of_each_tree_is_proven(void **state)
{
    struct list list = {leaves, SMALL};
    struct merkle_source source = {get_of_list, &list, hasher};
    size_t n, m, i;

    (void)state;
    for (n = 1; n <= SMALL; n++) {
        struct merkle_hash root = naive_root(leaves, n);

        list.count = n;
        for (m = 0; m < n; m++) {
            struct merkle_proof proof, expected = {.count = 0};

            naive_path(m, leaves, n, &expected);
            assert_int_equal(merkle_inclusion(&source, m, n, &proof, NULL), 0);
            same_proof(&proof, &expected);
            assert_true(merkle_check_inclusion(hasher, &leaves[m], m, n, &proof, &root));
            /* no other leaf, place, or length of the proof; another size has another root, but may
               have the same path */
            for (i = 0; i < n; i++)
                assert_true(merkle_check_inclusion(hasher, &leaves[m], i, n, &proof, &root) ==
                            (i == m));
            assert_false(
                merkle_check_inclusion(hasher, &leaves[(m + 1) % SMALL], m, n, &proof, &root));
            proof.count--;
            assert_false(merkle_check_inclusion(hasher, &leaves[m], m, n, &proof, &root));
            proof.count += 2;
            proof.hashes[proof.count - 1] = root;
            assert_false(merkle_check_inclusion(hasher, &leaves[m], m, n, &proof, &root));
        }
    }
}

static void each_hash_of_a_proof_counts(void **state)
{
    struct list list = {leaves, SMALL};
    struct merkle_source source = {get_of_list, &list, hasher};
    struct merkle_hash first = naive_root(leaves, 21), second = naive_root(leaves, SMALL);
    struct merkle_proof proof;
    int i;

    (void)state;
    assert_int_equal(merkle_inclusion(&source, 21, SMALL, &proof, NULL), 0);
    for (i = 0; i < proof.count; i++) {
        proof.hashes[i].bytes[i % 32] ^= 1;
        assert_false(merkle_check_inclusion(hasher, &leaves[21], 21, SMALL, &proof, &second));
        proof.hashes[i].bytes[i % 32] ^= 1;
    }
    assert_int_equal(merkle_consistency(&source, 21, SMALL, &proof, NULL), 0);
    for (i = 0; i < proof.count; i++) {
        proof.hashes[i].bytes[i % 32] ^= 1;
        assert_false(merkle_check_consistency(hasher, 21, SMALL, &proof, &first, &second));
        proof.hashes[i].bytes[i % 32] ^= 1;
    }
    assert_true(merkle_check_consistency(hasher, 21, SMALL, &proof, &first, &second));
}

static void each_tree_begins_with_each_before_it(void **state)
{
    struct list list = {leaves, SMALL};
    struct merkle_source source = {get_of_list, &list, hasher};
    struct merkle_hash roots[SMALL + 1];
    size_t n, m;

    (void)state;
    for (n = 0; n <= SMALL; n++)
        roots[n] = naive_root(leaves, n);
    for (n = 0; n <= SMALL; n++) {
        list.count = n;
        for (m = 0; m <= n; m++) {
            struct merkle_proof proof, expected = {.count = 0};

            if (m > 0)
                naive_subproof(m, leaves, n, true, &expected);
            assert_int_equal(merkle_consistency(&source, m, n, &proof, NULL), 0);
            same_proof(&proof, &expected);
            assert_true(merkle_check_consistency(hasher, m, n, &proof, &roots[m], &roots[n]));
            if (m != n) {
                assert_false(merkle_check_consistency(hasher, m, n, &proof, &roots[n], &roots[n]));
                assert_false(merkle_check_consistency(hasher, n, m, &proof, &roots[n], &roots[m]));
            }
            if (m != 0 && m != n)
                assert_false(merkle_check_consistency(hasher, m, n, &proof, &roots[m], &roots[m]));
            proof.hashes[proof.count++] = roots[m];
            assert_false(merkle_check_consistency(hasher, m, n, &proof, &roots[m], &roots[n]));
            proof.count -= 2;
            assert_false(merkle_check_consistency(hasher, m, n, &proof, &roots[m], &roots[n]));
        }
    }
}

/* ---- the vectors of certificate transparency */

static const char *const ct_leaves[] = {"",
                                        "00",
                                        "10",
                                        "2021",
                                        "3031",
                                        "40414243",
                                        "5051525354555657",
                                        "606162636465666768696a6b6c6d6e6f"};

static const char *const ct_roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

#define HASH_A "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define HASH_B "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define HASH_C "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
#define HASH_D "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define HASH_E "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define HASH_F "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
#define HASH_G "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define HASH_H "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
#define HASH_I "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"

static const struct {
    bool inclusion;
    uint64_t from, size; /* the leaf or the first tree, the (second) tree */
    const char *path[3];
} ct_proofs[] = {
    {true, 0, 1, {NULL}},
    {true, 0, 8, {HASH_A, HASH_B, HASH_C}},
    {true, 5, 8, {HASH_D, HASH_E, HASH_F}},
    {true, 2, 3, {HASH_I}},
    {true, 1, 5, {HASH_H, HASH_B, HASH_D}},
    {false, 1, 1, {NULL}},
    {false, 1, 8, {HASH_A, HASH_B, HASH_C}},
    {false, 6, 8, {HASH_G, HASH_E, HASH_F}},
    {false, 2, 5, {HASH_B, HASH_D}},
};

static struct merkle_hash from_hex(const char *text)
{
    struct merkle_hash hash;

    assert_int_equal(crypto_decode(CRYPTO_HEX, text, strlen(text), hash.bytes, 32), 32);
    return hash;
}

static void vectors_of_certificate_transparency_hold(void **state)
{
    struct merkle_hash ct[8];
    struct list list = {ct, 8};
    struct merkle_source source = {get_of_list, &list, hasher};
    struct merkle_range range;
    size_t i, j;

    (void)state;
    merkle_range_init(&range, hasher);
    for (i = 0; i <= 8; i++) {
        struct merkle_hash root, expected = from_hex(ct_roots[i]);
        unsigned char text[17] = {0};
        long len;

        assert_int_equal(merkle_range_root(&range, &root), 0);
        assert_memory_equal(&root, &expected, sizeof(root));
        if (i == 8)
            break;
        len = crypto_decode(CRYPTO_HEX, ct_leaves[i], strlen(ct_leaves[i]), text + 1, 16);
        assert_int_equal(len, strlen(ct_leaves[i]) / 2);
        assert_int_equal(crypto_hasher_sha256(hasher, text, (size_t)len + 1, ct[i].bytes), 0);
        assert_int_equal(merkle_range_add(&range, &ct[i]), 0);
    }
    for (i = 0; i < UNIT_COUNT(ct_proofs); i++) {
        struct merkle_proof proof, expected = {.count = 0};
        uint64_t from = ct_proofs[i].from, size = ct_proofs[i].size;

        for (j = 0; j < 3 && ct_proofs[i].path[j]; j++)
            expected.hashes[expected.count++] = from_hex(ct_proofs[i].path[j]);
        if (ct_proofs[i].inclusion)
            assert_int_equal(merkle_inclusion(&source, from, size, &proof, NULL), 0);
        else
            assert_int_equal(merkle_consistency(&source, from, size, &proof, NULL), 0);
        same_proof(&proof, &expected);
    }
}

/* ---- a tree too large to have: its complete subtrees depend on their level only */

static int get_of_level(void *context, unsigned level, uint64_t index, struct merkle_hash *out,
                        struct error *err)
{
    const struct merkle_hash *levels = context;

    (void)index;
    (void)err;
    *out = levels[level];
    return 0;
}

static void the_greatest_tree_is_proven(void **state)
{
    static const uint64_t sizes[] = {
        MERKLE_SIZE_MAX, (uint64_t)1 << 62, ((uint64_t)1 << 62) + 1, 0x5555555555555555, 1, 2};
    struct merkle_hash levels[MERKLE_LEVELS], first, second;
    struct merkle_source source = {get_of_level, levels, hasher};
    struct merkle_range range;
    struct merkle_proof proof;
    struct error err = {0};
    size_t i, j;

    (void)state;
    levels[0] = leaves[0];
    for (i = 1; i < MERKLE_LEVELS; i++)
        merkle_node(hasher, &levels[i - 1], &levels[i - 1], &levels[i]);
    for (i = 0; i < UNIT_COUNT(sizes); i++) {
        assert_int_equal(merkle_root_of(&source, sizes[i], &second, NULL), 0);
        for (j = 0; j < UNIT_COUNT(sizes); j++) {
            if (sizes[j] > sizes[i])
                continue;
            assert_int_equal(merkle_inclusion(&source, sizes[j] - 1, sizes[i], &proof, NULL), 0);
            assert_true(merkle_check_inclusion(hasher, &leaves[0], sizes[j] - 1, sizes[i], &proof,
                                               &second));
            assert_int_equal(merkle_root_of(&source, sizes[j], &first, NULL), 0);
            assert_int_equal(merkle_consistency(&source, sizes[j], sizes[i], &proof, NULL), 0);
            assert_true(
                merkle_check_consistency(hasher, sizes[j], sizes[i], &proof, &first, &second));
        }
    }
    assert_int_equal(merkle_range_load(&range, &source, MERKLE_SIZE_MAX, NULL), 0);
    assert_int_equal(merkle_range_add(&range, &leaves[0]), -1);
    assert_int_equal(range.size, MERKLE_SIZE_MAX);
    assert_int_equal(merkle_range_load(&range, &source, MERKLE_SIZE_MAX + 1, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
}

static int get_nothing(void *context, unsigned level, uint64_t index, struct merkle_hash *out,
                       struct error *err)
{
    (void)context;
    (void)out;
    return error_set(err, ERROR_INPUT, "no tile %u/%llu", level, (unsigned long long)index);
}

static void what_cannot_be_proven_is_an_error(void **state)
{
    struct merkle_source source = {get_nothing, NULL, hasher};
    struct merkle_proof proof = {.count = MERKLE_PROOF_MAX + 1};
    struct merkle_hash root;
    struct error err = {0};

    (void)state;
    assert_false(merkle_check_inclusion(hasher, &leaves[0], 0, 2, &proof, &leaves[1]));
    assert_false(merkle_check_consistency(hasher, 1, 2, &proof, &leaves[0], &leaves[1]));
    assert_int_equal(merkle_root_of(&source, 5, &root, &err), -1);
    assert_string_equal(err.text, "no tile 2/0");
    err.code = ERROR_NONE;
    assert_int_equal(merkle_inclusion(&source, 5, 5, &proof, &err), -1);
    assert_string_equal(err.text, "there is no leaf 5 in a tree of 5");
    assert_int_equal(proof.count, 0);
    err.code = ERROR_NONE;
    assert_int_equal(merkle_inclusion(&source, 0, 5, &proof, &err), -1);
    assert_string_equal(err.text, "no tile 0/4");
    assert_int_equal(proof.count, 0);
    err.code = ERROR_NONE;
    assert_int_equal(merkle_consistency(&source, 6, 5, &proof, &err), -1);
    assert_string_equal(err.text, "a tree of 5 leaves cannot begin with one of 6");
    assert_false(merkle_check_inclusion(hasher, &leaves[0], 0, 0, &proof, &leaves[0]));
    assert_true(merkle_check_inclusion(hasher, &leaves[0], 0, 1, &proof, &leaves[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_certificate_transparency_hold),
        cmocka_unit_test(roots_are_those_of_the_definition),
        cmocka_unit_test(each_leaf_of_each_tree_is_proven),
        cmocka_unit_test(each_tree_begins_with_each_before_it),
        cmocka_unit_test(each_hash_of_a_proof_counts),
        cmocka_unit_test(the_greatest_tree_is_proven),
        cmocka_unit_test(what_cannot_be_proven_is_an_error),
    };

    return cmocka_run_group_tests_name("merkle", tests, set_up, tear_down);
}
