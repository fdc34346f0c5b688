#include "sim_index.h"

#include <stdlib.h>
#include <string.h>

static int make_room(struct sim_index *index, uint32_t record)
{
    size_t room = index->room ? index->room : 1024;
    uint32_t *next;
    uint64_t *hash;

    if (record < index->room)
        return 0;
    while (room <= record)
        room *= 2;
    next = realloc(index->next, room * sizeof(*next));
    if (!next)
        return -1;
    index->next = next;
    hash = realloc(index->hash, room * sizeof(*hash));
    if (!hash)
        return -1;
    index->hash = hash;
    /* Records that are never inserted leave gaps, which rehash() must recognise. */
    memset(index->next + index->room, 0xff, (room - index->room) * sizeof(*next));
    index->room = room;
    return 0;
}

/* Old chains are walked rather than the arrays, so that gaps and order within a chain are kept. */
static int rehash(struct sim_index *index)
{
    size_t buckets = index->buckets ? index->buckets * 4 : 4096;
    uint32_t *bucket = malloc(buckets * sizeof(*bucket));
    uint32_t *last = malloc(buckets * sizeof(*last));
    size_t i;

    if (!bucket || !last) {
        free(bucket);
        free(last);
        return -1;
    }
    memset(bucket, 0xff, buckets * sizeof(*bucket));
    for (i = 0; i < index->buckets; i++) {
        uint32_t record = index->bucket[i];

        while (record != SIM_NONE) {
            uint32_t after = index->next[record];
            size_t to = index->hash[record] & (buckets - 1);

            if (bucket[to] == SIM_NONE)
                bucket[to] = record;
            else
                index->next[last[to]] = record;
            last[to] = record;
            index->next[record] = SIM_NONE;
            record = after;
        }
    }
    free(last);
    free(index->bucket);
    index->bucket = bucket;
    index->buckets = buckets;
    return 0;
}

int sim_index_insert(struct sim_index *index, uint32_t record, uint64_t hash)
{
    size_t to;

    if (make_room(index, record))
        return -1;
    if (index->used >= index->buckets && rehash(index))
        return -1;
    to = hash & (index->buckets - 1);
    index->hash[record] = hash;
    index->next[record] = index->bucket[to];
    index->bucket[to] = record;
    index->used++;
    return 0;
}

static uint32_t matching(const struct sim_index *index, uint32_t record, uint64_t hash)
{
    while (record != SIM_NONE && index->hash[record] != hash)
        record = index->next[record];
    return record;
}

uint32_t sim_index_first(const struct sim_index *index, uint64_t hash)
{
    if (!index->buckets)
        return SIM_NONE;
    return matching(index, index->bucket[hash & (index->buckets - 1)], hash);
}

uint32_t sim_index_next(const struct sim_index *index, uint32_t record)
{
    return matching(index, index->next[record], index->hash[record]);
}

void sim_index_free(struct sim_index *index)
{
    free(index->bucket);
    free(index->next);
    free(index->hash);
    *index = (struct sim_index){0};
}
