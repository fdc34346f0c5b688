/* body.c - see body.h. */
#include "body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/crypto.h"
#include "../../udf/timestamp.h"
#include "../../udf/utf8.h"

static const struct api_parameter *find(const struct api_route *route, const char *name)
{
    const struct api_parameter *p;

    for (p = route->parameters; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

/* '/' and the name, escaped as RFC 6901 wants it; a long one is cut at a character. */
static const char *pointer_to(const char *name, char pointer[80])
{
    size_t n = 1;

    pointer[0] = '/';
    for (; *name && n < 72; name++) {
        if (*name == '~' || *name == '/') {
            pointer[n++] = '~';
            pointer[n++] = *name == '~' ? '0' : '1';
        } else {
            pointer[n++] = *name;
        }
    }
    pointer[utf8_whole(pointer, n)] = '\0';
    return pointer;
}

/* ---- values */

static bool is_cursor(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= 'a' && text[i] <= 'z') || text[i] == '-' || text[i] == '_'))
            return false;
    return true;
}

static bool is_moment(const char *text, size_t len)
{
    int64_t moment;
    size_t i;

    /* timestamp_parse knows more forms than the one of the API */
    if (len < 20 || len > 27 || len == 21 || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':' || text[len - 1] != 'Z' || (len > 20 && text[19] != '.') ||
        memcmp(text + 17, "60", 2) == 0)
        return false;
    for (i = 20; i + 1 < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return timestamp_parse(text, len, &moment, NULL) == 0;
}

static bool judge_text(const struct api_parameter *p, const char *text, size_t len,
                       const char *pointer, struct api_errors *errors)
{
    int32_t day;

    switch (p->kind) {
    case API_DATE:
        if (date_parse(text, len, &day, NULL) == 0)
            return true;
        api_errors_add(errors, pointer, "a day is written as 2026-07-31");
        return false;
    case API_MOMENT:
        if (is_moment(text, len))
            return true;
        api_errors_add(errors, pointer, "a moment is written as 2026-07-31T09:30:00Z");
        return false;
    case API_CURSOR:
        if (len >= (size_t)p->min && len <= (size_t)p->max && is_cursor(text, len))
            return true;
        api_errors_add(errors, pointer, "this is no next_cursor of an answer");
        return false;
    default:
        if (len >= (size_t)p->min && len <= (size_t)p->max)
            return true;
        api_errors_add(errors, pointer, "it must have %lld to %lld bytes", (long long)p->min,
                       (long long)p->max);
        return false;
    }
}

static bool judge_integer(const struct api_parameter *p, int64_t value, const char *pointer,
                          struct api_errors *errors)
{
    if (value >= p->min && value <= p->max)
        return true;
    api_errors_add(errors, pointer, "it must be %lld to %lld", (long long)p->min,
                   (long long)p->max);
    return false;
}

static void miss(const struct api_route *route, const json_t *object, struct api_errors *errors)
{
    const struct api_parameter *p;
    char pointer[80];

    for (p = route->parameters; p->name; p++)
        if (p->required && !json_object_get(object, p->name))
            api_errors_add(errors, pointer_to(p->name, pointer), "it is needed");
}

/* ---- bodies */

static void judge_member(const struct api_route *route, const char *name, const json_t *value,
                         struct api_errors *errors)
{
    const struct api_parameter *p = find(route, name);
    char pointer[80];

    pointer_to(name, pointer);
    if (!p)
        api_errors_add(errors, pointer, "there is no such member");
    else if (p->kind == API_INTEGER && !json_is_integer(value))
        api_errors_add(errors, pointer, "it must be an integer");
    else if (p->kind == API_INTEGER)
        judge_integer(p, json_integer_value(value), pointer, errors);
    else if (!json_is_string(value))
        api_errors_add(errors, pointer, "it must be a string");
    else
        judge_text(p, json_string_value(value), json_string_length(value), pointer, errors);
}

json_t *api_body_read(const struct api_route *route, const char *bytes, size_t len,
                      struct api_errors *errors)
{
    struct error err = {0};
    json_t *object = json_parse(bytes, len, &err), *value;
    const char *name;

    if (!object) {
        errors->no_memory = err.code == ERROR_MEMORY;
        api_errors_add(errors, "", "%.190s", err.text);
        return NULL;
    }
    if (!json_is_object(object)) {
        api_errors_add(errors, "", "it must be an object");
    } else {
        json_object_foreach(object, name, value)
        {
            judge_member(route, name, value, errors);
        }
        miss(route, object, errors);
    }
    if (errors->count == 0)
        return object;
    json_decref(object);
    return NULL;
}

/* ---- queries */

/* @return new, NUL-terminated; NULL: not percent-encoded UTF-8 without a NUL, or no memory */
static char *decode(const char *text, size_t len, struct api_errors *errors)
{
    char *out = malloc(len + 1);
    size_t i, n = 0;

    errors->no_memory = errors->no_memory || !out;
    for (i = 0; out && i < len; i++) {
        int high, low;

        if (text[i] != '%') {
            out[n++] = text[i];
            continue;
        }
        high = len - i > 2 ? crypto_hex_digit(text[i + 1]) : -1;
        low = len - i > 2 ? crypto_hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0) {
            free(out);
            return NULL;
        }
        out[n++] = (char)(high * 16 + low);
        i += 2;
    }
    if (out)
        out[n] = '\0';
    if (out && utf8_valid(out, n))
        return out;
    free(out);
    return NULL;
}

static void take_value(const struct api_parameter *p, const char *text, json_t *object,
                       const char *pointer, struct api_errors *errors)
{
    size_t len = strlen(text);
    json_t *value = NULL;
    int before = errors->count;
    long long number;

    if (p->kind != API_INTEGER) {
        if (judge_text(p, text, len, pointer, errors))
            value = json_string(text);
    } else if (len == 0 || len > 10 || strspn(text, "0123456789") != len) {
        api_errors_add(errors, pointer, "it must be an integer");
    } else {
        number = strtoll(text, NULL, 10);
        if (judge_integer(p, number, pointer, errors))
            value = json_integer(number);
    }
    if (errors->count == before && json_object_set_new(object, p->name, value) != 0) {
        errors->no_memory = true;
        api_errors_add(errors, pointer, "out of memory");
    }
}

static void take_pair(const struct api_route *route, const char *pair, size_t len, json_t *object,
                      struct api_errors *errors)
{
    const char *equals = memchr(pair, '=', len);
    size_t name_len = equals ? (size_t)(equals - pair) : len;
    char *name = decode(pair, name_len, errors);
    char *text = equals ? decode(equals + 1, len - name_len - 1, errors) : NULL;
    const struct api_parameter *p = name ? find(route, name) : NULL;
    char pointer[80];

    pointer_to(name ? name : "", pointer);
    if (!name)
        api_errors_add(errors, "", "a name is not percent-encoded UTF-8");
    else if (!p)
        api_errors_add(errors, pointer, "there is no such parameter");
    else if (json_object_get(object, name))
        api_errors_add(errors, pointer, "it comes twice");
    else if (!equals)
        api_errors_add(errors, pointer, "it has no value");
    else if (!text)
        api_errors_add(errors, pointer, "its value is not percent-encoded UTF-8");
    else
        take_value(p, text, object, pointer, errors);
    free(name);
    free(text);
}

json_t *api_query_read(const struct api_route *route, const char *query, struct api_errors *errors)
{
    json_t *object = json_object();

    while (object && *query) {
        size_t len = strcspn(query, "&");

        take_pair(route, query, len, object, errors);
        query += len;
        query += *query == '&';
    }
    if (!object) {
        errors->no_memory = true;
        api_errors_add(errors, "", "out of memory");
    } else if (errors->count == 0) {
        miss(route, object, errors);
    }
    if (errors->count == 0)
        return object;
    json_decref(object);
    return NULL;
}
