/*
  rates.c - see rates.h.

  THREADS: one, started and joined by worker.c; everything below is its own but `memory`, which init
  sets before it starts.
*/
#include "rates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../udf/ratelimit/dump.h"
#include "../udf/ratelimit/service.h"
#include "health/beats.h"
#include "log.h"
#include "stop.h"

/* mariadbd's working directory is the data directory. */
#define FILE_NAME "purser_rate_limits.dat"
#define NEW_NAME FILE_NAME ".new"
#define EVERY_MS 5000
#define EVERY_MAX_MS 60000
#define PATIENCE_MS 60000     /* to save a large memory to a slow disk */
#define FILE_MAX (80LL << 30) /* the largest memory, and more */

static size_t memory = RATE_MEMORY_DEFAULT;

void rates_set_memory(size_t bytes)
{
    memory = bytes;
    rate_service_prepare(bytes, NULL);
}

static int64_t clock_of(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct rate_moment moment_now(void)
{
    struct rate_moment moment = {.clock = rate_clock(),
                                 .boot_ns = clock_of(CLOCK_BOOTTIME),
                                 .wall_ns = clock_of(CLOCK_REALTIME)};
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, moment.boot_id, sizeof(moment.boot_id) - 1);

    if (fd >= 0)
        close(fd);
    moment.boot_id[n > 0 ? n : 0] = '\0';
    return moment;
}

static int write_all(void *context, const void *bytes, size_t len)
{
    int fd = *(const int *)context;
    ssize_t n;

    while (len > 0) {
        n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes = (const char *)bytes + n;
        len -= (size_t)n;
    }
    return 0;
}

static int save_to(struct rate_limiter *limiter, int fd)
{
    struct rate_moment now = moment_now();
    struct buf scratch;
    int rc;

    buf_init(&scratch, rate_dump_shard_max(limiter));
    rc = rate_dump(limiter, &now, &scratch, write_all, &fd);
    buf_free(&scratch);
    return rc;
}

/* @param last  the plugin is stopping: the disk is waited for @return was it saved? */
static bool save(struct rate_limiter *limiter, bool last, bool *complained)
{
    int fd = open(NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc = fd < 0 || fchmod(fd, 0600) != 0 ? -1 : save_to(limiter, fd);

    if (rc == 0 && last)
        rc = fdatasync(fd);
    if (fd >= 0 && close(fd) != 0)
        rc = -1;
    if (rc == 0)
        rc = rename(NEW_NAME, FILE_NAME);
    if (rc != 0) {
        if (!*complained)
            log_warning("rate limits cannot be saved to %s (%s); they go on in memory", FILE_NAME,
                        strerror(errno));
        unlink(NEW_NAME); /* what is in it is worth nothing, and others want the space */
    }
    *complained = rc != 0;
    return rc == 0;
}

static uint8_t *read_file(size_t *len, struct error *err)
{
    int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st = {0};
    uint8_t *bytes = NULL, magic[RATE_DUMP_MAGIC];
    ssize_t n = -1;

    *len = 0;
    if (fd < 0) {
        if (errno != ENOENT)
            error_set(err, ERROR_CONFIG, "%s", strerror(errno));
        return NULL;
    }
    /* Nothing is read whole that is none of ours. */
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < FILE_MAX &&
        !rate_dump_begins(magic, (n = pread(fd, magic, sizeof(magic), 0)) > 0 ? (size_t)n : 0)) {
        close(fd);
        error_set(err, ERROR_INPUT, "it is not a file of rate limits of this version");
        return NULL;
    }
    if (S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size < FILE_MAX)
        bytes = malloc((size_t)st.st_size);
    while (bytes && *len < (size_t)st.st_size &&
           (n = read(fd, bytes + *len, (size_t)st.st_size - *len)) > 0)
        *len += (size_t)n;
    close(fd);
    if (!bytes)
        error_set(err, ERROR_CONFIG, "it cannot be read");
    return bytes;
}

static void load(void)
{
    struct rate_moment now = moment_now();
    struct error err = {0};
    struct rate_limiter *limiter;
    uint8_t secret[16], *bytes;
    struct rate_counters counters;
    uint64_t restored = 0, unused;
    size_t len;

    if (rate_service_if_any()) /* it lives in this process already, and knows better */
        return;
    bytes = read_file(&len, &err);
    if (bytes && rate_dump_check(bytes, len, secret, &err) == 0) {
        limiter = rate_service_prepare(memory, secret) ? rate_service_create(&err) : NULL;
        if (limiter)
            rate_restore(limiter, bytes, len, &now);
        if (limiter) /* of a smaller memory less than was taken up: some made place again */
            rate_limiter_totals(limiter, &counters, &restored, &unused);
        if (err.code == ERROR_NONE && (!limiter || !rate_service_publish(limiter))) {
            rate_limiter_destroy(limiter); /* somebody did not want to wait any longer */
            error_set(&err, ERROR_BUSY, "to read it took longer than %d s",
                      RATE_PATIENCE_MS / 1000);
        }
    }
    free(bytes);
    if (err.code != ERROR_NONE)
        log_warning("rate limits begin anew: %s: %s", FILE_NAME, err.text);
    else if (restored > 0)
        log_note("%llu rate limits were taken up again", (unsigned long long)restored);
}

/* How much has been counted. Totals are summed under the shards' locks: not for every call. */
static uint64_t counted(struct rate_limiter *limiter)
{
    struct rate_counters counters;
    uint64_t keys, bytes;

    rate_limiter_totals(limiter, &counters, &keys, &bytes);
    return counters.allowed + counters.changes;
}

void rates_body(void *argument)
{
    struct rate_limiter *limiter;
    bool complained = false, stop = false;
    int64_t pause = EVERY_MS, begun;
    uint64_t saved = 0, now;

    (void)argument;
    load();
    rate_service_hold(false);
    while (!stop) {
        beat(BEAT_RATES, pause + PATIENCE_MS);
        stop = stop_sleep_ms(pause);
        limiter = rate_service_if_any();
        if (!limiter || (now = counted(limiter)) == saved)
            continue;
        begun = clock_ms();
        if (save(limiter, stop, &complained))
            saved = now;
        /* All of it is written: of a large memory not more often than that it takes 2 % of the
         * time. */
        pause = (clock_ms() - begun) * 50;
        pause = pause < EVERY_MS ? EVERY_MS : pause > EVERY_MAX_MS ? EVERY_MAX_MS : pause;
    }
}
