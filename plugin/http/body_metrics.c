/* body_metrics.c - /metrics: all that Purser counts and knows, in Prometheus' text format 0.0.4. */
#include "answer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../udf/ratelimit/service.h"
#include "../stop.h"
#include "metrics_report.h"
#include "metrics_status.h"
#include "prom_out.h"
#include "purser_version.h"
#include "traffic.h"

#define MICROSECONDS 1e6

/* ---- checks: a family at a time, each over all checks */

static bool check_level(const struct health_check *check, double *value)
{
    *value = check->level;
    return true;
}

static bool check_raw(const struct health_check *check, double *value)
{
    *value = check->raw;
    return true;
}

static bool check_since(const struct health_check *check, double *value)
{
    *value = (double)check->since / MICROSECONDS;
    return check->since != 0;
}

static bool check_looked(const struct health_check *check, double *value)
{
    *value = (double)check->checked_at / MICROSECONDS;
    return check->checked_at != 0;
}

static bool check_duration(const struct health_check *check, double *value)
{
    *value = (double)check->duration_us / MICROSECONDS;
    return check->checked_at != 0;
}

static const struct {
    const char *name, *help;
    bool (*get)(const struct health_check *check, double *value);
} check_families[] = {
    {"purser_health_check_level",
     "Level of a check, damped: 0 unknown, 1 ok, 2 warning, 3 critical.", check_level},
    {"purser_health_check_raw_level", "Level of the last look alone.", check_raw},
    {"purser_health_check_level_since_timestamp_seconds", "Since when the check has its level.",
     check_since},
    {"purser_health_check_last_look_timestamp_seconds", "When the check was done last.",
     check_looked},
    {"purser_health_check_duration_seconds", "How long the last look took.", check_duration},
};

/* Thresholds and the value have the unit that the check has. */
static void put_values(struct buf *to, const struct snapshot *snapshot)
{
    int i;

    prom_family(to, "purser_health_check_value", "gauge",
                "What the check found, in the unit that the label says.");
    for (i = 0; i < snapshot->check_count; i++) {
        const struct health_check *c = &snapshot->checks[i];
        struct prom_label labels[] = {
            {"check", c->name}, {"service", c->service}, {"unit", c->unit}};

        if (c->has_value)
            prom_sample(to, "purser_health_check_value", labels, 3, c->value);
    }
    prom_family(to, "purser_health_check_threshold", "gauge",
                "From where on the check's value is bad, in the same unit.");
    for (i = 0; i < snapshot->check_count; i++) {
        const struct health_check *c = &snapshot->checks[i];
        struct prom_label labels[] = {
            {"check", c->name}, {"service", c->service}, {"severity", "warning"}};

        if (c->has_warning)
            prom_sample(to, "purser_health_check_threshold", labels, 3, c->warning);
        labels[2].value = "critical";
        if (c->has_critical)
            prom_sample(to, "purser_health_check_threshold", labels, 3, c->critical);
    }
}

static void put_parts(struct buf *to, const struct snapshot *snapshot)
{
    int pass, i, k;

    for (pass = 0; pass < 2; pass++) {
        const char *name =
            pass == 0 ? "purser_health_part_level" : "purser_health_part_latency_seconds";

        prom_family(to, name, "gauge",
                    pass == 0 ? "Level of one thing of several that a check looks at."
                              : "How long it took to answer.");
        for (i = 0; i < snapshot->check_count; i++)
            for (k = 0; k < snapshot->checks[i].part_count; k++) {
                const struct health_part *part = &snapshot->checks[i].parts[k];
                struct prom_label labels[] = {{"check", snapshot->checks[i].name},
                                              {"part", part->name}};

                if (pass == 0)
                    prom_sample(to, name, labels, 2, part->level);
                else if (part->latency_us >= 0)
                    prom_sample(to, name, labels, 2, (double)part->latency_us / MICROSECONDS);
            }
    }
}

static void put_checks(struct buf *to, const struct snapshot *snapshot)
{
    size_t f;
    int i;

    for (f = 0; f < sizeof(check_families) / sizeof(check_families[0]); f++) {
        prom_family(to, check_families[f].name, "gauge", check_families[f].help);
        for (i = 0; i < snapshot->check_count; i++) {
            const struct health_check *check = &snapshot->checks[i];
            struct prom_label labels[] = {{"check", check->name}, {"service", check->service}};
            double value;

            if (check_families[f].get(check, &value))
                prom_sample(to, check_families[f].name, labels, 2, value);
        }
    }
    put_values(to, snapshot);
    put_parts(to, snapshot);
}

static void put_snapshot(struct buf *to, const struct http_view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    bool starting = snapshot_is_starting(snapshot);
    bool healthy = !starting && !view->stale && snapshot->overall != HEALTH_CRITICAL;

    prom_single(to, "purser_health_ok", "gauge", "1 while /health answers 200, else 0.", healthy);
    if (!snapshot)
        return;
    prom_single(
        to, "purser_health_level", "gauge",
        "Worst level of all checks: 1 ok, 2 warning, 3 critical; 0 while nothing is looked at.",
        starting                        ? HEALTH_UNKNOWN
        : snapshot->overall > HEALTH_OK ? snapshot->overall
                                        : HEALTH_OK);
    prom_single(to, "purser_health_snapshot_age_seconds", "gauge",
                "How old it is what this page says of health.", (double)view->age_ms / 1000);
    if (snapshot->report_at)
        prom_single(to, "purser_health_report_timestamp_seconds", "gauge",
                    "When the figures of reconciliation, outbox and audit log were read.",
                    (double)snapshot->report_at / MICROSECONDS);
    put_checks(to, snapshot);
    metrics_of_report(to, snapshot->report);
}

/* ---- the rate limiter */

static void put_limiter(struct buf *to)
{
    struct rate_limiter *limiter = rate_service_if_any();
    struct rate_counters c = {0};
    uint64_t keys = 0, bytes = 0;
    const char *name = "purser_rate_limit_requests_total";

    if (limiter)
        rate_limiter_totals(limiter, &c, &keys, &bytes);
    prom_single(to, "purser_rate_limit_keys", "gauge", "Keys that the rate limiter holds.",
                (double)keys);
    prom_single(to, "purser_rate_limit_bytes", "gauge", "Memory of these keys.", (double)bytes);
    prom_family(to, name, "counter", "Calls of the rate limiter, by what they were told.");
    prom_sample(to, name, &(struct prom_label){"result", "allowed"}, 1, (double)c.allowed);
    prom_sample(to, name, &(struct prom_label){"result", "denied"}, 1, (double)c.denied);
    prom_sample(to, name, &(struct prom_label){"result", "shadow_denied"}, 1,
                (double)c.shadow_denied);
    name = "purser_rate_limit_evictions_total";
    prom_family(to, name, "counter", "Keys that made place, by what they were.");
    prom_sample(to, name, &(struct prom_label){"key", "expired"}, 1, (double)c.evicted_expired);
    prom_sample(to, name, &(struct prom_label){"key", "live"}, 1, (double)c.evicted_live);
}

static void put_policies(struct buf *to)
{
    const char *name = "purser_rate_policy_requests_total";
    struct rate_policies *policies = rate_service_policies();
    int i, n = rate_policies_count(policies);

    if (n > 0)
        prom_family(to, name, "counter", "Calls under a named limit, by what they were told.");
    for (i = 0; i < n; i++) {
        struct rate_policy *p = rate_policies_at(policies, i);
        struct prom_label labels[] = {{"policy", p->name}, {"result", "allowed"}};

        prom_sample(to, name, labels, 2, (double)p->allowed);
        labels[1].value = "denied";
        prom_sample(to, name, labels, 2, (double)p->denied);
        labels[1].value = "shadow_denied";
        prom_sample(to, name, labels, 2, (double)p->shadow_denied);
    }
    rate_service_release();
}

/* ---- the listener itself */

static void put_traffic(struct buf *to, const struct http_traffic *traffic)
{
    const char *name = "purser_http_answers_total";
    int i, k;

    prom_family(to, name, "counter", "Answers of Purser's HTTP listener.");
    for (i = 0; i < HTTP_TRAFFIC_ROWS; i++)
        for (k = 0; k < HTTP_CODES; k++) {
            const struct http_route *route = http_route_at(i);
            char code[8];
            const char *path = route                    ? route->path
                               : i == HTTP_TRAFFIC_API  ? "/v1"
                               : i == HTTP_TRAFFIC_PEER ? "/peer/rates"
                                                        : "other";
            struct prom_label labels[] = {{"path", path}, {"code", code}};

            snprintf(code, sizeof(code), "%d", (int)http_traffic_code(k));
            if (traffic->answers[i][k])
                prom_sample(to, name, labels, 2, (double)traffic->answers[i][k]);
        }
    prom_single(to, "purser_http_connections", "gauge", "Connections to the HTTP listener.",
                traffic->connections);
    prom_single(to, "purser_http_slow_connections_cut_total", "counter",
                "Connections to the HTTP listener that were cut because they took too long.",
                (double)traffic->cut);
}

void http_metrics(const struct http_view *view, enum http_form form, struct http_answer *answer)
{
    struct buf *to = &answer->body;

    (void)form;
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
    prom_family(to, "purser_build_info", "gauge", "The library that is loaded; always 1.");
    prom_sample(to, "purser_build_info", &(struct prom_label){"version", PURSER_VERSION}, 1, 1);
    metrics_of_status(to, view->worker);
    put_limiter(to);
    put_policies(to);
    if (view->traffic)
        put_traffic(to, view->traffic);
    put_snapshot(to, view);
}
