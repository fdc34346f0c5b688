/*
  replica.h - whether others write into this server's data: a primary that it replicates from, the
  nodes of its cluster.

  Any thread; the connection is the caller's.
*/
#ifndef PURSER_REPLICA_H
#define PURSER_REPLICA_H

#include "db.h"

enum replica_place {
    REPLICA_UNKNOWN,   /* could not be asked */
    REPLICA_ALONE,     /* nobody else writes here: no replica, or one that was promoted */
    REPLICA_FOLLOWS,   /* it applies what a primary has written: an SQL thread runs */
    REPLICA_IN_CLUSTER /* a node of a Galera cluster, whatever else it does */
};

/** Ask the server. @param db  borrowed @param err  may be NULL @return REPLICA_UNKNOWN with err */
enum replica_place replica_place(struct db *db, struct error *err);

/** May rows come here that another server has committed before, and that are not here yet? So it is
    on a node of a cluster, and where there is a connection to a primary, one that stands still too.
    @retval 1 yes, or it is not known @retval 0 no @retval -1 err */
int replica_may_receive(struct db *db, struct error *err);

#endif
