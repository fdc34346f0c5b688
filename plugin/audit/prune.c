/*
  prune.c - see prune.h.

  The seal comes first: from then on the rows may be gone, and the trigger lets them go. Where this
  breaks off, the next pruning deletes the rest.
*/
#include "prune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "../log.h"
#include "../stop.h"
#include "chain.h"
#include "checkpoint_file.h"

#define TRIES 5
#define DELETE_AT_ONCE 5000
#define NOTE_BYTES 4096 /* of at most 1024 characters */

typedef unsigned long long ull;

/* Who calls audit_job by hand gets no further than audit_prune lets anybody. */
static int check(struct db *db, const char *before, const char *reason, struct error *err)
{
    char past[8];

    if (strspn(reason, " \t\r\n") == strlen(reason))
        return error_set(err, ERROR_INPUT, "the reason is missing");
    if (db_value(db, past, sizeof(past), err, "SELECT CAST(%s AS DATETIME(6)) <= UTC_TIMESTAMP(6)",
                 before) == -1)
        return -1;
    if (strcmp(past, "1") != 0)
        return error_set(err, ERROR_INPUT, "'%.64s' is not a moment of the past", before);
    return 0;
}

/* The greatest id up to which every row is decided, sealed, and older. @retval 0 or -1 err */
static int find_limit(struct chain *chain, const char *before, uint64_t *limit, struct error *err)
{
    char text[24];
    uint64_t first;
    int rc = db_value(chain->db, text, sizeof(text), err,
                      "SELECT MIN(id) FROM purser.audit_log WHERE timestamp >= %s", before);

    if (rc == -1)
        return -1;
    first = rc == 1 ? strtoull(text, NULL, 10) : chain->closed_to + 1;
    *limit = first > 0 ? first - 1 : 0; /* nobody gives 0, but somebody may have put it */
    *limit = *limit < chain->closed_to ? *limit : chain->closed_to;
    *limit = *limit > chain->pruned_to ? *limit : chain->pruned_to;
    return 0;
}

/* A seal that lets rows go is not believed later when there are seals before it that the key has
   signed and it is not; so nothing is pruned while the key is away. */
static int check_key(struct chain *chain, struct error *err)
{
    char one[4];
    int rc;

    if (chain->key.has_key)
        return 0;
    rc = db_value(chain->db, one, sizeof(one), err,
                  "SELECT 1 FROM purser.audit_seals WHERE LOCATE(%s, checkpoint) > 0 LIMIT 1",
                  "\n\xE2\x80\x94 ");
    if (rc == 1)
        rc = error_set(err, ERROR_CONFIG,
                       "there are signed seals, and no key to sign with: rows that were let go"
                       " without it would be told as missing. Put audit.ed25519_seed into the"
                       " secrets file first");
    return rc;
}

/* @retval 0 @retval 1 somebody else has sealed meanwhile @retval -1 err */
static int put_seal(struct chain *chain, const char *before, const char *note, struct error *err)
{
    struct settings settings;
    struct error why = {0};
    struct buf checkpoint;
    struct new_seal what = {.note = note};
    int rc;

    settings_get(&settings);
    if (chain_load(chain, &settings, err) != 0 ||
        find_limit(chain, before, &what.pruned_to, err) != 0)
        return -1;
    if (what.pruned_to == chain->pruned_to)
        return 0;
    if (check_key(chain, err) != 0)
        return -1;
    what.closed_to = chain->closed_to;
    buf_init(&checkpoint, CHECKPOINT_MAX);
    rc = chain_put(chain, &what, &checkpoint, err);
    if (rc == 0 && chain->key.has_key && settings.audit_checkpoint_file[0] &&
        checkpoint_file_append(settings.audit_checkpoint_file, &checkpoint, &why) != 0)
        log_error("audit log: %s", why.text);
    buf_free(&checkpoint);
    return rc;
}

static int seal(struct chain *chain, const char *before, const char *note, struct error *err)
{
    int tries, rc = 1;

    for (tries = 0; rc == 1 && tries < TRIES; tries++)
        rc = put_seal(chain, before, note, err);
    return rc == 1 ? error_set(err, ERROR_BUSY, "others seal all the time; try again") : rc;
}

/* Up to `last`, of which there is a row. A DELETE also locks the row behind its range, and that one
   may be of a transaction that stays open for days, prepared as it is: so it is by `<`, and the
   last row goes by its key. And by the index, however few rows there are: MariaDB 11 reads a small
   table as a whole, and would lock all of it. */
static long long delete_up_to(struct chain *chain, ull last, struct error *err)
{
    char text[24];
    long long n, all = 0;
    int more;

    do {
        more = db_value(chain->db, text, sizeof(text), err,
                        "SELECT id FROM purser.audit_log WHERE id < %llu ORDER BY id"
                        " LIMIT 1 OFFSET %d",
                        last, DELETE_AT_ONCE);
        n = more == -1 ? -1
                       : db_exec(chain->db, err,
                                 "DELETE purser.audit_log FROM purser.audit_log"
                                 " FORCE INDEX (PRIMARY) WHERE id < %llu",
                                 more ? strtoull(text, NULL, 10) : last);
        all += n;
    } while (n >= 0 && more && !stop_requested());
    if (n >= 0 && !stop_requested()) {
        n = db_exec(chain->db, err, "DELETE FROM purser.audit_log WHERE id = %llu", last);
        all += n;
    }
    return n < 0 ? -1 : all;
}

static long long delete_rows(struct chain *chain, struct error *err)
{
    char last[24];
    int rc =
        db_value(chain->db, last, sizeof(last), err,
                 "SELECT MAX(id) FROM purser.audit_log WHERE id <= %llu", (ull)chain->pruned_to);

    return rc == 1 ? delete_up_to(chain, strtoull(last, NULL, 10), err) : rc;
}

static int execute(struct chain *chain, const struct request *request, const char *before,
                   const char *reason, char **result, struct error *err)
{
    char note[NOTE_BYTES + 1];
    long long deleted;
    json_t *answer;

    snprintf(note, sizeof(note), "pruned what is from before %s UTC, by %s: %s", before,
             request->asker, reason);
    if (check(chain->db, before, reason, err) != 0 || seal(chain, before, note, err) != 0 ||
        (deleted = delete_rows(chain, err)) < 0)
        return -1;
    log_note("audit log: %lld rows up to id %llu were pruned for %s", deleted,
             (ull)chain->pruned_to, request->asker);
    answer = json_pack("{s:I,s:I,s:I}", "rows", (json_int_t)deleted, "pruned_to",
                       (json_int_t)chain->pruned_to, "seal", (json_int_t)chain->seal_id);
    *result = answer ? json_write(answer, JSON_COMPACT) : NULL;
    json_decref(answer);
    return *result ? 0 : error_set(err, ERROR_MEMORY, "out of memory");
}

int prune_execute(const struct request *request, const char *before, const char *reason,
                  char **result, struct error *err)
{
    struct chain *chain = calloc(1, sizeof(*chain));
    struct db *db = chain ? db_open(err) : NULL;
    int rc = -1;

    if (!chain)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (db && chain_init(chain, db) != 0)
        error_set(err, ERROR_MEMORY, "out of memory");
    else if (db)
        rc = execute(chain, request, before, reason, result, err);
    chain_deinit(chain);
    db_close(db);
    free(chain);
    return rc;
}
