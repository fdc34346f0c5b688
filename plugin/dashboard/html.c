/* html.c - see html.h. */
#include "html.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../udf/fnv.h"
#include "../../udf/markup.h"
#include "../../udf/timestamp.h"
#include "../../udf/utf8.h"

#define NO_CHARACTER 0xFFFD /* shown instead of bytes that are none */

static bool is_unfit(unsigned c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || c == 0x061C ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF ||
           c == NO_CHARACTER || (c & 0xFFFE) == 0xFFFE;
}

static void put_character(struct buf *out, unsigned c, const char *bytes, size_t len)
{
    if (markup_put_escape(out, c))
        return;
    if (c == '\t' || c == '\n' || c == '\r')
        buf_puts(out, " ");
    else if (is_unfit(c))
        buf_puts(out, "\xEF\xBF\xBD");
    else
        buf_append(out, bytes, len);
}

void html_text(struct buf *out, const char *text, size_t most)
{
    unsigned code;
    size_t len, i;

    for (i = 0; text && *text; i++, text += len ? len : 1) {
        len = utf8_next(text, UTF8_MOST, &code);
        if (i == most) {
            buf_puts(out, "\xE2\x80\xA6");
            return;
        }
        put_character(out, len ? code : NO_CHARACTER, text, len);
    }
}

void html_count(struct buf *out, int64_t count)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)count), i;
    int first = digits[0] == '-';

    if (first)
        buf_puts(out, "\xE2\x88\x92"); /* a minus as wide as a digit */
    for (i = first; i < len; i++) {
        if (i > first && (len - i) % 3 == 0)
            buf_puts(out, ",");
        buf_append(out, &digits[i], 1);
    }
}

/* At most two decimals, and none where there are digits enough before them. */
static void put_number(struct buf *out, double value)
{
    char text[32];
    double size = fabs(value);

    if (!isfinite(value)) {
        buf_puts(out, "\xE2\x80\x93");
        return;
    }
    if (size >= 1e15) {
        buf_printf(out, "%.3g", value);
        return;
    }
    if (size >= 1000 || value == floor(value)) {
        html_count(out, llround(value));
        return;
    }
    snprintf(text, sizeof(text), size >= 100 ? "%.1f" : size >= 0.01 ? "%.2f" : "%.2g", size);
    if (!strchr(text, 'e') && strchr(text, '.')) { /* 86.40 is 86.4 */
        size_t len = strlen(text);

        while (text[len - 1] == '0')
            text[--len] = '\0';
        if (text[len - 1] == '.')
            text[--len] = '\0';
    }
    if (value < 0)
        buf_puts(out, "\xE2\x88\x92");
    buf_puts(out, text);
}

static void put_bytes(struct buf *out, double value)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t i;

    for (i = 0; i + 1 < sizeof(units) / sizeof(units[0]) && fabs(value) >= 1024; i++)
        value /= 1024;
    put_number(out, value);
    buf_printf(out, "\xC2\xA0%s", units[i]);
}

void html_value(struct buf *out, double value, const char *unit)
{
    if (strcmp(unit, "s") == 0 && value >= 120 && value < 1e12) {
        html_duration(out, llround(value));
        return;
    }
    if (strcmp(unit, "ms") == 0 && value >= 10000 && value < 1e15) {
        html_value(out, value / 1000, "s");
        return;
    }
    if (strcmp(unit, "bytes") == 0 && isfinite(value)) {
        put_bytes(out, value);
        return;
    }
    put_number(out, value);
    if (strcmp(unit, "percent") == 0) {
        buf_puts(out, "\xC2\xA0%");
    } else if (unit[0]) {
        buf_puts(out, "\xC2\xA0");
        html_text(out, unit, HEALTH_UNIT_SIZE);
    }
}

void html_duration(struct buf *out, int64_t seconds)
{
    long long s = seconds < 0 ? 0 : seconds;
    static const char *const names[] = {"d", "h", "min", "s"};
    static const int sizes[] = {86400, 3600, 60, 1};
    int i;

    for (i = 0; i < 3 && s < sizes[i]; i++)
        ;
    html_count(out, s / sizes[i]);
    buf_printf(out, "\xC2\xA0%s", names[i]);
    s %= sizes[i];
    if (i < 3 && s / sizes[i + 1])
        buf_printf(out, " %lld\xC2\xA0%s", s / sizes[i + 1], names[i + 1]);
}

void html_moment(struct buf *out, int64_t moment)
{
    char iso[TIMESTAMP_ISO_SIZE];

    timestamp_format_iso(moment, iso); /* 2025-07-05T10:00:00.123456Z */
    buf_printf(out, "<time datetime=\"%.19sZ\">%.10s %.8s UTC</time>", iso, iso, iso + 11);
}

void html_moment_short(struct buf *out, int64_t moment)
{
    char iso[TIMESTAMP_ISO_SIZE];

    timestamp_format_iso(moment, iso);
    buf_printf(out, "<time datetime=\"%.19sZ\">%.5s %.5s UTC</time>", iso, iso + 5, iso + 11);
}

void html_shape(struct buf *out, enum health_level level)
{
    const char *name = health_level_name(level);

    buf_printf(out,
               "<svg class=\"shape\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">"
               "<use href=\"#s-%s\"/></svg>",
               name);
}

void html_id(struct buf *out, const char *text)
{
    buf_printf(out, "i%016llx", (unsigned long long)fnv_bytes(FNV_BASIS, text, strlen(text)));
}
