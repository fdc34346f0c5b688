/*
  store.h - where the rate limiter's keys lie: one shard of a fixed piece of memory.

  What a check costs is how often it waits for memory, one wait after the other. So the records are
  in groups of three, two cache lines each, and the hash alone says which: both lines can be asked
  for before the clock is read and the lock is taken, and most calls touch only one of them, and
  nothing else. An eighth of the memory is such groups. Where one is full, its neighbour in memory,
  the other one of a pair, takes its records, and where both are, the pair goes on in other groups,
  so that no key has to go while there is room. The rest is pages, all things in a page being of one
  size: bodies of records, or groups that pairs go on in. A page of bodies begins with whose they
  are. The two groups and those that they go on in are a chain.

  Nothing is ever allocated after the start. When there is no room, a record that has expired makes
  place, else the one of a few that was used longest ago: of the next ones of a clock's hand that
  goes over the bodies, or of the same chain. A size that is wanted and has no page takes one from
  the size that has most.

  THREADS: each shard has a lock, which the caller holds around every call but the constructors and
  rate_store_prefetch.
*/
#ifndef PURSER_RATE_STORE_H
#define PURSER_RATE_STORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "changes.h"
#include "record.h"

#define RATE_PAGE_BYTES 8192u
#define RATE_SHARD_MIN (8 * RATE_PAGE_BYTES)
#define RATE_GROUP 3         /* records in a group */
#define RATE_RECORD_SHARE 43 /* bytes of a group that a record takes */
#define RATE_HOT_SLOTS 8
#define RATE_HOT_IDENTIFIER 80
#define RATE_HOT_ENDPOINT 40

/* A place is an offset into the shard's memory in units of 64 bytes; 0 stands for none. */
struct rate_group {
    struct rate_record record[RATE_GROUP];
    uint32_t next; /* the place of the group that this one, or the pair, goes on in */
    uint32_t unused;
};

/* The text of a key that is asked for often; of all others only the hash is kept. */
struct rate_hot {
    uint8_t identifier_len, endpoint_len; /* what was kept of them */
    char identifier[RATE_HOT_IDENTIFIER], endpoint[RATE_HOT_ENDPOINT];
};

struct rate_counters {
    uint64_t allowed, denied, shadow_denied, evicted_expired, evicted_live;
    uint64_t changes; /* refunds and resets, and what other nodes have told */
};

struct rate_hand {
    uint32_t page, slot;
};

struct rate_shard {
    pthread_mutex_t lock;
    uint8_t *memory; /* the groups that the hash names, and then the pages */
    uint32_t groups;
    uint32_t page_count;
    struct rate_counters counters;
    struct rate_changes changes; /* owned; for other nodes (share.h) */
    uint32_t keys;
    uint32_t pages_used; /* the rest was never touched */
    uint64_t bytes;      /* of the records and bodies in use */
    /* Of each size; RATE_TOKENS, which needs no body, stands for pages of groups. */
    uint32_t free[RATE_SIZES]; /* the first place of a list */
    uint32_t free_count[RATE_SIZES];
    uint32_t size_pages[RATE_SIZES];
    struct rate_hand hand[RATE_SIZES];
    uint32_t hand_group;
    uint8_t *page_size; /* owned; enum rate_size of each page in use */
    uint64_t hot_keys[RATE_HOT_SLOTS];
    uint32_t hot_hits[RATE_HOT_SLOTS]; /* when it was noted; 0: the slot is free */
    struct rate_hot hot[RATE_HOT_SLOTS];
} __attribute__((aligned(64)));

/** Lay a shard out in memory of its own. @param memory zeroed, page-aligned, borrowed
    @retval -1 no memory for what lies beside it; deinit is legal then, too */
int rate_shard_init(struct rate_shard *shard, uint8_t *memory, size_t bytes);
void rate_shard_deinit(struct rate_shard *shard);
/** Forget all keys. The caller holds the lock. */
void rate_shard_clear(struct rate_shard *shard);

/** Which record of a group a key has where it can: the first or the last, each of which lies within
    one cache line, as the middle one does not. */
static inline unsigned rate_store_slot(uint64_t key)
{
    return key >> 62 & 2;
}

/** The group that a key's chain begins with. */
static inline struct rate_group *rate_store_home(const struct rate_shard *shard, uint64_t key)
{
    return (struct rate_group *)(void *)shard->memory +
           ((uint64_t)(uint32_t)key * shard->groups >> 32);
}

/** Ask for the memory of a key that will be looked for. Needs no lock. */
static inline void rate_store_prefetch(const struct rate_shard *shard, uint64_t key)
{
    const char *home = (const char *)rate_store_home(shard, key);

    __builtin_prefetch(home, 1);
    __builtin_prefetch(home + 64, 1);
}

/** @return borrowed until the next rate_store_* call, or NULL */
struct rate_record *rate_store_find(struct rate_shard *shard, uint64_t key);

/** The body of a window's record. */
static inline union rate_body *rate_store_body(const struct rate_shard *shard,
                                               const struct rate_record *record)
{
    return (union rate_body *)(void *)(shard->memory + (size_t)record->body * 64);
}

/** A record for a key that is not there: key, size, body, hits and when it was used are set, all
    else is not. Makes place where there is none. Never fails. */
struct rate_record *rate_store_add(struct rate_shard *shard, uint64_t key, enum rate_size size,
                                   int64_t now);

/** Other records may move by it. */
void rate_store_remove(struct rate_shard *shard, struct rate_record *record);

/** Remember the text of a key that is asked for often. */
void rate_store_note_hot(struct rate_shard *shard, const struct rate_record *record,
                         const char *identifier, size_t identifier_len, const char *endpoint,
                         size_t endpoint_len);

/** Walk over all records. @param cursor 0 at first @return borrowed, or NULL at the end */
struct rate_record *rate_store_next(struct rate_shard *shard, uint32_t *cursor);

#endif
