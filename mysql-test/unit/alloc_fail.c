/*
  alloc_fail.c - see alloc_fail.h. The linker puts the functions named __wrap_ in the place of those
  of the C library (--wrap), wherever this program itself calls them; its libraries keep theirs.
*/
#include "alloc_fail.h"

#include <execinfo.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"

#define LIVE_MAX (1u << 17) /* a power of two: an open hash table */
#define FRAMES 40
#define PLACES_MAX 20000
#define FILE_SIZE 200

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t max);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t max);
void __wrap_free(void *memory);
int CRYPTO_set_mem_functions(void *(*)(size_t, const char *, int),
                             void *(*)(void *, size_t, const char *, int),
                             void (*)(void *, const char *, int));
void __sanitizer_symbolize_pc(void *pc, const char *format, char *out, size_t size);

/* What was allocated and not freed yet. */
struct live {
    void *memory;    /* NULL: nothing was here; &gone: it was freed */
    void *whence[4]; /* the callers */
};

static struct live live[LIVE_MAX];
static unsigned live_count, live_used;
static char gone;

static bool armed, all_after, paused;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all that is said here */
static unsigned long allocations, fails_at, failed;
static void *failed_in[FRAMES]; /* the callers of the first one that failed */

/* Where allocations have failed. */
static struct place {
    void *pc;
    unsigned count, line;
    char file[FILE_SIZE];
} places[PLACES_MAX];
static unsigned place_count;

/* ---- what is live */

static struct live *find_live(const void *memory)
{
    unsigned i = (unsigned)(((uintptr_t)memory >> 4) * 2654435761u) & (LIVE_MAX - 1);

    while (live[i].memory && live[i].memory != memory)
        i = (i + 1) & (LIVE_MAX - 1);
    return &live[i];
}

static void remember(void *memory)
{
    void *frames[6] = {NULL};
    struct live *at;

    if (!armed || !memory)
        return;
    backtrace(frames, 6);
    pthread_mutex_lock(&lock);
    if (!paused && live_used <= LIVE_MAX / 2) {
        at = find_live(memory);
        live_used += at->memory == NULL;
        live_count++;
        at->memory = memory;
        memcpy(at->whence, frames + 2, sizeof(at->whence));
    }
    pthread_mutex_unlock(&lock);
}

static void forget(const void *memory)
{
    struct live *at;

    pthread_mutex_lock(&lock);
    at = memory && live_count > 0 ? find_live(memory) : NULL;
    if (at && at->memory) {
        at->memory = &gone;
        live_count--;
    }
    pthread_mutex_unlock(&lock);
}

/* ---- who fails */

static void note_place(void)
{
    void *frames[FRAMES];
    int n = backtrace(frames, FRAMES), i;
    unsigned k;

    memset(failed_in, 0, sizeof(failed_in));
    memcpy(failed_in, frames + 3, n > 3 ? (size_t)(n - 3) * sizeof(frames[0]) : 0);
    for (i = 2; i < n; i++) {
        for (k = 0; k < place_count && places[k].pc != frames[i]; k++)
            ;
        if (k == PLACES_MAX)
            return;
        place_count += k == place_count;
        places[k].pc = frames[i];
        places[k].count++;
    }
}

static bool is_to_fail(void)
{
    bool fails;

    pthread_mutex_lock(&lock);
    allocations += armed && !paused;
    fails = armed && !paused && fails_at > 0 &&
            (all_after ? allocations >= fails_at : allocations == fails_at);
    failed += fails;
    if (fails && failed == 1)
        note_place();
    pthread_mutex_unlock(&lock);
    return fails;
}

void *__wrap_malloc(size_t size)
{
    void *memory = is_to_fail() ? NULL : __real_malloc(size);

    remember(memory);
    return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = is_to_fail() ? NULL : __real_calloc(count, size);

    remember(memory);
    return memory;
}

void *__wrap_realloc(void *old, size_t size)
{
    void *memory = is_to_fail() ? NULL : __real_realloc(old, size);

    if (memory) {
        forget(old);
        remember(memory);
    }
    return memory;
}

char *__wrap_strdup(const char *text)
{
    char *copy = is_to_fail() ? NULL : __real_strdup(text);

    remember(copy);
    return copy;
}

char *__wrap_strndup(const char *text, size_t max)
{
    char *copy = is_to_fail() ? NULL : __real_strndup(text, max);

    remember(copy);
    return copy;
}

void __wrap_free(void *memory)
{
    forget(memory);
    __real_free(memory);
}

/* libcrypto keeps some of what it takes for the next time: it is not looked for what it keeps. */
static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size == 0 || is_to_fail() ? NULL : __real_malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (size == 0) {
        __real_free(old);
        return NULL;
    }
    return is_to_fail() ? NULL : __real_realloc(old, size);
}

static void crypto_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    __real_free(memory);
}

void alloc_fail_begin(void)
{
    void *frames[2];

    backtrace(frames, 2); /* loads a library the first time */
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
}

bool alloc_fail_is_for_good(void)
{
    return all_after;
}

void alloc_fail_pause(void)
{
    paused = true;
}

void alloc_fail_resume(void)
{
    paused = false;
}

/* ---- a scenario */

static char said[2048];

static const char *where(void *const *frames, int n)
{
    static char text[1024];
    size_t len = 0;
    int i;

    text[0] = '\0';
    for (i = 0; i < n && frames[i] && len < sizeof(text) - 256; i++) {
        __sanitizer_symbolize_pc((char *)frames[i] - 1, "%f %S", text + len, 255);
        len += strlen(text + len);
        len += (size_t)snprintf(text + len, sizeof(text) - len, "; ");
    }
    return text;
}

static const char *leak(void)
{
    unsigned i;

    for (i = 0; i < LIVE_MAX; i++)
        if (live[i].memory && live[i].memory != &gone)
            return where(live[i].whence, 4);
    return "nowhere";
}

static int run(const struct alloc_scenario *scenario, unsigned long n, struct error *err)
{
    int rc;

    memset(live, 0, sizeof(live[0]) * (live_used ? LIVE_MAX : 0));
    live_count = live_used = 0;
    allocations = failed = 0;
    fails_at = n;
    paused = false;
    error_clear(err);
    armed = true;
    rc = scenario->run(err);
    armed = false;
    return rc;
}

static const char *say(const char *what, unsigned long n, const struct error *err)
{
    snprintf(said, sizeof(said), "allocation %lu%s fails: %s%s%s; in %s", n,
             all_after ? " and all after it" : "", what, err->text[0] ? ": " : "", err->text,
             where(failed_in, 7));
    return said;
}

/* What is wrong with how a run has ended; NULL: nothing. */
static const char *judge(const struct alloc_scenario *scenario, int rc, unsigned long n,
                         const struct error *err)
{
    if (rc == -2)
        return say("the result is wrong", n, err);
    if (live_count > 0) {
        snprintf(said, sizeof(said),
                 "allocation %lu%s fails: %u blocks were not given back, one of %s", n,
                 all_after ? " and all after it" : "", live_count, leak());
        return said;
    }
    if (failed == 0)
        return rc == 0 ? NULL : say("none did, and it was refused", n, err);
    if (rc == 0)
        return scenario->goes_on ? NULL : say("it went on as if nothing had been", n, err);
    if (err->code != ERROR_MEMORY && !scenario->other_error)
        return say("it is told as something else", n, err);
    return err->text[0] ? NULL : say("it does not say so", n, err);
}

static const char *try_each(const struct alloc_scenario *scenario, unsigned *runs)
{
    struct error err = {0};
    const char *wrong;
    unsigned long n;

    for (n = 1; n <= ALLOC_RUNS_MAX; n++) {
        int rc = run(scenario, n, &err);
        bool through = failed == 0;

        ++*runs;
        wrong = judge(scenario, rc, n, &err);
        if (wrong || through)
            return wrong;
    }
    snprintf(said, sizeof(said), "it has more than %d allocations", ALLOC_RUNS_MAX);
    return said;
}

const char *alloc_fail_try(const struct alloc_scenario *scenario, unsigned *runs)
{
    struct error err = {0};
    const char *wrong;

    *runs = 0;
    all_after = false;
    run(scenario, 0, &err); /* what is made once, and kept, is made */
    wrong = judge(scenario, run(scenario, 0, &err), 0, &err);
    if (!wrong && allocations == 0)
        wrong = "nothing is allocated";
    if (!wrong)
        wrong = try_each(scenario, runs);
    all_after = true;
    return wrong ? wrong : try_each(scenario, runs);
}

/* ---- where it failed */

static void symbolize(struct place *place)
{
    char text[FILE_SIZE + 16] = "", *space;

    __sanitizer_symbolize_pc((char *)place->pc - 1, "%s %l", text, sizeof(text));
    space = strrchr(text, ' ');
    if (space) {
        place->line = (unsigned)strtoul(space + 1, NULL, 10);
        *space = '\0';
    }
    snprintf(place->file, sizeof(place->file), "%.*s", FILE_SIZE - 1, text[0] ? text : "?");
}

unsigned alloc_fail_seen(const char *file, unsigned line)
{
    size_t len = strlen(file), at;
    unsigned i, sum = 0;

    for (i = 0; i < place_count; i++) {
        if (!places[i].file[0])
            symbolize(&places[i]);
        at = strlen(places[i].file);
        if (at >= len && strcmp(places[i].file + at - len, file) == 0 &&
            (line == 0 || (places[i].line + 2 >= line && places[i].line <= line + 2)))
            sum += places[i].count;
    }
    return sum;
}
