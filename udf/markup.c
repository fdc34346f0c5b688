/* markup.c - see markup.h. */
#include "markup.h"

bool markup_put_escape(struct buf *out, unsigned c)
{
    switch (c) {
    case '&':
        buf_puts(out, "&amp;");
        return true;
    case '<':
        buf_puts(out, "&lt;");
        return true;
    case '>':
        buf_puts(out, "&gt;");
        return true;
    case '"':
        buf_puts(out, "&quot;");
        return true;
    case '\'':
        buf_puts(out, "&#39;");
        return true;
    default:
        return false;
    }
}
