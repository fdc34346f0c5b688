/* limits.c - see limits.h. The statics belong to the scheduler's thread. */
#include "limits.h"

#include "../udf/ratelimit/service.h"
#include "../udf/ratelimit/siphash.h"
#include "log.h"

static struct sip128 seen; /* of the text read last: only a change is parsed */

static void put_in_force(const char *json, size_t len)
{
    struct sip128 now = siphash13((struct sip128){1, 2}, json, len);
    struct error err = {0};

    if (now.lo == seen.lo && now.hi == seen.hi)
        return;
    seen = now;
    if (rate_service_load_policies(json, len, &err) != 0)
        log_error("rate_limit_policies, rate_limit_lists: %s; those before stay in force",
                  err.text);
}

int limits_reload(struct db *db, struct error *err)
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
