/* batch_document.c - see batch_document.h. */
#include "batch_document.h"

#include <stdio.h>
#include <string.h>

#define NAME_CHARACTERS 64
#define STOP_EVERY 512

static int read_name(struct batch_scan *scan, char name[BATCH_TEXT_SIZE], const char **where)
{
    size_t len;

    *where = scan->at;
    if (batch_peek(scan) != '"')
        return batch_error(scan, scan->at, "the name of a member must be here, not %s",
                           batch_kind(scan));
    *where = scan->at;
    if (batch_string(scan, NAME_CHARACTERS, name, &len) != 0)
        return -1;
    return batch_take(scan, ':');
}

/* After an element or a member: 1 where another follows, 0 where `close` was taken. */
static int goes_on(struct batch_scan *scan, char close)
{
    char c = batch_peek(scan);

    if (c == ',' || (c == close && scan->at < scan->end)) {
        scan->at++;
        return c == ',';
    }
    return batch_error(scan, scan->at, "',' or '%c' is missing; here is %s", close,
                       batch_kind(scan));
}

/* ---- options */

static int read_word(struct batch_scan *scan, struct batch_option *option)
{
    char text[BATCH_TEXT_SIZE], words[128] = "";
    const char *where;
    size_t len, i, used = 0;

    if (batch_peek(scan) != '"')
        return batch_error(scan, scan->at, "%s must be a string, not %s", option->name,
                           batch_kind(scan));
    where = scan->at;
    if (batch_string(scan, NAME_CHARACTERS, text, &len) != 0)
        return -1;
    for (i = 0; option->words[i]; i++) {
        if (strcmp(option->words[i], text) == 0) {
            option->chosen = i;
            return 0;
        }
        if (used < sizeof(words))
            used +=
                (size_t)snprintf(words + used, sizeof(words) - used, "%s%s",
                                 i ? (option->words[i + 1] ? ", " : " or ") : "", option->words[i]);
    }
    return batch_error(scan, where, "%s must be %s", option->name, words);
}

static int read_key(struct batch_scan *scan, struct batch_value *key)
{
    const char *where;

    if (batch_null(scan))
        return 0;
    if (batch_peek(scan) != '"')
        return batch_error(scan, scan->at, "idempotency_key must be a string, not %s",
                           batch_kind(scan));
    where = scan->at;
    if (batch_string(scan, BATCH_TEXT_CHARACTERS, key->text, &key->len) != 0)
        return -1;
    if (key->len == 0)
        return batch_error(scan, where, "idempotency_key is empty");
    key->given = true;
    return 0;
}

/* One member of the outer object. `items` is where its array begins, NULL before. */
static int read_option(struct batch_document *document, const char **items, uint32_t *seen)
{
    struct batch_scan *scan = &document->scan;
    char name[BATCH_TEXT_SIZE];
    const char *where;
    size_t i;

    if (read_name(scan, name, &where) != 0)
        return -1;
    for (i = 0; i < document->option_count; i++) {
        if (strcmp(document->options[i].name, name) == 0)
            break;
    }
    if (strcmp(name, "items") == 0)
        i = 30;
    else if (document->with_key && strcmp(name, "idempotency_key") == 0)
        i = 31;
    else if (i == document->option_count)
        return batch_error(scan, where, "unknown option '%s'", name);
    if (*seen & 1u << i)
        return batch_error(scan, where, "%s is there twice", name);
    *seen |= 1u << i;
    if (i == 31)
        return read_key(scan, &document->key);
    if (i < 30)
        return read_word(scan, &document->options[i]);
    if (batch_peek(scan) != '[')
        return batch_error(scan, scan->at, "items must be an array, not %s", batch_kind(scan));
    *items = scan->at;
    return batch_skip(scan);
}

static int read_options(struct batch_document *document)
{
    struct batch_scan *scan = &document->scan;
    const char *items = NULL, *begin = scan->at;
    uint32_t seen = 0;
    int more = 1;

    scan->at++;
    if (batch_peek(scan) == '}')
        return batch_error(scan, begin, "items is missing");
    while (more) {
        if (read_option(document, &items, &seen) != 0)
            return -1;
        more = goes_on(scan, '}');
        if (more < 0)
            return -1;
    }
    if (!items)
        return batch_error(scan, begin, "items is missing");
    if (batch_peek(scan) || scan->at < scan->end)
        return batch_error(scan, scan->at, "something follows the batch");
    scan->at = items;
    return 0;
}

int batch_read_options(struct batch_document *document, const char *text, size_t len,
                       struct error *err)
{
    struct batch_scan *scan = &document->scan;
    char first;

    *scan = (struct batch_scan){.begin = text, .at = text, .end = text + len, .err = err};
    document->is_object = false;
    memset(&document->key, 0, sizeof(document->key));
    if (len > BATCH_MAX)
        return error_set(err, ERROR_LIMIT, "the batch has more than %zu MiB", BATCH_MAX >> 20);
    first = batch_peek(scan);
    if (first == '[')
        return 0;
    if (first != '{')
        return batch_error(scan, scan->at, "a batch is an array or an object, not %s",
                           batch_kind(scan));
    document->is_object = true;
    return read_options(document);
}

/* ---- elements */

static int read_value(struct batch_scan *scan, const struct batch_member *member,
                      struct batch_value *value)
{
    value->given = true;
    if (batch_null(scan)) {
        value->null = true;
        return member->nullable
                   ? 0
                   : batch_error(scan, scan->at - 4, "%s must not be null", member->name);
    }
    if (member->type == BATCH_INTEGER)
        return batch_integer(scan, member->name, member->min, member->max, &value->number);
    if (member->type == BATCH_AMOUNT)
        return batch_amount(scan, member->name, member->max, &value->number);
    if (batch_peek(scan) != '"')
        return batch_error(scan, scan->at, "%s must be a string, not %s", member->name,
                           batch_kind(scan));
    return batch_string(scan, (size_t)member->max, value->text, &value->len);
}

static int read_member(const struct batch_document *document, struct batch_scan *scan,
                       struct batch_value *values)
{
    char name[BATCH_TEXT_SIZE];
    const char *where;
    size_t i = 0;

    if (read_name(scan, name, &where) != 0)
        return -1;
    while (i < document->member_count && strcmp(document->members[i].name, name) != 0)
        i++;
    if (i == document->member_count)
        return batch_error(scan, where, "unknown member '%s'", name);
    if (values[i].given)
        return batch_error(scan, where, "%s is there twice", name);
    return read_value(scan, &document->members[i], &values[i]);
}

static int read_element(const struct batch_document *document, struct batch_scan *scan,
                        struct batch_value *values)
{
    const char *begin;
    int more = 1;
    size_t i;

    for (i = 0; i < document->member_count; i++) {
        values[i].given = values[i].null = false;
        values[i].number = 0;
        values[i].len = 0;
    }
    scan->element++;
    if (batch_peek(scan) != '{')
        return batch_error(scan, scan->at, "an element must be an object, not %s",
                           batch_kind(scan));
    begin = scan->at++;
    if (batch_peek(scan) == '}') {
        scan->at++;
        more = 0;
    }
    while (more) {
        if (read_member(document, scan, values) != 0)
            return -1;
        more = goes_on(scan, '}');
        if (more < 0)
            return -1;
    }
    return document->element(document->context, scan, begin, values);
}

int batch_read_items(struct batch_document *document, batch_stop *stop)
{
    struct batch_value values[BATCH_MEMBERS_MAX] = {{0}};
    struct batch_scan *scan = &document->scan;
    int more = 1;

    if (batch_take(scan, '[') != 0)
        return -1;
    if (batch_peek(scan) == ']') {
        scan->at++;
        more = 0;
    }
    while (more) {
        if (scan->element % STOP_EVERY == 0 && stop && stop())
            return error_set(scan->err, ERROR_STOPPED, "the statement was killed");
        if (read_element(document, scan, values) != 0)
            return -1;
        more = goes_on(scan, ']');
        if (more < 0)
            return -1;
    }
    scan->element = 0;
    if (!document->is_object && (batch_peek(scan) || scan->at < scan->end))
        return batch_error(scan, scan->at, "something follows the batch");
    return 0;
}

/* ---- writing */

void batch_put_text(struct buf *out, const char *text, size_t len)
{
    size_t i, done = 0;

    buf_append(out, "\"", 1);
    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_append(out, text + done, i - done);
        if (c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else
            buf_printf(out, "\\%c", c);
        done = i + 1;
    }
    buf_append(out, text + done, len - done);
    buf_append(out, "\"", 1);
}

size_t batch_format(int64_t number, char text[24])
{
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char digits[24];
    size_t count = 0, len = 0;

    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        text[len++] = '-';
    while (count > 0)
        text[len++] = digits[--count];
    text[len] = '\0';
    return len;
}

void batch_open(const struct batch_document *document, struct buf *out)
{
    size_t i;

    if (document->is_object) {
        buf_puts(out, "{");
        for (i = 0; i < document->option_count; i++)
            buf_printf(out, "\"%s\":\"%s\",", document->options[i].name,
                       document->options[i].words[document->options[i].chosen]);
        if (document->with_key) {
            buf_puts(out, "\"idempotency_key\":");
            if (document->key.given)
                batch_put_text(out, document->key.text, document->key.len);
            else
                buf_puts(out, "null");
            buf_puts(out, ",");
        }
        buf_puts(out, "\"items\":");
    }
    buf_puts(out, "[");
}

int batch_close(const struct batch_document *document, struct buf *out, struct error *err)
{
    buf_puts(out, document->is_object ? "]}" : "]");
    if (out->failed)
        return error_set(err, ERROR_LIMIT, "the batch is too large, or memory is short");
    return 0;
}
