/*
  api_nonce.c - see api_nonce.h.

  DESIGN: entries in an array, in chains by their hash. The places that are free are a chain, too. A
  hand goes over the chains, a few with each call, and takes out what is over; when no place is
  free it goes on for longer, but never over all of them in one call.

  LOCKING: lock guards everything in struct nonces. The hash is made before.
*/
#include "api_nonce.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

#define HASH 16 /* bytes */
#define STEPS 8
#define STEPS_WHEN_FULL 4096
#define NONE UINT32_MAX

struct entry {
    unsigned char hash[HASH];
    int64_t until;
    uint32_t next;
};

struct nonces {
    pthread_mutex_t lock;
    unsigned capacity;
    unsigned used; /* places that were ever used: beyond them all are free */
    uint32_t free; /* the first place that is free again */
    unsigned hand;
    struct entry *entries;
    uint32_t *heads; /* capacity of them; a place and 1, 0: none */
};

struct nonces *nonces_create(unsigned capacity)
{
    struct nonces *n = calloc(1, sizeof(*n));

    if (!n)
        return NULL;
    pthread_mutex_init(&n->lock, NULL);
    n->capacity = capacity;
    n->free = NONE;
    n->entries = calloc(capacity, sizeof(*n->entries));
    n->heads = calloc(capacity, sizeof(*n->heads));
    if (n->entries && n->heads)
        return n;
    nonces_destroy(n);
    return NULL;
}

void nonces_destroy(struct nonces *n)
{
    if (!n)
        return;
    pthread_mutex_destroy(&n->lock);
    free(n->entries);
    free(n->heads);
    free(n);
}

static void clean_chain(struct nonces *n, uint32_t *link, int64_t now)
{
    while (*link) {
        uint32_t place = *link - 1;
        struct entry *e = &n->entries[place];

        if (e->until >= now) {
            link = &e->next;
            continue;
        }
        *link = e->next;
        e->next = n->free;
        n->free = place;
    }
}

static void clean(struct nonces *n, unsigned steps, int64_t now)
{
    for (; steps > 0; steps--) {
        clean_chain(n, &n->heads[n->hand], now);
        n->hand = (n->hand + 1) % n->capacity;
    }
}

static uint32_t take_place(struct nonces *n, int64_t now)
{
    uint32_t place;

    clean(n, STEPS, now);
    if (n->free == NONE && n->used < n->capacity)
        return n->used++;
    if (n->free == NONE)
        clean(n, STEPS_WHEN_FULL, now);
    place = n->free;
    if (place != NONE)
        n->free = n->entries[place].next;
    return place;
}

static uint32_t *head_of(struct nonces *n, const unsigned char *hash)
{
    uint64_t number;

    memcpy(&number, hash, sizeof(number));
    return &n->heads[number % n->capacity];
}

/* @return NULL: it is not there; one that is over may be */
static struct entry *find(struct nonces *n, const unsigned char *hash)
{
    uint32_t at;

    for (at = *head_of(n, hash); at; at = n->entries[at - 1].next)
        if (memcmp(n->entries[at - 1].hash, hash, HASH) == 0)
            return &n->entries[at - 1];
    return NULL;
}

static enum nonce_verdict use(struct nonces *n, const unsigned char *hash, int64_t until,
                              int64_t now)
{
    struct entry *e = find(n, hash);
    uint32_t place;

    if (e && e->until >= now)
        return NONCE_USED;
    if (e) {
        e->until = until;
        return NONCE_NEW;
    }
    place = take_place(n, now);
    if (place == NONE)
        return NONCE_NO_ROOM;
    e = &n->entries[place];
    memcpy(e->hash, hash, HASH);
    e->until = until;
    e->next = *head_of(n, hash);
    *head_of(n, hash) = place + 1;
    return NONCE_NEW;
}

static int hash_of(const char *key, const char *nonce, unsigned char hash[CRYPTO_SHA256_SIZE])
{
    const struct crypto_piece pieces[] = {{key, strlen(key) + 1}, {nonce, strlen(nonce)}};

    return crypto_sha256(pieces, 2, hash);
}

enum nonce_verdict nonces_use(struct nonces *n, const char *key, const char *nonce, int64_t until,
                              int64_t now)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    enum nonce_verdict verdict;

    if (hash_of(key, nonce, hash) != 0)
        return NONCE_NO_ROOM;
    pthread_mutex_lock(&n->lock);
    verdict = use(n, hash, until, now);
    pthread_mutex_unlock(&n->lock);
    return verdict;
}

bool nonces_used(struct nonces *n, const char *key, const char *nonce, int64_t now)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    const struct entry *e;
    bool used;

    if (hash_of(key, nonce, hash) != 0)
        return false; /* nonces_use says so */
    pthread_mutex_lock(&n->lock);
    e = find(n, hash);
    used = e && e->until >= now;
    pthread_mutex_unlock(&n->lock);
    return used;
}
