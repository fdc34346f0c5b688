/*
  udf_ratelimit_admin.c - the functions behind purser.rate_limits and purser.reload_rate_limits().

  Both are for the routines of purser_definer@localhost only: the keys are names of customers, and
  the policies belong to the table.
*/
#include "udf_call.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "ratelimit/service.h"
#include "utf8.h"

#define KEYS_MAX 100

UDF_DECLARE_TEXT(purser_rate_limit_keys);
UDF_DECLARE_INTEGER(purser_rate_limit_load);

static bool refused(const char *name, const char *instead, char *is_null)
{
    struct error err = {0};

    if (udf_caller_is_definer())
        return false;
    error_set(&err, ERROR_INPUT, "%s is called by Purser's own routines only: %s", name, instead);
    udf_raise(&err, is_null);
    return true;
}

my_bool purser_rate_limit_load_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (args->arg_count != 1)
        return udf_refuse(message, "purser_rate_limit_load takes 1 argument: policies (JSON)");
    args->arg_type[0] = STRING_RESULT;
    initid->const_item = 0;
    initid->maybe_null = 1;
    return 0;
}

long long purser_rate_limit_load(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    struct error err = {0};

    (void)error;
    (void)initid;
    if (refused("purser_rate_limit_load", "CALL purser.reload_rate_limits()", is_null))
        return 0;
    if (!args->args[0]) {
        *is_null = 1;
        return 0;
    }
    if (rate_service_load_policies(args->args[0], args->lengths[0], &err) != 0) {
        udf_raise(&err, is_null);
        return 0;
    }
    return 1;
}

my_bool purser_rate_limit_keys_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (args->arg_count != 0)
        return udf_refuse(message, "purser_rate_limit_keys takes no argument");
    initid->const_item = 0;
    initid->maybe_null = 1;
    initid->max_length = 16777215;
    initid->ptr = NULL;
    return 0;
}

void purser_rate_limit_keys_deinit(UDF_INIT *initid)
{
    free(initid->ptr);
}

/* What is not UTF-8 is shown in hex. @param room  of what is kept: so long, it may have been cut */
static json_t *text_of(const char *bytes, size_t len, size_t room)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * RATE_HOT_IDENTIFIER + 3] = "0x";
    json_t *text = json_stringn(bytes, len);
    size_t i;

    if (!text && len == room)
        text = json_stringn(bytes, utf8_whole(bytes, len));
    if (text)
        return text;
    for (i = 0; i < len; i++) {
        hex[2 + 2 * i] = digits[(unsigned char)bytes[i] >> 4];
        hex[3 + 2 * i] = digits[bytes[i] & 15];
    }
    return json_stringn(hex, 2 + 2 * len);
}

static json_t *describe(const struct rate_hot_key *key)
{
    return json_pack("{s:o,s:o,s:s,s:I,s:I,s:I,s:I}", "identifier",
                     text_of(key->identifier, key->identifier_len, sizeof(key->identifier)),
                     "endpoint", text_of(key->endpoint, key->endpoint_len, sizeof(key->endpoint)),
                     "kind", key->kind == RATE_GCRA ? "token bucket" : "window", "calls",
                     (json_int_t)key->hits, "used", (json_int_t)key->used, "max_requests",
                     (json_int_t)key->max, "window_seconds", (json_int_t)key->window_s);
}

char *purser_rate_limit_keys(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                             char *is_null, char *error)
{
    struct rate_limiter *limiter = rate_service_if_any();
    struct rate_hot_key *keys;
    json_t *array = json_array();
    int i, n = 0;

    (void)error;
    (void)args;
    (void)result;
    if (refused("purser_rate_limit_keys", "SELECT * FROM purser.rate_limits", is_null)) {
        json_decref(array);
        return NULL;
    }
    keys = calloc(KEYS_MAX, sizeof(*keys));
    if (keys && limiter)
        n = rate_limiter_hottest(limiter, keys, KEYS_MAX, rate_clock());
    for (i = 0; i < n; i++)
        json_add(&array, describe(&keys[i]));
    free(initid->ptr);
    initid->ptr = keys && array ? json_write(array, JSON_COMPACT) : NULL;
    free(keys);
    json_decref(array);
    if (!initid->ptr) {
        udf_raise(&(struct error){.code = ERROR_MEMORY, .text = "out of memory"}, is_null);
        return NULL;
    }
    *length = (unsigned long)strlen(initid->ptr);
    return initid->ptr;
}
