/* rate_tables.c - see rate_tables.h. The statics belong to the scheduler's thread. */
#include "rate_tables.h"

#include <string.h>

#include "../udf/ratelimit/service.h"
#include "log.h"

/* What the log was told last: tables that make no sense are read every few seconds. */
static char complained[sizeof(((struct error *)0)->text)];

/* @param err  of no text: all is well again */
static void complain(const struct error *err)
{
    if (*err->text && strcmp(complained, err->text) != 0)
        log_error("rate_limit_policies, rate_limit_lists: %s; those before stay in force",
                  err->text);
    memcpy(complained, err->text, sizeof(complained));
}

static void put_in_force(const char *json, size_t len)
{
    struct error err = {0};

    rate_service_load_policies(json, len, &err);
    complain(&err);
}

int rate_tables_reload(struct db *db, struct error *err)
{
    struct rows *rows = db_query(db, err, "SELECT purser.rate_limits_json()");
    struct row row;
    int rc = rows ? rows_next(rows, &row, err) : -1;

    if (rc == 1 && row.field[0])
        put_in_force(row.field[0], row.length[0]);
    rows_close(rows);
    if (rc == -1 && err->code != ERROR_STOPPED && err->code != ERROR_GONE)
        complain(err);
    return rc == -1 ? -1 : 0;
}
