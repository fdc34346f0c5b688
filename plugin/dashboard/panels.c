/* panels.c - see parts.h: what else the report says: discrepancies, alerts, outbox, seals, limits.
 */
#include "parts.h"

#include <string.h>

#include "../../udf/timestamp.h"
#include "html.h"

#define NEWEST_MOST 10
#define ALERTS_MOST 20
#define LIMITS_MOST 20
#define TEXT_MOST 64 /* characters of a name in a table */

#define SEPARATOR " \xC2\xB7 "

static size_t at_most(const json_t *array, size_t most)
{
    size_t n = json_array_size(array);

    return n < most ? n : most;
}

static void put_count_cell(struct page *page, const json_t *row, const char *key)
{
    buf_puts(page->out, "<td class=\"n\">");
    report_put_count(page, row, key);
    buf_puts(page->out, "</td>");
}

/* A number in big, with what it is below it. */
static void put_figure(struct page *page, const char *what, const json_t *object, const char *key,
                       const char *more, enum health_level if_any)
{
    int64_t count;
    bool is_known = report_count(object, key, &count);

    buf_printf(page->out, "<div%s%s%s><dt>%s</dt><dd>", count && if_any ? " class=\"l-" : "",
               count && if_any ? health_level_name(if_any) : "", count && if_any ? "\"" : "", what);
    if (count && if_any)
        html_shape(page->out, if_any);
    if (is_known)
        html_count(page->out, count);
    else
        buf_puts(page->out, "\xE2\x80\x93");
    buf_printf(page->out, "%s</dd></div>", more);
}

/* ---- discrepancies */

static void put_finding(struct page *page, const json_t *row)
{
    struct buf *out = page->out;
    char scratch[32];
    const char *amount = report_text(row, "amount"), *difference = report_text(row, "difference");

    buf_puts(out, "<li><p><b>");
    html_text(out, report_text(row, "type"), TEXT_MOST);
    buf_puts(out, "</b><span class=\"n\">");
    html_text(out, amount, 24);
    if (amount[0]) {
        buf_puts(out, "\xC2\xA0");
        html_text(out, report_text(row, "currency"), 3);
    }
    buf_puts(out, "</span></p><p>#");
    html_text(out, json_member_text(row, "id", scratch, sizeof(scratch)), 20);
    buf_puts(out, SEPARATOR);
    html_text(out, report_text(row, "gateway"), TEXT_MOST);
    buf_puts(out, SEPARATOR "day ");
    html_text(out, report_text(row, "date"), 10);
    if (strpbrk(difference, "123456789")) {
        buf_puts(out, SEPARATOR "difference ");
        html_text(out, difference, 24);
    }
    buf_puts(out, SEPARATOR "found ");
    report_put_moment(page, row, "detected_at");
    buf_puts(out, "</p></li>");
}

static void put_newest(struct page *page, const json_t *rows)
{
    size_t i;

    if (!json_is_array(rows) || json_array_size(rows) == 0)
        return;
    buf_puts(page->out, "<h3>Newest</h3><ul class=\"list\">");
    for (i = 0; i < at_most(rows, NEWEST_MOST); i++)
        put_finding(page, json_array_get(rows, i));
    buf_puts(page->out, "</ul>");
}

void page_discrepancies(struct page *page)
{
    const json_t *report = report_object(page, "discrepancies");
    bool is_more = json_is_true(json_object_get(report, "more"));
    int64_t open = report_count_or_0(report, "open");

    panel_begin(page, "discrepancies", "Open discrepancies", NULL);
    if (!report) {
        panel_unknown(page);
    } else if (open == 0) {
        buf_puts(page->out, "<p class=\"none\">None is open.</p>");
    } else {
        buf_puts(page->out, "<dl class=\"figures\">");
        put_figure(page, is_more ? "open, or more" : "open", report, "open", is_more ? "+" : "",
                   HEALTH_WARNING);
        buf_puts(page->out, "</dl>");
        /* somebody paid, and the shop does not know it */
        report_put_types(page, json_object_get(report, "by_type"), "PAID_NOT_RECORDED");
        put_newest(page, json_object_get(report, "newest"));
    }
    panel_end(page);
}

/* ---- alerts */

static void put_alert(struct page *page, const json_t *row)
{
    struct buf *out = page->out;
    enum health_level level = report_level(row, "level");
    const json_t *by = json_object_get(row, "acknowledged");

    buf_printf(out, "<li class=\"l-%s\"><p><span>", health_level_name(level));
    html_shape(out, level);
    buf_puts(out, "<b>");
    html_text(out, report_text(row, "subject"), TEXT_MOST);
    buf_printf(out, "</b> <span class=\"word\">%s</span></span><span>%s</span></p><p>",
               health_level_name(level),
               json_is_true(by) || json_string_length(by) ? "acknowledged" : "not acknowledged");
    buf_puts(out, "since ");
    report_put_moment(page, row, "since");
    if (report_text(row, "state")[0]) {
        buf_puts(out, SEPARATOR "told last: ");
        html_text(out, report_text(row, "state"), TEXT_MOST);
    } else {
        buf_puts(out, SEPARATOR "nobody told yet");
    }
    buf_puts(out, SEPARATOR "rule ");
    html_text(out, report_text(row, "rule"), TEXT_MOST);
    buf_puts(out, "</p></li>");
}

void page_alerts(struct page *page)
{
    const json_t *rows = report_array(page, "alerts");
    size_t i;

    panel_begin(page, "alerts", "Alerts firing", NULL);
    if (!rows) {
        panel_unknown(page);
    } else if (json_array_size(rows) == 0) {
        buf_puts(page->out, "<p class=\"none\">None fires.</p>");
    } else {
        buf_puts(page->out, "<ul class=\"list\">");
        for (i = 0; i < at_most(rows, ALERTS_MOST); i++)
            put_alert(page, json_array_get(rows, i));
        buf_puts(page->out, "</ul>");
        if (json_array_size(rows) >= ALERTS_MOST)
            buf_puts(page->out, "<p class=\"none\">The first 20: there may be more.</p>");
    }
    panel_end(page);
}

void page_outbox(struct page *page)
{
    const json_t *report = report_object(page, "outbox");
    int64_t oldest;

    panel_begin(page, "outbox", "Outbox", NULL);
    if (!report) {
        panel_unknown(page);
    } else {
        buf_puts(page->out, "<dl class=\"figures\">");
        put_figure(page, "waiting", report, "waiting", "", HEALTH_UNKNOWN);
        put_figure(page, "sent in 24 h", report, "sent_24h", "", HEALTH_UNKNOWN);
        put_figure(page, "given up", report, "dead", "", HEALTH_WARNING);
        buf_puts(page->out, "<div><dt>oldest waits</dt><dd>");
        if (report_count(report, "oldest_waiting_seconds", &oldest))
            html_duration(page->out, oldest);
        else
            buf_puts(page->out, "\xE2\x80\x93");
        buf_puts(page->out, "</dd></div></dl>");
    }
    panel_end(page);
}

/* ---- seals and limits */

void page_audit(struct page *page)
{
    const json_t *report = report_object(page, "audit");
    const json_t *is_signed = json_object_get(report, "signed");

    panel_begin(page, "audit", "Audit log", NULL);
    if (!report) {
        panel_unknown(page);
    } else if (report_count_or_0(report, "enabled_tables") == 0 &&
               report_count_or_0(report, "seals") == 0) {
        buf_puts(page->out, "<p class=\"none\">No table is audited.</p>");
    } else {
        buf_puts(page->out, "<dl class=\"figures\">");
        put_figure(page, "tables", report, "enabled_tables", "", HEALTH_UNKNOWN);
        put_figure(page, "sealed rows", report, "rows", "", HEALTH_UNKNOWN);
        put_figure(page, "seals", report, "seals", "", HEALTH_UNKNOWN);
        buf_puts(page->out, "</dl>");
        if (report_count_or_0(report, "seals")) {
            buf_puts(page->out, "<p class=\"none\">Sealed last ");
            report_put_moment(page, report, "last_seal_at");
            buf_printf(page->out, ", %s.</p>", json_is_true(is_signed) ? "signed" : "not signed");
        }
    }
    panel_end(page);
}

void page_rate_limits(struct page *page)
{
    static const char head[] =
        "<div><table><caption class=\"vh\">calls by policy since the server "
        "started</caption><thead><tr>"
        "<th scope=\"col\">policy</th><th scope=\"col\" class=\"n\">allowed</th>"
        "<th scope=\"col\" class=\"n\">denied</th><th scope=\"col\" class=\"n\">shadow</th></tr>"
        "</thead><tbody>";
    const json_t *rows = report_array(page, "rate_limits");
    size_t i;

    panel_begin(page, "limits", "Rate limits", NULL);
    if (!rows) {
        panel_unknown(page);
    } else if (json_array_size(rows) == 0) {
        buf_puts(page->out, "<p class=\"none\">No policy is in force.</p>");
    } else {
        buf_puts(page->out, head);
        for (i = 0; i < at_most(rows, LIMITS_MOST); i++) {
            const json_t *row = json_array_get(rows, i);

            buf_puts(page->out, "<tr><th scope=\"row\">");
            html_text(page->out, report_text(row, "policy"), TEXT_MOST);
            buf_puts(page->out, "</th>");
            put_count_cell(page, row, "allowed");
            put_count_cell(page, row, "denied");
            put_count_cell(page, row, "shadow_denied");
            buf_puts(page->out, "</tr>");
        }
        buf_puts(page->out, "</tbody></table></div>");
        if (json_array_size(rows) >= LIMITS_MOST)
            buf_puts(page->out, "<p class=\"none\">The first 20: there may be more.</p>");
    }
    panel_end(page);
}
