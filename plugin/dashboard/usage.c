/* usage.c - see parts.h: which clients are near or over the limits of their packages this month. */
#include "parts.h"

#include "../../udf/timestamp.h"
#include "html.h"

#define CLIENTS_MOST 10
#define TEXT_MOST 64

static void put_client(struct page *page, const json_t *row)
{
    struct buf *out = page->out;
    char scratch[32];

    buf_puts(out, "<tr><th scope=\"row\">");
    html_text(out, json_member_text(row, "client", scratch, sizeof(scratch)), 20);
    buf_puts(out, "</th><td>");
    html_text(out, report_text(row, "package"), TEXT_MOST);
    buf_puts(out, "</td><td>");
    html_text(out, report_text(row, "type"), TEXT_MOST);
    buf_puts(out, "</td><td class=\"n\">");
    html_text(out, report_text(row, "percent"), 16);
    buf_puts(out, report_text(row, "percent")[0] ? "\xC2\xA0%</td></tr>" : "</td></tr>");
}

static void put_clients(struct page *page, const json_t *rows)
{
    static const char head[] =
        "<div><table><caption class=\"vh\">clients that have used most of their limit this "
        "month</caption><thead><tr><th scope=\"col\">client</th><th scope=\"col\">package</th>"
        "<th scope=\"col\">told</th><th scope=\"col\" class=\"n\">used</th></tr></thead><tbody>";
    size_t i, n = json_array_size(rows) < CLIENTS_MOST ? json_array_size(rows) : CLIENTS_MOST;

    buf_puts(page->out, head);
    for (i = 0; i < n; i++)
        put_client(page, json_array_get(rows, i));
    buf_puts(page->out, "</tbody></table></div>");
}

void page_usage(struct page *page)
{
    const json_t *report = report_object(page, "usage");
    const json_t *types = json_object_get(report, "alerts");
    const json_t *rows = json_object_get(report, "clients");

    panel_begin(page, "usage", "Clients near their limits", NULL);
    if (!report) {
        panel_unknown(page);
    } else if (!json_is_true(json_object_get(report, "any"))) {
        buf_puts(page->out, "<p class=\"none\">There is no client.</p>");
    } else if (json_object_size(types) == 0) {
        buf_puts(page->out, "<p class=\"none\">None has reached a threshold in ");
        html_text(page->out, report_text(report, "month"), 7);
        buf_puts(page->out, ".</p>");
    } else {
        buf_puts(page->out, "<p class=\"none\">Thresholds reached in ");
        html_text(page->out, report_text(report, "month"), 7);
        buf_printf(page->out, "%s:</p>",
                   json_is_true(json_object_get(report, "more")) ? ", or more" : "");
        report_put_types(page, types, NULL);
        put_clients(page, rows);
    }
    panel_end(page);
}
