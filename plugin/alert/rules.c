/* rules.c - see rules.h. */
#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"

void alert_channel_read(struct alert_channel *channel, char *const *field)
{
    channel->is_mail = strcmp(field[0], "mail") == 0;
    snprintf(channel->target, sizeof(channel->target), "%s", field[1]);
    channel->is_slack = strcmp(field[2], "slack") == 0;
    channel->enabled = field[3][0] != '0';
}

static int seconds_of(const char *field)
{
    return field ? (int)strtol(field, NULL, 10) : -1;
}

static void read_rule(struct alert_rule *rule, const struct row *row)
{
    char *const *field = row->field;

    snprintf(rule->name, sizeof(rule->name), "%s", field[0]);
    snprintf(rule->what, sizeof(rule->what), "%s", field[1]);
    rule->severity = strcmp(field[2], "critical") == 0 ? HEALTH_CRITICAL : HEALTH_WARNING;
    rule->repeat_us = strtoll(field[3], NULL, 10) * 60 * MICROS;
    rule->quiet_from = seconds_of(field[4]);
    rule->quiet_until = seconds_of(field[5]);
    rule->quiet_critical = field[6][0] != '0';
    snprintf(rule->channel.name, sizeof(rule->channel.name), "%s", field[7]);
    alert_channel_read(&rule->channel, field + 8);
}

static int read_rules(struct db *db, struct alert_rules *rules, struct error *err)
{
    struct rows *rows =
        db_query(db, err,
                 "SELECT r.name, r.what, r.severity, r.repeat_minutes, TIME_TO_SEC(r.quiet_from),"
                 " TIME_TO_SEC(r.quiet_until), r.quiet_critical,"
                 " c.name, c.kind, c.target, c.format, c.enabled"
                 " FROM purser.alert_rules r JOIN purser.alert_channels c ON c.name = r.channel"
                 " WHERE r.enabled ORDER BY r.name LIMIT %d",
                 ALERT_RULES_MAX);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rules->list = calloc(ALERT_RULES_MAX, sizeof(*rules->list));
    if (!rules->list) {
        rows_close(rows);
        return error_set(err, ERROR_MEMORY, "out of memory");
    }
    while ((rc = rows_next(rows, &row, err)) == 1)
        read_rule(&rules->list[rules->count++], &row);
    rows_close(rows);
    return rc;
}

/* One that begins in the time to come is of a clock that was ahead, and would last too long. */
static int read_silences(struct db *db, struct alert_rules *rules, struct error *err)
{
    struct rows *rows = db_query(db, err,
                                 "SELECT what FROM purser.alert_silences"
                                 " WHERE until > UTC_TIMESTAMP(6) AND created_at <="
                                 " UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE ORDER BY what LIMIT %d",
                                 ALERT_SILENCES_MAX);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rules->silenced = calloc(ALERT_SILENCES_MAX, sizeof(*rules->silenced));
    if (!rules->silenced) {
        rows_close(rows);
        return error_set(err, ERROR_MEMORY, "out of memory");
    }
    while ((rc = rows_next(rows, &row, err)) == 1)
        snprintf(rules->silenced[rules->silence_count++], ALERT_WHAT_SIZE, "%s", row.field[0]);
    rows_close(rows);
    return rc;
}

int alert_rules_read(struct db *db, struct alert_rules *rules, struct error *err)
{
    memset(rules, 0, sizeof(*rules));
    if (read_rules(db, rules, err) == 0 && read_silences(db, rules, err) == 0 &&
        db_value(db, rules->origin, sizeof(rules->origin), err,
                 "SELECT value FROM purser.settings WHERE name = 'audit_origin'") != -1)
        return 0;
    alert_rules_free(rules);
    return -1;
}

void alert_rules_free(struct alert_rules *rules)
{
    free(rules->list);
    free(rules->silenced);
    memset(rules, 0, sizeof(*rules));
}

bool alert_is_meant(const char *what, const char *check, const char *service)
{
    if (strcmp(what, "*") == 0)
        return true;
    if (strncmp(what, "service:", 8) == 0)
        return strcmp(what + 8, service) == 0;
    return strcmp(what, check) == 0;
}

void alert_terms_of(const struct alert_rules *rules, const struct alert_rule *rule,
                    const struct health_check *check, const struct zone *zone, int64_t now,
                    int64_t last_told, struct alert_terms *terms)
{
    int i;

    memset(terms, 0, sizeof(*terms));
    terms->severity = rule->severity;
    terms->repeat_us = rule->repeat_us;
    terms->quiet_critical = rule->quiet_critical;
    if (rule->quiet_from >= 0 && zone) {
        terms->quiet_ends = alert_quiet_ends(zone, rule->quiet_from, rule->quiet_until, now);
        terms->held_until = alert_quiet_ends(zone, rule->quiet_from, rule->quiet_until, last_told);
    }
    for (i = 0; i < rules->silence_count && !terms->silenced; i++)
        terms->silenced = alert_is_meant(rules->silenced[i], check->name, check->service);
}
