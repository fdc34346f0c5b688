/* text.c - see text.h. */
#include "text.h"

#include <string.h>
#include <wchar.h>

size_t utf8_next(const char *bytes, size_t len, unsigned *code)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = (unsigned char)bytes[0];
    size_t n = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0, i;

    if (n == 0 || n > len || c >= 0xf5)
        return 0;
    *code = n == 1 ? c : c & (0x7f >> n);
    for (i = 1; i < n; i++) {
        unsigned char next = (unsigned char)bytes[i];

        if ((next & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (next & 0x3f);
    }
    if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return n;
}

bool utf8_is_valid(const char *bytes, size_t len)
{
    unsigned code;

    while (len) {
        size_t n = utf8_next(bytes, len, &code);

        if (n == 0)
            return false;
        bytes += n;
        len -= n;
    }
    return true;
}

size_t text_width(const char *text, size_t len)
{
    size_t width = 0;
    unsigned code;

    while (len) {
        size_t n = utf8_next(text, len, &code);
        int w = n ? wcwidth((wchar_t)code) : 1;

        width += w > 0 ? (size_t)w : 0;
        text += n ? n : 1;
        len -= n ? n : 1;
    }
    return width;
}

/* Controls, and what changes the direction or the lines of what comes after it. */
static bool drives_terminal(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

static void escape(struct buf *b, unsigned code)
{
    switch (code) {
    case '\n':
        buf_puts(b, "\\n");
        break;
    case '\r':
        buf_puts(b, "\\r");
        break;
    case '\t':
        buf_puts(b, "\\t");
        break;
    default:
        if (code < 0x80)
            buf_printf(b, "\\x%02x", code);
        else
            buf_printf(b, "\\u{%x}", code);
    }
}

void text_for_terminal(struct buf *b, const char *text, size_t len, bool lines)
{
    unsigned code;
    size_t plain = 0; /* bytes before text that are to be copied */

    while (len) {
        size_t n = utf8_next(text, len, &code);

        if (n && (!drives_terminal(code) || (lines && (code == '\n' || code == '\t')))) {
            plain += n;
        } else {
            buf_append(b, text - plain, plain);
            plain = 0;
            if (n)
                escape(b, code);
            else
                buf_printf(b, "\\x%02x", (unsigned char)*text);
        }
        text += n ? n : 1;
        len -= n ? n : 1;
    }
    buf_append(b, text - plain, plain);
}

void text_to_json(struct buf *b, const char *text, size_t len)
{
    unsigned code;
    size_t plain = 0;

    buf_puts(b, "\"");
    while (len) {
        size_t n = utf8_next(text, len, &code);

        if (n && !drives_terminal(code) && code != '"' && code != '\\') {
            plain += n;
        } else {
            buf_append(b, text - plain, plain);
            plain = 0;
            if (n == 0)
                buf_puts(b, "\xef\xbf\xbd");
            else if (code == '"' || code == '\\')
                buf_printf(b, "\\%c", (int)code);
            else
                buf_printf(b, "\\u%04x", code);
        }
        text += n ? n : 1;
        len -= n ? n : 1;
    }
    buf_append(b, text - plain, plain);
    buf_puts(b, "\"");
}

void text_of_json(struct buf *b, const char *json, size_t len)
{
    size_t plain = 0;
    unsigned code = 0;

    while (len) {
        size_t n = utf8_next(json, len, &code);

        if (n == 0 || code < 0x20 || !drives_terminal(code)) {
            plain += n ? n : 1;
        } else {
            buf_append(b, json - plain, plain);
            buf_printf(b, "\\u%04x", code);
            plain = 0;
        }
        json += n ? n : 1;
        len -= n ? n : 1;
    }
    buf_append(b, json - plain, plain);
}

void text_as_utf8(struct buf *b, const char *text, size_t len)
{
    unsigned code;

    while (len) {
        size_t n = utf8_next(text, len, &code);

        if (n)
            buf_append(b, text, n);
        else
            buf_puts(b, "\xef\xbf\xbd");
        text += n ? n : 1;
        len -= n ? n : 1;
    }
}

void text_as_hex(struct buf *b, const char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < len; i++) {
        char two[2] = {digits[(unsigned char)bytes[i] >> 4], digits[bytes[i] & 15]};

        buf_append(b, two, 2);
    }
}
