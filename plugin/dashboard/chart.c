/*
  chart.c - see parts.h: reconciliation by day and gateway, as bars and as a table.

  For each gateway what matched stands upwards, discrepancies hang downwards on a scale of their
  own: three in ten thousand would not be seen otherwise. Only SVG's own attributes are used, since
  the page's policy allows no style in elements.
*/
#include "parts.h"

#include <string.h>

#include "../../udf/timestamp.h"
#include "html.h"

#define DAYS 14
#define GATEWAYS_MOST 6
#define UP 100  /* units of the highest bar of matches */
#define DOWN 30 /* and of discrepancies */
#define STEP 10 /* units of a day */

struct day {
    bool is_there;
    const char *state; /* borrowed from the report */
    int64_t matched, discrepancies, internal, gateway;
};

struct chart {
    const char *gateway; /* borrowed from the report */
    int32_t first;       /* day at the left */
    struct day days[DAYS];
    int64_t most_matched, most_discrepancies, matched, discrepancies, internal;
};

/* A state that Purser knows, as a constant; what else is said is not shown. */
static const char *known_state(const char *state)
{
    static const char *const states[] = {"complete", "incomplete", "failed", "running"};
    size_t i;

    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(state, states[i]) == 0)
            return states[i];
    return "unknown";
}

static void take_row(struct chart *chart, const json_t *row)
{
    const char *date = report_text(row, "date");
    struct day *day;
    int32_t number;

    if (date_parse(date, strlen(date), &number, NULL) != 0 || number < chart->first ||
        number >= chart->first + DAYS)
        return;
    day = &chart->days[number - chart->first];
    day->is_there = true;
    day->state = known_state(report_text(row, "state"));
    day->matched = report_count_or_0(row, "matched");
    day->discrepancies = report_count_or_0(row, "discrepancies");
    day->internal = report_count_or_0(row, "internal_records");
    day->gateway = report_count_or_0(row, "gateway_records");
}

/* Counts of a shop are far below what would overflow; what is not, is cut. */
static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static void add_up(struct chart *chart)
{
    int i;

    for (i = 0; i < DAYS; i++) {
        const struct day *day = &chart->days[i];

        if (day->matched > chart->most_matched)
            chart->most_matched = day->matched;
        if (day->discrepancies > chart->most_discrepancies)
            chart->most_discrepancies = day->discrepancies;
        chart->matched = add(chart->matched, day->matched);
        chart->discrepancies = add(chart->discrepancies, day->discrepancies);
        chart->internal = add(chart->internal, day->internal);
    }
}

static int32_t last_day(const struct page *page, const json_t *rows)
{
    int32_t last = (int32_t)(page->now / (DAY_SECONDS * MICROS)) - 1, day;
    size_t i;

    for (i = 0; i < json_array_size(rows); i++) {
        const char *date = report_text(json_array_get(rows, i), "date");

        /* a day that is further ahead than any zone is a mistake */
        if (date_parse(date, strlen(date), &day, NULL) == 0 && day > last && day <= last + 2)
            last = day;
    }
    return last;
}

static void put_tip(struct page *page, const struct chart *chart, int i)
{
    const struct day *day = &chart->days[i];
    char date[DATE_TEXT_SIZE];

    date_format(chart->first + i, date);
    buf_printf(page->out, "<title>%s: ", date);
    if (!day->is_there) {
        buf_puts(page->out, "not reconciled</title>");
        return;
    }
    html_count(page->out, day->matched);
    buf_puts(page->out, " of ");
    html_count(page->out, day->internal);
    buf_puts(page->out, " orders matched, ");
    html_count(page->out, day->discrepancies);
    buf_printf(page->out, " discrepancies, %s</title>", day->state);
}

/* At least one unit: what is there shall be seen. */
static double bar_height(int64_t count, int64_t most, int units)
{
    double height = most > 0 ? (double)count / (double)most * units : 0;

    return count > 0 && height < 1 ? 1 : height;
}

static void put_bars(struct page *page, const struct chart *chart)
{
    struct buf *out = page->out;
    int i;

    for (i = 0; i < DAYS; i++) {
        const struct day *day = &chart->days[i];
        double up = bar_height(day->matched, chart->most_matched, UP);
        double down = bar_height(day->discrepancies, chart->most_discrepancies, DOWN);
        int x = i * STEP;

        buf_puts(out, "<g>");
        put_tip(page, chart, i);
        buf_printf(out, "<rect class=\"hit\" x=\"%d\" y=\"0\" width=\"%d\" height=\"%d\"/>", x,
                   STEP, UP + DOWN);
        if (!day->is_there)
            buf_printf(out, "<rect class=\"gap\" x=\"%d\" y=\"%d\" width=\"7\" height=\"3\"/>",
                       x + 1, UP - 3);
        if (up > 0)
            buf_printf(out,
                       "<rect class=\"up %s\" x=\"%d\" y=\"%.1f\" width=\"7\" height=\"%.1f\"/>",
                       day->state, x + 1, UP - up, up);
        if (down > 0)
            buf_printf(out, "<rect class=\"down\" x=\"%d\" y=\"%d\" width=\"7\" height=\"%.1f\"/>",
                       x + 1, UP + 2, down > 2 ? down - 2 : 1);
        buf_puts(out, "</g>");
    }
}

/* 1234 as 1.2k: a column of the phone has room for four characters. */
static void put_short_count(struct buf *out, int64_t count)
{
    if (count < 1000)
        buf_printf(out, "%d", (int)count);
    else if (count < 10000)
        buf_printf(out, "%d.%dk", (int)(count / 1000), (int)(count / 100 % 10));
    else if (count < 1000000)
        buf_printf(out, "%dk", (int)(count / 1000));
    else
        buf_puts(out, "&gt;1M");
}

/* Below the bars: the number of discrepancies, a mark for the state, the day of the month. */
static void put_axis(struct page *page, const struct chart *chart)
{
    struct buf *out = page->out;
    int i, year, month, mday;

    buf_puts(out, "<ol class=\"axis\" aria-hidden=\"true\">");
    for (i = 0; i < DAYS; i++) {
        const struct day *day = &chart->days[i];

        date_to_civil(chart->first + i, &year, &month, &mday);
        buf_printf(out, "<li class=\"%s\"><b>", day->is_there ? day->state : "gap");
        if (!day->is_there)
            buf_puts(out, "\xE2\x80\x93");
        else if (day->discrepancies > 0)
            put_short_count(out, day->discrepancies);
        buf_printf(out, "</b><span>%02d</span></li>", mday);
    }
    buf_puts(out, "</ol>");
}

static void put_table(struct page *page, const struct chart *chart)
{
    struct buf *out = page->out;
    char date[DATE_TEXT_SIZE];
    int i;

    buf_puts(out, "<details id=\"r");
    html_id(out, chart->gateway);
    buf_puts(out, "\"><summary>as a table</summary><div class=\"wide\" role=\"region\" "
                  "tabindex=\"0\" aria-label=\"table\"><table><caption class=\"vh\">"
                  "reconciliation by day: ");
    html_text(out, chart->gateway, 64);
    buf_puts(out,
             "</caption><thead><tr><th scope=\"col\">day</th><th scope=\"col\">state</th>"
             "<th scope=\"col\" class=\"n\">orders</th><th scope=\"col\" class=\"n\">payments</th>"
             "<th scope=\"col\" class=\"n\">matched</th>"
             "<th scope=\"col\" class=\"n\">discrepancies</th></tr></thead><tbody>");
    for (i = DAYS - 1; i >= 0; i--) {
        const struct day *day = &chart->days[i];
        const int64_t counts[] = {day->internal, day->gateway, day->matched, day->discrepancies};
        size_t j;

        date_format(chart->first + i, date);
        buf_printf(out, "<tr><th scope=\"row\">%s</th><td>%s</td>", date,
                   day->is_there ? day->state : "not reconciled");
        for (j = 0; j < sizeof(counts) / sizeof(counts[0]); j++) {
            buf_puts(out, "<td class=\"n\">");
            if (day->is_there)
                html_count(out, counts[j]);
            buf_puts(out, "</td>");
        }
        buf_puts(out, "</tr>");
    }
    buf_puts(out, "</tbody></table></div></details>");
}

/* What the chart says in words: for those who do not see it, and for those who do. */
static void put_summary(struct page *page, const struct chart *chart)
{
    struct buf *out = page->out;

    html_count(out, chart->matched);
    buf_puts(out, " of ");
    html_count(out, chart->internal);
    buf_puts(out, " orders matched, ");
    html_count(out, chart->discrepancies);
    buf_puts(out, chart->discrepancies == 1 ? " discrepancy" : " discrepancies");
}

static void put_chart(struct page *page, const struct chart *chart)
{
    struct buf *out = page->out;

    buf_puts(out, "<figure class=\"chart\"><figcaption><h3>");
    html_text(out, chart->gateway, 64);
    buf_puts(out, "</h3><p>");
    put_summary(page, chart);
    buf_puts(out, "</p></figcaption><div class=\"plot\"><span class=\"top\" aria-hidden=\"true\">");
    html_count(out, chart->most_matched);
    buf_printf(out,
               "</span><svg preserveAspectRatio=\"none\" viewBox=\"0 0 %d %d\" role=\"img\" "
               "aria-label=\"",
               DAYS * STEP - 1, UP + DOWN + 2);
    html_text(out, chart->gateway, 64);
    buf_puts(out, ", 14 days: ");
    put_summary(page, chart);
    buf_printf(out, "\"><path class=\"grid\" d=\"M0 .5H%d M0 %d.5H%d\"/>", DAYS * STEP, UP / 2,
               DAYS * STEP);
    put_bars(page, chart);
    buf_printf(out, "<path class=\"base\" d=\"M0 %d.5H%d\"/></svg></div>", UP, DAYS * STEP);
    put_axis(page, chart);
    put_table(page, chart);
    buf_puts(out, "</figure>\n");
}

/* The gateways that the report names, and those of its rows; each once. */
static size_t list_gateways(const struct page *page, const json_t *rows, struct chart *charts,
                            size_t *left_out)
{
    const json_t *names = report_array(page, "gateways");
    size_t n = 0, i, j, named = json_array_size(names), all = named + json_array_size(rows);

    *left_out = 0;
    for (i = 0; i < all; i++) {
        const char *name = i < named ? json_string_value(json_array_get(names, i))
                                     : report_text(json_array_get(rows, i - named), "gateway");

        if (!name || !name[0])
            continue;
        for (j = 0; j < n && strcmp(charts[j].gateway, name) != 0; j++)
            ;
        if (j < n)
            continue;
        if (n == GATEWAYS_MOST) {
            *left_out = 1;
            break;
        }
        charts[n++].gateway = name;
    }
    return n;
}

void page_reconciliation(struct page *page)
{
    const json_t *rows = report_array(page, "reconciliation");
    struct chart charts[GATEWAYS_MOST] = {{0}};
    int32_t first = last_day(page, rows) - DAYS + 1;
    size_t left_out, n = list_gateways(page, rows, charts, &left_out), i, j;

    panel_begin(page, "reconciliation", "Reconciliation", NULL);
    if (n)
        buf_puts(page->out,
                 "<p class=\"keys\"><span><i class=\"up\"></i>matched</span> "
                 "<span><i class=\"part\"></i>matched, day not complete</span> "
                 "<span><i class=\"down\"></i>discrepancies, on a scale of their own</span></p>");
    if (!rows)
        panel_unknown(page);
    else if (n == 0)
        buf_puts(page->out, "<p class=\"none\">No gateway, and nothing reconciled.</p>");
    for (i = 0; i < n; i++) {
        charts[i].first = first;
        for (j = 0; j < json_array_size(rows); j++) {
            const json_t *row = json_array_get(rows, j);

            if (strcmp(report_text(row, "gateway"), charts[i].gateway) == 0)
                take_row(&charts[i], row);
        }
        add_up(&charts[i]);
        put_chart(page, &charts[i]);
    }
    if (left_out)
        buf_puts(page->out,
                 "<p class=\"none\">There are more gateways: purser.latest_runs has them "
                 "all.</p>");
    panel_end(page);
}
