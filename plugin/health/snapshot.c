/*
  snapshot.c - see snapshot.h.

  LOCKING: `current` and each snapshot's and each report's count of references are guarded by
  snapshot_lock, which is held for a few instructions. jansson's own count is not touched by several
  threads: whoever lets go of it last need not see what the others have read.
*/
#include "snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../stop.h"

static pthread_mutex_t snapshot_lock = PTHREAD_MUTEX_INITIALIZER;
static struct snapshot *current;

struct health_report {
    json_t *json; /* owned */
    int64_t at;
    int references;
};

const char *health_level_name(enum health_level level)
{
    static const char *const names[] = {"unknown", "ok", "warning", "critical"};

    return (size_t)level < sizeof(names) / sizeof(names[0]) ? names[level] : "unknown";
}

struct health_report *health_report_create(json_t *json, int64_t at)
{
    struct health_report *report = json ? calloc(1, sizeof(*report)) : NULL;

    if (report)
        *report = (struct health_report){.json = json, .at = at, .references = 1};
    else
        json_decref(json);
    return report;
}

void health_report_release(struct health_report *report)
{
    bool last;

    if (!report)
        return;
    pthread_mutex_lock(&snapshot_lock);
    last = --report->references == 0;
    pthread_mutex_unlock(&snapshot_lock);
    if (!last)
        return;
    json_decref(report->json);
    free(report);
}

static void destroy(struct snapshot *snapshot)
{
    int i;

    for (i = 0; i < snapshot->check_count; i++)
        free(snapshot->checks[i].parts);
    free(snapshot->checks);
    health_report_release(snapshot->shared_report);
    free(snapshot);
}

const struct snapshot *snapshot_get(void)
{
    struct snapshot *snapshot;

    pthread_mutex_lock(&snapshot_lock);
    snapshot = current;
    if (snapshot)
        snapshot->references++;
    pthread_mutex_unlock(&snapshot_lock);
    return snapshot;
}

void snapshot_release(const struct snapshot *snapshot)
{
    struct snapshot *mine = (struct snapshot *)snapshot;
    bool last;

    if (!mine)
        return;
    pthread_mutex_lock(&snapshot_lock);
    last = --mine->references == 0;
    pthread_mutex_unlock(&snapshot_lock);
    if (last)
        destroy(mine);
}

bool snapshot_is_stale(const struct snapshot *snapshot)
{
    return clock_ms() - snapshot->made_ms > HEALTH_STALE_MS;
}

bool snapshot_is_starting(const struct snapshot *snapshot)
{
    int i;

    if (!snapshot || snapshot->is_starting)
        return true;
    for (i = 0; i < snapshot->check_count; i++)
        if (snapshot->checks[i].checked_at != 0)
            return false;
    return true;
}

enum health_level snapshot_level(const struct snapshot *snapshot, const char *service)
{
    enum health_level worst = HEALTH_UNKNOWN;
    int i;

    for (i = 0; i < snapshot->check_count; i++)
        if (!service || strcmp(snapshot->checks[i].service, service) == 0)
            if (snapshot->checks[i].level > worst)
                worst = snapshot->checks[i].level;
    return worst;
}

bool health_is_settled(const struct health_check *check)
{
    return check->checked_at != 0 && !check->is_recalled &&
           (check->level != HEALTH_UNKNOWN || check->raw <= HEALTH_OK);
}

const struct health_check *snapshot_find(const struct snapshot *snapshot, const char *name)
{
    int i;

    for (i = 0; i < snapshot->check_count; i++)
        if (strcmp(snapshot->checks[i].name, name) == 0)
            return &snapshot->checks[i];
    return NULL;
}

struct snapshot *snapshot_create(int checks)
{
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

    if (!snapshot)
        return NULL;
    snapshot->checks = calloc(checks > 0 ? (size_t)checks : 1, sizeof(*snapshot->checks));
    if (!snapshot->checks) {
        free(snapshot);
        return NULL;
    }
    snapshot->check_count = checks;
    snapshot->references = 1;
    snapshot->made_at = clock_utc_us();
    snapshot->made_ms = clock_ms();
    return snapshot;
}

int snapshot_add_parts(struct health_check *check, const struct health_part *parts, int count)
{
    check->part_count = 0;
    check->parts = NULL;
    if (count == 0)
        return 0;
    check->parts = malloc((size_t)count * sizeof(*parts));
    if (!check->parts)
        return -1;
    memcpy(check->parts, parts, (size_t)count * sizeof(*parts));
    check->part_count = count;
    return 0;
}

void snapshot_set_report(struct snapshot *snapshot, json_t *report, int64_t at)
{
    struct health_report *made = health_report_create(report, at);

    snapshot_share_report(snapshot, made);
    health_report_release(made);
}

void snapshot_share_report(struct snapshot *snapshot, struct health_report *report)
{
    if (report) {
        pthread_mutex_lock(&snapshot_lock);
        report->references++;
        pthread_mutex_unlock(&snapshot_lock);
    }
    health_report_release(snapshot->shared_report);
    snapshot->shared_report = report;
    snapshot->report = report ? report->json : NULL;
    snapshot->report_at = report ? report->at : 0;
}

void snapshot_publish(struct snapshot *snapshot)
{
    struct snapshot *former;

    pthread_mutex_lock(&snapshot_lock);
    former = current;
    current = snapshot;
    pthread_mutex_unlock(&snapshot_lock);
    snapshot_release(former);
}
