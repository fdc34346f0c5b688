/* import_row.c - see import_row.h. */
#include "import_row.h"

#include <string.h>
#include <strings.h>

#include "../udf/money.h"
#include "../udf/timestamp.h"
#include "zone_file.h"

static const char *const names[IMPORT_FIELDS] = {
    "transaction_ref", "gateway_transaction_id",
    "parent_id",       "kind",
    "status",          "amount",
    "currency",        "fee",
    "created_at",      "completed_at",
};

/* Words that exports use, when settings.status_map does not say otherwise. */
static const struct {
    const char *word;
    enum record_status status;
} words[] = {
    {"captured", RECORD_CAPTURED},     {"success", RECORD_CAPTURED},
    {"successful", RECORD_CAPTURED},   {"succeeded", RECORD_CAPTURED},
    {"completed", RECORD_CAPTURED},    {"complete", RECORD_CAPTURED},
    {"paid", RECORD_CAPTURED},         {"settled", RECORD_CAPTURED},
    {"authorized", RECORD_AUTHORIZED}, {"approved", RECORD_AUTHORIZED},
    {"pending", RECORD_PENDING},       {"processing", RECORD_PENDING},
    {"failed", RECORD_FAILED},         {"declined", RECORD_FAILED},
    {"cancelled", RECORD_CANCELLED},   {"canceled", RECORD_CANCELLED},
    {"refunded", RECORD_REFUNDED},     {"reversed", RECORD_REFUNDED},
};

const char *import_field_name(enum import_field field)
{
    return names[field];
}

static int read_columns(struct import_map *map, const json_t *columns, struct error *err)
{
    const char *key;
    json_t *value;
    int f;

    if (columns && !json_is_object(columns))
        return error_set(err, ERROR_CONFIG, "settings: columns is an object");
    json_object_foreach((json_t *)columns, key, value)
    {
        for (f = 0; f < IMPORT_FIELDS; f++)
            if (strcmp(names[f], key) == 0)
                break;
        if (f == IMPORT_FIELDS || !json_is_string(value))
            return error_set(err, ERROR_CONFIG,
                             "settings: columns.%.60s is not a field of ours with a column's name",
                             key);
        map->column[f] = json_string_value(value);
        map->is_mapped[f] = true;
    }
    return 0;
}

int import_map_init(struct import_map *map, const struct gateway *gateway, struct error *err)
{
    const json_t *s = gateway->settings;
    const char *zone = json_string_value(json_object_get(s, "time_zone"));
    const char *delimiter = json_string_value(json_object_get(s, "delimiter"));

    memset(map, 0, sizeof(*map));
    memcpy(map->column, names, sizeof(names));
    map->default_currency = json_string_value(json_object_get(s, "default_currency"));
    map->status_map = json_object_get(s, "status_map");
    map->delimiter = delimiter ? delimiter[0] : '\0';
    if (read_columns(map, json_object_get(s, "columns"), err) != 0 ||
        json_setting_bool(s, "minor_units", false, &map->minor_units, err) != 0)
        return -1;
    if (map->status_map && !json_is_object(map->status_map))
        return error_set(err, ERROR_CONFIG, "settings: status_map is an object");
    if (delimiter && (strlen(delimiter) != 1 || !strchr(",;\t|", *delimiter)))
        return error_set(err, ERROR_CONFIG, "settings: delimiter is one of , ; | or a tab");
    map->zone = zone_load(zone ? zone : "UTC", err);
    return map->zone ? 0 : error_prefix(err, "settings: time_zone: ");
}

void import_map_deinit(struct import_map *map)
{
    zone_destroy(map->zone);
    map->zone = NULL;
}

static bool is_given(const char *value)
{
    return value && *value;
}

static enum record_status status_of(const struct import_map *map, const char *word)
{
    const char *mapped = json_string_value(json_object_get(map->status_map, word));
    size_t i;

    if (mapped)
        return record_status_from_name(mapped, strlen(mapped));
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(words[i].word, word) == 0)
            return words[i].status;
    return RECORD_UNKNOWN;
}

/* Does the text of a time name its own offset? */
static bool has_offset(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && (text[len - 1] == 'Z' || text[len - 1] == 'z' ||
                       (len > 10 && strpbrk(text + 10, "+-") != NULL));
}

static int moment(const struct import_map *map, const char *text, const char *what, int64_t *out,
                  struct error *err)
{
    int32_t day;
    int rc;

    *out = 0;
    if (strlen(text) == 10) { /* a day alone: its noon, so that it stays that day */
        rc = date_parse(text, 10, &day, err);
        *out = rc == 0 ? zone_to_utc(map->zone, (day * DAY_SECONDS + DAY_SECONDS / 2) * MICROS) : 0;
    } else {
        rc = timestamp_parse(text, strlen(text), out, err);
        if (rc == 0 && !has_offset(text))
            *out = zone_to_utc(map->zone, *out);
    }
    return rc == 0 ? 0 : error_prefix(err, "%s: ", what);
}

static int money(const struct import_map *map, const char *text, const char *what, int exponent,
                 int64_t *out, struct error *err)
{
    static const int64_t powers[] = {1, 10, 100, 1000, 10000};
    int rc = money_parse(text, strlen(text), out, err);

    if (rc == 0 && map->minor_units) {
        if (*out % MONEY_SCALE)
            rc = error_set(err, ERROR_INPUT, "minor units are whole numbers");
        else
            *out /= powers[exponent];
    }
    return rc == 0 ? 0 : error_prefix(err, "%s: ", what);
}

static int read_money(const struct import_map *map, const char *const value[IMPORT_FIELDS],
                      struct record *record, struct error *err)
{
    const char *code =
        is_given(value[IMPORT_CURRENCY]) ? value[IMPORT_CURRENCY] : map->default_currency;
    int exponent;

    if (!code)
        return error_set(err, ERROR_INPUT,
                         "currency is missing (or set settings.default_currency)");
    if (currency_normalize(code, strlen(code), record->currency) != 0)
        return error_set(err, ERROR_INPUT, "currency is not a code of three letters");
    exponent = currency_exponent(record->currency);
    if (exponent < 0)
        return error_set(err, ERROR_INPUT, "currency %s is not in ISO 4217", record->currency);
    if (!is_given(value[IMPORT_AMOUNT]))
        return error_set(err, ERROR_INPUT, "amount is missing");
    if (money(map, value[IMPORT_AMOUNT], "amount", exponent, &record->amount, err) != 0)
        return -1;
    record->refunded = record->fee = MONEY_ABSENT;
    if (is_given(value[IMPORT_FEE]))
        return money(map, value[IMPORT_FEE], "fee", exponent, &record->fee, err);
    return 0;
}

static int read_texts(const char *const value[IMPORT_FIELDS], struct record *record,
                      struct error *err)
{
    const char *ref = is_given(value[IMPORT_REF]) ? value[IMPORT_REF] : "";
    const char *id = is_given(value[IMPORT_ID]) ? value[IMPORT_ID] : ref;
    const char *parent = is_given(value[IMPORT_PARENT]) ? value[IMPORT_PARENT] : "";
    const char *status = is_given(value[IMPORT_STATUS]) ? value[IMPORT_STATUS] : "";

    if (!*id)
        return error_set(err, ERROR_INPUT,
                         "neither transaction_ref nor gateway_transaction_id is given");
    if (record_set_text(record->ref, sizeof(record->ref), ref, "transaction_ref", err) != 0 ||
        record_set_text(record->id, sizeof(record->id), id, "gateway_transaction_id", err) != 0 ||
        record_set_text(record->parent_id, sizeof(record->parent_id), parent, "parent_id", err) !=
            0)
        return -1;
    return record_set_text(record->raw_status, sizeof(record->raw_status), status, "status", err);
}

int import_row(const struct import_map *map, const char *const value[IMPORT_FIELDS],
               struct record *record, struct error *err)
{
    const char *kind = is_given(value[IMPORT_KIND]) ? value[IMPORT_KIND] : "payment";

    memset(record, 0, sizeof(*record));
    if (read_texts(value, record, err) != 0 || read_money(map, value, record, err) != 0)
        return -1;
    if (strcasecmp(kind, "payment") != 0 && strcasecmp(kind, "refund") != 0)
        return error_set(err, ERROR_INPUT, "kind is payment or refund");
    record->kind = strcasecmp(kind, "refund") == 0 ? RECORD_REFUND : RECORD_PAYMENT;
    record->status = record->raw_status[0] ? status_of(map, record->raw_status) : RECORD_CAPTURED;
    if (record->amount < 0)
        return error_set(err, ERROR_INPUT, "amount is negative (a refund has kind refund)");
    if (!is_given(value[IMPORT_CREATED]))
        return error_set(err, ERROR_INPUT, "created_at is missing");
    if (moment(map, value[IMPORT_CREATED], "created_at", &record->created_at, err) != 0)
        return -1;
    if (is_given(value[IMPORT_COMPLETED]))
        return moment(map, value[IMPORT_COMPLETED], "completed_at", &record->completed_at, err);
    return 0;
}
