/* replica.c - see replica.h. */
#include "replica.h"

#include <stdlib.h>

#include "cluster.h"

enum replica_place replica_place(struct db *db, struct error *err)
{
    char value[16];

    /* wsrep_on is not there in each build; a status that is not there is no thread that runs */
    if (db_value(db, value, sizeof(value), err,
                 "SELECT CASE WHEN EXISTS (SELECT 1 FROM information_schema.GLOBAL_VARIABLES"
                 " WHERE VARIABLE_NAME = 'WSREP_ON' AND VARIABLE_VALUE = 'ON') THEN 3"
                 " WHEN EXISTS (SELECT 1 FROM information_schema.GLOBAL_STATUS"
                 " WHERE VARIABLE_NAME = 'SLAVES_RUNNING' AND VARIABLE_VALUE > 0) THEN 2"
                 " ELSE 1 END") != 1)
        return REPLICA_UNKNOWN;
    switch (strtol(value, NULL, 10)) {
    case 1:
        return REPLICA_ALONE;
    case 2:
        return REPLICA_FOLLOWS;
    default:
        return REPLICA_IN_CLUSTER;
    }
}

int replica_may_receive(struct db *db, struct error *err)
{
    int rc = cluster_is_node(db, err);
    struct error why = {0};
    struct rows *rows;
    struct row row;

    if (rc != 0)
        return rc;
    rows = db_query(db, &why, "SHOW ALL SLAVES STATUS");
    if (!rows && why.code == ERROR_SQL) /* SLAVE MONITOR was taken away: nobody knows */
        return 1;
    if (!rows)
        return error_set(err, why.code, "%s", why.text);
    rc = rows_next(rows, &row, err);
    rows_close(rows);
    return rc;
}
