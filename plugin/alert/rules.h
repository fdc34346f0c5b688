/* rules.h - alert_rules with their channels, as they were read. */
#ifndef PURSER_ALERT_RULES_H
#define PURSER_ALERT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/error.h"
#include "../db.h"
#include "../health/snapshot.h"
#include "decide.h"

#define ALERT_RULES_MAX 256
#define ALERT_SILENCES_MAX 256
#define ALERT_NAME_SIZE 257    /* VARCHAR(64) */
#define ALERT_WHAT_SIZE 321    /* VARCHAR(80) */
#define ALERT_TARGET_SIZE 1025 /* ASCII */
#define ALERT_CHANNEL_SIZE 65  /* ASCII */

struct alert_channel {
    char name[ALERT_CHANNEL_SIZE];
    bool is_mail, is_slack; /* otherwise a webhook; otherwise JSON */
    bool enabled;
    char target[ALERT_TARGET_SIZE];
};

struct alert_rule {
    char name[ALERT_NAME_SIZE];
    char what[ALERT_WHAT_SIZE];
    enum health_level severity;
    int64_t repeat_us;
    int quiet_from, quiet_until; /* seconds after midnight; -1: there are no quiet hours */
    bool quiet_critical;
    struct alert_channel channel;
};

struct alert_rules {
    struct alert_rule *list; /* owned */
    int count;
    char (*silenced)[ALERT_WHAT_SIZE]; /* owned: what nobody is told of now */
    int silence_count;
    char origin[1025]; /* what tells messages of this shop from those of another */
};

/** Rules that are in force, by name. @param[out] rules  zeroed; freed where it fails
    @retval 0 @retval -1 err */
int alert_rules_read(struct db *db, struct alert_rules *rules, struct error *err);
void alert_rules_free(struct alert_rules *rules); /* legal on a zeroed struct */

/** Is a check meant by the name of a check, by service:NAME or by *? */
bool alert_is_meant(const char *what, const char *check, const char *service);

/** What a rule says of a check at a moment. @param zone  of the quiet hours; NULL: there are none
    @param last_told  UTC microseconds: the last message of this check by this rule; 0: none */
void alert_terms_of(const struct alert_rules *rules, const struct alert_rule *rule,
                    const struct health_check *check, const struct zone *zone, int64_t now,
                    int64_t last_told, struct alert_terms *terms);

/** What a channel's kind, target, format and enabled say in a row that begins at field.
    @param channel  name is set already */
void alert_channel_read(struct alert_channel *channel, char *const *field);

#endif
