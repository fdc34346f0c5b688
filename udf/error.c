#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Shown in logs and by the server: one line, and no half of a UTF-8 character where it was cut. */
static void make_presentable(char *text, size_t full_len, size_t size)
{
    size_t len = strlen(text);

    if (full_len >= size) {
        size_t cut = len;

        while (cut > 0 && len - cut < 4 && ((unsigned char)text[cut - 1] & 0xC0) == 0x80)
            cut--;
        if (cut > 0 && (unsigned char)text[cut - 1] >= 0xC0) {
            unsigned char lead = (unsigned char)text[cut - 1];
            size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;

            if (len - (cut - 1) < need)
                text[cut - 1] = '\0';
        }
    }
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            *text = ' ';
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
