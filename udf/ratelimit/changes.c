/* changes.c - see changes.h. A bucket's places are used from its first on, without a gap. */
#include "changes.h"

#include <stdlib.h>
#include <string.h>

#include "gcra.h"

#define PER_BUCKET RATE_CHANGES_IN_BUCKET
#define SECOND 1000000000LL
/* Bits of a key that choose neither a shard nor a place in it. */
#define FIRST_SHIFT 20
#define SECOND_SHIFT 34

int rate_changes_init(struct rate_changes *list, uint32_t places)
{
    memset(list, 0, sizeof(*list));
    for (list->buckets = 2; list->buckets * PER_BUCKET < places;)
        list->buckets *= 2;
    list->places = calloc((size_t)list->buckets * PER_BUCKET, sizeof(*list->places));
    return list->places ? 0 : -1;
}

void rate_changes_deinit(struct rate_changes *list)
{
    free(list->places);
    list->places = NULL;
    list->used = 0;
}

void rate_changes_clear(struct rate_changes *list)
{
    uint32_t i;

    for (i = 0; list->used > 0 && i < list->buckets; i++)
        if (list->places[i * PER_BUCKET].moment)
            memset(&list->places[i * PER_BUCKET], 0, PER_BUCKET * sizeof(*list->places));
    list->used = 0;
    list->dropped = 0;
}

int64_t rate_change_tokens(uint32_t step, uint32_t exponent, uint64_t cost)
{
    const unsigned __int128 most = (unsigned __int128)RATE_FULL_MAX_S * SECOND;
    unsigned __int128 each, all;

    if (cost == 0)
        return 0;
    if (exponent > 96) /* of no rule */
        return (int64_t)most;
    each = ((unsigned __int128)step + 1) << exponent;
    if (each >> 32 > most / cost)
        return (int64_t)most;
    all = (each >> 32) * cost + ((((each & UINT32_MAX) * cost) + UINT32_MAX) >> 32);
    return all < most ? (int64_t)all : (int64_t)most;
}

static int64_t most_of(const struct rate_change *change)
{
    if (change->key & RATE_KEY_TOKENS)
        return rate_change_tokens(change->step, change->window_s, change->max);
    return change->max;
}

static void merge(struct rate_change *into, const struct rate_change *change)
{
    int64_t before = into->amount, most = most_of(change), sum;
    bool reset = into->reset;

    if (change->reset) {
        *into = *change;
        return;
    }
    if (__builtin_add_overflow(before, change->amount, &sum))
        sum = change->amount > 0 ? INT64_MAX : INT64_MIN;
    if (change->amount > 0 && sum > most) /* of another rule there may have been more before */
        sum = before > most ? before : most;
    if (change->amount < 0 && sum < -most)
        sum = before < -most ? before : -most;
    *into = *change;
    into->amount = sum;
    into->reset = reset;
}

/* How much of its limit it says; what it is dropped by. */
static double weight_of(const struct rate_change *change)
{
    double amount = change->amount < 0 ? -(double)change->amount : (double)change->amount;

    return change->reset ? 2 : amount / ((double)most_of(change) + 1);
}

static struct rate_change *bucket_at(const struct rate_changes *list, uint32_t bucket)
{
    return list->places + (size_t)(bucket & (list->buckets - 1)) * PER_BUCKET;
}

/* @return the key's place, or a free one; NULL where there is neither */
static struct rate_change *place_in(struct rate_change *bucket, uint64_t key)
{
    int i;

    for (i = 0; i < PER_BUCKET; i++)
        if (bucket[i].moment == 0 || bucket[i].key == key)
            return &bucket[i];
    return NULL;
}

static struct rate_change *lightest(struct rate_change *bucket, struct rate_change *so_far)
{
    int i;

    for (i = 0; i < PER_BUCKET; i++)
        if (!so_far || weight_of(&bucket[i]) < weight_of(so_far))
            so_far = &bucket[i];
    return so_far;
}

void rate_changes_note(struct rate_changes *list, const struct rate_change *change)
{
    struct rate_change *first = bucket_at(list, (uint32_t)(change->key >> FIRST_SHIFT));
    struct rate_change *second = bucket_at(list, (uint32_t)(change->key >> SECOND_SHIFT));
    struct rate_change *place = place_in(first, change->key);

    if (!place)
        place = place_in(second, change->key);
    if (place && place->moment) {
        merge(place, change);
        return;
    }
    if (!place) {
        place = lightest(second, lightest(first, NULL));
        list->dropped++;
        if (weight_of(place) < weight_of(change))
            *place = *change;
        return;
    }
    *place = *change;
    list->used++;
}

struct rate_change *rate_changes_next(struct rate_changes *list, uint32_t *cursor)
{
    struct rate_change *place;

    while (list->used > 0 && *cursor < list->buckets * PER_BUCKET) {
        place = &list->places[(*cursor)++];
        if (place->moment)
            return place;
        *cursor = (*cursor + PER_BUCKET - 1) / PER_BUCKET * PER_BUCKET;
    }
    return NULL;
}

void rate_changes_remove(struct rate_changes *list, struct rate_change *change, uint32_t *cursor)
{
    uint32_t index = (uint32_t)(change - list->places);
    struct rate_change *last = bucket_at(list, index / PER_BUCKET) + PER_BUCKET - 1;

    while (last > change && last->moment == 0)
        last--;
    *change = *last;
    memset(last, 0, sizeof(*last));
    list->used--;
    *cursor = index;
}

void rate_changes_count(struct rate_changes *list, const struct rate_record *record, int64_t amount,
                        int64_t now)
{
    struct rate_change change = {.key = record->key,
                                 .amount = amount,
                                 .moment = now,
                                 .max = record->max,
                                 .window_s = record->window_s};

    if (amount == 0)
        return;
    if (record->kind == RATE_GCRA)
        change.step = record->current;
    rate_changes_note(list, &change);
}

void rate_changes_reset(struct rate_changes *list, uint64_t key, int64_t now)
{
    struct rate_change change = {.key = key, .moment = now, .reset = 1};

    rate_changes_note(list, &change);
}
