/*
  statement.c - see statement.h.

  The session's sql_mode is set by connection.c, without NO_BACKSLASH_ESCAPES, and its character set
  is utf8mb4: so quotes and backslashes are all that means something within quotes.
*/
#include "statement.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "value.h"

#define STATEMENT_MAX (8u << 20)

struct writer {
    struct buf *out;
    const struct invocation *invocation;
    const char *day;
    struct failure *failure;
};

static void quote(struct buf *out, const char *text, size_t len)
{
    size_t i;

    buf_puts(out, "'");
    for (i = 0; i < len; i++) {
        if (text[i] == '\'' || text[i] == '\\')
            buf_append(out, "\\", 1);
        if (text[i] == '\0')
            buf_append(out, "\\0", 2);
        else
            buf_append(out, text + i, 1);
    }
    buf_puts(out, "'");
}

static const char *value_of(const struct writer *writer, const char *name, size_t len)
{
    int number = parameter_find(writer->invocation->command, name, len);

    if (writer->day && len == 4 && memcmp(name, "date", 4) == 0)
        return writer->day;
    return number >= 0 ? writer->invocation->values[number] : NULL;
}

/* The JSON object of all filters that were given. */
static int write_filters(struct writer *writer)
{
    const struct command *command = writer->invocation->command;
    struct buf json, one;
    size_t i, n = parameter_count(command);
    const char *p;

    buf_init(&json, STATEMENT_MAX);
    buf_init(&one, STATEMENT_MAX);
    buf_puts(&json, "{");
    for (i = 0; i < n; i++) {
        const struct parameter *parameter = &command->parameters[i];

        if (!(parameter->flags & PARAMETER_FILTER) || !writer->invocation->values[i])
            continue;
        buf_puts(&json, json.len > 1 ? ",\"" : "\"");
        for (p = parameter->name; *p; p++)
            buf_append(&json, *p == '-' ? "_" : p, 1);
        buf_puts(&json, "\":");
        buf_clear(&one);
        value_append(&one, parameter->kind, writer->invocation->values[i], writer->failure);
        if (value_is_number(parameter->kind))
            buf_append(&json, one.data, one.len);
        else
            text_to_json(&json, one.len ? one.data : "", one.len);
    }
    buf_puts(&json, "}");
    if (json.failed || one.failed)
        failure_set(writer->failure, EXIT_OUTPUT, "out of memory");
    else
        quote(writer->out, json.data, json.len);
    buf_free(&json);
    buf_free(&one);
    return writer->failure->code ? -1 : 0;
}

static int write_value(struct writer *writer, const char *name, size_t len)
{
    const struct command *command = writer->invocation->command;
    const char *value = value_of(writer, name, len);
    int number = parameter_find(command, name, len);
    struct buf text;

    if (len == 1 && *name == '*')
        return write_filters(writer);
    if (len == 7 && memcmp(name, "dry-run", 7) == 0)
        return buf_puts(writer->out, general_on(&writer->invocation->settings, GENERAL_DRY_RUN)
                                         ? "TRUE"
                                         : "FALSE");
    if (!value || number < 0)
        return buf_puts(writer->out, "NULL");
    buf_init(&text, STATEMENT_MAX);
    if (value_append(&text, command->parameters[number].kind, value, writer->failure) == 0) {
        if (text.failed)
            failure_set(writer->failure, EXIT_OUTPUT, "out of memory");
        else if (value_is_number(command->parameters[number].kind))
            buf_append(writer->out, text.data, text.len);
        else
            quote(writer->out, text.len ? text.data : "", text.len);
    }
    buf_free(&text);
    return writer->failure->code ? -1 : 0;
}

/* Text with {name} in it, up to end. */
static int write_text(struct writer *writer, const char *text, const char *end)
{
    while (text < end) {
        size_t plain = strcspn(text, "{");
        const char *close;

        if (plain > (size_t)(end - text))
            plain = (size_t)(end - text);
        buf_append(writer->out, text, plain);
        text += plain;
        if (text == end)
            break;
        close = strchr(text, '}');
        if (!close || write_value(writer, text + 1, (size_t)(close - text - 1)) != 0)
            return -1;
        text = close + 1;
    }
    return 0;
}

int statement_write(struct buf *out, const struct invocation *invocation, const char *day,
                    const char *text, struct failure *failure)
{
    struct writer writer = {out, invocation, day, failure};

    buf_clear(out);
    while (*text && !failure->code) {
        const char *open = strchrnul(text, '['), *end;

        write_text(&writer, text, open);
        if (!*open)
            break;
        end = strchrnul(open, ']');
        text = open + 2 + strcspn(open + 2, " ");
        if ((value_of(&writer, open + 2, (size_t)(text - open - 2)) != NULL) == (open[1] == '?'))
            write_text(&writer, text + 1, end);
        text = end + (*end != '\0');
    }
    if (out->failed)
        failure_set(failure, EXIT_OUTPUT, "out of memory");
    return failure->code ? -1 : 0;
}
