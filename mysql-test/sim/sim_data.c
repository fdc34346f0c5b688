#include "sim_data.h"

#include "sim_text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)1 << 20)
#define WORDS_MAX 256
#define INSERT_MAX 2000 /* so many new entries are moved into place one by one, more are sorted */

struct block {
    struct block *next;
    size_t used, size;
    char bytes[];
};

struct list {
    struct sim_entry *entries;
    size_t count, room, sorted;
};

const char *const sim_gateway_names[] = {"square", "paychangu"};
const char *const sim_kind_names[] = {"payment", "refund"};
const char *const sim_endpoint_names[] = {"checkout", "mobile_money", "bank", "card"};

/* All guarded by lock. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct block *blocks;
static const char *words[WORDS_MAX];
static int word_count;
static struct sim_record *records;
static size_t record_count, record_room;
static bool removed; /* there are dead records in the lists */
static struct sim_index by_id, by_reference, by_payment;
static struct list lists[SIM_GATEWAYS][SIM_KINDS][SIM_ORDERS];
static struct sim_location locations[SIM_LOCATIONS_MAX];
static int location_count, first_locations;

int sim_word(const char *const *list, int count, const char *word)
{
    int i;

    for (i = 0; i < count; i++)
        if (!strcmp(list[i], word))
            return i;
    return -1;
}

void sim_data_lock_read(void)
{
    pthread_rwlock_rdlock(&lock);
}

void sim_data_lock_write(void)
{
    pthread_rwlock_wrlock(&lock);
}

void sim_data_unlock(void)
{
    pthread_rwlock_unlock(&lock);
}

const char *sim_data_keep(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy;

    if (!blocks || blocks->size - blocks->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        struct block *block = malloc(sizeof(*block) + room);

        if (!block)
            return NULL;
        block->next = blocks;
        block->used = 0;
        block->size = room;
        blocks = block;
    }
    copy = blocks->bytes + blocks->used;
    memcpy(copy, text, size);
    blocks->used += size;
    return copy;
}

const char *sim_data_keep_word(const char *text)
{
    const char *copy;
    int at = sim_word(words, word_count, text);

    if (at >= 0)
        return words[at];
    copy = sim_data_keep(text);
    if (copy && word_count < WORDS_MAX)
        words[word_count++] = copy;
    return copy;
}

int sim_data_init(int count)
{
    char id[16];
    int i;

    for (i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "L%d", i + 1);
        if (sim_data_location(id) < 0)
            return -1;
    }
    first_locations = count;
    return 0;
}

void sim_data_free(void)
{
    int g, k, o;

    for (g = 0; g < SIM_GATEWAYS; g++)
        for (k = 0; k < SIM_KINDS; k++)
            for (o = 0; o < SIM_ORDERS; o++) {
                free(lists[g][k][o].entries);
                lists[g][k][o] = (struct list){0};
            }
    sim_index_free(&by_id);
    sim_index_free(&by_reference);
    sim_index_free(&by_payment);
    free(records);
    records = NULL;
    record_count = record_room = 0;
    removed = false;
    word_count = location_count = 0;
    while (blocks) {
        struct block *next = blocks->next;

        free(blocks);
        blocks = next;
    }
}

void sim_data_clear(void)
{
    sim_data_free();
    /* Cannot fail in practice: a few bytes right after everything was released. */
    (void)sim_data_init(first_locations);
}

static uint64_t id_hash(int gateway, int kind, const char *id)
{
    return sim_mix(sim_hash(id) + (uint64_t)(gateway * SIM_KINDS + kind));
}

static uint64_t reference_hash(int gateway, const char *reference)
{
    return sim_mix(sim_hash(reference) + (uint64_t)gateway);
}

static uint32_t find_number(int gateway, int kind, const char *id)
{
    uint32_t n = sim_index_first(&by_id, id_hash(gateway, kind, id));

    for (; n != SIM_NONE; n = sim_index_next(&by_id, n)) {
        const struct sim_record *r = &records[n];

        if (!r->dead && r->gateway == gateway && r->kind == kind && !strcmp(r->id, id))
            return n;
    }
    return SIM_NONE;
}

static int append(struct list *list, int64_t time, uint32_t number, uint16_t location)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 1024;
        struct sim_entry *entries = realloc(list->entries, room * sizeof(*entries));

        if (!entries)
            return -1;
        list->entries = entries;
        list->room = room;
    }
    list->entries[list->count++] = (struct sim_entry){time, number, location};
    return 0;
}

static int index_record(const struct sim_record *r, uint32_t number)
{
    if (sim_index_insert(&by_id, number, id_hash(r->gateway, r->kind, r->id)))
        return -1;
    if (r->reference && r->kind == SIM_PAYMENT &&
        sim_index_insert(&by_reference, number, reference_hash(r->gateway, r->reference)))
        return -1;
    if (r->payment_id && r->kind == SIM_REFUND && r->gateway == SIM_SQUARE &&
        sim_index_insert(&by_payment, number, sim_hash(r->payment_id)))
        return -1;
    if (append(&lists[r->gateway][r->kind][SIM_BY_CREATED], r->created, number, r->location))
        return -1;
    return append(&lists[r->gateway][r->kind][SIM_BY_UPDATED], r->updated, number, r->location);
}

int sim_data_add(const struct sim_record *record)
{
    uint32_t number;

    if (record_count >= SIM_NONE - 1)
        return -1;
    sim_data_remove(record->gateway, record->kind, record->id);
    if (record_count == record_room) {
        size_t room = record_room ? record_room * 2 : 1024;
        struct sim_record *more = realloc(records, room * sizeof(*more));

        if (!more)
            return -1;
        records = more;
        record_room = room;
    }
    number = (uint32_t)record_count++;
    records[number] = *record;
    records[number].dead = false;
    return index_record(record, number);
}

unsigned sim_data_remove(enum sim_gateway gateway, int kind, const char *id)
{
    unsigned count = 0;
    int k;

    for (k = 0; k < SIM_KINDS; k++) {
        uint32_t n = kind < 0 || kind == k ? find_number(gateway, k, id) : SIM_NONE;

        if (n == SIM_NONE)
            continue;
        records[n].dead = removed = true;
        count++;
    }
    return count;
}

static int compare(const void *a, const void *b)
{
    const struct sim_entry *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static void drop_removed(struct list *list)
{
    size_t i, kept = 0, sorted = 0;

    for (i = 0; i < list->count; i++) {
        if (records[list->entries[i].record].dead)
            continue;
        sorted += i < list->sorted;
        list->entries[kept++] = list->entries[i];
    }
    list->count = kept;
    list->sorted = sorted;
}

static void put_in_order(struct list *list)
{
    struct sim_entry *e = list->entries;

    while (list->sorted < list->count &&
           (!list->sorted || compare(&e[list->sorted - 1], &e[list->sorted]) < 0))
        list->sorted++;
    if (list->count - list->sorted > INSERT_MAX) {
        qsort(e, list->count, sizeof(*e), compare);
        list->sorted = list->count;
    }
    for (; list->sorted < list->count; list->sorted++) {
        struct sim_entry one = e[list->sorted];
        size_t low = 0, high = list->sorted;

        while (low < high) {
            size_t middle = (low + high) / 2;

            if (compare(&e[middle], &one) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        memmove(&e[low + 1], &e[low], (list->sorted - low) * sizeof(*e));
        e[low] = one;
    }
}

void sim_data_commit(void)
{
    int g, k, o;

    for (g = 0; g < SIM_GATEWAYS; g++)
        for (k = 0; k < SIM_KINDS; k++)
            for (o = 0; o < SIM_ORDERS; o++) {
                if (removed)
                    drop_removed(&lists[g][k][o]);
                put_in_order(&lists[g][k][o]);
            }
    removed = false;
}

const struct sim_record *sim_data_record(uint32_t number)
{
    return &records[number];
}

const struct sim_record *sim_data_find(enum sim_gateway gateway, enum sim_kind kind, const char *id)
{
    uint32_t n = find_number(gateway, kind, id);

    return n == SIM_NONE ? NULL : &records[n];
}

uint32_t sim_data_next_payment(enum sim_gateway gateway, const char *reference, uint32_t before)
{
    uint32_t n = before == SIM_NONE
                     ? sim_index_first(&by_reference, reference_hash(gateway, reference))
                     : sim_index_next(&by_reference, before);

    for (; n != SIM_NONE; n = sim_index_next(&by_reference, n))
        if (!records[n].dead && records[n].gateway == gateway &&
            !strcmp(records[n].reference, reference))
            break;
    return n;
}

uint32_t sim_data_next_refund(const char *payment_id, uint32_t before)
{
    uint32_t n = before == SIM_NONE ? sim_index_first(&by_payment, sim_hash(payment_id))
                                    : sim_index_next(&by_payment, before);

    for (; n != SIM_NONE; n = sim_index_next(&by_payment, n))
        if (!records[n].dead && !strcmp(records[n].payment_id, payment_id))
            break;
    return n;
}

const struct sim_entry *sim_data_list(enum sim_gateway gateway, enum sim_kind kind,
                                      enum sim_order order, size_t *count)
{
    *count = lists[gateway][kind][order].count;
    return lists[gateway][kind][order].entries;
}

int sim_data_find_location(const char *id)
{
    int i;

    for (i = 0; i < location_count; i++)
        if (!strcmp(locations[i].id, id))
            return i;
    return -1;
}

int sim_data_location(const char *id)
{
    int at = sim_data_find_location(id);
    const char *copy;

    if (at >= 0)
        return at;
    if (location_count == SIM_LOCATIONS_MAX)
        return -1;
    copy = sim_data_keep(id);
    if (!copy)
        return -1;
    locations[location_count] = (struct sim_location){copy, "Europe/London", "GBP", false};
    return location_count++;
}

struct sim_location *sim_data_locations(int *count)
{
    *count = location_count;
    return locations;
}
