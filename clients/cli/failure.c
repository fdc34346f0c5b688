/* failure.c - see failure.h. */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "text.h"
#include "watch.h"

#define MESSAGE_MAX 16384

static bool in_json;

void messages_in_json(bool yes)
{
    in_json = yes;
}

int failure_set(struct failure *failure, int code, const char *format, ...)
{
    va_list args;

    if (failure->code)
        return -1;
    failure->code = code;
    va_start(args, format);
    vsnprintf(failure->text, sizeof(failure->text), format, args);
    va_end(args);
    return -1;
}

static const char *name_of(int code)
{
    switch (code) {
    case EXIT_USAGE:
        return "usage";
    case EXIT_CONNECTION:
        return "connection";
    case EXIT_REFUSED:
        return "refused";
    case EXIT_OUTPUT:
        return "output";
    case EXIT_UNCONFIRMED:
        return "unconfirmed";
    default:
        return "interrupted";
    }
}

static void emit(struct buf *b)
{
    buf_puts(b, "\n");
    watch_hold(true);
    if (b->data)
        fwrite(b->data, 1, b->len, stderr);
    watch_hold(false);
    buf_free(b);
}

static void emit_json(const char *member, const struct failure *failure)
{
    struct buf b;

    buf_init(&b, MESSAGE_MAX);
    buf_printf(&b, "{\"%s\":{", member);
    if (failure->code) {
        buf_printf(&b, "\"code\":\"%s\",\"number\":", name_of(failure->code));
        if (failure->number)
            buf_printf(&b, "%u,\"sqlstate\":\"%s\",", failure->number, failure->sqlstate);
        else
            buf_puts(&b, "null,\"sqlstate\":null,");
    }
    buf_puts(&b, "\"message\":");
    text_to_json(&b, failure->text, strlen(failure->text));
    buf_puts(&b, "}}");
    emit(&b);
}

/* What the server says may hold what a customer wrote: nothing of it drives the terminal, and (with
   lines false) it is one line. */
static void emit_line(const char *kind, const char *text, bool lines)
{
    struct buf b;

    buf_init(&b, MESSAGE_MAX);
    buf_printf(&b, "purser: %s", kind);
    text_for_terminal(&b, text, strlen(text), lines);
    emit(&b);
}

void failure_say(const struct failure *failure)
{
    char kind[48] = "";

    if (in_json) {
        emit_json("error", failure);
        return;
    }
    if (failure->number)
        snprintf(kind, sizeof(kind), "error %u (%s): ", failure->number, failure->sqlstate);
    emit_line(kind, failure->text, failure->number == 0);
}

void say_warning(const char *format, ...)
{
    struct failure warning = {0};
    va_list args;

    va_start(args, format);
    vsnprintf(warning.text, sizeof(warning.text), format, args);
    va_end(args);
    if (in_json)
        emit_json("warning", &warning);
    else
        emit_line("warning: ", warning.text, true);
}

void say_note(const char *format, ...)
{
    char text[1200];
    va_list args;

    if (in_json)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    emit_line("", text, true);
}
