/*
  terminal.c - see terminal.h.

  One thread. While it asks, a signal only ends the reading: the terminal gets its echo back first.
*/
#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "text.h"

#define LINE_SIZE 1100

static volatile sig_atomic_t caught;

static void catch_signal(int number)
{
    caught = number;
}

bool terminal_is_there(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool terminal_has_colours(const struct settings *settings)
{
    const char *color = settings->value[GENERAL_COLOR], *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (color && strcmp(color, "auto") != 0)
        return strcmp(color, "always") == 0;
    return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

/* Byte by byte: what comes after the line is for whoever reads next. */
static ssize_t read_line(char *line, size_t size)
{
    size_t n = 0;
    char c;

    while (!caught) {
        ssize_t got = read(STDIN_FILENO, &c, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return n ? (ssize_t)n : -1;
        if (c == '\n')
            return (ssize_t)n;
        if (n + 1 >= size)
            return -1;
        line[n++] = c;
        line[n] = '\0';
    }
    return -1;
}

static ssize_t ask(const char *prompt, char *line, size_t size, bool echo)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = catch_signal}, before[4];
    struct termios old, quiet;
    ssize_t n;
    size_t i;

    *line = '\0';
    for (i = 0; i < 4; i++)
        sigaction(numbers[i], &action, &before[i]);
    tcgetattr(STDIN_FILENO, &old);
    quiet = old;
    quiet.c_lflag &= ~(tcflag_t)(echo ? 0 : ECHO);
    /* what was typed before the question is no answer to it */
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    fputs(prompt, stderr);
    fflush(stderr);
    n = read_line(line, size);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    for (i = 0; i < 4; i++)
        sigaction(numbers[i], &before[i], NULL);
    if (!echo || n < 0)
        fputs("\n", stderr);
    if (caught)
        _exit(EXIT_SIGNAL + (int)caught);
    return n;
}

int terminal_ask_password(struct settings *settings, struct failure *failure)
{
    char line[LINE_SIZE];
    int rc;

    if (!terminal_is_there())
        return failure_set(failure, EXIT_USAGE,
                           "--password without a value asks for it, and there is no terminal: put "
                           "it into an option file");
    if (ask("Password: ", line, sizeof(line), false) < 0)
        rc = failure_set(failure, EXIT_UNCONFIRMED, "no password was given");
    else
        rc = general_set(settings, GENERAL_PASSWORD, line, failure);
    explicit_bzero(line, sizeof(line));
    return rc;
}

int terminal_confirm(const char *what, const char *word, struct failure *failure)
{
    char line[LINE_SIZE];
    struct buf prompt;
    ssize_t n;

    if (!terminal_is_there())
        return failure_set(
            failure, EXIT_UNCONFIRMED,
            "this needs to be confirmed, and there is no terminal: --yes does without");
    if (!*word)
        word = "yes"; /* an empty line says nothing */
    buf_init(&prompt, 1 << 20);
    text_for_terminal(&prompt, what, strlen(what), false);
    buf_puts(&prompt, "\nType ");
    text_for_terminal(&prompt, word, strlen(word), false);
    buf_puts(&prompt, " to do it: ");
    if (prompt.failed)
        return failure_set(failure, EXIT_OUTPUT, "out of memory");
    n = ask(prompt.data, line, sizeof(line), true);
    buf_free(&prompt);
    if (n < 0 || (size_t)n != strlen(word) || memcmp(line, word, (size_t)n) != 0)
        return failure_set(failure, EXIT_UNCONFIRMED, "not confirmed: nothing was changed");
    return 0;
}
