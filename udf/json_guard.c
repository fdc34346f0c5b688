/*
  json_guard.c - jansson while memory runs out; see json.h.

  Its lexer loses bytes of a string whose buffer cannot grow, and then reads on behind the buffer,
  or takes what is left for the text; its writer loses names. So what it allocates is looked at:
  reading is left with longjmp where the first allocation fails, and what was allocated until then
  is given back; what was written meanwhile is thrown away. THREADS: any; each has a guard of its
  own. jansson's allocator is the whole process's: it is replaced once, by one that goes with the
  old one, and where somebody else has replaced it that stays.
*/
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define FEW 64

static _Thread_local struct guard {
    bool reading;
    bool failed;
    void **list; /* of reading: what was allocated and not freed again */
    size_t count, cap;
    void *few[FEW]; /* the list, until it is longer */
    jmp_buf out;
} guard;

static int keep(struct guard *g, void *memory)
{
    void **longer;

    if (g->count == g->cap) {
        longer = realloc(g->list == g->few ? NULL : g->list, 2 * g->cap * sizeof(void *));
        if (!longer)
            return -1;
        if (g->list == g->few)
            memcpy(longer, g->few, sizeof(g->few));
        g->list = longer;
        g->cap *= 2;
    }
    g->list[g->count++] = memory;
    return 0;
}

static void *guarded_malloc(size_t size)
{
    struct guard *g = &guard;
    void *memory = malloc(size);

    if (memory && (!g->reading || keep(g, memory) == 0))
        return memory;
    free(memory);
    g->failed = true;
    if (g->reading)
        longjmp(g->out, 1);
    return NULL;
}

/* Most of what is freed was allocated a moment ago. */
static void guarded_free(void *memory)
{
    struct guard *g = &guard;
    size_t i = g->reading && memory ? g->count : 0;

    while (i > 0 && g->list[i - 1] != memory)
        i--;
    if (i > 0)
        g->list[i - 1] = g->list[--g->count];
    free(memory);
}

static void put_in_place(void)
{
    json_malloc_t allocate;
    json_free_t release;

    json_get_alloc_funcs(&allocate, &release);
    if (allocate == malloc && release == free)
        json_set_alloc_funcs(guarded_malloc, guarded_free);
}

static struct guard *begin(bool reading)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct guard *g = &guard;

    pthread_once(&once, put_in_place);
    g->failed = false;
    g->list = g->few;
    g->count = 0;
    g->cap = FEW;
    g->reading = reading;
    return g;
}

json_t *json_read(const char *bytes, size_t len, size_t flags, json_error_t *why, bool *no_memory)
{
    struct guard *g = begin(true);
    json_t *volatile document = NULL;

    if (setjmp(g->out) == 0) /* NOLINT(cert-err52-cpp): there is no other way out of jansson */
        document = json_loadb(bytes, len, flags, why);
    g->reading = false;
    while (g->failed && g->count > 0)
        free(g->list[--g->count]);
    if (g->list != g->few)
        free(g->list);
    g->list = NULL;
    *no_memory = g->failed || (!document && json_error_code(why) == json_error_out_of_memory);
    return g->failed ? NULL : document;
}

char *json_write(const json_t *value, size_t flags)
{
    struct guard *g = begin(false);
    char *text = json_dumps(value, flags);

    if (!g->failed)
        return text;
    free(text);
    return NULL;
}

void json_add(json_t **list, json_t *item)
{
    if (json_array_append_new(*list, item) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

void json_put(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}
