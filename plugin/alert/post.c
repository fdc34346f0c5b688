/*
  post.c - see post.h.

  LOCKING: everything is guarded by post_lock; post_changed is broadcast on every change. The lock
  is held for list work only. Both live as long as the process. A parcel that is SENDING belongs to
  the thread that took it, which may outlive its life: then the slot is another's, or nobody's.
*/
#include "post.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../udf/crypto.h"
#include "../stop.h"

#define SENT_MAX 128

struct slot {
    enum { SLOT_FREE, SLOT_WAITING, SLOT_SENDING, SLOT_DONE } state;
    struct parcel *parcel;
    uint64_t row; /* of the parcel; and its channel: the parcel itself may be somebody else's */
    char channel[ALERT_CHANNEL_SIZE];
    unsigned long long order; /* first come, first sent */
};

static pthread_mutex_t post_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t post_changed = PTHREAD_COND_INITIALIZER;
static struct slot slots[POST_MAX];
static unsigned long long next_order;
static bool woken;
static unsigned long long wakes;          /* so that each sender sees each wake */
static char sent[SENT_MAX][POST_ID_SIZE]; /* a ring */
static unsigned sent_count;

struct parcel *parcel_create(void)
{
    return calloc(1, sizeof(struct parcel));
}

void parcel_destroy(struct parcel *parcel)
{
    if (!parcel)
        return;
    free(parcel->recipient);
    free(parcel->subject);
    free(parcel->text);
    free(parcel->html);
    free(parcel->payload);
    free(parcel);
}

int post_make_id(const char *origin, const char *dedup_key, char id[POST_ID_SIZE])
{
    const struct crypto_piece pieces[] = {
        {origin, strlen(origin)}, {"\n", 1}, {dedup_key, strlen(dedup_key)}};
    unsigned char hash[CRYPTO_SHA256_SIZE];
    char text[CRYPTO_TEXT_SIZE];

    id[0] = '\0';
    if (crypto_sha256(pieces, 3, hash) != 0)
        return -1;
    crypto_encode(CRYPTO_HEX, hash, (POST_ID_SIZE - 1) / 2, text);
    memcpy(id, text, POST_ID_SIZE);
    return 0;
}

static void wait_locked(int64_t until)
{
    struct timespec at = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (until % 1000) * 1000000L};

    pthread_cond_clockwait(&post_changed, &post_lock, CLOCK_MONOTONIC, &at);
}

static void free_slot(struct slot *slot)
{
    if (slot->state != SLOT_SENDING) /* its thread destroys it */
        parcel_destroy(slot->parcel);
    memset(slot, 0, sizeof(*slot));
}

void post_reset(void)
{
    int i;

    pthread_mutex_lock(&post_lock);
    for (i = 0; i < POST_MAX; i++)
        free_slot(&slots[i]);
    woken = false;
    memset(sent, 0, sizeof(sent));
    pthread_mutex_unlock(&post_lock);
}

void post_wake(void)
{
    pthread_mutex_lock(&post_lock);
    woken = true;
    wakes++;
    pthread_cond_broadcast(&post_changed);
    pthread_mutex_unlock(&post_lock);
}

bool post_hand(struct parcel *parcel)
{
    int i;

    pthread_mutex_lock(&post_lock);
    for (i = 0; i < POST_MAX && slots[i].state != SLOT_FREE; i++)
        ;
    if (i < POST_MAX) {
        parcel->life = stop_life();
        slots[i] = (struct slot){
            .state = SLOT_WAITING, .parcel = parcel, .row = parcel->row, .order = ++next_order};
        memcpy(slots[i].channel, parcel->channel.name, sizeof(slots[i].channel));
        pthread_cond_broadcast(&post_changed);
    }
    pthread_mutex_unlock(&post_lock);
    return i < POST_MAX;
}

int post_count(const char *channel)
{
    int i, count = 0;

    pthread_mutex_lock(&post_lock);
    for (i = 0; i < POST_MAX; i++)
        count +=
            slots[i].state != SLOT_FREE && (!channel || strcmp(slots[i].channel, channel) == 0);
    pthread_mutex_unlock(&post_lock);
    return count;
}

int post_rows(uint64_t rows[POST_MAX])
{
    int i, count = 0;

    pthread_mutex_lock(&post_lock);
    for (i = 0; i < POST_MAX; i++)
        if (slots[i].state != SLOT_FREE)
            rows[count++] = slots[i].row;
    pthread_mutex_unlock(&post_lock);
    return count;
}

static struct slot *oldest_locked(int state)
{
    struct slot *oldest = NULL;
    int i;

    for (i = 0; i < POST_MAX; i++)
        if ((int)slots[i].state == state && (!oldest || slots[i].order < oldest->order))
            oldest = &slots[i];
    return oldest;
}

unsigned long long post_wakes(void)
{
    unsigned long long count;

    pthread_mutex_lock(&post_lock);
    count = wakes;
    pthread_mutex_unlock(&post_lock);
    return count;
}

struct parcel *post_take(unsigned long long seen, int64_t wait_ms)
{
    int64_t until = clock_ms() + wait_ms;
    struct parcel *parcel = NULL;
    struct slot *slot;

    pthread_mutex_lock(&post_lock);
    while (!(slot = oldest_locked(SLOT_WAITING)) && seen == wakes && !stop_requested() &&
           clock_ms() < until)
        wait_locked(until);
    if (slot && !stop_requested()) {
        slot->state = SLOT_SENDING;
        parcel = slot->parcel;
    }
    pthread_mutex_unlock(&post_lock);
    return parcel;
}

void post_done(struct parcel *parcel)
{
    int i;

    pthread_mutex_lock(&post_lock);
    for (i = 0; i < POST_MAX; i++)
        if (slots[i].parcel == parcel && slots[i].state == SLOT_SENDING &&
            parcel->life == stop_life())
            break;
    if (i < POST_MAX) {
        slots[i].state = SLOT_DONE;
        if (parcel->outcome == POST_SENT)
            memcpy(sent[sent_count++ % SENT_MAX], parcel->id, POST_ID_SIZE);
        woken = true;
        pthread_cond_broadcast(&post_changed);
    }
    pthread_mutex_unlock(&post_lock);
    if (i == POST_MAX)
        parcel_destroy(parcel);
}

struct parcel *post_finished(void)
{
    struct parcel *parcel = NULL;
    struct slot *slot;

    pthread_mutex_lock(&post_lock);
    slot = oldest_locked(SLOT_DONE);
    if (slot)
        parcel = slot->parcel;
    pthread_mutex_unlock(&post_lock);
    return parcel;
}

void post_drop(struct parcel *parcel)
{
    int i;

    pthread_mutex_lock(&post_lock);
    for (i = 0; i < POST_MAX; i++)
        if (slots[i].state == SLOT_DONE && slots[i].parcel == parcel)
            free_slot(&slots[i]);
    pthread_mutex_unlock(&post_lock);
}

bool post_has_sent(const char *id)
{
    bool found = false;
    int i;

    pthread_mutex_lock(&post_lock);
    for (i = 0; i < SENT_MAX; i++)
        found = found || strcmp(sent[i], id) == 0;
    pthread_mutex_unlock(&post_lock);
    return found;
}

void post_wait(int64_t ms)
{
    int64_t until = clock_ms() + ms;

    pthread_mutex_lock(&post_lock);
    while (!woken && !stop_requested() && clock_ms() < until)
        wait_locked(until);
    woken = false;
    pthread_mutex_unlock(&post_lock);
}
