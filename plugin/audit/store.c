/* store.c - see store.h. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define TILES_A_STATEMENT 20 /* of 16 kB: the server may take no more than 1 MiB */
#define DUPLICATE_KEY 1062

static int hash_of(const struct row *row, unsigned i, struct merkle_hash *hash)
{
    if (!row->field[i] || row->length[i] != sizeof(*hash))
        return -1;
    memcpy(hash, row->field[i], sizeof(*hash));
    return 0;
}

uint64_t store_number(const struct row *row, unsigned i)
{
    return row->field[i] ? strtoull(row->field[i], NULL, 10) : 0;
}

int store_seal_of(const struct row *row, struct stored_seal *stored, struct error *err)
{
    struct seal *seal = &stored->seal;

    memset(stored, 0, sizeof(*stored));
    seal->id = store_number(row, 0);
    seal->tree_size = store_number(row, 2);
    seal->runs = row->field[4];
    seal->runs_len = row->length[4];
    seal->closed_to = store_number(row, 5);
    seal->pruned_to = store_number(row, 6);
    seal->note = row->field[7];
    seal->note_len = row->field[7] ? row->length[7] : 0;
    seal->has_previous = row->field[8] != NULL;
    stored->first_id = store_number(row, 11);
    stored->last_id = store_number(row, 12);
    stored->checkpoint = row->field[10] ? row->field[10] : "";
    stored->checkpoint_len = row->field[10] ? row->length[10] : 0;
    if (!row->field[1] || row->length[1] >= sizeof(seal->sealed_at) || !seal->runs ||
        hash_of(row, 3, &seal->root) != 0 || hash_of(row, 9, &seal->hash) != 0 ||
        (seal->has_previous && hash_of(row, 8, &seal->previous_hash) != 0))
        return error_set(err, ERROR_INPUT, "seal %llu is damaged", (unsigned long long)seal->id);
    memcpy(seal->sealed_at, row->field[1], row->length[1] + 1);
    return 0;
}

int store_has_seal(struct db *db, uint64_t id, const struct merkle_hash *hash, struct error *err)
{
    struct rows *rows = db_query(db, err, "SELECT hash FROM purser.audit_seals WHERE id = %llu",
                                 (unsigned long long)id);
    struct merkle_hash stored;
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1)
        rc = hash_of(&row, 0, &stored) == 0 && memcmp(&stored, hash, sizeof(stored)) == 0;
    rows_close(rows);
    return rc;
}

bool store_is_whole(const struct seal *seal)
{
    struct merkle_hash hash;

    return seal_hash(seal, &hash, NULL) == 0 && memcmp(&hash, &seal->hash, sizeof(hash)) == 0;
}

bool store_is_checkpoint_of(const struct checkpoint *checkpoint, const struct seal *seal)
{
    return checkpoint->size == seal->tree_size && checkpoint->seal_id == seal->id &&
           memcmp(&checkpoint->root, &seal->root, sizeof(seal->root)) == 0 &&
           memcmp(&checkpoint->seal_hash, &seal->hash, sizeof(seal->hash)) == 0;
}

static void hex_of(const struct merkle_hash *hash, char text[CRYPTO_TEXT_SIZE])
{
    crypto_encode(CRYPTO_HEX, hash->bytes, sizeof(hash->bytes), text);
}

int store_insert_seal(struct db *db, const struct seal *seal, uint64_t first, uint64_t last,
                      const struct buf *checkpoint, struct error *err)
{
    char root[CRYPTO_TEXT_SIZE], hash[CRYPTO_TEXT_SIZE], previous[CRYPTO_TEXT_SIZE];
    struct error why = {0};

    hex_of(&seal->root, root);
    hex_of(&seal->hash, hash);
    hex_of(&seal->previous_hash, previous);
    if (db_exec(db, &why,
                "INSERT INTO purser.audit_seals (id, sealed_at, tree_size, root, runs, first_id,"
                " last_id, closed_to, pruned_to, note, previous_hash, hash, checkpoint) VALUES"
                " (%llu, %s, %llu, UNHEX(%s), %.*s, NULLIF(%llu, 0), NULLIF(%llu, 0), %llu, %llu,"
                " %.*s, UNHEX(%s), UNHEX(%s), %.*s)",
                (unsigned long long)seal->id, seal->sealed_at, (unsigned long long)seal->tree_size,
                root, (int)seal->runs_len, seal->runs ? seal->runs : "", (unsigned long long)first,
                (unsigned long long)last, (unsigned long long)seal->closed_to,
                (unsigned long long)seal->pruned_to, (int)seal->note_len, seal->note,
                seal->has_previous ? previous : NULL, hash, (int)checkpoint->len,
                checkpoint->data) >= 0)
        return 0;
    return db_errno(db) == DUPLICATE_KEY ? 1 : error_set(err, why.code, "%s", why.text);
}

/* ---- tiles */

int tiles_init(struct tiles *tiles, struct db *db, struct crypto_hasher *hasher)
{
    tiles->db = db;
    tiles->hasher = hasher;
    tiles->slots = calloc(TILE_SLOTS, sizeof(*tiles->slots));
    return tiles->slots ? 0 : -1;
}

void tiles_free(struct tiles *tiles)
{
    free(tiles->slots);
    tiles->slots = NULL;
}

void tiles_forget(struct tiles *tiles)
{
    int i;

    for (i = 0; i < TILE_SLOTS; i++)
        tiles->slots[i].used = false;
}

static int fetch(struct tiles *tiles, struct tile_slot *slot, struct error *err)
{
    struct rows *rows = db_query(tiles->db, err,
                                 "SELECT hashes FROM purser.audit_tiles WHERE level = %d"
                                 " AND tile = %llu",
                                 (int)slot->level, (unsigned long long)slot->tile);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    slot->width = 0;
    if (rc == 1 && row.field[0] && row.length[0] <= sizeof(slot->hashes)) {
        memcpy(slot->hashes, row.field[0], row.length[0]);
        slot->width = (unsigned)(row.length[0] / sizeof(slot->hashes[0]));
    }
    rows_close(rows);
    return rc < 0 ? -1 : 0;
}

const struct tile_slot *tiles_read(struct tiles *tiles, unsigned level, uint64_t tile,
                                   struct error *err)
{
    struct tile_slot *slot = &tiles->slots[(tile * TREE_LEVELS + level) % TILE_SLOTS];

    if (slot->used && slot->level == level && slot->tile == tile)
        return slot;
    slot->level = level;
    slot->tile = tile;
    slot->used = fetch(tiles, slot, err) == 0;
    return slot->used ? slot : NULL;
}

/* A subtree of 2^level leaves is one of 2^(level % 8) hashes of the tiles of a level. */
int tiles_get(void *context, unsigned level, uint64_t index, struct merkle_hash *out,
              struct error *err)
{
    struct tiles *tiles = context;
    unsigned log2 = level % 8, count = 1u << log2;
    uint64_t first = index << log2;
    const struct tile_slot *slot = tiles_read(tiles, level / 8, first / TILE_HASHES, err);

    if (!slot)
        return -1;
    if (first % TILE_HASHES + count > slot->width)
        return error_set(err, ERROR_INPUT,
                         "tile %llu of level %u is missing, or too short: CALL"
                         " purser.audit_verify()",
                         (unsigned long long)(first / TILE_HASHES), level / 8);
    if (merkle_root(tiles->hasher, &slot->hashes[first % TILE_HASHES], count, out) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return 0;
}

void tile_writer_init(struct tile_writer *writer, struct db *db)
{
    writer->db = db;
    writer->pending = 0;
    buf_init(&writer->text, (TILES_A_STATEMENT + 1) * (2 * TILE_BYTES + 100));
}

void tile_writer_free(struct tile_writer *writer)
{
    buf_free(&writer->text);
}

/* Of hexadecimal digits, so that no byte of a hash means anything to a character set. */
static void put_hex(struct buf *out, const struct merkle_hash *hashes, unsigned width)
{
    char text[CRYPTO_TEXT_SIZE];
    unsigned i;

    for (i = 0; i < width; i++)
        buf_append(out, text,
                   crypto_encode(CRYPTO_HEX, hashes[i].bytes, sizeof(hashes[i].bytes), text));
}

int tile_writer_put(void *context, unsigned level, uint64_t tile, const struct merkle_hash *hashes,
                    unsigned width, struct error *err)
{
    struct tile_writer *writer = context;
    struct buf *text = &writer->text;

    buf_puts(text, writer->pending
                       ? ", "
                       : "INSERT INTO purser.audit_tiles (level, tile, hashes) VALUES ");
    buf_printf(text, "(%u, %llu, X'", level, (unsigned long long)tile);
    put_hex(text, hashes, width);
    buf_puts(text, "')");
    if (++writer->pending < TILES_A_STATEMENT)
        return 0;
    return tile_writer_flush(writer, err);
}

int tile_writer_flush(struct tile_writer *writer, struct error *err)
{
    int rc = 0;

    if (writer->pending > 0) {
        buf_puts(&writer->text, " ON DUPLICATE KEY UPDATE hashes = VALUES(hashes)");
        if (writer->text.failed)
            rc = error_set(err, ERROR_MEMORY, "out of memory");
        else if (db_exec_text(writer->db, &writer->text, err) < 0)
            rc = -1;
    }
    writer->pending = 0;
    buf_clear(&writer->text);
    return rc;
}
