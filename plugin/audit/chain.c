/* chain.c - see chain.h. */
#include "chain.h"

#include <string.h>

#include "../log.h"
#include "mend.h"
#include "witness.h"

/* of a seal: the server may take no more than 1 MiB at a time */
#define RUNS_TEXT_MAX (512u << 10)

int chain_init(struct chain *chain, struct db *db)
{
    memset(chain, 0, sizeof(*chain));
    chain->db = db;
    chain->hasher = crypto_hasher_create();
    id_runs_init(&chain->sealed, CHAIN_RUNS_MAX);
    buf_init(&chain->note, CHECKPOINT_MAX);
    tile_writer_init(&chain->writer, db);
    tree_init(&chain->tree, tile_writer_put, &chain->writer, chain->hasher);
    return chain->hasher ? 0 : -1;
}

void chain_deinit(struct chain *chain)
{
    id_runs_free(&chain->sealed);
    buf_free(&chain->note);
    tile_writer_free(&chain->writer);
    crypto_hasher_destroy(chain->hasher);
    audit_key_wipe(&chain->key);
    memset(chain, 0, sizeof(*chain));
}

/* What stands there is believed, and signed again with the next seal, only where it is what was
 * put. */
static int check_last(struct chain *chain, const struct stored_seal *last, struct error *err)
{
    const struct seal *seal = &last->seal;
    struct checkpoint checkpoint;

    if (!store_is_whole(seal) ||
        checkpoint_parse(last->checkpoint, last->checkpoint_len, &checkpoint, NULL) != 0 ||
        !store_is_checkpoint_of(&checkpoint, seal))
        return error_set(err, ERROR_CONFIG, "seal %llu was changed: CALL purser.audit_verify()",
                         (unsigned long long)seal->id);
    chain->last_is_signed =
        !chain->key.has_key || note_verify(last->checkpoint, last->checkpoint_len,
                                           &chain->key.signer.verifier, NULL) == NOTE_GOOD;
    if (!chain->last_is_signed && chain->seen > 0 && seal->id > chain->seen)
        return error_set(err, ERROR_CONFIG,
                         "seal %llu was not put by this server, and is not signed by the key: CALL"
                         " purser.audit_verify()",
                         (unsigned long long)seal->id);
    return 0;
}

static int load_last(struct chain *chain, struct error *err)
{
    struct rows *rows = db_query(
        chain->db, err, "SELECT " SEAL_COLUMNS " FROM purser.audit_seals ORDER BY id DESC LIMIT 1");
    struct stored_seal last = {0};
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1)
        rc = store_seal_of(&row, &last, err) == 0 && check_last(chain, &last, err) == 0 ? 1 : -1;
    if (rc == 1) {
        chain->seal_id = last.seal.id;
        chain->last_hash = last.seal.hash;
        chain->was_signed =
            memmem(last.checkpoint, last.checkpoint_len, "\n\xE2\x80\x94 ", 5) != NULL;
        chain->closed_to = last.seal.closed_to;
        chain->pruned_to = last.seal.pruned_to;
        chain->tree.size = last.seal.tree_size;
        chain->root = last.seal.root;
        buf_append(&chain->note, last.checkpoint, last.checkpoint_len);
    }
    rows_close(rows);
    return rc < 0 ? -1 : 0;
}

/* What stands there is too short, or nothing. The root is looked at when all levels are loaded. */
static int load_mended(struct chain *chain, struct tiles *tiles, unsigned level, struct error *err)
{
    unsigned long long tile = tree_tile_number(chain->tree.size, level);
    struct merkle_hash hashes[TILE_HASHES];
    struct error why = {0};

    if (mend_tile(tiles, chain->tree.size, level, hashes, &why) != 0)
        return error_set(err, why.code,
                         "the tree of the audit log is damaged (tile %llu of level %u; %s): CALL"
                         " purser.audit_verify()",
                         tile, level, why.text);
    if (tree_load(&chain->tree, level, hashes) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return 1;
}

/* @retval 1 it was made anew @retval 0, -1 err */
static int load_level(struct chain *chain, struct tiles *tiles, unsigned level, struct error *err)
{
    uint64_t tile = tree_tile_number(chain->tree.size, level);
    unsigned width = tree_width(chain->tree.size, level);
    const struct tile_slot *slot;

    if (width == 0)
        return 0;
    slot = tiles_read(tiles, level, tile, err);
    if (!slot)
        return -1;
    if (slot->width > width)
        return error_set(err, ERROR_CONFIG,
                         "tile %llu of level %u of the audit log holds more than the tree has:"
                         " CALL purser.audit_verify()",
                         (unsigned long long)tile, level);
    if (slot->width < width)
        return load_mended(chain, tiles, level, err);
    if (tree_load(&chain->tree, level, slot->hashes) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return 0;
}

static int store_mended(struct chain *chain, unsigned levels, struct error *err)
{
    unsigned level;

    if (tree_partial(&chain->tree, tile_writer_put, &chain->writer, err) != 0 ||
        tile_writer_flush(&chain->writer, err) != 0)
        return -1;
    for (level = 0; level < TREE_LEVELS; level++)
        if (levels & 1u << level)
            log_warning("audit log: the database had lost tile %llu of level %u of the tree, which"
                        " was made anew: the root is that of the last seal",
                        (unsigned long long)tree_tile_number(chain->tree.size, level), level);
    return 0;
}

static int load_tree(struct chain *chain, struct error *err)
{
    unsigned mended = 0; /* a bit for each level */
    struct merkle_hash root;
    struct tiles tiles;
    unsigned level;
    int rc = 0;

    if (tiles_init(&tiles, chain->db, chain->hasher) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    for (level = 0; level < TREE_LEVELS && rc >= 0; level++) {
        rc = load_level(chain, &tiles, level, err);
        mended |= rc == 1 ? 1u << level : 0;
    }
    tiles_free(&tiles);
    if (rc < 0)
        return -1;
    if (chain->seal_id > 0 &&
        (tree_root(&chain->tree, &root) != 0 || memcmp(&root, &chain->root, sizeof(root)) != 0))
        return error_set(err, ERROR_CONFIG,
                         "the tree of the audit log is not that of its last seal: CALL"
                         " purser.audit_verify()");
    return mended ? store_mended(chain, mended, err) : 0;
}

/* Which ids above closed_to are sealed. Positions are of no use here, so all begin at 0. */
static int load_sealed(struct chain *chain, struct error *err)
{
    struct rows *rows = db_query(chain->db, err,
                                 "SELECT runs FROM purser.audit_seals WHERE last_id > %llu"
                                 " ORDER BY id",
                                 (unsigned long long)chain->closed_to);
    struct row row;
    int rc = rows ? 0 : -1;

    while (rc == 0 && (rc = rows_next(rows, &row, err)) == 1)
        rc = id_runs_insert_text(&chain->sealed, row.field[0], row.length[0], 0, NULL, NULL, err);
    if (rc == 1)
        rc = error_set(err, ERROR_CONFIG,
                       "an id of the audit log is in two seals: CALL purser.audit_verify()");
    rows_close(rows);
    if (rc == 0)
        id_runs_drop(&chain->sealed, chain->closed_to);
    return rc;
}

int chain_load(struct chain *chain, const struct settings *settings, struct error *err)
{
    uint64_t seen;
    int rc = witness_confirms(chain->db, &seen, err);

    if (rc == 0)
        return error_set(err, ERROR_CONFIG,
                         "seal %llu, which this server has seen, is gone or is another one: CALL"
                         " purser.audit_verify(); after a restore of the data, install the plugin"
                         " anew",
                         (unsigned long long)seen);
    if (rc < 0)
        return -1;
    chain->seen = seen;
    audit_key_wipe(&chain->key);
    id_runs_free(&chain->sealed);
    id_runs_init(&chain->sealed, CHAIN_RUNS_MAX);
    tree_init(&chain->tree, tile_writer_put, &chain->writer, chain->hasher);
    buf_clear(&chain->note);
    chain->seal_id = chain->closed_to = chain->pruned_to = 0;
    chain->last_is_signed = true;
    chain->was_signed = false;
    if (audit_key_load(&chain->key, chain->db, settings, err) != 0 || load_last(chain, err) != 0 ||
        load_tree(chain, err) != 0 || load_sealed(chain, err) != 0)
        return -1;
    witness_see(chain->seal_id, &chain->last_hash);
    return 0;
}

/* The tree grows and its tiles are written. */
static int grow(struct chain *chain, const struct new_seal *what, struct error *err)
{
    size_t i;

    for (i = 0; i < what->count; i++)
        if (tree_add(&chain->tree, &what->leaves[i], err) != 0)
            return -1;
    if (what->count == 0)
        return 0;
    if (tree_partial(&chain->tree, tile_writer_put, &chain->writer, err) != 0)
        return -1;
    return tile_writer_flush(&chain->writer, err);
}

static int describe(struct chain *chain, const struct new_seal *what, const struct buf *runs,
                    struct seal *seal, struct error *err)
{
    memset(seal, 0, sizeof(*seal));
    seal->id = chain->seal_id + 1;
    seal->tree_size = chain->tree.size;
    seal->runs = runs->data;
    seal->runs_len = runs->len;
    seal->closed_to = what->closed_to;
    seal->pruned_to = what->pruned_to;
    seal->note = what->note;
    seal->note_len = what->note ? strlen(what->note) : 0;
    seal->has_previous = chain->seal_id > 0;
    seal->previous_hash = chain->last_hash;
    if (db_value(chain->db, seal->sealed_at, sizeof(seal->sealed_at), err,
                 "SELECT UTC_TIMESTAMP(6)") != 1)
        return -1;
    if (tree_root(&chain->tree, &seal->root) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return seal_hash(seal, &seal->hash, err);
}

static int sign(const struct chain *chain, const struct seal *seal, struct buf *note,
                struct error *err)
{
    struct checkpoint checkpoint = {
        .size = seal->tree_size, .root = seal->root, .seal_id = seal->id, .seal_hash = seal->hash};

    memcpy(checkpoint.origin, chain->key.origin, sizeof(checkpoint.origin));
    buf_clear(note);
    return checkpoint_write(&checkpoint, chain->key.has_key ? &chain->key.signer : NULL, note, err);
}

static int write_seal(struct chain *chain, const struct new_seal *what, struct buf *checkpoint,
                      struct error *err)
{
    struct buf runs;
    struct seal seal;
    int rc;

    buf_init(&runs, RUNS_TEXT_MAX);
    rc = id_runs_write(what->ids, what->count, &runs, err);
    if (rc == 0)
        rc = grow(chain, what, err);
    if (rc == 0)
        rc = describe(chain, what, &runs, &seal, err);
    if (rc == 0)
        rc = sign(chain, &seal, checkpoint, err);
    if (rc == 0)
        rc = store_insert_seal(chain->db, &seal, what->count ? what->ids[0] : 0,
                               what->count ? what->ids[what->count - 1] : 0, checkpoint, err);
    if (rc == 0) {
        chain->seal_id = seal.id;
        chain->last_hash = seal.hash;
        chain->last_is_signed = true;
    }
    buf_free(&runs);
    return rc;
}

static int commit_seal(struct chain *chain, const struct new_seal *what, struct buf *note,
                       struct error *err)
{
    int rc;

    if (db_exec(chain->db, err, "START TRANSACTION") < 0)
        return -1;
    rc = write_seal(chain, what, note, err);
    if (rc == 0 && db_exec(chain->db, err, "COMMIT") < 0)
        rc = -1;
    if (rc != 0)
        db_exec(chain->db, NULL, "ROLLBACK");
    return rc;
}

static int put_one(struct chain *chain, const struct new_seal *what, struct buf *checkpoint,
                   struct error *err)
{
    struct buf note;
    int rc;

    buf_init(&note, CHECKPOINT_MAX);
    rc = commit_seal(chain, what, &note, err);
    if (rc == 0) { /* not before: the caller's may be the checkpoint of a seal that there is */
        buf_clear(checkpoint);
        rc = buf_append(checkpoint, note.data, note.len);
        if (rc != 0)
            error_set(err, ERROR_MEMORY, "out of memory");
    }
    buf_free(&note);
    if (rc != 0)
        return rc;
    witness_see(chain->seal_id, &chain->last_hash);
    rc = id_runs_insert_ids(&chain->sealed, what->ids, what->count, chain->tree.size - what->count,
                            NULL, err);
    if (rc == 1)
        rc = error_set(err, ERROR_CONFIG, "an id of the audit log was read twice");
    id_runs_drop(&chain->sealed, what->closed_to);
    chain->closed_to = what->closed_to;
    chain->pruned_to = what->pruned_to;
    return rc;
}

int chain_put(struct chain *chain, const struct new_seal *what, struct buf *checkpoint,
              struct error *err)
{
    struct new_seal part = *what;
    size_t done = 0;
    int rc;

    do {
        if (what->count > 0) {
            part.ids = what->ids + done;
            part.leaves = what->leaves + done;
            part.count = id_runs_fit(part.ids, what->count - done, RUNS_TEXT_MAX);
        }
        rc = put_one(chain, &part, checkpoint, err);
        done += part.count;
    } while (rc == 0 && done < what->count);
    return rc;
}
