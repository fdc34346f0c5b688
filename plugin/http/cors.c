/* cors.c - see cors.h. */
#include "cors.h"

#include <string.h>

static bool is_lower_host(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr(".-[]:_", c);
}

int cors_check_origin(const char *text, struct error *err)
{
    const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
                       : strncmp(text, "http://", 7) == 0 ? text + 7
                                                          : NULL;
    const char *p;

    if (strcmp(text, "*") == 0)
        return 0;
    if (!host || !*host)
        return error_set(err, ERROR_INPUT,
                         "give '*' or one origin such as https://status.example.com");
    for (p = host; *p; p++)
        if (!is_lower_host(*p))
            return error_set(err, ERROR_INPUT,
                             "an origin is scheme, host and port, in lower case, without a path");
    return 0;
}

bool cors_allows(const char *allowed, const char *origin)
{
    if (strcmp(allowed, "*") == 0)
        return true;
    return *allowed && origin && strcmp(allowed, origin) == 0;
}

bool cors_varies(const char *allowed)
{
    return *allowed && strcmp(allowed, "*") != 0;
}
