/* rate_tables.c - see rate_tables.h. The statics belong to the scheduler's thread. */
#include "rate_tables.h"

#include <string.h>

#include "../udf/ratelimit/service.h"
#include "log.h"

/* What the log was told last: a table that makes no sense is read every few seconds. */
static char complained[sizeof(((struct error *)0)->text)];

static void put_in_force(const char *json, size_t len)
{
    struct error err = {0};

    if (rate_service_load_policies(json, len, &err) != 0 && strcmp(complained, err.text) != 0)
        log_error("rate_limit_policies, rate_limit_lists: %s; those before stay in force",
                  err.text);
    memcpy(complained, err.text, sizeof(complained));
}

int rate_tables_reload(struct db *db, struct error *err)
{
    struct rows *rows = db_query(db, err, "SELECT purser.rate_limits_json()");
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1 && row.field[0])
        put_in_force(row.field[0], row.length[0]);
    rows_close(rows);
    return rc == -1 ? -1 : 0;
}
