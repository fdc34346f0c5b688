/* sim_index.h - a hash index over record numbers: chains through arrays, no allocation per entry.
 */
#ifndef SIM_INDEX_H
#define SIM_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define SIM_NONE UINT32_MAX

struct sim_index {
    uint32_t *bucket; /* owned; newest record of each chain */
    uint32_t *next;   /* owned; by record number */
    uint64_t *hash;   /* owned; by record number */
    size_t buckets;   /* power of two, or 0 */
    size_t room;      /* entries of next and hash */
    size_t used;      /* records inserted */
};

/** Put record number `record` in under its hash; a record is put in once. @return 0, or -1: no
 * memory */
int sim_index_insert(struct sim_index *index, uint32_t record, uint64_t hash);
/** Newest record of this hash, or SIM_NONE. The caller compares the keys. */
uint32_t sim_index_first(const struct sim_index *index, uint64_t hash);
/** The next older record of the same hash, or SIM_NONE. */
uint32_t sim_index_next(const struct sim_index *index, uint32_t record);
/** Release; the index is empty and usable afterwards. */
void sim_index_free(struct sim_index *index);

#endif
