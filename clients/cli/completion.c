/*
  completion.c - see completion.h.

  The script reads the words before the cursor: which command it is (path), and whether the last of
  them is an option that wants a value (skip). bash and zsh share all but how they get the words and
  give the answer.
*/
#include "completion.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "general.h"
#include "out.h"

static const char bash_head[] =
    "# completion of purser for bash: made by purser completion bash\n"
    "_purser() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word\n"
    "    local path='' skip='' arguments=0 choices='' options='' files=''\n"
    "    if [ \"$cur\" = '=' ]; then cur=''; fi\n"
    "    if [ \"$prev\" = '=' ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
    "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n";
static const char bash_tail[] =
    "    if [ -n \"$files\" ]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "    elif [ -z \"$skip\" ] && [ \"${cur#-}\" != \"$cur\" ]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
    "    else mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$cur\"); fi\n"
    "}\n"
    "complete -F _purser purser\n";
static const char zsh_head[] =
    "#compdef purser\n"
    "# completion of purser for zsh: made by purser completion zsh\n"
    "_purser() {\n"
    "    local cur=${words[CURRENT]} prev=${words[CURRENT-1]} word\n"
    "    local path_='' skip='' arguments=0 choices='' options='' files=''\n"
    "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n";
static const char zsh_tail[] =
    "    if [ -n \"$files\" ]; then _files\n"
    "    elif [ -z \"$skip\" ] && [ \"${cur#-}\" != \"$cur\" ]; then compadd -- ${=options}\n"
    "    else compadd -- ${=choices}; fi\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _purser ]; then _purser \"$@\"; else compdef _purser purser; fi\n";

static bool takes_value(const struct parameter *parameter)
{
    return parameter->kind != KIND_FLAG && !(parameter->flags & PARAMETER_ARGUMENT);
}

/* Is there a parameter of this name in a command before the n-th? Each name is written once. */
static bool seen_before(size_t n, const char *name)
{
    size_t i;

    for (i = 0; i < n; i++) {
        const struct command *command = command_at(i);
        int number = parameter_find(command, name, strlen(name));

        if (number >= 0 && takes_value(&command->parameters[number]))
            return true;
    }
    return false;
}

/* All options that want a value, with between between them. */
static void options_with_value(const char *between)
{
    const struct command *command;
    const char *gap = "";
    size_t i, p;
    int option;
    char letter[2] = "";

    for (option = 0; option < GENERAL_COUNT; option++) {
        const struct general_option *general = &general_options[option];

        if (general->parameter.kind == KIND_FLAG || general->flags & GENERAL_OPTIONAL)
            continue;
        out_puts(gap);
        gap = between;
        out_puts("--");
        out_puts(general->parameter.name);
        letter[0] = general->letter;
        if (general->letter) {
            out_puts(between);
            out_puts("-");
            out_puts(letter);
        }
    }
    for (i = 0; (command = command_at(i)) != NULL; i++) {
        for (p = 0; p < parameter_count(command); p++) {
            if (!takes_value(&command->parameters[p]) ||
                seen_before(i, command->parameters[p].name))
                continue;
            out_puts(between);
            out_puts("--");
            out_puts(command->parameters[p].name);
        }
    }
}

static void first_word(const struct command *command, char *text, size_t size)
{
    snprintf(text, size, "%.*s", (int)strcspn(command->path, " "), command->path);
}

/* The first words of commands, each once; only_groups: those that have a second. */
static void first_words(const char *between, bool only_groups)
{
    const struct command *command;
    char last[64] = "", text[64];
    const char *gap = "";
    size_t i;

    for (i = 0; (command = command_at(i)) != NULL; i++) {
        first_word(command, text, sizeof(text));
        if (strcmp(text, last) == 0 || (only_groups && !strchr(command->path, ' ')))
            continue;
        out_puts(gap);
        out_puts(text);
        gap = between;
        snprintf(last, sizeof(last), "%s", text);
    }
}

static void second_words(const char *group)
{
    const struct command *command;
    const char *gap = "";
    size_t i, len = strlen(group);

    for (i = 0; (command = command_at(i)) != NULL; i++) {
        if (strncmp(command->path, group, len) != 0 || command->path[len] != ' ')
            continue;
        out_puts(gap);
        out_puts(command->path + len + 1);
        gap = " ";
    }
}

static void words_of(const char *form)
{
    for (; *form; form++)
        out_write(*form == '|' ? " " : form, 1);
}

/* command: NULL before it is known. Behind a word, those that must come first would be refused. */
static void general_names(const struct command *command, bool behind_a_word)
{
    int option;

    for (option = 0; option < GENERAL_COUNT; option++) {
        if ((command && !general_is_of(option, command)) ||
            (behind_a_word && general_options[option].flags & GENERAL_FIRST))
            continue;
        out_puts(" --");
        out_puts(general_options[option].parameter.name);
    }
}

/* The branch of a command: its options, and the values of those that are choices. */
static void command_branch(const struct command *command)
{
    size_t p;

    out_puts("    '");
    out_puts(command->path);
    out_puts("')\n        options='");
    for (p = 0; p < parameter_count(command); p++) {
        if (command->parameters[p].flags & PARAMETER_ARGUMENT)
            continue;
        out_puts(p ? " --" : "--");
        out_puts(command->parameters[p].name);
    }
    general_names(command, true);
    out_puts("'\n");
    for (p = 0; p < parameter_count(command); p++) {
        const struct parameter *parameter = &command->parameters[p];

        if (parameter->kind == KIND_FILE) {
            out_puts("        if [ \"$prev\" = --");
            out_puts(parameter->name);
            out_puts(" ]; then files=1; fi\n");
        } else if (parameter->kind == KIND_CHOICE) {
            out_puts(parameter->flags & PARAMETER_ARGUMENT
                         ? "        if [ -z \"$skip\" ] && [ $arguments = 0 ]; then choices='"
                         : "        if [ -n \"$skip\" ] && [ \"$prev\" = --");
            if (!(parameter->flags & PARAMETER_ARGUMENT)) {
                out_puts(parameter->name);
                out_puts(" ]; then choices='");
            }
            words_of(parameter->form);
            out_puts("'; fi\n");
        }
    }
    if (strcmp(command->path, "help") == 0) {
        out_puts("        if [ $arguments = 0 ]; then choices='");
        first_words(" ", false);
        out_puts("'; fi\n");
    }
    out_puts("        ;;\n");
}

static void general_branches(void)
{
    int option;

    out_puts("    case $prev in\n");
    for (option = 0; option < GENERAL_COUNT; option++) {
        const struct parameter *parameter = &general_options[option].parameter;
        char letter[8] = "";

        if (parameter->kind != KIND_CHOICE && parameter->kind != KIND_FILE)
            continue;
        if (general_options[option].letter)
            snprintf(letter, sizeof(letter), "|-%c", general_options[option].letter);
        out_puts("    --");
        out_puts(parameter->name);
        out_puts(letter);
        out_puts(")\n");
        if (parameter->kind == KIND_FILE) {
            out_puts("        if [ -n \"$skip\" ]; then files=1; fi ;;\n");
            continue;
        }
        out_puts("        if [ -n \"$skip\" ]; then choices='");
        words_of(parameter->form);
        out_puts("'; fi ;;\n");
    }
    out_puts("    esac\n");
}

/* path: the name of the variable; zsh has one of its own that is called path. */
static void shared(const char *path)
{
    const struct command *command;
    char text[64], last[64] = "";
    size_t i;

    out_puts("        if [ -n \"$skip\" ] && [ \"$word\" != '=' ]; then skip=''; continue; fi\n"
             "        case $word in\n        ");
    options_with_value("|");
    out_puts(") skip=1 ;;\n        =|-*) ;;\n        *)\n            case $");
    out_puts(path);
    out_puts(" in\n            '') ");
    out_puts(path);
    out_puts("=$word ;;\n            ");
    first_words("|", true);
    out_puts(") ");
    out_puts(path);
    out_puts("=\"$");
    out_puts(path);
    out_puts(" $word\" ;;\n            *) arguments=$((arguments + 1)) ;;\n            esac ;;\n"
             "        esac\n    done\n    case $");
    out_puts(path);
    out_puts(" in\n    '')\n        options='");
    general_names(NULL, false);
    out_puts("'\n        if [ -z \"$skip\" ]; then choices='");
    first_words(" ", false);
    out_puts("'; fi ;;\n");
    for (i = 0; (command = command_at(i)) != NULL; i++) {
        first_word(command, text, sizeof(text));
        if (strchr(command->path, ' ') && strcmp(text, last) != 0) {
            out_puts("    ");
            out_puts(text);
            out_puts(")\n        options='");
            general_names(NULL, true);
            out_puts("'\n        if [ -z \"$skip\" ]; then choices='");
            second_words(text);
            out_puts("'; fi ;;\n");
            snprintf(last, sizeof(last), "%s", text);
        }
        command_branch(command);
    }
    out_puts("    esac\n");
    general_branches();
}

/* Within '...' of fish. */
static void fish_quoted(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            out_puts("\\");
        out_write(text, 1);
    }
}

static void fish_option(const struct parameter *parameter, char letter, const char *condition)
{
    char one[2] = {letter, '\0'};

    out_puts("complete -c purser");
    out_puts(condition);
    out_puts(" -l ");
    out_puts(parameter->name);
    if (letter) {
        out_puts(" -s '");
        out_puts(one);
        out_puts("'");
    }
    if (parameter->kind == KIND_FILE)
        out_puts(" -r -F");
    else if (parameter->kind != KIND_FLAG && strcmp(parameter->name, "password") != 0)
        out_puts(" -x");
    if (parameter->kind == KIND_CHOICE) {
        out_puts(" -a '");
        words_of(parameter->form);
        out_puts("'");
    }
    out_puts(" -d '");
    fish_quoted(parameter->help);
    out_puts("'\n");
}

static void fish_command(const struct command *command)
{
    const char *space = strchr(command->path, ' ');
    char condition[160], first[64];
    size_t p;

    first_word(command, first, sizeof(first));
    out_puts("complete -c purser -n '__purser_is ");
    out_puts(space ? first : "\"\"");
    out_puts("' -a ");
    out_puts(space ? space + 1 : command->path);
    out_puts(" -d '");
    fish_quoted(command->summary);
    out_puts("'\n");
    snprintf(condition, sizeof(condition), " -n '__purser_is %s'", command->path);
    for (p = 0; p < parameter_count(command); p++) {
        const struct parameter *parameter = &command->parameters[p];

        if (!(parameter->flags & PARAMETER_ARGUMENT)) {
            fish_option(parameter, 0, condition);
        } else if (parameter->kind == KIND_CHOICE) {
            out_puts("complete -c purser");
            out_puts(condition);
            out_puts(" -a '");
            words_of(parameter->form);
            out_puts("'\n");
        }
    }
}

static void fish(void)
{
    const struct command *command;
    char text[64], last[64] = "";
    size_t i;
    int option;

    out_puts("# completion of purser for fish: made by purser completion fish\n"
             "function __purser_is --description 'the words of the command so far'\n"
             "    set -l path ''\n    set -l skip 0\n    set -l words (commandline -opc)\n"
             "    for word in $words[2..-1]\n        if test $skip = 1\n            set skip 0\n"
             "            continue\n        end\n        switch $word\n            case ");
    options_with_value(" ");
    out_puts("\n                set skip 1\n            case '-*'\n            case '*'\n"
             "                switch \"$path\"\n                    case ''\n"
             "                        set path $word\n                    case ");
    first_words(" ", true);
    out_puts(
        "\n                        set path \"$path $word\"\n                end\n        end\n"
        "    end\n    test \"$path\" = \"$argv\"\nend\ncomplete -c purser -f\n");
    for (i = 0; (command = command_at(i)) != NULL; i++) {
        first_word(command, text, sizeof(text));
        if (strchr(command->path, ' ') && strcmp(text, last) != 0) {
            out_puts("complete -c purser -n '__purser_is \"\"' -a ");
            out_puts(text);
            out_puts("\n");
            snprintf(last, sizeof(last), "%s", text);
        }
        fish_command(command);
    }
    for (option = 0; option < GENERAL_COUNT; option++)
        fish_option(&general_options[option].parameter, general_options[option].letter,
                    general_options[option].flags & GENERAL_FIRST ? " -n '__purser_is \"\"'" : "");
}

void completion_write(const char *shell)
{
    if (strcmp(shell, "fish") == 0) {
        fish();
        return;
    }
    out_puts(strcmp(shell, "zsh") == 0 ? zsh_head : bash_head);
    shared(strcmp(shell, "zsh") == 0 ? "path_" : "path");
    out_puts(strcmp(shell, "zsh") == 0 ? zsh_tail : bash_tail);
}
