#include "zone.h"

#include <stdlib.h>
#include <string.h>

#include "zone_internal.h"

#define FILE_MAX ((size_t)1024 * 1024)
#define HEADER_SIZE 44
#define TYPE_SIZE 6
#define TYPES_MAX 256 /* an index is one byte */

/* One of the one or two blocks of a file (RFC 9636 section 3). */
struct block {
    size_t leap_count, time_count, type_count, char_count;
    size_t time_size; /* of a time: 4 in the first block, 8 in the second */
    size_t size;      /* with its header */
    const unsigned char *times, *indices, *types, *leaps;
};

static uint32_t read_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int32_t read_i32(const unsigned char *p)
{
    uint32_t value = read_u32(p);

    return value <= INT32_MAX ? (int32_t)value : (int32_t)(value - INT32_MAX - 1) + INT32_MIN;
}

static int64_t read_time(const unsigned char *p, size_t time_size)
{
    if (time_size == 4)
        return read_i32(p);
    return (int64_t)read_i32(p) * 4294967296LL + read_u32(p + 4);
}

/* Does a whole block begin here? Its counts are checked against each other only where it is used:
   the first block of a file with two is a stub at times. */
static bool block_open(struct block *block, const unsigned char *bytes, size_t len,
                       size_t time_size, bool used)
{
    size_t ut_count, std_count;

    if (len < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0)
        return false;
    ut_count = read_u32(bytes + 20);
    std_count = read_u32(bytes + 24);
    block->leap_count = read_u32(bytes + 28);
    block->time_count = read_u32(bytes + 32);
    block->type_count = read_u32(bytes + 36);
    block->char_count = read_u32(bytes + 40);
    block->time_size = time_size;
    /* With no count above the file's size no product or sum below can wrap. */
    if (ut_count > len || std_count > len || block->leap_count > len || block->time_count > len ||
        block->type_count > len || block->char_count > len)
        return false;
    block->size = HEADER_SIZE + block->time_count * (time_size + 1) +
                  block->type_count * TYPE_SIZE + block->char_count +
                  block->leap_count * (time_size + 4) + std_count + ut_count;
    if (block->size > len)
        return false;
    block->times = bytes + HEADER_SIZE;
    block->indices = block->times + block->time_count * time_size;
    block->types = block->indices + block->time_count;
    block->leaps = block->types + block->type_count * TYPE_SIZE + block->char_count;
    return !used || (block->type_count > 0 && block->type_count <= TYPES_MAX &&
                     block->char_count > 0 && (ut_count == 0 || ut_count == block->type_count) &&
                     (std_count == 0 || std_count == block->type_count));
}

static bool read_types(const struct block *block, int32_t offsets[TYPES_MAX])
{
    size_t i;

    for (i = 0; i < block->type_count; i++) {
        const unsigned char *type = block->types + i * TYPE_SIZE;

        offsets[i] = read_i32(type);
        if (offsets[i] < ZONE_OFFSET_MIN || offsets[i] > ZONE_OFFSET_MAX || type[4] > 1 ||
            type[5] >= block->char_count)
            return false;
    }
    return true;
}

/* Transitions, ascending. A file that counts leap seconds (the "right" ones) has its times ahead of
   UTC by the correction of the last leap second before each. */
static bool read_transitions(const struct block *block, const int32_t offsets[TYPES_MAX],
                             struct zone *zone)
{
    size_t i, leap = 0, leap_size = block->time_size + 4;
    int64_t at, correction = 0;

    for (i = 0; i < block->time_count; i++) {
        at = read_time(block->times + i * block->time_size, block->time_size);
        for (; leap < block->leap_count; leap++) {
            const unsigned char *record = block->leaps + leap * leap_size;

            if (read_time(record, block->time_size) > at)
                break;
            correction = read_i32(record + block->time_size);
        }
        if (__builtin_sub_overflow(at, correction, &zone->at[i]) ||
            block->indices[i] >= block->type_count || (i > 0 && zone->at[i] <= zone->at[i - 1]))
            return false;
        zone->offset[i] = offsets[block->indices[i]];
    }
    zone->count = block->time_count;
    zone->before = offsets[0];
    return true;
}

/* "\n" TZ string "\n"; the string may be empty. */
static bool read_footer(const unsigned char *bytes, size_t len, struct zone *zone)
{
    const char *text, *end;

    if (len < 2 || bytes[0] != '\n')
        return false;
    text = (const char *)bytes + 1;
    end = memchr(text, '\n', len - 1);
    if (!end)
        return false;
    zone->has_rule = end > text;
    return end == text || posix_rule_parse(text, (size_t)(end - text), &zone->rule) == 0;
}

struct zone *zone_from_tzif(const unsigned char *bytes, size_t len, struct error *err)
{
    int32_t offsets[TYPES_MAX];
    struct zone *zone = NULL;
    struct block block;
    bool second;

    if (!bytes || len < HEADER_SIZE || len > FILE_MAX || memcmp(bytes, "TZif", 4) != 0)
        goto malformed;
    second = bytes[4] >= '2' && bytes[4] <= '4';
    if ((!second && bytes[4] != 0) || !block_open(&block, bytes, len, 4, !second))
        goto malformed;
    if (second) {
        bytes += block.size;
        len -= block.size;
        if (!block_open(&block, bytes, len, 8, true))
            goto malformed;
    }
    zone = calloc(1, sizeof(*zone));
    if (zone) {
        zone->at = calloc(block.time_count + 1, sizeof(*zone->at));
        zone->offset = calloc(block.time_count + 1, sizeof(*zone->offset));
    }
    if (!zone || !zone->at || !zone->offset) {
        error_set(err, ERROR_MEMORY, "out of memory for a time zone");
        zone_destroy(zone);
        return NULL;
    }
    if (!read_types(&block, offsets) || !read_transitions(&block, offsets, zone) ||
        (second && !read_footer(bytes + block.size, len - block.size, zone)))
        goto malformed;
    return zone;

malformed:
    error_set(err, ERROR_INPUT, "this is not a well-formed time zone file (TZif)");
    zone_destroy(zone);
    return NULL;
}
