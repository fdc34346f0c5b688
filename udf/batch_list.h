/*
  batch_list.h - elements with an id, to be sorted by it, each once. Pure.

  Private to the batch_*.c files.
*/
#ifndef PURSER_BATCH_LIST_H
#define PURSER_BATCH_LIST_H

#include "batch_document.h"

struct batch_entry {
    int64_t id;
    int32_t number;
    uint32_t kind;
    uint32_t element; /* its number in the text */
    uint32_t offset;  /* where it begins in the text */
};

struct batch_list {
    struct batch_entry *entries; /* owned */
    size_t count, capacity;
    bool sorted; /* as they came */
};

/** @return 0, or -1 out of memory with the scan's error */
int batch_list_add(struct batch_list *list, const struct batch_scan *scan, const char *at,
                   int64_t id, uint32_t kind, int32_t number);
/** Sort; -1 with the position of the second where an id (named `name`) is there twice. */
int batch_list_sort(struct batch_list *list, struct batch_scan *scan, const char *name);
void batch_list_free(struct batch_list *list);

#endif
