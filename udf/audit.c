/* audit.c - see audit.h. */
#include "audit.h"

#include <stdint.h>
#include <string.h>

#include "json_text.h"
#include "utf8.h"

#define NULL_LENGTH UINT64_MAX

struct side {
    const char *text; /* NULL where there is none */
    struct json_members members;
    size_t at;       /* the next member */
    struct buf form; /* the canonical form of a value */
};

struct diff {
    struct side sides[2]; /* old, new */
    struct buf *out;
    bool (*stop)(void);
    struct error *err;
};

static const char *const side_names[] = {"old_json", "new_json"};

static int read_side(struct diff *diff, int which, const char *text, size_t len)
{
    struct side *side = &diff->sides[which];
    struct error why = {0};

    side->text = text;
    buf_init(&side->form, (size_t)JSON_TEXT_MAX * 4);
    if (!text)
        return 0;
    if (json_text_check(text, len, diff->stop, &why) == 0 &&
        json_members_read(json_text_blanks(text), text, &side->members, &why) == 0)
        return 0;
    return error_set(diff->err, why.code, "%s: %s", side_names[which], why.text);
}

static bool simple(const char *value)
{
    return *value != '{' && *value != '[';
}

static int canonical(struct diff *diff, int which, const char *value)
{
    struct side *side = &diff->sides[which];
    struct error why = {0};

    buf_clear(&side->form);
    if (json_canonical_append(&side->form, value, side->text, diff->stop, &why) == 0)
        return 0;
    return error_set(diff->err, why.code, "%s: %s", side_names[which], why.text);
}

/* @retval 1 they differ @retval 0 they do not @retval -1 err
   Objects and arrays are always looked through: a key that occurs twice is an error anywhere. */
static int differ(struct diff *diff, const char *const values[2])
{
    static const char none[] = "null,";
    const struct buf *one = &diff->sides[0].form, *other = &diff->sides[1].form;
    size_t len;
    int i;

    if (values[0] && values[1] && simple(values[0]) && simple(values[1])) {
        len = (size_t)(json_text_skip(values[0]) - values[0]);
        if (len == (size_t)(json_text_skip(values[1]) - values[1]) &&
            memcmp(values[0], values[1], len) == 0)
            return 0;
    }
    for (i = 0; i < 2; i++) {
        if (canonical(diff, i, values[i] ? values[i] : none) != 0)
            return -1;
    }
    if (!diff->sides[0].text || !diff->sides[1].text)
        return 1;
    return one->len != other->len || memcmp(one->data, other->data, one->len) != 0;
}

static void append_value(struct buf *out, const char *value)
{
    if (value)
        json_text_append(out, value);
    else
        buf_puts(out, "null");
}

static void append_change(struct buf *out, bool first, const char *key, const char *const values[2])
{
    buf_puts(out, first ? "{" : ",");
    json_text_append_string(out, key);
    buf_puts(out, ":{\"old\":");
    append_value(out, values[0]);
    buf_puts(out, ",\"new\":");
    append_value(out, values[1]);
    buf_puts(out, "}");
}

/* Take the next key of either side, with the values that the sides have for it. */
static const char *next_key(struct diff *diff, const char *values[2])
{
    const struct json_member *members[2];
    int order, i;

    for (i = 0; i < 2; i++) {
        const struct side *side = &diff->sides[i];

        members[i] = side->at < side->members.count ? &side->members.list[side->at] : NULL;
    }
    if (!members[0] && !members[1])
        return NULL;
    if (members[0] && members[1])
        order = json_keys_compare(members[0]->key, members[1]->key);
    else
        order = members[0] ? -1 : 1;
    values[0] = order <= 0 ? members[0]->value : NULL;
    values[1] = order >= 0 ? members[1]->value : NULL;
    diff->sides[0].at += order <= 0;
    diff->sides[1].at += order >= 0;
    return order <= 0 ? members[0]->key : members[1]->key;
}

static int merge(struct diff *diff)
{
    const char *values[2], *key;
    unsigned long keys = 0;
    int found = 0, rc;

    while ((key = next_key(diff, values))) {
        if (diff->stop && keys++ % JSON_STOP_EVERY == 0 && diff->stop())
            return error_set(diff->err, ERROR_STOPPED, "the statement was killed");
        rc = differ(diff, values);
        if (rc < 0)
            return -1;
        if (rc)
            append_change(diff->out, !found, key, values);
        found |= rc;
    }
    if (found)
        buf_puts(diff->out, "}");
    if (diff->out->failed)
        return error_set(diff->err, ERROR_MEMORY, "the result is too long, or out of memory");
    return found;
}

int audit_diff(const char *old_json, size_t old_len, const char *new_json, size_t new_len,
               struct buf *out, bool (*stop)(void), struct error *err)
{
    struct diff diff = {.out = out, .stop = stop, .err = err};
    int rc = -1, i;

    if (read_side(&diff, 0, old_json, old_len) == 0 && read_side(&diff, 1, new_json, new_len) == 0)
        rc = merge(&diff);
    for (i = 0; i < 2; i++) {
        json_members_free(&diff.sides[i].members);
        buf_free(&diff.sides[i].form);
    }
    return rc;
}

/* ---- leaf */

static void put_length(uint64_t length, unsigned char bytes[8])
{
    int i;

    for (i = 7; i >= 0; i--, length >>= 8)
        bytes[i] = (unsigned char)(length & 0xFF);
}

/* Half of a pair of UTF-16, ED A0 80 to ED BF BF: no UTF-8, but a text of MariaDB may hold it. */
static bool surrogate(const unsigned char *at, size_t left)
{
    return left >= 3 && at[0] == 0xED && (at[1] & 0xE0) == 0xA0 && (at[2] & 0xC0) == 0x80;
}

static bool ascii(const char *text, size_t len)
{
    uint64_t word, high = 0;

    for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        high |= word;
    }
    for (; len; text++, len--)
        high |= (unsigned char)*text;
    return !(high & 0x8080808080808080u);
}

/* What MariaDB takes for a utf8mb4 text: UTF-8, and surrogates as if they were characters. */
static bool is_text(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + len, *from = at;

    if (ascii(text, len) || utf8_valid(text, len))
        return true;
    for (; at < end; at++) {
        if (!surrogate(at, (size_t)(end - at)))
            continue;
        if (!utf8_valid((const char *)from, (size_t)(at - from)))
            return false;
        from = at + 3;
        at += 2;
    }
    return utf8_valid((const char *)from, (size_t)(end - from));
}

static int check_field(const struct crypto_piece *field, size_t number, struct error *err)
{
    if (field->len > AUDIT_FIELD_MAX)
        return error_set(err, ERROR_LIMIT, "argument %zu is longer than %u MiB", number,
                         AUDIT_FIELD_MAX >> 20);
    if (field->bytes && !is_text(field->bytes, field->len))
        return error_set(err, ERROR_INPUT, "argument %zu is not valid UTF-8", number);
    return 0;
}

/* Many small pieces are dearer to hash than to copy: neighbours that fit into room become one. */
static size_t join(struct crypto_piece *pieces, size_t count, unsigned char *room, size_t size)
{
    size_t i, n = 0, used = 0;
    bool open = false; /* does the last piece end where room is free? */

    for (i = 0; i < count; i++) {
        struct crypto_piece piece = pieces[i]; /* pieces[n] may be the same place */

        if (piece.len > size - used) {
            pieces[n++] = piece;
            open = false;
            continue;
        }
        if (!open)
            pieces[n++] = (struct crypto_piece){room + used, 0};
        if (piece.len)
            memcpy(room + used, piece.bytes, piece.len);
        pieces[n - 1].len += piece.len;
        used += piece.len;
        open = true;
    }
    return n;
}

int audit_hash(const char *format, const struct crypto_piece *fields, size_t count,
               unsigned char hash[CRYPTO_SHA256_SIZE], struct error *err)
{
    const struct crypto_piece name = {format, strlen(format)};
    unsigned char lengths[AUDIT_LEAF_FIELDS_MAX + 1][8];
    struct crypto_piece pieces[1 + 2 * (AUDIT_LEAF_FIELDS_MAX + 1)];
    unsigned char room[2048];
    size_t i, n = 0;

    memset(hash, 0, CRYPTO_SHA256_SIZE);
    if (count > AUDIT_LEAF_FIELDS_MAX)
        return error_set(err, ERROR_LIMIT, "a record has at most %d fields", AUDIT_LEAF_FIELDS_MAX);
    pieces[n++] = (struct crypto_piece){"", 1}; /* the zero byte of a leaf */
    for (i = 0; i <= count; i++) {
        const struct crypto_piece *field = i ? &fields[i - 1] : &name;

        if (check_field(field, i, err) != 0)
            return -1;
        put_length(field->bytes ? field->len : NULL_LENGTH, lengths[i]);
        pieces[n++] = (struct crypto_piece){lengths[i], 8};
        if (field->bytes)
            pieces[n++] = *field;
    }
    n = join(pieces, n, room, sizeof(room));
    if (crypto_sha256(pieces, n, hash) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return 0;
}

int audit_leaf(const struct crypto_piece *fields, size_t count,
               unsigned char hash[CRYPTO_SHA256_SIZE], struct error *err)
{
    return audit_hash(AUDIT_LEAF_FORMAT, fields, count, hash, err);
}
