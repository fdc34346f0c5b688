/* hot.c - the names of the keys that are asked for often; see store.h. */
#include <string.h>

#include "store.h"

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
