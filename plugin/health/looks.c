/* looks.c - see looks.h. THREADS: the coordinator's only. */
#include "looks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../stop.h"
#include "level.h"
#include "recorder.h"

#define UNMAPPED_MS 5000
#define WRITE_MS 60000 /* the longest time for which it is not known whether commits go through */

static void destroy(struct look *look)
{
    check_row_deinit(&look->row);
    free(look->shown.parts);
    free(look);
}

void looks_deinit(struct looks *looks)
{
    int i;

    for (i = 0; i < looks->count; i++)
        destroy(looks->list[i]);
    looks->count = 0;
}

struct look *looks_find(struct looks *looks, unsigned long long ticket)
{
    int i;

    for (i = 0; i < looks->count; i++)
        if (looks->list[i]->state != LOOK_IDLE && looks->list[i]->ticket == ticket)
            return looks->list[i];
    return NULL;
}

static struct look *find_name(struct looks *looks, const char *name)
{
    int i;

    for (i = 0; i < looks->count; i++)
        if (strcmp(looks->list[i]->row.name, name) == 0)
            return looks->list[i];
    return NULL;
}

static bool is_other(const struct check_row *a, const struct check_row *b)
{
    return strcmp(a->builtin, b->builtin) != 0 || (a->query == NULL) != (b->query == NULL) ||
           (a->query && strcmp(a->query, b->query) != 0);
}

/* What a snapshot shows of the row itself. */
static void show_row(struct look *look)
{
    const struct thresholds *t = &look->row.thresholds;
    struct health_check *shown = &look->shown;

    snprintf(shown->name, sizeof(shown->name), "%s", look->row.name);
    snprintf(shown->service, sizeof(shown->service), "%s", look->row.service);
    snprintf(shown->unit, sizeof(shown->unit), "%s", look->row.unit);
    shown->has_warning = t->has_warning;
    shown->has_critical = t->has_critical;
    shown->warning = t->warning;
    shown->critical = t->critical;
    shown->below = t->below;
}

static void begin_anew(struct look *look)
{
    free(look->shown.parts);
    memset(&look->shown, 0, sizeof(look->shown));
    look->answered_ms = 0;
    look->recorded_ms = 0;
}

static enum board_lane lane_of(const struct builtin_check *builtin)
{
    if (!builtin) /* the DBA's; one that is missing is not looked at */
        return LANE_QUERY;
    if (builtin->slow)
        return LANE_SLOW;
    return strcmp(builtin->name, "database") == 0 ? LANE_FIRST : LANE_CHECK;
}

static int take_row(struct look *look, const struct check_row *row, int64_t interval_ms)
{
    const struct builtin_check *builtin = row->builtin[0] ? builtin_check_find(row->builtin) : NULL;
    int64_t interval = row->interval_ms ? row->interval_ms : interval_ms;

    if (is_other(&look->row, row)) {
        begin_anew(look);
        look_say(look, "not looked at yet");
        look->due_ms = clock_ms();
    }
    if (check_row_copy(&look->row, row) != 0)
        return -1;
    look->is_missing = row->builtin[0] && !builtin;
    look->lane = lane_of(builtin);
    if (look->shown.interval_ms > interval && look->due_ms > clock_ms() + interval)
        look->due_ms = clock_ms() + interval;
    look->shown.interval_ms = interval;
    show_row(look);
    if (look->is_missing)
        look_say(look, "this version of Purser has no such check");
    return 0;
}

static void drop_missing(struct looks *looks, const struct check_row *rows, int count)
{
    int i, j, kept = 0;

    for (i = 0; i < looks->count; i++) {
        for (j = 0; j < count; j++)
            if (strcmp(rows[j].name, looks->list[i]->row.name) == 0)
                break;
        if (j < count)
            looks->list[kept++] = looks->list[i];
        else
            destroy(looks->list[i]);
    }
    looks->count = kept;
}

static int compare(const void *a, const void *b)
{
    const struct look *x = *(struct look *const *)a, *y = *(struct look *const *)b;
    int rc = strcmp(x->row.service, y->row.service);

    return rc != 0 ? rc : strcmp(x->row.name, y->row.name);
}

int looks_take_rows(struct looks *looks, const struct check_row *rows, int count,
                    int64_t interval_ms)
{
    struct look *look;
    int i, rc = 0;

    drop_missing(looks, rows, count);
    for (i = 0; i < count && rc == 0; i++) {
        look = find_name(looks, rows[i].name);
        if (!look && looks->count < HEALTH_CHECKS_MAX &&
            (look = calloc(1, sizeof(*look))) != NULL) {
            look->row.builtin[0] = '?'; /* another one than any */
            looks->list[looks->count++] = look;
            rc = take_row(look, &rows[i], interval_ms);
        } else {
            rc = look ? take_row(look, &rows[i], interval_ms) : -1;
        }
    }
    qsort(looks->list, (size_t)looks->count, sizeof(struct look *), compare);
    return rc;
}

static void recall(struct look *look, const struct health_check *last)
{
    struct health_check *shown = &look->shown;

    shown->level = last->level;
    shown->raw = last->raw;
    shown->since = last->since;
    shown->checked_at = last->checked_at;
    shown->duration_us = last->duration_us;
    shown->has_value = last->has_value;
    shown->value = last->value;
    look_say(look, last->message);
    free(shown->parts);
    if (snapshot_add_parts(shown, last->parts, last->part_count) != 0)
        shown->part_count = 0;
    shown->history_count = 0;
    level_remember(shown->history, &shown->history_count, last->raw);
    shown->is_recalled = look->lane != LANE_SLOW; /* for hours, that one */
}

void looks_recall(struct looks *looks, const struct past *past)
{
    int i;

    for (i = 0; i < looks->count; i++) {
        struct look *look = looks->list[i];
        const struct health_check *last;

        if (look->lane == LANE_FIRST || look->is_missing || look->shown.checked_at != 0)
            continue;
        last = past_find(past, look->row.name, look->row.service, look->shown.interval_ms,
                         clock_utc_us());
        if (last)
            recall(look, last);
    }
}

enum health_level looks_database(const struct looks *looks)
{
    int i;

    for (i = 0; i < looks->count; i++)
        if (looks->list[i]->lane == LANE_FIRST)
            return looks->list[i]->shown.level;
    return HEALTH_OK;
}

static void set_parts(struct health_check *shown, const struct health_part *parts, int count)
{
    free(shown->parts);
    if (snapshot_add_parts(shown, parts, count) != 0)
        shown->part_count = 0;
}

/* The last look has shown `raw`: what does that make of the level? One that failed (is_blind) has
   seen nothing, and so not that it is better. */
static void settle(struct look *look, enum health_level raw, bool is_blind, int64_t begun_ms)
{
    struct health_check *shown = &look->shown;
    enum health_level level;

    level_remember(shown->history, &shown->history_count, raw);
    level = level_damped(shown->level, shown->history, shown->history_count, look->row.fail_count,
                         look->row.fail_window);
    if (is_blind && level < shown->level)
        level = shown->level;
    shown->checked_at = clock_utc_us();
    shown->is_recalled = false;
    if (level != shown->level || shown->since == 0)
        shown->since = shown->checked_at;
    shown->raw = raw;
    shown->level = level;
    look->answered_ms = begun_ms;
}

/* The check itself has failed: nobody knows whether what it looks at is well. */
static void fail(struct look *look, const char *why, int64_t begun_ms)
{
    look->shown.has_value = false;
    snprintf(look->shown.message, sizeof(look->shown.message), "%s", why);
    set_parts(&look->shown, NULL, 0);
    settle(look, look->lane == LANE_FIRST ? HEALTH_CRITICAL : HEALTH_WARNING, true, begun_ms);
}

void look_take(struct look *look, const struct job *job, int64_t begun_ms)
{
    const struct check_result *result = &job->result;
    struct health_check *shown = &look->shown;
    enum health_level raw = result->level;

    shown->duration_us = job->duration_us;
    if (job->rc != 0) {
        fail(look, job->complaint, begun_ms);
        return;
    }
    shown->has_value = result->has_value;
    shown->value = result->has_value ? result->value : 0;
    snprintf(shown->message, sizeof(shown->message), "%s", result->message);
    set_parts(shown, result->parts, result->part_count);
    if (raw == HEALTH_UNKNOWN && result->has_value)
        raw = level_of_value(result->value, &look->row.thresholds);
    /* Whoever has just mapped a shop wants to see it, and not in five minutes. */
    if (result->is_unmapped && look->due_ms > clock_ms() + UNMAPPED_MS)
        look->due_ms = clock_ms() + UNMAPPED_MS;
    settle(look, raw, false, begun_ms);
}

void look_overrun(struct look *look, int64_t begun_ms)
{
    char why[64];

    snprintf(why, sizeof(why), "no answer within %lld s", (long long)look->row.timeout_ms / 1000);
    look->shown.duration_us = (clock_ms() - begun_ms) * 1000;
    fail(look, why, begun_ms);
}

void look_say(struct look *look, const char *why)
{
    snprintf(look->shown.message, sizeof(look->shown.message), "%s", why);
}

struct snapshot *looks_snapshot(const struct looks *looks)
{
    struct snapshot *snapshot = snapshot_create(looks->count);
    int i;

    for (i = 0; snapshot && i < looks->count; i++) {
        const struct health_check *shown = &looks->list[i]->shown;

        snapshot->checks[i] = *shown;
        /* Without memory it has no parts, and all else. */
        if (snapshot_add_parts(&snapshot->checks[i], shown->parts, shown->part_count) != 0)
            snapshot->checks[i].part_count = 0;
    }
    if (snapshot)
        snapshot->overall = snapshot_level(snapshot, NULL);
    return snapshot;
}

/* Without memory for all of them there are none: a list that lacks one would be taken for whole. */
static char *parts_text(const struct health_check *shown)
{
    json_t *list = shown->part_count > 0 ? json_array() : NULL;
    char *text;
    int i;

    for (i = 0; list && i < shown->part_count; i++) {
        const struct health_part *part = &shown->parts[i];
        json_t *one = json_pack("{s:s,s:s,s:s}", "name", part->name, "level",
                                health_level_name(part->level), "message", part->message);

        if (one && part->latency_us >= 0)
            json_put(&one, "latency_us", json_integer(part->latency_us));
        json_add(&list, one);
    }
    text = list ? json_write(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

static const char *detail_of(const struct job *job)
{
    if (job && job->rc != 0)
        return job->err.text;
    return job && job->result.detail.len > 0 ? job->result.detail.data : NULL;
}

/* The check `database` is written down more often than health_record_minutes says: so something is
   to be committed at all times, and a server whose commits hang shows. */
static int64_t every_ms(const struct look *look)
{
    int64_t every = recorder_every_ms();

    return look->lane == LANE_FIRST && every > WRITE_MS ? WRITE_MS : every;
}

void look_record(struct look *look, const struct job *job, const char *server)
{
    const struct health_check *shown = &look->shown;
    struct record *record;
    const char *detail = detail_of(job);

    if (look->recorded_ms && look->recorded_epoch == recorder_epoch() &&
        look->recorded_level == shown->level && look->recorded_raw == shown->raw &&
        clock_ms() - look->recorded_ms < every_ms(look))
        return;
    record = record_create();
    if (record && detail)
        record->detail = strdup(detail);
    if (!record || (detail && !record->detail)) {
        record_destroy(record); /* the next look will be written down */
        return;
    }
    look->recorded_ms = clock_ms();
    look->recorded_epoch = recorder_epoch();
    look->recorded_level = shown->level;
    look->recorded_raw = shown->raw;
    snprintf(record->name, sizeof(record->name), "%s", shown->name);
    snprintf(record->service, sizeof(record->service), "%s", shown->service);
    snprintf(record->server, sizeof(record->server), "%s", server);
    record->level = shown->level;
    record->raw = shown->raw;
    record->has_value = shown->has_value;
    record->value = shown->value;
    snprintf(record->unit, sizeof(record->unit), "%s", shown->unit);
    record->checked_at = shown->checked_at;
    record->duration_us = shown->duration_us;
    snprintf(record->message, sizeof(record->message), "%s", shown->message);
    record->parts = parts_text(shown);
    recorder_push(record);
}
