#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* Shown in logs and by the server, and written to tables, which take nothing that is not UTF-8: a
   path may be anything, and a name that a "%.64s" has cut may end in half a character. */
static void make_presentable(char *text, size_t full_len, size_t size)
{
    size_t len = strlen(text), n;

    if (full_len >= size)
        text[utf8_whole(text, len)] = '\0';
    for (len = strlen(text); len > 0; len -= n, text += n) {
        n = utf8_character(text, len);
        if (n == 0)
            *text = '?';
        else if (n == 1 && ((unsigned char)*text < ' ' || *text == 0x7F))
            *text = ' ';
        n = n == 0 ? 1 : n;
    }
}

int error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list args;
    int len;

    if (!err || err->code != ERROR_NONE)
        return -1;
    err->code = code;
    va_start(args, format);
    len = vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    if (len < 0)
        err->text[0] = '\0';
    else
        make_presentable(err->text, (size_t)len, sizeof(err->text));
    return -1;
}

int error_prefix(struct error *err, const char *format, ...)
{
    char text[sizeof(err->text)];
    size_t used, rest;
    va_list args;
    int len;

    if (!err || err->code == ERROR_NONE)
        return -1;
    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len < 0)
        return -1;
    used = strlen(text);
    rest = strnlen(err->text, sizeof(err->text) - 1);
    if (rest > sizeof(text) - 1 - used)
        rest = sizeof(text) - 1 - used;
    memcpy(text + used, err->text, rest);
    text[used + rest] = '\0';
    make_presentable(text, (size_t)len + strnlen(err->text, sizeof(err->text) - 1), sizeof(text));
    memcpy(err->text, text, used + rest + 1);
    return -1;
}

void error_clear(struct error *err)
{
    if (!err)
        return;
    err->code = ERROR_NONE;
    err->text[0] = '\0';
}
