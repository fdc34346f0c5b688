/* record.c - see record.h. */
#include "record.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

static const char *const names[] = {
    [RECORD_CAPTURED] = "captured",   [RECORD_AUTHORIZED] = "authorized",
    [RECORD_PENDING] = "pending",     [RECORD_FAILED] = "failed",
    [RECORD_CANCELLED] = "cancelled", [RECORD_REFUNDED] = "refunded",
    [RECORD_NOT_FOUND] = "not_found", [RECORD_UNKNOWN] = "unknown",
};
#define NAMES (sizeof(names) / sizeof(names[0]))

const char *record_status_name(enum record_status status)
{
    return (size_t)status < NAMES ? names[status] : "unknown";
}

enum record_status record_status_from_name(const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < NAMES; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return (enum record_status)i;
    return RECORD_UNKNOWN;
}

int record_set_text(char *field, size_t size, const char *text, const char *what, struct error *err)
{
    size_t len = strlen(text), at, step;

    field[0] = '\0';
    if (len >= size)
        return error_set(err, ERROR_INPUT, "%s is longer than %zu bytes", what, size - 1);
    for (at = 0; at < len; at += step) {
        step = utf8_character(text + at, len - at);
        if (step == 0)
            return error_set(err, ERROR_INPUT, "%s is not valid UTF-8", what);
        if ((unsigned char)text[at] < ' ' || text[at] == 127)
            return error_set(err, ERROR_INPUT, "%s has a control character", what);
    }
    memcpy(field, text, len + 1);
    return 0;
}

static uint64_t mix(uint64_t state, uint64_t value)
{
    /* splitmix64's finaliser (Steele, Lea, Flood, 2014) */
    state ^= value + 0x9e3779b97f4a7c15ULL + (state << 6) + (state >> 2);
    state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9ULL;
    state = (state ^ state >> 27) * 0x94d049bb133111ebULL;
    return state ^ state >> 31;
}

void record_derive_id(struct record *record)
{
    const size_t room = sizeof(record->id) - RECORD_DERIVED_SIZE - 1;
    size_t len = strlen(record->ref), i;
    uint64_t currency = 0, state = 0;

    if (len > room) { /* as much as there is room for, and all of it in the digits */
        for (i = 0; i < len; i++)
            state = mix(state, (unsigned char)record->ref[i]);
        len = utf8_whole(record->ref, room);
    }
    memcpy(&currency, record->currency,
           sizeof(record->currency) < 8 ? sizeof(record->currency) : 8);
    snprintf(
        record->id, sizeof(record->id), "%.*s#%016llx", (int)len, record->ref,
        (unsigned long long)mix(
            mix(mix(state, (uint64_t)record->created_at), (uint64_t)record->amount), currency));
}

bool record_id_is_derived(const struct record *record)
{
    size_t len = strlen(record->ref);

    return len > 0 && strncmp(record->id, record->ref, len) == 0 && record->id[len] == '#' &&
           strlen(record->id + len) == RECORD_DERIVED_SIZE &&
           strspn(record->id + len + 1, "0123456789abcdef") == RECORD_DERIVED_SIZE - 1;
}
