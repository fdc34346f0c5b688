/*
  Rate limits of several nodes: what they tell each other in memory, message by message, and what
  the whole of them admits.
*/
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

static void node_begin(struct node *n, int number, size_t memory)
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

static void node_end(struct node *n)
{
    int i;

    for (i = 0; i < NODES; i++)
        peer_deinit(&n->peers[i]);
    rate_changes_deinit(&n->spare);
    rate_limiter_destroy(n->limiter);
    pthread_mutex_destroy(&n->inbox.lock);
}

static void note(void *context, const struct rate_change *change)
{
    struct node *n = context;
    int i;

    for (i = 0; i < NODES; i++)
        peer_note(&n->peers[i], change);
}

static uint64_t collect(struct node *n)
{
    uint64_t dropped;

    assert_int_equal(rate_share_collect(n->limiter, &n->spare, note, n, &dropped), 0);
    return dropped;
}

/* One message from one node to another, and its answer back. @param loss 1: the message is lost, 2:
   the answer is, 3: the message comes twice @return what peer_answered says, or -1 */
static int tell(struct node *from, struct node *to, int to_number, int64_t now, int loss)
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
static void tell_all(struct node *from, struct node *to, int to_number, int64_t now)
{
    collect(from);
    tell(from, to, to_number, now, 0);
    while (from->peers[to_number].kept || from->peers[to_number].backlog.used > 0)
        assert_true(tell(from, to, to_number, now, 0) >= 0);
}

static struct rate_subject subject(const char *name)
{
    return (struct rate_subject){name, strlen(name), "/", 1};
}

static bool take(struct node *n, const char *name, uint32_t max, uint32_t window_s, uint32_t cost,
                 int64_t now)
{
    struct rate_subject who = subject(name);
    struct rate_rule rule = {max, window_s};

    return rate_limiter_take(n->limiter, rate_limiter_key(n->limiter, &who), &who, &rule, cost,
                             false, now);
}

static uint32_t used(struct node *n, const char *name, uint32_t max, uint32_t window_s, int64_t now)
{
    struct rate_subject who = subject(name);
    struct rate_rule rule = {max, window_s};
    struct rate_state state;

    rate_limiter_state(n->limiter, &who, &rule, now, &state);
    return state.used;
}

static void begin(struct node *nodes, int n)
{
    int i;

    assert_int_equal(peer_keys_derive(SECRET, strlen(SECRET), &keys, NULL), 0);
    for (i = 0; i < n; i++)
        node_begin(&nodes[i], i, RATE_MEMORY_MIN);
}

static void end(struct node *nodes, int n)
{
    while (n > 0)
        node_end(&nodes[--n]);
}

static void what_one_admits_the_other_counts(void **state)
{
    static const uint32_t maxes[] = {1, 8, 9, 20, 32, 33, 255, 256, 70000};
    struct node nodes[2];
    char name[24];
    size_t i;

    (void)state;
    begin(nodes, 2);
    for (i = 0; i < UNIT_COUNT(maxes); i++) {
        snprintf(name, sizeof(name), "key-%zu", i);
        assert_true(take(&nodes[0], name, maxes[i], 60, maxes[i], START));
        assert_true(take(&nodes[1], name, maxes[i], 60, maxes[i], START)); /* nobody told it yet */
        tell_all(&nodes[0], &nodes[1], 1, START + 10);
        assert_int_equal(used(&nodes[1], name, maxes[i], 60, START + 10), 2 * maxes[i]);
        assert_false(take(&nodes[1], name, maxes[i], 60, 1, START + 10));
        assert_int_equal(used(&nodes[0], name, maxes[i], 60, START + 10), maxes[i]);
        /* What was told is not told back. */
        collect(&nodes[1]);
        assert_int_equal(nodes[1].peers[0].backlog.used, i + 1);
        assert_true(take(&nodes[1], name, maxes[i], 60, 1, START + 62 * SECOND));
    }
    end(nodes, 2);
}

static void a_message_counts_once_however_often_it_comes(void **state)
{
    struct node nodes[2];

    (void)state;
    begin(nodes, 2);
    tell(&nodes[0], &nodes[1], 1, START, 0); /* a session */
    assert_true(take(&nodes[0], "a", 100, 60, 3, START));
    collect(&nodes[0]);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 1), -1);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 0);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 2), -1); /* counted, and not heard of */
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 3);
    assert_true(take(&nodes[0], "a", 100, 60, 4, START)); /* waits for the message before it */
    collect(&nodes[0]);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 0), 1);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 3);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 3), 1);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 7);
    end(nodes, 2);
}

static void a_recorded_message_is_nothing_to_another_life_or_node(void **state)
{
    struct node nodes[2];
    struct peer_receipt receipt;
    struct peer_answer answer;
    struct buf first, second;
    uint8_t life[PEER_ID] = {77};

    (void)state;
    begin(nodes, 2);
    buf_init(&first, PEER_MESSAGE_MAX);
    buf_init(&second, PEER_MESSAGE_MAX);
    tell(&nodes[0], &nodes[1], 1, START, 0);
    take(&nodes[0], "a", 100, 60, 3, START);
    collect(&nodes[0]);
    peer_write(&nodes[0].peers[1], &keys, nodes[0].life, START, 0, &first);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)first.data, first.len, START, &receipt);
    assert_true(receipt.counted);
    peer_answered(&nodes[0].peers[1], &keys, nodes[0].life, receipt.answer, PEER_ANSWER_BYTES, 0);
    take(&nodes[0], "a", 100, 60, 1, START);
    collect(&nodes[0]);
    peer_write(&nodes[0].peers[1], &keys, nodes[0].life, START, 0, &second);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)second.data, second.len, START, &receipt);
    assert_true(receipt.counted);
    /* An older one, to the same life. */
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)first.data, first.len, START, &receipt);
    assert_int_equal(receipt.status, 200);
    assert_false(receipt.counted);
    /* To who sent it. */
    peer_inbox_take(&nodes[0].inbox, (uint8_t *)first.data, first.len, START, &receipt);
    assert_int_equal(peer_answer_read(&keys, receipt.answer, PEER_ANSWER_BYTES, &answer), 0);
    assert_int_equal(answer.result, PEER_MYSELF);
    /* After a restart. */
    peer_inbox_close(&nodes[1].inbox);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)second.data, second.len, START, &receipt);
    assert_int_equal(receipt.status, 404);
    peer_inbox_open(&nodes[1].inbox, nodes[1].limiter, &keys, life);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)second.data, second.len, START, &receipt);
    assert_false(receipt.counted);
    assert_int_equal(peer_answer_read(&keys, receipt.answer, PEER_ANSWER_BYTES, &answer), 0);
    assert_int_equal(answer.result, PEER_SESSION);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 4);
    buf_free(&first);
    buf_free(&second);
    end(nodes, 2);
}

static void what_is_forged_or_mangled_is_refused_and_counts_nothing(void **state)
{
    struct node nodes[2];
    struct peer_receipt receipt;
    struct peer_keys others;
    struct buf message;
    size_t i;

    (void)state;
    begin(nodes, 2);
    buf_init(&message, PEER_MESSAGE_MAX);
    tell(&nodes[0], &nodes[1], 1, START, 0);
    take(&nodes[0], "a", 100, 60, 3, START);
    collect(&nodes[0]);
    peer_write(&nodes[0].peers[1], &keys, nodes[0].life, START, 0, &message);
    for (i = 0; i < message.len; i++) {
        message.data[i] ^= 1;
        peer_inbox_take(&nodes[1].inbox, (uint8_t *)message.data, message.len, START, &receipt);
        assert_true(receipt.status == 400 || receipt.status == 401);
        message.data[i] ^= 1;
        peer_inbox_take(&nodes[1].inbox, (uint8_t *)message.data, i, START, &receipt);
        assert_true(receipt.status == 400 || receipt.status == 401);
    }
    assert_int_equal(peer_keys_derive(SECRET "!", strlen(SECRET) + 1, &others, NULL), 0);
    peer_write(&nodes[0].peers[1], &others, nodes[0].life, START, 0, &message);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)message.data, message.len, START, &receipt);
    assert_int_equal(receipt.status, 401);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 0);
    assert_int_equal(peer_keys_derive("short", 5, &others, NULL), -1);
    buf_free(&message);
    end(nodes, 2);
}

/* Well signed, and of values that no limiter makes. */
static void what_cannot_be_counted_is_refused_whole(void **state)
{
    static const struct rate_change bad[] = {
        {.key = 2, .amount = 0, .moment = START, .max = 1, .window_s = 1},
        {.key = 2, .amount = 1, .moment = START, .max = 1, .window_s = 0},
        {.key = 2, .amount = 1, .moment = START, .max = 1, .window_s = RATE_WINDOW_MAX_S + 1},
        {.key = 2, .amount = 1LL << 32, .moment = START, .max = 1, .window_s = 1},
        {.key = 2, .amount = -(1LL << 32), .moment = START, .max = 1, .window_s = 1},
        {.key = 2, .amount = 1, .moment = START, .max = 1, .window_s = 1, .step = 1},
        {.key = 3, .amount = 1, .moment = START, .max = 0, .step = 1},
        {.key = 3, .amount = 1, .moment = START, .max = 1, .window_s = 97},
        {.key = 3, .amount = INT64_MAX, .moment = START, .max = 1, .step = 1},
        {.key = 3, .amount = INT64_MIN, .moment = START, .max = 1, .step = 1},
    };
    struct rate_change pair[2] = {
        {.key = 4, .amount = 1, .moment = START, .max = 1, .window_s = 60}};
    struct node nodes[1];
    struct peer_head head = {.count = 2, .number = 1, .sender = {9}};
    struct peer_receipt receipt;
    struct buf message;
    size_t i;

    (void)state;
    begin(nodes, 1);
    buf_init(&message, PEER_MESSAGE_MAX);
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        pair[1] = bad[i];
        assert_int_equal(peer_message_write(&keys, &head, pair, START, &message), 0);
        peer_inbox_take(&nodes[0].inbox, (uint8_t *)message.data, message.len, START, &receipt);
        assert_int_equal(receipt.status, 400);
    }
    buf_free(&message);
    end(nodes, 1);
}

static void refunds_and_resets_travel(void **state)
{
    struct node nodes[2];
    struct rate_subject who = subject("a");

    (void)state;
    begin(nodes, 2);
    take(&nodes[0], "a", 100, 60, 50, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    rate_limiter_refund(nodes[0].limiter, &who, 20, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 30);
    take(&nodes[1], "a", 100, 60, 5, START);
    rate_limiter_reset(nodes[0].limiter, &who, START);
    take(&nodes[0], "a", 100, 60, 7, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 7);
    rate_limiter_reset(nodes[0].limiter, &who, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 0);
    /* What was given back before anybody heard of it is no change, and harms no message. */
    take(&nodes[0], "a", 100, 60, 3, START);
    collect(&nodes[0]);
    rate_limiter_refund(nodes[0].limiter, &who, 3, START);
    take(&nodes[0], "b", 100, 60, 4, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 0);
    assert_int_equal(used(&nodes[1], "b", 100, 60, START), 4);
    end(nodes, 2);
}

static void token_buckets_are_emptied_together(void **state)
{
    struct rate_subject who = subject("bucket");
    struct gcra_rule rule;
    struct node nodes[2];
    int64_t now = START;

    (void)state;
    begin(nodes, 2);
    assert_int_equal(gcra_rule("10", 2, 50, &rule, NULL), 0);
    assert_true(rate_limiter_take_tokens(nodes[0].limiter, &who, &rule, 30, now));
    tell_all(&nodes[0], &nodes[1], 1, now);
    assert_false(rate_limiter_take_tokens(nodes[1].limiter, &who, &rule, 21, now));
    assert_true(rate_limiter_take_tokens(nodes[1].limiter, &who, &rule, 19, now));
    tell_all(&nodes[1], &nodes[0], 0, now);
    assert_false(rate_limiter_take_tokens(nodes[0].limiter, &who, &rule, 2, now));
    now += SECOND; /* ten tokens for all of them */
    assert_false(rate_limiter_take_tokens(nodes[0].limiter, &who, &rule, 12, now));
    assert_true(rate_limiter_take_tokens(nodes[0].limiter, &who, &rule, 10, now));
    rate_limiter_refund(nodes[0].limiter, &who, 5, now);
    tell_all(&nodes[0], &nodes[1], 1, now);
    assert_false(rate_limiter_take_tokens(nodes[1].limiter, &who, &rule, 7, now));
    assert_true(rate_limiter_take_tokens(nodes[1].limiter, &who, &rule, 5, now));
    end(nodes, 2);
}

/* A peer that was away gets what its windows still hold, at the time when it was. */
static void what_a_peer_missed_it_is_told_as_far_as_it_still_counts(void **state)
{
    struct node nodes[2];
    int64_t now = START;
    int i;

    (void)state;
    begin(nodes, 2);
    tell(&nodes[0], &nodes[1], 1, now, 0);
    for (i = 0; i < 100; i++, now += SECOND) {
        take(&nodes[0], "minute", 20, 60, 1, now);
        take(&nodes[0], "hour", 1000, 3600, 1, now);
        if (i == 10)
            take(&nodes[0], "gone", 1000, 60, 9, now);
        collect(&nodes[0]);
        tell(&nodes[0], &nodes[1], 1, now, 1);
    }
    while (nodes[0].peers[1].kept || nodes[0].peers[1].backlog.used > 0)
        assert_true(tell(&nodes[0], &nodes[1], 1, now, 0) >= 0);
    assert_int_equal(used(&nodes[1], "hour", 1000, 3600, now), 100);
    assert_true(used(&nodes[1], "minute", 20, 60, now) >= 20);
    assert_true(used(&nodes[1], "minute", 20, 60, now) <= 40);
    assert_int_equal(used(&nodes[1], "gone", 1000, 60, now), 0);
    assert_int_equal(used(&nodes[1], "minute", 20, 60, now + 61 * SECOND), 0);
    end(nodes, 2);
}

static void more_keys_than_there_is_room_for_are_dropped_and_counted(void **state)
{
    struct rate_changes list;
    struct rate_change change = {.moment = START, .max = 1000, .window_s = 60};
    const struct rate_change *found;
    uint64_t random = 4711, heavy = 0;
    uint32_t cursor = 0;
    int i;

    (void)state;
    assert_int_equal(rate_changes_init(&list, 1024), 0);
    for (i = 0; i < 3000; i++) {
        change.key = unit_random(&random) & ~(uint64_t)1;
        change.amount = i < 500 ? 900 : 1;
        rate_changes_note(&list, &change);
    }
    while ((found = rate_changes_next(&list, &cursor)) != NULL)
        heavy += found->amount == 900;
    assert_int_equal(heavy, 500); /* those that say most stay */
    assert_int_equal(list.used + list.dropped, 3000);
    assert_int_equal(list.used, 1024);
    cursor = 0;
    while ((found = rate_changes_next(&list, &cursor)) != NULL)
        rate_changes_remove(&list, (struct rate_change *)(uintptr_t)found, &cursor);
    assert_int_equal(list.used, 0);
    rate_changes_deinit(&list);
}

static void a_burst_of_keys_goes_in_several_messages(void **state)
{
    struct node nodes[2];
    char name[24];
    uint32_t i, missing = 0;

    (void)state;
    assert_int_equal(peer_keys_derive(SECRET, strlen(SECRET), &keys, NULL), 0);
    node_begin(&nodes[0], 0, 32u << 20);
    node_begin(&nodes[1], 1, 32u << 20);
    for (i = 0; i < 20000; i++) {
        snprintf(name, sizeof(name), "key-%u", i);
        assert_true(take(&nodes[0], name, 5, 60, 2, START));
    }
    assert_int_equal(collect(&nodes[0]), 0);
    assert_int_equal(nodes[0].peers[1].backlog.used, 20000);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_true(nodes[0].peers[1].number >= 20000 / PEER_CHANGES_MAX);
    for (i = 0; i < 20000; i++) {
        snprintf(name, sizeof(name), "key-%u", i);
        missing += used(&nodes[1], name, 5, 60, START) != 2;
    }
    assert_int_equal(missing, 0);
    end(nodes, 2);
}

static void another_secret_begins_all_counts_anew(void **state)
{
    uint8_t other[16] = {1, 2, 3}, has[16];
    struct node nodes[1];
    struct rate_counters counters;
    uint64_t n, bytes;

    (void)state;
    begin(nodes, 1);
    assert_true(take(&nodes[0], "a", 1, 60, 1, START));
    assert_true(take(&nodes[0], "b", 100, 60, 1, START));
    rate_limiter_rekey(nodes[0].limiter, other);
    rate_limiter_secret(nodes[0].limiter, has);
    assert_memory_equal(has, other, 16);
    rate_limiter_totals(nodes[0].limiter, &counters, &n, &bytes);
    assert_int_equal(n, 0);
    assert_int_equal(bytes, 0);
    assert_true(take(&nodes[0], "a", 1, 60, 1, START));
    assert_false(take(&nodes[0], "a", 1, 60, 1, START));
    end(nodes, 1);
}

/* A forgotten sender's session is another one's; whoever still talks keeps his. */
static void there_is_a_bound_to_the_sessions(void **state)
{
    struct peer_head head = {0};
    struct peer_receipt receipt;
    struct peer_answer answer;
    struct node nodes[2];
    struct buf message;
    int i;

    (void)state;
    begin(nodes, 2);
    buf_init(&message, PEER_MESSAGE_MAX);
    for (i = 0; i < 3 * PEER_SESSIONS; i++) {
        head.sender[0] = (uint8_t)i;
        head.sender[1] = 1;
        assert_int_equal(peer_message_write(&keys, &head, NULL, START, &message), 0);
        peer_inbox_take(&nodes[1].inbox, (uint8_t *)message.data, message.len, START, &receipt);
        assert_int_equal(peer_answer_read(&keys, receipt.answer, PEER_ANSWER_BYTES, &answer), 0);
        assert_int_equal(answer.result, PEER_SESSION);
        take(&nodes[0], "a", 1000, 60, 1, START);
        collect(&nodes[0]);
        tell(&nodes[0], &nodes[1], 1, START, 0);
    }
    assert_int_equal(used(&nodes[1], "a", 1000, 60, START), 3 * PEER_SESSIONS);
    buf_free(&message);
    end(nodes, 2);
}

/* ---- the promise: a model of all calls */

#define MODEL_CALLS 400000

struct model_call {
    int64_t at;
    int node;
    uint32_t cost;
};

static struct model_call calls[MODEL_CALLS];

struct model {
    struct node nodes[NODES];
    uint32_t max, window_s;
    int64_t delay; /* between two exchanges at most; the way takes no time */
    int64_t told[NODES][NODES];
    int n, window_begin;
    uint64_t in_window, random;
    uint64_t excess_most;
};

/* What the other nodes have admitted since they told this one last. */
static uint64_t untold(const struct model *m, int node)
{
    uint64_t sum = 0;
    int64_t oldest = INT64_MAX;
    int i;

    for (i = 0; i < NODES; i++)
        if (i != node && m->told[i][node] < oldest)
            oldest = m->told[i][node];
    for (i = m->n - 1; i >= 0 && calls[i].at >= oldest; i--)
        if (calls[i].node != node && calls[i].at >= m->told[calls[i].node][node])
            sum += calls[i].cost;
    return sum;
}

static void admit(struct model *m, int node, uint32_t cost, int64_t now)
{
    uint64_t bound = m->max + untold(m, node);

    if (!take(&m->nodes[node], "k", m->max, m->window_s, cost, now))
        return;
    if (m->n == MODEL_CALLS)
        return;
    calls[m->n++] = (struct model_call){now, node, cost};
    m->in_window += cost;
    for (; calls[m->window_begin].at < now - m->window_s * SECOND; m->window_begin++)
        m->in_window -= calls[m->window_begin].cost;
    assert_true(m->in_window <= bound);
    if (m->in_window > m->max && m->in_window - m->max > m->excess_most)
        m->excess_most = m->in_window - m->max;
}

static void run_model(uint32_t max, uint32_t window_s, int64_t delay, uint64_t seed)
{
    struct model *m = calloc(1, sizeof(*m));
    int64_t now = START, last[NODES][NODES] = {{0}};
    int i, j, step;

    assert_non_null(m);
    m->max = max;
    m->window_s = window_s;
    m->delay = delay;
    m->random = seed;
    begin(m->nodes, NODES);
    for (i = 0; i < NODES; i++)
        for (j = 0; j < NODES; j++)
            m->told[i][j] = last[i][j] = now;
    for (step = 0; step < 30000; step++) {
        now += (int64_t)(unit_random(&m->random) % (uint64_t)(window_s * SECOND / max / 2 + 1));
        admit(m, (int)(unit_random(&m->random) % NODES),
              1 + (uint32_t)(unit_random(&m->random) % (max > 3 ? 3 : 1)), now);
        i = (int)(unit_random(&m->random) % NODES);
        j = (int)(unit_random(&m->random) % NODES);
        if (i == j)
            continue;
        for (; now - last[i][j] >= delay || unit_random(&m->random) % 8 == 0;) {
            int loss = (int)(unit_random(&m->random) % 6), counted;

            last[i][j] = now;
            collect(&m->nodes[i]);
            counted = tell(&m->nodes[i], &m->nodes[j], j, now, loss > 3 ? 0 : loss);
            if (counted >= 0 && m->nodes[i].peers[j].has_session &&
                m->nodes[i].peers[j].count == 0 && m->nodes[i].peers[j].backlog.used == 0)
                m->told[i][j] = now;
            break;
        }
    }
    assert_true(m->n > 1000);
    end(m->nodes, NODES);
    free(m);
}

static void all_nodes_admit_the_limit_and_what_was_not_told_yet(void **state)
{
    uint64_t seed;

    (void)state;
    for (seed = 1; seed <= 4; seed++) {
        run_model(5, 1, SECOND / 10, seed);
        run_model(32, 1, SECOND / 10, seed + 10);
        run_model(100, 10, SECOND, seed + 20);
        run_model(1000, 60, SECOND / 10, seed + 30);
        run_model(300, 1, 2 * SECOND, seed + 40); /* longer than the window */
    }
}

static void a_list_of_peers_is_read_strictly(void **state)
{
    static const char *const good[] = {"", "  ", "https://a", "https://a/ , http://10.0.0.2:8080",
                                       "https://a/base/"};
    static const char *const bad[] = {
        "a",       "https://a,",    ",https://a",    "https://a,,https://b", "https://a,https://a/",
        "ftp://a", "https://u:p@a", "https://a?b=c", "https://a b"};
    struct peer_list list;
    struct error err;
    char many[1024] = "";
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(good); i++)
        assert_int_equal(peer_list_parse(good[i], &list, &err), 0);
    assert_string_equal(list.url[0], "https://a/base");
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        memset(&err, 0, sizeof(err));
        assert_int_equal(peer_list_parse(bad[i], &list, &err), -1);
        assert_true(err.text[0] != '\0');
    }
    for (i = 0; i <= PEERS_MAX; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "%shttps://n%zu", i ? "," : "",
                 i);
    assert_int_equal(peer_list_parse(many, &list, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_admits_the_other_counts),
        cmocka_unit_test(a_message_counts_once_however_often_it_comes),
        cmocka_unit_test(a_recorded_message_is_nothing_to_another_life_or_node),
        cmocka_unit_test(what_is_forged_or_mangled_is_refused_and_counts_nothing),
        cmocka_unit_test(what_cannot_be_counted_is_refused_whole),
        cmocka_unit_test(refunds_and_resets_travel),
        cmocka_unit_test(token_buckets_are_emptied_together),
        cmocka_unit_test(what_a_peer_missed_it_is_told_as_far_as_it_still_counts),
        cmocka_unit_test(more_keys_than_there_is_room_for_are_dropped_and_counted),
        cmocka_unit_test(a_burst_of_keys_goes_in_several_messages),
        cmocka_unit_test(another_secret_begins_all_counts_anew),
        cmocka_unit_test(there_is_a_bound_to_the_sessions),
        cmocka_unit_test(all_nodes_admit_the_limit_and_what_was_not_told_yet),
        cmocka_unit_test(a_list_of_peers_is_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
