/* json_out.c - see json_out.h. */
#include "json_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../udf/timestamp.h"
#include "../../udf/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define GUARDED "PURSER" /* the keywords without what makes them one: "-OK", "-FAIL" */
#define GUARDED_LEN (sizeof(GUARDED) - 1)

static void separate(struct json_out *out)
{
    if (out->comma)
        buf_append(out->to, ",", 1);
    out->comma = true;
}

void json_out_begin(struct json_out *out, char bracket)
{
    separate(out);
    buf_append(out->to, &bracket, 1);
    out->comma = false;
}

void json_out_end(struct json_out *out, char bracket)
{
    buf_append(out->to, &bracket, 1);
    out->comma = true;
}

/* Would the hyphen at this place make a keyword of what is around it? "PURSER-Key" is none. */
static bool in_keyword(const char *begin, const char *at)
{
    return (size_t)(at - begin) >= GUARDED_LEN &&
           strncasecmp(at - GUARDED_LEN, GUARDED, GUARDED_LEN) == 0 &&
           (strncasecmp(at, "-ok", 3) == 0 || strncasecmp(at, "-fail", 5) == 0);
}

/* One character; says how many bytes of the text it took. */
static size_t put_character(struct buf *to, const char *text, const char *begin)
{
    unsigned char c = (unsigned char)*text;
    size_t length = utf8_character(text, UTF8_MOST);

    if (length == 0) {
        buf_puts(to, REPLACEMENT);
        return 1;
    }
    if (c == '"' || c == '\\')
        buf_append(to, "\\", 1);
    if (c < ' ' || c == 127 || (c == '-' && in_keyword(begin, text)))
        buf_printf(to, "\\u%04x", c);
    else
        buf_append(to, text, length);
    return length;
}

static void put_string(struct json_out *out, const char *text)
{
    const char *p = text;

    buf_append(out->to, "\"", 1);
    while (*p)
        p += put_character(out->to, p, text);
    buf_append(out->to, "\"", 1);
}

void json_out_key(struct json_out *out, const char *name)
{
    separate(out);
    put_string(out, name);
    buf_append(out->to, ":", 1);
    out->comma = false;
}

void json_out_text(struct json_out *out, const char *text)
{
    separate(out);
    put_string(out, text);
}

void json_out_number(struct json_out *out, double number)
{
    if (!isfinite(number)) {
        json_out_null(out);
        return;
    }
    separate(out);
    buf_printf(out->to, "%.15g", number);
}

void json_out_integer(struct json_out *out, int64_t number)
{
    separate(out);
    buf_printf(out->to, "%lld", (long long)number);
}

void json_out_null(struct json_out *out)
{
    separate(out);
    buf_puts(out->to, "null");
}

void json_out_moment(struct json_out *out, int64_t moment)
{
    char text[TIMESTAMP_ISO_SIZE];

    if (moment == 0) {
        json_out_null(out);
        return;
    }
    timestamp_format_iso(moment, text);
    json_out_text(out, text);
}

void json_out_keyword(struct json_out *out, const char *keyword)
{
    separate(out);
    buf_printf(out->to, "\"%s\"", keyword);
}

/* Outside of strings JSON has no letters but those of true, false, null: PURSER is in a string. */
static void put_guarded(struct buf *to, const char *text, size_t len)
{
    const char *p = text, *end = text + len, *from = text;

    for (; p < end; p++)
        if (*p == '-' && in_keyword(text, p)) {
            buf_append(to, from, (size_t)(p - from));
            buf_puts(to, "\\u002d");
            from = p + 1;
        }
    buf_append(to, from, (size_t)(end - from));
}

void json_out_value(struct json_out *out, const json_t *value)
{
    char *text = value ? json_write(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    if (!text) {
        json_out_null(out);
        return;
    }
    separate(out);
    put_guarded(out->to, text, strlen(text));
    free(text);
}
