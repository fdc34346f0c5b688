/* message.c - see message.h. */
#include "message.h"

#include <string.h>

#include "../../udf/crypto.h"
#include "../../udf/ratelimit/share.h"

#define MILLISECOND 1000000
#define RESET_BIT (1u << 28)
#define WINDOW_BITS (RESET_BIT - 1)

static const char message_magic[8] = "PURSPR\0\1", answer_magic[8] = "PURSPA\0\1";

/* ---- numbers */

static void put32(uint8_t *to, uint32_t value)
{
    int i;

    for (i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void put64(uint8_t *to, uint64_t value)
{
    put32(to, (uint32_t)value);
    put32(to + 4, (uint32_t)(value >> 32));
}

static uint32_t get32(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

static uint64_t get64(const uint8_t *from)
{
    return get32(from) | (uint64_t)get32(from + 4) << 32;
}

/* ---- keys */

static int mac_of(const void *key, size_t key_len, const char *what, const void *bytes, size_t len,
                  uint8_t out[PEER_MAC_BYTES])
{
    struct crypto_piece pieces[] = {{what, strlen(what) + 1}, {bytes, len}};
    unsigned char mac[CRYPTO_DIGEST_MAX];

    if (crypto_hmac(CRYPTO_SHA256, key, key_len, pieces, 2, mac) != 0)
        return -1;
    memcpy(out, mac, PEER_MAC_BYTES);
    explicit_bzero(mac, sizeof(mac));
    return 0;
}

int peer_keys_derive(const char *secret, size_t len, struct peer_keys *keys, struct error *err)
{
    uint8_t hash[PEER_MAC_BYTES];

    memset(keys, 0, sizeof(*keys));
    if (len < PEER_SECRET_MIN || len > PEER_SECRET_MAX)
        return error_set(err, ERROR_CONFIG,
                         "rate_limits.peer_secret must be %d to %d characters long",
                         PEER_SECRET_MIN, PEER_SECRET_MAX);
    if (mac_of(secret, len, "purser peers: messages", "", 0, keys->messages) != 0 ||
        mac_of(secret, len, "purser peers: keys", "", 0, hash) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    memcpy(keys->hash, hash, sizeof(keys->hash));
    explicit_bzero(hash, sizeof(hash));
    return 0;
}

static int sign(const struct peer_keys *keys, const char *what, const void *bytes, size_t len,
                uint8_t mac[PEER_MAC_BYTES])
{
    return mac_of(keys->messages, sizeof(keys->messages), what, bytes, len, mac);
}

/* ---- messages */

static void write_change(const struct rate_change *change, int64_t now,
                         uint8_t to[PEER_CHANGE_BYTES])
{
    int64_t age = (now - change->moment) / MILLISECOND;

    put64(to, change->key);
    put64(to + 8, (uint64_t)change->amount);
    put32(to + 16, age < 0 ? 0 : age > UINT32_MAX ? UINT32_MAX : (uint32_t)age);
    put32(to + 20, change->max);
    put32(to + 24, change->window_s | (change->reset ? RESET_BIT : 0));
    put32(to + 28, change->step);
}

int peer_message_write(const struct peer_keys *keys, const struct peer_head *head,
                       const struct rate_change *changes, int64_t now, struct buf *to)
{
    uint8_t bytes[PEER_HEAD_BYTES] = {0}, mac[PEER_MAC_BYTES];
    uint32_t i;

    buf_clear(to);
    memcpy(bytes, message_magic, sizeof(message_magic));
    memcpy(bytes + 8, head->sender, PEER_ID);
    memcpy(bytes + 24, head->session, PEER_ID);
    put64(bytes + 40, head->number);
    put32(bytes + 48, head->count);
    buf_append(to, bytes, PEER_HEAD_BYTES);
    for (i = 0; i < head->count; i++) {
        write_change(&changes[i], now, bytes);
        buf_append(to, bytes, PEER_CHANGE_BYTES);
    }
    if (to->failed || sign(keys, "rates", to->data, to->len, mac) != 0)
        return -1;
    return buf_append(to, mac, sizeof(mac));
}

void peer_message_change(const uint8_t *bytes, uint32_t i, int64_t now, struct rate_change *change)
{
    const uint8_t *from = bytes + PEER_HEAD_BYTES + (size_t)i * PEER_CHANGE_BYTES;
    uint32_t window = get32(from + 24);
    int64_t moment = now - (int64_t)get32(from + 16) * MILLISECOND;

    memset(change, 0, sizeof(*change));
    change->key = get64(from);
    change->amount = (int64_t)get64(from + 8);
    change->moment = moment > 0 ? moment : 1;
    change->max = get32(from + 20);
    change->window_s = window & WINDOW_BITS;
    change->reset = (window & RESET_BIT) != 0;
    change->step = get32(from + 28);
}

static bool is_sound(const uint8_t *bytes, uint32_t i)
{
    const uint8_t *from = bytes + PEER_HEAD_BYTES + (size_t)i * PEER_CHANGE_BYTES;
    struct rate_change change;

    if (get32(from + 24) & ~(WINDOW_BITS | RESET_BIT))
        return false;
    peer_message_change(bytes, i, RATE_CLOCK_BASE, &change);
    return rate_share_is_sound(&change);
}

int peer_message_check(const struct peer_keys *keys, const uint8_t *bytes, size_t len,
                       struct peer_head *head, struct error *err)
{
    uint8_t mac[PEER_MAC_BYTES];
    uint32_t i;

    memset(head, 0, sizeof(*head));
    if (len < PEER_HEAD_BYTES + PEER_MAC_BYTES || len > PEER_MESSAGE_MAX ||
        memcmp(bytes, message_magic, sizeof(message_magic)) != 0)
        return error_set(err, ERROR_INPUT, "it is no message of this version");
    len -= PEER_MAC_BYTES;
    if (sign(keys, "rates", bytes, len, mac) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (!crypto_equal(mac, bytes + len, sizeof(mac)))
        return error_set(err, ERROR_AUTH, "it is not signed with this node's secret");
    memcpy(head->sender, bytes + 8, PEER_ID);
    memcpy(head->session, bytes + 24, PEER_ID);
    head->number = get64(bytes + 40);
    head->count = get32(bytes + 48);
    if (head->count > PEER_CHANGES_MAX || get32(bytes + 52) != 0 ||
        len != PEER_HEAD_BYTES + (size_t)head->count * PEER_CHANGE_BYTES)
        return error_set(err, ERROR_INPUT, "its length is wrong");
    for (i = 0; i < head->count; i++)
        if (!is_sound(bytes, i))
            return error_set(err, ERROR_INPUT, "a change in it cannot be counted");
    return 0;
}

/* ---- answers */

int peer_answer_write(const struct peer_keys *keys, const struct peer_answer *answer,
                      uint8_t bytes[PEER_ANSWER_BYTES])
{
    memset(bytes, 0, PEER_ANSWER_BYTES);
    memcpy(bytes, answer_magic, sizeof(answer_magic));
    put32(bytes + 8, (uint32_t)answer->result);
    memcpy(bytes + 16, answer->receiver, PEER_ID);
    memcpy(bytes + 32, answer->sender, PEER_ID);
    memcpy(bytes + 48, answer->session, PEER_ID);
    put64(bytes + 64, answer->number);
    return sign(keys, "answer", bytes, PEER_ANSWER_BYTES - PEER_MAC_BYTES,
                bytes + PEER_ANSWER_BYTES - PEER_MAC_BYTES);
}

int peer_answer_read(const struct peer_keys *keys, const uint8_t *bytes, size_t len,
                     struct peer_answer *answer)
{
    uint8_t mac[PEER_MAC_BYTES];
    uint32_t result;

    memset(answer, 0, sizeof(*answer));
    if (len != PEER_ANSWER_BYTES || memcmp(bytes, answer_magic, sizeof(answer_magic)) != 0)
        return -1;
    len -= PEER_MAC_BYTES;
    if (sign(keys, "answer", bytes, len, mac) != 0 || !crypto_equal(mac, bytes + len, sizeof(mac)))
        return -1;
    result = get32(bytes + 8);
    if (result < PEER_COUNTED || result > PEER_MYSELF)
        return -1;
    answer->result = (enum peer_result)result;
    memcpy(answer->receiver, bytes + 16, PEER_ID);
    memcpy(answer->sender, bytes + 32, PEER_ID);
    memcpy(answer->session, bytes + 48, PEER_ID);
    answer->number = get64(bytes + 64);
    return 0;
}
