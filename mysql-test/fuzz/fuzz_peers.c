/*
  fuzz_peers.c - what other nodes tell of their rate limits: clang's libFuzzer, with
  AddressSanitizer and UBSan. The first byte chooses what is tried: any bytes as a message, as an
  answer, as changes behind a good head and signature, as a list of peers; changes and calls on two
  limiters.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/peers/inbox.h"
#include "../../plugin/peers/list.h"
#include "../../plugin/peers/peer.h"
#include "../../udf/ratelimit/dump.h"
#include "../../udf/ratelimit/share.h"

#define MEMORY (1u << 20)
#define NOW (RATE_CLOCK_BASE + 5000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char secret[] = "a secret of thirty-two characters";
static const uint8_t life[PEER_ID] = {1};
static struct peer_keys keys;

static void must(int holds)
{
    if (!holds)
        abort();
}

static struct rate_limiter *create(void)
{
    struct rate_limiter *limiter = rate_limiter_create(MEMORY, keys.hash, NULL);

    must(limiter != NULL);
    return limiter;
}

static int append(void *context, const void *bytes, size_t len)
{
    return buf_append(context, bytes, len);
}

/* Whatever was counted can be saved, and what is saved can be read. */
static void check(struct rate_limiter *limiter)
{
    struct rate_moment now = {.clock = NOW};
    struct buf scratch, out;
    uint8_t found[16];

    buf_init(&out, 8 * MEMORY);
    buf_init(&scratch, rate_dump_shard_max(limiter));
    must(rate_dump(limiter, &now, &scratch, append, &out) == 0);
    must(rate_dump_check((const uint8_t *)out.data, out.len, found, NULL) == 0);
    buf_free(&scratch);
    buf_free(&out);
}

static void message(const uint8_t *data, size_t size)
{
    struct peer_inbox inbox = PEER_INBOX_INIT;
    struct peer_receipt receipt;
    struct rate_limiter *limiter = create();

    peer_inbox_open(&inbox, limiter, &keys, life);
    peer_inbox_take(&inbox, data, size, NOW, &receipt);
    must(receipt.status == 400 || receipt.status == 401);
    rate_limiter_destroy(limiter);
}

static void answer(const uint8_t *data, size_t size)
{
    struct peer_answer read;
    struct peer peer;

    must(peer_answer_read(&keys, data, size, &read) == -1);
    must(peer_init(&peer, "https://peer") == 0);
    must(peer_answered(&peer, &keys, life, data, size, 1) == -1);
    peer_deinit(&peer);
}

/* Changes of any values, well signed: they are refused whole, or all are counted. */
static void changes(const uint8_t *data, size_t size)
{
    struct rate_change change[64] = {{0}};
    struct peer_head head = {.sender = {9}};
    struct peer_inbox inbox = PEER_INBOX_INIT;
    struct peer_receipt receipt;
    struct peer_answer read;
    struct rate_limiter *limiter = create();
    struct buf text;
    size_t i;

    buf_init(&text, PEER_MESSAGE_MAX);
    peer_inbox_open(&inbox, limiter, &keys, life);
    must(peer_message_write(&keys, &head, NULL, NOW, &text) == 0);
    peer_inbox_take(&inbox, (uint8_t *)text.data, text.len, NOW, &receipt);
    must(peer_answer_read(&keys, receipt.answer, PEER_ANSWER_BYTES, &read) == 0);
    memcpy(head.session, read.session, PEER_ID);
    for (i = 0; i < 64 && size >= 29; i++, size -= 29, data += 29) {
        struct rate_change *c = &change[i];
        uint32_t window;

        c->key = data[0] & 7; /* few keys, so that they meet each other */
        memcpy(&c->amount, data + 1, 8);
        c->amount >>= data[0] >> 3 & 31;
        memcpy(&c->max, data + 9, 4);
        memcpy(&window, data + 13, 4);
        c->window_s = window & 0xfffffff;
        c->reset = data[17] & 1;
        memcpy(&c->step, data + 21, 4);
        c->moment = NOW - (int64_t)data[25] * 1000000000;
    }
    head.count = (uint32_t)i;
    head.number = 1;
    must(peer_message_write(&keys, &head, change, NOW, &text) == 0);
    peer_inbox_take(&inbox, (uint8_t *)text.data, text.len, NOW, &receipt);
    must(receipt.status == 200 ? receipt.counted && receipt.changes == i : receipt.status == 400);
    check(limiter);
    buf_free(&text);
    rate_limiter_destroy(limiter);
}

struct pair {
    struct rate_limiter *to;
    int64_t now;
};

static void hand_over(void *context, const struct rate_change *change)
{
    struct pair *pair = context;

    must(rate_share_is_sound(change));
    rate_share_add(pair->to, change, pair->now);
}

/* Calls of any kind at one limiter, whose changes another one counts. */
static void calls(const uint8_t *data, size_t size)
{
    struct rate_limiter *from = create();
    struct pair pair = {.to = create(), .now = NOW};
    struct rate_changes spare = {0};
    uint64_t dropped;

    must(rate_share_watch(from, true, NULL) == 0);
    for (; size >= 8; size -= 8, data += 8) {
        struct rate_subject who = {(const char *)&data[0], 1, "/", 1};
        struct rate_rule rule = {(uint32_t)data[2] << (data[3] & 15), 1 + data[4] % 100u};
        uint32_t cost = (uint32_t)data[5] << (data[3] >> 4);
        struct gcra_rule tokens;

        pair.now += (int64_t)data[6] * 10000000;
        if (data[1] % 8 == 0)
            rate_limiter_refund(from, &who, cost, pair.now);
        else if (data[1] % 8 == 1)
            rate_limiter_reset(from, &who, pair.now);
        else if (data[1] % 8 < 4 && gcra_rule("0.37", 4, rule.max + 1, &tokens, NULL) == 0)
            rate_limiter_take_tokens(from, &who, &tokens, cost, pair.now);
        else
            rate_limiter_take(from, rate_limiter_key(from, &who), &who, &rule, cost, false,
                              pair.now);
        if (data[7] & 1)
            must(rate_share_collect(from, &spare, hand_over, &pair, &dropped) == 0);
    }
    check(from);
    check(pair.to);
    rate_changes_deinit(&spare);
    rate_limiter_destroy(from);
    rate_limiter_destroy(pair.to);
}

static void list(const uint8_t *data, size_t size)
{
    char text[1024];
    struct peer_list parsed;
    struct error err = {0};

    size = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    must(peer_list_parse(text, &parsed, &err) == 0 ? parsed.count <= PEERS_MAX
                                                   : err.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    must(peer_keys_derive(secret, sizeof(secret) - 1, &keys, NULL) == 0);
    data++;
    size--;
    switch (data[-1] % 5) {
    case 0:
        message(data, size);
        break;
    case 1:
        answer(data, size);
        break;
    case 2:
        changes(data, size);
        break;
    case 3:
        calls(data, size);
        break;
    default:
        list(data, size);
    }
    return 0;
}
