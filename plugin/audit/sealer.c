/*
  sealer.c - see sealer.h.

  DESIGN: a round looks for rows that are not sealed and seals them, up to a hundred thousand at a
  time; then it sees which ids can come no more (watch.h). A round that finds nothing new costs one
  look at the end of the log's primary key.

  THREADS: one; everything in struct sealer is its own. Status counters are atomic.
*/
#include "sealer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../health/beats.h"
#include "../lease.h"
#include "../log.h"
#include "../replica.h"
#include "../server.h"
#include "../status.h"
#include "../stop.h"
#include "chain.h"
#include "checkpoint_file.h"
#include "outside.h"
#include "watch.h"

#define TICK_MS 1000 /* at most, so that a setting or a stop of the worker is soon seen */
#define BATCH 100000
#define GAPS_MAX 200 /* asked for one by one; more are read through */
#define FILE_EVERY_MS 60000
#define BACKOFF_MS 10000
#define PATIENCE_MS 60000      /* with the worst waits for locks, a batch takes no longer */
#define OTHERS_WAIT_MS 3600000 /* other servers' transactions are not seen: they get an hour */

struct sealer {
    struct db *db;
    struct lease lease;
    struct chain chain;
    bool loaded;
    bool has_told_no_key;
    bool has_looked_outside; /* the checkpoint file fits, where there is one */
    unsigned generation;     /* of the settings that the chain was loaded with */
    struct settings settings;
    uint64_t closed;     /* no id up to this one can come any more; the chain has what is written */
    uint64_t high;       /* the greatest id that was seen */
    uint64_t cursor;     /* the last id that this round has read */
    bool wants_gaps;     /* this round looks for late rows, too */
    bool reads_all;      /* it reads what is sealed as well, for there are many gaps */
    int64_t gaps_due_ms; /* monotonic: not before */
    uint64_t pending;    /* what high was when the watch began, or is about to; 0: there is none */
    int64_t pending_since; /* monotonic */
    int64_t pending_utc;
    struct watch watch;
    uint64_t *ids;
    struct merkle_hash *leaves;
    size_t count; /* of the two */
    struct buf checkpoint;
    bool unfiled; /* the checkpoint has not been written to the file */
    bool file_failed;
    int64_t filed_ms;
    char complaint[sizeof(((struct error *)0)->text)]; /* what was logged last */
};

static atomic_bool has_log; /* rows of audit_log have been seen in this life of the plugin */

void sealer_reset(void)
{
    atomic_store(&has_log, false);
}

void sealer_look(struct db *db)
{
    char one[4];

    if (!atomic_load(&has_log) &&
        db_value(db, one, sizeof(one), NULL, "SELECT 1 FROM purser.audit_log LIMIT 1") == 1)
        atomic_store(&has_log, true);
}

static void disconnect(struct sealer *s)
{
    lease_release(&s->lease, s->db);
    chain_deinit(&s->chain);
    watch_end(&s->watch);
    db_close(s->db);
    s->db = NULL;
    s->loaded = false;
}

static int connect(struct sealer *s, struct error *err)
{
    if (s->db)
        return 0;
    s->db = db_open(err);
    if (!s->db)
        return -1;
    if (chain_init(&s->chain, s->db) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return lease_init(&s->lease, s->db, "audit", err);
}

/* The checkpoint of the last seal, which is signed by our key, is to be written to the file. */
static void file_last(struct sealer *s)
{
    if (!s->chain.key.has_key || !s->chain.last_is_signed || s->chain.note.failed)
        return;
    buf_clear(&s->checkpoint);
    s->unfiled = buf_append(&s->checkpoint, s->chain.note.data, s->chain.note.len) == 0;
}

/* What the last life of the server has written to the file: the chain has to go on from it. */
static int look_outside(struct sealer *s, struct error *err)
{
    struct tiles tiles = {0};
    struct outside o = {.tiles = &tiles,
                        .key = &s->chain.key,
                        .tree_size = s->chain.tree.size,
                        .all_are_ours = true};
    struct error why = {0};
    struct buf file;
    int rc;

    if (!s->settings.audit_checkpoint_file[0])
        return 0;
    buf_init(&file, CHECKPOINT_FILE_READ);
    if (tiles_init(&tiles, s->db, s->chain.hasher) != 0)
        rc = error_set(err, ERROR_MEMORY, "out of memory");
    else
        rc = 0;
    /* A file that cannot be read says nothing against the log: it is looked at again later. */
    if (rc == 0 && checkpoint_file_read(s->settings.audit_checkpoint_file, &file, &why) != 0) {
        log_error("audit log: %s", why.text);
        rc = 1;
    }
    if (rc == 0 && file.len > 0)
        rc = outside_look(&o, file.data, file.len, err);
    if (rc == 0 && s->chain.key.has_key && !s->chain.last_is_signed && o.good > 0 &&
        o.last_seal < s->chain.seal_id)
        rc = error_set(err, ERROR_CONFIG,
                       "the last seal is not signed by the key, and those of"
                       " purser_audit_checkpoint_file are: CALL purser.audit_verify(); if it is"
                       " right, move the file away");
    if (rc == 0 && (o.is_cut || o.is_replaced))
        rc = error_set(err, ERROR_CONFIG,
                       "the log that is stored is not the one of purser_audit_checkpoint_file: CALL"
                       " purser.audit_verify(); after a restore of the data, move the file away");
    if (rc == 0 && o.last_seal < s->chain.seal_id) /* a new file, or a life that ended too soon */
        file_last(s);
    buf_free(&file);
    tiles_free(&tiles);
    s->has_looked_outside = rc == 0;
    return rc < 0 ? -1 : 0;
}

static void begin_pending(struct sealer *s)
{
    s->pending = s->high;
    s->pending_since = clock_ms();
    s->pending_utc = clock_utc_us();
}

static int load(struct sealer *s, struct error *err)
{
    s->generation = settings_generation(); /* first: what changes from here on is seen later */
    settings_get(&s->settings);
    watch_end(&s->watch);
    s->pending = 0;
    if (chain_load(&s->chain, &s->settings, err) != 0)
        return -1;
    if (!s->has_looked_outside && look_outside(s, err) != 0)
        return -1;
    if (!s->chain.key.has_key && s->chain.was_signed && !s->has_told_no_key)
        log_warning("audit log: the seals so far are signed, and now there is no key in the secrets"
                    " file: it goes on without");
    s->has_told_no_key = !s->chain.key.has_key;
    s->closed = s->chain.closed_to;
    s->high = id_runs_last(&s->chain.sealed);
    s->high = s->high > s->closed ? s->high : s->closed;
    if (s->high > s->closed)
        begin_pending(s);
    s->loaded = true;
    return 0;
}

static int add_gap(void *context, uint64_t first, uint64_t last)
{
    return buf_printf(context, "id BETWEEN %llu AND %llu OR ", (unsigned long long)first,
                      (unsigned long long)last);
}

/* The rows that may be unsealed, from those on that this round has seen: those in the gaps, and
   those above. Where the gaps are too many all is read from the first one on, which is not done
   each time. */
static int write_where(struct sealer *s, struct buf *out)
{
    uint64_t above = s->high;

    buf_printf(out, "id > %llu AND (", (unsigned long long)s->cursor);
    if (s->wants_gaps &&
        id_runs_missing(&s->chain.sealed, s->closed, s->high, GAPS_MAX, add_gap, out) != 0) {
        buf_clear(out);
        buf_printf(out, "id > %llu AND (", (unsigned long long)s->cursor);
        above = s->closed;
        s->reads_all = true;
    }
    return buf_printf(out, "id > %llu)", (unsigned long long)above);
}

static int take_row(struct sealer *s, const struct row *row, struct error *err)
{
    uint64_t id = row->field[0] ? strtoull(row->field[0], NULL, 10) : 0;

    s->cursor = id;
    if (id_runs_find(&s->chain.sealed, id, NULL))
        return 0;
    if (!row->field[1] || row->length[1] != sizeof(struct merkle_hash))
        return error_set(err, ERROR_CONFIG, "row %llu of the audit log has no leaf",
                         (unsigned long long)id);
    s->ids[s->count] = id;
    memcpy(&s->leaves[s->count++], row->field[1], sizeof(struct merkle_hash));
    return 0;
}

/* @retval 1 there may be more @retval 0 that was all @retval -1 err */
static int read_batch(struct sealer *s, struct error *err)
{
    struct rows *rows = NULL;
    struct buf where;
    struct row row;
    size_t seen = 0;
    int rc;

    s->count = 0;
    buf_init(&where, 65536);
    if (write_where(s, &where) != 0)
        rc = error_set(err, ERROR_MEMORY, "out of memory");
    else
        rc = (rows = db_stream(s->db, err,
                               "SELECT id, leaf FROM purser.audit_log WHERE %p ORDER BY id"
                               " LIMIT %d",
                               where.data, BATCH)) != NULL
                 ? 0
                 : -1;
    while (rc == 0 && (rc = rows_next(rows, &row, err)) == 1) {
        seen++;
        rc = take_row(s, &row, err);
    }
    rows_close(rows);
    buf_free(&where);
    return rc == 0 ? seen == BATCH : rc;
}

static int put(struct sealer *s, struct error *err)
{
    struct new_seal what = {.ids = s->ids,
                            .leaves = s->leaves,
                            .count = s->count,
                            .closed_to = s->closed,
                            .pruned_to = s->chain.pruned_to};
    int rc = chain_put(&s->chain, &what, &s->checkpoint, err);

    if (rc != 0) {
        s->loaded = false;
        return rc == 1 ? error_set(err, ERROR_BUSY, "another server has sealed") : -1;
    }
    if (s->count > 0 && s->ids[s->count - 1] > s->high)
        s->high = s->ids[s->count - 1];
    s->unfiled = true;
    status_add(&purser_status.audit_seals, 1);
    status_add(&purser_status.audit_rows_sealed, (long long)s->count);
    return 0;
}

/* @return how many rows were sealed, -1 with err */
static long long seal_all(struct sealer *s, struct error *err)
{
    long long sealed = 0;
    int more;

    do {
        more = read_batch(s, err);
        if (more < 0)
            return -1;
        if (s->count > 0 && put(s, err) != 0)
            return -1;
        beat(BEAT_SEALER, PATIENCE_MS);
        sealed += (long long)s->count;
        if (more && lease_keep(&s->lease, s->db, NULL, 0, err) != 1)
            return error_set(err, ERROR_BUSY, "another server seals now");
    } while (more && !stop_requested());
    return sealed;
}

/* Is nobody left who may commit an id up to `pending`? @retval 1, 0, -1 err */
static int may_close(struct sealer *s, struct error *err)
{
    int rc;

    if (!s->pending)
        return 0;
    if (clock_ms() - s->pending_since < OTHERS_WAIT_MS &&
        (rc = replica_may_receive(s->db, err)) != 0)
        return rc < 0 ? -1 : 0;
    if (s->watch.open)
        return watch_look(&s->watch, s->db, err);
    if (s->pending_utc > clock_utc_us()) /* it was ahead: nothing would begin after that moment */
        begin_pending(s);
    rc = watch_begin(&s->watch, s->db, s->pending_utc, err);
    return rc == 0 ? watch_is_empty(&s->watch) : rc == 1 ? 0 : -1;
}

static void close_ids(struct sealer *s)
{
    s->closed = s->pending;
    s->pending = 0;
    watch_end(&s->watch);
}

static int round_of(struct sealer *s, struct error *err)
{
    int close = may_close(s, err);
    int64_t begun = clock_ms();
    long long sealed;

    s->cursor = 0;
    s->reads_all = false;
    s->wants_gaps = close == 1 || begun >= s->gaps_due_ms;
    sealed = close < 0 ? -1 : seal_all(s, err);
    if (sealed < 0)
        return -1;
    if (s->reads_all) /* a twentieth of the time */
        s->gaps_due_ms = clock_ms() + 20 * (clock_ms() - begun);
    if (stop_requested())
        return 0;
    if (close)
        close_ids(s);
    if (!s->pending && s->high > s->closed)
        begin_pending(s);
    s->count = 0;
    /* The last word, after which nothing is written until there is a row again. */
    if (sealed == 0 &&
        (!s->chain.last_is_signed || (s->closed == s->high && s->closed > s->chain.closed_to)))
        return put(s, err);
    return 0;
}

/* A key that is new, or another one, signs what there is at once. */
static bool is_current(const struct sealer *s)
{
    return s->generation == settings_generation() &&
           audit_key_is_current(&s->chain.key, &s->settings);
}

/* Is there anything to do? Asked in each round, and the only thing that an idle log costs. */
static int has_work(struct sealer *s, struct error *err)
{
    char text[24];
    int rc = db_value(s->db, text, sizeof(text), err, "SELECT MAX(id) FROM purser.audit_log");

    if (rc == -1)
        return -1;
    if (s->loaded && !is_current(s))
        s->loaded = false;
    if (s->loaded && s->high == s->chain.closed_to)
        return rc == 1 && strtoull(text, NULL, 10) > s->high;
    return s->loaded || rc == 1;
}

static int work(struct sealer *s, struct error *err)
{
    bool held = s->lease.renewed_ms != 0;
    int rc = has_work(s, err);

    if (rc == 0)
        lease_release(&s->lease, s->db);
    if (rc != 1)
        return rc;
    rc = lease_keep(&s->lease, s->db, NULL, 0, err);
    if (rc != 1)
        return rc;
    /* Another server may have sealed since the lease was ours; and a key may be new. */
    if ((!held || !s->loaded) && load(s, err) != 0)
        return -1;
    return round_of(s, err);
}

/* A signed checkpoint goes to the file, one a minute at most, the last one of a burst as well. One
   that cannot be written is tried again. */
static void file_checkpoint(struct sealer *s, bool is_last)
{
    struct error err = {0};
    bool pause = s->high > s->chain.closed_to && !is_last;

    if (!s->unfiled || !s->chain.key.has_key || !s->settings.audit_checkpoint_file[0] ||
        (s->filed_ms && clock_ms() - s->filed_ms < FILE_EVERY_MS && (pause || s->file_failed)))
        return;
    s->filed_ms = clock_ms();
    s->unfiled =
        checkpoint_file_append(s->settings.audit_checkpoint_file, &s->checkpoint, &err) != 0;
    if (s->unfiled && !s->file_failed)
        log_error("audit log: %s; it is tried again every minute", err.text);
    s->file_failed = s->unfiled;
}

/* Once for each reason: in the error log, and in purser.jobs for audit_status. */
static void complain(struct sealer *s, const char *why)
{
    if (strcmp(why, s->complaint) == 0)
        return;
    if (why[0])
        log_warning("audit log is not sealed: %s", why);
    snprintf(s->complaint, sizeof(s->complaint), "%s", why);
    if (s->db)
        db_exec(s->db, NULL,
                "INSERT INTO purser.jobs (name, last_error) VALUES ('audit', NULLIF(%s, ''))"
                " ON DUPLICATE KEY UPDATE last_error = VALUES(last_error)",
                why);
}

/* @return milliseconds until the next round */
static int64_t one_round(struct sealer *s, const struct settings *settings)
{
    struct error err = {0};
    int rc = connect(s, &err);

    if (rc == 0)
        rc = work(s, &err);
    file_checkpoint(s, false);
    if (rc >= 0) {
        complain(s, "");
        return (int64_t)settings->audit_seal_seconds * 1000;
    }
    if (err.code ==
        ERROR_BUSY) { /* somebody else has sealed: all is read again in the next round */
        s->loaded = false;
        return (int64_t)settings->audit_seal_seconds * 1000;
    }
    if (err.code != ERROR_STOPPED)
        complain(s, err.text);
    disconnect(s);
    return BACKOFF_MS;
}

static void loop(struct sealer *s)
{
    struct settings settings;
    int64_t next = 0, left = 0;
    int seconds = -1;

    while (!stop_sleep_ms(left < TICK_MS ? left : TICK_MS)) {
        beat(BEAT_SEALER, PATIENCE_MS);
        settings_get(&settings);
        if (settings.audit_seal_seconds != seconds) /* another interval begins now */
            next = 0;
        seconds = settings.audit_seal_seconds;
        left = TICK_MS;
        if (seconds == 0 || !atomic_load(&has_log) || status_worker() != WORKER_READY) {
            if (s->db)
                disconnect(s);
            continue;
        }
        if (clock_ms() >= next)
            next = clock_ms() + one_round(s, &settings);
        left = next - clock_ms();
    }
}

void sealer_body(void *unused)
{
    struct sealer *s = calloc(1, sizeof(*s));

    (void)unused;
    if (s) {
        s->ids = malloc(BATCH * sizeof(*s->ids));
        s->leaves = malloc(BATCH * sizeof(*s->leaves));
        buf_init(&s->checkpoint, CHECKPOINT_MAX);
        s->complaint[0] = '?'; /* what an earlier life has left in purser.jobs is taken back */
    }
    if (s && s->ids && s->leaves && server_thread_begin()) {
        loop(s);
        file_checkpoint(s, true);
        disconnect(s);
        server_thread_end();
    } else {
        log_error("the audit log is not sealed: out of memory");
    }
    if (s) {
        buf_free(&s->checkpoint);
        free(s->ids);
        free(s->leaves);
    }
    free(s);
}
