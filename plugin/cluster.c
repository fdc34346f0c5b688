/* cluster.c - see cluster.h. A node that is not ready answers these statements all the same. */
#include "cluster.h"

#include <stdio.h>
#include <string.h>

int cluster_is_node(struct db *db, struct error *err)
{
    char one[4];

    /* Not by name: a server without this code has no such variable. */
    return db_value(db, one, sizeof(one), err,
                    "SELECT 1 FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME ="
                    " 'WSREP_PROVIDER' AND VARIABLE_VALUE NOT IN ('', 'none')");
}

static void take(const struct row *row, const char *name, char *value, size_t size)
{
    if (strcmp(row->field[0], name) == 0 && row->field[1])
        snprintf(value, size, "%s", row->field[1]);
}

int cluster_may_work(struct db *db, struct error *why, struct error *err)
{
    char on[8] = "", ready[8] = "", rejects[16] = "NONE", status[32] = "?", state[64] = "?";
    struct rows *rows = db_query(
        db, err,
        "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE"
        " VARIABLE_NAME IN ('WSREP_READY', 'WSREP_CLUSTER_STATUS', 'WSREP_LOCAL_STATE_COMMENT')"
        " UNION ALL SELECT VARIABLE_NAME, VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES"
        " WHERE VARIABLE_NAME IN ('WSREP_ON', 'WSREP_REJECT_QUERIES')");
    struct row row;
    int rc;

    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1) {
        take(&row, "WSREP_ON", on, sizeof(on));
        take(&row, "WSREP_REJECT_QUERIES", rejects, sizeof(rejects));
        take(&row, "WSREP_READY", ready, sizeof(ready));
        take(&row, "WSREP_CLUSTER_STATUS", status, sizeof(status));
        take(&row, "WSREP_LOCAL_STATE_COMMENT", state, sizeof(state));
    }
    rows_close(rows);
    if (rc == -1)
        return -1;
    if (strcmp(on, "OFF") == 0)
        error_set(why, ERROR_BUSY,
                  "wsrep_on is OFF on this node: what it writes would not reach the others");
    else if (strcmp(rejects, "NONE") != 0)
        error_set(why, ERROR_BUSY, "wsrep_reject_queries is %s on this node", rejects);
    else if (strcmp(ready, "ON") != 0)
        error_set(why, ERROR_BUSY,
                  "this node of the cluster is not ready (wsrep_cluster_status %s, state %s): it is"
                  " cut off from the majority, receives its data, or gives them to another",
                  status, state);
    else
        return 1;
    return 0;
}
