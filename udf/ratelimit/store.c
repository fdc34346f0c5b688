/* store.c - see store.h. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "gcra.h"
#include "window.h"

#define LOOK_AT 32 /* records that one eviction compares */
#define NONE 0u    /* references count from 1 */

static const uint16_t record_bytes[RATE_SIZES] = {RATE_TOKENS_BYTES, RATE_SMALL_BYTES,
                                                  RATE_MEDIUM_BYTES, RATE_LARGE_BYTES};

static uint32_t slots(unsigned size)
{
    return RATE_PAGE_BYTES / record_bytes[size];
}

static struct rate_record *at(const struct rate_shard *s, uint32_t page, uint32_t slot)
{
    return (struct rate_record *)(void *)(s->pages + (size_t)page * RATE_PAGE_BYTES +
                                          (size_t)slot * record_bytes[s->page_size[page]]);
}

/* A reference is the record's place in units of 8 bytes, plus 1. */
static struct rate_record *from_reference(const struct rate_shard *s, uint32_t reference)
{
    return (struct rate_record *)(void *)(s->pages + (size_t)(reference - 1) * 8);
}

static uint32_t reference_of(const struct rate_shard *s, const struct rate_record *record)
{
    return (uint32_t)((size_t)((const uint8_t *)record - s->pages) / 8) + 1;
}

static uint32_t page_of(const struct rate_shard *s, const struct rate_record *record)
{
    return (uint32_t)((size_t)((const uint8_t *)record - s->pages) / RATE_PAGE_BYTES);
}

/* A chain for each two places of the smallest window, or a few more: 4 bytes for 128 to 256. */
int rate_shard_init(struct rate_shard *s, uint8_t *memory, size_t bytes)
{
    size_t heads = 64, taken;
    pthread_mutexattr_t spins_a_little; /* a lock is held for some memory accesses only */

    memset(s, 0, sizeof(*s));
    pthread_mutexattr_init(&spins_a_little);
    pthread_mutexattr_settype(&spins_a_little, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&s->lock, &spins_a_little);
    pthread_mutexattr_destroy(&spins_a_little);
    while (heads * 2 * RATE_SMALL_BYTES < bytes)
        heads *= 2;
    s->mask = (uint32_t)heads - 1;
    s->heads = (uint32_t *)(void *)memory;
    taken = (heads * sizeof(uint32_t) + 127) / 128 * 128; /* records lie in whole cache lines */
    s->pages = memory + taken;
    s->page_count = (uint32_t)((bytes - taken) / RATE_PAGE_BYTES);
    s->page_size = calloc(s->page_count, 1);
    return s->page_size ? 0 : -1;
}

void rate_shard_deinit(struct rate_shard *s)
{
    free(s->page_size);
    pthread_mutex_destroy(&s->lock);
}

struct rate_record *rate_store_find(struct rate_shard *s, uint64_t key)
{
    uint32_t reference = s->heads[key & s->mask];
    struct rate_record *record;

    while (reference != NONE) {
        record = from_reference(s, reference);
        __builtin_prefetch((const char *)record + 64);
        if (record->key == key)
            return record;
        reference = record->next;
    }
    return NULL;
}

static void unlink_record(struct rate_shard *s, struct rate_record *record)
{
    uint32_t *link = &s->heads[record->key & s->mask], wanted = reference_of(s, record);

    while (*link != wanted)
        link = &from_reference(s, *link)->next;
    *link = record->next;
    s->keys--;
    s->bytes -= record_bytes[record->size];
}

void rate_store_remove(struct rate_shard *s, struct rate_record *record)
{
    unlink_record(s, record);
    record->kind = RATE_FREE;
    record->next = s->free[record->size];
    s->free[record->size] = reference_of(s, record);
}

static bool is_expired(const struct rate_record *record, int64_t now)
{
    return record->kind == RATE_GCRA ? gcra_is_full(record, now) : window_is_empty(record, now);
}

static void give_page(struct rate_shard *s, uint32_t page, enum rate_size size)
{
    struct rate_record *record;
    uint32_t slot;

    s->page_size[page] = (uint8_t)size;
    s->size_pages[size]++;
    for (slot = slots(size); slot-- > 0;) {
        record = at(s, page, slot);
        record->kind = RATE_FREE;
        record->size = (uint8_t)size;
        record->next = s->free[size];
        s->free[size] = reference_of(s, record);
    }
}

static uint32_t page_after(const struct rate_shard *s, uint32_t page, unsigned size)
{
    do
        page = page + 1 < s->pages_used ? page + 1 : 0;
    while (s->page_size[page] != size);
    return page;
}

static void count_eviction(struct rate_shard *s, const struct rate_record *record, int64_t now)
{
    if (is_expired(record, now))
        s->counters.evicted_expired++;
    else
        s->counters.evicted_live++;
}

/* Empty a page of the size that has most of them, and take it from that size. */
static uint32_t take_page(struct rate_shard *s, int64_t now)
{
    unsigned size, most = 0;
    uint32_t page, slot, *link;

    for (size = 1; size < RATE_SIZES; size++)
        most = s->size_pages[size] > s->size_pages[most] ? size : most;
    page = page_after(s, s->hand_page[most], most);
    s->hand_page[most] = page;
    for (slot = 0; slot < slots(most); slot++) {
        struct rate_record *record = at(s, page, slot);

        if (record->kind == RATE_FREE)
            continue;
        count_eviction(s, record, now);
        unlink_record(s, record);
    }
    for (link = &s->free[most]; *link != NONE;)
        if (page_of(s, from_reference(s, *link)) == page)
            *link = from_reference(s, *link)->next;
        else
            link = &from_reference(s, *link)->next;
    s->size_pages[most]--;
    return page;
}

/* Make place among the records of a size. */
static void evict_one(struct rate_shard *s, enum rate_size size, int64_t now)
{
    uint32_t looked, now_ms = (uint32_t)(now / 1000000);
    struct rate_record *record, *oldest = NULL;

    if (s->page_size[s->hand_page[size]] != size)
        s->hand_page[size] = page_after(s, s->hand_page[size], size);
    for (looked = 0; looked < LOOK_AT; looked++) {
        if (s->hand_slot[size] >= slots(size)) {
            s->hand_slot[size] = 0;
            s->hand_page[size] = page_after(s, s->hand_page[size], size);
        }
        record = at(s, s->hand_page[size], s->hand_slot[size]++);
        if (!oldest || now_ms - record->used_ms > now_ms - oldest->used_ms)
            oldest = record;
        if (is_expired(record, now)) {
            oldest = record;
            break;
        }
    }
    count_eviction(s, oldest, now);
    rate_store_remove(s, oldest);
}

static void make_place(struct rate_shard *s, enum rate_size size, int64_t now)
{
    if (s->pages_used < s->page_count)
        give_page(s, s->pages_used++, size);
    else if (s->size_pages[size] == 0 || s->size_pages[size] < s->page_count / (2 * RATE_SIZES))
        give_page(s, take_page(s, now), size);
    else
        evict_one(s, size, now);
}

struct rate_record *rate_store_add(struct rate_shard *s, uint64_t key, enum rate_size size,
                                   int64_t now)
{
    uint32_t *head = &s->heads[key & s->mask];
    struct rate_record *record;

    if (s->free[size] == NONE)
        make_place(s, size, now);
    record = from_reference(s, s->free[size]);
    s->free[size] = record->next;
    record->key = key;
    record->hits = 0;
    record->used_ms = (uint32_t)(now / 1000000);
    record->next = *head;
    *head = reference_of(s, record);
    s->keys++;
    s->bytes += record_bytes[size];
    return record;
}

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

struct rate_record *rate_store_next(struct rate_shard *s, uint32_t *cursor)
{
    /* page and slot in one number */
    uint32_t page = *cursor >> 9, slot = *cursor & 511;
    struct rate_record *record;

    for (; page < s->pages_used; page++, slot = 0)
        for (; slot < slots(s->page_size[page]); slot++) {
            record = at(s, page, slot);
            if (record->kind == RATE_FREE)
                continue;
            *cursor = page << 9 | (slot + 1);
            return record;
        }
    *cursor = page << 9;
    return NULL;
}
