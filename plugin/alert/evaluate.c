/*
  evaluate.c - alerts_evaluate and alerts_committed of alerts.h.

  Each rule is held against each check that it means; what changes is written to purser.alerts, and
  what is to be told becomes one message for each rule: all that is new, all that is repeated, all
  that is over. The check `database` always has a message of its own, whose identifier follows from
  what it tells: while nothing can be committed, the same message is sent from memory (emergency.h).

  THREADS: the recorder's; nothing is shared.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../settings.h"
#include "../stop.h"
#include "../zone_file.h"
#include "alerts.h"
#include "compose.h"
#include "emergency.h"
#include "evaluate_rows.h"
#include "outbox.h"
#include "rules.h"

struct pending {
    struct alert_change change;
    enum alert_told told;
    int64_t not_before;
};

struct evaluation {
    struct db *db;
    const struct snapshot *snapshot;
    struct alert_rules rules;
    struct zone *zone; /* NULL: no rule has quiet hours */
    struct alert_rows rows;
    int64_t now;
    struct pending *list; /* of one rule; room for ALERT_CHANGES_MAX */
    int count;
};

#define ALERT_CHANGES_MAX 512

/* Only where a rule has quiet hours. */
static int load_zone(struct evaluation *e, struct error *err)
{
    struct settings *settings;
    struct error why = {0};
    bool quiet = false;
    int i;

    for (i = 0; i < e->rules.count; i++)
        quiet = quiet || e->rules.list[i].quiet_from >= 0;
    if (!quiet)
        return 0;
    settings = malloc(sizeof(*settings));
    if (!settings)
        return error_set(err, ERROR_MEMORY, "out of memory");
    settings_get(settings);
    e->zone = zone_load(settings->time_zone, &why);
    if (!e->zone && why.code != ERROR_MEMORY) /* the scheduler says so */
        e->zone = zone_fixed(0, NULL);
    free(settings);
    return e->zone ? 0 : error_set(err, ERROR_MEMORY, "out of memory");
}

static int load(struct evaluation *e, struct error *err)
{
    if (alert_rules_read(e->db, &e->rules, err) != 0 ||
        alert_rows_read(e->db, e->snapshot->server, &e->rows, err) != 0)
        return -1;
    e->list = calloc(ALERT_CHANGES_MAX, sizeof(*e->list));
    if (!e->list)
        return error_set(err, ERROR_MEMORY, "out of memory");
    return load_zone(e, err);
}

/* ---- messages */

static bool is_database(const struct pending *p)
{
    return strcmp(p->change.check, ALERT_DATABASE_CHECK) == 0;
}

static void add_details(struct evaluation *e, struct alert_change *changes, int count)
{
    int i;

    for (i = 0; i < count; i++)
        changes[i].detail = alert_read_detail(e->db, e->snapshot->server, changes[i].check);
}

static int send(struct evaluation *e, const struct alert_rule *rule, struct alert_report *report,
                int64_t not_before, struct error *err)
{
    struct alert_message message;
    char key[ALERT_KEY_SIZE];
    int rc;

    if (alert_dedup_key(report, key) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (alert_compose(report, &message, err) != 0)
        return -1;
    rc = outbox_add(
        e->db,
        &(struct outbox_message){.channel = rule->channel.name,
                                 .kind = "alert",
                                 .dedup_key = key,
                                 .subject = message.subject,
                                 .text = message.text.data,
                                 .html = rule->channel.is_mail ? message.html.data : NULL,
                                 .payload = rule->channel.is_mail ? NULL : message.json.data,
                                 .not_before = not_before},
        err);
    alert_message_free(&message);
    return rc;
}

/* What of the list belongs into one message, the critical ones first. */
static int gather(const struct evaluation *e, enum alert_told told, bool held, bool database,
                  struct alert_change *changes, int64_t *not_before)
{
    int i, level, count = 0;

    *not_before = 0;
    for (level = HEALTH_CRITICAL; level >= HEALTH_UNKNOWN; level--)
        for (i = 0; i < e->count; i++) {
            const struct pending *p = &e->list[i];

            if (p->told != told || (p->not_before != 0) != held || is_database(p) != database ||
                (int)p->change.level != level)
                continue;
            changes[count++] = p->change;
            *not_before = p->not_before;
        }
    return count;
}

static int send_group(struct evaluation *e, const struct alert_rule *rule, enum alert_told told,
                      bool held, bool database, struct error *err)
{
    struct alert_change *changes = calloc(ALERT_CHANGES_MAX, sizeof(*changes));
    struct alert_report report = {.told = told,
                                  .rule = rule->name,
                                  .snapshot = e->snapshot,
                                  .now = e->now,
                                  .changes = changes};
    int64_t not_before;
    int i, rc = 0;

    if (!changes)
        return error_set(err, ERROR_MEMORY, "out of memory");
    report.change_count = gather(e, told, held, database, changes, &not_before);
    report.unique_at = database && told == ALERT_NEW ? 0 : e->now;
    if (report.change_count > 0) {
        if (rule->channel.is_mail)
            add_details(e, changes, report.change_count);
        rc = send(e, rule, &report, not_before, err);
    }
    for (i = 0; i < report.change_count; i++)
        free((char *)changes[i].detail);
    free(changes);
    return rc;
}

static int send_all(struct evaluation *e, const struct alert_rule *rule, struct error *err)
{
    static const enum alert_told order[] = {ALERT_NEW, ALERT_REPEAT, ALERT_RESOLVED};
    int i, kind;

    for (i = 0; i < 3 && e->count > 0; i++)
        for (kind = 0; kind < 4; kind++)
            if (send_group(e, rule, order[i], kind & 1, kind & 2, err) != 0)
                return -1;
    return 0;
}

/* ---- checks */

static int take(struct evaluation *e, const struct alert_rule *rule, const struct alert_row *row,
                const struct health_check *check, struct error *err)
{
    const struct alert_state before = row ? row->state : (struct alert_state){0};
    struct alert_state after = before;
    struct alert_terms terms;
    int64_t not_before;
    enum alert_told told;
    bool is_fresh;

    alert_terms_of(&e->rules, rule, check, e->zone, e->now, before.last_told, &terms);
    told = alert_decide(&after, &terms, check->level, check->since, e->now, &not_before);
    if (told != ALERT_NOTHING && e->count < ALERT_CHANGES_MAX)
        e->list[e->count++] = (struct pending){
            .change = {.check = row ? row->subject : check->name,
                       .service = check->service,
                       .level = after.level,
                       .was = before.told_level,
                       .since = told == ALERT_RESOLVED ? before.since : check->since,
                       .repeats = after.repeats,
                       .message = check->message},
            .told = told,
            .not_before = not_before};
    if (!row && !after.since)
        return 0;
    is_fresh = !after.acknowledged && (before.acknowledged || !after.since || told == ALERT_NEW);
    if (row && alert_state_is_same(&before, &after))
        return 0;
    return alert_row_write(e->db, e->snapshot->server, rule->name, check->name, &after, is_fresh,
                           err);
}

static int judge_rule(struct evaluation *e, const struct alert_rule *rule, struct error *err)
{
    const struct snapshot *snapshot = e->snapshot;
    int i;

    e->count = 0;
    for (i = 0; i < snapshot->check_count; i++) {
        const struct health_check *check = &snapshot->checks[i];
        struct alert_row *row = alert_rows_find(&e->rows, rule->name, check->name);

        if (!alert_is_meant(rule->what, check->name, check->service))
            continue;
        if (row)
            row->is_meant = true;
        /* What was not looked at yet, after a start, says nothing: neither that it is over. */
        if (health_is_settled(check) && take(e, rule, row, check, err) != 0)
            return -1;
    }
    for (i = 0; i < e->rows.count; i++) {
        struct alert_row *row = &e->rows.list[i];
        struct health_check gone = {.level = HEALTH_OK, .message = "it is not checked any more"};

        if (row->is_meant || strcmp(row->rule, rule->name) != 0 ||
            snapshot_find(snapshot, row->subject))
            continue;
        row->is_meant = true;
        if (row->is_checked) /* it is only not in this snapshot yet */
            continue;
        snprintf(gone.name, sizeof(gone.name), "%.64s", row->subject);
        if (take(e, rule, row, &gone, err) != 0)
            return -1;
        if (e->count > 0 && e->list[e->count - 1].change.check == row->subject) {
            e->list[e->count - 1].change.message = "it is not checked any more";
            e->list[e->count - 1].change.service = "-";
        }
    }
    return send_all(e, rule, err);
}

/* Alerts of rules that are not in force, or that mean something else now, go without a word. */
static int forget(struct evaluation *e, struct error *err)
{
    int i;

    for (i = 0; i < e->rows.count; i++)
        if (!e->rows.list[i].is_meant && alert_row_delete(e->db, e->rows.list[i].id, err) != 0)
            return -1;
    return 0;
}

int alerts_evaluate(struct db *db, const struct snapshot *snapshot, struct error *err)
{
    struct evaluation e = {.db = db, .snapshot = snapshot, .now = clock_utc_us()};
    int i, rc;

    if (!snapshot->server[0]) /* it is not known yet who this is */
        return 0;
    rc = emergency_write_down(db, snapshot->server, err);
    if (rc == 0)
        rc = load(&e, err);
    for (i = 0; rc == 0 && i < e.rules.count; i++)
        rc = judge_rule(&e, &e.rules.list[i], err);
    if (rc == 0)
        rc = forget(&e, err);
    alert_rows_free(&e.rows);
    alert_rules_free(&e.rules);
    zone_destroy(e.zone);
    free(e.list);
    return rc;
}

void alerts_committed(bool done)
{
    emergency_committed(done);
    if (done)
        post_wake();
}
