/*
  window.h - the sliding window: in any span of window_s seconds, at most max are admitted.

  Up to RATE_EXACT_MAX a record keeps the moment of each call (a ring), and is exact. Above, it
  keeps 65 counters, each for a 64th of the window: the span that ends now touches at most 65 of
  them, so that their sum is never less than what was admitted in the span, and more by at most what
  one 64th of the window, the oldest, has seen: a call may be refused that much too early, never
  admitted too early.

  The sum and the counter of the part that is running lie in the record, the 64 parts before in its
  body, that of part b at b % 64. So a call in the same part as the last one touches the record
  alone; the body is touched when a new part begins: the oldest part leaves its place to the last.

  All times are nanoseconds, not negative, of one clock that does not go back; a moment before one
  that the record has seen already counts as that one. Functions are not thread-safe: the caller
  holds the record.
*/
#ifndef PURSER_RATE_WINDOW_H
#define PURSER_RATE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

#define RATE_EXACT_MAX RATE_LARGE_RING
#define RATE_WINDOW_MAX_S 31622400u /* 366 days */

struct rate_rule {
    uint32_t max;      /* calls within a window; 0: none at all */
    uint32_t window_s; /* 1 to RATE_WINDOW_MAX_S */
};

/* What a window holds, in a form that fits every record: for the change of a rule. */
struct window_content {
    int n;
    int64_t moment[RATE_PARTS + 1]; /* the latest at which these may have been admitted */
    uint32_t count[RATE_PARTS + 1];
    bool exact; /* moments are those of the calls */
    uint64_t total;
};

/** The size of a record for a rule, that must be able to count to `counted` as well. */
enum rate_size window_size(const struct rate_rule *rule, uint64_t counted, bool exact);

/** Make a record of its size (already set, as is the moment) empty, for a rule. */
void window_init(struct rate_record *record, union rate_body *body, const struct rate_rule *rule,
                 bool exact);

/** Can the record go on under this rule as it is?  Otherwise: take its content, find a record of
    the right size, and fill that. */
bool window_fits(const struct rate_record *record, const struct rate_rule *rule, int64_t now);
void window_export(struct rate_record *record, union rate_body *body, int64_t now,
                   struct window_content *content);
void window_import(struct rate_record *record, union rate_body *body,
                   const struct window_content *content, int64_t now);

/** How many were admitted within the window that ends now (of counters: at most so many). */
uint32_t window_used(struct rate_record *record, union rate_body *body, int64_t now);

/** Admit cost calls. The caller has just seen that they fit: window_used + cost <= max. */
void window_add(struct rate_record *record, union rate_body *body, uint32_t cost, int64_t now);

/** How many calls a record can hold, whatever its rule. */
uint32_t window_room(const struct rate_record *record);

/** Count calls that were admitted elsewhere, at a moment that may be past. The caller has just
   asked for window_used, and has seen that there is room. What has left the window is left out. */
void window_add_at(struct rate_record *record, union rate_body *body, uint32_t cost,
                   int64_t moment);

/** Give back up to cost calls, the latest first. @return how many */
uint32_t window_refund(struct rate_record *record, union rate_body *body, uint32_t cost,
                       int64_t now);

/** Nanoseconds until cost more fit (0: now; -1: never), and until nothing is counted any more. */
int64_t window_wait(struct rate_record *record, union rate_body *body, uint32_t max, uint32_t cost,
                    int64_t now);
int64_t window_reset_in(struct rate_record *record, union rate_body *body, int64_t now);

/** Is nothing within the window any more? Reads only. */
bool window_is_empty(const struct rate_record *record, const union rate_body *body, int64_t now);

/** Can a record that comes from outside, of a size that is one, be worked with? */
bool window_is_sound(const struct rate_record *record, const union rate_body *body);

/** Move all moments by a number of nanoseconds: from another clock to ours. */
void window_shift(struct rate_record *record, union rate_body *body, int64_t by, int64_t now);

#endif
