/* json_scan.c - see json_scan.h. */
#include "json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 64 /* of what is kept; what is skipped may be deeper */

size_t json_skip_blanks(const char *text, size_t at, size_t end)
{
    while (at < end &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n'))
        at++;
    return at;
}

size_t json_skip_string(const char *text, size_t at, size_t end)
{
    const char *quote;
    size_t back, i;

    for (i = at + 1; i < end; i++) {
        quote = memchr(text + i, '"', end - i);
        if (!quote)
            return 0;
        i = (size_t)(quote - text);
        for (back = i; back > at + 1 && text[back - 1] == '\\';)
            back--;
        if ((i - back) % 2 == 0)
            return i + 1;
    }
    return 0;
}

size_t json_skip_value(const char *text, size_t at, size_t end)
{
    size_t depth = 0;

    while (at < end) {
        switch (text[at]) {
        case '"':
            at = json_skip_string(text, at, end);
            if (at == 0 || depth == 0)
                return at;
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth == 0)
                return at;
            if (--depth == 0)
                return at + 1;
            break;
        case ',':
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            if (depth == 0)
                return at;
            break;
        default:
            break;
        }
        at++;
    }
    return depth == 0 ? end : 0;
}

struct prune {
    const char *text;
    size_t at, len;
    const char *const *keep;
    size_t count;
    struct buf *out;
    uint64_t is_array; /* a bit for each depth */
    int depth;
    bool first; /* nothing was copied into the innermost value yet */
};

static bool is_kept(const struct prune *p, const char *name, size_t len)
{
    size_t low = 0, high = p->count;

    if (memchr(name, '\\', len))
        return true;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *key = p->keep[middle];
        size_t key_len = strlen(key);
        int order = memcmp(key, name, key_len < len ? key_len : len);

        /* A name may hold NUL bytes: its length counts, not its end. */
        if (order == 0)
            order = (key_len > len) - (key_len < len);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static void copy(struct prune *p, size_t from, size_t to)
{
    buf_append(p->out, p->text + from, to - from);
}

/* In an object: on to the value of the next member that is kept, its name copied. @retval 1 there
   is one, 0 the object ends here, -1 */
static int to_member(struct prune *p)
{
    for (;;) {
        size_t name = p->at, after;
        bool kept;

        if (name < p->len && p->text[name] == '}')
            return 0;
        if (name >= p->len || p->text[name] != '"')
            return -1;
        after = json_skip_string(p->text, name, p->len);
        if (after == 0)
            return -1;
        p->at = json_skip_blanks(p->text, after, p->len);
        if (p->at >= p->len || p->text[p->at] != ':')
            return -1;
        p->at = json_skip_blanks(p->text, p->at + 1, p->len);
        kept = is_kept(p, p->text + name + 1, after - name - 2);
        if (kept) {
            if (!p->first)
                buf_append(p->out, ",", 1);
            copy(p, name, after);
            buf_append(p->out, ":", 1);
            return 1;
        }
        after = json_skip_value(p->text, p->at, p->len);
        if (after <= p->at)
            return -1;
        p->at = json_skip_blanks(p->text, after, p->len);
        if (p->at >= p->len || (p->text[p->at] != ',' && p->text[p->at] != '}'))
            return -1;
        if (p->text[p->at] == '}')
            return 0;
        p->at = json_skip_blanks(p->text, p->at + 1, p->len);
        if (p->at < p->len && p->text[p->at] == '}')
            return -1; /* a comma before the end */
    }
}

/* The value at p->at: into it where it holds others, else a copy of it. */
static int take_value(struct prune *p)
{
    size_t after;

    if (p->at >= p->len)
        return -1;
    if (p->text[p->at] == '{' || p->text[p->at] == '[') {
        if (++p->depth >= DEPTH_MAX)
            return -1;
        if (p->text[p->at] == '[')
            p->is_array |= UINT64_C(1) << p->depth;
        else
            p->is_array &= ~(UINT64_C(1) << p->depth);
        copy(p, p->at, p->at + 1);
        p->at = json_skip_blanks(p->text, p->at + 1, p->len);
        p->first = true;
        return 0;
    }
    after = json_skip_value(p->text, p->at, p->len);
    if (after <= p->at)
        return -1;
    copy(p, p->at, after);
    p->at = json_skip_blanks(p->text, after, p->len);
    p->first = false;
    return 0;
}

/* Out of the innermost value, whose closing bracket is at p->at. */
static int leave(struct prune *p)
{
    copy(p, p->at, p->at + 1);
    p->at = json_skip_blanks(p->text, p->at + 1, p->len);
    p->depth--;
    p->first = false;
    return 0;
}

/* One step within the innermost value. */
static int step(struct prune *p)
{
    bool array = p->is_array >> p->depth & 1;
    int rc;

    if (p->at >= p->len)
        return -1;
    if (!p->first || p->text[p->at] == ',') {
        /* After a value: the end, or a comma and the next one. */
        if (p->text[p->at] == (array ? ']' : '}'))
            return leave(p);
        if (p->first || p->text[p->at] != ',')
            return -1;
        p->at = json_skip_blanks(p->text, p->at + 1, p->len);
        if (p->at >= p->len || (p->text[p->at] == ']' || p->text[p->at] == '}'))
            return -1;
    }
    if (array) {
        if (p->text[p->at] == ']')
            return leave(p);
        if (!p->first)
            buf_append(p->out, ",", 1);
        return take_value(p);
    }
    rc = to_member(p);
    return rc == 1 ? take_value(p) : rc == 0 ? leave(p) : -1;
}

int json_prune(const char *text, size_t len, const char *const *keep, size_t count, struct buf *out)
{
    struct prune p = {.text = text, .len = len, .keep = keep, .count = count, .out = out};

    p.at = json_skip_blanks(text, 0, len);
    if (p.at >= len || (text[p.at] != '{' && text[p.at] != '[') || take_value(&p) != 0)
        return -1;
    while (p.depth > 0)
        if (step(&p) != 0)
            return -1;
    return p.at == len && !out->failed ? 0 : -1;
}
