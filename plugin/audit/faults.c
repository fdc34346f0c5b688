/* faults.c - see faults.h. */
#include "faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct fault *next_one(struct faults *faults, enum fault_kind kind)
{
    faults->total++;
    if (faults->count[kind] == FAULTS_KEPT) {
        faults->more[kind]++;
        return NULL;
    }
    return &faults->kept[kind][faults->count[kind]++];
}

void faults_row(struct faults *faults, enum fault_kind kind, uint64_t id, uint64_t before,
                const char *detail)
{
    int count = faults->count[kind];
    struct fault *last = count ? &faults->kept[kind][count - 1] : NULL;
    uint64_t told = faults->last_row[kind];

    faults->last_row[kind] = id;
    if (last && before && told == before && last->last_id == before &&
        strcmp(last->detail, detail) == 0) {
        faults->total++;
        last->last_id = id;
        last->rows++;
        return;
    }
    last = next_one(faults, kind);
    if (!last)
        return;
    *last = (struct fault){.has_ids = true, .first_id = id, .last_id = id, .rows = 1};
    snprintf(last->detail, sizeof(last->detail), "%s", detail);
}

void faults_add(struct faults *faults, enum fault_kind kind, const struct fault *fault,
                const char *format, ...)
{
    struct fault *place = next_one(faults, kind);
    va_list args;

    if (!place)
        return;
    *place = *fault;
    va_start(args, format);
    vsnprintf(place->detail, sizeof(place->detail), format, args);
    va_end(args);
}

const char *fault_name(enum fault_kind kind)
{
    static const char *const names[FAULT_KINDS] = {
        "changed", "missing", "inserted", "moved", "seal", "signature", "tree", "cut", "replaced"};

    return names[kind];
}
