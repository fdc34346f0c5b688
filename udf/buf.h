/* buf.h - a growing byte buffer with a maximum; always NUL-terminated once it holds anything. */
#ifndef PURSER_BUF_H
#define PURSER_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;  /* owned; NULL while empty */
    size_t len;  /* bytes used, without the NUL */
    size_t cap;  /* bytes allocated */
    size_t max;  /* len never exceeds it */
    bool failed; /* an append did not fit or memory ran out; sticky until buf_clear */
};

/** A buffer that never holds more than max bytes. Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);

/**
  Append bytes, which must not lie in the buffer itself. After a failure all further appends fail
  too, so that a caller may check b->failed once at the end. @retval 0 done @retval -1 over the
  maximum, or no memory
*/
/** Room for len more bytes and a NUL, so that appending them allocates nothing. @retval 0 or -1 */
int buf_reserve(struct buf *b, size_t len);
int buf_append(struct buf *b, const void *bytes, size_t len);
int buf_puts(struct buf *b, const char *text);
int buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Empty it, keep the memory, forget a failure. */
void buf_clear(struct buf *b);

/** Release the memory; the buffer is empty and usable afterwards. Legal twice, and on a zeroed
 * struct. */
void buf_free(struct buf *b);

#endif
