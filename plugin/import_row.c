/* import_row.c - see import_row.h. What is not clear is refused rather than guessed. */
#include "import_row.h"

#include <string.h>
#include <strings.h>

#include "../udf/money.h"
#include "../udf/timestamp.h"
#include "zone_file.h"

static const char *const names[IMPORT_FIELDS] = {
    [IMPORT_REF] = "transaction_ref", [IMPORT_ID] = "gateway_transaction_id",
    [IMPORT_PARENT] = "parent_id",    [IMPORT_KIND] = "kind",
    [IMPORT_STATUS] = "status",       [IMPORT_AMOUNT] = "amount",
    [IMPORT_CURRENCY] = "currency",   [IMPORT_FEE] = "fee",
    [IMPORT_CREATED] = "created_at",  [IMPORT_COMPLETED] = "completed_at",
};

/* Words that exports use, when settings.status_map does not say otherwise. */
static const struct {
    const char *word;
    enum record_status status;
} words[] = {
    {"captured", RECORD_CAPTURED},       {"success", RECORD_CAPTURED},
    {"successful", RECORD_CAPTURED},     {"succeeded", RECORD_CAPTURED},
    {"completed", RECORD_CAPTURED},      {"complete", RECORD_CAPTURED},
    {"paid", RECORD_CAPTURED},           {"settled", RECORD_CAPTURED},
    {"authorized", RECORD_AUTHORIZED},   {"approved", RECORD_AUTHORIZED},
    {"pending", RECORD_PENDING},         {"processing", RECORD_PENDING},
    {"failed", RECORD_FAILED},           {"declined", RECORD_FAILED},
    {"cancelled", RECORD_CANCELLED},     {"canceled", RECORD_CANCELLED},
    {"failed/cancelled", RECORD_FAILED}, {"refunded", RECORD_REFUNDED},
    {"reversed", RECORD_REFUNDED},
};

const char *import_field_name(enum import_field field)
{
    return names[field];
}

/* ---- the map */

static int read_columns(struct import_map *map, const json_t *columns, struct error *err)
{
    const char *key;
    json_t *value;
    int f;

    memcpy(map->column, names, sizeof(names));
    json_object_foreach((json_t *)columns, key, value)
    {
        for (f = 0; f < IMPORT_FIELDS && strcmp(names[f], key) != 0;)
            f++;
        if (f == IMPORT_FIELDS)
            return error_set(err, ERROR_CONFIG,
                             "columns: unknown field '%.30s'; known: transaction_ref "
                             "gateway_transaction_id parent_id kind status amount currency fee "
                             "created_at completed_at",
                             key);
        if (!json_is_string(value) || json_string_length(value) == 0)
            return error_set(err, ERROR_CONFIG, "columns.%s must be the name of a column", key);
        map->column[f] = json_string_value(value);
        map->is_mapped[f] = true;
    }
    return 0;
}

static int read_status_map(struct import_map *map, const json_t *status_map, struct error *err)
{
    const char *key, *name;
    json_t *value;

    json_object_foreach((json_t *)status_map, key, value)
    {
        name = json_is_string(value) ? json_string_value(value) : "";
        if (strcmp(record_status_name(record_status_from_name(name, strlen(name))), name) != 0)
            return error_set(err, ERROR_CONFIG,
                             "status_map: '%.30s' must become captured, authorized, pending, "
                             "failed, cancelled, refunded, not_found or unknown",
                             key);
    }
    map->status_map = status_map;
    return 0;
}

static int read_map(struct import_map *map, const json_t *s, struct error *err)
{
    const char *currency = json_string_value(json_object_get(s, "default_currency"));
    const char *zone = json_string_value(json_object_get(s, "time_zone"));
    const char *delimiter = json_string_value(json_object_get(s, "delimiter"));

    if (read_columns(map, json_object_get(s, "columns"), err) != 0 ||
        read_status_map(map, json_object_get(s, "status_map"), err) != 0 ||
        json_setting_bool(s, "minor_units", false, &map->minor_units, err) != 0)
        return -1;
    if (currency && (currency_normalize(currency, strlen(currency), map->default_currency) != 0 ||
                     currency_exponent(map->default_currency) < 0))
        return error_set(err, ERROR_CONFIG, "default_currency must be a code of ISO 4217");
    if (delimiter && (strlen(delimiter) != 1 || !strchr(",;\t|", *delimiter)))
        return error_set(err, ERROR_CONFIG, "delimiter must be one of , ; | or a tab");
    map->delimiter = delimiter ? *delimiter : '\0';
    map->zone = zone_load(zone ? zone : "UTC", err);
    return map->zone ? 0 : error_prefix(err, "time_zone: ");
}

int import_map_init(struct import_map *map, const struct gateway *gateway, struct error *err)
{
    memset(map, 0, sizeof(*map));
    if (read_map(map, gateway->settings, err) == 0)
        return 0;
    import_map_deinit(map);
    return error_prefix(err, "gateway '%.64s': settings: ", gateway->name);
}

void import_map_deinit(struct import_map *map)
{
    zone_destroy(map->zone);
    map->zone = NULL;
}

/* ---- rows */

static bool is_absent(const struct import_value *value)
{
    return !value->text && !value->real;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct import_value trimmed(struct import_value value)
{
    if (!value.text)
        return value;
    for (; value.len > 0 && is_blank(*value.text); value.len--)
        value.text++;
    while (value.len > 0 && is_blank(value.text[value.len - 1]))
        value.len--;
    if (value.len == 0)
        value.text = NULL;
    return value;
}

static bool is_word(const struct import_value *value, const char *word)
{
    return value->text && strlen(word) == value->len &&
           strncasecmp(word, value->text, value->len) == 0;
}

static int set_text(const struct import_value *value, enum import_field field, char *out,
                    size_t size, struct error *err)
{
    char text[RECORD_REF_SIZE];

    out[0] = '\0';
    if (is_absent(value))
        return 0;
    if (value->real)
        return error_set(err, ERROR_INPUT, "%s: a number with a fraction", names[field]);
    if (value->len >= size)
        return error_set(err, ERROR_INPUT, "%s is longer than %zu bytes", names[field], size - 1);
    memcpy(text, value->text, value->len);
    text[value->len] = '\0';
    return record_set_text(out, size, text, names[field], err);
}

static int set_names(const struct import_value v[IMPORT_FIELDS], struct record *record,
                     struct error *err)
{
    if (set_text(&v[IMPORT_REF], IMPORT_REF, record->ref, sizeof(record->ref), err) != 0 ||
        set_text(&v[IMPORT_ID], IMPORT_ID, record->id, sizeof(record->id), err) != 0 ||
        set_text(&v[IMPORT_PARENT], IMPORT_PARENT, record->parent_id, sizeof(record->parent_id),
                 err) != 0)
        return -1;
    if (record->id[0])
        return 0;
    if (!record->ref[0])
        return error_set(err, ERROR_INPUT,
                         "neither transaction_ref nor gateway_transaction_id is given");
    /* Two refunds of one payment would be taken for one. */
    if (record->kind == RECORD_REFUND)
        return error_set(err, ERROR_INPUT, "a refund needs gateway_transaction_id");
    if (strlen(record->ref) + RECORD_DERIVED_SIZE >= sizeof(record->id))
        return error_set(err, ERROR_INPUT,
                         "transaction_ref is longer than %zu bytes, which needs "
                         "gateway_transaction_id",
                         sizeof(record->id) - RECORD_DERIVED_SIZE - 1);
    return 0;
}

static int set_kind(const struct import_value *value, struct record *record, struct error *err)
{
    record->kind = is_word(value, "refund") ? RECORD_REFUND : RECORD_PAYMENT;
    if (is_absent(value) || record->kind == RECORD_REFUND || is_word(value, "payment"))
        return 0;
    return error_set(err, ERROR_INPUT, "kind must be payment or refund");
}

/* A text without that column lists what was paid; an empty cell of it says nothing. */
static int set_status(const struct import_map *map, const struct import_value *value,
                      struct record *record, struct error *err)
{
    const char *mapped;
    size_t i;

    record->status = RECORD_UNKNOWN;
    if (is_absent(value)) {
        if (!value->has_column && !map->is_mapped[IMPORT_STATUS])
            record->status = RECORD_CAPTURED;
        return 0;
    }
    if (set_text(value, IMPORT_STATUS, record->raw_status, sizeof(record->raw_status), err) != 0)
        return -1;
    mapped = json_string_value(json_object_get(map->status_map, record->raw_status));
    if (mapped)
        record->status = record_status_from_name(mapped, strlen(mapped));
    for (i = 0; !mapped && i < sizeof(words) / sizeof(words[0]); i++)
        if (is_word(value, words[i].word))
            record->status = words[i].status;
    /* Of a refund both say that the money went; one that was reversed may have been taken back. */
    if (record->kind == RECORD_REFUND && record->status == RECORD_REFUNDED &&
        (mapped || !is_word(value, "reversed")))
        record->status = RECORD_CAPTURED;
    return 0;
}

/* @param decimals  that a JSON real may have */
static int set_money(const struct import_map *map, const struct import_value *value,
                     enum import_field field, int exponent, int decimals, int64_t *amount,
                     struct error *err)
{
    struct error why = {0};
    int rc;

    if (value->real)
        rc = money_from_real(json_real_value(value->real), map->minor_units ? 0 : decimals, amount,
                             &why);
    else
        rc = money_parse(value->text, value->len, amount, &why);
    if (rc == 0 && map->minor_units) {
        if (*amount % MONEY_SCALE != 0)
            rc = error_set(&why, ERROR_INPUT, "minor units are whole numbers");
        else
            rc = money_from_minor(*amount / MONEY_SCALE, exponent, amount, &why);
    }
    return rc == 0 ? 0 : error_set(err, ERROR_INPUT, "%s: %s", names[field], why.text);
}

static int set_amounts(const struct import_map *map, const struct import_value v[IMPORT_FIELDS],
                       struct record *record, struct error *err)
{
    const struct import_value *currency = &v[IMPORT_CURRENCY];
    int exponent;

    record->fee = record->refunded = MONEY_ABSENT;
    if (is_absent(currency))
        memcpy(record->currency, map->default_currency, sizeof(record->currency));
    else if (!currency->text ||
             currency_normalize(currency->text, currency->len, record->currency) != 0)
        return error_set(err, ERROR_INPUT, "currency is not a code of three letters");
    if (!record->currency[0])
        return error_set(err, ERROR_INPUT,
                         "currency is missing (or set settings.default_currency)");
    exponent = currency_exponent(record->currency);
    if (exponent < 0)
        return error_set(err, ERROR_INPUT, "currency %s is not in ISO 4217", record->currency);
    if (is_absent(&v[IMPORT_AMOUNT]))
        return error_set(err, ERROR_INPUT, "amount is missing");
    if (set_money(map, &v[IMPORT_AMOUNT], IMPORT_AMOUNT, exponent, exponent, &record->amount,
                  err) != 0)
        return -1;
    if (record->amount < 0)
        return error_set(err, ERROR_INPUT, "amount is negative (a refund has kind refund)");
    if (is_absent(&v[IMPORT_FEE]))
        return 0;
    return set_money(map, &v[IMPORT_FEE], IMPORT_FEE, exponent, 4, &record->fee, err);
}

/* Does the text of a time name its own offset? */
static bool has_offset(const struct import_value *value)
{
    size_t i;

    for (i = 10; i < value->len; i++)
        if (memchr("Zz+-", value->text[i], 4))
            return true;
    return false;
}

static int set_time(const struct import_map *map, const struct import_value *value,
                    enum import_field field, int64_t *moment, struct error *err)
{
    int32_t day;

    *moment = 0;
    if (is_absent(value))
        return 0;
    if (value->text && date_parse(value->text, value->len, &day, NULL) == 0) {
        /* A day alone: its noon, so that it stays that day in other zones too. */
        *moment = zone_to_utc(map->zone, (day * DAY_SECONDS + DAY_SECONDS / 2) * MICROS);
        return 0;
    }
    if (!value->text || timestamp_parse(value->text, value->len, moment, NULL) != 0)
        return error_set(err, ERROR_INPUT,
                         "%s: not a time of the form 2025-07-05 10:00:00 (ISO 8601)", names[field]);
    if (!has_offset(value))
        *moment = zone_to_utc(map->zone, *moment);
    return 0;
}

int import_row(const struct import_map *map, const struct import_value values[IMPORT_FIELDS],
               struct record *record, struct error *err)
{
    struct import_value v[IMPORT_FIELDS];
    int f;

    memset(record, 0, sizeof(*record));
    for (f = 0; f < IMPORT_FIELDS; f++)
        v[f] = trimmed(values[f]);
    if (set_kind(&v[IMPORT_KIND], record, err) != 0 || set_names(v, record, err) != 0 ||
        set_status(map, &v[IMPORT_STATUS], record, err) != 0 ||
        set_amounts(map, v, record, err) != 0)
        return -1;
    if (is_absent(&v[IMPORT_CREATED]))
        return error_set(err, ERROR_INPUT, "created_at is missing");
    if (set_time(map, &v[IMPORT_CREATED], IMPORT_CREATED, &record->created_at, err) != 0)
        return -1;
    if (!record->id[0])
        record_derive_id(record);
    return set_time(map, &v[IMPORT_COMPLETED], IMPORT_COMPLETED, &record->completed_at, err);
}
