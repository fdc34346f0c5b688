/* csv.h - RFC 4180 comma-separated values from memory, with a delimiter of choice. */
#ifndef PURSER_CSV_H
#define PURSER_CSV_H

#include <stddef.h>

#include "error.h"

#define CSV_FIELDS_MAX 256

struct csv_field {
    const char *text; /* borrowed from the reader; valid until the next csv_next; NUL-terminated */
    size_t len;
};

struct csv; /* one reader; one thread at a time */

/**
  Begin to read. A UTF-8 byte order mark is skipped. Quoted fields may hold delimiters, line breaks
  and doubled quotes; a quote within a field that does not begin with one is refused; lines end in
  LF, CRLF or CR; blank lines are skipped.
  @param bytes     borrowed until csv_destroy
  @param delimiter ',' ';' '\t' or '|'; 0 to tell it from the first line
  @return new, or NULL with err (a zero byte in the data, another delimiter, no memory)
*/
struct csv *csv_create(const char *bytes, size_t len, char delimiter, struct error *err);

/**
  Read the next record.
  @param[out] fields  borrowed array, *count long @param[out] line  line on which it begins, from 1
  @retval 1 a record  @retval 0 the end  @retval -1 malformed; err says the line and what is wrong;
               so do all calls after it
*/
int csv_next(struct csv *csv, const struct csv_field **fields, size_t *count, size_t *line,
             struct error *err);

void csv_destroy(struct csv *csv); /* NULL is legal */

#endif
