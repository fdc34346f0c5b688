/* watch.c - see watch.h. */
#include "watch.h"

#include <string.h>

#include "../../udf/json.h"
#include "../log.h"

#define STALE_TOLD 60

/* By their starts, to the second, which the server tells in the zone of the machine, whatever that
   of the session is. A connection would tell nothing: that of a prepared XA transaction may be
   gone, and another one commits it.
   @param[out] fresh  the list is of after that moment */
static json_t *read_list(struct db *db, int64_t after, bool *fresh, struct error *err)
{
    struct rows *rows = db_query(
        db, err,
        "SELECT DISTINCT COALESCE(j.started, ''), COALESCE(j.connection = CONNECTION_ID(), 0) AS"
        " own, j.started > CONVERT_TZ(%td, '+00:00', 'SYSTEM') FROM"
        " JSON_TABLE(purser.audit_transactions(), '$[*]' COLUMNS"
        " (connection BIGINT UNSIGNED PATH '$[0]', started VARCHAR(32) PATH '$[1]')) AS j",
        after);
    json_t *open = rows ? json_object() : NULL;
    struct row row;
    int rc = 0;

    *fresh = false;
    while (open && (rc = rows_next(rows, &row, err)) == 1) {
        if (strcmp(row.field[1], "0") == 0)
            json_put(&open, row.field[0], json_true());
        else
            *fresh = *fresh || (row.field[2] && strcmp(row.field[2], "1") == 0);
    }
    rows_close(rows);
    if (rows && !open)
        error_set(err, ERROR_MEMORY, "out of memory");
    if (rc < 0) {
        json_decref(open);
        open = NULL;
    }
    return open;
}

static json_t *read_open(struct db *db, int64_t after, bool *fresh, struct error *err)
{
    json_t *open;

    if (db_exec(db, err, "START TRANSACTION WITH CONSISTENT SNAPSHOT") < 0)
        return NULL;
    open = read_list(db, after, fresh, err);
    if (db_exec(db, open ? err : NULL, "COMMIT") < 0) {
        json_decref(open);
        open = NULL;
    }
    return open;
}

int watch_begin(struct watch *watch, struct db *db, int64_t after, struct error *err)
{
    bool fresh = false;

    watch_end(watch);
    watch->open = read_open(db, after, &fresh, err);
    if (!watch->open)
        return -1;
    watch->stale = fresh ? 0 : watch->stale + 1;
    if (watch->stale == STALE_TOLD)
        log_warning("audit log: which transactions are open cannot be seen, because somebody reads"
                    " information_schema.INNODB_TRX all the time: rows are sealed, but the log is"
                    " not closed behind them");
    if (!fresh)
        watch_end(watch);
    return fresh ? 0 : 1;
}

int watch_look(struct watch *watch, struct db *db, struct error *err)
{
    bool fresh; /* it is later than the first one in any case */
    json_t *now = read_open(db, 0, &fresh, err), *value;
    const char *key;
    void *next;

    if (!now)
        return -1;
    json_object_foreach_safe(watch->open, next, key, value)
    {
        if (!json_object_get(now, key))
            json_object_del(watch->open, key);
    }
    json_decref(now);
    return watch_is_empty(watch);
}

bool watch_is_empty(const struct watch *watch)
{
    return json_object_size(watch->open) == 0;
}

void watch_end(struct watch *watch)
{
    json_decref(watch->open);
    watch->open = NULL;
}
