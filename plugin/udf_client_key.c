/*
  udf_client_key.c - purser_client_secret(key_id): the secret of a key of the client API, made of
  api.key_seed of the secrets file. For the routines of purser_definer@localhost only: whoever may
  call it could sign for every client.
*/
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../udf/client_key.h"
#include "../udf/udf_call.h"
#include "secrets_cache.h"
#include "settings.h"

UDF_DECLARE_TEXT(purser_client_secret);

my_bool purser_client_secret_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (args->arg_count != 1)
        return udf_refuse(message, "it takes 1 argument: key_id");
    args->arg_type[0] = STRING_RESULT;
    initid->const_item = 0;
    initid->maybe_null = 1;
    initid->max_length = CLIENT_KEY_SECRET_SIZE;
    initid->ptr = calloc(1, CLIENT_KEY_SECRET_SIZE);
    return initid->ptr ? 0 : 1;
}

void purser_client_secret_deinit(UDF_INIT *initid)
{
    if (initid->ptr)
        explicit_bzero(initid->ptr, CLIENT_KEY_SECRET_SIZE);
    free(initid->ptr);
}

static int make_secret(const UDF_ARGS *args, char secret[CLIENT_KEY_SECRET_SIZE], struct error *err)
{
    char path[SETTINGS_PATH_SIZE];
    unsigned era = secrets_cache_era(), generation = settings_generation();
    struct secrets_view *view;
    int rc;

    if (settings_text("secrets_file", path, sizeof(path)) < 0)
        return error_set(err, ERROR_CONFIG,
                         "the secrets file is not known while the plugin is not installed: INSTALL "
                         "SONAME 'purser'");
    if (!*path)
        return error_set(err, ERROR_CONFIG,
                         "there is no secrets file, which has to hold api.key_seed: "
                         "purser_secrets_file is empty");
    view = secrets_cache_get(path, generation, era, err);
    if (!view)
        return -1;
    rc = client_key_secret(secrets_view_text(view, "api", "key_seed"), args->args[0],
                           args->lengths[0], secret, err);
    secrets_view_release(view);
    return rc;
}

char *purser_client_secret(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                           char *is_null, char *error)
{
    struct error err = {0};

    (void)error;
    (void)result;
    *is_null = !args->args[0];
    if (!udf_caller_is_definer())
        error_set(&err, ERROR_INPUT,
                  "purser_client_secret is called by Purser's own routines only: CALL "
                  "purser.create_client_key(...)");
    else if (*is_null)
        return NULL;
    else
        make_secret(args, initid->ptr, &err);
    if (err.code != ERROR_NONE) {
        udf_raise(&err, is_null);
        return NULL;
    }
    *length = (unsigned long)strlen(initid->ptr);
    return initid->ptr;
}
