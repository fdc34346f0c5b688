/* import_seen.h - which records an export has named already. */
#ifndef PURSER_IMPORT_SEEN_H
#define PURSER_IMPORT_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../udf/record.h"

/* Two hashes for each record, no text: at most 32 bytes a row. All zero is empty. */
struct import_seen {
    struct seen_record {
        uint64_t id, content;
    } * slots; /* owned; id 0: free */
    size_t count, cap;
};

enum import_repeat { IMPORT_NEW, IMPORT_REPEATED, IMPORT_CONTRADICTED, IMPORT_NO_MEMORY };

/** Was a record of this kind and id there before, and did it say the same? */
enum import_repeat import_seen_add(struct import_seen *seen, const struct record *record);
void import_seen_free(struct import_seen *seen);

#endif
