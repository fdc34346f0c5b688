/* dump.c - see dump.h. */
#include "dump.h"

#include <string.h>

#include "siphash.h"

#define MAGIC "PURSRL\0\2" /* the last byte is the version */

struct head {
    char magic[8];
    uint8_t secret[16];
    struct rate_moment saved;
    uint64_t reserved;
};

struct tail {
    uint64_t records;
    struct sip128 checksum; /* of all before it, keyed with the secret */
};

/* A record and its body, of which only as much is written as its size has. */
struct saved {
    struct rate_record record;
    union rate_body body;
};

static size_t saved_bytes(const struct rate_record *record)
{
    return sizeof(*record) + rate_body_bytes(record->size);
}

int64_t rate_elapsed(const struct rate_moment *saved, const struct rate_moment *now)
{
    bool same_boot = saved->boot_id[0] && strcmp(saved->boot_id, now->boot_id) == 0;
    int64_t passed = same_boot ? now->boot_ns - saved->boot_ns : now->wall_ns - saved->wall_ns;

    return passed > 0 ? passed : 0;
}

size_t rate_dump_shard_max(struct rate_limiter *limiter)
{
    const struct rate_shard *shard = rate_limiter_shard(limiter, 0);

    return shard->groups * sizeof(struct rate_group) + (size_t)shard->page_count * RATE_PAGE_BYTES;
}

/* The checksum is a chain over the pieces, so that nothing needs to lie in memory whole. */
static void add_to(struct sip128 *checksum, const void *bytes, size_t len)
{
    *checksum = siphash13(*checksum, bytes, len);
}

static int dump_shard(struct rate_shard *shard, struct buf *scratch, uint64_t *records)
{
    struct rate_record *record;
    uint32_t cursor = 0;

    buf_clear(scratch);
    if (buf_reserve(scratch, scratch->max) != 0) /* nothing is allocated under the lock */
        return -1;
    pthread_mutex_lock(&shard->lock);
    while ((record = rate_store_next(shard, &cursor)) != NULL) {
        if (buf_append(scratch, record, sizeof(*record)) != 0 ||
            (record->size != RATE_TOKENS && buf_append(scratch, rate_store_body(shard, record),
                                                       rate_body_bytes(record->size)) != 0))
            break;
        (*records)++;
    }
    pthread_mutex_unlock(&shard->lock);
    return scratch->failed ? -1 : 0;
}

int rate_dump(struct rate_limiter *limiter, const struct rate_moment *now, struct buf *scratch,
              rate_dump_write *write, void *context)
{
    struct head head = {.magic = MAGIC, .saved = *now};
    struct tail tail = {0};
    uint64_t len;
    unsigned i;

    rate_limiter_secret(limiter, head.secret);
    add_to(&tail.checksum, &head, sizeof(head));
    if (write(context, &head, sizeof(head)) != 0)
        return -1;
    for (i = 0; i < rate_limiter_shards(limiter); i++) {
        if (dump_shard(rate_limiter_shard(limiter, i), scratch, &tail.records) != 0)
            return -1;
        len = scratch->len;
        if (len == 0)
            continue;
        add_to(&tail.checksum, &len, sizeof(len));
        add_to(&tail.checksum, scratch->data, scratch->len);
        if (write(context, &len, sizeof(len)) != 0 ||
            write(context, scratch->data, scratch->len) != 0)
            return -1;
    }
    len = 0;
    return write(context, &len, sizeof(len)) != 0 || write(context, &tail, sizeof(tail)) != 0 ? -1
                                                                                              : 0;
}

/* The next piece. @return its length, 0 at the end, SIZE_MAX where the bytes are cut off */
static size_t next_piece(const uint8_t *bytes, size_t len, size_t *at)
{
    uint64_t piece;

    if (len - *at < sizeof(piece))
        return SIZE_MAX;
    memcpy(&piece, bytes + *at, sizeof(piece));
    *at += sizeof(piece);
    return piece <= len - *at ? (size_t)piece : SIZE_MAX;
}

static bool is_record(const struct saved *saved)
{
    const struct rate_record *record = &saved->record;

    if ((record->kind == RATE_GCRA) != (record->key & RATE_KEY_TOKENS))
        return false;
    if (record->size == RATE_TOKENS)
        return record->kind == RATE_GCRA && record->moment >= 0 && record->moment < INT64_MAX / 2 &&
               record->window_s <= 96;
    return window_is_sound(record, &saved->body);
}

/* @return the first record's size, 0 where it is none */
static size_t read_record(const uint8_t *bytes, size_t len, struct saved *saved)
{
    size_t whole;

    memset(saved, 0, sizeof(*saved));
    if (len < sizeof(saved->record))
        return 0;
    memcpy(&saved->record, bytes, sizeof(saved->record));
    whole = saved_bytes(&saved->record);
    if (len < whole)
        return 0;
    memcpy(&saved->body, bytes + sizeof(saved->record), whole - sizeof(saved->record));
    return is_record(saved) ? whole : 0;
}

bool rate_dump_begins(const uint8_t *bytes, size_t len)
{
    return len >= RATE_DUMP_MAGIC && memcmp(bytes, MAGIC, RATE_DUMP_MAGIC) == 0;
}

int rate_dump_check(const uint8_t *bytes, size_t len, uint8_t secret[16], struct error *err)
{
    size_t at = sizeof(struct head), piece, used, offset;
    struct saved saved;
    struct tail tail, found = {0};
    struct head head;
    uint64_t n;

    if (len < sizeof(head) || memcmp(bytes, MAGIC, sizeof(head.magic)) != 0)
        return error_set(err, ERROR_INPUT, "it is not a file of rate limits of this version");
    memcpy(&head, bytes, sizeof(head));
    add_to(&found.checksum, &head, sizeof(head));
    while ((piece = next_piece(bytes, len, &at)) != 0 && piece != SIZE_MAX) {
        n = piece;
        add_to(&found.checksum, &n, sizeof(n));
        add_to(&found.checksum, bytes + at, piece);
        for (offset = 0; offset < piece; offset += used, found.records++) {
            used = read_record(bytes + at + offset, piece - offset, &saved);
            if (used == 0)
                return error_set(err, ERROR_INPUT, "it is damaged at byte %zu", at + offset);
        }
        at += piece;
    }
    if (piece == SIZE_MAX || len - at != sizeof(tail))
        return error_set(err, ERROR_INPUT, "it is cut off");
    memcpy(&tail, bytes + at, sizeof(tail));
    if (memcmp(&tail.checksum, &found.checksum, sizeof(tail.checksum)) != 0 ||
        tail.records != found.records)
        return error_set(err, ERROR_INPUT, "its checksum is wrong");
    if (head.saved.clock < 0 || head.saved.clock > INT64_MAX / 4 ||
        memchr(head.saved.boot_id, '\0', sizeof(head.saved.boot_id)) == NULL)
        return error_set(err, ERROR_INPUT, "its head is damaged");
    memcpy(secret, head.secret, sizeof(head.secret));
    return 0;
}

static bool restore_one(struct rate_limiter *limiter, struct saved *saved, int64_t by, int64_t now)
{
    struct rate_record *record = &saved->record, *place;
    struct rate_shard *shard = rate_limiter_shard_of(limiter, record->key);
    bool wanted;

    if (record->kind == RATE_GCRA) {
        record->moment = record->moment + by > 0 ? record->moment + by : 0;
        wanted = !gcra_is_full(record, now);
    } else {
        window_shift(record, &saved->body, by, now);
        wanted = !window_is_empty(record, &saved->body, now);
    }
    pthread_mutex_lock(&shard->lock);
    if (wanted && !rate_store_find(shard, record->key)) {
        place = rate_store_add(shard, record->key, (enum rate_size)record->size, now);
        record->body = place->body; /* or when it was used */
        record->hits = 0;
        *place = *record;
        if (record->kind != RATE_GCRA)
            memcpy(rate_store_body(shard, place), &saved->body, rate_body_bytes(record->size));
    } else {
        wanted = false;
    }
    pthread_mutex_unlock(&shard->lock);
    return wanted;
}

uint64_t rate_restore(struct rate_limiter *limiter, const uint8_t *bytes, size_t len,
                      const struct rate_moment *now)
{
    size_t at = sizeof(struct head), piece, offset;
    struct saved saved;
    struct head head;
    uint64_t restored = 0;
    int64_t by;

    memcpy(&head, bytes, sizeof(head));
    /* What was at head.saved.clock is now that much before now->clock. */
    by = now->clock - rate_elapsed(&head.saved, now) - head.saved.clock;
    while ((piece = next_piece(bytes, len, &at)) != 0 && piece != SIZE_MAX) {
        for (offset = 0; offset < piece; offset += saved_bytes(&saved.record)) {
            if (read_record(bytes + at + offset, piece - offset, &saved) == 0)
                return restored;
            restored += restore_one(limiter, &saved, by, now->clock);
        }
        at += piece;
    }
    return restored;
}
