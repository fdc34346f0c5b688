/*
  pool.c - see pool.h.

  LOCKING: lock guards all statics below; it is held for some assignments, never while the network,
  a name or the log is waited for. Who has set busy has the connection of that slot to itself.

  THREADS: `resolver`, started when a store with a host's name is set, joined by pool_join.
*/
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../log.h"
#include "../status.h"
#include "../stop.h"
#include "../thread.h"
#include "hello.h"
#include "target.h"

#define LOOK_MS 100         /* of the resolver for a new name */
#define LOOK_AGAIN_MS 30000 /* it may be at another address */
#define LOOK_FAILED_MS 1000

struct slot {
    bool busy;
    struct redis *redis;
    unsigned generation;
    char script[REDIS_TEXT_SIZE];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* a slot is free, an address is known, or the end */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool running; /* from pool_start to pool_stop */
static struct store_target target;
static char secrets_file[SETTINGS_PATH_SIZE];
static unsigned generation; /* counts targets: connections to another one are closed */
static struct slot slots[POOL_SIZE];
static struct breaker breaker;
static unsigned life; /* counts breakers that began anew */
static char problem[sizeof(((struct pool_view *)0)->problem)];
static char refusal[sizeof(problem)]; /* with what it answered calls that it did not do */
static const char *script_text;
static struct thread resolver;

/* ---- the host's name */

static void take_addresses(const struct store_target *found, unsigned of)
{
    pthread_mutex_lock(&lock);
    if (of == generation) {
        if (target.n != 0 && (target.n != found->n ||
                              memcmp(target.address, found->address, sizeof(target.address)) != 0))
            generation++;
        target = *found;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&lock);
}

static void resolver_body(void *argument)
{
    struct store_target wanted;
    unsigned of, last = 0;
    int64_t again_ms = 0;

    (void)argument;
    do {
        pthread_mutex_lock(&lock);
        wanted = target;
        of = generation;
        pthread_mutex_unlock(&lock);
        if (!*wanted.host || (of == last && clock_ms() < again_ms))
            continue;
        if (store_target_look_up(&wanted) == 0) {
            take_addresses(&wanted, of);
            again_ms = clock_ms() + LOOK_AGAIN_MS;
        } else {
            again_ms = clock_ms() + LOOK_FAILED_MS;
        }
        last = of;
    } while (!stop_sleep_ms(LOOK_MS));
}

/* Under the lock. */
static void start_resolver(void)
{
    if (running && *target.host && !resolver.started)
        thread_start(&resolver, "purser-store", resolver_body, NULL);
}

/* ---- settings, begin and end */

static void show_state(void)
{
    status_set(&purser_status.rate_store_state, *target.url ? 1 + (int)breaker.state : 0);
}

/* Nothing is known of the store. */
static void begin_anew(void)
{
    memset(&breaker, 0, sizeof(breaker));
    life++;
    *problem = '\0';
    show_state();
    start_resolver();
}

/* The connections that nobody uses. @return how many */
static int collect_idle(struct redis **idle)
{
    int i, n = 0;

    for (i = 0; i < POOL_SIZE; i++)
        if (!slots[i].busy && slots[i].redis) {
            idle[n++] = slots[i].redis;
            slots[i].redis = NULL;
        }
    return n;
}

bool pool_configure(const struct settings *s)
{
    struct redis *idle[POOL_SIZE];
    struct store_target wanted;
    bool is_set;
    int n = 0;

    store_target_parse(s->rate_limit_store, &wanted, NULL); /* it was found good before */
    is_set = *wanted.url != '\0';
    pthread_mutex_lock(&lock);
    if (strcmp(wanted.url, target.url) != 0 || strcmp(s->secrets_file, secrets_file) != 0) {
        target = wanted;
        snprintf(secrets_file, sizeof(secrets_file), "%s", s->secrets_file);
        generation++;
        n = collect_idle(idle);
        begin_anew();
    }
    pthread_mutex_unlock(&lock);
    while (n > 0)
        redis_close(idle[--n]);
    return is_set;
}

void pool_start(const char *script)
{
    pthread_mutex_lock(&lock);
    script_text = script;
    running = true;
    begin_anew();
    pthread_mutex_unlock(&lock);
}

void pool_stop(void)
{
    pthread_mutex_lock(&lock);
    running = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

bool pool_join(int64_t deadline_ms)
{
    return thread_join_until(&resolver, deadline_ms);
}

void pool_close(void)
{
    struct redis *idle[POOL_SIZE];
    int n;

    pthread_mutex_lock(&lock);
    n = collect_idle(idle);
    memset(&target, 0, sizeof(target));
    *secrets_file = '\0';
    generation++;
    pthread_mutex_unlock(&lock);
    while (n > 0)
        redis_close(idle[--n]);
    thread_abandon(&resolver);
}

/* ---- what came of a call */

/* @param err  NULL: it was answered @param refused  the answer was an error */
static void settle(struct pool_lease *lease, const struct error *err, bool refused)
{
    int64_t now = clock_ms(), us = (clock_ns() - lease->begun_ns) / 1000, open_for = 0;
    bool has_changed = false, is_open = false, refuses = false;
    char where[sizeof(target.url)];

    pthread_mutex_lock(&lock);
    if (lease->life == life && err && err->code == ERROR_STOPPED) {
        breaker_leave(&breaker, lease->turn);
    } else if (lease->life == life) {
        open_for = now - breaker.opened_ms;
        has_changed = breaker_tell(&breaker, lease->turn, !err, now);
        is_open = breaker.state == BREAKER_OPEN;
        snprintf(problem, sizeof(problem), "%.200s", err ? err->text : "");
        refuses = refused && breaker_refused(&breaker, now);
        if (refused)
            memcpy(refusal, problem, sizeof(refusal));
    }
    memcpy(where, target.url, sizeof(where));
    show_state();
    pthread_mutex_unlock(&lock);
    if (!err || err->code != ERROR_STOPPED) {
        status_add(&purser_status.rate_store_calls, 1);
        status_add(&purser_status.rate_store_failures, err != NULL);
        status_add(&purser_status.rate_store_us, us);
        status_raise(&purser_status.rate_store_max_us, us);
    }
    if (has_changed && is_open) {
        status_add(&purser_status.rate_store_openings, 1);
        log_warning(
            "the store of the rate limits (%s) gives no answer and is left alone, but for a "
            "try every few seconds: %s",
            where, err ? err->text : "");
    } else if (has_changed) {
        log_note("the store of the rate limits (%s) answers again, after %lld s", where,
                 (long long)(open_for / 1000));
    } else if (refuses) {
        log_warning("the store of the rate limits (%s) answers some calls, and refuses others: %s",
                    where, err ? err->text : "");
    }
}

/* The slot is free again. @param redis  to be kept in it; NULL for none */
static void free_slot(const struct pool_lease *lease, struct redis *redis)
{
    struct slot *slot = &slots[lease->slot];
    bool keep;

    pthread_mutex_lock(&lock);
    keep = redis && running && lease->generation == generation;
    slot->redis = keep ? redis : NULL;
    slot->generation = lease->generation;
    memcpy(slot->script, lease->script, sizeof(slot->script));
    slot->busy = false;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    if (!keep)
        redis_close(redis);
}

void pool_return(struct pool_lease *lease, bool answered, const struct error *err)
{
    free_slot(lease, lease->redis);
    settle(lease, answered ? NULL : err, !answered);
}

void pool_break(struct pool_lease *lease, const struct error *err)
{
    redis_close(lease->redis);
    free_slot(lease, NULL);
    settle(lease, err, false);
}

/* ---- borrowing */

/* Wait for a change. Under the lock. */
static int wait_change(const struct redis_patience *patience, struct error *err)
{
    int64_t now = clock_ns(), until = now + 10000000; /* to ask whether to give up */
    struct timespec at;

    if (now >= patience->deadline_ns)
        return -1;
    if (!running || (patience->give_up && patience->give_up(patience->context)))
        return error_set(err, ERROR_STOPPED, "given up");
    until = until < patience->deadline_ns ? until : patience->deadline_ns;
    at = (struct timespec){.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
    pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &at);
    return 0;
}

/* A slot that nobody uses, best with a connection. Under the lock. @return -1: none in time */
static int find_slot(const struct redis_patience *patience, struct error *err)
{
    int i, empty;

    do {
        for (i = 0, empty = -1; i < POOL_SIZE; i++) {
            if (!slots[i].busy && slots[i].redis)
                return i;
            if (!slots[i].busy && empty < 0)
                empty = i;
        }
        if (empty >= 0)
            return empty;
    } while (wait_change(patience, err) == 0);
    return error_set(err, ERROR_REMOTE, "none of the %d connections was free in time", POOL_SIZE);
}

/* What a new connection is to be made of. Under the lock. */
static int read_target(const struct redis_patience *patience, struct store_target *to, char *file,
                       struct pool_lease *lease, struct error *err)
{
    while (target.n == 0 && *target.host && wait_change(patience, err) == 0)
        ;
    if (target.n == 0)
        return error_set(err, ERROR_REMOTE, "the name of its host is not known (yet)");
    *to = target;
    memcpy(file, secrets_file, sizeof(secrets_file));
    lease->generation = generation;
    return 0;
}

static int connect_slot(const struct redis_patience *patience, struct pool_lease *lease,
                        struct error *err)
{
    char file[SETTINGS_PATH_SIZE];
    struct store_target to;
    int rc;

    pthread_mutex_lock(&lock);
    rc = read_target(patience, &to, file, lease, err);
    pthread_mutex_unlock(&lock);
    if (rc == 0)
        lease->redis = store_hello(&to, file, script_text, patience, lease->script, err);
    return lease->redis ? 0 : -1;
}

int pool_borrow(const struct redis_patience *patience, struct pool_lease *lease, struct error *err)
{
    struct error why = {0};
    bool stale = false;

    memset(lease, 0, sizeof(*lease));
    lease->slot = -1;
    lease->begun_ns = clock_ns();
    pthread_mutex_lock(&lock);
    lease->generation = generation;
    lease->life = life;
    lease->turn = running && *target.url ? breaker_ask(&breaker, clock_ms()) : BREAKER_NO;
    if (!running || !*target.url)
        error_set(err, ERROR_STOPPED, "there is no store any more");
    else if (lease->turn == BREAKER_NO)
        error_set(err, ERROR_BUSY, "it gave no answer before, and is left alone%s%s",
                  *problem ? ": " : "", problem);
    else
        lease->slot = find_slot(patience, &why);
    if (lease->slot >= 0) {
        struct slot *slot = &slots[lease->slot];

        slot->busy = true;
        lease->redis = slot->redis;
        slot->redis = NULL;
        memcpy(lease->script, slot->script, sizeof(lease->script));
        stale = slot->generation != generation;
    }
    show_state();
    pthread_mutex_unlock(&lock);
    if (lease->turn == BREAKER_NO)
        return -1;
    if (lease->slot >= 0 && lease->redis && (stale || redis_is_stale(lease->redis))) {
        redis_close(lease->redis);
        lease->redis = NULL;
    }
    if (lease->slot >= 0 && (lease->redis || connect_slot(patience, lease, &why) == 0))
        return 0;
    if (lease->slot >= 0)
        free_slot(lease, NULL);
    settle(lease, &why, false);
    return error_set(err, why.code, "%s", why.text);
}

void pool_view(struct pool_view *view)
{
    pthread_mutex_lock(&lock);
    view->is_set = *target.url != '\0';
    view->state = breaker.state;
    view->failures = breaker.failures;
    view->open_for_ms = breaker.state == BREAKER_CLOSED ? 0 : clock_ms() - breaker.opened_ms;
    view->refuses_for_ms = breaker_refuses_for(&breaker, clock_ms());
    snprintf(view->where, sizeof(view->where), "%s", target.url);
    memcpy(view->problem, view->refuses_for_ms ? refusal : problem, sizeof(problem));
    pthread_mutex_unlock(&lock);
}
