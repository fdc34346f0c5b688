/* share.c - see share.h. */
#include "share.h"

#include "shape.h"

#define SECOND 1000000000LL
#define PLACES_MIN 128u /* of a shard */

static uint32_t places_of(const struct rate_limiter *limiter)
{
    uint32_t places = RATE_SHARE_PLACES / rate_limiter_shards(limiter);

    return places > PLACES_MIN ? places : PLACES_MIN;
}

/* Put a list in the place of a shard's, which the caller gets. */
static struct rate_changes exchange(struct rate_shard *shard, struct rate_changes fresh)
{
    struct rate_changes before;

    pthread_mutex_lock(&shard->lock);
    before = shard->changes;
    shard->changes = fresh;
    pthread_mutex_unlock(&shard->lock);
    return before;
}

static bool is_watched(struct rate_shard *shard)
{
    bool watched;

    pthread_mutex_lock(&shard->lock);
    watched = shard->changes.places != NULL;
    pthread_mutex_unlock(&shard->lock);
    return watched;
}

static bool is_in_use(struct rate_shard *shard)
{
    bool used;

    pthread_mutex_lock(&shard->lock);
    used = shard->changes.used > 0; /* dropped is nothing where nothing has a place */
    pthread_mutex_unlock(&shard->lock);
    return used;
}

static void stop_watching(struct rate_limiter *limiter)
{
    struct rate_changes before;
    unsigned i;

    for (i = 0; i < rate_limiter_shards(limiter); i++) {
        before = exchange(rate_limiter_shard(limiter, i), (struct rate_changes){0});
        rate_changes_deinit(&before);
    }
}

int rate_share_watch(struct rate_limiter *limiter, bool watch, struct error *err)
{
    struct rate_changes fresh;
    unsigned i;

    if (!watch) {
        stop_watching(limiter);
        return 0;
    }
    for (i = 0; i < rate_limiter_shards(limiter); i++) {
        if (is_watched(rate_limiter_shard(limiter, i)))
            continue;
        if (rate_changes_init(&fresh, places_of(limiter)) != 0) {
            stop_watching(limiter);
            return error_set(err, ERROR_MEMORY, "out of memory");
        }
        exchange(rate_limiter_shard(limiter, i), fresh);
    }
    return 0;
}

int rate_share_collect(struct rate_limiter *limiter, struct rate_changes *spare,
                       rate_share_take *take, void *context, uint64_t *dropped)
{
    const struct rate_change *change;
    uint32_t cursor;
    unsigned i;

    *dropped = 0;
    if (!spare->places && rate_changes_init(spare, places_of(limiter)) != 0)
        return -1;
    for (i = 0; i < rate_limiter_shards(limiter); i++) {
        struct rate_shard *shard = rate_limiter_shard(limiter, i);

        if (!is_in_use(shard))
            continue;
        *spare = exchange(shard, *spare);
        for (cursor = 0; (change = rate_changes_next(spare, &cursor)) != NULL;)
            if (change->amount != 0 || change->reset) /* else all was given back */
                take(context, change);
        *dropped += spare->dropped;
        rate_changes_clear(spare);
    }
    return 0;
}

static void add_tokens(struct rate_shard *shard, const struct rate_change *change, int64_t now)
{
    struct rate_record *record = rate_store_find(shard, change->key);

    if (change->amount == 0 || (!record && change->amount < 0))
        return;
    if (!record) {
        record = rate_store_add(shard, change->key, RATE_TOKENS, now);
        gcra_init(record);
        record->used_ms = (uint32_t)(now / 1000000);
    }
    gcra_add(record, change, now);
}

static void add_calls(struct rate_shard *shard, const struct rate_change *change, int64_t now)
{
    struct rate_rule rule = {.max = change->max, .window_s = change->window_s};
    struct rate_record *record;

    if (change->amount > 0) {
        if (now - change->moment <= rule.window_s * SECOND) /* else it has left its window */
            rate_shape_add(shard, change->key, &rule, (uint32_t)change->amount, change->moment,
                           now);
        return;
    }
    record = rate_store_find(shard, change->key);
    if (record)
        window_refund(record, rate_store_body(shard, record), (uint32_t)-change->amount, now);
}

void rate_share_add(struct rate_limiter *limiter, const struct rate_change *change, int64_t now)
{
    struct rate_shard *shard = rate_limiter_shard_of(limiter, change->key);
    struct rate_record *record;

    pthread_mutex_lock(&shard->lock);
    record = change->reset ? rate_store_find(shard, change->key) : NULL;
    if (record)
        rate_store_remove(shard, record);
    if (change->key & RATE_KEY_TOKENS)
        add_tokens(shard, change, now);
    else if (change->amount != 0)
        add_calls(shard, change, now);
    shard->counters.changes++;
    pthread_mutex_unlock(&shard->lock);
}

bool rate_share_is_sound(const struct rate_change *change)
{
    if (change->amount == 0)
        return change->reset;
    if (change->key & RATE_KEY_TOKENS)
        return change->max >= 1 && change->max <= RATE_BURST_MAX && change->window_s <= 96 &&
               change->amount <= RATE_FULL_MAX_S * SECOND &&
               change->amount >= -RATE_FULL_MAX_S * SECOND;
    return change->window_s >= 1 && change->window_s <= RATE_WINDOW_MAX_S && change->step == 0 &&
           change->amount <= UINT32_MAX && change->amount >= -(int64_t)UINT32_MAX;
}
