/* verify.c - see verify.h: the task from its connections to its answer. */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "../stop.h"
#include "checkpoint_file.h"
#include "outside.h"
#include "witness.h"

typedef unsigned long long ull;

int verify_go_on(const struct verify *v, struct error *err)
{
    if (stop_requested() || request_is_abandoned(v->request))
        return error_set(err, ERROR_STOPPED, "nobody waits for the verification any more");
    return 0;
}

static int open_all(struct verify *v, struct error *err)
{
    settings_get(&v->settings);
    v->stream = db_open(err);
    v->db = v->stream ? db_open(err) : NULL;
    if (!v->db)
        return -1;
    v->hasher = crypto_hasher_create();
    if (!v->hasher || tiles_init(&v->tiles, v->db, v->hasher) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    id_runs_init(&v->runs, VERIFY_RUNS_MAX);
    return audit_key_load(&v->key, v->db, &v->settings, err);
}

static void close_all(struct verify *v)
{
    id_runs_free(&v->runs);
    tiles_free(&v->tiles);
    crypto_hasher_destroy(v->hasher);
    audit_key_wipe(&v->key);
    db_close(v->stream);
    db_close(v->db);
}

static void tell_outside(struct verify *v, const struct outside *o, const char *from)
{
    struct fault cut = {.seal = o->cut.seal_id, .rows = o->cut.size - v->tree_size};
    struct fault replaced = {.seal = o->replaced.seal_id};
    size_t used = strlen(v->outside);

    if (o->is_cut)
        faults_add(&v->faults, FAULT_CUT, &cut,
                   "%s says that the log had %llu leaves, and it has %llu: its end was cut off",
                   from, (ull)o->cut.size, (ull)v->tree_size);
    if (o->is_replaced)
        faults_add(&v->faults, FAULT_REPLACED, &replaced,
                   "%s says of the first %llu leaves something else: what is stored is not the log"
                   " that was sealed then",
                   from, (ull)o->replaced.size);
    if (o->good + o->unreadable + o->foreign > 0)
        snprintf(v->outside + used, sizeof(v->outside) - used,
                 "%s%s: %llu fit, the greatest of %llu leaves; %llu of others; %llu unreadable",
                 used ? "; " : "", from, (ull)o->good, (ull)o->greatest, (ull)o->foreign,
                 (ull)o->unreadable);
}

static struct outside outside_of(struct verify *v, bool all_are_ours)
{
    return (struct outside){.tiles = &v->tiles,
                            .key = &v->key,
                            .tree_size = v->tree_size,
                            .all_are_ours = all_are_ours};
}

static int look_at_given(struct verify *v, const char *given, struct error *err)
{
    struct outside o = outside_of(v, false);

    if (outside_look(&o, given, strlen(given), err) != 0)
        return -1;
    if (o.unreadable > 0 || given[0] == '\0')
        return error_set(err, ERROR_INPUT, "p_checkpoint cannot be read: it is no checkpoint");
    if (o.foreign > 0)
        return error_set(err, ERROR_INPUT,
                         "p_checkpoint does not fit this log, and is not signed by its key: it was"
                         " made up, or is of another log or an older key");
    v->is_unchecked = v->is_unchecked || o.is_unchecked;
    tell_outside(v, &o, "p_checkpoint");
    return 0;
}

static int look_at_file(struct verify *v, struct error *err)
{
    struct outside o = outside_of(v, true);
    size_t used = strlen(v->outside);
    struct buf file;
    int rc;

    buf_init(&file, CHECKPOINT_FILE_READ);
    rc = checkpoint_file_read(v->settings.audit_checkpoint_file, &file, err);
    if (rc == 0 && file.len > 0)
        rc = outside_look(&o, file.data, file.len, err);
    if (rc == 0 && file.len == 0)
        snprintf(v->outside + used, sizeof(v->outside) - used,
                 "%sthe checkpoint file: empty, or none", used ? "; " : "");
    else if (rc == 0)
        tell_outside(v, &o, "the checkpoint file");
    v->is_unchecked = v->is_unchecked || o.is_unchecked;
    buf_free(&file);
    return rc;
}

/* The file is evidence that the database cannot change, the argument is the caller's own, and the
   memory of this server knows what it has sealed. */
static int look_outside(struct verify *v, const char *given, struct error *err)
{
    struct fault f = {0};
    int rc;

    if ((given && look_at_given(v, given, err) != 0) ||
        (v->settings.audit_checkpoint_file[0] && look_at_file(v, err) != 0))
        return -1;
    rc = witness_confirms(v->db, &f.seal, err);
    if (rc == 0)
        faults_add(&v->faults, FAULT_REPLACED, &f,
                   "this server has seen a seal of that number that is not the one that is stored");
    return rc < 0 ? -1 : 0;
}

/* JSON's integers of the library end at 2^63. */
static json_t *id_json(uint64_t id)
{
    return id > INT64_MAX ? json_sprintf("%llu", (ull)id) : json_integer((json_int_t)id);
}

static json_t *fault_json(enum fault_kind kind, const struct fault *f)
{
    json_t *object = json_pack("{s:s,s:s}", "finding", fault_name(kind), "detail", f->detail);

    if (f->has_ids) {
        json_put(&object, "first_id", id_json(f->first_id));
        json_put(&object, "last_id", id_json(f->last_id));
    }
    if (f->seal)
        json_put(&object, "seal", json_integer((json_int_t)f->seal));
    if (f->rows)
        json_put(&object, "rows", json_integer((json_int_t)f->rows));
    return object;
}

static json_t *faults_json(const struct faults *faults)
{
    json_t *list = json_array();
    struct fault more;
    int kind, i;

    for (kind = 0; kind < FAULT_KINDS; kind++) {
        for (i = 0; i < faults->count[kind]; i++)
            json_add(&list, fault_json(kind, &faults->kept[kind][i]));
        if (faults->more[kind] == 0)
            continue;
        more = (struct fault){.rows = faults->more[kind],
                              .detail = "more of these, which are not told one by one"};
        json_add(&list, fault_json(kind, &more));
    }
    return list;
}

static const char *verdict_of(const struct verify *v)
{
    if (v->faults.total > 0)
        return "tampered";
    return v->is_unchecked ? "unchecked" : "ok"; /* the key may have been taken away for that */
}

static json_t *summary_json(const struct verify *v)
{
    char root[CRYPTO_TEXT_SIZE], key[NOTE_VKEY_SIZE];
    json_t *summary;

    crypto_encode(CRYPTO_HEX, v->last_root.bytes, sizeof(v->last_root.bytes), root);
    summary =
        json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "verdict", verdict_of(v), "findings",
                  (json_int_t)v->faults.total, "tree_size", (json_int_t)v->tree_size, "seals",
                  (json_int_t)v->seals, "unsigned_seals",
                  (json_int_t)(v->key.has_key ? v->unsigned_seals : v->seals), "rows_verified",
                  (json_int_t)v->rows_verified, "rows_unsealed", (json_int_t)v->rows_unsealed,
                  "rows_pruned", (json_int_t)v->rows_pruned, "rows_late", (json_int_t)v->late);
    if (v->seals)
        json_put(&summary, "root", json_string(root));
    if (v->key.has_key) {
        note_verifier_write(&v->key.signer.verifier, key);
        json_put(&summary, "signed_by", json_string(key));
    }
    if (v->outside[0])
        json_put(&summary, "outside", json_string(v->outside));
    return summary;
}

static char *answer_of(const struct verify *v)
{
    json_t *answer =
        json_pack("{s:o,s:o}", "summary", summary_json(v), "findings", faults_json(&v->faults));
    char *text = answer ? json_write(answer, JSON_COMPACT) : NULL;

    json_decref(answer);
    return text;
}

int verify_execute(struct request *request, const char *checkpoint, char **result,
                   struct error *err)
{
    struct verify *v = calloc(1, sizeof(*v));
    int rc;

    if (!v)
        return error_set(err, ERROR_MEMORY, "out of memory");
    v->request = request;
    rc = open_all(v, err);
    if (rc == 0)
        rc = verify_seals(v, err);
    if (rc == 0)
        rc = look_outside(v, checkpoint, err);
    if (rc == 0)
        rc = verify_rows(v, err);
    if (rc == 0 && !(*result = answer_of(v)))
        rc = error_set(err, ERROR_MEMORY, "out of memory");
    close_all(v);
    free(v);
    return rc;
}
