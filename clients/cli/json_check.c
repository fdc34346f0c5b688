/* json_check.c - see json_check.h. */
#include "json_check.h"

#include <string.h>

#include "utf8.h"

#define DEPTH_MAX 512

struct scan {
    const char *at, *end;
    int depth;
    bool is_array[DEPTH_MAX];
};

static void blanks(struct scan *scan)
{
    while (scan->at < scan->end && memchr(" \t\r\n", *scan->at, 4))
        scan->at++;
}

static bool next_is(struct scan *scan, char c)
{
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

static bool digits(struct scan *scan)
{
    const char *begin = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > begin;
}

static bool number(struct scan *scan)
{
    next_is(scan, '-');
    if (!next_is(scan, '0') && !digits(scan))
        return false;
    if (next_is(scan, '.') && !digits(scan))
        return false;
    if (next_is(scan, 'e') || next_is(scan, 'E')) {
        if (!next_is(scan, '+'))
            next_is(scan, '-');
        return digits(scan);
    }
    return true;
}

static bool string(struct scan *scan)
{
    int i;

    if (!next_is(scan, '"'))
        return false;
    while (!next_is(scan, '"')) {
        size_t n;

        if (scan->at == scan->end || (unsigned char)*scan->at < 0x20)
            return false;
        if (next_is(scan, '\\')) {
            if (next_is(scan, 'u')) {
                for (i = 0; i < 4; i++, scan->at++) {
                    if (scan->at == scan->end || !*scan->at ||
                        !strchr("0123456789abcdefABCDEF", *scan->at))
                        return false;
                }
            } else if (scan->at == scan->end || !memchr("\"\\/bfnrt", *scan->at, 8)) {
                return false;
            } else {
                scan->at++;
            }
            continue;
        }
        n = utf8_character(scan->at, (size_t)(scan->end - scan->at));
        if (n == 0)
            return false;
        scan->at += n;
    }
    return true;
}

static bool word(struct scan *scan, const char *text)
{
    size_t len = strlen(text);

    if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, text, len) != 0)
        return false;
    scan->at += len;
    return true;
}

static bool member_name(struct scan *scan)
{
    blanks(scan);
    if (!string(scan))
        return false;
    blanks(scan);
    return next_is(scan, ':');
}

/* After a value: out of what it closes, and to where the next begins. done: it was the last. */
static bool after_value(struct scan *scan, bool *done)
{
    for (;;) {
        blanks(scan);
        if (scan->depth == 0) {
            *done = true;
            return scan->at == scan->end;
        }
        if (next_is(scan, ','))
            return scan->is_array[scan->depth - 1] || member_name(scan);
        if (!next_is(scan, scan->is_array[scan->depth - 1] ? ']' : '}'))
            return false;
        scan->depth--;
    }
}

/* Into an array or object that is not empty: opened. Else the value is over. */
static bool value(struct scan *scan, bool *opened)
{
    char c;

    *opened = false;
    blanks(scan);
    if (scan->at == scan->end)
        return false;
    c = *scan->at;
    if (c == '"')
        return string(scan);
    if (c != '[' && c != '{')
        return c == 't'   ? word(scan, "true")
               : c == 'f' ? word(scan, "false")
               : c == 'n' ? word(scan, "null")
                          : number(scan);
    if (scan->depth == DEPTH_MAX)
        return false;
    scan->at++;
    blanks(scan);
    if (next_is(scan, c == '[' ? ']' : '}'))
        return true;
    scan->is_array[scan->depth++] = c == '[';
    *opened = true;
    return c == '[' || member_name(scan);
}

bool json_is_valid(const char *text, size_t len)
{
    struct scan scan = {.at = text, .end = text + len};
    bool opened, done = false;

    while (!done) {
        if (!value(&scan, &opened) || (!opened && !after_value(&scan, &done)))
            return false;
    }
    return true;
}

bool json_is_number(const char *text, size_t len)
{
    struct scan scan = {.at = text, .end = text + len};

    return number(&scan) && scan.at == scan.end;
}
