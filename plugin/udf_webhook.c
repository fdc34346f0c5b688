/*
  udf_webhook.c - purser_webhook_verify(gateway, signature_header, raw_body [, url]): 1 where the
  notification was signed with one of the gateway's secrets, else 0; NULL for any of the first three
  is 0 as well, so that a missing header never passes for anything but a refusal.

  The secrets come from the file that the plugin's variable names. It is a function of the library
  all the same: without the plugin it raises an error that says so.
*/
#include <mysql.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../udf/udf_call.h"
#include "../udf/utf8.h"
#include "../udf/webhook.h"
#include "names.h"
#include "secrets_cache.h"
#include "settings.h"

UDF_DECLARE_INTEGER(purser_webhook_verify);

my_bool purser_webhook_verify_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    unsigned i;

    if (args->arg_count != 3 && args->arg_count != 4)
        return udf_refuse(message,
                          "it takes 3 or 4 arguments: gateway, signature_header, raw_body, url");
    for (i = 0; i < args->arg_count; i++)
        args->arg_type[i] = STRING_RESULT;
    initid->const_item = 0; /* the clock and the secrets change */
    initid->maybe_null = 0;
    return 0;
}

/* It goes into error messages: only what can be a name. */
static int read_gateway(const UDF_ARGS *args, char gateway[GATEWAY_NAME_SIZE], struct error *err)
{
    const char *name = args->args[0];
    size_t len = args->lengths[0], i;
    bool good = len > 0 && len < GATEWAY_NAME_SIZE && utf8_valid(name, len);

    for (i = 0; good && i < len; i++)
        good = (unsigned char)name[i] >= ' ' && name[i] != 0x7F;
    if (!good)
        return error_set(err, ERROR_INPUT,
                         "argument 1 is not the name of a gateway: 1 to %d bytes of UTF-8",
                         GATEWAY_NAME_SIZE - 1);
    memcpy(gateway, name, len);
    gateway[len] = '\0';
    return 0;
}

static struct secrets_view *open_secrets(struct error *err)
{
    char path[SETTINGS_PATH_SIZE];
    unsigned era = secrets_cache_era(), generation = settings_generation();

    if (settings_text("secrets_file", path, sizeof(path)) < 0)
        error_set(err, ERROR_CONFIG,
                  "the secrets file is not known while the plugin is not installed: INSTALL SONAME "
                  "'purser'");
    else if (!*path)
        error_set(err, ERROR_CONFIG, "there is no secrets file: purser_secrets_file is empty");
    else
        return secrets_cache_get(path, generation, era, err);
    return NULL;
}

static struct crypto_piece piece(const UDF_ARGS *args, unsigned i)
{
    if (i >= args->arg_count || !args->args[i])
        return (struct crypto_piece){NULL, 0};
    return (struct crypto_piece){args->args[i], args->lengths[i]};
}

/* @retval 1 @retval 0 @retval -1 err */
static int verify(const UDF_ARGS *args, const char *gateway, const struct secrets_view *view,
                  struct error *err)
{
    struct webhook_call call = {piece(args, 1), piece(args, 3), piece(args, 2), time(NULL)};
    struct webhook_config config;
    struct error why = {0};
    int rc;

    if (webhook_config_read(secrets_view_gateway(view, gateway), gateway, &config, err) != 0)
        return -1;
    rc = webhook_verify(&config, &call, &why);
    if (rc < 0)
        error_set(err, why.code, "gateway %.64s: %s", gateway, why.text);
    return rc;
}

long long purser_webhook_verify(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    char gateway[GATEWAY_NAME_SIZE];
    struct secrets_view *view;
    struct error err = {0};
    int rc = -1;

    (void)error;
    (void)initid;
    if (!args->args[0] || !args->args[1] || !args->args[2])
        return 0;
    if (args->lengths[2] > WEBHOOK_BODY_MAX)
        error_set(&err, ERROR_LIMIT, "raw_body is longer than %u MiB", WEBHOOK_BODY_MAX >> 20);
    else if (read_gateway(args, gateway, &err) == 0 && (view = open_secrets(&err))) {
        rc = verify(args, gateway, view, &err);
        secrets_view_release(view);
    }
    if (rc < 0) {
        error_prefix(&err, "purser_webhook_verify: ");
        udf_raise(&err, is_null);
        return 0;
    }
    return rc;
}
