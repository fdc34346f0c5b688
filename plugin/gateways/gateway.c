/* gateway.c - see ../gateway.h: the list of adapters, and a row of purser.gateways made usable. */
#include "../gateway.h"

#include <stdio.h>
#include <string.h>

#include "../../udf/money.h"
#include "gateway_settings.h"

#define MIB (1024LL * 1024)
#define CENT (MONEY_SCALE / 100)
#define RATE_MIN (MONEY_SCALE / 10)
#define RATE_DEFAULT_PAYCHANGU (2LL * MONEY_SCALE) /* the vendor names no limit: be gentle */

static const struct gateway_adapter *const adapters[] = {&gateway_paychangu, &gateway_square,
                                                         &gateway_file};

const struct gateway_adapter *gateway_adapter_find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(adapters) / sizeof(adapters[0]); i++)
        if (strcmp(adapters[i]->name, name) == 0)
            return adapters[i];
    return NULL;
}

static int setting(const json_t *s, const char *key, int64_t min, int64_t max, int64_t fallback,
                   int64_t *value, struct error *err)
{
    return json_setting_int(s, key, min, max, fallback, value, err);
}

static int setting_decimal(const json_t *s, const char *key, int64_t max, int64_t fallback,
                           int64_t *value, struct error *err)
{
    return json_setting_decimal(s, key, 0, max, fallback, value, err);
}

static int read_http(struct gateway *g, struct error *err)
{
    bool paychangu = g->adapter == &gateway_paychangu;
    struct http_config *http = &g->http;
    const json_t *s = g->settings;
    int64_t concurrency, rate, size, tries, threshold;

    if (setting(s, "concurrency", 1, 64, paychangu ? 4 : 2, &concurrency, err) != 0 ||
        setting_decimal(s, "rate_per_second", 100000LL * MONEY_SCALE,
                        paychangu ? RATE_DEFAULT_PAYCHANGU : 0, &rate, err) != 0 ||
        setting(s, "connect_timeout_ms", 1, 600000, 5000, &http->connect_timeout_ms, err) != 0 ||
        setting(s, "first_byte_timeout_ms", 1, 600000, 15000, &http->first_byte_timeout_ms, err) !=
            0 ||
        setting(s, "total_timeout_ms", 1, 3600000, 30000, &http->total_timeout_ms, err) != 0 ||
        setting(s, "max_response_bytes", 1024, 256 * MIB, 16 * MIB, &size, err) != 0 ||
        setting(s, "retries", 1, 20, 4, &tries, err) != 0 ||
        setting(s, "retry_base_ms", 1, 60000, 500, &http->retry.base_ms, err) != 0 ||
        setting(s, "retry_cap_ms", 1, 3600000, 60000, &http->retry.cap_ms, err) != 0 ||
        setting(s, "breaker_threshold", 1, 1000, 8, &threshold, err) != 0 ||
        setting(s, "breaker_open_ms", 1, 600000, 5000, &http->breaker_open_ms, err) != 0 ||
        setting(s, "breaker_wait_ms", 0, 3600000, 60000, &http->breaker_wait_ms, err) != 0)
        return -1;
    if (rate % (MONEY_SCALE / 1000) != 0)
        return error_set(err, ERROR_CONFIG, "rate_per_second has at most three decimals");
    if (rate != 0 && rate < RATE_MIN)
        return error_set(
            err, ERROR_CONFIG,
            "rate_per_second must be 0 (no limit), or at least 0.1: slower than that, a"
            " run would seem to stand still");
    http->base_url = g->base_url;
    http->ca_file = gateway_setting_text(s, "ca_file", NULL);
    http->concurrency = (int)concurrency;
    http->rate_milli = rate / (MONEY_SCALE / 1000);
    http->max_response = (size_t)size;
    http->retry.max_attempts = (int)tries;
    http->breaker_threshold = (int)threshold;
    return 0;
}

static int read_fee(struct gateway *g, struct error *err)
{
    const json_t *fee = json_object_get(g->settings, "fee");
    int64_t largest = 1000000LL * MONEY_SCALE;
    const char *key;
    json_t *value;

    g->fee_percent = -1;
    if (!json_is_object(fee))
        return 0;
    json_object_foreach((json_t *)fee, key, value)
    {
        if (strcmp(key, "percent") != 0 && strcmp(key, "fixed") != 0 &&
            strcmp(key, "tolerance") != 0)
            return error_set(err, ERROR_CONFIG,
                             "fee: unknown key '%.30s'; known: percent fixed tolerance", key);
    }
    if (!json_object_get(fee, "percent") && !json_object_get(fee, "fixed"))
        return error_set(err, ERROR_CONFIG, "fee: a rule needs percent, fixed, or both");
    if (setting_decimal(fee, "percent", 100LL * MONEY_SCALE, 0, &g->fee_percent, err) != 0 ||
        setting_decimal(fee, "fixed", largest, 0, &g->fee_fixed, err) != 0 ||
        setting_decimal(fee, "tolerance", largest, CENT, &g->fee_tolerance, err) != 0)
        return error_prefix(err, "fee: ");
    return 0;
}

static int read_rules(struct gateway *g, struct error *err)
{
    const json_t *s = g->settings;

    if (setting_decimal(s, "tolerance_absolute", 1000000LL * MONEY_SCALE, CENT,
                        &g->tolerance_absolute, err) != 0 ||
        setting_decimal(s, "tolerance_percent", 100LL * MONEY_SCALE, 0, &g->tolerance_percent,
                        err) != 0 ||
        setting(s, "max_pages", 1, 10000000, 100000, &g->max_pages, err) != 0 ||
        setting(s, "overlap_seconds", 0, 604800, 3600, &g->overlap_seconds, err) != 0)
        return -1;
    return read_fee(g, err);
}

/* The adapters' own, whose values they read themselves. */
static int check_own(const struct gateway *g, struct error *err)
{
    int64_t number;
    bool flag;

    if (setting(g->settings, "page_limit", 1, 100, 100, &number, err) != 0 ||
        json_setting_bool(g->settings, "include_external", false, &flag, err) != 0 ||
        json_setting_bool(g->settings, "list_mode", false, &flag, err) != 0)
        return -1;
    return json_setting_bool(g->settings, "minor_units", false, &flag, err);
}

static int read_settings(struct gateway *g, const char *settings, size_t len, struct error *err)
{
    g->settings = json_parse(settings, len, err);
    if (g->settings && !json_is_object(g->settings))
        error_set(err, ERROR_CONFIG, "not a JSON object");
    else if (g->settings && gateway_settings_check(g->adapter, g->settings, err) == 0 &&
             read_rules(g, err) == 0 && read_http(g, err) == 0 && check_own(g, err) == 0)
        return 0;
    return error_prefix(err, "settings: ");
}

static int read_row(struct gateway *g, const char *base_url, const char *settings, size_t len,
                    struct error *err)
{
    g->adapter = gateway_adapter_find(g->adapter_name);
    if (!g->adapter)
        return error_set(err, ERROR_CONFIG,
                         "there is no adapter '%s': use paychangu, square or file",
                         g->adapter_name);
    if (g->adapter->needs_url && http_check_base_url(base_url, err) != 0)
        return -1;
    if (base_url &&
        (size_t)snprintf(g->base_url, sizeof(g->base_url), "%s", base_url) >= sizeof(g->base_url))
        return error_set(err, ERROR_CONFIG, "base_url is too long");
    return read_settings(g, settings, len, err);
}

int gateway_init(struct gateway *gateway, const char *name, const char *adapter,
                 const char *base_url, const char *settings, size_t settings_len, struct error *err)
{
    struct error why = {0};

    memset(gateway, 0, sizeof(*gateway));
    snprintf(gateway->adapter_name, sizeof(gateway->adapter_name), "%s", adapter);
    if ((size_t)snprintf(gateway->name, sizeof(gateway->name), "%s", name) >= sizeof(gateway->name))
        error_set(&why, ERROR_CONFIG, "the name is too long");
    else if (read_row(gateway, base_url, settings, settings_len, &why) == 0)
        return 0;
    gateway_deinit(gateway);
    error_prefix(&why, "gateway '%.64s': ", name);
    return error_set(err, why.code == ERROR_MEMORY ? ERROR_MEMORY : ERROR_CONFIG, "%s", why.text);
}

void gateway_deinit(struct gateway *gateway)
{
    json_decref(gateway->settings);
    memset(gateway, 0, sizeof(*gateway));
}
