/*
  lease.h - of several servers on one data set only one does a piece of work: a row of
  purser.leases, which expires unless it is renewed.

  One that ends later than LEASE_AHEAD_SECONDS from now was taken under a clock that was wrong, by a
  server that may be gone: it counts as expired, too.

  A lease belongs to one thread at a time.
*/
#ifndef PURSER_LEASE_H
#define PURSER_LEASE_H

#include <stdint.h>

#include "db.h"
#include "names.h"

#define LEASE_SECONDS 60
#define LEASE_AHEAD_SECONDS 600 /* with what clocks may differ by */

/* Who this server is, as an expression. Machines that were copied may have one name, and one place
   for the data: then their number, address or network card tells them apart. Not each server has
   each of these variables. */
#define LEASE_OWNER_SQL                                                                            \
    "CONCAT(LEFT(@@hostname, 60), ':', LEFT(SHA2(CONCAT_WS(':', @@hostname, @@port, @@socket,"     \
    " @@datadir, @@server_id, (SELECT GROUP_CONCAT(VARIABLE_VALUE ORDER BY VARIABLE_NAME) FROM"    \
    " information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME IN"                                  \
    " ('SERVER_UID', 'WSREP_NODE_ADDRESS', 'WSREP_NODE_NAME'))), 256), 32))"

struct lease {
    char name[10 + GATEWAY_NAME_SIZE]; /* as "reconcile:square" */
    char owner[129];                   /* this server */
    int64_t renewed_ms;                /* monotonic; 0: not held, as far as we know */
};

/** Say who this server is. @param name  at most 96 characters @retval 0 or -1 with err */
int lease_init(struct lease *lease, struct db *db, const char *name, struct error *err);

/** Take it or renew it. @param[out] holder  who has it; may be NULL
    @retval 1 it is ours @retval 0 another server has it @retval -1 err */
int lease_try(struct lease *lease, struct db *db, char *holder, size_t size, struct error *err);

/** Renew it when that is due. @retval as lease_try */
int lease_keep(struct lease *lease, struct db *db, char *holder, size_t size, struct error *err);

/** This server was a replica and is the primary now: what others hold will never be renewed, and is
    taken away. Only where nobody else writes here (replica.h). @return how many, or -1 with err */
long long lease_forget_others(struct db *db, struct error *err);

/** In a transaction: renew it, so that the transaction cannot be committed once another server has
    taken the lease. @retval 1 it is ours @retval 0 it is not any more @retval -1 err */
int lease_fence(const struct lease *lease, struct db *db, struct error *err);

/** Give it back, where it is held. Failing leaves it to expire. */
void lease_release(struct lease *lease, struct db *db);

#endif
