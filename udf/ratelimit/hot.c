/* hot.c - the names of the keys that are asked for often; see store.h and limiter.h. */
#include <string.h>

#include "limiter.h"

void rate_store_note_hot(struct rate_shard *s, const struct rate_record *record,
                         const char *identifier, size_t identifier_len, const char *endpoint,
                         size_t endpoint_len)
{
    struct rate_hot *hot;
    int i, least = 0;

    for (i = 0; i < RATE_HOT_SLOTS; i++) {
        if (s->hot_keys[i] == record->key && s->hot_hits[i]) {
            s->hot_hits[i] = record->hits;
            return;
        }
        least = s->hot_hits[i] < s->hot_hits[least] ? i : least;
    }
    if (s->hot_hits[least] >= record->hits) {
        s->hot_hits[least]--; /* a name that nobody asks for any more goes in the end */
        return;
    }
    hot = &s->hot[least];
    s->hot_hits[least] = record->hits;
    s->hot_keys[least] = record->key;
    hot->identifier_len =
        (uint8_t)(identifier_len < sizeof(hot->identifier) ? identifier_len
                                                           : sizeof(hot->identifier));
    hot->endpoint_len =
        (uint8_t)(endpoint_len < sizeof(hot->endpoint) ? endpoint_len : sizeof(hot->endpoint));
    memcpy(hot->identifier, identifier, hot->identifier_len);
    memcpy(hot->endpoint, endpoint, hot->endpoint_len);
}

static void describe_hot(struct rate_shard *s, int slot, struct rate_record *record, int64_t now,
                         struct rate_hot_key *out)
{
    const struct rate_hot *hot = &s->hot[slot];

    memset(out, 0, sizeof(*out));
    memcpy(out->identifier, hot->identifier, hot->identifier_len);
    memcpy(out->endpoint, hot->endpoint, hot->endpoint_len);
    out->identifier_len = hot->identifier_len;
    out->endpoint_len = hot->endpoint_len;
    out->kind = (enum rate_kind)record->kind;
    out->hits = record->hits;
    out->max = record->max;
    if (record->kind == RATE_GCRA)
        return;
    out->used = window_used(record, rate_store_body(s, record), now);
    out->window_s = record->window_s;
}

int rate_limiter_hottest(struct rate_limiter *l, struct rate_hot_key *keys, int max, int64_t now)
{
    struct rate_hot_key candidate;
    int n = 0, slot, place;
    unsigned i;

    for (i = 0; i < rate_limiter_shards(l); i++) {
        struct rate_shard *s = rate_limiter_shard(l, i);

        pthread_mutex_lock(&s->lock);
        for (slot = 0; slot < RATE_HOT_SLOTS; slot++) {
            struct rate_record *record =
                s->hot_hits[slot] ? rate_store_find(s, s->hot_keys[slot]) : NULL;

            if (!record || (n == max && record->hits <= keys[n - 1].hits))
                continue;
            describe_hot(s, slot, record, now, &candidate);
            for (place = n; place > 0 && keys[place - 1].hits < candidate.hits; place--)
                if (place < max)
                    keys[place] = keys[place - 1];
            if (place < max)
                keys[place] = candidate;
            n += n < max;
        }
        pthread_mutex_unlock(&s->lock);
    }
    return n;
}
