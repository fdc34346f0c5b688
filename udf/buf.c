#include "buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

void buf_init(struct buf *b, size_t max)
{
    memset(b, 0, sizeof(*b));
    b->max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2; /* so that no sum below can wrap */
}

int buf_reserve(struct buf *b, size_t len)
{
    size_t need, cap;
    char *data;

    if (b->failed)
        return -1;
    if (b->len > b->max || len > b->max - b->len) {
        b->failed = true;
        return -1;
    }
    need = b->len + len + 1;
    if (need <= b->cap)
        return 0;
    cap = b->cap ? b->cap * 2 : FIRST_CAPACITY;
    if (cap > b->max + 1)
        cap = b->max + 1;
    if (cap < need)
        cap = need;
    data = realloc(b->data, cap);
    if (!data) {
        b->failed = true;
        return -1;
    }
    b->data = data;
    b->cap = cap;
    return 0;
}

int buf_append(struct buf *b, const void *bytes, size_t len)
{
    if (buf_reserve(b, len) != 0)
        return -1;
    if (len > 0)
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
    return 0;
}

int buf_puts(struct buf *b, const char *text)
{
    return buf_append(b, text, strlen(text));
}

int buf_printf(struct buf *b, const char *format, ...)
{
    size_t room;
    va_list args;
    int len;

    if (buf_reserve(b, 0) != 0)
        return -1;
    room = b->cap - b->len;
    va_start(args, format);
    len = vsnprintf(b->data + b->len, room, format, args);
    va_end(args);
    if (len < 0)
        b->failed = true;
    if (len >= 0 && (size_t)len >= room && buf_reserve(b, (size_t)len) == 0) {
        va_start(args, format);
        vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
        va_end(args);
    }
    if (b->failed) {
        b->data[b->len] = '\0'; /* what was written in part is taken back */
        return -1;
    }
    b->len += (size_t)len;
    return 0;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

void buf_free(struct buf *b)
{
    free(b->data);
    b->data = NULL;
    b->len = b->cap = 0;
    b->failed = false;
}
