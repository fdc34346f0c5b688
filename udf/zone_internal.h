/* zone_internal.h - what zone.c, zone_tzif.c and zone_posix.c share. Times here are seconds UTC. */
#ifndef PURSER_ZONE_INTERNAL_H
#define PURSER_ZONE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 9636 section 3.2: more than -25 hours, less than 26 hours. */
#define ZONE_OFFSET_MIN (-89999)
#define ZONE_OFFSET_MAX 93599

/* One of the two yearly changes of a POSIX TZ rule. */
struct posix_change {
    enum { POSIX_JULIAN, POSIX_ZERO_BASED, POSIX_MONTH } kind;
    int month, week; /* POSIX_MONTH only: 1..12, 1..5 where 5 is the last */
    int day;         /* Jn 1..365; n 0..365; of the week 0..6, Sunday first */
    int32_t time;    /* seconds after midnight on the clock before the change; +-167 h */
};

struct posix_rule {
    int32_t standard, daylight; /* seconds east of UTC; daylight may be the lesser */
    bool has_daylight;
    struct posix_change start, end; /* of daylight time */
};

/* A stretch of time with one offset. */
struct zone_span {
    int32_t offset;
    int64_t end; /* first second after it; INT64_MAX: it does not end */
};

struct zone {
    int32_t before; /* offset before the first transition */
    bool has_rule; /* rule is in force from the last transition on, or always where there is none */
    struct posix_rule rule;
    size_t count;
    int64_t *at;     /* owned; count transitions, ascending */
    int32_t *offset; /* owned; the offset from at[i] on */
};

/** Parse a POSIX TZ string with the extensions of RFC 9636. @param text need not be NUL-terminated
    @retval 0 ok @retval -1 not of that form, or daylight time without its two changes */
int posix_rule_parse(const char *text, size_t len, struct posix_rule *rule);

/** The stretch in which a moment lies. @param second within about 300,000 years of 1970 */
struct zone_span posix_rule_span(const struct posix_rule *rule, int64_t second);

#endif
