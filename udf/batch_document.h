/*
  batch_document.h - the frame that all batches share: options, the array, its elements. Pure.

  Private to the batch_*.c files.
*/
#ifndef PURSER_BATCH_DOCUMENT_H
#define PURSER_BATCH_DOCUMENT_H

#include "batch.h"
#include "batch_scan.h"

#define BATCH_MEMBERS_MAX 12

enum batch_type { BATCH_INTEGER, BATCH_AMOUNT, BATCH_TEXT };

struct batch_member {
    const char *name;
    enum batch_type type;
    bool nullable;
    int64_t min, max; /* of an integer or an amount; of a text max characters */
};

struct batch_value {
    bool given, null;
    int64_t number; /* BATCH_INTEGER; BATCH_AMOUNT as of money.h */
    size_t len;
    char text[BATCH_TEXT_SIZE];
};

/** One of the words that an option may be. */
struct batch_option {
    const char *name;
    const char *const *words; /* the first is the default; NULL-terminated */
    size_t chosen;            /* out */
};

struct batch_document {
    const struct batch_member *members;
    size_t member_count;
    struct batch_option *options;
    size_t option_count;
    bool with_key; /* whether it may have an idempotency_key */
    /** Called for each element. @param at  where it begins @return 0, or -1 with the scan's error
     */
    int (*element)(void *context, struct batch_scan *scan, const char *at,
                   const struct batch_value *values);
    void *context;

    bool is_object;         /* out: the form with options */
    struct batch_value key; /* out */
    struct batch_scan scan; /* out: for errors that are found afterwards */
};

/** Read the options; the array is only looked for. Refuses more than BATCH_MAX bytes. */
int batch_read_options(struct batch_document *document, const char *text, size_t len,
                       struct error *err);
/** Then the elements, and see that nothing follows. */
int batch_read_items(struct batch_document *document, batch_stop *stop);

/** "{…options…,"items":[" or "[" and what closes it. */
void batch_open(const struct batch_document *document, struct buf *out);
int batch_close(const struct batch_document *document, struct buf *out, struct error *err);

/** A JSON string of a text that batch_string has given. */
void batch_put_text(struct buf *out, const char *text, size_t len);

/** A number in decimal. @return its length */
size_t batch_format(int64_t number, char text[24]);

#endif
