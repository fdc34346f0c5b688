/* small_file.c - see small_file.h. */
#include "small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define YOUNG                                                                                      \
    2 /* seconds: a time stamp is no finer than a tick, and clocks of file servers differ */

static int judge(const struct stat *st, const char *path, enum small_file_kind kind,
                 struct error *err)
{
    mode_t bad = kind == SMALL_FILE_SECRET ? 077 : kind == SMALL_FILE_KEY ? 037 : 022;

    if (!S_ISREG(st->st_mode))
        return error_set(err, ERROR_CONFIG, "%s is not a regular file", path);
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return error_set(err, ERROR_CONFIG,
                         "%s belongs to somebody else: chown it to the server's "
                         "user",
                         path);
    if (st->st_mode & bad)
        return error_set(err, ERROR_CONFIG, "%s can be %s: chmod %s it", path,
                         kind == SMALL_FILE_PUBLIC ? "written by others" : "read by others",
                         kind == SMALL_FILE_SECRET ? "600"
                         : kind == SMALL_FILE_KEY  ? "640"
                                                   : "644");
    if (st->st_size > (off_t)SMALL_FILE_MAX)
        return error_set(err, ERROR_CONFIG, "%s is larger than %u KiB", path, SMALL_FILE_MAX >> 10);
    return 0;
}

static int read_all(int fd, const char *path, struct small_file *file, struct error *err)
{
    struct crypto_piece piece;
    ssize_t n = 1;

    file->text = malloc(SMALL_FILE_MAX + 1);
    if (!file->text)
        return error_set(err, ERROR_MEMORY, "out of memory");
    while (file->len < SMALL_FILE_MAX && n > 0) {
        n = read(fd, file->text + file->len, SMALL_FILE_MAX - file->len);
        if (n < 0 && errno != EINTR)
            return error_set(err, ERROR_CONFIG, "%s: %s", path, strerrordesc_np(errno));
        if (n > 0)
            file->len += (size_t)n;
        else if (n < 0)
            n = 1;
    }
    file->text[file->len] = '\0';
    piece = (struct crypto_piece){file->text, file->len};
    if (crypto_sha256(&piece, 1, file->hash) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return 0;
}

int small_file_read(const char *path, enum small_file_kind kind, struct small_file *file,
                    struct error *err)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, kind == SMALL_FILE_SECRET ? flags | O_NOFOLLOW : flags), rc = -1;
    struct timespec now;

    memset(file, 0, sizeof(*file));
    if (fd < 0)
        return error_set(err, ERROR_CONFIG, "%s: %s", path,
                         errno == ELOOP ? "it is a symbolic link" : strerrordesc_np(errno));
    clock_gettime(CLOCK_REALTIME, &now);
    if (fstat(fd, &file->stamp) != 0)
        error_set(err, ERROR_CONFIG, "%s: %s", path, strerrordesc_np(errno));
    else if (judge(&file->stamp, path, kind, err) == 0)
        rc = read_all(fd, path, file, err);
    close(fd);
    file->settled = file->stamp.st_ctim.tv_sec < now.tv_sec - YOUNG;
    if (rc != 0)
        small_file_free(file);
    return rc;
}

void small_file_free(struct small_file *file)
{
    if (file->text)
        explicit_bzero(file->text, file->len);
    free(file->text);
    file->text = NULL;
    file->len = 0;
}

bool small_file_unchanged(const char *path, const struct small_file *file)
{
    const struct stat *was = &file->stamp;
    struct stat now;

    return file->settled && stat(path, &now) == 0 && now.st_dev == was->st_dev &&
           now.st_ino == was->st_ino && now.st_size == was->st_size &&
           now.st_mtim.tv_sec == was->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == was->st_mtim.tv_nsec &&
           now.st_ctim.tv_sec == was->st_ctim.tv_sec && now.st_ctim.tv_nsec == was->st_ctim.tv_nsec;
}
