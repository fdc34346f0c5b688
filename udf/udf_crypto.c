/*
  udf_crypto.c - purser_hmac(algorithm, key, message [, encoding]): an HMAC as hex or base64. NULL
  for any argument gives NULL. No error repeats an argument: who swaps them has a key for an
  algorithm.
*/
#include <mysql.h>
#include <stdbool.h>

#include "crypto.h"
#include "udf_call.h"

#define MESSAGE_MAX (64u << 20) /* a longer one could not be killed in time */
#define TEXT_MAX (CRYPTO_TEXT_SIZE - 1)

UDF_DECLARE_TEXT(purser_hmac);

my_bool purser_hmac_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    unsigned i;

    if (args->arg_count != 3 && args->arg_count != 4)
        return udf_refuse(message, "it takes 3 or 4 arguments: algorithm, key, message, encoding");
    for (i = 0; i < args->arg_count; i++)
        args->arg_type[i] = STRING_RESULT;
    initid->maybe_null = 1;
    initid->max_length = TEXT_MAX;
    return 0;
}

void purser_hmac_deinit(UDF_INIT *initid)
{
    (void)initid;
}

static bool any_null(const UDF_ARGS *args)
{
    unsigned i;

    for (i = 0; i < args->arg_count; i++) {
        if (!args->args[i])
            return true;
    }
    return false;
}

/* result holds 255 bytes, whatever *length says. */
static int make(const UDF_ARGS *args, char *result, unsigned long *length, struct error *err)
{
    enum crypto_encoding encoding = CRYPTO_HEX;
    enum crypto_digest digest;
    struct crypto_piece message = {args->args[2], args->lengths[2]};
    unsigned char mac[CRYPTO_DIGEST_MAX];

    if (crypto_digest_named(args->args[0], args->lengths[0], &digest) != 0)
        return error_set(err, ERROR_INPUT,
                         "purser_hmac: algorithm (argument 1) must be sha256, sha512 or sha1");
    if (args->arg_count > 3 &&
        crypto_encoding_named(args->args[3], args->lengths[3], &encoding) != 0)
        return error_set(err, ERROR_INPUT,
                         "purser_hmac: encoding (argument 4) must be hex or base64");
    if (args->lengths[1] > MESSAGE_MAX || args->lengths[2] > MESSAGE_MAX)
        return error_set(err, ERROR_LIMIT, "purser_hmac: key and message have at most %u MiB",
                         MESSAGE_MAX >> 20);
    if (crypto_hmac(digest, args->args[1], args->lengths[1], &message, 1, mac) != 0)
        return error_set(err, ERROR_MEMORY,
                         "purser_hmac: out of memory, or the machine's policy forbids the digest");
    *length = (unsigned long)crypto_encode(encoding, mac, crypto_digest_size(digest), result);
    return 0;
}

char *purser_hmac(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                  char *is_null, char *error)
{
    struct error err = {0};

    (void)error;
    (void)initid;
    if (any_null(args)) {
        *is_null = 1;
        return NULL;
    }
    if (make(args, result, length, &err) != 0) {
        udf_raise(&err, is_null);
        return NULL;
    }
    return result;
}
