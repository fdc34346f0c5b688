/* commands.c - see commands.h. */
#include "commands.h"

#include <string.h>

const struct command *command_at(size_t n)
{
    static const struct command *const all[] = {commands_of_watching, commands_of_reconciliation,
                                                commands_of_clients,  commands_of_protection,
                                                commands_local,       NULL};
    size_t i;

    for (i = 0; all[i]; i++) {
        const struct command *command;

        for (command = all[i]; command->path; command++) {
            if (n-- == 0)
                return command;
        }
    }
    return NULL;
}

const struct command *command_find(const char *path)
{
    const struct command *command;
    size_t i;

    for (i = 0; (command = command_at(i)) != NULL; i++) {
        if (strcmp(command->path, path) == 0)
            return command;
    }
    return NULL;
}

bool command_is_group(const char *word)
{
    const struct command *command;
    size_t i, len = strlen(word);

    for (i = 0; (command = command_at(i)) != NULL; i++) {
        if (strncmp(command->path, word, len) == 0 && command->path[len] == ' ')
            return true;
    }
    return false;
}

const struct command commands_local[] = {
    {.path = "completion",
     .summary = "Write the completions for a shell",
     .detail = "Load them with: source <(purser completion bash)",
     .parameters = {{"shell", KIND_CHOICE, "bash|zsh|fish", "Shell to write them for",
                     PARAMETER_ARGUMENT | PARAMETER_REQUIRED}},
     .flags = COMMAND_LOCAL},
    {.path = "help",
     .summary = "Show the commands, or what a command does",
     .parameters = {{"command", KIND_TEXT, "COMMAND", "Its first word", PARAMETER_ARGUMENT},
                    {"subcommand", KIND_TEXT, "WORD", "Its second word", PARAMETER_ARGUMENT},
                    {"man", KIND_FLAG, NULL, "Write the man page", 0},
                    {"markdown", KIND_FLAG, NULL, "Write the commands as tables in Markdown", 0}},
     .flags = COMMAND_LOCAL},
    {.path = "version", .summary = "Show the release of this command", .flags = COMMAND_LOCAL},
    {0}};
