/*
 * world.c - what a server under test believes of the world.
 *
 * A library for LD_PRELOAD. The file that WORLD_PAGE names is one page which the campaign
 * (world.py) writes and this reads: how far the wall clock is off, whether the disk is full, what
 * becomes of names.
 *
 * - The wall clock: clock_gettime, gettimeofday and time are off by so much, and waits until a
 * moment of the wall clock take that into account, also when the clock is set while they wait.
 * CLOCK_MONOTONIC goes on as it is.
 * - A full disk: what would make a regular file longer fails with ENOSPC, or is cut; what is there
 * can be written over. Standard output and error are spared: the error log is what the campaign
 * reads. The pause of a server that waits for space ends when there is some.
 * - Names: what ends in ".chaos" is 127.0.0.1, or is not found for now, or has no answer as long as
 * that is so.
 * - And it says how much memory the process has allocated: what is free in the allocator's arenas
 * is in no use, and counts as the process's all the same. It knows the C library's and jemalloc.
 *
 * Threads: any; the page is read without a lock, a word at a time. Nothing here allocates.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, NAMES_FAIL = 1, NAMES_HANG = 2 };
static const int64_t SLICE_US = 200000;
/* What is less is a moment of CLOCK_MONOTONIC: no machine has been up for thirty years. */
static const time_t LEAST_WALL_CLOCK = 1000000000;

struct world {
    _Atomic int64_t clock_us;
    _Atomic int32_t disk_full;
    _Atomic int32_t names;
    _Atomic int64_t refused; /* for the campaign: how often each was met */
    _Atomic int64_t unnamed;
    _Atomic int64_t heap; /* bytes that are allocated now */
    _Atomic int32_t asked_for_heap;
    _Atomic int64_t heap_kept; /* bytes that were given back, and that the C library keeps */
};

static struct world nowhere;
static struct world *world = &nowhere;
static _Thread_local int waits_for_space; /* this thread's last write had none */

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static int (*real_clockwait)(pthread_cond_t *, pthread_mutex_t *, clockid_t,
                             const struct timespec *);
static int (*real_getaddrinfo)(const char *, const char *, const struct addrinfo *,
                               struct addrinfo **);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);

/* The functions of the C library. POSIX lets no cast make a function of an object; a copy does. */
static void find(void *function, const char *name, const char *version)
{
    void *found = version ? dlvsym(RTLD_NEXT, name, version) : NULL;
    if (!found)
        found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

static void find_all(void)
{
    find(&real_clock_gettime, "clock_gettime", NULL);
    find(&real_timedwait, "pthread_cond_timedwait", "GLIBC_2.3.2");
    find(&real_clockwait, "pthread_cond_clockwait", NULL);
    find(&real_getaddrinfo, "getaddrinfo", NULL);
    find(&real_write, "write", NULL);
    find(&real_pwrite, "pwrite64", NULL);
    find(&real_fallocate, "fallocate64", NULL);
    find(&real_posix_fallocate, "posix_fallocate64", NULL);
}

__attribute__((constructor)) static void see_the_world(void)
{
    find_all();
    const char *path = getenv("WORLD_PAGE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED)
        world = page;
}

/* ---- the wall clock */

static int64_t microseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000 + t->tv_nsec / 1000;
}

static struct timespec timespec_of(int64_t us, long ns)
{
    return (struct timespec){.tv_sec = (time_t)(us / 1000000),
                             .tv_nsec = (long)(us % 1000000) * 1000 + ns};
}

static int is_wall_clock(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!real_clock_gettime)
        find_all();
    int rc = real_clock_gettime(clock, now);
    if (rc == 0 && is_wall_clock(clock))
        *now = timespec_of(microseconds(now) + world->clock_us, now->tv_nsec % 1000);
    return rc;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    struct timespec t;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return -1;
    *now = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

/* ---- memory */

/* jemalloc's, where that is preloaded. */
extern int mallctl(const char *name, void *value, size_t *size, void *wanted, size_t wanted_size)
    __attribute__((weak));

static int64_t of_jemalloc(const char *name)
{
    size_t value = 0, size = sizeof(value);
    return mallctl(name, &value, &size, NULL, 0) == 0 ? (int64_t)value : 0;
}

/* What the process has allocated, when the campaign asks: the next one who waits until a moment
   counts it. No allocator does that while it holds a lock of its own. */
static void count_heap(void)
{
    int32_t asked = 1;
    if (!atomic_compare_exchange_strong(&world->asked_for_heap, &asked, 0))
        return;
    if (mallctl) {
        uint64_t epoch = 1; /* its figures are as old as the last one */
        size_t size = sizeof(epoch);
        mallctl("epoch", &epoch, &size, &epoch, size);
        world->heap = of_jemalloc("stats.allocated");
        world->heap_kept = of_jemalloc("stats.resident") - world->heap;
        return;
    }
    struct mallinfo2 info = mallinfo2();
    world->heap = (int64_t)(info.uordblks + info.hblkhd);
    world->heap_kept = (int64_t)info.fordblks;
}

/* ---- waits */

/* Waits for a slice of the time, so that a step of the clock while it waits counts, as it does in
   the kernel. The end of a slice is told as a spurious wakeup, for which each caller is made: who
   waited on here would miss a broadcast that came while this thread was waiting for its mutex. */
int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    if (world->asked_for_heap)
        count_heap();
    if (until->tv_sec < LEAST_WALL_CLOCK)
        return real_timedwait(cond, mutex, until);
    struct timespec now;
    real_clock_gettime(CLOCK_REALTIME, &now);
    int64_t real_until = microseconds(until) - world->clock_us;
    int64_t slice = microseconds(&now) + SLICE_US;
    int is_last = real_until <= slice;
    struct timespec next = timespec_of(is_last ? real_until : slice, 0);
    int rc = real_timedwait(cond, mutex, &next);
    return rc != ETIMEDOUT || is_last || (waits_for_space && !world->disk_full) ? rc : 0;
}

int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *until)
{
    if (clock != CLOCK_REALTIME)
        return real_clockwait(cond, mutex, clock, until);
    struct timespec real_until = timespec_of(microseconds(until) - world->clock_us, 0);
    return real_clockwait(cond, mutex, clock, &real_until);
}

/* ---- the disk */

static int would_grow(int file, int64_t end)
{
    struct stat st;
    return world->disk_full && file > STDERR_FILENO && fstat(file, &st) == 0 &&
           S_ISREG(st.st_mode) && end > st.st_size;
}

static int no_space(void)
{
    world->refused++;
    waits_for_space = 1;
    return ENOSPC;
}

/* The last piece of the disk takes half of a write, now and then. */
static size_t what_fits(size_t size)
{
    return size > 1 && world->refused % 4 == 3 ? size / 2 : 0;
}

ssize_t write(int file, const void *data, size_t size)
{
    if (world->disk_full && size) {
        int flags = fcntl(file, F_GETFL);
        int64_t at =
            flags >= 0 && flags & O_APPEND ? lseek(file, 0, SEEK_END) : lseek(file, 0, SEEK_CUR);
        if (at >= 0 && would_grow(file, at + (int64_t)size)) {
            size_t fits = what_fits(size);
            errno = no_space();
            return fits ? real_write(file, data, fits) : -1;
        }
    }
    waits_for_space = 0;
    return real_write(file, data, size);
}

ssize_t pwrite64(int file, const void *data, size_t size, off_t at)
{
    if (size && would_grow(file, at + (int64_t)size)) {
        size_t fits = what_fits(size);
        errno = no_space();
        return fits ? real_pwrite(file, data, fits, at) : -1;
    }
    return real_pwrite(file, data, size, at);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    return pwrite64(file, data, size, at);
}

int fallocate64(int file, int mode, off_t at, off_t size)
{
    if (!(mode & FALLOC_FL_PUNCH_HOLE) && would_grow(file, at + size)) {
        errno = no_space();
        return -1;
    }
    return real_fallocate(file, mode, at, size);
}

int fallocate(int file, int mode, off_t at, off_t size)
{
    return fallocate64(file, mode, at, size);
}

int posix_fallocate64(int file, off_t at, off_t size)
{
    return would_grow(file, at + size) ? no_space() : real_posix_fallocate(file, at, size);
}

int posix_fallocate(int file, off_t at, off_t size)
{
    return posix_fallocate64(file, at, size);
}

/* ---- names */

static int ends_in_chaos(const char *name)
{
    size_t length = name ? strlen(name) : 0;
    return length > 6 && strcmp(name + length - 6, ".chaos") == 0;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    if (!ends_in_chaos(name))
        return real_getaddrinfo(name, service, hints, out);
    if (world->names)
        world->unnamed++;
    struct timespec slice = timespec_of(SLICE_US, 0);
    for (int n = 0; n < 600 && world->names == NAMES_HANG; n++)
        nanosleep(&slice, NULL);
    if (world->names)
        return EAI_AGAIN;
    struct addrinfo numeric = {.ai_family = AF_INET,
                               .ai_socktype = hints ? hints->ai_socktype : SOCK_STREAM};
    return real_getaddrinfo("127.0.0.1", service, &numeric, out);
}
