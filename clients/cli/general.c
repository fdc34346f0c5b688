/* general.c - see general.h. */
#include "general.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "value.h"

#define FILES GENERAL_IN_FILES

const struct general_option general_options[GENERAL_COUNT] = {
    [GENERAL_DEFAULTS_FILE] =
        {{"defaults-file", KIND_FILE, "FILE", "Read only this option file", 0}, 0, GENERAL_FIRST},
    [GENERAL_DEFAULTS_EXTRA_FILE] =
        {{"defaults-extra-file", KIND_FILE, "FILE",
          "Read this option file, too, before that of the home directory", 0},
         0,
         GENERAL_FIRST},
    [GENERAL_DEFAULTS_GROUP_SUFFIX] = {{"defaults-group-suffix", KIND_TEXT, "TEXT",
                                        "Read also the groups with this at their end", 0},
                                       0,
                                       GENERAL_FIRST},
    [GENERAL_NO_DEFAULTS] = {{"no-defaults", KIND_FLAG, NULL, "Read no option files", 0},
                             0,
                             GENERAL_FIRST},
    [GENERAL_HOST] = {{"host", KIND_TEXT, "NAME",
                       "Server; localhost, the default, is its Unix socket", 0},
                      'h',
                      FILES},
    [GENERAL_PORT] = {{"port", KIND_NUMBER, "NUMBER", "Port of a server on another host", 0},
                      'P',
                      FILES},
    [GENERAL_SOCKET] = {{"socket", KIND_FILE, "FILE", "Unix socket of the server", 0}, 'S', FILES},
    [GENERAL_USER] = {{"user", KIND_TEXT, "NAME", "Account; your own name is the default", 0},
                      'u',
                      FILES},
    [GENERAL_PASSWORD] = {{"password", KIND_TEXT, "TEXT",
                           "Password; without a value it is asked for. Better in an option file",
                           0},
                          'p',
                          FILES | GENERAL_OPTIONAL},
    [GENERAL_ROLE] = {{"role", KIND_TEXT, "NAME", "Role to take on, as purser_reader", 0},
                      0,
                      FILES},
    [GENERAL_CONNECT_TIMEOUT] = {{"connect-timeout", KIND_NUMBER, "SECONDS",
                                  "Seconds that connecting may take; 10 is the default", 0},
                                 0,
                                 FILES},
    [GENERAL_SSL] = {{"ssl", KIND_FLAG, NULL,
                      "Refuse a connection without TLS; --skip-ssl takes it back", 0},
                     0,
                     FILES},
    [GENERAL_SSL_CA] = {{"ssl-ca", KIND_FILE, "FILE",
                         "Authorities that a server's certificate may come from (means --ssl)", 0},
                        0,
                        FILES},
    [GENERAL_SSL_CAPATH] = {{"ssl-capath", KIND_FILE, "DIRECTORY",
                             "The same, a directory of files (means --ssl)", 0},
                            0,
                            FILES},
    [GENERAL_SSL_CERT] = {{"ssl-cert", KIND_FILE, "FILE", "Your own certificate (means --ssl)", 0},
                          0,
                          FILES},
    [GENERAL_SSL_KEY] = {{"ssl-key", KIND_FILE, "FILE", "Its key (means --ssl)", 0}, 0, FILES},
    [GENERAL_SSL_VERIFY_SERVER_CERT] =
        {{"ssl-verify-server-cert", KIND_FLAG, NULL,
          "Refuse a server whose certificate is not that of its name (means --ssl)", 0},
         0,
         FILES},
    [GENERAL_OUTPUT] = {{"output", KIND_CHOICE, "table|json|csv",
                         "Form of what is written to stdout; table is the default", 0},
                        'o',
                        FILES},
    [GENERAL_SET] = {{"set", KIND_TEXT, "NAME", "Of the result sets of a command only this one", 0},
                     0,
                     0},
    [GENERAL_CSV_RAW] =
        {{"csv-raw", KIND_FLAG, NULL,
          "In CSV, leave values as they are that a spreadsheet would take for formulas", 0},
         0,
         FILES},
    [GENERAL_COLOR] = {{"color", KIND_CHOICE, "auto|always|never",
                        "Colours in tables; auto, the default: on a terminal, and not with "
                        "NO_COLOR in the environment",
                        0},
                       0,
                       FILES},
    [GENERAL_DRY_RUN] =
        {{"dry-run", KIND_FLAG, NULL, "Show what would be done, and change nothing", 0}, 'n', 0},
    [GENERAL_YES] = {{"yes", KIND_FLAG, NULL, "Do not ask for confirmation", 0}, 'y', 0},
    [GENERAL_HELP] = {{"help", KIND_FLAG, NULL, "Show help", 0}, '?', 0},
    [GENERAL_VERSION] = {{"version", KIND_FLAG, NULL, "Show the release of this command", 0},
                         'V',
                         0},
};

int general_find(const char *name, size_t len)
{
    int option;
    size_t i;

    for (option = 0; option < GENERAL_COUNT; option++) {
        const char *own = general_options[option].parameter.name;

        for (i = 0; i < len && own[i] && own[i] == (name[i] == '_' ? '-' : name[i]); i++)
            ;
        if (i == len && own[i] == '\0')
            return option;
    }
    return -1;
}

/* In any case, as in MariaDB's own option files. */
static const char *flag_value(const char *value)
{
    if (!value || strcmp(value, "1") == 0 || strcasecmp(value, "on") == 0 ||
        strcasecmp(value, "true") == 0)
        return "1";
    return strcmp(value, "0") == 0 || strcasecmp(value, "off") == 0 ||
                   strcasecmp(value, "false") == 0
               ? "0"
               : NULL;
}

int general_set(struct settings *settings, int option, const char *value, struct failure *failure)
{
    const struct parameter *parameter = &general_options[option].parameter;
    char *copy;

    if (parameter->kind == KIND_FLAG) {
        value = flag_value(value);
        if (!value)
            return failure_set(failure, EXIT_USAGE, "--%s is on or off (1 or 0)", parameter->name);
    } else if (!value) {
        if (option != GENERAL_PASSWORD)
            return failure_set(failure, EXIT_USAGE, "--%s needs a value: %s", parameter->name,
                               parameter->form);
        settings->ask_password = true;
        return 0;
    } else if (option != GENERAL_PASSWORD && value_check(parameter, value, failure) != 0) {
        return -1;
    }
    if (option == GENERAL_PORT && (strlen(value) > 5 || strtoul(value, NULL, 10) > 65535))
        return failure_set(failure, EXIT_USAGE, "--port must be 0 to 65535");
    if (option == GENERAL_CONNECT_TIMEOUT && strlen(value) > 6)
        return failure_set(failure, EXIT_USAGE, "--connect-timeout must be below a million");
    if (option == GENERAL_PASSWORD)
        settings->ask_password = false;
    copy = strdup(value);
    if (!copy)
        return failure_set(failure, EXIT_OUTPUT, "out of memory");
    free(settings->value[option]);
    settings->value[option] = copy;
    return 0;
}

bool general_on(const struct settings *settings, enum general option)
{
    return settings->value[option] && strcmp(settings->value[option], "1") == 0;
}

bool general_is_of(int option, const struct command *command)
{
    if (option == GENERAL_DRY_RUN)
        return command_is(command, COMMAND_CHANGES);
    if (option == GENERAL_YES)
        return command_is(command, COMMAND_DESTROYS);
    return true;
}

void settings_free(struct settings *settings)
{
    int option;

    if (settings->value[GENERAL_PASSWORD])
        explicit_bzero(settings->value[GENERAL_PASSWORD],
                       strlen(settings->value[GENERAL_PASSWORD]));
    for (option = 0; option < GENERAL_COUNT; option++)
        free(settings->value[option]);
}
