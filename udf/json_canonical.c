/* json_canonical.c - sorted members, writing, and the canonical form; see json_text.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"

#define MEMBERS_FIRST 16

int json_keys_compare(const char *a, const char *b)
{
    struct json_reader one, other;
    int x, y;

    /* What is alike in plain letters needs no reader: keys may be long and begin alike, and sorting
       many of them cannot be interrupted. */
    do
        a++, b++;
    while (*a == *b && *a != '"' && *a != '\\');
    one = (struct json_reader){.at = a};
    other = (struct json_reader){.at = b};
    do {
        x = json_reader_next(&one);
        y = json_reader_next(&other);
    } while (x == y && x >= 0);
    return x - y;
}

/* Of equal keys the earlier one first: the later is the one too many. */
static int compare_members(const void *a, const void *b)
{
    const struct json_member *one = a, *other = b;
    int order = json_keys_compare(one->key, other->key);

    return order ? order : (one->key > other->key) - (one->key < other->key);
}

static int add_member(struct json_members *members, size_t *room, const char *key,
                      const char *value)
{
    struct json_member *list;

    if (members->count == *room) {
        *room = *room ? *room * 2 : MEMBERS_FIRST;
        list = realloc(members->list, *room * sizeof(*list));
        if (!list)
            return -1;
        members->list = list;
    }
    members->list[members->count++] = (struct json_member){key, value};
    return 0;
}

int json_members_read(const char *object, const char *text, struct json_members *members,
                      struct error *err)
{
    const char *at = json_text_blanks(object + 1), *key;
    size_t room = 0, i;

    memset(members, 0, sizeof(*members));
    while (*at != '}') {
        key = at;
        at = json_text_blanks(json_text_skip(key));
        at = json_text_blanks(at + 1); /* the colon */
        if (add_member(members, &room, key, at) != 0)
            return error_set(err, ERROR_MEMORY, "out of memory");
        at = json_text_blanks(json_text_skip(at));
        if (*at == ',')
            at = json_text_blanks(at + 1);
    }
    if (members->count > 1)
        qsort(members->list, members->count, sizeof(*members->list), compare_members);
    for (i = 1; i < members->count; i++) {
        if (json_keys_compare(members->list[i - 1].key, members->list[i].key) == 0)
            return json_text_error(text, members->list[i].key, "a key occurs twice in one object",
                                   err);
    }
    return 0;
}

void json_members_free(struct json_members *members)
{
    free(members->list);
    memset(members, 0, sizeof(*members));
}

/* ---- writing */

void json_text_append(struct buf *out, const char *value)
{
    const char *end = json_text_skip(value), *run = value;

    while (value < end) {
        if (*value == '"') {
            value = json_text_skip(value);
        } else if (json_text_blanks(value) != value) {
            buf_append(out, run, (size_t)(value - run));
            run = value = json_text_blanks(value);
        } else {
            value++;
        }
    }
    buf_append(out, run, (size_t)(end - run));
}

void json_text_append_string(struct buf *out, const char *string)
{
    struct json_reader reader = {.at = string + 1};
    char piece[256];
    size_t len = 0;
    int byte;

    piece[len++] = '"';
    while ((byte = json_reader_next(&reader)) >= 0) {
        if (len > sizeof(piece) - 8) {
            buf_append(out, piece, len);
            len = 0;
        }
        if (byte < ' ') {
            memcpy(piece + len, "\\u00", 4);
            piece[len + 4] = (char)('0' + (byte >> 4));
            piece[len + 5] = "0123456789abcdef"[byte & 15];
            len += 6;
            continue;
        }
        if (byte == '"' || byte == '\\')
            piece[len++] = '\\';
        piece[len++] = (char)byte;
    }
    piece[len++] = '"';
    buf_append(out, piece, len);
}

/* ---- canonical form */

/* What a number is written as: sign, all its digits, where the point is, the exponent. */
struct number {
    const char *whole, *fraction;
    size_t whole_len, fraction_len;
    int64_t exponent;
    bool negative;
};

static const char *read_digits(const char *at, size_t *len)
{
    const char *start = at;

    while (*at >= '0' && *at <= '9')
        at++;
    *len = (size_t)(at - start);
    return at;
}

static void read_number(const char *at, struct number *n)
{
    bool down;

    memset(n, 0, sizeof(*n));
    n->negative = *at == '-';
    n->whole = at + n->negative;
    at = read_digits(n->whole, &n->whole_len);
    n->fraction = at;
    if (*at == '.') {
        n->fraction = at + 1;
        at = read_digits(n->fraction, &n->fraction_len);
    }
    if (*at != 'e' && *at != 'E')
        return;
    at++;
    down = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    for (; *at >= '0' && *at <= '9'; at++)
        n->exponent = n->exponent * 10 + (*at - '0');
    if (down)
        n->exponent = -n->exponent;
}

/* Without zeros at either end, times a power of ten: one text for each value. */
static void append_number(struct buf *out, const char *at)
{
    struct number n;

    read_number(at, &n);
    while (n.fraction_len && n.fraction[n.fraction_len - 1] == '0')
        n.fraction_len--;
    while (n.whole_len && *n.whole == '0')
        n.whole++, n.whole_len--;
    if (n.whole_len == 0) {
        while (n.fraction_len && *n.fraction == '0') {
            n.fraction++, n.fraction_len--;
            n.exponent--;
        }
    }
    if (n.whole_len == 0 && n.fraction_len == 0) {
        buf_append(out, "0", 1);
        return;
    }
    n.exponent -= (int64_t)n.fraction_len;
    while (n.fraction_len == 0 && n.whole[n.whole_len - 1] == '0') {
        n.whole_len--;
        n.exponent++;
    }
    if (n.negative)
        buf_append(out, "-", 1);
    buf_append(out, n.whole, n.whole_len);
    buf_append(out, n.fraction, n.fraction_len);
    if (n.exponent)
        buf_printf(out, "e%" PRId64, n.exponent);
}

struct walk {
    struct buf *out;
    const char *text;
    bool (*stop)(void);
    unsigned long values;
    struct error *err;
};

static int append_value(struct walk *walk, const char *at, unsigned depth);

static bool is_container(const char *at)
{
    return *at == '{' || *at == '[';
}

/* Each container is walked over as a whole before and after its parts: asked there too, a text of
   few and large ones can be stopped as fast as one of many values. */
static int check_stop(struct walk *walk, const char *at)
{
    if (walk->stop && (++walk->values % JSON_STOP_EVERY == 0 || is_container(at)) && walk->stop())
        return error_set(walk->err, ERROR_STOPPED, "the statement was killed");
    return 0;
}

static int append_object(struct walk *walk, const char *at, unsigned depth)
{
    struct json_members members;
    int rc = json_members_read(at, walk->text, &members, walk->err);
    size_t i;

    buf_append(walk->out, "{", 1);
    for (i = 0; rc == 0 && i < members.count; i++) {
        if (i)
            buf_append(walk->out, ",", 1);
        json_text_append_string(walk->out, members.list[i].key);
        buf_append(walk->out, ":", 1);
        rc = append_value(walk, members.list[i].value, depth + 1);
    }
    buf_append(walk->out, "}", 1);
    json_members_free(&members);
    return rc;
}

static int append_array(struct walk *walk, const char *at, unsigned depth)
{
    int rc = 0;

    buf_append(walk->out, "[", 1);
    at = json_text_blanks(at + 1);
    while (rc == 0 && *at != ']') {
        rc = append_value(walk, at, depth + 1);
        if (rc == 0 && is_container(at))
            rc = check_stop(walk, at);
        at = json_text_blanks(json_text_skip(at));
        if (*at == ',') {
            buf_append(walk->out, ",", 1);
            at = json_text_blanks(at + 1);
        }
    }
    buf_append(walk->out, "]", 1);
    return rc;
}

/* As deep as json_text_check has let it be; each level takes some 100 bytes of the stack. */
static int append_value(struct walk *walk, const char *at, unsigned depth)
{
    if (check_stop(walk, at) != 0)
        return -1;
    if (depth > JSON_TEXT_DEPTH)
        return error_set(walk->err, ERROR_INPUT, "nested too deeply");
    switch (*at) {
    case '{':
        return append_object(walk, at, depth);
    case '[':
        return append_array(walk, at, depth);
    case '"':
        json_text_append_string(walk->out, at);
        return 0;
    case 't':
        buf_append(walk->out, "true", 4);
        return 0;
    case 'f':
        buf_append(walk->out, "false", 5);
        return 0;
    case 'n':
        buf_append(walk->out, "null", 4);
        return 0;
    default:
        append_number(walk->out, at);
        return 0;
    }
}

int json_canonical_append(struct buf *out, const char *value, const char *text, bool (*stop)(void),
                          struct error *err)
{
    struct walk walk = {out, text, stop, 0, err};

    if (append_value(&walk, value, 0) != 0)
        return -1;
    return out->failed ? error_set(err, ERROR_MEMORY, "out of memory") : 0;
}
