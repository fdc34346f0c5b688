/* unit_zone.h - time zones for tests: the machine's, and ones that are put together here. */
#ifndef PURSER_UNIT_ZONE_H
#define PURSER_UNIT_ZONE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "../../udf/zone.h"
#include "unit.h"

#define ZONE_ROOT "/usr/share/zoneinfo"
#define ZONE_FILE_MAX (1024 * 1024)

/* A file's bytes; NULL where it cannot be read. free() it. */
static inline unsigned char *unit_read_file(const char *path, size_t *len)
{
    unsigned char *bytes = malloc(ZONE_FILE_MAX + 1);
    FILE *file = fopen(path, "rb");

    *len = 0;
    if (!file || !bytes) {
        if (file)
            fclose(file);
        free(bytes);
        return NULL;
    }
    *len = fread(bytes, 1, ZONE_FILE_MAX + 1, file);
    fclose(file);
    return bytes;
}

static inline struct zone *unit_zone_from_path(const char *path)
{
    struct error err = {0};
    size_t len;
    unsigned char *bytes = unit_read_file(path, &len);
    struct zone *zone = bytes ? zone_from_tzif(bytes, len, &err) : NULL;

    if (bytes && !zone)
        fail_msg("%s: %s", path, err.text);
    free(bytes);
    return zone;
}

/* A zone of this machine; skips the test where the machine has none. */
static inline struct zone *unit_zone(const char *name)
{
    char path[256];
    struct zone *zone;

    snprintf(path, sizeof(path), ZONE_ROOT "/%s", name);
    zone = unit_zone_from_path(path);
    if (!zone)
        skip();
    return zone;
}

struct unit_transition {
    int64_t at;
    unsigned char type;
};

struct unit_leap {
    int64_t at;
    int32_t correction;
};

/* What a TZif file is to say; write it with unit_tzif. */
struct unit_tzif {
    char version; /* '2' to '4'; 0 for version 1 */
    size_t types, transitions, leaps;
    int32_t offsets[8];
    struct unit_transition transition[8];
    struct unit_leap leap[8];
    const char *footer;
};

static inline unsigned char *unit_put(unsigned char *p, uint64_t value, int bytes)
{
    while (bytes-- > 0)
        *p++ = (unsigned char)(value >> (8 * bytes));
    return p;
}

static inline unsigned char *unit_put_header(unsigned char *p, char version, size_t leaps,
                                             size_t transitions, size_t types)
{
    memset(p, 0, 44);
    memcpy(p, "TZif", 4);
    p[4] = (unsigned char)version;
    p = unit_put(p + 28, leaps, 4);
    p = unit_put(p, transitions, 4);
    p = unit_put(p, types, 4);
    return unit_put(p, 4, 4);
}

/* @return length in bytes, of which there must be room for 1000 */
static inline size_t unit_tzif(const struct unit_tzif *file, unsigned char *bytes)
{
    unsigned char *p = bytes;
    int size = file->version ? 8 : 4;
    size_t i;

    if (file->version) { /* a stub in front, as "zic -b slim" writes it */
        p = unit_put_header(p, file->version, 0, 0, 1);
        memset(p, 0, 6 + 4);
        p += 6 + 4;
    }
    p = unit_put_header(p, file->version, file->leaps, file->transitions, file->types);
    for (i = 0; i < file->transitions; i++)
        p = unit_put(p, (uint64_t)file->transition[i].at, size);
    for (i = 0; i < file->transitions; i++)
        *p++ = file->transition[i].type;
    for (i = 0; i < file->types; i++)
        p = unit_put(unit_put(p, (uint32_t)file->offsets[i], 4), 0, 2);
    memcpy(p, "ABC", 4);
    p += 4;
    for (i = 0; i < file->leaps; i++) {
        p = unit_put(p, (uint64_t)file->leap[i].at, size);
        p = unit_put(p, (uint32_t)file->leap[i].correction, 4);
    }
    if (file->version)
        p += snprintf((char *)p, 100, "\n%s\n", file->footer ? file->footer : "");
    return (size_t)(p - bytes);
}

/* Read through a copy of just this size, so that the address sanitizer sees a byte too many. */
static inline struct zone *unit_zone_from_bytes(const unsigned char *bytes, size_t len,
                                                struct error *err)
{
    unsigned char *copy = malloc(len ? len : 1);
    struct zone *zone;

    memcpy(copy, bytes, len);
    zone = zone_from_tzif(copy, len, err);
    free(copy);
    return zone;
}

static inline struct zone *unit_zone_of(const struct unit_tzif *file)
{
    unsigned char bytes[1000];

    return unit_zone_from_bytes(bytes, unit_tzif(file, bytes), NULL);
}

/* A zone of nothing but a POSIX TZ string. */
static inline struct zone *unit_zone_by_rule(const char *rule)
{
    struct unit_tzif file = {.version = '3', .types = 1, .footer = rule};

    return unit_zone_of(&file);
}

/* A moment, or a wall-clock time, by its text in ISO 8601. */
static inline int64_t unit_moment(const char *text)
{
    int64_t moment;

    if (timestamp_parse(text, strlen(text), &moment, NULL) != 0)
        fail_msg("not a time stamp: %s", text);
    return moment;
}

static inline int32_t unit_day(const char *text)
{
    int32_t day;

    if (date_parse(text, strlen(text), &day, NULL) != 0)
        fail_msg("not a date: %s", text);
    return day;
}

#endif
