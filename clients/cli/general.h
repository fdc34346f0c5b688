/*
  general.h - the options that every command has, and their values: from option files, then from the
  command line.
*/
#ifndef PURSER_CLI_GENERAL_H
#define PURSER_CLI_GENERAL_H

#include "failure.h"
#include "spec.h"

enum general {
    GENERAL_DEFAULTS_FILE,
    GENERAL_DEFAULTS_EXTRA_FILE,
    GENERAL_DEFAULTS_GROUP_SUFFIX,
    GENERAL_NO_DEFAULTS,
    GENERAL_HOST,
    GENERAL_PORT,
    GENERAL_SOCKET,
    GENERAL_USER,
    GENERAL_PASSWORD,
    GENERAL_ROLE,
    GENERAL_CONNECT_TIMEOUT,
    GENERAL_SSL,
    GENERAL_SSL_CA,
    GENERAL_SSL_CAPATH,
    GENERAL_SSL_CERT,
    GENERAL_SSL_KEY,
    GENERAL_SSL_VERIFY_SERVER_CERT,
    GENERAL_OUTPUT,
    GENERAL_SET,
    GENERAL_CSV_RAW,
    GENERAL_COLOR,
    GENERAL_DRY_RUN,
    GENERAL_YES,
    GENERAL_HELP,
    GENERAL_VERSION,
    GENERAL_COUNT
};

enum {
    GENERAL_FIRST = 1,    /* only as the first argument, as MariaDB's own clients have it */
    GENERAL_IN_FILES = 2, /* may stand in an option file */
    GENERAL_OPTIONAL = 4  /* the value may be left out, and is never the next argument */
};

struct general_option {
    struct parameter parameter;
    char letter; /* 0: it has none */
    unsigned flags;
};

extern const struct general_option general_options[GENERAL_COUNT];

struct settings {
    char *value[GENERAL_COUNT]; /* owned; NULL: not given. Of a flag "1" or "0" */
    bool ask_password;
};

/** The option of this name (of len bytes; _ counts as -). @retval -1 there is none */
int general_find(const char *name, size_t len);

/**
  Set an option, after a check of its value. value NULL: a flag that is given, or a password that is
  to be asked for. @retval 0 or -1 (failure says why)
*/
int general_set(struct settings *settings, int option, const char *value, struct failure *failure);

/** Whether a flag is on. */
bool general_on(const struct settings *settings, enum general option);

/** Whether an option is one of a command: --dry-run and --yes are not of all. */
bool general_is_of(int option, const struct command *command);

void settings_free(struct settings *settings);

#endif
