/* log_scan.c - see log_scan.h. */
#include "log_scan.h"

#include <string.h>

#include "../../udf/utf8.h"

/* Purser's own lines about health and alerts: to count them would be to hear oneself. */
static const char *const own_lines[] = {"Purser: health", "Purser: alert"};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool has_prefix(const char *text, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);

    return len >= n && memcmp(text, prefix, n) == 0;
}

/* "Nov 21 03:30:31 " or "2026-11-21T03:30:31.123456+00:00 ". @return its length, 0: there is none
 */
static size_t syslog_time(const char *line, size_t len)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t i;

    if (len > 16 && line[3] == ' ' && line[6] == ' ' && line[9] == ':' && line[12] == ':' &&
        line[15] == ' ') {
        for (i = 0; i + 3 < sizeof(months); i += 3)
            if (memcmp(line, months + i, 3) == 0)
                return 16;
        return 0;
    }
    if (len > 20 && is_digit(line[0]) && line[4] == '-' && line[7] == '-' && line[10] == 'T')
        for (i = 11; i < len && i < 40; i++)
            if (line[i] == ' ')
                return i + 1;
    return 0;
}

/* The host's name and "mariadbd[123]: ". @return where the message begins, 0: it is not syslog's */
static size_t after_syslog(const char *line, size_t len)
{
    size_t at = syslog_time(line, len), words = 0;

    if (at == 0)
        return 0;
    for (; at + 1 < len && at < 300; at++) {
        if (line[at] == ' ' && ++words > 1)
            return 0;
        if (words == 1 && line[at] == ':' && line[at + 1] == ' ')
            return at + 2;
    }
    return 0;
}

/* Date, time and thread: digits and what separates them. */
static size_t after_time(const char *line, size_t len, size_t at)
{
    while (at < len && (is_digit(line[at]) || memchr(" :-", line[at], 3)))
        at++;
    return at;
}

enum line_severity log_line_severity(const char *line, size_t len, size_t *text)
{
    static const struct {
        const char *word;
        enum line_severity severity;
    } words[] = {{"[ERROR] ", LINE_ERROR}, {"[Warning] ", LINE_WARNING}, {"[Note] ", LINE_NOTE}};
    size_t begin = after_syslog(line, len), at = after_time(line, len, begin), i;

    *text = len;
    /* Without syslog a line of the server's begins with a date. */
    if (begin == 0 && (at < 8 || !is_digit(line[0])))
        return LINE_OTHER;
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (has_prefix(line + at, len - at, words[i].word)) {
            *text = at + strlen(words[i].word);
            return words[i].severity;
        }
    return LINE_OTHER;
}

/* The text is "mariadbd: Purser: health: …". */
static bool is_own(const char *text, size_t len)
{
    const char *colon = memmem(text, len < 64 ? len : 64, ": ", 2);
    size_t i, rest;

    if (!colon)
        return false;
    rest = len - (size_t)(colon + 2 - text);
    for (i = 0; i < sizeof(own_lines) / sizeof(own_lines[0]); i++)
        if (has_prefix(colon + 2, rest, own_lines[i]))
            return true;
    return false;
}

/* A line as text that can be shown: valid UTF-8 without control bytes. */
static void copy_text(char *out, size_t size, const char *line, size_t len)
{
    size_t cut = 0, i;
    bool valid;

    if (len >= size) { /* it is cut, perhaps in the middle of a character */
        len = size - 1;
        cut = len - utf8_whole(line, len);
    }
    valid = utf8_valid(line, len - cut);
    len -= valid ? cut : 0;
    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)line[i];

        out[i] = c < ' ' || c == 127 ? ' ' : c > 127 && !valid ? '?' : line[i];
    }
    out[len] = '\0';
}

static void end_line(struct log_scan *scan)
{
    enum line_severity severity;
    size_t text;

    severity = log_line_severity(scan->line, scan->len, &text);
    if (!scan->skips && !is_own(scan->line + text, scan->len - text)) {
        scan->count[severity]++;
        if (severity == LINE_ERROR)
            copy_text(scan->newest, sizeof(scan->newest), scan->line, scan->len);
    }
    scan->skips = false;
    scan->len = 0;
}

void log_scan_begin(struct log_scan *scan)
{
    memset(scan->count, 0, sizeof(scan->count));
    scan->newest[0] = '\0';
}

void log_scan_jump(struct log_scan *scan, bool skips)
{
    scan->len = 0;
    scan->skips = skips;
}

void log_scan_feed(struct log_scan *scan, const char *bytes, size_t len)
{
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t piece = end ? (size_t)(end - bytes) : len;
        size_t room = sizeof(scan->line) - scan->len, kept = piece < room ? piece : room;

        memcpy(scan->line + scan->len, bytes, kept);
        scan->len += kept;
        if (end) {
            end_line(scan);
            piece++;
        }
        bytes += piece;
        len -= piece;
    }
}
