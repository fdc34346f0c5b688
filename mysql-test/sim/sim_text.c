#include "sim_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct sim_text *t, size_t more)
{
    size_t need = t->len + more + 1;
    size_t cap = t->cap ? t->cap : 1024;
    char *data;

    if (t->failed)
        return false;
    if (need <= t->cap)
        return true;
    while (cap < need)
        cap *= 2;
    data = realloc(t->data, cap);
    if (!data) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->cap = cap;
    return true;
}

void sim_text_bytes(struct sim_text *t, const char *bytes, size_t len)
{
    if (!grow(t, len))
        return;
    if (len)
        memcpy(t->data + t->len, bytes, len);
    t->len += len;
    t->data[t->len] = '\0';
}

void sim_text_puts(struct sim_text *t, const char *text)
{
    sim_text_bytes(t, text, strlen(text));
}

void sim_text_int(struct sim_text *t, int64_t value)
{
    char digits[24];
    char *p = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--p = '-';
    sim_text_bytes(t, p, (size_t)(digits + sizeof(digits) - p));
}

static void escape(struct sim_text *t, unsigned char c)
{
    if (c == '"' || c == '\\') {
        char pair[2] = {'\\', (char)c};

        sim_text_bytes(t, pair, 2);
    } else {
        sim_text_printf(t, "\\u%04x", c);
    }
}

void sim_text_json(struct sim_text *t, const char *text)
{
    const char *start = text;

    if (!text) {
        SIM_TEXT_LIT(t, "null");
        return;
    }
    SIM_TEXT_LIT(t, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        sim_text_bytes(t, start, (size_t)(text - start));
        escape(t, c);
        start = text + 1;
    }
    sim_text_bytes(t, start, (size_t)(text - start));
    SIM_TEXT_LIT(t, "\"");
}

void sim_text_printf(struct sim_text *t, const char *format, ...)
{
    va_list args, again;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len >= 0 && grow(t, (size_t)len)) {
        vsnprintf(t->data + t->len, (size_t)len + 1, format, again);
        t->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
}

void sim_text_token(struct sim_text *t, uint64_t seed, unsigned digits)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned i;

    if (!grow(t, digits))
        return;
    for (i = 0; i < digits; i++) {
        if (i % 10 == 0)
            seed = sim_mix(seed);
        /* Six bits a letter; the two values beyond the alphabet fold back, randomness is no aim. */
        t->data[t->len++] = letters[(seed >> (6 * (i % 10)) & 63) % 62];
    }
    t->data[t->len] = '\0';
}

char *sim_text_take(struct sim_text *t, size_t *len)
{
    char *data;

    *len = 0;
    if (!grow(t, 0)) {
        sim_text_free(t);
        return NULL;
    }
    data = t->data;
    data[t->len] = '\0';
    *len = t->len;
    *t = (struct sim_text){0};
    return data;
}

void sim_text_free(struct sim_text *t)
{
    free(t->data);
    *t = (struct sim_text){0};
}

uint64_t sim_mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

uint64_t sim_hash(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return sim_mix(hash);
}
