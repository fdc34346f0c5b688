#include "json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "money.h"
#include "timestamp.h"

/* In words of our own: jansson's quote what stands near the error. */
static const char *describe(enum json_error_code code)
{
    switch (code) {
    case json_error_stack_overflow:
        return "nested too deeply";
    case json_error_invalid_utf8:
        return "not valid UTF-8";
    case json_error_premature_end_of_input:
        return "the text ends too early";
    case json_error_end_of_input_expected:
        return "there is more after the end";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a zero byte";
    case json_error_duplicate_key:
        return "a key occurs twice in one object";
    case json_error_numeric_overflow:
        return "a number is too big";
    default:
        return "not well-formed JSON";
    }
}

/* jansson calls itself for each level, up to 2048 of them, which is more stack than a session's
   thread may have left. Up to the first mistake this sees the same brackets and strings. And it
   passes over a zero byte behind a number, which no JSON has. */
static int check_bytes(const char *bytes, size_t len, struct error *err)
{
    int line = 1, depth = 0;
    size_t i, begin = 0;
    bool text = false;

    for (i = 0; i < len; i++) {
        char c = bytes[i];

        if (c == '\0')
            return error_set(err, ERROR_INPUT, "JSON, line %d, column %zu: a zero byte", line,
                             i - begin + 1);
        if (c == '\n') {
            line++;
            begin = i + 1;
        } else if (text) {
            i += c == '\\';
            text = c != '"';
        } else if (c == '"') {
            text = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_DEPTH_MAX)
                return error_set(err, ERROR_INPUT, "JSON, line %d, column %zu: nested too deeply",
                                 line, i - begin + 1);
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return 0;
}

json_t *json_parse(const char *bytes, size_t len, struct error *err)
{
    json_error_t why;
    json_t *document;
    bool no_memory;

    if (check_bytes(bytes, bytes ? len : 0, err) != 0)
        return NULL;
    document =
        json_read(bytes ? bytes : "", bytes ? len : 0, JSON_REJECT_DUPLICATES, &why, &no_memory);
    if (document)
        return document;
    if (no_memory)
        error_set(err, ERROR_MEMORY, "out of memory");
    else
        error_set(err, ERROR_INPUT, "JSON, line %d, column %d: %s", why.line, why.column,
                  describe(json_error_code(&why)));
    return NULL;
}

/* A member that is there and is not null; else NULL. */
static json_t *member(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_null(value) ? NULL : value;
}

const char *json_member_text(const json_t *object, const char *key, char *scratch, size_t size)
{
    const json_t *value = member(object, key);
    int len;

    if (!json_is_integer(value))
        return json_string_value(value);
    if (!scratch)
        return NULL;
    len = snprintf(scratch, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return len >= 0 && (size_t)len < size ? scratch : NULL;
}

/* Of any of the three types in which an amount may come. */
static int read_money(const json_t *value, int exponent, int64_t *amount, struct error *err)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        return money_from_minor(json_integer_value(value), 0, amount, err);
    case JSON_REAL:
        return money_from_real(json_real_value(value), exponent, amount, err);
    case JSON_STRING:
        return money_parse(json_string_value(value), json_string_length(value), amount, err);
    default:
        return error_set(err, ERROR_INPUT, "it is not a number");
    }
}

int json_member_money(const json_t *object, const char *key, int exponent, int64_t *amount,
                      struct error *err)
{
    const json_t *value = member(object, key);
    struct error why = {0};

    *amount = 0;
    if (!value)
        return 0;
    if (read_money(value, exponent, amount, &why) == 0)
        return 1;
    return error_set(err, why.code, "%s: %s", key, why.text);
}

int json_member_time(const json_t *object, const char *key, int64_t *moment, struct error *err)
{
    const json_t *value = member(object, key);

    *moment = 0;
    if (!value)
        return 0;
    if (json_is_string(value) &&
        timestamp_parse(json_string_value(value), json_string_length(value), moment, NULL) == 0)
        return 1;
    return error_set(err, ERROR_INPUT, "%s: it is not a time stamp of the form of ISO 8601", key);
}

/* A sign and digits, nothing else. */
static bool parse_integer(const char *text, size_t len, int64_t *value)
{
    bool negative = len > 0 && text[0] == '-';
    size_t i = negative;

    *value = 0;
    if (i == len)
        return false;
    for (; i < len; i++) {
        int digit = text[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(*value, 10, value) ||
            __builtin_sub_overflow(*value, digit, value)) /* downwards: INT64_MIN has no positive */
            return false;
    }
    return negative || !__builtin_sub_overflow(0, *value, value);
}

int json_setting_int(const json_t *object, const char *key, int64_t min, int64_t max,
                     int64_t fallback, int64_t *value, struct error *err)
{
    const json_t *found = member(object, key);
    int64_t number = 0;
    bool ok = true;

    *value = fallback;
    if (!found)
        return 0;
    if (json_is_string(found))
        ok = parse_integer(json_string_value(found), json_string_length(found), &number);
    else if (json_is_integer(found))
        number = json_integer_value(found);
    else
        ok = false;
    if (!ok || number < min || number > max)
        return error_set(err, ERROR_CONFIG,
                         "%s must be a whole number from %" PRId64 " to %" PRId64, key, min, max);
    *value = number;
    return 0;
}

int json_setting_decimal(const json_t *object, const char *key, int64_t min, int64_t max,
                         int64_t fallback, int64_t *value, struct error *err)
{
    const json_t *found = member(object, key);
    char low[MONEY_TEXT_SIZE], high[MONEY_TEXT_SIZE];
    int64_t number = 0;

    *value = fallback;
    if (!found)
        return 0;
    if (read_money(found, 4, &number, NULL) != 0 || number < min || number > max) {
        money_format(min, low);
        money_format(max, high);
        return error_set(err, ERROR_CONFIG,
                         "%s must be a number from %s to %s with at most four decimals", key, low,
                         high);
    }
    *value = number;
    return 0;
}

int json_setting_bool(const json_t *object, const char *key, bool fallback, bool *value,
                      struct error *err)
{
    const json_t *found = member(object, key);

    *value = fallback;
    if (!found)
        return 0;
    if (!json_is_boolean(found))
        return error_set(err, ERROR_CONFIG, "%s must be true or false", key);
    *value = json_is_true(found);
    return 0;
}
