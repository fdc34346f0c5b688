/* out.c - see out.h. One thread. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "watch.h"

#define SIZE 65536

static struct {
    char data[SIZE];
    size_t len;
    int error; /* errno of the first write that failed */
    bool terminal;
} out;

void out_reserve(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(EXIT_OUTPUT);
    }
}

void out_begin(void)
{
    out.terminal = isatty(STDOUT_FILENO);
    /* Connector/C ignores it, too; out_check raises it again. */
    signal(SIGPIPE, SIG_IGN);
}

static void flush(void)
{
    size_t at = 0;

    while (at < out.len && !out.error) {
        ssize_t n = write(STDOUT_FILENO, out.data + at, out.len - at);

        if (n > 0)
            at += (size_t)n;
        else if (n < 0 && errno != EINTR)
            out.error = errno;
    }
    out.len = 0;
}

void out_write(const void *bytes, size_t len)
{
    const char *from = bytes;

    while (len && !out.error) {
        size_t n = len < SIZE - out.len ? len : SIZE - out.len;

        memcpy(out.data + out.len, from, n);
        out.len += n;
        from += n;
        len -= n;
        if (out.len == SIZE) {
            if (out.terminal)
                watch_quiet(); /* it may end within a line */
            flush();
        }
    }
}

void out_puts(const char *text)
{
    out_write(text, strlen(text));
}

void out_repeat(char c, size_t times)
{
    char some[64];

    memset(some, c, sizeof(some));
    while (times) {
        size_t n = times < sizeof(some) ? times : sizeof(some);

        out_write(some, n);
        times -= n;
    }
}

void out_flush(void)
{
    if (!out.len)
        return;
    if (out.terminal)
        watch_hold(true);
    flush();
    if (out.terminal)
        watch_hold(false);
}

int out_check(struct failure *failure)
{
    if (!out.error)
        return 0;
    if (out.error == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return failure_set(failure, EXIT_OUTPUT, "stdout cannot be written: %s", strerror(out.error));
}
