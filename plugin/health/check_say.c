/* check_say.c - see check_say.h. */
#include "check_say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../udf/utf8.h"

/* A text that was cut may end in the middle of a character. */
static void end_whole(char *text)
{
    text[utf8_whole(text, strlen(text))] = '\0';
}

void check_say(struct check_result *result, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(result->message, sizeof(result->message), format, args);
    va_end(args);
    end_whole(result->message);
}

void check_value(struct check_result *result, double value)
{
    result->has_value = true;
    result->value = value;
}

enum health_level check_level(const struct check_context *context, double value)
{
    return level_of_value(value, &context->thresholds);
}

void check_part(struct check_result *result, const char *name, enum health_level level,
                int64_t latency_us, const char *format, ...)
{
    struct health_part *part;
    va_list args;

    if (result->part_count == HEALTH_PARTS_MAX)
        return;
    part = &result->parts[result->part_count++];
    memset(part, 0, sizeof(*part));
    part->level = level;
    part->latency_us = latency_us;
    snprintf(part->name, sizeof(part->name), "%s", name);
    end_whole(part->name);
    va_start(args, format);
    vsnprintf(part->message, sizeof(part->message), format, args);
    va_end(args);
    end_whole(part->message);
}
