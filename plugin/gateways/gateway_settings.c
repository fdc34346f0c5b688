/* gateway_settings.c - see gateway_settings.h. docs/gateways.md describes the keys. */
#include "gateway_settings.h"

#include <string.h>

#include "../../udf/buf.h"

#define ID_MAX 64

enum kind {
    NUMBER,  /* checked where it is read, with its range */
    BOOLEAN, /* the same */
    OBJECT,
    IDS,    /* an array of texts, not empty */
    WORD,   /* one of words */
    HEADER, /* a short text without blanks */
    PATH,   /* begins with '/' */
    TEXT
};

static const char *const modes[] = {"live", "test", "any", NULL};
static const char *const ref_kinds[] = {"checkout", "mobile_money", "bank", "card", NULL};
static const char *const reference_fields[] = {"reference_id", "order_id", "note", "id", NULL};
static const char *const amount_fields[] = {"amount_money", "total_money", NULL};

static const struct key {
    const char *name;
    enum kind kind;
    const struct gateway_adapter *adapter; /* NULL: all */
    const char *const *words;
} keys[] = {
    {"mode", WORD, &gateway_paychangu, modes},
    {"default_ref_kind", WORD, &gateway_paychangu, ref_kinds},
    {"list_mode", BOOLEAN, &gateway_paychangu, NULL},
    {"list_path", PATH, &gateway_paychangu, NULL},
    {"version", HEADER, &gateway_square, NULL},
    {"locations", IDS, &gateway_square, NULL},
    {"reference_field", WORD, &gateway_square, reference_fields},
    {"amount_field", WORD, &gateway_square, amount_fields},
    {"include_external", BOOLEAN, &gateway_square, NULL},
    {"page_limit", NUMBER, &gateway_square, NULL},
    {"tolerance_absolute", NUMBER, NULL, NULL},
    {"tolerance_percent", NUMBER, NULL, NULL},
    {"fee", OBJECT, NULL, NULL},
    {"concurrency", NUMBER, NULL, NULL},
    {"rate_per_second", NUMBER, NULL, NULL},
    {"retries", NUMBER, NULL, NULL},
    {"retry_base_ms", NUMBER, NULL, NULL},
    {"retry_cap_ms", NUMBER, NULL, NULL},
    {"connect_timeout_ms", NUMBER, NULL, NULL},
    {"first_byte_timeout_ms", NUMBER, NULL, NULL},
    {"total_timeout_ms", NUMBER, NULL, NULL},
    {"max_response_bytes", NUMBER, NULL, NULL},
    {"max_pages", NUMBER, NULL, NULL},
    {"overlap_seconds", NUMBER, NULL, NULL},
    {"breaker_threshold", NUMBER, NULL, NULL},
    {"breaker_open_ms", NUMBER, NULL, NULL},
    {"breaker_wait_ms", NUMBER, NULL, NULL},
    {"ca_file", PATH, NULL, NULL},
    {"probe", PATH, NULL, NULL},
    {"columns", OBJECT, NULL, NULL},
    {"status_map", OBJECT, NULL, NULL},
    {"default_currency", TEXT, NULL, NULL},
    {"minor_units", BOOLEAN, NULL, NULL},
    {"time_zone", TEXT, NULL, NULL},
    {"delimiter", TEXT, NULL, NULL},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static bool applies(const struct key *key, const struct gateway_adapter *adapter)
{
    return !key->adapter || key->adapter == adapter;
}

/* One blank between the names: all of them must fit into an error. */
static int refuse_key(const struct gateway_adapter *adapter, const char *name, struct error *err)
{
    struct buf known;
    size_t i;
    int rc;

    buf_init(&known, 1024);
    for (i = 0; i < KEYS; i++)
        if (applies(&keys[i], adapter))
            buf_printf(&known, " %s", keys[i].name);
    rc = error_set(err, ERROR_CONFIG, "unknown key '%.30s'; known:%s", name,
                   known.data ? known.data : "");
    buf_free(&known);
    return rc;
}

static int check_word(const struct key *key, const json_t *value, struct error *err)
{
    const char *text = json_string_value(value);
    struct buf words;
    int i, rc;

    for (i = 0; key->words[i]; i++)
        if (text && strcmp(text, key->words[i]) == 0)
            return 0;
    buf_init(&words, 256);
    for (i = 0; key->words[i]; i++)
        buf_printf(&words, "%s%s", i == 0 ? "" : key->words[i + 1] ? ", " : " or ", key->words[i]);
    rc = error_set(err, ERROR_CONFIG, "%s must be %s", key->name, words.data ? words.data : "");
    buf_free(&words);
    return rc;
}

static int check_ids(const struct key *key, const json_t *value, struct error *err)
{
    size_t i, n = json_array_size(value);

    for (i = 0; i < n; i++) {
        size_t len = json_string_length(json_array_get(value, i));

        if (len == 0 || len > ID_MAX)
            break;
    }
    if (n > 0 && i == n)
        return 0;
    return error_set(err, ERROR_CONFIG,
                     "%s must be an array of identifiers of at most %d bytes, and not empty",
                     key->name, ID_MAX);
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static int check_value(const struct key *key, const json_t *value, struct error *err)
{
    const char *text = json_string_value(value);

    switch (key->kind) {
    case NUMBER:
    case BOOLEAN:
        return 0;
    case OBJECT:
        if (json_is_object(value))
            return 0;
        return error_set(err, ERROR_CONFIG, "%s must be an object", key->name);
    case IDS:
        return check_ids(key, value, err);
    case WORD:
        return check_word(key, value, err);
    case HEADER:
        if (text && *text && strlen(text) <= 30 && is_printable(text))
            return 0;
        return error_set(err, ERROR_CONFIG, "%s must be a text of at most 30 printable characters",
                         key->name);
    case PATH:
        if (text && *text == '/' && strlen(text) <= 1000 && is_printable(text))
            return 0;
        return error_set(err, ERROR_CONFIG, "%s must be a path that begins with '/'", key->name);
    default:
        if (text)
            return 0;
        return error_set(err, ERROR_CONFIG, "%s must be a text", key->name);
    }
}

int gateway_settings_check(const struct gateway_adapter *adapter, const json_t *settings,
                           struct error *err)
{
    const char *name;
    json_t *value;
    size_t i;

    json_object_foreach((json_t *)settings, name, value)
    {
        for (i = 0; i < KEYS; i++)
            if (strcmp(keys[i].name, name) == 0 && applies(&keys[i], adapter))
                break;
        if (i == KEYS)
            return refuse_key(adapter, name, err);
        if (!json_is_null(value) && check_value(&keys[i], value, err) != 0)
            return -1;
    }
    return 0;
}

const char *gateway_setting_text(const json_t *settings, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(settings, key));

    return text ? text : fallback;
}
