/* service.c - see service.h. `limiter` is written once, under `making`; all else says its lock. */
#include "service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "siphash.h"

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(struct rate_limiter *) limiter;
static size_t memory = RATE_MEMORY_DEFAULT; /* guarded by making */
static uint8_t secret[16];                  /* guarded by making */
static bool secret_is_given;                /* guarded by making */
static bool held;                           /* guarded by making */
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;

/* Who changes the policies goes first: readers come without an end, and do not nest. */
static pthread_rwlock_t policies_lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static struct rate_policies *policies; /* guarded by policies_lock */
static struct sip128 policies_text;    /* its hash; guarded by policies_lock */
static atomic_bool anybody_listed;

static struct rate_limiter *create(struct error *err)
{
    if (!secret_is_given && getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret)) {
        error_set(err, ERROR_CONFIG, "the system gives no random numbers");
        return NULL;
    }
    return rate_limiter_create(memory, secret, err);
}

static void wait_while_held(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += RATE_PATIENCE_MS / 1000;
    while (held && !atomic_load(&limiter))
        if (pthread_cond_timedwait(&released, &making, &until) != 0)
            break;
}

void rate_service_hold(bool hold)
{
    pthread_mutex_lock(&making);
    held = hold;
    pthread_cond_broadcast(&released);
    pthread_mutex_unlock(&making);
}

struct rate_limiter *rate_service_create(struct error *err)
{
    struct rate_limiter *l;

    pthread_mutex_lock(&making);
    l = create(err);
    pthread_mutex_unlock(&making);
    return l;
}

bool rate_service_publish(struct rate_limiter *l)
{
    bool first;

    pthread_mutex_lock(&making);
    first = !atomic_load(&limiter);
    if (first)
        atomic_store(&limiter, l);
    pthread_cond_broadcast(&released);
    pthread_mutex_unlock(&making);
    return first;
}

struct rate_limiter *rate_service(struct error *err)
{
    struct rate_limiter *l = atomic_load_explicit(&limiter, memory_order_acquire);

    if (l)
        return l;
    pthread_mutex_lock(&making);
    wait_while_held();
    if (!atomic_load(&limiter))
        atomic_store(&limiter, create(err));
    pthread_mutex_unlock(&making);
    return atomic_load(&limiter);
}

struct rate_limiter *rate_service_if_any(void)
{
    return atomic_load(&limiter);
}

bool rate_service_prepare(size_t bytes, const uint8_t *given)
{
    bool early;

    pthread_mutex_lock(&making);
    early = !atomic_load(&limiter);
    if (early) {
        memory = bytes;
        if (given)
            memcpy(secret, given, sizeof(secret));
        secret_is_given = secret_is_given || given;
    }
    pthread_mutex_unlock(&making);
    return early;
}

int rate_service_rekey(const uint8_t wanted[16], struct error *err)
{
    struct rate_limiter *l = rate_service(err);
    uint8_t has[16];

    if (!l)
        return -1;
    rate_limiter_secret(l, has);
    if (memcmp(has, wanted, sizeof(has)) == 0)
        return 0;
    rate_limiter_rekey(l, wanted);
    return 1;
}

size_t rate_service_memory(void)
{
    size_t bytes;

    pthread_mutex_lock(&making);
    bytes = memory;
    pthread_mutex_unlock(&making);
    return bytes;
}

int64_t rate_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return RATE_CLOCK_BASE + (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_in_force(struct sip128 text)
{
    bool same;

    pthread_rwlock_rdlock(&policies_lock);
    same = policies && policies_text.lo == text.lo && policies_text.hi == text.hi;
    pthread_rwlock_unlock(&policies_lock);
    return same;
}

int rate_service_load_policies(const char *json, size_t len, struct error *err)
{
    struct sip128 text = siphash13((struct sip128){1, 2}, json, len);
    struct rate_policies *after, *before;

    if (is_in_force(text))
        return 0;
    after = rate_policies_parse(json, len, err);
    if (!after)
        return -1;
    pthread_rwlock_wrlock(&policies_lock);
    before = policies;
    policies_text = text;
    rate_policies_keep_counters(after, before);
    policies = after;
    atomic_store(&anybody_listed, rate_policies_lists_anybody(after));
    pthread_rwlock_unlock(&policies_lock);
    rate_policies_destroy(before);
    return 0;
}

struct rate_policies *rate_service_policies(void)
{
    pthread_rwlock_rdlock(&policies_lock);
    return policies;
}

void rate_service_release(void)
{
    pthread_rwlock_unlock(&policies_lock);
}

enum rate_listed rate_service_listed(const char *identifier, size_t len)
{
    enum rate_listed list;

    if (!atomic_load_explicit(&anybody_listed, memory_order_relaxed))
        return RATE_NOT_LISTED;
    list = rate_policies_listed(rate_service_policies(), identifier, len);
    rate_service_release();
    return list;
}
