/* udf_call.c - see udf_call.h. */
#include "udf_call.h"

#include <mysql/plugin.h>
#include <mysql/service_kill_statement.h>
#include <mysql/service_my_print_error.h>
#include <stdio.h>

#define ER_SIGNAL_EXCEPTION_NUMBER 1644
#define ER_QUERY_INTERRUPTED_NUMBER 1317

/* Exported by mariadbd, declared in no installed header. */
extern MYSQL_THD _current_thd(void) __attribute__((weak));

my_bool udf_refuse(char *message, const char *usage)
{
    snprintf(message, MYSQL_ERRMSG_SIZE, "%s", usage);
    return 1;
}

void udf_raise(const struct error *err, char *error)
{
    my_printf_error(ER_SIGNAL_EXCEPTION_NUMBER, "Purser: %s", 0, err->text);
    *error = 1;
}

bool udf_killed(void)
{
    MYSQL_THD thd = _current_thd ? _current_thd() : NULL;

    return thd && thd_kill_level(thd) != THD_IS_NOT_KILLED;
}

void udf_raise_killed(char *error)
{
    my_printf_error(ER_QUERY_INTERRUPTED_NUMBER, "Query execution was interrupted", 0);
    *error = 1;
}
