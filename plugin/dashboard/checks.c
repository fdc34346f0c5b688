/* checks.c - see parts.h: the checks, service by service, and what is wrong, in the banner. */
#include "parts.h"

#include <string.h>

#include "../../udf/timestamp.h"
#include "html.h"

#define ISSUES_MOST 12
/* From so many bytes of the page on, checks are shown without parts, and then with their name and
   level only: 128 checks of 32 parts each would be some megabytes. What comes after them has room.
 */
#define ROOM_PARTS (170u * 1024)
#define ROOM_WHOLE (230u * 1024)

#define SLOT 4 /* units of a look in the strip */

static void put_issue(struct page *page, const struct health_check *check)
{
    struct buf *out = page->out;

    buf_printf(out, "<li class=\"l-%s\">", health_level_name(check->level));
    html_shape(out, check->level);
    buf_puts(out, "<p><a href=\"#");
    html_id(out, check->name);
    buf_puts(out, "\">");
    html_text(out, check->name, HEALTH_NAME_SIZE);
    buf_printf(out, "</a> <b class=\"word\">%s</b> ", health_level_name(check->level));
    html_text(out, check->message, HEALTH_MESSAGE_SIZE);
    buf_puts(out, "</p></li>");
}

void page_issues(struct page *page)
{
    const struct snapshot *s = page->snapshot;
    int shown = 0, left = 0, level, i;

    for (level = HEALTH_CRITICAL; level >= HEALTH_WARNING; level--) {
        for (i = 0; i < s->check_count; i++) {
            if ((int)s->checks[i].level != level)
                continue;
            if (shown == ISSUES_MOST) {
                left++;
                continue;
            }
            if (shown++ == 0)
                buf_puts(page->out, "<ul class=\"issues\">");
            put_issue(page, &s->checks[i]);
        }
    }
    if (left)
        buf_printf(page->out, "<li><p>and %d more, below</p></li>", left);
    if (shown)
        buf_puts(page->out, "</ul>");
}

/* ---- a check */

/* Words such as "orders" are with the value already: not once more with each threshold. */
static const char *short_unit(const char *unit)
{
    static const char *const units[] = {"percent", "ms", "s", "bytes"};
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(unit, units[i]) == 0)
            return units[i];
    return "";
}

static void put_threshold(struct page *page, const struct health_check *check, const char *word,
                          double threshold)
{
    buf_printf(page->out, "<span>%s %s\xC2\xA0", word, check->below ? "&lt;" : "&gt;");
    html_value(page->out, threshold, short_unit(check->unit));
    buf_puts(page->out, "</span> ");
}

static void put_value(struct page *page, const struct health_check *check)
{
    struct buf *out = page->out;

    buf_puts(out, "<p class=\"value\">");
    if (check->has_value) {
        buf_puts(out, "<b>");
        html_value(out, check->value, check->unit);
        buf_puts(out, "</b> ");
    }
    if (check->has_warning)
        put_threshold(page, check, "warning", check->warning);
    if (check->has_critical)
        put_threshold(page, check, "critical", check->critical);
    buf_puts(out, "</p>");
}

/* The last looks, the newest at the right: the worse, the higher, so that it needs no colour. */
static void put_history(struct page *page, const struct health_check *check)
{
    static const int tall[] = {3, 6, 11, 16};
    int n = check->history_count < HEALTH_HISTORY ? check->history_count : HEALTH_HISTORY;
    int counts[HEALTH_CRITICAL + 1] = {0}, level, i;
    struct buf *out = page->out;
    const char *comma = "";

    if (n < 0)
        n = 0;
    for (i = 0; i < n; i++)
        if (check->history[i] <= HEALTH_CRITICAL)
            counts[check->history[i]]++;
    buf_puts(out, "<svg class=\"history\" preserveAspectRatio=\"none\" role=\"img\" ");
    buf_printf(out, "viewBox=\"0 0 %d 16\" aria-label=\"the last %d looks", HEALTH_HISTORY * SLOT,
               n);
    if (check->interval_ms >= 1000) {
        buf_puts(out, ", one every ");
        html_duration(out, check->interval_ms / 1000);
    }
    buf_puts(out, ": ");
    for (level = HEALTH_CRITICAL; level >= HEALTH_UNKNOWN; level--) {
        if (counts[level] == 0)
            continue;
        buf_printf(out, "%s%d %s", comma, counts[level], health_level_name(level));
        comma = ", ";
    }
    buf_printf(out, "\"><path class=\"track\" d=\"M0 15.5H%d\"/>", HEALTH_HISTORY * SLOT);
    for (level = HEALTH_UNKNOWN; level <= HEALTH_CRITICAL; level++) {
        if (counts[level] == 0)
            continue;
        buf_printf(out, "<path class=\"l-%s\" d=\"", health_level_name(level));
        for (i = 0; i < n; i++)
            if (check->history[i] == level)
                buf_printf(out, "M%d 16v-%dh3v%dz", (HEALTH_HISTORY - n + i) * SLOT, tall[level],
                           tall[level]);
        buf_puts(out, "\"/>");
    }
    buf_puts(out, "</svg>");
}

static void put_times(struct page *page, const struct health_check *check)
{
    struct buf *out = page->out;
    int64_t age = (page->now - check->checked_at) / MICROS;

    buf_puts(out, "<p class=\"when\">");
    if (check->checked_at == 0) {
        buf_puts(out, "not looked yet</p>");
        return;
    }
    if (check->since) {
        buf_printf(out, "%s for ", health_level_name(check->level));
        html_duration(out, (page->now - check->since) / MICROS);
        buf_puts(out, " \xC2\xB7 ");
    }
    buf_printf(out, "<span%s>",
               age > 3 * (check->interval_ms / 1000) + 60 ? " class=\"late\"" : "");
    html_duration(out, age);
    buf_puts(out, " ago</span>, in ");
    html_value(out, (double)check->duration_us / 1000, "ms");
    buf_puts(out, "</p>");
}

static bool parts_are_fine(const struct health_check *check)
{
    int i;

    for (i = 0; i < check->part_count; i++)
        if (check->parts[i].level >= HEALTH_WARNING)
            return false;
    return true;
}

static void put_part(struct page *page, const struct health_part *part)
{
    struct buf *out = page->out;

    buf_printf(out, "<tr class=\"l-%s\"><td>", health_level_name(part->level));
    html_shape(out, part->level);
    buf_printf(out, "<span class=\"word\">%s</span></td><th scope=\"row\">",
               health_level_name(part->level));
    html_text(out, part->name, HEALTH_NAME_SIZE);
    buf_puts(out, "</th><td class=\"n\">");
    if (part->latency_us >= 0)
        html_value(out, (double)part->latency_us / 1000, "ms");
    buf_puts(out, "</td><td>");
    html_text(out, part->message, HEALTH_MESSAGE_SIZE);
    buf_puts(out, "</td></tr>");
}

static void put_parts(struct page *page, const struct health_check *check)
{
    struct buf *out = page->out;
    int i;

    if (check->part_count <= 0 || !check->parts)
        return;
    if (page_length(page) > ROOM_PARTS) {
        page->omitted += (size_t)check->part_count;
        return;
    }
    /* its id lets the page keep it open, or closed, when it updates itself */
    buf_puts(out, "<details id=\"d");
    html_id(out, check->name);
    buf_printf(out, "\"%s><summary>%d part%s</summary><table><caption class=\"vh\">parts of ",
               parts_are_fine(check) ? "" : " open", check->part_count,
               check->part_count == 1 ? "" : "s");
    html_text(out, check->name, HEALTH_NAME_SIZE);
    buf_puts(out, "</caption><thead class=\"vh\"><tr><th scope=\"col\">level</th>"
                  "<th scope=\"col\">part</th><th scope=\"col\">latency</th>"
                  "<th scope=\"col\">message</th></tr></thead><tbody>");
    for (i = 0; i < check->part_count; i++) {
        if (page_length(page) > ROOM_PARTS)
            page->omitted++;
        else
            put_part(page, &check->parts[i]);
    }
    buf_puts(out, "</tbody></table></details>");
}

static void put_check(struct page *page, const struct health_check *check)
{
    struct buf *out = page->out;
    bool is_whole = page_length(page) <= ROOM_WHOLE;

    buf_printf(out, "<li class=\"check l-%s\" id=\"", health_level_name(check->level));
    html_id(out, check->name);
    buf_puts(out, "\"><div class=\"name\">");
    html_shape(out, check->level);
    buf_puts(out, "<h4>");
    html_text(out, check->name, HEALTH_NAME_SIZE);
    buf_printf(out, "</h4> <span class=\"word\">%s</span>", health_level_name(check->level));
    if (check->raw != check->level && check->checked_at)
        buf_printf(out, " <span class=\"raw l-%s\">last look: %s</span>",
                   health_level_name(check->raw), health_level_name(check->raw));
    buf_puts(out, "</div>");
    if (is_whole) {
        put_value(page, check);
        put_history(page, check);
        if (check->message[0]) {
            buf_puts(out, "<p class=\"msg\">");
            html_text(out, check->message, HEALTH_MESSAGE_SIZE);
            buf_puts(out, "</p>");
        }
        put_times(page, check);
        put_parts(page, check);
    } else {
        page->omitted++;
    }
    buf_puts(out, "</li>\n");
}

static void put_service(struct page *page, const char *service)
{
    struct buf *out = page->out;
    enum health_level level = snapshot_level(page->snapshot, service);

    buf_puts(out, "<section class=\"service\" aria-labelledby=\"s");
    html_id(out, service);
    buf_printf(out, "\"><header class=\"l-%s\"><h3 id=\"s", health_level_name(level));
    html_id(out, service);
    buf_puts(out, "\">");
    html_text(out, service, HEALTH_NAME_SIZE);
    buf_printf(out, "</h3><span class=\"word\">%s</span></header><ul class=\"checks\">\n",
               health_level_name(level));
}

void page_checks(struct page *page)
{
    const struct snapshot *s = page->snapshot;
    const char *service = NULL;
    int i;

    panel_begin(page, "checks", "Checks", "the last 60 looks of each, the newest at the right");
    for (i = 0; i < s->check_count; i++) {
        if (!service || strcmp(service, s->checks[i].service) != 0) {
            if (service)
                buf_puts(page->out, "</ul></section>\n");
            service = s->checks[i].service;
            put_service(page, service);
        }
        put_check(page, &s->checks[i]);
    }
    if (service)
        buf_puts(page->out, "</ul></section>\n");
    else
        buf_puts(
            page->out,
            "<p class=\"none\">Nothing is looked at: no check is enabled in purser.health_checks, "
            "purser_enabled is OFF, or purser_health_interval is 0.</p>");
    if (page->omitted)
        buf_printf(page->out,
                   "<p class=\"none\">%zu checks or parts are shown without details, for "
                   "want of room: /health/detailed has them.</p>",
                   page->omitted);
    panel_end(page);
}
