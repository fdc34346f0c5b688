/*
  udf_setting.c - purser_setting(name): a system variable's value, because a routine that mentions
  @@purser_… would hold up UNINSTALL. What is no variable and asked in the same way:

    zone_problem:NAME           why a time zone cannot be used, NULL where it can
    months:ZONE:YYYY-MM:COUNT   when months begin (calendar.h)

  All of it works, or says clearly why not, when the daemon is not installed.
*/
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../udf/udf_call.h"
#include "calendar.h"
#include "settings.h"
#include "zone_file.h"

#define ZONE_PROBLEM "zone_problem:"
#define NAME_SIZE 160

UDF_DECLARE_TEXT(purser_setting);

/* Of one call in a statement. */
struct answer {
    char text[SETTINGS_PATH_SIZE];
    struct buf months;
};

my_bool purser_setting_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    struct answer *answer;

    if (args->arg_count != 1) {
        snprintf(message, MYSQL_ERRMSG_SIZE,
                 "purser_setting takes 1 argument: the variable's name");
        return 1;
    }
    args->arg_type[0] = STRING_RESULT;
    initid->const_item = 0;
    initid->maybe_null = 1;
    initid->max_length = CALENDAR_TEXT_MAX;
    answer = malloc(sizeof(*answer));
    if (answer)
        buf_init(&answer->months, CALENDAR_TEXT_MAX);
    initid->ptr = (char *)answer;
    return answer ? 0 : 1;
}

void purser_setting_deinit(UDF_INIT *initid)
{
    struct answer *answer = (struct answer *)initid->ptr;

    if (answer)
        buf_free(&answer->months);
    free(answer);
}

/* For the selftest: why a zone cannot be used. @return bytes written, -1: it can */
static int zone_problem(const char *zone_name, char *out, size_t size)
{
    struct error err = {0};
    struct zone *zone = zone_load(zone_name, &err);

    zone_destroy(zone);
    return zone ? -1 : snprintf(out, size, "%s", err.text);
}

static int read_name(const UDF_ARGS *args, char name[NAME_SIZE], struct error *err)
{
    size_t len = args->args[0] ? args->lengths[0] : 0;

    if (len >= NAME_SIZE)
        return error_set(err, ERROR_INPUT, "argument 1 is longer than %d bytes", NAME_SIZE - 1);
    memcpy(name, args->args[0] ? args->args[0] : "", len);
    name[len] = '\0';
    return 0;
}

char *purser_setting(UDF_INIT *initid, UDF_ARGS *args, char *result, unsigned long *length,
                     char *is_null, char *error)
{
    struct answer *answer = (struct answer *)initid->ptr;
    char name[NAME_SIZE];
    struct error err = {0};
    int written;

    (void)error;
    (void)result;
    if (read_name(args, name, &err) != 0) {
        udf_raise(&err, is_null);
        return NULL;
    }
    if (calendar_asked(name)) {
        buf_clear(&answer->months);
        if (calendar_answer(name, &answer->months, &err) != 0) {
            udf_raise(&err, is_null);
            return NULL;
        }
        *length = (unsigned long)answer->months.len;
        return answer->months.data;
    }
    if (strncmp(name, ZONE_PROBLEM, strlen(ZONE_PROBLEM)) == 0)
        written = zone_problem(name + strlen(ZONE_PROBLEM), answer->text, sizeof(answer->text));
    else
        written = settings_text(name, answer->text, sizeof(answer->text));
    if (written < 0) {
        *is_null = 1;
        return NULL;
    }
    *length = (unsigned long)written;
    return answer->text;
}
