/* batch_scan.c - see batch_scan.h. */
#include "batch_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "money.h"
#include "utf8.h"

#define CENT (MONEY_SCALE / 100)

int batch_error(const struct batch_scan *scan, const char *where, const char *format, ...)
{
    char what[320], element[32] = "";
    size_t line = 1;
    const char *start = scan->begin, *at;
    va_list args;

    for (at = scan->begin; at < where; at++) {
        if (*at == '\n') {
            line++;
            start = at + 1;
        }
    }
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    if (scan->element)
        snprintf(element, sizeof(element), "element %zu, ", scan->element);
    return error_set(scan->err, ERROR_INPUT, "%sline %zu, column %zu: %s", element, line,
                     (size_t)(where - start) + 1, what);
}

char batch_peek(struct batch_scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
    return scan->at < scan->end ? *scan->at : '\0';
}

const char *batch_kind(const struct batch_scan *scan)
{
    if (scan->at >= scan->end)
        return "the end of the text";
    switch (*scan->at) {
    case '"':
        return "a string";
    case '[':
        return "an array";
    case '{':
        return "an object";
    case 't':
    case 'f':
        return "true or false";
    case 'n':
        return "null";
    default:
        return *scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9') ? "a number"
                                                                          : "something else";
    }
}

int batch_take(struct batch_scan *scan, char wanted)
{
    if (batch_peek(scan) != wanted || scan->at >= scan->end)
        return batch_error(scan, scan->at, "'%c' is missing; here is %s", wanted, batch_kind(scan));
    scan->at++;
    return 0;
}

bool batch_null(struct batch_scan *scan)
{
    if (batch_peek(scan) != 'n' || scan->end - scan->at < 4 || memcmp(scan->at, "null", 4) != 0)
        return false;
    scan->at += 4;
    return true;
}

/* ---- strings */

static int hex4(struct batch_scan *scan, unsigned *unit)
{
    int i;

    *unit = 0;
    for (i = 0; i < 4; i++, scan->at++) {
        char c = scan->at < scan->end ? *scan->at : '\0';
        unsigned digit;

        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            digit = (unsigned)((c | 0x20) - 'a') + 10;
        else
            return batch_error(scan, scan->at, "four hexadecimal digits must follow \\u");
        *unit = *unit * 16 + digit;
    }
    return 0;
}

/* What follows \u; surrogates come in pairs. */
static int unicode_escape(struct batch_scan *scan, char *text, size_t *len)
{
    const char *where = scan->at - 2;
    unsigned code, low;

    if (hex4(scan, &code) != 0)
        return -1;
    if (code >= 0xD800 && code < 0xDC00) {
        if (scan->end - scan->at < 2 || scan->at[0] != '\\' || scan->at[1] != 'u')
            return batch_error(scan, where, "half of a surrogate pair");
        scan->at += 2;
        if (hex4(scan, &low) != 0)
            return -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return batch_error(scan, where, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
        return batch_error(scan, where, "half of a surrogate pair");
    }
    if (code == 0)
        return batch_error(scan, where, "a NUL is no text");
    *len += utf8_encode(code, text + *len);
    return 0;
}

static int escape(struct batch_scan *scan, char *text, size_t *len)
{
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *known;
    char c = scan->end - scan->at > 1 ? scan->at[1] : '\0';

    if (c == 'u') {
        scan->at += 2;
        return unicode_escape(scan, text, len);
    }
    known = c ? strchr(letters, c) : NULL;
    if (!known)
        return batch_error(scan, scan->at, "a backslash that means nothing");
    text[(*len)++] = bytes[known - letters];
    scan->at += 2;
    return 0;
}

int batch_string(struct batch_scan *scan, size_t max, char text[BATCH_TEXT_SIZE], size_t *len)
{
    const char *begin = scan->at;
    size_t count;

    *len = 0;
    scan->at++; /* its quote: the caller has seen it */
    for (count = 0; scan->at < scan->end && *scan->at != '"'; count++) {
        if (count >= max)
            return batch_error(scan, begin, "longer than %zu characters", max);
        if (*scan->at == '\\') {
            if (escape(scan, text, len) != 0)
                return -1;
        } else if ((unsigned char)*scan->at < 0x20) {
            return batch_error(scan, scan->at, "a control character in a string");
        } else {
            size_t bytes = utf8_character(scan->at, (size_t)(scan->end - scan->at));

            if (bytes == 0)
                return batch_error(scan, scan->at, "not UTF-8");
            memcpy(text + *len, scan->at, bytes);
            *len += bytes;
            scan->at += bytes;
        }
    }
    if (scan->at >= scan->end)
        return batch_error(scan, begin, "a string without end");
    scan->at++;
    text[*len] = '\0';
    return 0;
}

/* ---- numbers */

static bool is_digit(const struct batch_scan *scan)
{
    return scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9';
}

static bool goes_on(const struct batch_scan *scan) /* as a fraction, an exponent, or a word */
{
    char c = scan->at < scan->end ? *scan->at : ' ';

    return c == '.' || c == '+' || c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

static int wrong_kind(const struct batch_scan *scan, const char *name)
{
    const char *kind = batch_kind(scan);

    if (strcmp(kind, "a number") == 0)
        return batch_error(scan, scan->at, "%s must be an integer", name);
    return batch_error(scan, scan->at, "%s must be an integer, not %s", name, kind);
}

int batch_integer(struct batch_scan *scan, const char *name, int64_t min, int64_t max,
                  int64_t *number)
{
    const char *begin, *digits;
    bool negative, over = false;
    int64_t value = 0;

    *number = 0;
    negative = batch_peek(scan) == '-';
    begin = scan->at;
    scan->at += negative;
    digits = scan->at;
    for (; is_digit(scan); scan->at++) {
        over =
            over || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *scan->at - '0', &value); /* below zero reaches further */
    }
    if (scan->at == digits || goes_on(scan)) {
        scan->at = begin;
        return wrong_kind(scan, name);
    }
    if (*digits == '0' && scan->at - digits > 1)
        return batch_error(scan, begin, "%s begins with a zero", name);
    if (!negative)
        over = over || __builtin_sub_overflow(0, value, &value);
    if (over || value < min || value > max)
        return batch_error(scan, begin, "%s must be between %lld and %lld", name, (long long)min,
                           (long long)max);
    *number = value;
    return 0;
}

int batch_amount(struct batch_scan *scan, const char *name, int64_t max, int64_t *amount)
{
    char text[BATCH_TEXT_SIZE];
    const char *begin;
    size_t len = 0;

    *amount = 0;
    if (batch_peek(scan) == '"') {
        begin = scan->at;
        if (batch_string(scan, 32, text, &len) != 0)
            return -1;
    } else {
        begin = scan->at;
        for (; goes_on(scan) && len < 32; scan->at++)
            text[len++] = *scan->at;
        if (len == 0 || text[0] == '.' || text[0] == '+' ||
            (len > 1 && text[0] == '0' && text[1] != '.'))
            len = 0;
    }
    if (len == 0 || goes_on(scan) || money_parse(text, len, amount, NULL) != 0) {
        *amount = 0;
        return batch_error(scan, begin, "%s must be an amount like 1250.50, without exponent",
                           name);
    }
    if (*amount % CENT != 0 || *amount < 0 || *amount > max) {
        *amount = 0;
        return batch_error(scan, begin, "%s must be between 0 and %lld, with at most two decimals",
                           name, (long long)(max / MONEY_SCALE));
    }
    return 0;
}

/* ---- whatever it is */

static int skip_string(struct batch_scan *scan)
{
    const char *begin = scan->at++;

    for (; scan->at < scan->end && *scan->at != '"'; scan->at++) {
        if (*scan->at == '\\')
            scan->at++;
    }
    if (scan->at >= scan->end) {
        scan->at = scan->end;
        return batch_error(scan, begin, "a string without end");
    }
    scan->at++;
    return 0;
}

int batch_skip(struct batch_scan *scan)
{
    const char *begin = scan->at;
    size_t depth = 0;

    do {
        char c = batch_peek(scan);

        if (scan->at >= scan->end)
            return batch_error(scan, begin, "it does not end");
        if (c == '"') {
            if (skip_string(scan) != 0)
                return -1;
            continue;
        }
        depth += c == '[' || c == '{';
        depth -= depth > 0 && (c == ']' || c == '}');
        scan->at++;
    } while (depth > 0);
    return 0;
}
