/*
  udf_job.c - the functions through which routines reach the daemon.

  purser_job(kind, arguments_json, requested_by, content) is for the routines of
  purser_definer@localhost only; it raises an error for any other account. It hands a request to the
  scheduler and waits for the answer, a JSON text; it runs no SQL itself.

  All of them work (or say clearly why not) when the daemon is not installed.
*/
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../udf/json.h"
#include "../udf/timestamp.h"
#include "../udf/udf_call.h"
#include "purser_schema.h"
#include "health/answer.h"
#include "health/health.h"
#include "queue.h"
#include "status.h"

#define CONTENT_MAX (64u << 20)
#define TEXT_MAX 1024

UDF_DECLARE_TEXT(purser_job);
UDF_DECLARE_TEXT(purser_version);
UDF_DECLARE_TEXT(purser_last_error);

static void coerce_to_text(UDF_INIT *initid, UDF_ARGS *args)
{
    unsigned i;

    for (i = 0; i < args->arg_count; i++)
        args->arg_type[i] = STRING_RESULT;
    initid->const_item = 0;
    initid->maybe_null = 1;
    initid->ptr = NULL;
}

my_bool purser_job_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (args->arg_count != 4) {
        snprintf(message, MYSQL_ERRMSG_SIZE,
                 "purser_job takes 4 arguments: kind, arguments, requested_by, content");
        return 1;
    }
    coerce_to_text(initid, args);
    initid->max_length = 16777215;
    return 0;
}

void purser_job_deinit(UDF_INIT *initid)
{
    free(initid->ptr);
}

static char *raise(const struct error *err, char *is_null)
{
    udf_raise(err, is_null);
    return NULL;
}

/* Copy a text argument; NULL gives "". */
static int argument(const UDF_ARGS *args, unsigned i, char *out, size_t size, struct error *err)
{
    out[0] = '\0';
    if (!args->args[i])
        return 0;
    if (args->lengths[i] >= size)
        return error_set(err, ERROR_INPUT, "argument %u is longer than %zu bytes", i + 1, size - 1);
    memcpy(out, args->args[i], args->lengths[i]);
    out[args->lengths[i]] = '\0';
    return 0;
}

static int read_day(const json_t *options, struct request *request, struct error *err)
{
    const char *text = json_string_value(json_object_get(options, "date"));

    if (!text)
        return 0;
    request->has_day = true;
    return date_parse(text, strlen(text), &request->day, err);
}

static int read_options(const char *text, struct request *request, struct error *err)
{
    json_t *options = json_parse(text, strlen(text), err);
    const char *gateway;
    int rc = -1;

    if (!options)
        return error_prefix(err, "arguments: ");
    gateway = json_string_value(json_object_get(options, "gateway"));
    if (gateway && strlen(gateway) >= sizeof(request->gateway)) {
        error_set(err, ERROR_INPUT, "the name of the gateway is too long");
    } else if (read_day(options, request, err) == 0) {
        snprintf(request->gateway, sizeof(request->gateway), "%s", gateway ? gateway : "");
        request->wait = !json_is_false(json_object_get(options, "wait"));
        rc = 0;
    }
    json_decref(options);
    return rc;
}

static int read_content(const UDF_ARGS *args, struct request *request, struct error *err)
{
    if (!args->args[3])
        return error_set(err, ERROR_INPUT, "there is nothing to do");
    if (args->lengths[3] > CONTENT_MAX)
        return error_set(err, ERROR_INPUT, "the file is larger than %u MiB", CONTENT_MAX >> 20);
    request->content = malloc(args->lengths[3] + 1);
    if (!request->content)
        return error_set(err, ERROR_MEMORY, "out of memory");
    memcpy(request->content, args->args[3], args->lengths[3]);
    request->content[args->lengths[3]] = '\0';
    request->content_len = args->lengths[3];
    return 0;
}

static int read_request(const UDF_ARGS *args, struct request *request, struct error *err)
{
    char kind[16], options[TEXT_MAX];

    if (argument(args, 0, kind, sizeof(kind), err) != 0 ||
        argument(args, 1, options, sizeof(options), err) != 0 ||
        argument(args, 2, request->asker, sizeof(request->asker), err) != 0 ||
        read_options(options, request, err) != 0)
        return -1;
    if (strcmp(kind, "reconcile") == 0) {
        request->kind = REQUEST_RECONCILE;
        return 0;
    }
    if (strcmp(kind, "health") == 0) {
        request->kind = REQUEST_HEALTH;
        return 0;
    }
    if (strcmp(kind, "import") != 0 && strcmp(kind, "audit") != 0)
        return error_set(err, ERROR_INPUT, "unknown kind of job '%s'", kind);
    request->kind = kind[0] == 'i' ? REQUEST_IMPORT : REQUEST_AUDIT;
    request->wait = true;
    return read_content(args, request, err);
}

/* What is known already, without asking anybody. */
static char *health_known(struct error *err)
{
    const struct snapshot *snapshot = snapshot_get();
    char *text = snapshot ? health_answer(snapshot) : NULL;

    if (!snapshot)
        error_set(err, ERROR_STOPPED, "the plugin is not loaded: INSTALL SONAME 'purser'");
    else if (!text)
        error_set(err, ERROR_MEMORY, "out of memory");
    snapshot_release(snapshot);
    return text;
}

/* @return the answer, or NULL with err */
static char *do_request(struct request *request, struct error *err)
{
    char *text;

    if (request->kind == REQUEST_HEALTH && !request->wait)
        return health_known(err);
    if (request_submit(request, err) != 0)
        return NULL;
    if (request->kind == REQUEST_HEALTH)
        health_wake();
    if (request_wait(request, err) != 0)
        return NULL;
    text = request->result; /* done: nobody else looks at it any more */
    request->result = NULL;
    return text;
}

char *purser_job(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                 char *is_null, char *error)
{
    struct request *request = NULL;
    struct error err = {0};

    (void)error;
    (void)result;
    if (!udf_caller_is_definer()) {
        error_set(&err, ERROR_INPUT,
                  "purser_job is called by Purser's own routines only: CALL purser.reconcile(...)");
        return raise(&err, is_null);
    }
    request = request_create();
    if (!request)
        error_set(&err, ERROR_MEMORY, "out of memory");
    if (request && read_request(args, request, &err) == 0) {
        free(initid->ptr);
        initid->ptr = do_request(request, &err);
    }
    request_release(request);
    if (err.code != ERROR_NONE)
        return raise(&err, is_null);
    *length = initid->ptr ? (unsigned long)strlen(initid->ptr) : 0;
    return initid->ptr;
}

static my_bool no_arguments(UDF_INIT *initid, UDF_ARGS *args, char *message, const char *name)
{
    if (args->arg_count != 0) {
        snprintf(message, MYSQL_ERRMSG_SIZE, "%s takes no argument", name);
        return 1;
    }
    coerce_to_text(initid, args);
    return 0;
}

my_bool purser_version_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (no_arguments(initid, args, message, "purser_version") != 0)
        return 1;
    initid->max_length = sizeof(PURSER_VERSION) - 1; /* else a table has no room for it */
    return 0;
}

char *purser_version(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                     char *is_null, char *error)
{
    (void)initid;
    (void)args;
    (void)is_null;
    (void)error;
    *length = (unsigned long)snprintf(result, 255, "%s", PURSER_VERSION);
    return result;
}

my_bool purser_last_error_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    if (no_arguments(initid, args, message, "purser_last_error") != 0)
        return 1;
    initid->max_length = 480;
    initid->ptr = malloc(480);
    return initid->ptr ? 0 : 1;
}

void purser_last_error_deinit(UDF_INIT *initid)
{
    free(initid->ptr);
}

char *purser_last_error(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                        char *is_null, char *error)
{
    (void)args;
    (void)result;
    (void)is_null;
    (void)error;
    status_last_error(initid->ptr, 480);
    *length = (unsigned long)strlen(initid->ptr);
    return initid->ptr;
}
