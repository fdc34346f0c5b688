/*
  udf_batch.c - purser_stock_batch(json [, form]), purser_order_items_batch(json) and
  purser_subscriptions_batch(json): a batch checked, and in its canonical form. NULL gives NULL.
  purser_stock_batch has the form 'rows' as well, see batch.h.

  They depend on nothing but their argument, so that the server may take a constant one once.
*/
#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "buf.h"
#include "udf_call.h"

UDF_DECLARE_TEXT(purser_stock_batch);
UDF_DECLARE_TEXT(purser_order_items_batch);
UDF_DECLARE_TEXT(purser_subscriptions_batch);

static my_bool prepare(UDF_INIT *initid, UDF_ARGS *args, char *message, unsigned most,
                       const char *usage)
{
    struct buf *out;

    if (args->arg_count < 1 || args->arg_count > most)
        return udf_refuse(message, usage);
    out = malloc(sizeof(*out));
    if (!out)
        return udf_refuse(message, "out of memory");
    buf_init(out, BATCH_OUT_MAX);
    args->arg_type[0] = STRING_RESULT;
    if (args->arg_count > 1)
        args->arg_type[1] = STRING_RESULT;
    initid->maybe_null = 1;
    initid->max_length = BATCH_OUT_MAX;
    initid->ptr = (char *)out;
    return 0;
}

static void dispose(UDF_INIT *initid)
{
    if (initid->ptr)
        buf_free((struct buf *)initid->ptr);
    free(initid->ptr);
}

static char *run(UDF_INIT *initid, const UDF_ARGS *args, unsigned long *length, char *is_null,
                 batch_function *batch)
{
    struct buf *out = (struct buf *)initid->ptr;
    struct error err = {0};

    if (!args->args[0]) {
        *is_null = 1;
        return NULL;
    }
    buf_clear(out);
    if (batch(args->args[0], args->lengths[0], udf_killed, out, &err) != 0) {
        if (err.code == ERROR_STOPPED)
            udf_raise_killed(is_null);
        else
            udf_raise(&err, is_null);
        return NULL;
    }
    *length = (unsigned long)out->len;
    return out->data;
}

static bool is_word(const UDF_ARGS *args, unsigned i, const char *word)
{
    return args->args[i] && args->lengths[i] == strlen(word) &&
           memcmp(args->args[i], word, args->lengths[i]) == 0;
}

my_bool purser_stock_batch_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return prepare(initid, args, message, 2,
                   "purser_stock_batch takes 1 or 2 arguments: a JSON text, and 'items' or 'rows'");
}

char *purser_stock_batch(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                         char *is_null, char *error)
{
    batch_function *batch = batch_stock;
    struct error err = {0};

    (void)error;
    (void)result;
    if (args->arg_count > 1 && is_word(args, 1, "rows")) {
        batch = batch_stock_rows;
    } else if (args->arg_count > 1 && args->args[1] && !is_word(args, 1, "items")) {
        error_set(&err, ERROR_INPUT, "the form of a batch is 'items' or 'rows'");
        udf_raise(&err, is_null);
        return NULL;
    }
    return run(initid, args, length, is_null, batch);
}

void purser_stock_batch_deinit(UDF_INIT *initid)
{
    dispose(initid);
}

my_bool purser_order_items_batch_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return prepare(initid, args, message, 1,
                   "purser_order_items_batch takes 1 argument: a JSON text");
}

char *purser_order_items_batch(UDF_INIT *initid, UDF_ARGS *args, char *result,
                               unsigned long *length, char *is_null, char *error)
{
    (void)error;
    (void)result;
    return run(initid, args, length, is_null, batch_order_items);
}

void purser_order_items_batch_deinit(UDF_INIT *initid)
{
    dispose(initid);
}

my_bool purser_subscriptions_batch_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    return prepare(initid, args, message, 1,
                   "purser_subscriptions_batch takes 1 argument: a JSON text");
}

char *purser_subscriptions_batch(UDF_INIT *initid, UDF_ARGS *args, char *result,
                                 unsigned long *length, char *is_null, char *error)
{
    (void)error;
    (void)result;
    return run(initid, args, length, is_null, batch_subscriptions);
}

void purser_subscriptions_batch_deinit(UDF_INIT *initid)
{
    dispose(initid);
}
