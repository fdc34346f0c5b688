/* log.c - see log.h. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "server.h"
#include "status.h"

#define LINE_SIZE 480 /* with the prefix, below the server's limit of 511 bytes */

static void line(enum server_log_level level, const char *format, va_list args)
{
    char text[LINE_SIZE];
    char *p;

    vsnprintf(text, sizeof(text), format, args);
    for (p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = ' ';
    if (level != SERVER_LOG_NOTE)
        status_set_last_error(text);
    server_log(level, text);
}

void log_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    line(SERVER_LOG_NOTE, format, args);
    va_end(args);
}

void log_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    line(SERVER_LOG_WARNING, format, args);
    va_end(args);
}

void log_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    line(SERVER_LOG_ERROR, format, args);
    va_end(args);
}
