/*
  terminal.c - see terminal.h.

  One thread. While it asks, a signal only ends the reading: the terminal gets its echo back first.
  Ctrl-Z does not end it: who comes back is asked anew, for the shell has set the terminal its own
  way meanwhile, with echo.
*/
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "text.h"

#define LINE_SIZE 1100

enum { STOPS = 4, SIGNALS = 6 };

static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};

static volatile sig_atomic_t caught, stopped;

struct question {
    const char *prompt;
    struct termios old, own;
    struct sigaction before[SIGNALS];
    sigset_t mask; /* as it was: the signals come while it waits for a key, and then only */
};

static void catch_signal(int number)
{
    if (number == SIGTSTP || number == SIGCONT)
        stopped = number;
    else
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

static void set_modes(const struct termios *modes)
{
    /* what was typed before the question is no answer to it */
    while (tcsetattr(STDIN_FILENO, TCSAFLUSH, modes) != 0 && errno == EINTR && !caught)
        ;
}

static void put_question(const struct question *question)
{
    set_modes(&question->own);
    fputs(question->prompt, stderr);
    fflush(stderr);
}

/* Upon SIGTSTP: stops as if it were not caught. What was stopped goes on here. */
static void stop_and_ask_anew(const struct question *question)
{
    static const struct sigaction catching = {.sa_handler = catch_signal};
    sigset_t blocked;

    if (stopped == SIGTSTP) {
        set_modes(&question->old);
        sigaction(SIGTSTP, &question->before[STOPS], NULL);
        raise(SIGTSTP);
        sigprocmask(SIG_SETMASK, &question->mask, &blocked);
        sigprocmask(SIG_SETMASK, &blocked, NULL);
        sigaction(SIGTSTP, &catching, NULL);
    }
    stopped = 0;
    put_question(question);
}

/* Byte by byte: what comes after the line is for whoever reads next. */
static ssize_t read_line(const struct question *question, char *line, size_t size)
{
    size_t n = 0;
    char c;

    while (!caught) {
        struct pollfd key = {.fd = STDIN_FILENO, .events = POLLIN};
        ssize_t got;

        if (ppoll(&key, 1, NULL, &question->mask) < 0 && errno == EINTR) {
            if (stopped && !caught) {
                stop_and_ask_anew(question);
                n = 0;
            }
            continue;
        }
        got = read(STDIN_FILENO, &c, 1);
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
    static const struct sigaction catching = {.sa_handler = catch_signal};
    struct question question = {.prompt = prompt};
    sigset_t ours;
    ssize_t n;
    size_t i;
    pid_t before_us = tcgetpgrp(STDIN_FILENO); /* -1: it is no terminal of this session */

    *line = '\0';
    /* from the background: the terminal has the shell's modes, and they are not to be kept */
    if (before_us > 0 && before_us != getpgrp())
        raise(SIGTTOU);
    tcgetattr(STDIN_FILENO, &question.old);
    question.own = question.old;
    question.own.c_lflag &= ~(tcflag_t)(echo ? 0 : ECHO);
    sigemptyset(&ours);
    for (i = 0; i < SIGNALS; i++)
        sigaddset(&ours, numbers[i]);
    sigprocmask(SIG_BLOCK, &ours, &question.mask);
    for (i = 0; i < SIGNALS; i++)
        sigaction(numbers[i], &catching, &question.before[i]);
    put_question(&question);
    n = read_line(&question, line, size);
    set_modes(&question.old);
    sigprocmask(SIG_SETMASK, &question.mask, NULL);
    for (i = 0; i < SIGNALS; i++)
        sigaction(numbers[i], &question.before[i], NULL);
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
