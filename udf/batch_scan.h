/*
  batch_scan.h - the words of a JSON text, one after the other, each with its position. Pure.

  Private to the batch_*.c files. All functions that return int give 0 or -1 with the scan's error.
*/
#ifndef PURSER_BATCH_SCAN_H
#define PURSER_BATCH_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define BATCH_TEXT_CHARACTERS 128
#define BATCH_TEXT_SIZE (4 * BATCH_TEXT_CHARACTERS + 1)

struct batch_scan {
    const char *begin, *at, *end; /* borrowed */
    size_t element;               /* number of the element that is read, 0 outside of them */
    struct error *err;
};

/** "element 3, line 2, column 17: " and what is wrong there. @return -1 */
int batch_error(const struct batch_scan *scan, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Skip blanks; the byte that follows, 0 at the end. */
char batch_peek(struct batch_scan *scan);
/** Take that one byte after blanks, or say that it is missing. */
int batch_take(struct batch_scan *scan, char wanted);
/** What begins at the scan, for a message: "a string", "an array", … */
const char *batch_kind(const struct batch_scan *scan);

/** Take a string, decoded, of at most max characters, which are at most BATCH_TEXT_CHARACTERS. */
int batch_string(struct batch_scan *scan, size_t max, char text[BATCH_TEXT_SIZE], size_t *len);
/** Take an integer within [min, max]. */
int batch_integer(struct batch_scan *scan, const char *name, int64_t min, int64_t max,
                  int64_t *number);
/** Take an amount (money.h): a number without exponent, or a string of one; two decimals at most.
 */
int batch_amount(struct batch_scan *scan, const char *name, int64_t max, int64_t *amount);
/** Take the word null, if it is there. */
bool batch_null(struct batch_scan *scan);
/** Pass over a value by its brackets and quotes, without a look at what is in it. */
int batch_skip(struct batch_scan *scan);

#endif
