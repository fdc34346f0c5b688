#include "sim_load.h"

#include "sim_data.h"
#include "sim_json.h"
#include "sim_scan.h"
#include "sim_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum field {
    F_GATEWAY,
    F_KIND,
    F_ENDPOINT,
    F_ID,
    F_PAYMENT_ID,
    F_LOCATION,
    F_REFERENCE,
    F_AMOUNT,
    F_CURRENCY,
    F_STATUS,
    F_RAW_STATUS,
    F_RAW_CURRENCY,
    F_RAW_ID,
    F_CREATED_AT,
    F_UPDATED_AT,
    F_COMPLETED_AT,
    F_FEE,
    F_REFUNDED,
    F_TIP,
    F_SOURCE_TYPE,
    F_FORM,
    F_MODE,
    F_ATTEMPTS,
    F_TIMEZONE,
    FIELDS
};

static const char *const field_names[FIELDS] = {
    "gateway",   "kind",        "endpoint",   "id",           "payment_id", "location",
    "reference", "amount",      "currency",   "status",       "raw_status", "raw_currency",
    "raw_id",    "created_at",  "updated_at", "completed_at", "fee",        "refunded",
    "tip",       "source_type", "form",       "mode",         "attempts",   "timezone",
};

/* A line taken apart. The texts are borrowed from the JSON. */
struct input {
    const char *text[FIELDS]; /* NULL: absent or null */
    bool null_completed;      /* "completed_at": null is not the same as leaving it out */
    int64_t attempts;
    uint32_t seen;    /* bit by field */
    bool is_location; /* not a payment or refund: describes a location */
    struct sim_record record;
};

static int complain(char *error, size_t size, const char *what, const char *field)
{
    snprintf(error, size, "%s: %s", field, what);
    return -1;
}

static int find_field(const char *key)
{
    int i;

    for (i = 0; i < FIELDS; i++)
        if (*field_names[i] == *key && !strcmp(field_names[i], key))
            return i;
    return -1;
}

static int take_member(struct input *in, const struct sim_member *m, char *error, size_t size)
{
    int field = find_field(m->key);

    if (field < 0)
        return complain(error, size, "no such field", m->key);
    if (in->seen & UINT32_C(1) << field)
        return complain(error, size, "given twice", m->key);
    in->seen |= UINT32_C(1) << field;
    if (m->is_integer != (field == F_ATTEMPTS) && (m->is_integer || m->text))
        return complain(error, size,
                        field == F_ATTEMPTS ? "must be an integer" : "must be a string", m->key);
    if (m->is_integer)
        in->attempts = m->number;
    else if (m->text)
        in->text[field] = m->text;
    else
        in->null_completed |= field == F_COMPLETED_AT;
    return 0;
}

/* @param line  what jansson made of it, for lines that sim_scan() does not understand */
static int take_object(const json_t *line, struct input *in, char *error, size_t size)
{
    const char *key;
    const json_t *value;

    if (!json_is_object(line))
        return complain(error, size, "a line must be a JSON object", "record");
    /* jansson's iteration macro wants a non-const object, but changes nothing. */
    json_object_foreach((json_t *)(uintptr_t)line, key, value)
    {
        struct sim_member m = {.key = key,
                               .text = json_string_value(value),
                               .number = json_integer_value(value),
                               .is_integer = json_is_integer(value)};

        if (!json_is_string(value) && !json_is_integer(value) && !json_is_null(value))
            return complain(error, size, "must be a string", key);
        if (take_member(in, &m, error, size))
            return -1;
    }
    return 0;
}

static int word_field(const struct input *in, enum field field, const char *const *words, int count,
                      int fallback, uint8_t *to, char *error, size_t size)
{
    int at = in->text[field] ? sim_word(words, count, in->text[field]) : fallback;

    if (at < 0)
        return complain(error, size, in->text[field] ? "unknown word" : "missing",
                        field_names[field]);
    *to = (uint8_t)at;
    return 0;
}

static int take_words(struct input *in, char *error, size_t size)
{
    static const char *const forms[] = {"auto", "int", "real", "string", "raw"};
    struct sim_record *r = &in->record;

    if (word_field(in, F_GATEWAY, sim_gateway_names, SIM_GATEWAYS, -1, &r->gateway, error, size))
        return -1;
    if (in->text[F_KIND] && !strcmp(in->text[F_KIND], "location")) {
        in->is_location = true;
        return 0;
    }
    if (word_field(in, F_KIND, sim_kind_names, SIM_KINDS, -1, &r->kind, error, size) ||
        word_field(in, F_ENDPOINT, sim_endpoint_names, SIM_ENDPOINTS, SIM_CHECKOUT, &r->endpoint,
                   error, size))
        return -1;
    return word_field(in, F_FORM, forms, 5, SIM_FORM_AUTO, &r->form, error, size);
}

static int money_field(const struct input *in, enum field field, int64_t *to, char *error,
                       size_t size)
{
    if (in->text[field] && sim_money_parse(in->text[field], in->record.exponent, to))
        return complain(error, size, "no exact amount of its currency", field_names[field]);
    return 0;
}

static int take_money(struct input *in, char *error, size_t size)
{
    struct sim_record *r = &in->record;
    int64_t total;
    const char *code = in->text[F_CURRENCY];

    if (strlen(code) != 3 || strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
        return complain(error, size, "must be three capital letters", "currency");
    memcpy(r->currency, code, 4);
    r->exponent = (uint8_t)sim_money_exponent(code);
    r->amount_text = in->text[F_AMOUNT];
    /* What is sent raw may be anything: it is there to be refused by the reader. */
    if (r->form != SIM_FORM_RAW && money_field(in, F_AMOUNT, &r->amount, error, size))
        return -1;
    if (r->form == SIM_FORM_INT && !sim_money_whole(r->amount_text))
        return complain(error, size, "has decimals, so its form cannot be int", "amount");
    r->has_fee = in->text[F_FEE] != NULL;
    if (money_field(in, F_FEE, &r->fee, error, size) ||
        money_field(in, F_REFUNDED, &r->refunded, error, size))
        return -1;
    if (money_field(in, F_TIP, &r->tip, error, size))
        return -1;
    if (__builtin_add_overflow(r->amount, r->tip, &total))
        return complain(error, size, "too much together with the amount", "tip");
    return 0;
}

static int time_field(const struct input *in, enum field field, int64_t fallback, int64_t *to,
                      char *error, size_t size)
{
    *to = fallback;
    if (in->text[field] && sim_time_parse(in->text[field], to))
        return complain(error, size, "not an ISO 8601 moment", field_names[field]);
    return 0;
}

static int take_times(struct input *in, char *error, size_t size)
{
    static const char *const done[] = {"captured", "refunded", "completed"};
    struct sim_record *r = &in->record;
    int64_t completed;

    if (time_field(in, F_CREATED_AT, 0, &r->created, error, size))
        return -1;
    completed = sim_word(done, 3, r->status) >= 0 ? r->created : SIM_NO_TIME;
    if (time_field(in, F_COMPLETED_AT, in->null_completed ? SIM_NO_TIME : completed, &r->completed,
                   error, size))
        return -1;
    completed = r->completed == SIM_NO_TIME ? r->created : r->completed;
    return time_field(in, F_UPDATED_AT, completed, &r->updated, error, size);
}

static int take_record(struct input *in, char *error, size_t size)
{
    static const enum field needed[] = {F_ID, F_AMOUNT, F_CURRENCY, F_STATUS, F_CREATED_AT};
    struct sim_record *r = &in->record;
    size_t i;

    for (i = 0; i < sizeof(needed) / sizeof(*needed); i++)
        if (!in->text[needed[i]])
            return complain(error, size, "missing", field_names[needed[i]]);
    r->id = in->text[F_ID];
    r->status = in->text[F_STATUS];
    r->reference = in->text[F_REFERENCE];
    r->payment_id = in->text[F_PAYMENT_ID];
    r->raw_status = in->text[F_RAW_STATUS];
    r->raw_currency = in->text[F_RAW_CURRENCY];
    r->raw_id = in->text[F_RAW_ID];
    r->mode = in->text[F_MODE];
    r->source_type = in->text[F_SOURCE_TYPE] ? in->text[F_SOURCE_TYPE] : "CARD";
    r->attempts = (int32_t)(in->attempts > 0 && in->attempts < 1000000 ? in->attempts : 1);
    if (take_money(in, error, size))
        return -1;
    return take_times(in, error, size);
}

static const char *keep_optional(const char *text, const char *(*keep)(const char *), bool *failed)
{
    const char *copy = text ? keep(text) : NULL;

    *failed |= text && !copy;
    return copy;
}

static int store_location(const struct input *in)
{
    int at = sim_data_location(in->text[F_ID]), count;
    struct sim_location *location;
    bool failed = false;

    if (at < 0)
        return -1;
    location = &sim_data_locations(&count)[at];
    if (in->text[F_TIMEZONE])
        location->timezone = keep_optional(in->text[F_TIMEZONE], sim_data_keep_word, &failed);
    if (in->text[F_CURRENCY])
        location->currency = keep_optional(in->text[F_CURRENCY], sim_data_keep_word, &failed);
    location->inactive = in->text[F_STATUS] && !strcmp(in->text[F_STATUS], "inactive");
    return failed ? -1 : 0;
}

static int store(const struct input *in)
{
    struct sim_record r = in->record;
    bool failed = false;
    int location = in->text[F_LOCATION] ? sim_data_location(in->text[F_LOCATION]) : 0;

    if (in->is_location)
        return store_location(in);
    if (location < 0)
        return -1;
    r.location = (uint16_t)location;
    r.id = keep_optional(r.id, sim_data_keep, &failed);
    r.reference = keep_optional(r.reference, sim_data_keep, &failed);
    r.payment_id = keep_optional(r.payment_id, sim_data_keep, &failed);
    r.amount_text = keep_optional(r.amount_text, sim_data_keep, &failed);
    r.status = keep_optional(r.status, sim_data_keep_word, &failed);
    r.raw_status = keep_optional(r.raw_status, sim_data_keep_word, &failed);
    r.raw_currency = keep_optional(r.raw_currency, sim_data_keep_word, &failed);
    r.raw_id = keep_optional(r.raw_id, sim_data_keep_word, &failed);
    r.mode = keep_optional(r.mode, sim_data_keep_word, &failed);
    r.source_type = keep_optional(r.source_type, sim_data_keep_word, &failed);
    return failed ? -1 : sim_data_add(&r);
}

static int take_input(struct input *in, bool check_only, char *error, size_t size)
{
    if (take_words(in, error, size))
        return -1;
    if (in->is_location && !in->text[F_ID])
        return complain(error, size, "missing", "id");
    if (!in->is_location && take_record(in, error, size))
        return -1;
    if (!check_only && store(in))
        return complain(error, size, "no room in the store", "record");
    return 0;
}

/* One line: read it, and store it unless it is only to be checked. */
static int load_line(const char *line, size_t len, bool check_only, char *error, size_t size)
{
    struct input in = {.attempts = 1};
    struct sim_member members[SIM_SCAN_MEMBERS];
    char scratch[SIM_SCAN_LINE];
    json_error_t where;
    json_t *object = NULL;
    int count = sim_scan(line, len, scratch, members), rc = -1, i;

    for (i = 0; i < count; i++)
        if (take_member(&in, &members[i], error, size))
            return -1;
    if (count < 0) {
        object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
        if (!object) {
            snprintf(error, size, "%s", where.text);
            return -1;
        }
        if (take_object(object, &in, error, size))
            goto end;
    }
    rc = take_input(&in, check_only, error, size);
end:
    json_decref(object);
    return rc;
}

static int each_line(const char *text, size_t len, bool check_only, size_t *loaded, char *error,
                     size_t size)
{
    const char *end = text + len;
    char what[256];
    size_t number = 0;

    *loaded = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline ? newline : end) - text);

        number++;
        if (length && text[length - 1] == '\r')
            length--;
        if (length) {
            if (load_line(text, length, check_only, what, sizeof(what))) {
                snprintf(error, size, "line %zu: %s", number, what);
                return -1;
            }
            ++*loaded;
        }
        text = newline ? newline + 1 : end;
    }
    return 0;
}

int sim_load_text(const char *text, size_t len, size_t *loaded, char *error, size_t error_size)
{
    int rc;

    if (each_line(text, len, true, loaded, error, error_size))
        return -1;
    sim_data_lock_write();
    rc = each_line(text, len, false, loaded, error, error_size);
    sim_data_commit();
    sim_data_unlock();
    return rc;
}

int sim_load_file(const char *path, size_t *loaded, char *error, size_t error_size)
{
    FILE *file = fopen(path, "re");
    char *line = NULL, what[256];
    size_t room = 0, number = 0, count;
    ssize_t len;
    int rc = -1;

    *loaded = 0;
    if (!file) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return -1;
    }
    sim_data_lock_write();
    while ((len = getline(&line, &room, file)) >= 0) {
        number++;
        if (each_line(line, (size_t)len, false, &count, what, sizeof(what))) {
            const char *reason = strstr(what, ": ");

            snprintf(error, error_size, "%s:%zu%s", path, number, reason ? reason : "");
            goto end;
        }
        *loaded += count;
    }
    rc = 0;
end:
    sim_data_commit();
    sim_data_unlock();
    free(line);
    fclose(file);
    return rc;
}
