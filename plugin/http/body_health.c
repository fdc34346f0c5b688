/*
  body_health.c - what the snapshot says, as JSON: /health, /health/detailed, /health/database,
  /health/payments; each in our form, and as application/health+json
  (draft-inadarei-api-health-check-06).
*/
#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "json_out.h"
#include "purser_version.h"

/* A document about all checks (service NULL) or about those of one service. */
struct page {
    const struct http_view *view;
    const char *service;
    bool details; /* the checks themselves */
    bool report;
    enum health_level level; /* of what it is about; never HEALTH_UNKNOWN where it is about all */
    bool good;
    bool starting; /* nothing was looked at yet */
    struct json_out out;
};

static void judge(struct page *page, struct http_answer *answer)
{
    const struct snapshot *snapshot = page->view->snapshot;

    page->starting = snapshot_is_starting(snapshot);
    if (page->starting)
        page->level = HEALTH_CRITICAL;
    else if (page->service)
        page->level = snapshot_level(snapshot, page->service);
    else
        page->level = snapshot->overall > HEALTH_OK ? snapshot->overall : HEALTH_OK;
    page->good = page->level != HEALTH_CRITICAL && !page->view->stale;
    answer->status = page->good ? HTTP_OK : HTTP_UNAVAILABLE;
    page->out.to = &answer->body;
}

static const char *status_word(const struct page *page)
{
    if (page->view->stale)
        return "stale";
    return page->starting ? "starting" : health_level_name(page->level);
}

static const char *keyword(const struct page *page)
{
    return page->good ? HTTP_KEYWORD_GOOD : HTTP_KEYWORD_BAD;
}

/* pass, warn, fail: unknown is no reason to worry */
static const char *draft_word(enum health_level level)
{
    return level == HEALTH_CRITICAL ? "fail" : level == HEALTH_WARNING ? "warn" : "pass";
}

static bool is_shown(const struct page *page, const struct health_check *check)
{
    return !page->service || strcmp(page->service, check->service) == 0;
}

/* Checks are ordered by service: is this the first one of its? */
static bool begins_service(const struct snapshot *snapshot, int i)
{
    return i == 0 || strcmp(snapshot->checks[i - 1].service, snapshot->checks[i].service) != 0;
}

static void member_text(struct json_out *out, const char *name, const char *text)
{
    json_out_key(out, name);
    json_out_text(out, text);
}

static void member_number(struct json_out *out, const char *name, bool there, double number)
{
    json_out_key(out, name);
    if (there)
        json_out_number(out, number);
    else
        json_out_null(out);
}

static void member_moment(struct json_out *out, const char *name, int64_t moment)
{
    json_out_key(out, name);
    json_out_moment(out, moment);
}

/* ---- our form */

static void put_services(struct page *page)
{
    const struct snapshot *snapshot = page->view->snapshot;
    int i;

    json_out_key(&page->out, "services");
    json_out_begin(&page->out, '{');
    for (i = 0; snapshot && i < snapshot->check_count; i++)
        if (begins_service(snapshot, i))
            member_text(&page->out, snapshot->checks[i].service,
                        health_level_name(snapshot_level(snapshot, snapshot->checks[i].service)));
    json_out_end(&page->out, '}');
}

static void put_parts(struct json_out *out, const struct health_check *check)
{
    int i;

    json_out_key(out, "parts");
    json_out_begin(out, '[');
    for (i = 0; i < check->part_count; i++) {
        const struct health_part *part = &check->parts[i];

        json_out_begin(out, '{');
        member_text(out, "name", part->name);
        member_text(out, "level", health_level_name(part->level));
        member_number(out, "latency_ms", part->latency_us >= 0, (double)part->latency_us / 1000);
        member_text(out, "message", part->message);
        json_out_end(out, '}');
    }
    json_out_end(out, ']');
}

static void put_history(struct json_out *out, const struct health_check *check)
{
    int i;

    json_out_key(out, "history");
    json_out_begin(out, '[');
    for (i = 0; i < check->history_count && i < HEALTH_HISTORY; i++)
        json_out_text(out, health_level_name((enum health_level)check->history[i]));
    json_out_end(out, ']');
}

static void put_check(struct json_out *out, const struct health_check *check)
{
    json_out_begin(out, '{');
    member_text(out, "name", check->name);
    member_text(out, "service", check->service);
    member_text(out, "level", health_level_name(check->level));
    member_text(out, "raw", health_level_name(check->raw));
    member_number(out, "value", check->has_value, check->value);
    member_text(out, "unit", check->unit);
    member_number(out, "warning", check->has_warning, check->warning);
    member_number(out, "critical", check->has_critical, check->critical);
    member_text(out, "direction", check->below ? "below" : "above");
    member_text(out, "message", check->message);
    put_parts(out, check);
    member_moment(out, "since", check->since);
    member_moment(out, "checked_at", check->checked_at);
    member_number(out, "duration_ms", check->checked_at != 0, (double)check->duration_us / 1000);
    member_number(out, "interval_seconds", true, (double)check->interval_ms / 1000);
    put_history(out, check);
    json_out_end(out, '}');
}

static void put_checks(struct page *page, const char *name)
{
    const struct snapshot *snapshot = page->view->snapshot;
    int i;

    json_out_key(&page->out, name);
    json_out_begin(&page->out, '[');
    for (i = 0; snapshot && i < snapshot->check_count; i++)
        if (is_shown(page, &snapshot->checks[i]))
            put_check(&page->out, &snapshot->checks[i]);
    json_out_end(&page->out, ']');
}

static void put_report(struct page *page)
{
    const struct snapshot *snapshot = page->view->snapshot;
    struct json_out *out = &page->out;

    member_text(out, "server", snapshot ? snapshot->server : "");
    member_text(out, "version", PURSER_VERSION);
    member_text(out, "worker", status_worker_name(page->view->worker));
    json_out_key(out, "age_seconds");
    json_out_integer(out, page->view->age_ms / 1000);
    put_services(page);
    put_checks(page, "checks");
    member_moment(out, "report_at", snapshot ? snapshot->report_at : 0);
    json_out_key(out, "report");
    json_out_value(out, snapshot ? snapshot->report : NULL);
}

static void put_plain(struct page *page)
{
    const struct snapshot *snapshot = page->view->snapshot;
    struct json_out *out = &page->out;

    json_out_begin(out, '{');
    member_text(out, "status", status_word(page));
    member_moment(out, "timestamp", snapshot ? snapshot->made_at : page->view->now_us);
    json_out_key(out, "keyword");
    json_out_keyword(out, keyword(page));
    if (page->report)
        put_report(page);
    else if (page->details)
        put_checks(page, "details");
    else
        put_services(page);
    json_out_end(out, '}');
    buf_append(out->to, "\n", 1);
}

/* ---- application/health+json */

static void put_observation(struct json_out *out, const char *id, enum health_level level,
                            const char *message)
{
    member_text(out, "componentId", id);
    member_text(out, "status", draft_word(level));
    if (level > HEALTH_OK && *message)
        member_text(out, "output", message);
}

/* "component:measurement": the service and the check; its parts are further elements. */
static void put_draft_check(struct json_out *out, const struct health_check *check)
{
    char key[2 * HEALTH_NAME_SIZE];
    int i;

    snprintf(key, sizeof(key), "%s:%s", check->service, check->name);
    json_out_key(out, key);
    json_out_begin(out, '[');
    json_out_begin(out, '{');
    put_observation(out, check->name, check->level, check->message);
    if (check->has_value) {
        member_number(out, "observedValue", true, check->value);
        member_text(out, "observedUnit", check->unit);
    }
    if (check->checked_at)
        member_moment(out, "time", check->checked_at);
    json_out_end(out, '}');
    for (i = 0; i < check->part_count; i++) {
        const struct health_part *part = &check->parts[i];

        json_out_begin(out, '{');
        put_observation(out, part->name, part->level, part->message);
        if (part->latency_us >= 0) {
            member_number(out, "observedValue", true, (double)part->latency_us / 1000);
            member_text(out, "observedUnit", "ms");
        }
        json_out_end(out, '}');
    }
    json_out_end(out, ']');
}

static void put_draft_service(struct page *page, const char *service)
{
    struct json_out *out = &page->out;

    json_out_key(out, service);
    json_out_begin(out, '[');
    json_out_begin(out, '{');
    member_text(out, "status", draft_word(snapshot_level(page->view->snapshot, service)));
    member_moment(out, "time", page->view->snapshot->made_at);
    json_out_end(out, '}');
    json_out_end(out, ']');
}

static void put_draft(struct page *page)
{
    const struct snapshot *snapshot = page->view->snapshot;
    struct json_out *out = &page->out;
    int i;

    json_out_begin(out, '{');
    member_text(out, "status", page->good ? draft_word(page->level) : "fail");
    member_text(out, "releaseId", PURSER_VERSION);
    member_text(out, "serviceId", "purser");
    if (page->starting || page->view->stale)
        member_text(out, "output", status_word(page));
    json_out_key(out, "notes");
    json_out_begin(out, '[');
    json_out_keyword(out, keyword(page));
    json_out_end(out, ']');
    json_out_key(out, "checks");
    json_out_begin(out, '{');
    for (i = 0; snapshot && i < snapshot->check_count; i++) {
        const struct health_check *check = &snapshot->checks[i];

        if (page->details && is_shown(page, check))
            put_draft_check(out, check);
        else if (!page->details && begins_service(snapshot, i))
            put_draft_service(page, check->service);
    }
    json_out_end(out, '}');
    json_out_end(out, '}');
    buf_append(out->to, "\n", 1);
}

static void make(struct page *page, enum http_form form, struct http_answer *answer)
{
    judge(page, answer);
    answer->type = form == HTTP_FORM_HEALTH ? "application/health+json" : "application/json";
    if (form == HTTP_FORM_HEALTH)
        put_draft(page);
    else
        put_plain(page);
}

void http_health(const struct http_view *view, enum http_form form, struct http_answer *answer)
{
    struct page page = {.view = view};

    make(&page, form, answer);
}

void http_health_detailed(const struct http_view *view, enum http_form form,
                          struct http_answer *answer)
{
    struct page page = {.view = view, .details = true, .report = true};

    make(&page, form, answer);
}

void http_health_database(const struct http_view *view, enum http_form form,
                          struct http_answer *answer)
{
    struct page page = {.view = view, .service = "database", .details = true};

    make(&page, form, answer);
}

void http_health_payments(const struct http_view *view, enum http_form form,
                          struct http_answer *answer)
{
    struct page page = {.view = view, .service = "payments", .details = true};

    make(&page, form, answer);
}
