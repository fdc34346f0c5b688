/* unit_health.h - a snapshot of health as the coordinator would make it. */
#ifndef PURSER_UNIT_HEALTH_H
#define PURSER_UNIT_HEALTH_H

#include <stdio.h>

#include "../../plugin/health/snapshot.h"
#include "../../plugin/stop.h"

#define UNIT_MADE_AT 1751709600000000LL /* 2025-07-05T10:00:00Z */

static inline void unit_check(struct health_check *check, const char *service, const char *name,
                              enum health_level level, const char *message)
{
    snprintf(check->service, sizeof(check->service), "%s", service);
    snprintf(check->name, sizeof(check->name), "%s", name);
    snprintf(check->message, sizeof(check->message), "%s", message);
    snprintf(check->unit, sizeof(check->unit), "ms");
    check->level = check->raw = level;
    check->since = check->checked_at = UNIT_MADE_AT;
    check->duration_us = 1500;
    check->interval_ms = 15000;
    check->has_value = check->has_warning = true;
    check->value = 1.25;
    check->warning = 1000;
    check->history[0] = HEALTH_OK;
    check->history[1] = (unsigned char)level;
    check->history_count = 2;
}

/** Two checks; the database has the level. @param age_ms how old it is */
static inline struct snapshot *unit_snapshot(enum health_level level, int64_t age_ms)
{
    struct snapshot *snapshot = snapshot_create(2);
    struct health_part parts[2] = {
        {.name = "square", .level = HEALTH_OK, .latency_us = 81250, .message = "answers"},
        {.name = "paychangu", .level = HEALTH_WARNING, .latency_us = -1, .message = "no DNS"},
    };

    if (!snapshot)
        return NULL;
    snapshot->made_at = UNIT_MADE_AT;
    snapshot->made_ms = clock_ms() - age_ms;
    snapshot->overall = level > HEALTH_WARNING ? level : HEALTH_WARNING;
    snprintf(snapshot->server, sizeof(snapshot->server), "db1:3306");
    unit_check(&snapshot->checks[0], "database", "database", level, "answers in 1.25 ms");
    unit_check(&snapshot->checks[1], "payments", "payment_gateways", HEALTH_WARNING,
               "1 of 2 gateways fails");
    snapshot_add_parts(&snapshot->checks[1], parts, 2);
    return snapshot;
}

#endif
