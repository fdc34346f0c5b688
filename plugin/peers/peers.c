/*
  peers.c - see peers.h.

  THREADS: struct sender is the thread's own. `seen` is guarded by
  seen_lock, held for a copy. `owner` is guarded by owner_lock, held while the inbox is opened or
  closed. Nothing is locked over the network.
*/
#include "peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../../udf/ratelimit/service.h"
#include "../../udf/ratelimit/share.h"
#include "../health/beats.h"
#include "../http_client.h"
#include "../log.h"
#include "../secrets_cache.h"
#include "../settings.h"
#include "../status.h"
#include "../stop.h"
#include "door.h"

#define IDLE_MS 1000 /* between two looks whether there are peers now */
#define LOOK_MS 1000 /* between two looks at the secrets file */
#define PATIENCE_MS 60000
#define CONNECT_MS 1000
#define ANSWER_MS 2000
#define LATE_MS 5000 /* so long a peer may be away before the log is told */

static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
static struct peers_seen seen;

struct sender {
    unsigned of; /* whose thread it is: stop.h */
    uint8_t life[PEER_ID];
    struct settings settings;
    unsigned generation;
    bool begun;  /* the settings were read */
    bool active; /* there are peers, and the secret */
    struct peer_keys keys;
    struct rate_limiter *limiter;
    struct rate_changes spare;
    struct peer peers[PEERS_MAX];
    bool complained[PEERS_MAX];
    int count;
    struct http_client *client;
    struct buf message;
    int64_t tick_ms, look_ms;
    char trouble[sizeof(((struct error *)0)->text)]; /* told in the log: why it is not active, or
                                                        has the keys of before */
};

/* Whose the inbox and the limiter's changes are: of a thread that was left behind at UNINSTALL, and
   ends after the next INSTALL, they are no more. */
static pthread_mutex_t owner_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct sender *owner;

/* ---- what is known of the peers */

void peers_get(struct peers_seen *out)
{
    pthread_mutex_lock(&seen_lock);
    *out = seen;
    pthread_mutex_unlock(&seen_lock);
}

int64_t peers_silence_ms(void)
{
    struct peers_seen all;
    int64_t longest = -1;
    int i;

    peers_get(&all);
    for (i = 0; i < all.count; i++) {
        if (all.peer[i].silent_ms < 0)
            return -1;
        if (all.peer[i].silent_ms > longest)
            longest = all.peer[i].silent_ms;
    }
    return longest;
}

static void show_peer(const struct peer *p, int number, struct peer_seen *out)
{
    snprintf(out->url, sizeof(out->url), "%s", p->url);
    snprintf(out->failure, sizeof(out->failure), "%s", p->failure);
    out->number = number;
    out->state = p->state;
    out->silent_ms = p->answered_ms ? clock_ms() - p->answered_ms : -1;
    out->waiting = p->backlog.used + p->count;
}

static void show(const struct sender *s)
{
    struct peers_seen now;
    int i, there = 0;

    memset(&now, 0, sizeof(now));
    now.set = s->settings.rate_limit_peers[0] != '\0';
    if (!s->active)
        snprintf(now.trouble, sizeof(now.trouble), "%s", s->trouble);
    for (i = 0; i < s->count; i++) {
        if (s->peers[i].state == PEER_SELF)
            continue;
        show_peer(&s->peers[i], i + 1, &now.peer[now.count++]);
        there += s->peers[i].state == PEER_THERE;
    }
    status_set(&purser_status.rate_peers, now.count);
    status_set(&purser_status.rate_peers_reachable, there);
    pthread_mutex_lock(&seen_lock);
    seen = now;
    pthread_mutex_unlock(&seen_lock);
}

/* ---- settings and the secret */

static void deactivate(struct sender *s)
{
    int i;

    pthread_mutex_lock(&owner_lock);
    if (owner == s) {
        peer_inbox_close(&peers_inbox);
        rate_share_watch(s->limiter, false, NULL);
        owner = NULL;
    }
    pthread_mutex_unlock(&owner_lock);
    rate_changes_deinit(&s->spare);
    http_client_destroy(s->client);
    s->client = NULL;
    for (i = 0; i < s->count; i++)
        peer_deinit(&s->peers[i]);
    s->count = 0;
    explicit_bzero(&s->keys, sizeof(s->keys));
    s->active = false;
}

static struct http_client *create_client(const struct sender *s, struct error *err)
{
    const char *ca = s->settings.rate_limit_peer_ca_file;
    struct http_config config = {
        .ca_file = *ca ? ca : NULL,
        .concurrency = PEERS_MAX,
        .connect_timeout_ms = CONNECT_MS,
        .first_byte_timeout_ms = ANSWER_MS,
        .total_timeout_ms = CONNECT_MS + ANSWER_MS,
        .max_response = PEER_ANSWER_BYTES * 16, /* or an error page */
        .retry = {1, 1, 1}, /* a peer is tried again with what there is to say then */
        .breaker_threshold = INT32_MAX,
        .breaker_open_ms = CONNECT_MS,
        .breaker_wait_ms = CONNECT_MS,
    };

    return http_client_create(&config, err);
}

/* A peer that was in the list before keeps what it is still to be told. */
static int take_list(struct sender *s, const struct peer_list *list)
{
    struct peer old[PEERS_MAX];
    int old_count = s->count, i, j, rc = 0;

    memcpy(old, s->peers, sizeof(old));
    for (s->count = 0; s->count < list->count; s->count++) {
        struct peer *p = &s->peers[s->count];

        for (j = 0; j < old_count && strcmp(old[j].url, list->url[s->count]) != 0;)
            j++;
        if (j < old_count) {
            *p = old[j];
            p->under_way = false;
            old[j] = old[--old_count];
        } else {
            rc |= peer_init(p, list->url[s->count]);
        }
        s->complained[s->count] = false;
    }
    for (i = 0; i < old_count; i++)
        peer_deinit(&old[i]);
    return rc;
}

static int take_settings(struct sender *s, struct error *err)
{
    struct peer_list list;
    int i;

    if (peer_list_parse(s->settings.rate_limit_peers, &list, err) != 0)
        return -1;
    http_client_destroy(s->client);
    s->client = create_client(s, err);
    if (!s->client)
        return -1;
    if (take_list(s, &list) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    for (i = 0; i < list.count; i++)
        if (http_url_is_exposed(list.url[i]))
            log_warning("rate limits: %s: what is exchanged is signed, but not encrypted: who "
                        "listens sees how much is counted, though not for whom; use https",
                        list.url[i]);
    if (s->settings.http_port == 0)
        log_warning("rate limits: purser_http_port is 0: no peer can tell this server anything");
    return 0;
}

static int own(struct sender *s, const struct peer_keys *keys, struct error *err)
{
    int rc;

    pthread_mutex_lock(&owner_lock);
    rc = s->of != stop_life() ? error_set(err, ERROR_STOPPED, "this life of Purser is over")
                              : rate_share_watch(s->limiter, true, err);
    if (rc == 0) {
        peer_inbox_open(&peers_inbox, s->limiter, keys, s->life);
        owner = s;
    }
    pthread_mutex_unlock(&owner_lock);
    return rc;
}

/* With other keys all begins anew: what was counted has other names. */
static int take_keys(struct sender *s, const struct peer_keys *keys, struct error *err)
{
    int i, forgotten;

    if (s->active && memcmp(&s->keys, keys, sizeof(*keys)) == 0)
        return 0;
    forgotten = rate_service_rekey(keys->hash, err);
    if (forgotten < 0)
        return -1;
    s->limiter = rate_service(err);
    if (own(s, keys, err) != 0)
        return -1;
    if (forgotten)
        log_note("rate limits: all counts begin anew, with names that the peers have, too");
    for (i = 0; i < s->count; i++)
        peer_forget(&s->peers[i]);
    s->keys = *keys;
    s->active = true;
    return 0;
}

/* @param[out] unread  the file could not be read now; it may be just being written */
static int read_keys(const struct sender *s, struct peer_keys *keys, bool *unread,
                     struct error *err)
{
    const char *path = s->settings.secrets_file, *secret;
    unsigned era = secrets_cache_era();
    struct secrets_view *view = NULL;
    int rc;

    *unread = false;
    if (*path) {
        view = secrets_cache_get(path, s->generation, era, err);
        *unread = !view;
        if (!view)
            return -1;
    }
    secret = view ? secrets_view_text(view, "rate_limits", "peer_secret") : NULL;
    rc = secret ? peer_keys_derive(secret, strlen(secret), keys, err)
                : error_set(err, ERROR_CONFIG,
                            "purser_rate_limit_peers is set, and there is no "
                            "rate_limits.peer_secret in the secrets file");
    secrets_view_release(view);
    return rc;
}

static void complain(struct sender *s, const struct error *err)
{
    if (strcmp(s->trouble, err->text) != 0 && *err->text)
        log_error("rate limits: %s; %s", err->text,
                  s->active ? "what was read before is used until that is done"
                            : "nothing is exchanged with the peers until that is done");
    snprintf(s->trouble, sizeof(s->trouble), "%s", err->text);
}

/* @return has anything changed that the list and the client are made of? */
static bool read_settings(struct sender *s)
{
    char peers[SETTINGS_PATH_SIZE], ca_file[SETTINGS_PATH_SIZE];

    memcpy(peers, s->settings.rate_limit_peers, sizeof(peers));
    memcpy(ca_file, s->settings.rate_limit_peer_ca_file, sizeof(ca_file));
    settings_get(&s->settings);
    return strcmp(peers, s->settings.rate_limit_peers) != 0 ||
           strcmp(ca_file, s->settings.rate_limit_peer_ca_file) != 0;
}

/* What has changed since the last look. */
static void keep_up(struct sender *s)
{
    unsigned generation = settings_generation();
    bool changed = !s->begun || generation != s->generation;
    struct error err = {0};
    struct peer_keys keys;
    bool unread;
    int rc;

    if (!changed && clock_ms() < s->look_ms)
        return;
    s->look_ms = clock_ms() + LOOK_MS;
    s->begun = true;
    s->generation = generation;
    changed = changed && read_settings(s);
    if (!s->settings.rate_limit_peers[0]) {
        if (s->active)
            log_note("rate limits: each server counts by itself again");
        deactivate(s);
        complain(s, &err);
        return;
    }
    rc = read_keys(s, &keys, &unread, &err);
    if (rc != 0 && unread && s->active) { /* or what the peers are still to be told would be lost */
        keys = s->keys;
        rc = 0;
    }
    if (rc == 0 && (changed || !s->client))
        rc = take_settings(s, &err);
    if (rc == 0)
        rc = take_keys(s, &keys, &err);
    explicit_bzero(&keys, sizeof(keys));
    if (rc != 0)
        deactivate(s);
    if (err.code != ERROR_STOPPED)
        complain(s, &err);
}

/* ---- exchanges */

static void note(void *context, const struct rate_change *change)
{
    struct sender *s = context;
    int i;

    for (i = 0; i < s->count; i++)
        peer_note(&s->peers[i], change);
}

static uint64_t dropped_by_peers(const struct sender *s)
{
    uint64_t all = 0;
    int i;

    for (i = 0; i < s->count; i++)
        all += s->peers[i].dropped;
    return all;
}

static void collect(struct sender *s)
{
    uint64_t before = dropped_by_peers(s), dropped;

    rate_share_collect(s->limiter, &s->spare, note, s, &dropped);
    status_add(&purser_status.rate_peer_dropped,
               (long long)(dropped + dropped_by_peers(s) - before));
}

static void send_to(struct sender *s, struct peer *p)
{
    char url[PEER_URL_SIZE + sizeof(PEERS_TARGET)];
    int64_t now_ms = clock_ms();

    snprintf(url, sizeof(url), "%s%s", p->url, PEERS_TARGET);
    if (peer_write(p, &s->keys, s->life, rate_clock(), now_ms, &s->message) != 0 ||
        http_client_post(s->client, url, "application/octet-stream", s->message.data,
                         s->message.len, p, NULL) != 0)
        peer_failed(p, "out of memory");
}

static void tell_log(struct sender *s, struct peer *p)
{
    bool *complained = &s->complained[p - s->peers];
    bool away = p->state == PEER_AWAY;
    int64_t since_ms = p->answered_ms ? p->answered_ms : p->first_ms;

    if (away == *complained || (away && clock_ms() - since_ms < LATE_MS))
        return;
    *complained = away;
    if (away)
        log_warning("rate limits: %s: %s; until it answers, its calls and those here are counted "
                    "apart",
                    p->url, p->failure);
    else
        log_note("rate limits: %s answers again", p->url);
}

static void leave_twins(struct sender *s)
{
    int i;

    for (i = 1; i < s->count; i++)
        if (peer_leave_twin(&s->peers[i], s->peers, i))
            log_warning("rate limits: %s leads to a server that is in the list already, and is not "
                        "used: name each once, by an address that is always its own",
                        s->peers[i].url);
}

static void take_answer(struct sender *s, const struct http_response *response)
{
    struct peer *p = response->tag;
    int counted = -1;

    p->unnamed = response->unnamed;
    if (response->error.code == ERROR_NONE)
        counted = peer_answered(p, &s->keys, s->life, response->body, response->len, clock_ms());
    else
        peer_failed(p, response->status == 401   ? "it has another rate_limits.peer_secret"
                       : response->status == 404 ? "no peers are set there, or no secret, or "
                                                   "it is another server"
                                                 : response->error.text);
    if (counted < 0) {
        status_add(&purser_status.rate_peer_failures, 1);
    } else {
        status_add(&purser_status.rate_peer_sent, 1);
        status_add(&purser_status.rate_peer_changes_sent, counted);
    }
    tell_log(s, p);
    leave_twins(s);
    if (counted >= 0 && p->state == PEER_THERE && (p->kept || p->backlog.used > 0))
        send_to(s, p); /* the rest, at once */
}

/* Until the next exchange is due. @return false: stopped */
static bool wait_for_answers(struct sender *s)
{
    struct http_response response;
    struct error err = {0};
    int rc;

    for (;;) {
        rc = http_client_next_until(s->client, &response, s->tick_ms, &err);
        if (rc == 1) {
            take_answer(s, &response);
            http_response_free(&response);
        } else if (rc == 0 && clock_ms() < s->tick_ms) {
            return !stop_sleep_ms(s->tick_ms - clock_ms());
        } else {
            return rc >= 0;
        }
        if (clock_ms() >= s->tick_ms)
            return true;
    }
}

static bool exchange(struct sender *s)
{
    int64_t interval_ms = s->settings.rate_limit_peer_ms, now_ms = clock_ms();
    int i;

    s->tick_ms += interval_ms;
    if (s->tick_ms < now_ms || s->tick_ms > now_ms + interval_ms)
        s->tick_ms = now_ms + interval_ms;
    collect(s);
    for (i = 0; i < s->count; i++)
        if (peer_wants(&s->peers[i], now_ms, interval_ms))
            send_to(s, &s->peers[i]);
    return wait_for_answers(s);
}

void peers_body(void *argument)
{
    struct sender *s = calloc(1, sizeof(*s));
    bool go_on = s && getrandom(s->life, sizeof(s->life), 0) == (ssize_t)sizeof(s->life);

    (void)argument;
    if (!go_on) {
        log_error("rate limits: no memory for exchanges with peers");
    } else {
        s->of = stop_life();
        buf_init(&s->message, PEER_MESSAGE_MAX);
    }
    while (go_on && !stop_requested()) {
        beat(BEAT_PEERS, PATIENCE_MS);
        keep_up(s);
        show(s);
        go_on = s->active ? exchange(s) : !stop_sleep_ms(IDLE_MS);
    }
    if (s) {
        deactivate(s);
        buf_free(&s->message);
        explicit_bzero(s, sizeof(*s));
    }
    free(s);
}
