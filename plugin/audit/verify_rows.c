/* verify_rows.c - see verify.h: the rows against what was sealed. */
#include <stdlib.h>
#include <string.h>

#include "../../udf/audit.h"
#include "verify.h"

#define ROWS_A_QUERY 20000
#define SUSPECTS_MAX 1000
#define MISSING_ONE_BY_ONE 500 /* of those that follow on each other */
#define CANDIDATES_MAX 200     /* of rows that are not sealed yet: they may be moved ones */

typedef unsigned long long ull;

/* A row that is not what it should be, kept until all are known: it may be another one's. */
struct suspect {
    enum fault_kind kind;
    uint64_t id, before;
    bool has_leaf, was_sealed;
    struct merkle_hash leaf;   /* of what stands there, where has_leaf */
    struct merkle_hash sealed; /* what stood there when it was sealed, where was_sealed */
    const char *detail;
};

struct walk {
    struct verify *v;
    uint64_t before; /* the id of the last row or missing row that was looked at */
    uint64_t next;   /* the least id that was not read; there may be a 0, which nobody gives */
    bool is_done;    /* there is no greater id */
    struct suspect *suspects;
    int count, candidates;
};

int verify_leaf_of(const struct row *row, struct merkle_hash *leaf, struct error *err)
{
    struct crypto_piece fields[AUDIT_ROW_FIELDS];
    struct error why = {0};
    unsigned i;

    for (i = 0; i < AUDIT_ROW_FIELDS; i++)
        fields[i] = (struct crypto_piece){row->field[i + 1], row->length[i + 1]};
    if (audit_leaf(fields, AUDIT_ROW_FIELDS, leaf->bytes, &why) == 0)
        return 0;
    return why.code == ERROR_MEMORY ? error_set(err, why.code, "%s", why.text) : 1;
}

static void suspect(struct walk *w, const struct suspect *s)
{
    if (w->count < SUSPECTS_MAX)
        w->suspects[w->count++] = *s;
    else
        faults_row(&w->v->faults, s->kind, s->id, s->before, s->detail);
}

static bool is_damaged(const struct verify *v, uint64_t position)
{
    int i;

    for (i = 0; i < v->damaged_count; i++)
        if (position >= v->damaged[i].first && position < v->damaged[i].end)
            return true;
    return false;
}

/* What was sealed at a position. @retval 1 *leaf @retval 0 it is not known @retval -1 err */
static int sealed_leaf(struct verify *v, uint64_t position, struct merkle_hash *leaf,
                       struct error *err)
{
    const struct tile_slot *slot;

    if (is_damaged(v, position))
        return 0;
    slot = tiles_read(&v->tiles, 0, position / TILE_HASHES, err);
    if (!slot)
        return -1;
    if (position % TILE_HASHES >= slot->width)
        return 0;
    *leaf = slot->hashes[position % TILE_HASHES];
    return 1;
}

static int look_missing(struct walk *w, uint64_t id, struct error *err)
{
    struct suspect s = {.kind = FAULT_MISSING, .id = id, .before = w->before};
    uint64_t position = 0;
    int rc;

    if (id <= w->v->pruned_to) {
        w->v->rows_pruned++;
        return 0;
    }
    id_runs_find(&w->v->runs, id, &position);
    rc = sealed_leaf(w->v, position, &s.sealed, err);
    s.was_sealed = rc == 1;
    s.detail = "it was sealed and is gone";
    suspect(w, &s);
    return rc < 0 ? -1 : 0;
}

/* Too many to be told one by one: counted as one range. */
static void count_below(struct walk *w, uint64_t id)
{
    struct verify *v = w->v;
    uint64_t from = w->before > v->pruned_to ? w->before : v->pruned_to;
    struct fault f = {.has_ids = true,
                      .first_id = id_runs_next(&v->runs, from),
                      .last_id = id - 1,
                      .rows = id_runs_between(&v->runs, from, id)};

    if (from > w->before)
        v->rows_pruned += id_runs_between(&v->runs, w->before, from < id ? from + 1 : id);
    if (f.last_id > id_runs_last(&v->runs))
        f.last_id = id_runs_last(&v->runs);
    if (f.rows > 0 && f.first_id < id)
        faults_add(&v->faults, FAULT_MISSING, &f, "they were sealed and are gone");
    w->before = id - 1;
}

/* All sealed ids below one that are not there. */
static int look_below(struct walk *w, uint64_t id, struct error *err)
{
    uint64_t next;
    int n = 0;

    while ((next = id_runs_next(&w->v->runs, w->before)) != 0 && next < id) {
        if (n++ == MISSING_ONE_BY_ONE) {
            count_below(w, id);
            break;
        }
        if (look_missing(w, next, err) != 0)
            return -1;
        w->before = next;
    }
    return 0;
}

static int compare(struct walk *w, struct suspect *s, const struct row *row, uint64_t position,
                   bool is_sealed, struct error *err)
{
    const char *stored = row->field[AUDIT_ROW_FIELDS + 1];
    int rc = is_sealed ? sealed_leaf(w->v, position, &s->sealed, err) : 0;

    if (rc < 0)
        return -1;
    s->was_sealed = rc == 1;
    if (!s->has_leaf)
        s->detail = "its text is not UTF-8";
    else if (s->was_sealed && memcmp(&s->leaf, &s->sealed, sizeof(s->leaf)) != 0)
        s->detail = "its columns are not those that were sealed";
    else if (!stored || row->length[AUDIT_ROW_FIELDS + 1] != sizeof(s->leaf) ||
             memcmp(stored, &s->leaf, sizeof(s->leaf)) != 0)
        s->detail = is_sealed ? "its column leaf was changed"
                              : "its column leaf is not that of its other columns (not sealed yet)";
    else if (is_sealed || w->candidates++ >= CANDIDATES_MAX)
        return 0;
    s->kind = s->detail ? FAULT_CHANGED : FAULT_KINDS; /* nothing wrong so far */
    if (s->kind != FAULT_KINDS || w->count < SUSPECTS_MAX)
        suspect(w, s);
    return 0;
}

static int look_at(struct walk *w, const struct row *row, struct error *err)
{
    uint64_t id = row->field[0] ? strtoull(row->field[0], NULL, 10) : 0, position = 0;
    struct suspect s = {.id = id};
    bool is_sealed;
    int rc;

    if (look_below(w, id, err) != 0)
        return -1;
    s.before = w->before;
    rc = verify_leaf_of(row, &s.leaf, err);
    if (rc < 0)
        return -1;
    s.has_leaf = rc == 0;
    is_sealed = id_runs_find(&w->v->runs, id, &position);
    w->v->rows_verified += is_sealed;
    w->before = id;
    w->next = id + 1;
    w->is_done = id == UINT64_MAX;
    if (!is_sealed && (id <= w->v->closed_to || id > ID_MAX)) {
        s.kind = FAULT_INSERTED;
        s.detail = id > ID_MAX ? "it stands under an id that is too great to be sealed: nothing is"
                                 " sealed until it is gone"
                               : "it stands under an id that was closed without it";
        suspect(w, &s);
        return 0;
    }
    w->v->rows_unsealed += !is_sealed;
    return compare(w, &s, row, position, is_sealed, err);
}

/* @return rows that were read, -1 err */
static int read_some(struct walk *w, struct error *err)
{
    struct rows *rows =
        db_stream(w->v->stream, err,
                  "SELECT " AUDIT_ROW_COLUMNS " FROM purser.audit_log WHERE id >= %llu ORDER BY id"
                  " LIMIT %d",
                  (ull)w->next, ROWS_A_QUERY);
    struct row row;
    int rc = rows ? 0 : -1, n = 0;

    while (rc == 0 && (rc = rows_next(rows, &row, err)) == 1) {
        n++;
        rc = look_at(w, &row, err);
    }
    rows_close(rows);
    return rc < 0 ? -1 : n;
}

/* Whose is what stands in another's place? */
static const struct suspect *owner_of(const struct walk *w, const struct suspect *s)
{
    int i;

    for (i = 0; s->has_leaf && i < w->count; i++)
        if (&w->suspects[i] != s && w->suspects[i].was_sealed &&
            memcmp(&w->suspects[i].sealed, &s->leaf, sizeof(s->leaf)) == 0)
            return &w->suspects[i];
    return NULL;
}

static void tell(struct walk *w)
{
    struct faults *faults = &w->v->faults;
    int i;

    for (i = 0; i < w->count; i++) {
        const struct suspect *s = &w->suspects[i], *owner = owner_of(w, s);
        struct fault f = {.has_ids = true, .first_id = s->id, .last_id = s->id, .rows = 1};

        if (owner)
            faults_add(faults, FAULT_MOVED, &f, "it is what was sealed as row %llu",
                       (ull)owner->id);
        else if (s->kind != FAULT_KINDS)
            faults_row(faults, s->kind, s->id, s->before, s->detail);
    }
}

int verify_rows(struct verify *v, struct error *err)
{
    struct walk w = {.v = v, .suspects = calloc(SUSPECTS_MAX, sizeof(*w.suspects))};
    int n;

    if (!w.suspects)
        return error_set(err, ERROR_MEMORY, "out of memory");
    do
        n = read_some(&w, err);
    while (n == ROWS_A_QUERY && !w.is_done && verify_go_on(v, err) == 0);
    if (w.is_done || (n >= 0 && n < ROWS_A_QUERY))
        n = look_below(&w, UINT64_MAX, err);
    else
        n = -1;
    if (n == 0)
        tell(&w);
    free(w.suspects);
    return n;
}
