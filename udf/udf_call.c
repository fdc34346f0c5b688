/* udf_call.c - see udf_call.h. */
#include "udf_call.h"

#include <mysql/plugin.h>
#include <mysql/service_kill_statement.h>
#include <mysql/service_my_print_error.h>
#include <stdio.h>
#include <string.h>

#define ER_SIGNAL_EXCEPTION_NUMBER 1644
#define ER_QUERY_INTERRUPTED_NUMBER 1317
#define SHOWN_SIZE 41

/* Exported by mariadbd, declared in no installed header. */
extern MYSQL_THD _current_thd(void) __attribute__((weak));
extern const char *thd_priv_user(MYSQL_THD thd, size_t *length) __attribute__((weak));
extern const char *thd_priv_host(MYSQL_THD thd, size_t *length) __attribute__((weak));

my_bool udf_refuse(char *message, const char *usage)
{
    snprintf(message, MYSQL_ERRMSG_SIZE, "%s", usage);
    return 1;
}

void udf_want_integer(UDF_ARGS *args, unsigned i)
{
    if (args->arg_type[i] != INT_RESULT)
        args->arg_type[i] = STRING_RESULT;
}

/* Digits with a sign, and zeros behind a point. @retval false it is something else, or has more
   than 18 digits, which is beyond every limit */
static bool whole_number(const char *text, size_t len, long long *value)
{
    const char *at = text, *end = text + len;
    bool negative = at < end && *at == '-';
    const char *first;

    at += at < end && (*at == '-' || *at == '+');
    first = at;
    for (*value = 0; at < end && *at >= '0' && *at <= '9' && at - first < 18; at++)
        *value = *value * 10 + (*at - '0');
    if (at == first)
        return false;
    if (at < end && *at == '.')
        for (at++; at < end && *at == '0'; at++)
            ;
    *value = negative ? -*value : *value;
    return at == end;
}

/* The first bytes of an argument; what is not plain ASCII may be no text at all. */
static const char *shown(const char *text, size_t len, char copy[SHOWN_SIZE])
{
    size_t i;

    len = len < SHOWN_SIZE ? len : SHOWN_SIZE - 1;
    for (i = 0; i < len; i++)
        copy[i] = (char)(text[i] >= ' ' && text[i] < 0x7F ? text[i] : '?');
    copy[len] = '\0';
    return copy;
}

int udf_read_integer(const UDF_ARGS *args, unsigned i, const char *name, long long min,
                     long long max, long long *value, struct error *err)
{
    const char *text = args->args[i];
    size_t len = args->lengths[i];
    char copy[SHOWN_SIZE];

    if (args->arg_type[i] == INT_RESULT)
        *value = *(const long long *)(const void *)text;
    else if (!whole_number(text, len, value))
        return error_set(err, ERROR_INPUT, "%s must be a whole number from %lld to %lld, not '%s'",
                         name, min, max, shown(text, len, copy));
    if (*value < 0 && min >= 0) /* or it is unsigned and beyond a BIGINT: nobody tells us */
        return error_set(err, ERROR_INPUT, "%s must be %lld to %lld", name, min, max);
    if (*value < min || *value > max)
        return error_set(err, ERROR_INPUT, "%s must be %lld to %lld, not %lld", name, min, max,
                         *value);
    return 0;
}

void udf_raise(const struct error *err, char *is_null)
{
    my_printf_error(ER_SIGNAL_EXCEPTION_NUMBER, "Purser: %s", 0, err->text);
    *is_null = 1;
}

static bool same(const char *text, size_t len, const char *expected)
{
    return text && len == strlen(expected) && memcmp(text, expected, len) == 0;
}

bool udf_caller_is_definer(void)
{
    MYSQL_THD thd = _current_thd && thd_priv_user && thd_priv_host ? _current_thd() : NULL;
    const char *user, *host;
    size_t user_len = 0, host_len = 0;

    if (!thd)
        return false;
    user = thd_priv_user(thd, &user_len);
    host = thd_priv_host(thd, &host_len);
    return same(user, user_len, "purser_definer") && same(host, host_len, "localhost");
}

bool udf_killed(void)
{
    MYSQL_THD thd = _current_thd ? _current_thd() : NULL;

    return thd && thd_kill_level(thd) != THD_IS_NOT_KILLED;
}

void udf_raise_killed(char *is_null)
{
    my_printf_error(ER_QUERY_INTERRUPTED_NUMBER, "Query execution was interrupted", 0);
    *is_null = 1;
}
