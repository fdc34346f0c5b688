/*
  secrets_cache.c - see secrets_cache.h.

  LOCKING: lock guards the statics below and the references of every view; the rest of a view is not
  changed once others can see it. It is held for a few assignments only, never while a file is
  looked at or wiped.
*/
#include "secrets_cache.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../udf/json.h"
#include "secrets.h"

#define LOOK_EVERY 1000000000 /* ns */
/* The clock of a file system ticks every few milliseconds: a file that is younger than this when it
   is read may change again and look the same. */
#define YOUNG 2 /* s */

struct secrets_view {
    unsigned references;
    unsigned generation;
    char *path;
    struct secrets *secrets; /* NULL: why says why */
    struct error why;
    struct stat stamp;
    bool settled; /* the same stamp means the same bytes */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct secrets_view *current; /* holds a reference */
static int64_t looked_at;            /* monotonic, ns: when the file was found to be current's */
static bool looking;                 /* somebody is just doing so */
static unsigned epoch;               /* counts secrets_cache_forget */

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void destroy(struct secrets_view *view)
{
    secrets_destroy(view->secrets);
    free(view->path);
    free(view);
}

void secrets_view_release(struct secrets_view *view)
{
    bool last;

    if (!view)
        return;
    pthread_mutex_lock(&lock);
    last = --view->references == 0;
    pthread_mutex_unlock(&lock);
    if (last)
        destroy(view);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    /* the time of the change tells of a new owner and mode, too */
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           same_time(&a->st_mtim, &b->st_mtim) && same_time(&a->st_ctim, &b->st_ctim);
}

static bool unchanged(const struct secrets_view *view)
{
    struct stat now;

    return view->secrets && view->settled && lstat(view->path, &now) == 0 &&
           same_file(&view->stamp, &now);
}

/* @return new, also where the file cannot be used; NULL for no memory */
static struct secrets_view *load(const char *path, unsigned generation)
{
    struct secrets_view *view = calloc(1, sizeof(*view));
    struct stat before, after;
    struct timespec now;

    if (view)
        view->path = strdup(path);
    if (!view || !view->path) {
        free(view);
        return NULL;
    }
    view->references = 1;
    view->generation = generation;
    if (lstat(path, &before) != 0)
        memset(&before, 0, sizeof(before));
    view->secrets = secrets_load(path, &view->why);
    clock_gettime(CLOCK_REALTIME, &now);
    if (view->secrets && lstat(path, &after) == 0 && same_file(&before, &after)) {
        view->stamp = after;
        view->settled = after.st_ctim.tv_sec < now.tv_sec - YOUNG;
    }
    return view;
}

unsigned secrets_cache_era(void)
{
    unsigned era;

    pthread_mutex_lock(&lock);
    era = epoch;
    pthread_mutex_unlock(&lock);
    return era;
}

/* The view to go on with, with a reference; NULL where there is none for these settings.
   @param[out] stale  it is the caller who must look at the file */
static struct secrets_view *take(const char *path, unsigned generation, unsigned era, bool *stale)
{
    struct secrets_view *view = NULL;
    int64_t now = now_ns();

    pthread_mutex_lock(&lock);
    *stale = false;
    if (current && current->generation == generation && strcmp(current->path, path) == 0) {
        view = current;
        view->references++;
        *stale = era == epoch && !looking && now - looked_at >= LOOK_EVERY;
        looking |= *stale;
    }
    pthread_mutex_unlock(&lock);
    return view;
}

/* The file was looked at. @param fresh  what it holds now, or NULL where that has not changed */
static void put(struct secrets_view *fresh, bool was_stale, unsigned era)
{
    struct secrets_view *old = NULL;
    int64_t now = now_ns();

    pthread_mutex_lock(&lock);
    if (era == epoch) { /* else it belongs to a life of the plugin that is over */
        if (fresh) {
            old = current;
            current = fresh;
            fresh->references++;
        }
        looked_at = now;
        looking = was_stale ? false : looking;
    }
    pthread_mutex_unlock(&lock);
    secrets_view_release(old);
}

struct secrets_view *secrets_cache_get(const char *path, unsigned generation, unsigned era,
                                       struct error *err)
{
    bool stale;
    struct secrets_view *view = take(path, generation, era, &stale), *fresh = NULL;

    if (!view || (stale && !unchanged(view))) {
        secrets_view_release(view);
        view = fresh = load(path, generation);
    }
    if (stale || fresh)
        put(fresh, stale, era);
    if (!view) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    if (!view->secrets) {
        error_set(err, view->why.code, "%s", view->why.text);
        secrets_view_release(view);
        return NULL;
    }
    return view;
}

const json_t *secrets_view_gateway(const struct secrets_view *view, const char *gateway)
{
    return secrets_gateway_object(view->secrets, gateway);
}

const char *secrets_view_text(const struct secrets_view *view, const char *section, const char *key)
{
    return secrets_text(view->secrets, section, key);
}

void secrets_cache_forget(void)
{
    struct secrets_view *old;

    pthread_mutex_lock(&lock);
    old = current;
    current = NULL;
    looking = false;
    epoch++;
    pthread_mutex_unlock(&lock);
    secrets_view_release(old);
}
