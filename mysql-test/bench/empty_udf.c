/* empty_udf.c - the yardstick of ./dev bench ratelimit: a function that takes the same arguments as
   purser_rate_limit and does nothing. */
#include <mysql.h>

my_bool bench_empty_init(UDF_INIT *initid, UDF_ARGS *args, char *message);
long long bench_empty(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error);

my_bool bench_empty_init(UDF_INIT *initid, UDF_ARGS *args, char *message)
{
    unsigned i;

    (void)message;
    for (i = 0; i < args->arg_count; i++)
        args->arg_type[i] = i < 2 ? STRING_RESULT : INT_RESULT;
    initid->const_item = 0;
    return 0;
}

long long bench_empty(UDF_INIT *initid, UDF_ARGS *args, char *is_null, char *error)
{
    (void)initid;
    (void)args;
    (void)is_null;
    (void)error;
    return 1;
}
