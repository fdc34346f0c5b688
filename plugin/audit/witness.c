/* witness.c - see witness.h. LOCKING: the statics are guarded by witness_lock, held for a copy. */
#include "witness.h"

#include <pthread.h>

#include "store.h"

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

    pthread_mutex_lock(&witness_lock);
    *seal_id = last_id;
    hash = last_hash;
    pthread_mutex_unlock(&witness_lock);
    return *seal_id == 0 ? 1 : store_has_seal(db, *seal_id, &hash, err);
}
