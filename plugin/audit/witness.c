/* witness.c - see witness.h. LOCKING: the statics are guarded by witness_lock, held for a copy. */
#include "witness.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t witness_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_id;
static struct merkle_hash last_hash;

void witness_reset(void)
{
    pthread_mutex_lock(&witness_lock);
    last_id = 0;
    pthread_mutex_unlock(&witness_lock);
}

void witness_see(uint64_t seal_id, const struct merkle_hash *hash)
{
    pthread_mutex_lock(&witness_lock);
    if (seal_id >= last_id) {
        last_id = seal_id;
        last_hash = *hash;
    }
    pthread_mutex_unlock(&witness_lock);
}

int witness_confirms(struct db *db, uint64_t *seal_id, struct error *err)
{
    struct merkle_hash hash;
    struct rows *rows;
    struct row row;
    int rc;

    pthread_mutex_lock(&witness_lock);
    *seal_id = last_id;
    hash = last_hash;
    pthread_mutex_unlock(&witness_lock);
    if (*seal_id == 0)
        return 1;
    rows = db_query(db, err, "SELECT hash FROM purser.audit_seals WHERE id = %llu",
                    (unsigned long long)*seal_id);
    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1)
        rc = row.field[0] && row.length[0] == sizeof(hash) &&
             memcmp(row.field[0], &hash, sizeof(hash)) == 0;
    rows_close(rows);
    return rc;
}
