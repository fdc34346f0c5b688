/* compose_html.c - see compose_html.h. Mail programs know tables and inline styles, and little
 * else. */
#include "compose_html.h"

#include <math.h>

#include "../../udf/markup.h"
#include "../../udf/timestamp.h"

static const char *const colours[] = {"#5f6368", "#1e7e34", "#9a6700", "#b42318"};

static void put_escaped(struct buf *out, const char *text)
{
    struct buf clean;
    size_t i;

    buf_init(&clean, COMPOSE_MAX);
    alert_put_clean(&clean, text);
    for (i = 0; i < clean.len; i++)
        if (!markup_put_escape(out, (unsigned char)clean.data[i]))
            buf_append(out, clean.data + i, 1);
    out->failed = out->failed || clean.failed;
    buf_free(&clean);
}

static void put_moment(struct buf *out, int64_t moment)
{
    char text[TIMESTAMP_SQL_SIZE];

    timestamp_format_sql(moment, text);
    buf_printf(out, "%.19s UTC", text);
}

#define CELL "<td style=\"padding:4px 12px 4px 0;vertical-align:top;border-top:1px solid #ddd\">"

static void put_level(struct buf *out, enum health_level level)
{
    buf_printf(out, "<tr>" CELL "<b style=\"color:%s\">%s</b></td>" CELL, colours[level],
               alert_level_word(level));
}

static void put_change(struct buf *out, const struct alert_report *report,
                       const struct alert_change *change)
{
    put_level(out, report->told == ALERT_RESOLVED ? HEALTH_OK : change->level);
    buf_puts(out, "<b>");
    put_escaped(out, change->check);
    buf_puts(out, "</b> (");
    put_escaped(out, change->service);
    buf_puts(out, ")<br>");
    put_escaped(out, change->message);
    if (change->detail && change->detail[0]) {
        buf_puts(out, "<br><code>");
        put_escaped(out, change->detail);
        buf_puts(out, "</code>");
    }
    buf_puts(out, "</td>" CELL);
    put_moment(out, change->since);
    buf_puts(out, "</td></tr>\n");
}

void alert_put_value(struct buf *out, double value)
{
    double size = fabs(value);

    if (value == floor(value) && size < 1e15)
        buf_printf(out, "%.0f", value);
    else
        buf_printf(out, size >= 100 && size < 1e15 ? "%.1f" : "%.3g", value);
}

static void put_check(struct buf *out, const struct health_check *check)
{
    put_level(out, check->level);
    put_escaped(out, check->name);
    buf_puts(out, " (");
    put_escaped(out, check->service);
    buf_puts(out, ")</td>" CELL);
    if (check->has_value && isfinite(check->value)) {
        alert_put_value(out, check->value);
        buf_puts(out, " ");
        put_escaped(out, check->unit);
    }
    buf_puts(out, "</td>" CELL);
    put_escaped(out, check->message);
    buf_puts(out, "</td></tr>\n");
}

static void put_table(struct buf *out, const struct snapshot *snapshot, enum health_level from)
{
    int i;

    buf_puts(out, "<table style=\"border-collapse:collapse\">\n");
    for (i = 0; i < snapshot->check_count; i++)
        if (snapshot->checks[i].level >= from)
            put_check(out, &snapshot->checks[i]);
    buf_puts(out, "</table>\n");
}

void alert_make_html(const struct alert_report *report, const char *subject, struct buf *out)
{
    static const char *const heads[] = {"", "New", "Still so", "Over"};
    int i;

    buf_puts(out, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>");
    put_escaped(out, subject);
    buf_puts(out, "</title></head>\n<body style=\"font-family:sans-serif;font-size:14px\">\n<h2>");
    buf_printf(out, "%s</h2>\n<table style=\"border-collapse:collapse\">\n", heads[report->told]);
    for (i = 0; i < report->change_count; i++)
        put_change(out, report, &report->changes[i]);
    buf_puts(out, "</table>\n<h2>Critical now</h2>\n");
    if (snapshot_level(report->snapshot, NULL) == HEALTH_CRITICAL)
        put_table(out, report->snapshot, HEALTH_CRITICAL);
    else
        buf_puts(out, "<p>Nothing.</p>\n");
    buf_puts(out, "<h2>All checks</h2>\n");
    put_table(out, report->snapshot, HEALTH_UNKNOWN);
    buf_puts(out, "<p>Server ");
    put_escaped(out, report->snapshot->server);
    buf_puts(out, ", rule ");
    put_escaped(out, report->rule);
    buf_printf(out, ", state %s, as of ", alert_told_name(report->told));
    put_moment(out, report->snapshot->made_at);
    buf_puts(out, "</p>\n</body></html>\n");
}
