/*
  alloc_shared.c - rate limits that several servers share, by peers or in a store, while memory runs
  out. The store is a local socket of this program's own; hiredis keeps its own allocator.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../plugin/http/listener_parts.h"
#include "../../plugin/peers/inbox.h"
#include "../../plugin/peers/peer.h"
#include "../../plugin/ratestore/command.h"
#include "../../plugin/ratestore/hello.h"
#include "../../plugin/secrets_cache.h"
#include "../../plugin/stop.h"
#include "../../udf/ratelimit/share.h"
#include "alloc_scenarios.h"

#define SECRET "a secret that two nodes share, and no other"
#define NOW (RATE_CLOCK_BASE + 5000000000)
#define SCRIPT "return 1"

static const struct rate_subject who = {
    .identifier = "a", .identifier_len = 1, .endpoint = "/", .endpoint_len = 1};
static const struct rate_rule rule = {5, 60};

/* ---- peers: one node tells another of a call */

struct pair {
    struct peer_keys keys;
    struct rate_limiter *here, *there;
    struct rate_changes spare;
    struct peer peer;
    struct peer_inbox inbox;
    struct buf message;
    uint8_t life[PEER_ID], other_life[PEER_ID];
};

static void note_for_peer(void *context, const struct rate_change *change)
{
    peer_note(context, change);
}

/* One message and its answer. @retval -1 no memory @retval -2 it was not answered as it should be
 */
static int tell(struct pair *p, struct error *err)
{
    struct peer_receipt receipt;

    if (peer_write(&p->peer, &p->keys, p->life, NOW, 1, &p->message) != 0)
        return alloc_refused(err);
    peer_inbox_take(&p->inbox, (const uint8_t *)p->message.data, p->message.len, NOW, &receipt);
    if (receipt.status == 503)
        return alloc_refused(err);
    if (receipt.status != 200)
        return alloc_wrong(err, "a message of a peer's was refused");
    if (peer_answered(&p->peer, &p->keys, p->life, receipt.answer, sizeof(receipt.answer), 1) < 0)
        return alloc_refused(err);
    return 0;
}

static int begin_pair(struct pair *p, struct error *err)
{
    if (peer_keys_derive(SECRET, strlen(SECRET), &p->keys, err) != 0)
        return -1;
    p->here = rate_limiter_create(RATE_MEMORY_MIN, p->keys.hash, err);
    p->there = p->here ? rate_limiter_create(RATE_MEMORY_MIN, p->keys.hash, err) : NULL;
    if (!p->there || rate_share_watch(p->here, true, err) != 0)
        return -1;
    if (peer_init(&p->peer, "https://node") != 0)
        return alloc_refused(err);
    peer_inbox_open(&p->inbox, p->there, &p->keys, p->other_life);
    return 0;
}

/* What could not be told is told later, once. */
static int tell_of_call(struct pair *p, struct error *err)
{
    struct rate_state state;
    struct error later = {0};
    uint64_t dropped;
    int rc, i;

    rate_limiter_take(p->here, rate_limiter_key(p->here, &who), &who, &rule, 2, false, NOW);
    if (rate_share_collect(p->here, &p->spare, note_for_peer, &p->peer, &dropped) != 0)
        rc = alloc_refused(err);
    else
        rc = tell(p, err);
    if (rc == 0)
        rc = tell(p, err); /* the first one got it a session */
    alloc_fail_pause();
    if (rc == -1 && rate_share_collect(p->here, &p->spare, note_for_peer, &p->peer, &dropped) != 0)
        rc = alloc_wrong(err, "what was noted cannot be collected later");
    for (i = 0; i < 2 && rc != -2; i++)
        if (tell(p, &later) != 0)
            rc = alloc_wrong(err, "a peer cannot be told later");
    rate_limiter_state(p->there, &who, &rule, NOW, &state);
    alloc_fail_resume();
    if (rc != -2 && state.used != 2)
        rc = alloc_wrong(err, "the peer has not counted the call once");
    return rc;
}

static int peer_told(struct error *err)
{
    struct pair p;
    int rc;

    memset(&p, 0, sizeof(p));
    memset(p.life, 1, sizeof(p.life));
    memset(p.other_life, 2, sizeof(p.other_life));
    pthread_mutex_init(&p.inbox.lock, NULL);
    buf_init(&p.message, PEER_MESSAGE_MAX);
    rc = begin_pair(&p, err);
    if (rc == 0)
        rc = tell_of_call(&p, err);
    peer_deinit(&p.peer);
    rate_changes_deinit(&p.spare);
    buf_free(&p.message);
    rate_limiter_destroy(p.there);
    rate_limiter_destroy(p.here);
    pthread_mutex_destroy(&p.inbox.lock);
    return rc;
}

static int peer_request(struct error *err)
{
    static struct listener l;
    struct peer_request *request = peer_request_begin(&l);
    int rc = request ? 0 : alloc_refused(err);

    peer_request_end(&l, request);
    return l.peer_requests == 0 ? rc : alloc_wrong(err, "a request that is over is counted");
}

/* ---- the store */

static int commands(struct error *err)
{
    static const struct gcra_rule tokens = {.step = (unsigned __int128)1 << 60, .burst = 5};
    struct rate_request requests[2] = {{.subject = who, .rule = rule, .cost = 1},
                                       {.subject = who, .rule = rule, .cost = 2}};
    struct store_command command;

    if (store_command_take(&command, requests, 2) != 0 ||
        store_command_tokens(&command, &who, &tokens, 1) != 0 ||
        store_command_state(&command, &who, &rule) != 0 ||
        store_command_refund(&command, &who, 1) != 0 || store_command_reset(&command, &who) != 0)
        return alloc_refused(err);
    store_command_name(&command, "0123456789012345678901234567890123456789");
    return 0;
}

/* Whoever waits for the store asks whether to give up: then the store's part is done. */
struct store {
    struct sockaddr_un address;
    int listener, connection;
};

static const char secrets[] = "{\"rate_limits\":{\"store_user\":\"u\",\"store_password\":\"p\"}}";

static bool serve(void *context)
{
    struct store *store = context;
    char command[512];
    const char *answer = "+OK\r\n";
    ssize_t n;

    if (store->connection < 0)
        store->connection = accept4(store->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    n = store->connection < 0 ? -1 : recv(store->connection, command, sizeof(command) - 1, 0);
    if (n <= 0)
        return false;
    command[n] = '\0';
    if (strstr(command, "SCRIPT"))
        answer = "$40\r\n0123456789012345678901234567890123456789\r\n";
    return send(store->connection, answer, strlen(answer), MSG_NOSIGNAL) < 0;
}

static void open_store(struct store *store, const char *folder)
{
    store->connection = -1;
    store->address.sun_family = AF_UNIX;
    snprintf(store->address.sun_path, sizeof(store->address.sun_path), "%s/s", folder);
    store->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (store->listener < 0 ||
        bind(store->listener, (struct sockaddr *)&store->address, sizeof(store->address)) != 0 ||
        listen(store->listener, 1) != 0)
        abort();
}

static void write_secrets(const char *path)
{
    FILE *out;

    alloc_fail_pause();
    out = fopen(path, "w");
    if (!out || fputs(secrets, out) < 0 || fclose(out) != 0 || chmod(path, 0600) != 0)
        abort();
    alloc_fail_resume();
}

static int store_greeted(struct error *err)
{
    char folder[] = "/tmp/purser_alloc_XXXXXX", file[64], url[64], name[REDIS_TEXT_SIZE];
    struct store store = {0};
    struct store_target target;
    struct redis_patience patience = {
        .deadline_ns = clock_ns() + 10000000000, .give_up = serve, .context = &store};
    struct redis *redis = NULL;

    if (!mkdtemp(folder))
        abort();
    snprintf(file, sizeof(file), "%s/secrets", folder);
    snprintf(url, sizeof(url), "unix://%s/s?db=3", folder);
    write_secrets(file);
    open_store(&store, folder);
    secrets_cache_forget();
    if (store_target_parse(url, &target, err) == 0)
        redis = store_hello(&target, file, SCRIPT, &patience, name, err);
    redis_close(redis);
    secrets_cache_forget();
    close(store.listener);
    if (store.connection >= 0)
        close(store.connection);
    unlink(store.address.sun_path);
    unlink(file);
    rmdir(folder);
    return redis ? 0 : -1;
}

const struct alloc_scenario alloc_shared[] = {
    {"a peer is told", peer_told, "libcrypto does without what it would have kept", NULL},
    {"a request of a peer's", peer_request, NULL, NULL},
    {"commands to the store", commands, NULL, NULL},
    {"the store is greeted", store_greeted, NULL, NULL},
    {NULL, NULL, NULL, NULL}};
