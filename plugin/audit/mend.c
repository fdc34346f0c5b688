/* mend.c - see mend.h. */
#include "mend.h"

#include <string.h>

#include "../../udf/audit/runs.h"

struct leaves {
    uint64_t from, size;       /* positions in the tree */
    uint64_t ids[TILE_HASHES]; /* of the rows at these, 0 where it is not known yet */
    unsigned found;
};

static int lost(struct error *err)
{
    return error_set(err, ERROR_CONFIG, "what it was made of is not there");
}

/* ---- which rows */

/* The ids of a run that are at positions which are looked for. */
static int take_run(struct leaves *leaves, const struct id_run *run, struct error *err)
{
    uint64_t end = run->position + id_run_count(run), at;

    if (end > leaves->size)
        return lost(err);
    for (at = run->position > leaves->from ? run->position : leaves->from; at < end; at++) {
        uint64_t *id = &leaves->ids[at - leaves->from];

        leaves->found += *id == 0;
        *id = run->first + (at - run->position) * run->step;
    }
    return 0;
}

static int take_seal(struct leaves *leaves, const struct row *row, struct error *err)
{
    uint64_t tree_size = store_number(row, 0), count;
    struct id_runs_reader reader;
    struct id_run run;
    int rc = id_runs_text_count(row->field[1], row->length[1], &count, err);

    if (rc == 0 && count > tree_size)
        rc = lost(err);
    if (rc != 0)
        return -1;
    id_runs_read_init(&reader, row->field[1], row->length[1], tree_size - count);
    while ((rc = id_runs_read(&reader, &run, err)) == 1)
        if (take_run(leaves, &run, err) != 0)
            return -1;
    return rc;
}

/* Backwards: each seal that has rows has one at least. */
static int find_rows(struct db *db, struct leaves *leaves, struct error *err)
{
    struct rows *rows = db_query(db, err,
                                 "SELECT tree_size, runs FROM purser.audit_seals"
                                 " WHERE last_id IS NOT NULL ORDER BY id DESC LIMIT %d",
                                 TILE_HASHES);
    struct row row;
    int rc = rows ? 0 : -1;

    while (rc == 0 && leaves->found < leaves->size - leaves->from &&
           (rc = rows_next(rows, &row, err)) == 1)
        rc = take_seal(leaves, &row, err);
    rows_close(rows);
    if (rc == 0 && leaves->found < leaves->size - leaves->from)
        return lost(err);
    return rc;
}

/* ---- their leaves */

static int put_leaf(const struct leaves *leaves, const struct row *row, struct merkle_hash *hashes)
{
    uint64_t id = store_number(row, 0), i;

    if (!row->field[1] || row->length[1] != sizeof(*hashes))
        return 0;
    for (i = 0; i < leaves->size - leaves->from; i++) {
        if (leaves->ids[i] == id) {
            memcpy(&hashes[i], row->field[1], sizeof(*hashes));
            return 1;
        }
    }
    return 0;
}

static int read_leaves(struct db *db, const struct leaves *leaves, struct merkle_hash *hashes,
                       struct error *err)
{
    uint64_t count = leaves->size - leaves->from, i, found = 0;
    struct rows *rows = NULL;
    struct buf ids;
    struct row row;
    int rc = -1;

    buf_init(&ids, TILE_HASHES * 24);
    for (i = 0; i < count; i++)
        buf_printf(&ids, "%s%llu", i ? "," : "", (unsigned long long)leaves->ids[i]);
    if (ids.failed)
        error_set(err, ERROR_MEMORY, "out of memory");
    else
        rows =
            db_query(db, err, "SELECT id, leaf FROM purser.audit_log WHERE id IN (%p)", ids.data);
    if (rows)
        while ((rc = rows_next(rows, &row, err)) == 1)
            found += (uint64_t)put_leaf(leaves, &row, hashes);
    rows_close(rows);
    buf_free(&ids);
    return rc == 0 && found < count ? lost(err) : rc;
}

/* ---- a tile */

static int mend_leaves(struct tiles *tiles, uint64_t size, struct merkle_hash *hashes,
                       struct error *err)
{
    struct leaves leaves = {.from = tree_tile_number(size, 0) * TILE_HASHES, .size = size};

    if (find_rows(tiles->db, &leaves, err) != 0)
        return -1;
    return read_leaves(tiles->db, &leaves, hashes, err);
}

/* Of complete tiles, which nobody writes over any more. */
static int mend_roots(struct tiles *tiles, uint64_t size, unsigned level,
                      struct merkle_hash *hashes, struct error *err)
{
    uint64_t first = tree_tile_number(size, level) * TILE_HASHES;
    unsigned i;

    for (i = 0; i < tree_width(size, level); i++) {
        const struct tile_slot *slot = tiles_read(tiles, level - 1, first + i, err);

        if (!slot)
            return -1;
        if (slot->width != TILE_HASHES)
            return lost(err);
        if (merkle_root(tiles->hasher, slot->hashes, TILE_HASHES, &hashes[i]) != 0)
            return error_set(err, ERROR_MEMORY, "out of memory");
    }
    return 0;
}

int mend_tile(struct tiles *tiles, uint64_t size, unsigned level,
              struct merkle_hash hashes[TILE_HASHES], struct error *err)
{
    return level == 0 ? mend_leaves(tiles, size, hashes, err)
                      : mend_roots(tiles, size, level, hashes, err);
}
