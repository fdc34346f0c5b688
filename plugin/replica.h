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

#endif
