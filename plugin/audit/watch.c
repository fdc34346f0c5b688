/* watch.c - see watch.h. */
#include "watch.h"

#include "../../udf/json.h"

/* By their starts, to the second. A connection would tell nothing: that of a prepared XA
   transaction may be gone, and another one commits it. */
static json_t *read_open(struct db *db, struct error *err)
{
    struct rows *rows = db_query(db, err,
                                 "SELECT DISTINCT COALESCE(j.started, '')"
                                 " FROM JSON_TABLE(purser.audit_transactions(), '$[*]' COLUMNS"
                                 " (started VARCHAR(32) PATH '$[1]')) AS j");
    json_t *open = rows ? json_object() : NULL;
    struct row row;
    int rc = 0;

    while (open && (rc = rows_next(rows, &row, err)) == 1)
        json_object_set_new(open, row.field[0] ? row.field[0] : "", json_true());
    rows_close(rows);
    if (rows && !open)
        error_set(err, ERROR_MEMORY, "out of memory");
    if (rc < 0) {
        json_decref(open);
        open = NULL;
    }
    return open;
}

int watch_begin(struct watch *watch, struct db *db, struct error *err)
{
    watch_end(watch);
    watch->open = read_open(db, err);
    return watch->open ? 0 : -1;
}

int watch_look(struct watch *watch, struct db *db, struct error *err)
{
    json_t *now = read_open(db, err), *value;
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
