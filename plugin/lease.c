/* lease.c - see lease.h. */
#include "lease.h"

#include <stdio.h>
#include <string.h>

#include "stop.h"

#define RENEW_MS 15000

int lease_init(struct lease *lease, struct db *db, const char *name, struct error *err)
{
    memset(lease, 0, sizeof(*lease));
    snprintf(lease->name, sizeof(lease->name), "%s", name);
    return db_value(db, lease->owner, sizeof(lease->owner), err, "SELECT " LEASE_OWNER_SQL) == -1
               ? -1
               : 0;
}

/* One statement takes the lease, renews it, or leaves it with its holder. */
int lease_try(struct lease *lease, struct db *db, char *holder, size_t size, struct error *err)
{
    char who[sizeof(lease->owner)] = "";

    if (db_exec(db, err,
                "INSERT INTO purser.leases (name, owner, expires_at) VALUES"
                " (%s, %s, UTC_TIMESTAMP(6) + INTERVAL %d SECOND)"
                " ON DUPLICATE KEY UPDATE"
                " owner = IF(expires_at BETWEEN UTC_TIMESTAMP(6) AND"
                " UTC_TIMESTAMP(6) + INTERVAL %d SECOND, owner, VALUES(owner)),"
                " expires_at = IF(owner = VALUES(owner), VALUES(expires_at), expires_at)",
                lease->name, lease->owner, LEASE_SECONDS, LEASE_AHEAD_SECONDS) < 0 ||
        db_value(db, who, sizeof(who), err, "SELECT owner FROM purser.leases WHERE name = %s",
                 lease->name) == -1)
        return -1;
    if (holder)
        snprintf(holder, size, "%s", who);
    if (strcmp(who, lease->owner) != 0) {
        lease->renewed_ms = 0;
        return 0;
    }
    lease->renewed_ms = clock_ms();
    return 1;
}

int lease_keep(struct lease *lease, struct db *db, char *holder, size_t size, struct error *err)
{
    if (lease->renewed_ms && clock_ms() - lease->renewed_ms < RENEW_MS)
        return 1;
    return lease_try(lease, db, holder, size, err);
}

long long lease_forget_others(struct db *db, struct error *err)
{
    struct lease mine;

    if (lease_init(&mine, db, "", err) != 0)
        return -1;
    return db_exec(db, err, "DELETE FROM purser.leases WHERE owner <> %s", mine.owner);
}

/* A write: what a transaction has only read, Galera does not certify. */
int lease_fence(const struct lease *lease, struct db *db, struct error *err)
{
    long long changed = db_exec(db, err,
                                "UPDATE purser.leases SET expires_at = UTC_TIMESTAMP(6) +"
                                " INTERVAL %d SECOND WHERE name = %s AND owner = %s",
                                LEASE_SECONDS, lease->name, lease->owner);

    return changed < 0 ? -1 : changed > 0;
}

void lease_release(struct lease *lease, struct db *db)
{
    if (db && lease->renewed_ms)
        db_exec_leaving(db, "DELETE FROM purser.leases WHERE name = %s AND owner = %s", lease->name,
                        lease->owner);
    lease->renewed_ms = 0;
}
