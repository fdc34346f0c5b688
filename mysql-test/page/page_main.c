/*
  page_main.c - the dashboard of a snapshot that a test describes in JSON.

    purser-page < snapshot.json     the page
    purser-page --policy            the Content-Security-Policy that goes with it

  {"server", "overall", "age_ms", "must_not_write", "report_age_s", "report": {…},
   "checks": [{"name", "service", "level", "raw", "message", "value", "unit", "warning", "critical",
               "below", "interval_s", "checked_s", "since_s" (both ago), "duration_us",
               "history": "..ww!!" (. ok, w warning, ! critical, ? unknown),
               "parts": [{"name", "level", "latency_us", "message"}]}]}; null is no snapshot.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/dashboard/dashboard.h"
#include "../../plugin/stop.h"

static void copy(char *to, size_t size, const json_t *from, const char *key)
{
    const char *text = json_string_value(json_object_get(from, key));

    snprintf(to, size, "%s", text ? text : "");
}

static int64_t number(const json_t *from, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(from, key);

    return json_is_number(value) ? (int64_t)json_number_value(value) : otherwise;
}

static enum health_level level_of(const json_t *from, const char *key)
{
    const char *text = json_string_value(json_object_get(from, key));
    int level;

    for (level = HEALTH_CRITICAL; level > HEALTH_UNKNOWN; level--)
        if (text && strcmp(text, health_level_name((enum health_level)level)) == 0)
            break;
    return (enum health_level)level;
}

static bool real(const json_t *from, const char *key, double *value)
{
    const json_t *found = json_object_get(from, key);

    *value = json_number_value(found);
    return json_is_number(found);
}

static void read_history(struct health_check *check, const char *text)
{
    for (; text && *text && check->history_count < HEALTH_HISTORY; text++)
        check->history[check->history_count++] = *text == '.'   ? HEALTH_OK
                                                 : *text == 'w' ? HEALTH_WARNING
                                                 : *text == '!' ? HEALTH_CRITICAL
                                                                : HEALTH_UNKNOWN;
}

static void read_parts(struct health_check *check, const json_t *from)
{
    struct health_part parts[HEALTH_PARTS_MAX];
    size_t n = json_array_size(from), i;

    for (i = 0; i < n && i < HEALTH_PARTS_MAX; i++) {
        const json_t *part = json_array_get(from, i);

        copy(parts[i].name, sizeof(parts[i].name), part, "name");
        copy(parts[i].message, sizeof(parts[i].message), part, "message");
        parts[i].level = level_of(part, "level");
        parts[i].latency_us = number(part, "latency_us", -1);
    }
    if (snapshot_add_parts(check, parts, (int)i) != 0)
        exit(1);
}

static void read_check(struct health_check *check, const json_t *from)
{
    int64_t now = clock_utc_us();

    copy(check->name, sizeof(check->name), from, "name");
    copy(check->service, sizeof(check->service), from, "service");
    copy(check->unit, sizeof(check->unit), from, "unit");
    copy(check->message, sizeof(check->message), from, "message");
    check->level = level_of(from, "level");
    check->raw = json_object_get(from, "raw") ? level_of(from, "raw") : check->level;
    check->has_value = real(from, "value", &check->value);
    check->has_warning = real(from, "warning", &check->warning);
    check->has_critical = real(from, "critical", &check->critical);
    check->below = json_is_true(json_object_get(from, "below"));
    check->interval_ms = number(from, "interval_s", 15) * 1000;
    check->duration_us = number(from, "duration_us", 1000);
    if (json_object_get(from, "checked_s"))
        check->checked_at = now - number(from, "checked_s", 0) * 1000000;
    if (json_object_get(from, "since_s"))
        check->since = now - number(from, "since_s", 0) * 1000000;
    read_history(check, json_string_value(json_object_get(from, "history")));
    read_parts(check, json_object_get(from, "parts"));
}

static struct snapshot *read_snapshot(const json_t *from)
{
    const json_t *checks = json_object_get(from, "checks");
    struct snapshot *s = snapshot_create((int)json_array_size(checks));
    int64_t age_ms = number(from, "age_ms", 0);
    int i;

    if (!s)
        exit(1);
    copy(s->server, sizeof(s->server), from, "server");
    s->overall = level_of(from, "overall");
    s->must_not_write = json_is_true(json_object_get(from, "must_not_write"));
    s->made_ms -= age_ms;
    s->made_at -= age_ms * 1000;
    for (i = 0; i < s->check_count; i++)
        read_check(&s->checks[i], json_array_get(checks, (size_t)i));
    if (json_is_object(json_object_get(from, "report")))
        snapshot_set_report(s, json_incref(json_object_get(from, "report")),
                            clock_utc_us() - number(from, "report_age_s", 0) * 1000000);
    return s;
}

int main(int argc, char **argv)
{
    struct snapshot *snapshot = NULL;
    struct buf page;
    json_error_t error;
    json_t *from;
    int rc;

    if (argc == 2 && strcmp(argv[1], "--policy") == 0) {
        puts(dashboard_csp());
        return 0;
    }
    from = json_loadf(stdin, JSON_DECODE_ANY, &error);
    if (!from) {
        fprintf(stderr, "purser-page: line %d: %s\n", error.line, error.text);
        return 2;
    }
    if (!json_is_null(from))
        snapshot = read_snapshot(from);
    buf_init(&page, DASHBOARD_MAX);
    rc = dashboard_render(snapshot, &page);
    if (rc == 0)
        fwrite(page.data, 1, page.len, stdout);
    buf_free(&page);
    snapshot_release(snapshot);
    json_decref(from);
    return rc == 0 ? 0 : 1;
}
