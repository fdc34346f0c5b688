/* utf8.c - see utf8.h. */
#include "utf8.h"

/* By its first byte; 0 where none begins so. */
static size_t announced(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

size_t utf8_character(const char *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t n = len ? announced(p[0]) : 0, i;

    if (n == 0 || n > len)
        return 0;
    for (i = 1; i < n; i++)
        if (!continues(bytes[i]))
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

bool utf8_valid(const char *bytes, size_t len)
{
    size_t at, n;

    for (at = 0; at < len; at += n) {
        n = (unsigned char)bytes[at] < 0x80 ? 1 : utf8_character(bytes + at, len - at);
        if (n == 0)
            return false;
    }
    return true;
}

size_t utf8_whole(const char *bytes, size_t len)
{
    size_t begin = len;

    while (begin > 0 && len - begin < UTF8_MOST - 1 && continues(bytes[begin - 1]))
        begin--;
    if (begin == 0)
        return len;
    begin--;
    return announced((unsigned char)bytes[begin]) > len - begin ? begin : len;
}

size_t utf8_next(const char *bytes, size_t len, unsigned *code)
{
    size_t n = utf8_character(bytes, len), i;

    if (n == 0)
        return 0;
    *code = (unsigned char)bytes[0];
    if (n > 1)
        *code &= 0xFFu >> (n + 1);
    for (i = 1; i < n; i++)
        *code = *code << 6 | ((unsigned char)bytes[i] & 0x3F);
    return n;
}

size_t utf8_encode(unsigned code, char bytes[UTF8_MOST])
{
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;

    if (len == 1) {
        bytes[0] = (char)code;
        return 1;
    }
    for (i = len - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)((0xF00u >> len & 0xFF) | code);
    return len;
}
