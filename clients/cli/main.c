/*
  main.c - the command purser: what people do with Purser, from a shell.

  It has no power of its own: it calls procedures and reads views, with the rights of whoever logs
  in.
*/
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "commands.h"
#include "completion.h"
#include "help.h"
#include "out.h"
#include "purser_version.h"
#include "run.h"

static int help(const struct invocation *invocation, struct failure *failure)
{
    const char *const *values = invocation->values;
    const struct command *command;
    char path[100];

    if (values[2]) {
        help_man();
    } else if (values[3]) {
        help_markdown();
    } else if (!values[0]) {
        help_all(NULL);
    } else {
        snprintf(path, sizeof(path), "%.40s%s%.40s", values[0], values[1] ? " " : "",
                 values[1] ? values[1] : "");
        command = command_find(path);
        if (command)
            help_command(command);
        else if (!values[1] && command_is_group(values[0]))
            help_all(values[0]);
        else
            return failure_set(failure, EXIT_USAGE, "there is no command '%s'", path);
    }
    return 0;
}

static void version(void)
{
    out_puts("purser " PURSER_VERSION "\n");
}

/* What needs no server. @retval true: it was that */
static bool is_local(const struct invocation *invocation, struct failure *failure)
{
    const struct command *command = invocation->command;

    if (general_on(&invocation->settings, GENERAL_VERSION)) {
        version();
    } else if (general_on(&invocation->settings, GENERAL_HELP)) {
        if (command)
            help_command(command);
        else
            help_all(invocation->group);
    } else if (!command_is(command, COMMAND_LOCAL)) {
        return false;
    } else if (strcmp(command->path, "completion") == 0) {
        completion_write(invocation->values[0]);
    } else if (strcmp(command->path, "help") == 0) {
        help(invocation, failure);
    } else {
        version();
    }
    return true;
}

int main(int argc, char **argv)
{
    struct invocation invocation;
    struct failure failure = {0};
    int code;

    /* widths of characters; whatever the user's locale is, what is written is UTF-8 */
    setlocale(LC_CTYPE, "C.UTF-8");
    out_reserve();
    out_begin();
    if (args_parse(&invocation, argc, argv, &failure) != 0) {
        code = failure.code;
    } else if (is_local(&invocation, &failure)) {
        out_flush();
        code = out_check(&failure) == 0 ? EXIT_OK : failure.code;
        if (failure.code)
            code = failure.code;
    } else {
        code = run_command(&invocation, &failure);
    }
    if (code != EXIT_OK && code != EXIT_FOUND)
        failure_say(&failure);
    invocation_free(&invocation);
    return code;
}
