/* limiter.c - see limiter.h. */
#include "limiter.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shape.h"
#include "siphash.h"

#define SHARDS_MAX 1024u
#define SHARD_BYTES (512u << 10) /* as many shards as have so much each */

struct rate_limiter {
    struct rate_shard *shards; /* owned */
    unsigned shard_count;      /* a power of two */
    uint8_t *memory;           /* owned: mapped */
    size_t bytes;
    _Atomic uint64_t secret[2]; /* changed under all who hash: who reads half of each has a key that
                                   nobody has, of a limiter that is just emptied */
};

static void set_secret(struct rate_limiter *l, const uint8_t secret[16])
{
    uint64_t halves[2];

    memcpy(halves, secret, sizeof(halves));
    atomic_store_explicit(&l->secret[0], halves[0], memory_order_relaxed);
    atomic_store_explicit(&l->secret[1], halves[1], memory_order_relaxed);
}

static struct sip128 secret_of(const struct rate_limiter *l)
{
    return (struct sip128){atomic_load_explicit(&l->secret[0], memory_order_relaxed),
                           atomic_load_explicit(&l->secret[1], memory_order_relaxed)};
}

struct rate_limiter *rate_limiter_create(size_t bytes, const uint8_t secret[16], struct error *err)
{
    struct rate_limiter *l = calloc(1, sizeof(*l));
    size_t each;
    unsigned i;
    int rc;

    if (!l)
        goto no_memory;
    l->bytes = (bytes < RATE_MEMORY_MIN ? RATE_MEMORY_MIN : bytes) & ~(size_t)4095;
    set_secret(l, secret);
    for (l->shard_count = 1;
         l->shard_count < SHARDS_MAX && l->bytes / (l->shard_count * 2) >= SHARD_BYTES;)
        l->shard_count *= 2;
    l->shards = aligned_alloc(64, l->shard_count * sizeof(*l->shards));
    l->memory = mmap(NULL, l->bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!l->shards || l->memory == MAP_FAILED)
        goto no_memory;
    each = l->bytes / l->shard_count & ~(size_t)4095;
    for (i = 0, rc = 0; i < l->shard_count; i++)
        rc |= rate_shard_init(&l->shards[i], l->memory + i * each, each);
    if (rc == 0)
        return l;
    rate_limiter_destroy(l);
    l = NULL;
no_memory:
    error_set(err, ERROR_MEMORY, "no memory for %zu bytes of rate limits", bytes);
    if (l && l->memory && l->memory != MAP_FAILED)
        munmap(l->memory, l->bytes);
    if (l)
        free(l->shards);
    free(l);
    return NULL;
}

void rate_limiter_destroy(struct rate_limiter *l)
{
    unsigned i;

    if (!l)
        return;
    for (i = 0; i < l->shard_count; i++)
        rate_shard_deinit(&l->shards[i]);
    munmap(l->memory, l->bytes);
    free(l->shards);
    free(l);
}

/* Its halves are the keys of a window and of a token bucket. */
static struct sip128 hash_of(const struct rate_limiter *l, const struct rate_subject *subject)
{
    return siphash13_of_two(secret_of(l), subject->identifier, subject->identifier_len,
                            subject->endpoint, subject->endpoint_len);
}

static uint64_t window_key(const struct rate_limiter *l, const struct rate_subject *subject)
{
    return hash_of(l, subject).lo & ~(uint64_t)RATE_KEY_TOKENS;
}

/* A token bucket of the same name is another key. */
static uint64_t tokens_key(const struct rate_limiter *l, const struct rate_subject *subject)
{
    return hash_of(l, subject).hi | RATE_KEY_TOKENS;
}

struct rate_shard *rate_limiter_shard_of(struct rate_limiter *l, uint64_t key)
{
    return &l->shards[(key >> 48) & (l->shard_count - 1)];
}

static struct rate_shard *lock_shard(struct rate_limiter *l, uint64_t key)
{
    struct rate_shard *shard = rate_limiter_shard_of(l, key);

    pthread_mutex_lock(&shard->lock);
    return shard;
}

/* A window as it would be under a rule; the record itself stays as it is. */
struct view {
    struct rate_record record;
    union rate_body body;
};

static void look(struct rate_shard *shard, const struct rate_record *record,
                 const struct rate_rule *rule, int64_t now, struct view *view)
{
    struct window_content content;
    bool exact;

    view->record = *record;
    memcpy(&view->body, rate_store_body(shard, record), rate_body_bytes(record->size));
    if (window_fits(record, rule, now))
        return;
    now = now > record->moment ? now : record->moment;
    window_export(&view->record, &view->body, now, &content);
    view->record.size = rate_shape_of(&content, rule, &exact);
    window_init(&view->record, &view->body, rule, exact);
    window_import(&view->record, &view->body, &content, now);
}

static bool has_room(struct rate_record *record, union rate_body *body,
                     const struct rate_rule *rule, uint32_t cost, int64_t now)
{
    return (uint64_t)window_used(record, body, now) + (cost ? cost : 1) <= rule->max;
}

/* Would the rule admit the cost? Nothing is counted, and a record of a longer window stays as it
   is: the shorter one would make it forget. @param[out] record, made where there was none
   @param[out] fits  can it count under the rule? */
static bool judge(struct rate_shard *shard, uint64_t key, const struct rate_rule *rule,
                  uint32_t cost, int64_t now, struct rate_record **record, bool *fits)
{
    struct view view;

    *record = rate_store_find(shard, key);
    *fits = *record && window_fits(*record, rule, now);
    if (!*fits && (!*record || rule->window_s >= (*record)->window_s)) {
        *record = rate_shape_prepare(shard, key, rule, now);
        *fits = true;
    }
    if (!*fits) {
        look(shard, *record, rule, now, &view);
        return has_room(&view.record, &view.body, rule, cost, now);
    }
    (*record)->max = rule->max;
    return has_room(*record, rate_store_body(shard, *record), rule, cost, now);
}

static void touch(struct rate_shard *shard, struct rate_record *record,
                  const struct rate_subject *subject)
{
    record->hits += record->hits < UINT32_MAX;
    if ((record->hits & (record->hits - 1)) == 0)
        rate_store_note_hot(shard, record, subject->identifier, subject->identifier_len,
                            subject->endpoint, subject->endpoint_len);
}

/* Count the answer. @return the answer that the application gets */
static bool settle(struct rate_shard *shard, bool allowed, bool shadow)
{
    if (allowed)
        shard->counters.allowed++;
    else if (shadow)
        shard->counters.shadow_denied++;
    else
        shard->counters.denied++;
    return allowed || shadow;
}

/* For the other nodes, where there are any. */
static void tell(struct rate_shard *shard, const struct rate_record *record, int64_t amount,
                 int64_t now)
{
    if (__builtin_expect(shard->changes.places != NULL, 0))
        rate_changes_count(&shard->changes, record, amount, now);
}

uint64_t rate_limiter_key(const struct rate_limiter *l, const struct rate_subject *subject)
{
    uint64_t key = window_key(l, subject);

    rate_store_prefetch(&l->shards[(key >> 48) & (l->shard_count - 1)], key);
    return key;
}

bool rate_limiter_take(struct rate_limiter *l, uint64_t key, const struct rate_subject *subject,
                       const struct rate_rule *rule, uint32_t cost, bool shadow, int64_t now)
{
    struct rate_shard *shard = lock_shard(l, key);
    struct rate_record *record;
    bool fits, allowed = judge(shard, key, rule, cost, now, &record, &fits);

    touch(shard, record, subject);
    if (allowed && cost > 0) {
        if (!fits) {
            record = rate_shape_prepare(shard, key, rule, now);
            window_used(record, rate_store_body(shard, record), now);
        }
        window_add(record, rate_store_body(shard, record), cost, now);
        tell(shard, record, cost, now);
    }
    allowed = settle(shard, allowed, shadow);
    pthread_mutex_unlock(&shard->lock);
    return allowed;
}

/* The shards of several keys, each once, in order. @return how many */
static int collect_shards(struct rate_limiter *l, const uint64_t *keys, int n,
                          struct rate_shard **shards)
{
    int i, j, k, count = 0;

    for (i = 0; i < n; i++) {
        struct rate_shard *shard = rate_limiter_shard_of(l, keys[i]);

        for (j = 0; j < count && shards[j] < shard; j++)
            ;
        if (j < count && shards[j] == shard)
            continue;
        for (k = count; k > j; k--)
            shards[k] = shards[k - 1];
        shards[j] = shard;
        count++;
    }
    return count;
}

bool rate_limiter_take_all(struct rate_limiter *l, struct rate_request *requests, int n,
                           int64_t now)
{
    struct rate_shard *shards[RATE_MULTI_MAX + 1], *shard;
    uint64_t keys[RATE_MULTI_MAX];
    struct rate_record *record;
    bool all = true, fits;
    int i, count;

    for (i = 0; i < n; i++)
        keys[i] = rate_limiter_key(l, &requests[i].subject);
    count = collect_shards(l, keys, n, shards);
    for (i = 0; i < count; i++)
        pthread_mutex_lock(&shards[i]->lock);
    for (i = 0; i < n; i++) {
        shard = rate_limiter_shard_of(l, keys[i]);
        requests[i].allowed =
            judge(shard, keys[i], &requests[i].rule, requests[i].cost, now, &record, &fits);
        touch(shard, record, &requests[i].subject);
        all = all && (requests[i].allowed || requests[i].shadow);
    }
    for (i = 0; i < n; i++) {
        shard = rate_limiter_shard_of(l, keys[i]);
        if (all || !requests[i].allowed)
            settle(shard, requests[i].allowed, requests[i].shadow);
        if (!all || !requests[i].allowed || requests[i].cost == 0)
            continue;
        /* Looked up again: making place for one may have taken another away. */
        record = rate_shape_prepare(shard, keys[i], &requests[i].rule, now);
        window_used(record, rate_store_body(shard, record), now);
        window_add(record, rate_store_body(shard, record), requests[i].cost, now);
        tell(shard, record, requests[i].cost, now);
    }
    for (i = count; i-- > 0;)
        pthread_mutex_unlock(&shards[i]->lock);
    return all;
}

void rate_limiter_follow(struct rate_limiter *l, const struct rate_request *request, bool all,
                         int64_t now)
{
    uint64_t key = window_key(l, &request->subject);
    struct rate_shard *shard = lock_shard(l, key);
    struct rate_record *record;
    bool fits, room = judge(shard, key, &request->rule, request->cost, now, &record, &fits);

    touch(shard, record, &request->subject);
    if (all || !request->allowed)
        settle(shard, request->allowed, request->shadow);
    if (all && request->allowed && request->cost > 0 && room) {
        record = fits ? record : rate_shape_prepare(shard, key, &request->rule, now);
        window_used(record, rate_store_body(shard, record), now);
        window_add(record, rate_store_body(shard, record), request->cost, now);
    }
    pthread_mutex_unlock(&shard->lock);
}

/* @param given  the answer, where it was given elsewhere */
static bool take_tokens(struct rate_limiter *l, const struct rate_subject *subject,
                        const struct gcra_rule *rule, uint32_t cost, const bool *given, int64_t now)
{
    uint64_t key = tokens_key(l, subject);
    struct rate_shard *shard = lock_shard(l, key);
    struct rate_record *record = rate_store_find(shard, key);
    bool allowed;

    if (!record) {
        record = rate_store_add(shard, key, RATE_TOKENS, now);
        gcra_init(record);
    }
    record->used_ms = (uint32_t)(now / 1000000);
    touch(shard, record, subject);
    allowed = (!given || *given) && gcra_take(record, rule, cost, now);
    if (!given && allowed && shard->changes.places)
        rate_changes_count(&shard->changes, record,
                           rate_change_tokens(record->current, record->window_s, cost), now);
    allowed = settle(shard, given ? *given : allowed, false);
    pthread_mutex_unlock(&shard->lock);
    return allowed;
}

bool rate_limiter_take_tokens(struct rate_limiter *l, const struct rate_subject *subject,
                              const struct gcra_rule *rule, uint32_t cost, int64_t now)
{
    return take_tokens(l, subject, rule, cost, NULL, now);
}

void rate_limiter_follow_tokens(struct rate_limiter *l, const struct rate_subject *subject,
                                const struct gcra_rule *rule, uint32_t cost, bool allowed,
                                int64_t now)
{
    take_tokens(l, subject, rule, cost, &allowed, now);
}

void rate_limiter_state(struct rate_limiter *l, const struct rate_subject *subject,
                        const struct rate_rule *rule, int64_t now, struct rate_state *state)
{
    uint64_t key = window_key(l, subject);
    struct rate_shard *shard = lock_shard(l, key);
    const struct rate_record *record = rate_store_find(shard, key);
    struct view view;

    memset(state, 0, sizeof(*state));
    if (record) {
        look(shard, record, rule, now, &view);
        state->known = true;
        state->used = window_used(&view.record, &view.body, now);
        state->reset_in = window_reset_in(&view.record, &view.body, now);
        state->retry_in = window_wait(&view.record, &view.body, rule->max, 1, now);
    }
    if (rule->max == 0)
        state->retry_in = -1;
    state->remaining = state->used < rule->max ? rule->max - state->used : 0;
    pthread_mutex_unlock(&shard->lock);
}

bool rate_limiter_refund(struct rate_limiter *l, const struct rate_subject *subject, uint32_t cost,
                         int64_t now)
{
    uint64_t keys[2] = {window_key(l, subject), tokens_key(l, subject)};
    bool known = false;
    int i;

    for (i = 0; i < 2; i++) {
        struct rate_shard *shard = lock_shard(l, keys[i]);
        struct rate_record *record = rate_store_find(shard, keys[i]);

        if (record && record->kind == RATE_GCRA)
            tell(shard, record, -gcra_refund(record, cost, now), now);
        else if (record)
            tell(shard, record,
                 -(int64_t)window_refund(record, rate_store_body(shard, record), cost, now), now);
        shard->counters.changes += record != NULL;
        known = known || record;
        pthread_mutex_unlock(&shard->lock);
    }
    return known;
}

bool rate_limiter_reset(struct rate_limiter *l, const struct rate_subject *subject, int64_t now)
{
    uint64_t keys[2] = {window_key(l, subject), tokens_key(l, subject)};
    bool known = false;
    int i;

    for (i = 0; i < 2; i++) {
        struct rate_shard *shard = lock_shard(l, keys[i]);
        struct rate_record *record = rate_store_find(shard, keys[i]);

        if (record)
            rate_store_remove(shard, record);
        if (shard->changes.places)
            rate_changes_reset(&shard->changes, keys[i], now);
        shard->counters.changes += record != NULL;
        known = known || record;
        pthread_mutex_unlock(&shard->lock);
    }
    return known;
}

void rate_limiter_totals(struct rate_limiter *l, struct rate_counters *counters, uint64_t *keys,
                         uint64_t *bytes)
{
    unsigned i;

    memset(counters, 0, sizeof(*counters));
    *keys = *bytes = 0;
    for (i = 0; i < l->shard_count; i++) {
        struct rate_shard *s = &l->shards[i];

        pthread_mutex_lock(&s->lock);
        *keys += s->keys;
        *bytes += s->bytes;
        counters->allowed += s->counters.allowed;
        counters->denied += s->counters.denied;
        counters->shadow_denied += s->counters.shadow_denied;
        counters->evicted_expired += s->counters.evicted_expired;
        counters->evicted_live += s->counters.evicted_live;
        counters->changes += s->counters.changes;
        pthread_mutex_unlock(&s->lock);
    }
}

unsigned rate_limiter_shards(const struct rate_limiter *l)
{
    return l->shard_count;
}

struct rate_shard *rate_limiter_shard(struct rate_limiter *l, unsigned index)
{
    return &l->shards[index];
}

void rate_limiter_rekey(struct rate_limiter *l, const uint8_t secret[16])
{
    unsigned i;

    set_secret(l, secret);
    for (i = 0; i < l->shard_count; i++) {
        pthread_mutex_lock(&l->shards[i].lock);
        rate_shard_clear(&l->shards[i]);
        if (l->shards[i].changes.places)
            rate_changes_clear(&l->shards[i].changes);
        l->shards[i].counters.changes++;
        pthread_mutex_unlock(&l->shards[i].lock);
    }
}

void rate_limiter_secret(const struct rate_limiter *l, uint8_t secret[16])
{
    struct sip128 halves = secret_of(l);

    memcpy(secret, &halves, sizeof(halves));
}
