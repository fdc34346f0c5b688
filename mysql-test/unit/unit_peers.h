/* unit_peers.h - nodes that tell each other of their rate limits, in memory: for their tests. */
#ifndef PURSER_UNIT_PEERS_H
#define PURSER_UNIT_PEERS_H

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peers/inbox.h"
#include "peers/list.h"
#include "peers/peer.h"
#include "ratelimit/dump.h"
#include "ratelimit/share.h"

#define SECOND 1000000000LL
#define START (RATE_CLOCK_BASE + 98765432109LL)
#define NODES 3
#define SECRET "a secret that three nodes share, no more"

/* A node: its limiter, what it takes in, and its view of each of the others. */
struct node {
    struct rate_limiter *limiter;
    struct rate_changes spare;
    struct peer_inbox inbox;
    struct peer peers[NODES];
    uint8_t life[PEER_ID];
};

static struct peer_keys keys;

static inline void node_begin(struct node *n, int number, size_t memory)
{
    char url[32];
    int i;

    memset(n, 0, sizeof(*n));
    pthread_mutex_init(&n->inbox.lock, NULL);
    n->limiter = rate_limiter_create(memory, keys.hash, NULL);
    assert_non_null(n->limiter);
    assert_int_equal(rate_share_watch(n->limiter, true, NULL), 0);
    memset(n->life, number + 1, sizeof(n->life));
    peer_inbox_open(&n->inbox, n->limiter, &keys, n->life);
    for (i = 0; i < NODES; i++) {
        snprintf(url, sizeof(url), "https://node%d", i);
        assert_int_equal(peer_init(&n->peers[i], url), 0);
    }
}

static inline void node_end(struct node *n)
{
    int i;

    for (i = 0; i < NODES; i++)
        peer_deinit(&n->peers[i]);
    rate_changes_deinit(&n->spare);
    rate_limiter_destroy(n->limiter);
    pthread_mutex_destroy(&n->inbox.lock);
}

static inline void note(void *context, const struct rate_change *change)
{
    struct node *n = context;
    int i;

    for (i = 0; i < NODES; i++)
        peer_note(&n->peers[i], change);
}

static inline uint64_t collect(struct node *n)
{
    uint64_t dropped;

    assert_int_equal(rate_share_collect(n->limiter, &n->spare, note, n, &dropped), 0);
    return dropped;
}

/* One message from one node to another, and its answer back. @param loss 1: the message is lost, 2:
   the answer is, 3: the message comes twice @return what peer_answered says, or -1 */
static inline int tell(struct node *from, struct node *to, int to_number, int64_t now, int loss)
{
    struct peer *p = &from->peers[to_number];
    struct peer_receipt receipt;
    struct buf message;
    int counted = -1;

    buf_init(&message, PEER_MESSAGE_MAX);
    assert_int_equal(peer_write(p, &keys, from->life, now, now / 1000000, &message), 0);
    if (loss != 1)
        peer_inbox_take(&to->inbox, (uint8_t *)message.data, message.len, now, &receipt);
    if (loss == 3) {
        peer_inbox_take(&to->inbox, (uint8_t *)message.data, message.len, now, &receipt);
        assert_false(receipt.counted);
    }
    if (loss == 1 || loss == 2)
        peer_failed(p, "lost");
    else
        counted = peer_answered(p, &keys, from->life, receipt.answer, sizeof(receipt.answer),
                                now / 1000000);
    buf_free(&message);
    return counted;
}

/* All that one has to tell another; twice, for the first may only get it a session. */
static inline void tell_all(struct node *from, struct node *to, int to_number, int64_t now)
{
    collect(from);
    tell(from, to, to_number, now, 0);
    while (from->peers[to_number].kept || from->peers[to_number].backlog.used > 0)
        assert_true(tell(from, to, to_number, now, 0) >= 0);
}

static inline struct rate_subject subject(const char *name)
{
    return (struct rate_subject){name, strlen(name), "/", 1};
}

static inline bool take(struct node *n, const char *name, uint32_t max, uint32_t window_s,
                        uint32_t cost, int64_t now)
{
    struct rate_subject who = subject(name);
    struct rate_rule rule = {max, window_s};

    return rate_limiter_take(n->limiter, rate_limiter_key(n->limiter, &who), &who, &rule, cost,
                             false, now);
}

static inline uint32_t used(struct node *n, const char *name, uint32_t max, uint32_t window_s,
                            int64_t now)
{
    struct rate_subject who = subject(name);
    struct rate_rule rule = {max, window_s};
    struct rate_state state;

    rate_limiter_state(n->limiter, &who, &rule, now, &state);
    return state.used;
}

static inline void begin(struct node *nodes, int n)
{
    int i;

    assert_int_equal(peer_keys_derive(SECRET, strlen(SECRET), &keys, NULL), 0);
    for (i = 0; i < n; i++)
        node_begin(&nodes[i], i, RATE_MEMORY_MIN);
}

static inline void end(struct node *nodes, int n)
{
    while (n > 0)
        node_end(&nodes[--n]);
}

#endif
