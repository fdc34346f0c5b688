/* store.c - see store.h. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "gcra.h"
#include "window.h"

#define UNIT 64u      /* bytes, of places */
#define LOOK_AT 16    /* bodies whose records one eviction compares */
#define LOOK_AROUND 4 /* chains in which one looks for what has expired */
#define NONE 0u
#define NOBODY UINT32_MAX

_Static_assert(sizeof(struct rate_group) == 2 * UNIT, "a group is two cache lines");

/* How a page of each size is laid out: owners of bodies first (4 bytes each), then the things. */
static const struct layout {
    uint16_t bytes, slots, start;
} layouts[RATE_SIZES] = {
    {sizeof(struct rate_group), 64, 0},
    {RATE_SMALL_BYTES, 120, 512},
    {RATE_MEDIUM_BYTES, 62, 256},
    {RATE_LARGE_BYTES, 31, 256},
};

static void *at(const struct rate_shard *s, uint32_t place)
{
    return s->memory + (size_t)place * UNIT;
}

static uint8_t *page_at(const struct rate_shard *s, uint32_t page)
{
    return s->memory + (size_t)s->groups * sizeof(struct rate_group) +
           (size_t)page * RATE_PAGE_BYTES;
}

static uint32_t place_of(const struct rate_shard *s, const void *thing)
{
    return (uint32_t)((size_t)((const uint8_t *)thing - s->memory) / UNIT);
}

static uint32_t page_of(const struct rate_shard *s, uint32_t place)
{
    return (place - place_of(s, page_at(s, 0))) / (RATE_PAGE_BYTES / UNIT);
}

static void *slot_at(const struct rate_shard *s, uint32_t page, uint32_t slot)
{
    const struct layout *layout = &layouts[s->page_size[page]];

    return page_at(s, page) + layout->start + slot * layout->bytes;
}

/* A record's reference: the place of its group, and which of it. */
static uint32_t reference_of(const struct rate_shard *s, const struct rate_record *record)
{
    size_t offset = (size_t)((const uint8_t *)record - s->memory);

    return (uint32_t)(offset / (2 * UNIT) * 8 + offset % (2 * UNIT) / sizeof(*record));
}

static struct rate_record *referred(const struct rate_shard *s, uint32_t reference)
{
    struct rate_group *group = at(s, reference / 4);

    return &group->record[reference % 4];
}

static uint32_t *owners(const struct rate_shard *s, uint32_t page)
{
    return (uint32_t *)(void *)page_at(s, page);
}

static void set_owner(struct rate_shard *s, uint32_t body, uint32_t owner)
{
    uint32_t page = page_of(s, body);
    const struct layout *layout = &layouts[s->page_size[page]];
    size_t offset = (size_t)((uint8_t *)at(s, body) - page_at(s, page));

    owners(s, page)[(offset - layout->start) / layout->bytes] = owner;
}

/* An eighth of the memory for the groups that the hash names: in memory that is full, three records
   of the largest size fall to one, or nine of the smallest that has a body. */
int rate_shard_init(struct rate_shard *s, uint8_t *memory, size_t bytes)
{
    pthread_mutexattr_t spins_a_little; /* a lock is held for some memory accesses only */

    memset(s, 0, sizeof(*s));
    pthread_mutexattr_init(&spins_a_little);
    pthread_mutexattr_settype(&spins_a_little, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&s->lock, &spins_a_little);
    pthread_mutexattr_destroy(&spins_a_little);
    s->memory = memory;
    s->page_count = (uint32_t)(bytes / 8 * 7 / RATE_PAGE_BYTES);
    s->groups =
        (uint32_t)((bytes - (size_t)s->page_count * RATE_PAGE_BYTES) / sizeof(struct rate_group));
    s->page_size = calloc(s->page_count, 1);
    return s->page_size ? 0 : -1;
}

void rate_shard_deinit(struct rate_shard *s)
{
    rate_changes_deinit(&s->changes);
    free(s->page_size);
    pthread_mutex_destroy(&s->lock);
}

void rate_shard_clear(struct rate_shard *s)
{
    memset(s->memory, 0, (size_t)(page_at(s, s->pages_used) - s->memory));
    memset(s->page_size, 0, s->page_count);
    memset(s->free, 0, sizeof(s->free));
    memset(s->free_count, 0, sizeof(s->free_count));
    memset(s->size_pages, 0, sizeof(s->size_pages));
    memset(s->hand, 0, sizeof(s->hand));
    memset(s->hot_hits, 0, sizeof(s->hot_hits));
    s->keys = s->pages_used = s->hand_group = 0;
    s->bytes = 0;
}

static struct rate_group *named(const struct rate_shard *s, size_t index)
{
    return (struct rate_group *)(void *)s->memory + index;
}

/* The group after one in a key's chain, which begins at home; NULL: that was the last. */
static struct rate_group *following(const struct rate_shard *s, const struct rate_group *home,
                                    const struct rate_group *group)
{
    size_t index = (size_t)(group - named(s, 0));
    uint32_t next = group->next;

    if (group == home)
        return named(s, index ^ 1);
    if (index < s->groups)
        next = named(s, index & ~(size_t)1)->next;
    return next == NONE ? NULL : at(s, next);
}

/* Of the last of the groups that the two of a pair go on in: what names it; or names none. */
static uint32_t *last_link(struct rate_shard *s, uint64_t key)
{
    size_t index = (size_t)(rate_store_home(s, key) - named(s, 0));
    uint32_t *link = &named(s, index & ~(size_t)1)->next;
    struct rate_group *group;

    while (*link != NONE) {
        group = at(s, *link);
        if (group->next == NONE)
            break;
        link = &group->next;
    }
    return link;
}

struct rate_record *rate_store_find(struct rate_shard *s, uint64_t key)
{
    struct rate_group *home = rate_store_home(s, key), *group;
    struct rate_record *record;
    unsigned slot = rate_store_slot(key), i;

    for (group = home; group; group = following(s, home, group)) {
        record = &group->record[slot];
        if (record->key == key && record->kind != RATE_FREE)
            return record;
        for (i = 1; i < RATE_GROUP; i++) {
            record = &group->record[i == 1 ? 1 : 2 - slot];
            if (record->key == key && record->kind != RATE_FREE)
                return record;
        }
    }
    return NULL;
}

static struct rate_record *any_of(struct rate_group *group)
{
    int i;

    for (i = 0; i < RATE_GROUP; i++)
        if (group->record[i].kind != RATE_FREE)
            return &group->record[i];
    return NULL;
}

/* The free record of a group that a key had best take, or NULL. */
static struct rate_record *room_in(struct rate_group *group, uint64_t key)
{
    unsigned slot = rate_store_slot(key);

    if (group->record[slot].kind == RATE_FREE)
        return &group->record[slot];
    if (group->record[1].kind == RATE_FREE)
        return &group->record[1];
    return group->record[2 - slot].kind == RATE_FREE ? &group->record[2 - slot] : NULL;
}

/* Things that nobody has are a list; the body's member serves for groups, too. */
static void push(struct rate_shard *s, unsigned size, uint32_t place)
{
    union rate_body *thing = at(s, place);

    thing->next_free = s->free[size];
    s->free[size] = place;
    s->free_count[size]++;
}

static uint32_t pop(struct rate_shard *s, unsigned size)
{
    uint32_t place = s->free[size];
    const union rate_body *thing = at(s, place);

    s->free[size] = thing->next_free;
    s->free_count[size]--;
    return place;
}

/* One of the last group takes the place of the one that goes; a pair itself may have gaps. */
void rate_store_remove(struct rate_shard *s, struct rate_record *record)
{
    uint32_t *link = last_link(s, record->key);
    struct rate_group *last = *link == NONE ? NULL : at(s, *link);
    struct rate_record *other = record;

    s->keys--;
    s->bytes -= RATE_RECORD_SHARE;
    if (record->size != RATE_TOKENS) {
        set_owner(s, record->body, NOBODY);
        push(s, record->size, record->body);
        s->bytes -= rate_body_bytes(record->size) + sizeof(uint32_t);
    }
    if (last && (record < last->record || record >= last->record + RATE_GROUP)) {
        other = any_of(last);
        *record = *other;
        if (record->size != RATE_TOKENS)
            set_owner(s, record->body, reference_of(s, record));
    }
    memset(other, 0, sizeof(*other));
    if (last && !any_of(last)) {
        push(s, RATE_TOKENS, *link);
        *link = NONE;
    }
}

static bool is_expired(const struct rate_shard *s, const struct rate_record *record, int64_t now)
{
    return record->kind == RATE_GCRA ? gcra_is_full(record, now)
                                     : window_is_empty(record, rate_store_body(s, record), now);
}

/* Milliseconds since it was used. */
static int64_t age(const struct rate_record *record, int64_t now)
{
    return record->kind == RATE_GCRA ? (uint32_t)(now / 1000000) - record->used_ms
                                     : (now - record->moment) / 1000000;
}

static void evict(struct rate_shard *s, struct rate_record *record, int64_t now)
{
    if (is_expired(s, record, now))
        s->counters.evicted_expired++;
    else
        s->counters.evicted_live++;
    rate_store_remove(s, record);
}

static void give_page(struct rate_shard *s, uint32_t page, enum rate_size size)
{
    uint32_t slot;

    s->page_size[page] = (uint8_t)size;
    s->size_pages[size]++;
    for (slot = layouts[size].slots; slot-- > 0;) {
        if (size == RATE_TOKENS)
            memset(slot_at(s, page, slot), 0, sizeof(struct rate_group));
        else
            owners(s, page)[slot] = NOBODY;
        push(s, size, place_of(s, slot_at(s, page, slot)));
    }
}

static uint32_t page_after(const struct rate_shard *s, uint32_t page, unsigned size)
{
    do
        page = page + 1 < s->pages_used ? page + 1 : 0;
    while (s->page_size[page] != size);
    return page;
}

/* Who is in a slot of a page goes. Of a group all who come after it in the chain may go, too. */
static void clear_slot(struct rate_shard *s, uint32_t page, uint32_t slot, int64_t now)
{
    struct rate_record *record;

    if (s->page_size[page] != RATE_TOKENS) {
        if (owners(s, page)[slot] != NOBODY)
            evict(s, referred(s, owners(s, page)[slot]), now);
        return;
    }
    while ((record = any_of(slot_at(s, page, slot))) != NULL)
        evict(s, record, now);
}

static unsigned size_with_most_pages(const struct rate_shard *s)
{
    unsigned size, most = 0;

    for (size = 1; size < RATE_SIZES; size++)
        most = s->size_pages[size] > s->size_pages[most] ? size : most;
    return most;
}

/* Empty a page of the size that has most of them, and take it from that size. */
static uint32_t take_page(struct rate_shard *s, int64_t now)
{
    unsigned most = size_with_most_pages(s);
    uint32_t page = page_after(s, s->hand[most].page, most), slot, *link;

    s->hand[most].page = page;
    for (slot = 0; slot < layouts[most].slots; slot++)
        clear_slot(s, page, slot, now);
    for (link = &s->free[most]; *link != NONE;) {
        union rate_body *thing = at(s, *link);

        if (page_of(s, *link) == page) {
            *link = thing->next_free;
            s->free_count[most]--;
        } else {
            link = &thing->next_free;
        }
    }
    s->size_pages[most]--;
    return page;
}

/* The next body of a size, all of which are in use. @return its owner */
static struct rate_record *next_owner(const struct rate_shard *s, unsigned size,
                                      struct rate_hand *hand)
{
    if (s->page_size[hand->page] != size || hand->slot >= layouts[size].slots) {
        hand->slot = 0;
        hand->page = page_after(s, hand->page, size);
    }
    return referred(s, owners(s, hand->page)[hand->slot++]);
}

/* Make place among the bodies of a size. */
static void evict_body(struct rate_shard *s, enum rate_size size, int64_t now)
{
    struct rate_hand ahead = s->hand[size];
    struct rate_record *record, *oldest = NULL;
    int looked;

    for (looked = 0; looked < LOOK_AT; looked++)
        __builtin_prefetch(&next_owner(s, size, &ahead)->body);
    for (looked = 0; looked < LOOK_AT; looked++) {
        record = next_owner(s, size, &s->hand[size]);
        if (!oldest || age(record, now) > age(oldest, now))
            oldest = record;
        if (is_expired(s, record, now)) {
            oldest = record;
            break;
        }
    }
    evict(s, oldest, now);
}

/* Of a chain: one that has expired, else the one that was used longest ago; NULL: it is empty. */
static struct rate_record *worst_of(struct rate_shard *s, struct rate_group *home, int64_t now)
{
    struct rate_group *group = home;
    struct rate_record *worst = NULL, *record;

    for (; group; group = following(s, home, group))
        for (record = group->record; record < group->record + RATE_GROUP; record++) {
            if (record->kind == RATE_FREE)
                continue;
            if (is_expired(s, record, now))
                return record;
            if (!worst || age(record, now) > age(worst, now))
                worst = record;
        }
    return worst;
}

/* Make place for one more in a chain: in it, or by setting a group free. */
static void evict_record(struct rate_shard *s, uint64_t key, int64_t now)
{
    struct rate_record *worst = worst_of(s, rate_store_home(s, key), now), *other;
    int chains;

    if (is_expired(s, worst, now)) {
        evict(s, worst, now);
        return;
    }
    for (chains = 0; chains < LOOK_AROUND && s->free[RATE_TOKENS] == NONE; chains++) {
        struct rate_group *group = named(s, s->hand_group);

        s->hand_group = s->hand_group + 2 < s->groups ? s->hand_group + 2 : 0;
        while ((other = worst_of(s, group, now)) != NULL && is_expired(s, other, now))
            evict(s, other, now);
    }
    if (s->free[RATE_TOKENS] == NONE)
        evict(s, worst_of(s, rate_store_home(s, key), now), now);
}

/* Groups are needed beside bodies of all sizes, and take no page from these for more than a start,
   unless those stand empty. */
static bool may_take_page(const struct rate_shard *s, enum rate_size size)
{
    unsigned most = size_with_most_pages(s);

    return s->size_pages[size] == 0 ||
           s->free_count[most] > s->size_pages[most] * layouts[most].slots / 2 ||
           (size != RATE_TOKENS && s->size_pages[size] < s->page_count / (2 * RATE_SIZES));
}

static void make_place(struct rate_shard *s, enum rate_size size, uint64_t key, int64_t now)
{
    if (s->pages_used < s->page_count)
        give_page(s, s->pages_used++, size);
    else if (may_take_page(s, size))
        give_page(s, take_page(s, now), size);
    else if (size == RATE_TOKENS)
        evict_record(s, key, now);
    else
        evict_body(s, size, now);
}

/* Where a key's record can lie: in its chain, or in a new group at the end of it; NULL: nowhere. */
static struct rate_record *find_room(struct rate_shard *s, uint64_t key)
{
    struct rate_group *home = rate_store_home(s, key), *group;
    struct rate_record *room = room_in(home, key);
    uint32_t *link;

    if (!room)
        room = room_in(following(s, home, home), key);
    if (room)
        return room;
    link = last_link(s, key);
    if (*link != NONE) {
        group = at(s, *link);
        room = room_in(group, key);
        link = &group->next;
    }
    if (room || s->free[RATE_TOKENS] == NONE)
        return room;
    *link = pop(s, RATE_TOKENS);
    group = at(s, *link);
    memset(group, 0, sizeof(*group));
    return room_in(group, key);
}

struct rate_record *rate_store_add(struct rate_shard *s, uint64_t key, enum rate_size size,
                                   int64_t now)
{
    struct rate_record *record = NULL;

    while (!record) {
        while (size != RATE_TOKENS && s->free[size] == NONE)
            make_place(s, size, key, now);
        record = find_room(s, key);
        if (!record)
            make_place(s, RATE_TOKENS, key, now); /* may take the page of the free body */
    }
    record->key = key;
    record->hits = 0;
    record->size = size & 3;
    s->keys++;
    s->bytes += RATE_RECORD_SHARE;
    if (size == RATE_TOKENS) {
        record->used_ms = (uint32_t)(now / 1000000);
        return record;
    }
    record->moment = now;
    record->body = pop(s, size);
    set_owner(s, record->body, reference_of(s, record));
    s->bytes += rate_body_bytes(size) + sizeof(uint32_t);
    return record;
}

/* The cursor counts records: of the groups that the hash names, then of the pages of groups. */
struct rate_record *rate_store_next(struct rate_shard *s, uint32_t *cursor)
{
    uint32_t per_page = layouts[RATE_TOKENS].slots, n, page;
    struct rate_group *group;

    for (; (n = *cursor / RATE_GROUP) < s->groups + s->pages_used * per_page; (*cursor)++) {
        group = named(s, n);
        page = n < s->groups ? 0 : (n - s->groups) / per_page;
        if (n >= s->groups && s->page_size[page] != RATE_TOKENS)
            continue;
        if (group->record[*cursor % RATE_GROUP].kind != RATE_FREE)
            return &group->record[(*cursor)++ % RATE_GROUP];
    }
    return NULL;
}
