/* import_seen.c - see import_seen.h. Hashes are FNV-1a (Fowler, Noll, Vo) of 64 bits: an export is
   the merchant's own, nobody chooses its rows so that they meet. */
#include "import_seen.h"

#include <stdlib.h>
#include <string.h>

#include "../udf/fnv.h"

#define CAP_FIRST 1024

/* Not the status: it follows from the raw one, and where a JSON text says none, from what the
   elements behind it have. */
static uint64_t hash_content(const struct record *r)
{
    uint64_t state = fnv_text(fnv_text(FNV_BASIS, r->ref), r->parent_id);

    state = fnv_text(fnv_text(state, r->raw_status), r->currency);
    state = fnv_bytes(state, &r->amount, sizeof(r->amount));
    state = fnv_bytes(state, &r->fee, sizeof(r->fee));
    state = fnv_bytes(state, &r->created_at, sizeof(r->created_at));
    return fnv_bytes(state, &r->completed_at, sizeof(r->completed_at));
}

static struct seen_record *find(struct seen_record *slots, size_t cap, uint64_t id)
{
    size_t i = (id ^ id >> 32) & (cap - 1);

    while (slots[i].id != 0 && slots[i].id != id)
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static int grow(struct import_seen *seen)
{
    size_t i, cap = seen->cap ? seen->cap * 2 : CAP_FIRST;
    struct seen_record *slots = calloc(cap, sizeof(*slots));

    if (!slots)
        return -1;
    for (i = 0; i < seen->cap; i++)
        if (seen->slots[i].id != 0)
            *find(slots, cap, seen->slots[i].id) = seen->slots[i];
    free(seen->slots);
    seen->slots = slots;
    seen->cap = cap;
    return 0;
}

enum import_repeat import_seen_add(struct import_seen *seen, const struct record *record)
{
    uint64_t id = fnv_text(fnv_bytes(FNV_BASIS, &record->kind, sizeof(record->kind)), record->id);
    uint64_t content = hash_content(record);
    struct seen_record *slot;

    if (seen->count * 2 >= seen->cap && grow(seen) != 0)
        return IMPORT_NO_MEMORY;
    slot = find(seen->slots, seen->cap, id | 1);
    if (slot->id != 0)
        return slot->content == content ? IMPORT_REPEATED : IMPORT_CONTRADICTED;
    slot->id = id | 1;
    slot->content = content;
    seen->count++;
    return IMPORT_NEW;
}

void import_seen_free(struct import_seen *seen)
{
    free(seen->slots);
    memset(seen, 0, sizeof(*seen));
}
