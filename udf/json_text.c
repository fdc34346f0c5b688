/* json_text.c - checking and walking; see json_text.h. */
#include "json_text.h"

#include <string.h>

struct check {
    const char *at, *end;
    const char *why; /* NULL while all is well; then at is where it went wrong */
    unsigned depth;
    char open[JSON_TEXT_DEPTH]; /* the bracket that closes each level */
};

int json_text_error(const char *text, const char *at, const char *why, struct error *err)
{
    const char *line_start = text, *c;
    unsigned long line = 1;

    for (c = text; c < at; c++) {
        if (*c == '\n')
            line++, line_start = c + 1;
    }
    return error_set(err, ERROR_INPUT, "JSON, byte %zu (line %lu, column %zu): %s",
                     (size_t)(at - text) + 1, line, (size_t)(at - line_start) + 1, why);
}

static bool bad(struct check *c, const char *why)
{
    c->why = c->at >= c->end ? "the text ends too early" : why;
    return false;
}

static void check_blanks(struct check *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
}

static bool one_of(const struct check *c, const char *bytes)
{
    return c->at < c->end && *c->at && strchr(bytes, *c->at);
}

static bool digits(struct check *c)
{
    if (!one_of(c, "0123456789"))
        return bad(c, "a number needs a digit here");
    while (one_of(c, "0123456789"))
        c->at++;
    return true;
}

static bool check_number(struct check *c)
{
    if (one_of(c, "-"))
        c->at++;
    if (one_of(c, "0"))
        c->at++;
    else if (!digits(c))
        return false;
    if (one_of(c, ".")) {
        c->at++;
        if (!digits(c))
            return false;
    }
    if (one_of(c, "eE")) {
        const char *start;

        c->at++;
        if (one_of(c, "+-"))
            c->at++;
        start = c->at;
        if (!digits(c))
            return false;
        if (c->at - start > JSON_TEXT_EXPONENT_DIGITS) {
            c->at = start;
            return bad(c, "an exponent has more than 9 digits");
        }
    }
    return true;
}

static int hex4(const char *at)
{
    int value = 0, i;

    for (i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* After the backslash. */
static bool check_escape(struct check *c)
{
    int first, second;

    if (!one_of(c, "\"\\/bfnrtu"))
        return bad(c, "an unknown escape");
    if (*c->at++ != 'u')
        return true;
    first = c->end - c->at >= 4 ? hex4(c->at) : -1;
    if (first < 0)
        return bad(c, "\\u needs four hex digits");
    if (first >= 0xDC00 && first <= 0xDFFF)
        return bad(c, "half of a surrogate pair");
    if (first >= 0xD800 && first <= 0xDBFF) {
        second = c->end - c->at >= 10 && c->at[4] == '\\' && c->at[5] == 'u' ? hex4(c->at + 6) : -1;
        if (second < 0xDC00 || second > 0xDFFF)
            return bad(c, "half of a surrogate pair");
        c->at += 6;
    }
    c->at += 4;
    return true;
}

static bool check_string(struct check *c)
{
    if (!one_of(c, "\""))
        return bad(c, "a key in quotes must be here");
    for (c->at++; c->at < c->end;) {
        unsigned char byte = (unsigned char)*c->at;

        if (byte == '"') {
            c->at++;
            return true;
        }
        if (byte < ' ')
            return bad(c, "a control character within a string");
        if (byte >= 0x80) {
            size_t bytes = utf8_character(c->at, (size_t)(c->end - c->at));

            if (bytes == 0)
                return bad(c, "not valid UTF-8");
            c->at += bytes;
            continue;
        }
        c->at++;
        if (byte == '\\' && !check_escape(c))
            return false;
    }
    return bad(c, NULL);
}

static bool check_word(struct check *c, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0)
        return bad(c, "not well-formed JSON");
    c->at += len;
    return true;
}

static bool check_key(struct check *c)
{
    check_blanks(c);
    if (!check_string(c))
        return false;
    check_blanks(c);
    if (!one_of(c, ":"))
        return bad(c, "a colon must be here");
    c->at++;
    return true;
}

/* @param[out] opened  a value follows at once: a bracket was opened that is not closed again */
static bool check_open(struct check *c, bool *opened)
{
    const char close = *c->at == '{' ? '}' : ']';

    if (c->depth == JSON_TEXT_DEPTH)
        return bad(c, "nested too deeply");
    c->at++;
    check_blanks(c);
    if (c->at < c->end && *c->at == close) {
        c->at++;
        return true;
    }
    c->open[c->depth++] = close;
    *opened = true;
    return close == ']' || check_key(c);
}

static bool check_value(struct check *c, bool *opened)
{
    *opened = false;
    check_blanks(c);
    if (c->at >= c->end)
        return bad(c, NULL);
    switch (*c->at) {
    case '{':
    case '[':
        return check_open(c, opened);
    case '"':
        return check_string(c);
    case 't':
        return check_word(c, "true");
    case 'f':
        return check_word(c, "false");
    case 'n':
        return check_word(c, "null");
    default:
        return one_of(c, "-0123456789") ? check_number(c) : bad(c, "not well-formed JSON");
    }
}

/* What follows a value: brackets that close, then a comma (and a key), or the end. */
static bool check_after(struct check *c)
{
    while (c->depth) {
        check_blanks(c);
        if (one_of(c, ",")) {
            c->at++;
            return c->open[c->depth - 1] == ']' || check_key(c);
        }
        if (c->at >= c->end || *c->at != c->open[c->depth - 1])
            return bad(c, "a comma or a closing bracket must be here");
        c->at++;
        c->depth--;
    }
    return true;
}

int json_text_check(const char *text, size_t len, bool (*stop)(void), struct error *err)
{
    struct check c = {0};
    unsigned long values = 0;
    bool opened;

    if (len > JSON_TEXT_MAX)
        return error_set(err, ERROR_LIMIT, "it is longer than %u MiB", JSON_TEXT_MAX >> 20);
    if (!text)
        text = "", len = 0;
    c.at = text;
    c.end = text + len;
    check_blanks(&c);
    if (c.at < c.end && *c.at != '{')
        return json_text_error(text, c.at, "not an object", err);
    do {
        if (stop && ++values % JSON_STOP_EVERY == 0 && stop())
            return error_set(err, ERROR_STOPPED, "the statement was killed");
        if (!check_value(&c, &opened) || (!opened && !check_after(&c)))
            return json_text_error(text, c.at, c.why, err);
    } while (c.depth);
    check_blanks(&c);
    if (c.at < c.end)
        return json_text_error(text, c.at, "there is more after the end", err);
    return 0;
}

/* ---- walking */

const char *json_text_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
        at++;
    return at;
}

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++) {
        if (*at == '\\')
            at++;
    }
    return at + 1;
}

const char *json_text_skip(const char *at)
{
    unsigned depth = 0;

    do {
        switch (*at) {
        case '"':
            at = skip_string(at);
            break;
        case '{':
        case '[':
            depth++;
            at++;
            break;
        case '}':
        case ']':
            depth--;
            at++;
            break;
        case ',':
        case ':':
            at++;
            break;
        default: /* white space, and words and numbers whole */
            do {
                at++;
            } while (!strchr(",:{}[]\" \t\n\r", *at));
        }
    } while (depth);
    return at;
}

/* At the letter after a backslash. @return the character's code; *at is moved behind the escape */
static unsigned read_escape(const char **at)
{
    static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
    char letter = *(*at)++;
    const char *found = strchr(letters, letter);
    unsigned code;

    if (found)
        return (unsigned char)bytes[found - letters];
    if (letter != 'u')
        return (unsigned char)letter;
    code = (unsigned)hex4(*at);
    *at += 4;
    if (code >= 0xD800 && code <= 0xDBFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + ((unsigned)hex4(*at + 2) - 0xDC00);
        *at += 6;
    }
    return code;
}

int json_reader_next(struct json_reader *reader)
{
    if (reader->used < reader->count)
        return (unsigned char)reader->held[reader->used++];
    if (*reader->at == '"')
        return -1;
    if (*reader->at != '\\')
        return (unsigned char)*reader->at++;
    reader->at++;
    reader->count = (unsigned)utf8_encode(read_escape(&reader->at), reader->held);
    reader->used = 1;
    return (unsigned char)reader->held[0];
}
