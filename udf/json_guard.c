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
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define FEW 64

/* Addresses; they lie in few until there are more. */
struct list {
    void **all;
    size_t count, cap;
    void *few[FEW];
};

static _Thread_local struct guard {
    bool reading;
    bool failed;
    struct list taken; /* of reading: what was allocated, but for what was freed soon after */
    struct list given; /* of reading: what was freed later, and is in taken still */
    jmp_buf out;
} guard;

static void clear(struct list *list)
{
    list->all = list->few;
    list->count = 0;
    list->cap = FEW;
}

static int keep(struct list *list, void *memory)
{
    void **longer;

    if (list->count == list->cap) {
        longer = realloc(list->all == list->few ? NULL : list->all, 2 * list->cap * sizeof(void *));
        if (!longer)
            return -1;
        if (list->all == list->few)
            memcpy(longer, list->few, sizeof(list->few));
        list->all = longer;
        list->cap *= 2;
    }
    list->all[list->count++] = memory;
    return 0;
}

static void *guarded_malloc(size_t size)
{
    struct guard *g = &guard;
    void *memory = malloc(size);

    if (memory && (!g->reading || keep(&g->taken, memory) == 0))
        return memory;
    free(memory);
    g->failed = true;
    if (g->reading)
        longjmp(g->out, 1);
    return NULL;
}

/* Was it among the last that were allocated? Then it is taken out. */
static bool was_taken_lately(struct list *taken, const void *memory)
{
    size_t i = taken->count, oldest = i > FEW ? i - FEW : 0;

    while (i > oldest && taken->all[i - 1] != memory)
        i--;
    if (i == oldest)
        return false;
    taken->all[i - 1] = taken->all[--taken->count];
    return true;
}

/* Most of what is freed was allocated a moment ago. But where a text turns out to be wrong, all
   goes from the first on, and looking for each in what may be millions would take hours. */
static void guarded_free(void *memory)
{
    struct guard *g = &guard;

    if (g->reading && memory && !was_taken_lately(&g->taken, memory) &&
        keep(&g->given, memory) != 0) {
        g->failed = true;
        longjmp(g->out, 1); /* it is in taken, and goes with all that is */
    }
    free(memory);
}

static int by_address(const void *a, const void *b)
{
    uintptr_t one = (uintptr_t) * (void *const *)a, other = (uintptr_t) * (void *const *)b;

    return (one > other) - (one < other);
}

/* An address may have been taken and given several times. */
static void free_what_was_not_given(struct list *taken, struct list *given)
{
    size_t i, j = 0;

    qsort(taken->all, taken->count, sizeof(void *), by_address);
    qsort(given->all, given->count, sizeof(void *), by_address);
    for (i = 0; i < taken->count; i++) {
        while (j < given->count && by_address(&given->all[j], &taken->all[i]) < 0)
            j++;
        if (j < given->count && given->all[j] == taken->all[i])
            j++;
        else
            free(taken->all[i]);
    }
}

static void drop(struct list *list)
{
    if (list->all != list->few)
        free(list->all);
    list->all = NULL;
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
    clear(&g->taken);
    clear(&g->given);
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
    if (g->failed)
        free_what_was_not_given(&g->taken, &g->given);
    drop(&g->taken);
    drop(&g->given);
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
