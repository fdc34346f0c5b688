/*
  cluster.h - Galera: is this server a node of a cluster, and may it work there now?
*/
#ifndef PURSER_CLUSTER_H
#define PURSER_CLUSTER_H

#include <stdbool.h>

#include "db.h"

/** Is a Galera library loaded, so that other servers may write to the same data?
    @retval 1 yes @retval 0 no @retval -1 err */
int cluster_is_node(struct db *db, struct error *err);

/** Of a node: may it work? Not while it is cut off from the majority or still receives the data,
   for then the server refuses statements; and not with wsrep_on=OFF, for the others would not get
   what it writes.
    @param[out] why  ERROR_BUSY with the reason where it may not
    @retval 1 yes @retval 0 no @retval -1 err */
int cluster_may_work(struct db *db, struct error *why, struct error *err);

#endif
