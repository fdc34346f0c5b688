/* unit_html.h - is a page whole? Every tag closed in its order, every text without a bare '<'. */
#ifndef PURSER_UNIT_HTML_H
#define PURSER_UNIT_HTML_H

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define UNIT_HTML_DEPTH 64

/* The end of the tag that begins at `at`, after its '>'; NULL where a quote or the tag has no end.
 */
static inline const char *unit_html_tag_end(const char *at)
{
    char quote = 0;

    for (; *at; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '"')
            quote = *at;
        else if (*at == '<' || *at == '\'')
            return NULL;
        else if (*at == '>')
            return at + 1;
    }
    return NULL;
}

static inline bool unit_html_is_void(const char *name, size_t len)
{
    return (len == 4 && (memcmp(name, "meta", 4) == 0 || memcmp(name, "link", 4) == 0)) ||
           (len == 2 && memcmp(name, "br", 2) == 0);
}

/* @retval NULL it is whole  @retval else where it is not */
static inline const char *unit_html_broken(const char *page)
{
    struct {
        const char *name;
        size_t len;
    } open[UNIT_HTML_DEPTH];
    size_t depth = 0, len;
    const char *at = page, *name, *end, *raw;

    if (strncmp(page, "<!DOCTYPE html>", 15) != 0)
        return page;
    at += 15;
    while ((at = strchr(at, '<'))) {
        bool is_end = at[1] == '/';

        name = at + 1 + is_end;
        for (len = 0; isalnum((unsigned char)name[len]); len++)
            ;
        end = unit_html_tag_end(name);
        if (len == 0 || !end)
            return at;
        if (is_end) {
            if (depth == 0 || open[depth - 1].len != len ||
                memcmp(open[depth - 1].name, name, len) != 0)
                return at;
            depth--;
        } else if (end[-2] != '/' && !unit_html_is_void(name, len)) {
            if (depth == UNIT_HTML_DEPTH)
                return at;
            open[depth].name = name;
            open[depth++].len = len;
            raw = len == 6 && memcmp(name, "script", 6) == 0  ? "</script>"
                  : len == 5 && memcmp(name, "style", 5) == 0 ? "</style>"
                                                              : NULL;
            if (raw && !(end = strstr(end, raw)))
                return at;
        }
        at = end;
    }
    return depth == 0 ? NULL : open[depth - 1].name;
}

#endif
