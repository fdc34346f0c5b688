/* checkpoint_file.c - see checkpoint_file.h. */
#include "checkpoint_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNATURE "\xE2\x80\x94 " /* an em dash and a blank */

/* A FIFO nobody reads, or a device, is not waited for: it is refused. */
static int open_file(const char *path, int flags, struct stat *st, struct error *err)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);

    if (fd < 0)
        return error_set(err, ERROR_CONFIG, "purser_audit_checkpoint_file %s: %s", path,
                         strerrordesc_np(errno));
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    close(fd);
    return error_set(err, ERROR_CONFIG, "purser_audit_checkpoint_file %s is not a regular file",
                     path);
}

/* One write, so that what a crash leaves is a whole note or a piece at the very end. */
int checkpoint_file_append(const char *path, const struct buf *note, struct error *err)
{
    struct stat st = {0};
    int fd = open_file(path, O_WRONLY | O_APPEND | O_CREAT, &st, err);
    ssize_t n;
    int rc = 0;

    if (fd < 0)
        return -1;
    n = write(fd, note->data, note->len);
    if (n != (ssize_t)note->len || fdatasync(fd) != 0)
        rc = error_set(err, ERROR_CONFIG, "purser_audit_checkpoint_file %s cannot be written: %s",
                       path, n < 0 ? strerrordesc_np(errno) : "it is full");
    close(fd);
    return rc;
}

int checkpoint_file_read(const char *path, struct buf *out, struct error *err)
{
    struct stat st = {0};
    int fd = open_file(path, O_RDONLY, &st, err);
    char piece[4096];
    ssize_t n;

    if (fd < 0 && errno == ENOENT) {
        error_clear(err);
        return 0;
    }
    if (fd < 0)
        return -1;
    if (st.st_size > (off_t)CHECKPOINT_FILE_READ)
        lseek(fd, -(off_t)CHECKPOINT_FILE_READ, SEEK_END);
    while ((n = read(fd, piece, sizeof(piece))) > 0 && buf_append(out, piece, (size_t)n) == 0)
        ;
    close(fd);
    if (n < 0)
        return error_set(err, ERROR_CONFIG, "purser_audit_checkpoint_file %s cannot be read", path);
    return 0;
}

static bool is_signature(const char *line, const char *end)
{
    return (size_t)(end - line) > strlen(SIGNATURE) &&
           memcmp(line, SIGNATURE, strlen(SIGNATURE)) == 0;
}

/* A note ends with its last signature line; what follows it begins the next one. */
size_t checkpoint_file_next(const char *text, size_t len, size_t *at, const char **note)
{
    const char *line = text + *at, *end = text + len, *newline;
    bool is_signed = false;

    *note = line;
    while (line < end && (newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        if (is_signed && !is_signature(line, newline))
            break;
        is_signed = is_signed || is_signature(line, newline);
        line = newline + 1;
    }
    *at = (size_t)(line - text);
    return (size_t)(line - *note);
}
