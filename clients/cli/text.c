/* text.c - see text.h. */
#include "text.h"

#include <string.h>
#include <wchar.h>

#include "utf8.h"

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

        if (n == 0 || (code < 0x20 && code != '\r') || !drives_terminal(code)) {
            plain += n ? n : 1;
        } else {
            buf_append(b, json - plain, plain);
            if (code == '\r') /* between two values: there it is a blank */
                buf_puts(b, " ");
            else
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
