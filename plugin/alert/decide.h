/*
  decide.h - whether an alert is to be told, by what was told before. Pure; any thread.

  NEW is told when a check gets as bad as the rule asks for, and again when it gets worse; REPEAT in
  the rule's interval while it stays so and nobody has acknowledged it; RESOLVED once it is over.
  While it is silenced nothing is told, and nothing forgotten: what is due then is told when the
  silence ends. In the quiet hours NEW and RESOLVED are told with a moment before which they do not
  go out; a REPEAT is left until they end, and its interval begins with what went out then.
*/
#ifndef PURSER_ALERT_DECIDE_H
#define PURSER_ALERT_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/zone.h"
#include "../health/snapshot.h"

enum alert_told { ALERT_NOTHING, ALERT_NEW, ALERT_REPEAT, ALERT_RESOLVED };

/* "", "NEW", "REPEAT", "RESOLVED" */
const char *alert_told_name(enum alert_told told);

/* A row of purser.alerts, as far as it matters here; all zero where there is none. */
struct alert_state {
    enum health_level level; /* as it was seen last */
    int64_t since;           /* UTC microseconds; 0: it does not fire */
    enum alert_told told;    /* what was told last */
    enum health_level told_level;
    int64_t last_told; /* UTC microseconds */
    unsigned repeats;
    bool acknowledged;
};

/* What the rule says now. */
struct alert_terms {
    enum health_level severity;
    int64_t repeat_us; /* 0: once */
    int64_t
        quiet_ends; /* UTC microseconds: the end of the quiet hours that it is now; 0: it is not */
    int64_t held_until; /* the same of those in which something was told last */
    bool quiet_critical;
    bool silenced;
};

bool alert_state_is_same(const struct alert_state *a, const struct alert_state *b);

/**
  @param[in,out] state  becomes what is true once the message has been written down
  @param level  of the check; HEALTH_UNKNOWN counts as ok
  @param since  UTC microseconds: since when it has that level
  @param[out] not_before  UTC microseconds: the message waits until then; 0: it goes out at once
  @return what is to be told, ALERT_NOTHING most often
*/
enum alert_told alert_decide(struct alert_state *state, const struct alert_terms *terms,
                             enum health_level level, int64_t since, int64_t now,
                             int64_t *not_before);

/**
  The end of the quiet hours that a moment lies in.
  @param from, until  seconds after midnight by the zone's clock; until may be the smaller one
  @return UTC microseconds; 0: it does not lie in them
*/
int64_t alert_quiet_ends(const struct zone *zone, int from, int until, int64_t now);

#endif
