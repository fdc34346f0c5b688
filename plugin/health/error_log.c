/*
  error_log.c - see error_log.h.

  A file is known by device and inode, and by some bytes before the place where reading ended: a
  file that was emptied and has grown past that place again is not taken for the one that went on.

  LOCKING: `followed` is guarded by state_lock, which is not held while the file is read: a look
  works on a copy. A look of a life that is over puts nothing back.
*/
#include "error_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../stop.h"

#define BLOCK 65536
#define MARK_SIZE 64
#define NAMES_MAX 20000 /* of a directory that is searched */

struct place {
    bool begun;
    unsigned life;
    dev_t device;
    ino_t inode;
    off_t offset;         /* read up to here */
    char mark[MARK_SIZE]; /* the bytes before it */
    size_t mark_len;
    int64_t looked_at;
    struct log_scan scan;
};

static pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;
static struct place followed;

static size_t read_at(int fd, off_t offset, char *out, size_t len)
{
    size_t done = 0;
    ssize_t n;

    while (done < len && (n = pread(fd, out + done, len - done, offset + (off_t)done)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    return done;
}

static void put_mark(struct place *p, int fd)
{
    size_t len = p->offset < MARK_SIZE ? (size_t)p->offset : MARK_SIZE;

    p->mark_len = read_at(fd, p->offset - (off_t)len, p->mark, len);
}

static bool has_mark(const struct place *p, int fd, off_t size)
{
    char there[MARK_SIZE];

    return size >= p->offset &&
           read_at(fd, p->offset - (off_t)p->mark_len, there, p->mark_len) == p->mark_len &&
           memcmp(there, p->mark, p->mark_len) == 0;
}

/* Read on from the place to the size that the file had; of more than max bytes the last. */
static int read_on(struct place *p, int fd, off_t size, off_t max, struct error_log_look *look,
                   struct error *err)
{
    char *block = malloc(BLOCK);
    size_t n;

    if (!block)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (size - p->offset > max) {
        look->skipped += (uint64_t)(size - p->offset - max);
        p->offset = size - max;
        log_scan_jump(&p->scan, true);
    }
    while (p->offset < size && !stop_requested()) {
        off_t left = size - p->offset;

        n = read_at(fd, p->offset, block, left < BLOCK ? (size_t)left : BLOCK);
        if (n == 0)
            break;
        log_scan_feed(&p->scan, block, n);
        p->offset += (off_t)n;
    }
    free(block);
    put_mark(p, fd);
    return 0;
}

static int open_file(int directory, const char *name, int flags, struct stat *st)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);

    if (fd >= 0 && fstat(fd, st) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* The file that was followed, under the name that it has now, which begins as that of the log.
   @return a file, -1: it is not there */
static int find_old(const struct place *p, const char *path, struct stat *st)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    DIR *dir = directory ? opendir(directory) : NULL;
    struct dirent *entry;
    int fd = -1, seen = 0;

    while (dir && fd < 0 && seen++ < NAMES_MAX && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, name, strlen(name)) != 0)
            continue;
        fd = open_file(dirfd(dir), entry->d_name, O_NOFOLLOW, st);
        if (fd >= 0 &&
            (!S_ISREG(st->st_mode) || st->st_dev != p->device || st->st_ino != p->inode)) {
            close(fd);
            fd = -1;
        }
    }
    if (dir)
        closedir(dir);
    free(directory);
    return fd;
}

/* What the file that was followed has got to its end. @param leave  bytes for the file that is read
   after it @retval 1 it was not found */
static int finish_old(struct place *p, const char *path, off_t leave, struct error_log_look *look,
                      struct error *err)
{
    struct stat st;
    int fd = find_old(p, path, &st), rc = 1;

    if (fd < 0)
        return 1;
    if (has_mark(p, fd, st.st_size))
        rc = read_on(p, fd, st.st_size, leave < ERROR_LOG_READ_MAX ? ERROR_LOG_READ_MAX - leave : 0,
                     look, err);
    close(fd);
    return rc;
}

static void begin_at(struct place *p, const struct stat *st, off_t offset)
{
    p->device = st->st_dev;
    p->inode = st->st_ino;
    p->offset = offset;
    p->mark_len = 0;
    log_scan_jump(&p->scan, false);
}

static int follow(struct place *p, const char *path, int fd, const struct stat *st,
                  struct error_log_look *look, struct error *err)
{
    int rc;

    log_scan_begin(&p->scan);
    look->first = !p->begun;
    look->since = p->looked_at;
    if (!p->begun) {
        p->begun = true;
        begin_at(p, st, st->st_size);
        /* The line whose beginning this is was there already. */
        if (st->st_size > 0 && read_at(fd, st->st_size - 1, p->mark, 1) == 1)
            log_scan_jump(&p->scan, p->mark[0] != '\n');
        put_mark(p, fd);
        return 0;
    }
    if (st->st_dev != p->device || st->st_ino != p->inode) {
        rc = finish_old(p, path, st->st_size, look, err);
        if (rc < 0)
            return -1;
        look->replaced = rc == 1;
        begin_at(p, st, 0);
    } else if (!has_mark(p, fd, st->st_size)) {
        look->emptied = true;
        begin_at(p, st, 0);
    }
    return read_on(p, fd, st->st_size, ERROR_LOG_READ_MAX, look, err);
}

/* Renamed, and the new one not made yet: the server still writes to the old one. */
static int follow_missing(struct place *p, const char *path, struct error_log_look *look,
                          struct error *err)
{
    int rc;

    log_scan_begin(&p->scan);
    look->since = p->looked_at;
    rc = p->begun ? finish_old(p, path, 0, look, err) : 1;
    return rc == 1 ? error_set(err, ERROR_INPUT, "the error log is not there") : rc;
}

static void take_counts(const struct place *p, struct error_log_look *look)
{
    look->errors = p->scan.count[LINE_ERROR];
    look->warnings = p->scan.count[LINE_WARNING];
    look->notes = p->scan.count[LINE_NOTE];
    memcpy(look->newest, p->scan.newest, sizeof(look->newest));
}

static int look_at(struct place *p, const char *path, struct error_log_look *look,
                   struct error *err)
{
    struct stat st;
    int fd = open_file(AT_FDCWD, path, 0, &st), rc;

    if (fd < 0 && errno == ENOENT)
        return follow_missing(p, path, look, err);
    if (fd < 0 && (errno == ENXIO || errno == ENODEV || errno == ENOTDIR || errno == EISDIR))
        return 1;
    if (fd < 0)
        return error_set(err, ERROR_INPUT, "the error log cannot be read: %s", strerror(errno));
    rc = S_ISREG(st.st_mode) ? follow(p, path, fd, &st, look, err) : 1;
    close(fd);
    return rc;
}

int error_log_look(const char *path, struct error_log_look *look, struct error *err)
{
    struct place *p = malloc(sizeof(*p));
    unsigned life = stop_life();
    int rc;

    memset(look, 0, sizeof(*look));
    if (!p)
        return error_set(err, ERROR_MEMORY, "out of memory");
    pthread_mutex_lock(&state_lock);
    *p = followed;
    pthread_mutex_unlock(&state_lock);
    if (!p->begun || p->life != life)
        memset(p, 0, sizeof(*p));
    p->life = life;
    rc = look_at(p, path, look, err);
    if (rc == 0) {
        take_counts(p, look);
        p->looked_at = clock_utc_us();
    }
    pthread_mutex_lock(&state_lock);
    if (rc == 0 && !stop_requested())
        followed = *p;
    pthread_mutex_unlock(&state_lock);
    free(p);
    return rc;
}
