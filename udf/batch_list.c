/* batch_list.c - see batch_list.h. */
#include "batch_list.h"

#include <stdlib.h>

int batch_list_add(struct batch_list *list, const struct batch_scan *scan, const char *at,
                   int64_t id, uint32_t kind, int32_t number)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct batch_entry *entries = realloc(list->entries, capacity * sizeof(*entries));

        if (!entries)
            return error_set(scan->err, ERROR_MEMORY, "out of memory");
        list->entries = entries;
        list->capacity = capacity;
    }
    if (list->count == 0)
        list->sorted = true;
    else if (list->entries[list->count - 1].id >= id)
        list->sorted = false;
    list->entries[list->count++] = (struct batch_entry){.id = id,
                                                        .kind = kind,
                                                        .number = number,
                                                        .element = (uint32_t)scan->element,
                                                        .offset = (uint32_t)(at - scan->begin)};
    return 0;
}

/* Elements of one id as they came. */
static int compare(const void *left, const void *right)
{
    const struct batch_entry *a = left, *b = right;

    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->element < b->element ? -1 : a->element > b->element;
}

int batch_list_sort(struct batch_list *list, struct batch_scan *scan, const char *name)
{
    size_t i;

    if (list->count == 0 || list->sorted)
        return 0;
    qsort(list->entries, list->count, sizeof(*list->entries), compare);
    for (i = 1; i < list->count; i++) {
        const struct batch_entry *first = &list->entries[i - 1], *second = &list->entries[i];

        if (first->id != second->id)
            continue;
        scan->element = second->element;
        return batch_error(scan, scan->begin + second->offset, "%s %lld is in element %u already",
                           name, (long long)second->id, first->element);
    }
    return 0;
}

void batch_list_free(struct batch_list *list)
{
    free(list->entries);
    *list = (struct batch_list){0};
}
