/*
  store.h - where the rate limiter's keys lie: one shard of a fixed piece of memory.

  A shard is a hash index and pages of records; a page holds records of one size. Nothing is ever
  allocated after the start: when there is no room, a record that has expired makes place, else the
  one of the next few that was used longest ago (a clock's hand goes round, as in a page cache); a
  size that is wanted and has no page takes one from the size that has most.

  THREADS: each shard has a lock, which the caller holds around every call but the constructors.
*/
#ifndef PURSER_RATE_STORE_H
#define PURSER_RATE_STORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define RATE_PAGE_BYTES 16384u
#define RATE_SHARD_MIN (8 * RATE_PAGE_BYTES)
#define RATE_HOT_SLOTS 8
#define RATE_HOT_IDENTIFIER 80
#define RATE_HOT_ENDPOINT 40

/* The text of a key that is asked for often; of all others only the hash is kept. */
struct rate_hot {
    uint8_t identifier_len, endpoint_len; /* what was kept of them */
    char identifier[RATE_HOT_IDENTIFIER], endpoint[RATE_HOT_ENDPOINT];
};

struct rate_counters {
    uint64_t allowed, denied, shadow_denied, evicted_expired, evicted_live;
    uint64_t changes; /* refunds and resets */
};

struct rate_shard {
    pthread_mutex_t lock;
    uint32_t *heads; /* of the chains: references */
    uint32_t mask;
    uint32_t page_count, pages_used; /* pages_used: the rest was never touched */
    uint8_t *pages;
    uint8_t *page_size; /* owned; enum rate_size of each page in use */
    uint32_t free[RATE_SIZES];
    uint32_t size_pages[RATE_SIZES];
    uint32_t hand_page[RATE_SIZES], hand_slot[RATE_SIZES];
    uint32_t keys;
    uint64_t bytes; /* of the records in use */
    struct rate_counters counters;
    uint64_t hot_keys[RATE_HOT_SLOTS];
    uint32_t hot_hits[RATE_HOT_SLOTS]; /* when it was noted; 0: the slot is free */
    struct rate_hot hot[RATE_HOT_SLOTS];
} __attribute__((aligned(64)));

/** Lay a shard out in memory of its own. @param memory zeroed, page-aligned, borrowed
    @retval -1 no memory for what lies beside it; deinit is legal then, too */
int rate_shard_init(struct rate_shard *shard, uint8_t *memory, size_t bytes);
void rate_shard_deinit(struct rate_shard *shard);

/** @return borrowed until the next rate_store_* call, or NULL */
struct rate_record *rate_store_find(struct rate_shard *shard, uint64_t key);

/** A record for a key that is not there: key, size and hits are set, all else is not. Makes place
    where there is none. Never fails. */
struct rate_record *rate_store_add(struct rate_shard *shard, uint64_t key, enum rate_size size,
                                   int64_t now);
void rate_store_remove(struct rate_shard *shard, struct rate_record *record);

/** Remember the text of a key that is asked for often. */
void rate_store_note_hot(struct rate_shard *shard, const struct rate_record *record,
                         const char *identifier, size_t identifier_len, const char *endpoint,
                         size_t endpoint_len);

/** Walk over all records. @param cursor 0 at first @return borrowed, or NULL at the end */
struct rate_record *rate_store_next(struct rate_shard *shard, uint32_t *cursor);

#endif
