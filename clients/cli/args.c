/* args.c - see args.h. */
#include "args.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "option_file.h"
#include "value.h"

struct parser {
    struct invocation *invocation;
    struct failure *failure;
    int argc, at; /* at: the argument that is read */
    char **argv;
    const char *word; /* the first of two words, until the second has come */
    int after_first;  /* the first argument that does not say which option files to read */
    bool only_arguments;
};

static int usage(struct parser *parser, const char *format, const char *what)
{
    char text[400];

    snprintf(text, sizeof(text), format, what);
    if (parser->invocation->command)
        return failure_set(parser->failure, EXIT_USAGE, "%s\nTry 'purser %s --help'.", text,
                           parser->invocation->command->path);
    return failure_set(parser->failure, EXIT_USAGE, "%s\nTry 'purser --help'.", text);
}

/* The value of an option: behind its =, or the next argument. NULL: there is none. */
static const char *take_value(struct parser *parser, const char *equals)
{
    if (equals)
        return equals + 1;
    return parser->at + 1 < parser->argc ? parser->argv[++parser->at] : NULL;
}

static int set_parameter(struct parser *parser, int number, const char *value)
{
    const struct parameter *parameter = &parser->invocation->command->parameters[number];

    if (!value)
        return usage(parser, "--%s needs a value", parameter->name);
    if (parser->invocation->values[number])
        return usage(parser, "--%s is given twice", parameter->name);
    if (value_check(parameter, value, parser->failure) != 0)
        return -1;
    parser->invocation->values[number] = value;
    return 0;
}

static int set_general(struct parser *parser, int option, const char *value)
{
    const struct command *command = parser->invocation->command;

    if (command && !general_is_of(option, command))
        return usage(parser, "--%s: this command has nothing to do with it",
                     general_options[option].parameter.name);
    return general_set(&parser->invocation->settings, option, value, parser->failure);
}

static int general_long(struct parser *parser, int option, const char *equals, bool off)
{
    const struct general_option *general = &general_options[option];
    const char *value = equals ? equals + 1 : NULL;

    if (general->flags & GENERAL_FIRST && parser->after_first && parser->at >= parser->after_first)
        return usage(parser, "--%s must come first", general->parameter.name);
    if (off)
        value = "0";
    else if (general->parameter.kind != KIND_FLAG && !(general->flags & GENERAL_OPTIONAL))
        value = take_value(parser, equals);
    return set_general(parser, option, value);
}

static int long_option(struct parser *parser, char *text)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : strlen(text);
    const struct command *command = parser->invocation->command;
    int number = command ? parameter_find(command, text, len) : -1, option, rc;

    if (number >= 0 && !(command->parameters[number].flags & PARAMETER_ARGUMENT)) {
        if (command->parameters[number].kind == KIND_FLAG && equals)
            return usage(parser, "--%s takes no value", command->parameters[number].name);
        if (command->parameters[number].kind == KIND_FLAG)
            return set_parameter(parser, number, "1");
        return set_parameter(parser, number, take_value(parser, equals));
    }
    option = general_find(text, len);
    if (option < 0 && strncmp(text, "skip-", 5) == 0 && !equals) {
        option = general_find(text + 5, len - 5);
        if (option >= 0 && general_options[option].parameter.kind == KIND_FLAG)
            return general_long(parser, option, NULL, true);
        option = -1;
    }
    if (option < 0)
        return usage(parser,
                     command ? "there is no option --%.100s for this command"
                             : "there is no option --%.100s that all commands have; those of one "
                               "command come after it",
                     text);
    rc = general_long(parser, option, equals, false);
    if (option == GENERAL_PASSWORD && equals)
        memset(text + len + 1, 'x', strlen(text + len + 1));
    return rc;
}

static int short_options(struct parser *parser, char *text)
{
    int option;

    for (; *text; text++) {
        const struct general_option *general = NULL;

        for (option = 0; option < GENERAL_COUNT; option++) {
            if (general_options[option].letter == *text) {
                general = &general_options[option];
                break;
            }
        }
        if (!general)
            return usage(parser, "there is no option -%.1s", text);
        if (general->parameter.kind == KIND_FLAG) {
            if (set_general(parser, option, NULL) != 0)
                return -1;
            continue;
        }
        if (text[1] || general->flags & GENERAL_OPTIONAL) {
            int rc = set_general(parser, option, text[1] ? text + 1 : NULL);

            if (option == GENERAL_PASSWORD)
                memset(text + 1, 'x', strlen(text + 1));
            return rc;
        }
        return set_general(parser, option, take_value(parser, NULL));
    }
    return 0;
}

/* A word: of the command's path, or its next argument. */
static int word(struct parser *parser, const char *text)
{
    struct invocation *invocation = parser->invocation;
    char path[64];
    size_t i;

    if (!invocation->command) {
        if (parser->word)
            snprintf(path, sizeof(path), "%s %.40s", parser->word, text);
        else
            snprintf(path, sizeof(path), "%.40s", text);
        invocation->command = command_find(path);
        if (!invocation->command && !parser->word && command_is_group(path))
            invocation->group = parser->word = text;
        else if (!invocation->command)
            return usage(parser, "there is no command '%s'", path);
        return 0;
    }
    for (i = 0; i < parameter_count(invocation->command); i++) {
        if (invocation->command->parameters[i].flags & PARAMETER_ARGUMENT && !invocation->values[i])
            return set_parameter(parser, (int)i, text);
    }
    return usage(parser, "one argument too many: '%.100s'", text);
}

static int read_arguments(struct parser *parser)
{
    int rc = 0;

    for (parser->at = 1; rc == 0 && parser->at < parser->argc; parser->at++) {
        char *text = parser->argv[parser->at];

        if (parser->only_arguments || text[0] != '-' || text[1] == '\0')
            rc = word(parser, text);
        else if (strcmp(text, "--") == 0)
            parser->only_arguments = true;
        else if (text[1] == '-')
            rc = long_option(parser, text + 2);
        else
            rc = short_options(parser, text + 1);
    }
    return rc;
}

/* Is it missing? A dry run of the server itself wants no reason. */
static bool is_missing(const struct invocation *invocation, size_t i)
{
    const struct command *command = invocation->command;
    unsigned flags = command->parameters[i].flags;

    if (!(flags & PARAMETER_REQUIRED) || invocation->values[i])
        return false;
    return flags & PARAMETER_ARGUMENT || !command_is(command, COMMAND_TRIES) ||
           !general_on(&invocation->settings, GENERAL_DRY_RUN);
}

/* Is all there that must be, and not what excludes each other? */
static int complete(struct parser *parser)
{
    struct invocation *invocation = parser->invocation;
    const struct command *command = invocation->command;
    const char *names[2] = {NULL, NULL};
    size_t i, given = 0, n = parameter_count(command);
    int option;

    for (i = 0; i < n; i++) {
        const struct parameter *parameter = &command->parameters[i];
        const char *dashes = parameter->flags & PARAMETER_ARGUMENT ? "" : "--";
        char name[64];

        snprintf(name, sizeof(name), "%s%s", dashes, parameter->name);
        if (is_missing(invocation, i))
            return usage(parser, "%s is missing", name);
        if (parameter->flags & PARAMETER_ONE_OF) {
            given += invocation->values[i] != NULL;
            names[names[0] != NULL] = parameter->name;
        }
    }
    if (names[1] && given != 1) {
        char either[100];

        snprintf(either, sizeof(either), "%s or --%s", names[0], names[1]);
        return usage(parser, "give either %s", either);
    }
    for (option = 0; option < GENERAL_COUNT; option++) {
        if (invocation->settings.value[option] && !general_is_of(option, command))
            return usage(parser, "--%s: this command has nothing to do with it",
                         general_options[option].parameter.name);
    }
    return 0;
}

/* Which files to read stands at the beginning of the command line. */
static int read_files(struct parser *parser)
{
    for (parser->at = 1; parser->at < parser->argc; parser->at++) {
        const char *text = parser->argv[parser->at];
        const char *equals = strncmp(text, "--", 2) == 0 ? strchr(text, '=') : NULL;
        int option;

        if (strncmp(text, "--", 2) != 0)
            break;
        option = general_find(text + 2, equals ? (size_t)(equals - text - 2) : strlen(text + 2));
        if (option < 0 || !(general_options[option].flags & GENERAL_FIRST))
            break;
        if (general_long(parser, option, equals, false) != 0)
            return -1;
    }
    parser->after_first = parser->at;
    return option_files_read(&parser->invocation->settings, parser->failure);
}

/* Before anything else can fail: errors are to be in the form that was asked for. before: by an
 * option file; NULL: by none. */
static void look_for_output(int argc, char **argv, const char *before)
{
    const char *output = before;
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--output=", 9) == 0)
            output = argv[i] + 9;
        else if (strncmp(argv[i], "-o", 2) == 0 && argv[i][2])
            output = argv[i] + 2;
        else if (i + 1 < argc && (strcmp(argv[i], "--output") == 0 || strcmp(argv[i], "-o") == 0))
            output = argv[i + 1];
    }
    messages_in_json(output && strcmp(output, "json") == 0);
}

int args_parse(struct invocation *invocation, int argc, char **argv, struct failure *failure)
{
    struct parser parser = {
        .invocation = invocation, .failure = failure, .argc = argc, .argv = argv};
    const char *output;

    memset(invocation, 0, sizeof(*invocation));
    look_for_output(argc, argv, NULL);
    if (read_files(&parser) != 0)
        return -1;
    look_for_output(argc, argv, invocation->settings.value[GENERAL_OUTPUT]);
    if (read_arguments(&parser) != 0)
        return -1;
    output = invocation->settings.value[GENERAL_OUTPUT];
    messages_in_json(output && strcmp(output, "json") == 0);
    if (general_on(&invocation->settings, GENERAL_HELP) ||
        general_on(&invocation->settings, GENERAL_VERSION))
        return 0;
    if (!invocation->command)
        return usage(&parser,
                     parser.word ? "'purser %s' needs one more word: which?" : "which command?%s",
                     parser.word ? parser.word : "");
    return complete(&parser);
}

void invocation_free(struct invocation *invocation)
{
    settings_free(&invocation->settings);
}
