#include "../../plugin/audit/outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define LEAVES 600

/* ---- a database that holds a log of so many leaves, and the seals 1, 2, 3, ... */

static uint64_t stored; /* leaves; the log may grow while it is looked at */
static struct merkle_hash leaves[LEAVES], roots[LEAVES / TILE_HASHES];
static struct merkle_hash seal_hash_of_all = {{7}};
static struct crypto_hasher *hasher;

struct rows {
    char *field[1];
    unsigned long length[1];
    bool told;
};

static struct rows answer;

struct rows *db_query(struct db *db, struct error *err, const char *format, ...)
{
    bool is_tile = strstr(format, "audit_tiles") != NULL;
    const struct merkle_hash *hashes;
    uint64_t count, tile;
    va_list args;
    int level;

    (void)db;
    (void)err;
    answer = (struct rows){{(char *)&seal_hash_of_all}, {sizeof(seal_hash_of_all)}, false};
    if (!is_tile)
        return &answer;
    va_start(args, format);
    level = va_arg(args, int);
    tile = va_arg(args, unsigned long long);
    va_end(args);
    hashes = level == 0 ? leaves : roots;
    count = level == 0 ? stored : stored / TILE_HASHES;
    count = count > tile * TILE_HASHES ? count - tile * TILE_HASHES : 0;
    count = count < TILE_HASHES ? count : TILE_HASHES;
    answer.field[0] = (char *)&hashes[tile * TILE_HASHES];
    answer.length[0] = count * sizeof(*hashes);
    answer.told = count == 0;
    return &answer;
}

int rows_next(struct rows *rows, struct row *row, struct error *err)
{
    (void)err;
    if (rows->told)
        return 0;
    rows->told = true;
    *row = (struct row){rows->field, rows->length, 1};
    return 1;
}

void rows_close(struct rows *rows)
{
    (void)rows;
}

int db_value(struct db *db, char *out, size_t size, struct error *err, const char *format, ...)
{
    (void)db;
    (void)err;
    assert_non_null(strstr(format, "tree_size"));
    snprintf(out, size, "%llu", (unsigned long long)stored);
    return 1;
}

/* Nothing is written by what is tested here. */
long long db_exec(struct db *db, struct error *err, const char *format, ...)
{
    (void)db;
    (void)err;
    fail_msg("%s", format);
    return -1;
}

long long db_exec_text(struct db *db, const struct buf *text, struct error *err)
{
    (void)db;
    (void)text;
    (void)err;
    fail_msg("nothing is to be written");
    return -1;
}

unsigned db_errno(struct db *db)
{
    (void)db;
    return 0;
}

/* ---- what is tested */

static int set_up(void **state)
{
    unsigned n;

    (void)state;
    hasher = crypto_hasher_create();
    for (n = 0; n < LEAVES; n++)
        crypto_hasher_sha256(hasher, &n, sizeof(n), leaves[n].bytes);
    for (n = 0; n < LEAVES / TILE_HASHES; n++)
        merkle_root(hasher, &leaves[(size_t)n * TILE_HASHES], TILE_HASHES, &roots[n]);
    return hasher ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_hasher_destroy(hasher);
    return 0;
}

static void look(struct outside *o, uint64_t size, uint64_t seal_id, bool is_another)
{
    struct checkpoint checkpoint = {
        .origin = "shop", .size = size, .seal_id = seal_id, .seal_hash = seal_hash_of_all};
    struct note_signer signer;
    struct buf note;

    buf_init(&note, NOTE_MAX);
    assert_int_equal(merkle_root(hasher, leaves, size, &checkpoint.root), 0);
    checkpoint.root.bytes[0] ^= is_another;
    assert_int_equal(
        note_signer_init(&signer, "shop", (const unsigned char[CRYPTO_ED25519_SEED]){1}, NULL), 0);
    assert_int_equal(checkpoint_write(&checkpoint, &signer, &note, NULL), 0);
    assert_int_equal(outside_look(o, note.data, note.len, NULL), 0);
    buf_free(&note);
}

static void checkpoints_are_held_against_the_log_as_it_is_now(void **state)
{
    struct tiles tiles;
    struct audit_key none = {.has_key = false};
    struct outside o = {.tiles = &tiles, .key = &none, .tree_size = 300, .all_are_ours = true};
    uint64_t size;

    (void)state;
    stored = o.tree_size;
    assert_int_equal(tiles_init(&tiles, NULL, hasher), 0);
    for (size = 1; size <= 300; size++)
        look(&o, size, size, false);
    assert_int_equal(o.good, 300);
    /* Sealing goes on, and the last tile grows, after it was read. */
    stored = 301;
    look(&o, 301, 301, false);
    stored = 599;
    look(&o, 599, 302, false);
    assert_int_equal(o.good, 302);
    assert_int_equal(o.greatest, 599);
    assert_int_equal(o.last_seal, 302);
    assert_false(o.is_cut || o.is_replaced);
    look(&o, 600, 303, false);
    assert_true(o.is_cut);
    assert_false(o.is_replaced);
    look(&o, 400, 301, true);
    assert_true(o.is_replaced);
    assert_int_equal(o.replaced.size, 400);
    assert_int_equal(o.last_seal, 302);
    assert_true(o.is_unchecked); /* they are signed, and there is no key */
    tiles_free(&tiles);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(checkpoints_are_held_against_the_log_as_it_is_now),
    };

    return cmocka_run_group_tests_name("outside", all, set_up, tear_down);
}
