/* option_file.c - see option_file.h. */
#include "option_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 10
#define LINE_SIZE 4096

struct reader {
    struct settings *settings;
    struct failure *failure;
    const char *path;
    unsigned line;
    int depth;
    enum { GROUP_NONE, GROUP_OTHER, GROUP_CLIENT, GROUP_OWN } group;
};

static int read_file(struct reader *reader, const char *path, bool must_exist);

static int fail(struct reader *reader, const char *why, const char *what)
{
    return failure_set(reader->failure, EXIT_USAGE, "%s, line %u: %s%.100s", reader->path,
                       reader->line, why, what);
}

static char *trim(char *text)
{
    size_t len;

    text += strspn(text, " \t\r\n");
    len = strlen(text);
    while (len && strchr(" \t\r\n", text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* [client], [client-mariadb], [purser] and each with the suffix */
static void enter_group(struct reader *reader, const char *name, size_t len)
{
    const char *suffix = reader->settings->value[GENERAL_DEFAULTS_GROUP_SUFFIX];
    size_t end = suffix ? strlen(suffix) : 0;

    if (end && len > end && memcmp(name + len - end, suffix, end) == 0)
        len -= end;
    if (is_one_of(name, len, "client|client-server|client-mariadb"))
        reader->group = GROUP_CLIENT;
    else
        reader->group = is_one_of(name, len, "purser") ? GROUP_OWN : GROUP_OTHER;
}

/* What stands for a character after a backslash; 0: the backslash is one. */
static char escaped(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'b':
        return '\b';
    case 's':
        return ' ';
    default:
        return c == '\\' || c == '"' || c == '\'' ? c : '\0';
    }
}

/* Where the quoted text ends that begins at value; NULL: it does not, or more than a comment
 * follows. */
static char *end_of_quoted(char *value)
{
    char *end = value + 1;

    while (*end && *end != *value)
        end += *end == '\\' && end[1] ? 2 : 1;
    if (!*end)
        return NULL;
    return strchr("#", end[1 + strspn(end + 1, " \t")]) ? end : NULL;
}

/* The value without its quotes and with its escapes undone, in place; a comment ends it. */
static char *undo_quotes(char *value)
{
    char quote = *value == '"' || *value == '\'' ? *value : '\0', *from = value + (quote != 0);
    char *to = value, *end = quote ? end_of_quoted(value) : NULL;
    size_t len;

    if (end) {
        *end = '\0';
    } else if (quote) {
        len = strlen(from);
        if (len && from[len - 1] == quote)
            from[len - 1] = '\0';
    }
    for (; *from; from++) {
        if (!quote && *from == '#' && (from == value || from[-1] == ' ' || from[-1] == '\t'))
            break;
        if (*from == '\\' && escaped(from[1]))
            *to++ = escaped(*++from);
        else
            *to++ = *from;
    }
    *to = '\0';
    return quote ? value : trim(value);
}

static int set_option(struct reader *reader, char *text)
{
    char *value = strchr(text, '=');
    bool loose = false, off = false;
    int option;

    if (value) {
        *value++ = '\0';
        value = undo_quotes(value + strspn(value, " \t"));
    } else {
        text[strcspn(text, "#")] = '\0';
    }
    text = trim(text);
    if (strncmp(text, "loose-", 6) == 0 || strncmp(text, "loose_", 6) == 0) {
        text += 6;
        loose = true;
    }
    if (strncmp(text, "skip-", 5) == 0 || strncmp(text, "disable-", 8) == 0) {
        text += text[0] == 's' ? 5 : 8;
        off = true;
    }
    option = general_find(text, strlen(text));
    if (off && option >= 0 && general_options[option].parameter.kind != KIND_FLAG)
        option = -1;
    if (option >= 0 && general_options[option].flags & GENERAL_IN_FILES &&
        (reader->group == GROUP_OWN || option <= GENERAL_SSL_VERIFY_SERVER_CERT)) {
        if (off)
            value = "0";
        if (general_set(reader->settings, option, value, reader->failure) == 0)
            return 0;
        reader->failure->code = 0;
        return fail(reader, "not a value for this option: ", text);
    }
    if (reader->group == GROUP_OWN && !loose)
        return fail(reader, "purser has no such option, or none for a file: ", text);
    return 0;
}

static int include_directory(struct reader *reader, const char *path)
{
    struct dirent **names;
    int i, rc = 0, n = scandir(path, &names, NULL, alphasort);
    char file[LINE_SIZE];

    if (n < 0)
        return fail(reader, strerror(errno), path);
    for (i = 0; i < n; i++) {
        const char *name = names[i]->d_name, *dot = strrchr(name, '.');

        if (rc == 0 && dot && strcmp(dot, ".cnf") == 0 &&
            snprintf(file, sizeof(file), "%s/%s", path, name) < (int)sizeof(file))
            rc = read_file(reader, file, true);
        free(names[i]);
    }
    free(names);
    return rc;
}

static int read_line(struct reader *reader, char *line)
{
    char *end;

    line = trim(line);
    if (*line == '\0' || *line == '#' || *line == ';')
        return 0;
    if (strncmp(line, "!includedir", 11) == 0)
        return include_directory(reader, trim(line + 11));
    if (strncmp(line, "!include", 8) == 0)
        return read_file(reader, trim(line + 8), true);
    if (*line == '[') {
        end = strchr(line, ']');
        if (!end)
            return fail(reader, "the name of the group has no ]: ", line);
        enter_group(reader, line + 1, (size_t)(end - line - 1));
        return 0;
    }
    if (reader->group == GROUP_NONE) /* what it is may be a password */
        return fail(reader, "an option before the first [group], or a byte-order mark", "");
    return reader->group == GROUP_OTHER ? 0 : set_option(reader, line);
}

static int read_lines(struct reader *reader, FILE *in)
{
    char line[LINE_SIZE];
    int rc = 0;

    while (rc == 0 && fgets(line, sizeof(line), in)) {
        reader->line++;
        if (strlen(line) == sizeof(line) - 1)
            rc = fail(reader, "a line of more than 4094 bytes", "");
        else
            rc = read_line(reader, line);
    }
    explicit_bzero(line, sizeof(line));
    return rc;
}

/* A file that anybody may write says nothing that one should go by: MariaDB's clients ignore it,
 * too. */
static bool anybody_writes(FILE *in)
{
    struct stat st;

    return fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH) != 0;
}

static int read_file(struct reader *reader, const char *path, bool must_exist)
{
    struct reader inner = {reader->settings,  reader->failure, path, 0,
                           reader->depth + 1, GROUP_NONE};
    struct stat st;
    bool directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    FILE *in;
    int rc = 0;

    if (inner.depth > DEPTH_MAX)
        return fail(reader, "option files include each other: ", path);
    in = directory ? NULL : fopen(path, "re");
    if (!in && must_exist)
        return failure_set(reader->failure, EXIT_USAGE, "option file %s: %s", path,
                           directory ? "it is a directory" : strerror(errno));
    if (!in)
        return 0;
    if (anybody_writes(in))
        say_warning("the option file %s is ignored: anybody may write it", path);
    else
        rc = read_lines(&inner, in);
    fclose(in);
    return rc;
}

int option_files_read(struct settings *settings, struct failure *failure)
{
    struct reader reader = {settings, failure, "", 0, 0, GROUP_NONE};
    const char *only = settings->value[GENERAL_DEFAULTS_FILE], *home = getenv("HOME");
    const char *extra = settings->value[GENERAL_DEFAULTS_EXTRA_FILE];
    char own[LINE_SIZE];

    if (general_on(settings, GENERAL_NO_DEFAULTS))
        return 0;
    if (only)
        return read_file(&reader, only, true);
    if (read_file(&reader, "/etc/my.cnf", false) != 0 ||
        read_file(&reader, "/etc/mysql/my.cnf", false) != 0 ||
        (extra && read_file(&reader, extra, true) != 0))
        return -1;
    if (home && *home && snprintf(own, sizeof(own), "%s/.my.cnf", home) < (int)sizeof(own))
        return read_file(&reader, own, false);
    return 0;
}
