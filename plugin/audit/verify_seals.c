/* verify_seals.c - see verify.h: the chain of seals, and the tree under them. */
#include <stdlib.h>
#include <string.h>

#include "verify.h"

/* Between two looks whether anybody still waits. */
#define SEALS_A_LOOK 1000
#define TILES_A_LOOK 1000
#define NOT_STORED 2

typedef unsigned long long ull;
static const struct fault nothing;
static struct fault of_seal(const struct seal *seal)
{
    return (struct fault){.seal = seal->id};
}

/* ---- the seal itself */

/* @return is it of this seal? */
static bool check_checkpoint(struct verify *v, const struct stored_seal *stored)
{
    const struct seal *seal = &stored->seal;
    struct fault f = of_seal(seal);
    struct checkpoint checkpoint;
    struct error err = {0};

    if (checkpoint_parse(stored->checkpoint, stored->checkpoint_len, &checkpoint, &err) != 0) {
        faults_add(&v->faults, FAULT_SEAL, &f, "its checkpoint cannot be read: %.400s", err.text);
        return false;
    }
    if (store_is_checkpoint_of(&checkpoint, seal))
        return true;
    faults_add(&v->faults, FAULT_SEAL, &f,
               "its checkpoint is of another seal: size %llu, seal %llu", (ull)checkpoint.size,
               (ull)checkpoint.seal_id);
    return false;
}

static void check_signature(struct verify *v, const struct stored_seal *stored)
{
    struct fault f = of_seal(&stored->seal);
    struct error err = {0};
    enum note_verdict verdict;

    if (!v->key.has_key) {
        v->is_unchecked =
            v->is_unchecked || note_has_signature(stored->checkpoint, stored->checkpoint_len);
        return;
    }
    verdict =
        note_verify(stored->checkpoint, stored->checkpoint_len, &v->key.signer.verifier, &err);
    v->last_is_signed = verdict == NOTE_GOOD;
    if (verdict == NOTE_UNSIGNED) {
        v->unsigned_seals++; /* of another key, or of a time without one; a later one covers it */
    } else if (verdict != NOTE_GOOD) {
        faults_add(&v->faults, FAULT_SIGNATURE, &f, "its signature is wrong: %.400s", err.text);
    }
}

/* @return does its hash cover what it says? */
static bool check_chain(struct verify *v, const struct seal *seal, uint64_t expected)
{
    struct fault f = of_seal(seal);
    bool is_whole = store_is_whole(seal);

    if (seal->id != expected)
        faults_add(&v->faults, FAULT_SEAL, &f, "of the seals before it, %llu to %llu are missing",
                   (ull)expected, (ull)(seal->id - 1));
    if (!is_whole)
        faults_add(&v->faults, FAULT_SEAL, &f,
                   "it was changed: its hash is not that of what it says");
    if (seal->id == expected && (seal->has_previous != (expected > 1) ||
                                 (seal->has_previous && memcmp(&seal->previous_hash, &v->last_hash,
                                                               sizeof(v->last_hash)) != 0)))
        faults_add(&v->faults, FAULT_SEAL, &f,
                   "it does not follow on the seal before it: one of them was replaced");
    if (seal->closed_to < v->closed_to || seal->pruned_to < v->last_pruned_to ||
        seal->pruned_to > seal->closed_to || seal->tree_size < v->tree_size)
        faults_add(&v->faults, FAULT_SEAL, &f,
                   "it takes back what the seal before it says (closed_to, pruned_to, tree_size)");
    return is_whole;
}

/* Counts the ids that come after greater ones, and sees whether the ends are the right ones. */
static void walk_runs(struct verify *v, const struct stored_seal *stored)
{
    const struct seal *seal = &stored->seal;
    struct id_runs_reader reader;
    struct id_run run;
    uint64_t highest = v->highest, first = 0, last = 0;
    struct fault f = of_seal(seal);

    id_runs_read_init(&reader, seal->runs, seal->runs_len, v->tree_size);
    while (id_runs_read(&reader, &run, NULL) == 1) {
        if (run.first < v->highest)
            v->late += id_run_count(&run);
        highest = run.last > highest ? run.last : highest;
        first = first ? first : run.first;
        last = run.last > last ? run.last : last;
    }
    if (first != stored->first_id || last != stored->last_id)
        faults_add(&v->faults, FAULT_SEAL, &f,
                   "its first_id and last_id are not those of its runs, %llu and %llu", (ull)first,
                   (ull)last);
    v->highest = highest;
}

static int check_runs(struct verify *v, const struct stored_seal *stored, struct error *err)
{
    const struct seal *seal = &stored->seal;
    struct fault f = of_seal(seal);
    uint64_t count = 0, twice = 0;
    struct error why = {0};
    int rc = id_runs_text_count(seal->runs, seal->runs_len, &count, &why);

    /* Ids that the tree has no leaves for are not believed: there may be any number of them. */
    if (rc == 0 && seal->tree_size >= v->tree_size && count == seal->tree_size - v->tree_size)
        rc = id_runs_insert_text(&v->runs, seal->runs, seal->runs_len, v->tree_size, NULL, &twice,
                                 &why);
    if (rc == -1 && why.code != ERROR_INPUT)
        return error_set(err, why.code, "the ids of the seals take too much memory: %s", why.text);
    if (rc == -1)
        faults_add(&v->faults, FAULT_SEAL, &f, "its runs cannot be read: %.400s", why.text);
    else if (rc == 1)
        faults_add(&v->faults, FAULT_SEAL, &f, "id %llu is in a seal before it, too", (ull)twice);
    else if (seal->tree_size < v->tree_size || count != seal->tree_size - v->tree_size)
        faults_add(&v->faults, FAULT_SEAL, &f,
                   "it holds %llu ids, and the tree grows from %llu to %llu", (ull)count,
                   (ull)v->tree_size, (ull)seal->tree_size);
    walk_runs(v, stored);
    return 0;
}

/* ---- the tree */

/* A tile of an upper level has been computed: is it what is stored? */
static int compare_tile(void *context, unsigned level, uint64_t tile,
                        const struct merkle_hash *hashes, unsigned width, struct error *err)
{
    struct verify *v = context;
    const struct tile_slot *slot;
    uint64_t span = 1ull << (8 * level), first;
    unsigned i = 0;

    if (level == 0 || v->root_is_lost)
        return 0;
    slot = tiles_read(&v->tiles, level, tile, err);
    if (!slot)
        return -1;
    while (i < width && i < slot->width &&
           memcmp(&slot->hashes[i], &hashes[i], sizeof(*hashes)) == 0)
        i++;
    first = (tile * TILE_HASHES + i) * span;
    if (i < width)
        faults_add(&v->faults, FAULT_TREE, &nothing,
                   "the stored hash of the leaves at positions %llu to %llu (level %u, tile %llu)"
                   " is not that of the leaves",
                   (ull)first, (ull)(first + span - 1), level, (ull)tile);
    return 0;
}

/* @retval 1 done @retval 0 a hash is missing @retval -1 err */
static int grow_by_tiles(struct verify *v, uint64_t to, struct error *err)
{
    while (v->tree.size < to) {
        const struct tile_slot *slot = tiles_read(&v->tiles, 0, v->tree.size / TILE_HASHES, err);
        unsigned at = (unsigned)(v->tree.size % TILE_HASHES);

        if (!slot || (v->tree.size / TILE_HASHES % TILES_A_LOOK == 0 && verify_go_on(v, err) != 0))
            return -1;
        for (; at < slot->width && v->tree.size < to; at++)
            if (tree_add(&v->tree, &slot->hashes[at], err) != 0)
                return -1;
        if (at >= slot->width && at < TILE_HASHES && v->tree.size < to)
            return 0;
    }
    return 1;
}

/* The rows of a seal, in the order of its ids, which is that of its positions.
   @retval 1 done @retval 0 not all rows are there @retval -1 err */
static int grow_by_rows(struct verify *v, const struct seal *seal, struct error *err)
{
    struct id_runs_reader reader;
    struct merkle_hash leaf;
    struct id_run run;
    struct row row;
    int rc = 0;

    id_runs_read_init(&reader, seal->runs, seal->runs_len, v->tree.size);
    while (rc == 0 && id_runs_read(&reader, &run, NULL) == 1) {
        struct rows *rows = db_stream(v->db, err,
                                      "SELECT " AUDIT_ROW_COLUMNS " FROM purser.audit_log WHERE id"
                                      " BETWEEN %llu AND %llu AND (id - %llu) MOD %llu = 0"
                                      " ORDER BY id",
                                      (ull)run.first, (ull)run.last, (ull)run.first, (ull)run.step);

        rc = rows ? 0 : -1;
        while (rc == 0 && (rc = rows_next(rows, &row, err)) == 1) {
            rc = verify_leaf_of(&row, &leaf, err);
            if (rc == 0)
                rc = tree_add(&v->tree, &leaf, err);
        }
        rows_close(rows);
    }
    if (rc != 0)
        return rc == 1 ? 0 : -1;
    return v->tree.size == seal->tree_size;
}

static void note_damaged(struct verify *v, uint64_t first, uint64_t end)
{
    if (v->damaged_count < VERIFY_DAMAGED_MAX)
        v->damaged[v->damaged_count++] = (struct positions){first, end};
}

static bool has_root(const struct verify *v, const struct seal *seal)
{
    struct merkle_hash root;

    return v->tree.size == seal->tree_size && tree_root(&v->tree, &root) == 0 &&
           memcmp(&root, &seal->root, sizeof(root)) == 0;
}

/* The ids of the leaves at some positions of a seal. */
static void name_ids(const struct seal *seal, uint64_t base, uint64_t from, uint64_t end,
                     struct fault *f)
{
    struct id_runs_reader reader;
    struct id_run run;

    f->has_ids = false;
    id_runs_read_init(&reader, seal->runs, seal->runs_len, base);
    while (id_runs_read(&reader, &run, NULL) == 1) {
        uint64_t stop = run.position + id_run_count(&run);
        uint64_t first = from > run.position ? from : run.position;
        uint64_t last = (end < stop ? end : stop) - 1;

        if (first >= stop || end <= run.position)
            continue;
        if (!f->has_ids)
            f->first_id = run.first + (first - run.position) * run.step;
        f->last_id = run.first + (last - run.position) * run.step;
        f->has_ids = true;
    }
    f->rows = end - from;
}

/* Is a tile of level 0 what level 1 says? @retval 1, 0, -1 err; 1 also where nobody says;
   NOT_STORED */
static int tile_fits(struct verify *v, uint64_t tile, struct error *err)
{
    const struct tile_slot *slot = tiles_read(&v->tiles, 0, tile, err);
    struct merkle_hash root;

    if (!slot)
        return -1;
    if (slot->width < TILE_HASHES)
        return slot->width ? 1 : NOT_STORED;
    if (merkle_root(v->hasher, slot->hashes, TILE_HASHES, &root) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    slot = tiles_read(&v->tiles, 1, tile / TILE_HASHES, err);
    if (!slot)
        return -1;
    return tile % TILE_HASHES >= slot->width ||
           memcmp(&slot->hashes[tile % TILE_HASHES], &root, sizeof(root)) == 0;
}

/* The tiles of a seal's leaves that are not what the level above says. @return how many, -1 err */
static int tell_bad_tiles(struct verify *v, const struct seal *seal, uint64_t base,
                          struct error *err)
{
    struct fault f = of_seal(seal);
    uint64_t tile, from, end, limit = seal->tree_size < v->stored ? seal->tree_size : v->stored;
    int fits, found = 0;

    for (tile = base / TILE_HASHES; tile * TILE_HASHES < limit; tile++) {
        if (tile % TILES_A_LOOK == 0 && verify_go_on(v, err) != 0)
            return -1;
        fits = tile_fits(v, tile, err);
        if (fits < 0)
            return -1;
        if (fits == NOT_STORED) /* nor is any from here on */
            break;
        if (fits || tile < v->last_bad)
            continue;
        from = tile * TILE_HASHES > base ? tile * TILE_HASHES : base;
        end =
            (tile + 1) * TILE_HASHES < seal->tree_size ? (tile + 1) * TILE_HASHES : seal->tree_size;
        name_ids(seal, base, from, end, &f);
        faults_add(&v->faults, FAULT_TREE, &f,
                   "among these rows some were changed together with their stored hashes");
        v->last_bad = tile + 1;
        found++;
    }
    return found;
}

/* Neither hashes nor rows give the root: the level above may say where. */
static int narrow(struct verify *v, const struct seal *seal, uint64_t base, struct error *err)
{
    struct fault f = of_seal(seal);
    int found = tell_bad_tiles(v, seal, base, err);

    if (found < 0)
        return -1;
    name_ids(seal, base, base, seal->tree_size, &f);
    if (found == 0)
        faults_add(&v->faults, FAULT_TREE, &f,
                   "neither the stored hashes nor the rows of this seal give its root");
    f = of_seal(seal);
    faults_add(&v->faults, FAULT_TREE, &f,
               "from this seal on no root can be computed: of the seals after it only whole tiles"
               " of 256 rows are compared with the level above");
    v->root_is_lost = true;
    return 0;
}

/* What is stored does not give the seal's root. Do the rows? */
static int try_rows(struct verify *v, const struct seal *seal, const struct tree *before,
                    struct error *err)
{
    struct fault f = of_seal(seal);
    int rc;

    v->tree = *before;
    rc = grow_by_rows(v, seal, err);
    if (rc < 0)
        return -1;
    if (rc == 0 || !has_root(v, seal))
        return narrow(v, seal, before->size, err);
    name_ids(seal, before->size, before->size, seal->tree_size, &f);
    faults_add(&v->faults, FAULT_TREE, &f,
               "stored hashes of this seal were changed or are missing; its rows are as they were"
               " sealed");
    note_damaged(v, before->size, seal->tree_size);
    return 0;
}

static int check_root(struct verify *v, const struct seal *seal, struct error *err)
{
    struct tree *before;
    int rc;

    if (v->root_is_lost)
        return tell_bad_tiles(v, seal, v->tree_size, err) < 0 ? -1 : 0;
    if (seal->tree_size < v->tree.size)
        return 0;
    before = malloc(sizeof(*before));
    if (!before)
        return error_set(err, ERROR_MEMORY, "out of memory");
    *before = v->tree;
    rc = grow_by_tiles(v, seal->tree_size, err);
    if (rc == 0 || (rc == 1 && !has_root(v, seal)))
        rc = try_rows(v, seal, before, err);
    free(before);
    return rc < 0 ? -1 : 0;
}

/* That rows may be gone is believed of the seal that says so first. Where seals before it are
   signed by the key of today, it has to be, too: later ones only repeat it. */
static void believe_pruning(struct verify *v, const struct seal *seal, bool is_whole)
{
    struct fault f = of_seal(seal);

    if (seal->pruned_to <= v->last_pruned_to)
        return;
    if (v->key.has_key && !v->last_is_signed && v->signed_seals > 0)
        faults_add(&v->faults, FAULT_SIGNATURE, &f,
                   "it lets rows go, and is not signed by the key, as seals before it are");
    else if (is_whole)
        v->pruned_to = seal->pruned_to;
}

static int check_seal(struct verify *v, const struct stored_seal *stored, uint64_t expected,
                      struct error *err)
{
    const struct seal *seal = &stored->seal;
    struct fault f = of_seal(seal);
    bool is_whole = check_chain(v, seal, expected);

    is_whole = check_checkpoint(v, stored) && is_whole;
    check_signature(v, stored);
    if (seal->tree_size > MERKLE_SIZE_MAX) {
        faults_add(&v->faults, FAULT_SEAL, &f, "it says that the tree has %llu leaves",
                   (ull)seal->tree_size);
        v->root_is_lost = true; /* what it says of itself is not followed any further */
        v->last_hash = seal->hash;
        return 0;
    }
    if (check_runs(v, stored, err) != 0 || check_root(v, seal, err) != 0)
        return -1;
    v->last_id = seal->id;
    v->last_hash = seal->hash;
    v->last_root = seal->root;
    v->tree_size = seal->tree_size;
    v->closed_to = seal->closed_to;
    believe_pruning(v, seal, is_whole);
    v->last_pruned_to = seal->pruned_to;
    v->signed_seals += v->last_is_signed;
    return 0;
}

static int count_stored(struct verify *v, struct error *err)
{
    char text[24];
    int rc = db_value(v->db, text, sizeof(text), err,
                      "SELECT tile * %d + LENGTH(hashes) DIV %d FROM purser.audit_tiles"
                      " WHERE level = 0 AND tile < %llu ORDER BY tile DESC LIMIT 1",
                      TILE_HASHES, CRYPTO_SHA256_SIZE, (ull)(MERKLE_SIZE_MAX / TILE_HASHES));

    v->stored = rc == 1 ? strtoull(text, NULL, 10) : 0;
    return rc == -1 ? -1 : 0;
}

/* Nothing may stand behind the end of the tree: what will be put there would contradict it. The
   tree may have grown meanwhile, so that its size is read together with the tiles. */
static int check_end(struct verify *v, struct error *err)
{
    struct rows *rows = db_query(
        v->db, err,
        "SELECT t.level, t.tile, LENGTH(t.hashes), s.size FROM purser.audit_tiles AS t, (SELECT"
        " COALESCE((SELECT tree_size FROM purser.audit_seals ORDER BY id DESC LIMIT 1), 0) AS size)"
        " AS s WHERE t.level > %d OR t.tile >= s.size >> (8 * (t.level + 1)) ORDER BY t.level,"
        " t.tile LIMIT 100",
        TREE_LEVELS - 1);
    struct row row;
    int rc = rows ? 0 : -1;

    while (rc == 0 && (rc = rows_next(rows, &row, err)) == 1) {
        unsigned level = (unsigned)store_number(&row, 0);
        uint64_t tile = store_number(&row, 1);
        uint64_t size = store_number(&row, 3);
        uint64_t bytes = store_number(&row, 2);
        uint64_t hashes = level < TREE_LEVELS ? size >> (8 * level) : 0;

        rc = 0;
        if (bytes % CRYPTO_SHA256_SIZE != 0 || tile > hashes / TILE_HASHES ||
            tile * TILE_HASHES + bytes / CRYPTO_SHA256_SIZE > hashes)
            faults_add(&v->faults, FAULT_TREE, &nothing,
                       "tile %llu of level %u holds more than the tree has: sealing cannot go on"
                       " until that is taken away",
                       (ull)tile, level);
    }
    rows_close(rows);
    return rc;
}

int verify_seals(struct verify *v, struct error *err)
{
    struct rows *rows =
        db_stream(v->stream, err, "SELECT " SEAL_COLUMNS " FROM purser.audit_seals ORDER BY id");
    uint64_t expected = 1;
    struct stored_seal stored = {0};
    struct error why = {0};
    struct row row;
    int rc = rows ? 0 : -1;

    tree_init(&v->tree, compare_tile, v, v->hasher);
    if (rc == 0) /* after the query began: sealing may go on meanwhile */
        rc = count_stored(v, err);
    while (rc == 0 && (rc = rows_next(rows, &row, err)) == 1) {
        if (store_seal_of(&row, &stored, &why) == 0) {
            rc = check_seal(v, &stored, expected, err);
            expected = stored.seal.id + 1;
        } else {
            faults_add(&v->faults, FAULT_SEAL, &nothing, "%s", why.text);
            error_clear(&why);
            rc = 0;
        }
        if (rc == 0 && ++v->seals % SEALS_A_LOOK == 0)
            rc = verify_go_on(v, err);
    }
    rows_close(rows);
    /* A signature covers all seals before it. With the key there, sealing puts a signed seal at the
       end whatever stood there. */
    if (rc == 0 && v->key.has_key && v->seals && !v->last_is_signed)
        faults_add(&v->faults, FAULT_SIGNATURE, &(struct fault){.seal = v->last_id},
                   "the last seal is not signed by the key (a key that is new signs within"
                   " seconds)");
    if (rc == 0)
        rc = tree_partial(&v->tree, compare_tile, v, err);
    return rc == 0 ? check_end(v, err) : -1;
}
