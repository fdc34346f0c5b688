/*
  udf_audit.c - purser_audit_diff(old_json, new_json): what changed, NULL where nothing did; a NULL
  argument is a record that is not there. purser_audit_leaf(table_name, operation, record_id,
  user_id, timestamp, old_values, new_values [, …]): the leaf hash of an audit record; NULL is one
  of the values that are hashed.

  They depend on nothing but their arguments. purser_audit_now(): the time by the machine's clock,
  in UTC, which no session can set, as it can that of UTC_TIMESTAMP and, on some servers, of
  SYSDATE.
*/
#include <mysql.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit.h"
#include "timestamp.h"
#include "udf_call.h"

#define DIFF_MAX (256u << 20) /* bytes */

UDF_DECLARE_TEXT(purser_audit_diff);
UDF_DECLARE_TEXT(purser_audit_leaf);
UDF_DECLARE_TEXT(purser_audit_now);

static void coerce_to_text(UDF_ARGS *args)
{
    unsigned i;

    for (i = 0; i < args->arg_count; i++)
        args->arg_type[i] = STRING_RESULT;
}

my_bool purser_audit_diff_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    struct buf *out;

    if (args->arg_count != 2)
        return udf_refuse(message, "it takes 2 arguments: old_json, new_json");
    out = malloc(sizeof(*out));
    if (!out)
        return udf_refuse(message, "out of memory");
    buf_init(out, DIFF_MAX);
    coerce_to_text(args);
    initid->maybe_null = 1;
    initid->max_length = DIFF_MAX;
    initid->ptr = (char *)out;
    return 0;
}

void purser_audit_diff_deinit(UDF_INIT *initid)
{
    if (initid->ptr)
        buf_free((struct buf *)initid->ptr);
    free(initid->ptr);
}

char *purser_audit_diff(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                        char *is_null, char *error)
{
    struct buf *out = (struct buf *)initid->ptr;
    struct error err = {0};
    int rc;

    (void)error;
    (void)result;
    buf_clear(out);
    rc = audit_diff(args->args[0], args->lengths[0], args->args[1], args->lengths[1], out,
                    udf_killed, &err);
    if (rc < 0 && err.code == ERROR_STOPPED) {
        udf_raise_killed(is_null);
        return NULL;
    }
    if (rc < 0) {
        error_prefix(&err, "purser_audit_diff: ");
        udf_raise(&err, is_null);
        return NULL;
    }
    if (rc == 0) {
        *is_null = 1;
        return NULL;
    }
    *length = (unsigned long)out->len;
    return out->data;
}

my_bool purser_audit_leaf_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (args->arg_count < AUDIT_LEAF_FIELDS || args->arg_count > AUDIT_LEAF_FIELDS_MAX)
        return udf_refuse(message,
                          "it takes 7 to 32 arguments, from table_name to new_values and beyond");
    coerce_to_text(args);
    initid->maybe_null = 0;
    initid->max_length = 2 * CRYPTO_SHA256_SIZE;
    return 0;
}

void purser_audit_leaf_deinit(UDF_INIT *initid)
{
    (void)initid;
}

char *purser_audit_leaf(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                        char *is_null, char *error)
{
    struct crypto_piece fields[AUDIT_LEAF_FIELDS_MAX];
    unsigned char hash[CRYPTO_SHA256_SIZE];
    struct error err = {0};
    unsigned i;

    (void)error;
    (void)initid;
    for (i = 0; i < args->arg_count; i++)
        fields[i] = (struct crypto_piece){args->args[i], args->args[i] ? args->lengths[i] : 0};
    if (audit_leaf(fields, args->arg_count, hash, &err) != 0) {
        error_prefix(&err, "purser_audit_leaf: ");
        udf_raise(&err, is_null);
        return NULL;
    }
    *length = (unsigned long)crypto_encode(CRYPTO_HEX, hash, sizeof(hash), result);
    return result;
}

my_bool purser_audit_now_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (args->arg_count != 0)
        return udf_refuse(message, "it takes no argument");
    initid->const_item = 0;
    initid->maybe_null = 0;
    initid->max_length = TIMESTAMP_SQL_SIZE - 1;
    return 0;
}

void purser_audit_now_deinit(UDF_INIT *initid)
{
    (void)initid;
}

char *purser_audit_now(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                       char *is_null, char *error)
{
    struct timespec now;

    (void)initid;
    (void)args;
    (void)is_null;
    (void)error;
    clock_gettime(CLOCK_REALTIME, &now);
    timestamp_format_sql((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, result);
    *length = (unsigned long)strlen(result);
    return result;
}
