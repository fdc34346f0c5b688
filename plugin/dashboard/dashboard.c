/*
  dashboard.c - see dashboard.h: the frame of the page, its banner, and its policy.

  THREADS: any. What is computed once (the hashes of style and script) is under a pthread_once_t,
  and constant afterwards.
*/
#include "dashboard.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "../../udf/crypto.h"
#include "../../udf/timestamp.h"
#include "../stop.h"
#include "dashboard_assets.h"
#include "html.h"
#include "parts.h"
#include "purser_version.h"

#define REPORT_LATE 120 /* seconds: it is made every 30 */

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

/* ---- style and script */

static const char style[] = DASHBOARD_STYLE;
static const char script[] = DASHBOARD_SCRIPT;
static pthread_once_t hashes_once = PTHREAD_ONCE_INIT;
static char policy[512];
static char build[CRYPTO_TEXT_SIZE]; /* tells pages of one library from those of another */

static int hash(const char *text, size_t len, char base64[CRYPTO_TEXT_SIZE])
{
    struct crypto_piece piece = {text, len};
    unsigned char digest[CRYPTO_SHA256_SIZE];

    if (crypto_sha256(&piece, 1, digest) != 0)
        return -1;
    crypto_encode(CRYPTO_BASE64, digest, sizeof(digest), base64);
    return 0;
}

static void compute_hashes(void)
{
    char of_style[CRYPTO_TEXT_SIZE], of_script[CRYPTO_TEXT_SIZE];

    /* without memory for it: a page that is legible, without style and script */
    snprintf(policy, sizeof(policy),
             "default-src 'none'; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'");
    if (hash(style, sizeof(style) - 1, of_style) != 0 ||
        hash(script, sizeof(script) - 1, of_script) != 0)
        return;
    snprintf(build, sizeof(build), "%.12s%.12s", of_style, of_script);
    snprintf(policy, sizeof(policy),
             "default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; "
             "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'",
             of_style, of_script);
}

const char *dashboard_csp(void)
{
    pthread_once(&hashes_once, compute_hashes);
    return policy;
}

/* ---- the head */

/* The shapes tell the levels apart without colour: a disc with a tick, a triangle, an octagon with
   a cross, a ring. */
static const char shapes[] =
    "<svg class=\"defs\" aria-hidden=\"true\">"
    "<symbol id=\"s-ok\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"7\"/>"
    "<path class=\"in\" d=\"M4.8 8.3l2.2 2.2 4.2-4.6\"/></symbol>"
    "<symbol id=\"s-warning\" viewBox=\"0 0 16 16\"><path d=\"M8 1l7.4 13.6H.6z\"/>"
    "<path class=\"in\" d=\"M8 5.8v4.2M8 12v.6\"/></symbol>"
    "<symbol id=\"s-critical\" viewBox=\"0 0 16 16\">"
    "<path d=\"M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z\"/>"
    "<path class=\"in\" d=\"M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2\"/></symbol>"
    "<symbol id=\"s-unknown\" viewBox=\"0 0 16 16\">"
    "<circle class=\"ring\" cx=\"8\" cy=\"8\" r=\"6\"/></symbol></svg>\n";

/* The same for the tab: data of the page itself, no request. */
static const char *const icons[] = {
    "%3Ccircle cx='8' cy='8' r='6' fill='none' stroke='%23767f8a' stroke-width='3'/%3E",
    "%3Ccircle cx='8' cy='8' r='7' fill='%231f8a4c'/%3E",
    "%3Cpath d='M8 1l7.4 14H.6z' fill='%23c98a00'/%3E",
    "%3Cpath d='M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z' fill='%23c4283a'/%3E"};

/* What the page says of the whole: what is stale is critical, whatever it was. */
static enum health_level shown_level(const struct page *page)
{
    if (!page->snapshot)
        return HEALTH_UNKNOWN;
    if (page->is_stale)
        return HEALTH_CRITICAL;
    if (snapshot_is_starting(page->snapshot) && page->snapshot->overall != HEALTH_CRITICAL)
        return HEALTH_UNKNOWN;
    return page->snapshot->overall <= HEALTH_CRITICAL ? page->snapshot->overall : HEALTH_UNKNOWN;
}

static const char *shown_word(const struct page *page)
{
    static const char *const words[] = {"Nothing known", "OK", "Warning", "Critical"};

    return page->is_stale ? "STALE" : words[shown_level(page)];
}

static void put_server(struct page *page)
{
    html_text(page->out, page->snapshot ? page->snapshot->server : NULL, 128);
}

static void put_head(struct page *page)
{
    struct buf *out = page->out;

    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    buf_printf(out, "%s \xC2\xB7 ", shown_word(page));
    put_server(page);
    buf_puts(out, " \xC2\xB7 Purser</title>\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"robots\" content=\"noindex\">\n"
                  "<meta name=\"referrer\" content=\"no-referrer\">\n");
    buf_printf(out,
               "<link rel=\"icon\" id=\"icon\" href=\"data:image/svg+xml,%%3Csvg "
               "xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%%3E%s%%3C/svg%%3E\">\n",
               icons[shown_level(page)]);
    buf_puts(out, "<noscript><meta http-equiv=\"refresh\" content=\"" TEXT(
                      DASHBOARD_REFRESH) "\"></noscript>\n<style>");
    buf_append(out, style, sizeof(style) - 1);
    buf_puts(out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">to the state</a>\n");
    buf_puts(out, shapes);
    buf_puts(out, "<header class=\"bar\"><p class=\"brand\">Purser</p><p class=\"server\">");
    put_server(page);
    buf_puts(out, "</p><p id=\"live\" role=\"status\"></p></header>\n"
                  "<p id=\"lost\" role=\"alert\" hidden></p>\n");
}

/* ---- the banner */

static void put_counts(struct page *page)
{
    int counts[HEALTH_CRITICAL + 1] = {0}, level, i;
    const struct snapshot *s = page->snapshot;
    const char *comma = "";

    for (i = 0; i < s->check_count; i++)
        if (s->checks[i].level <= HEALTH_CRITICAL)
            counts[s->checks[i].level]++;
    for (level = HEALTH_CRITICAL; level >= HEALTH_UNKNOWN; level--) {
        if (!counts[level])
            continue;
        buf_printf(page->out, "%s%d %s%s", comma, counts[level],
                   health_level_name((enum health_level)level),
                   level == HEALTH_WARNING && counts[level] > 1 ? "s" : "");
        comma = ", ";
    }
    buf_printf(page->out, "%s%d check%s", comma[0] ? " of " : "", s->check_count,
               s->check_count == 1 ? "" : "s");
}

static void put_ages(struct page *page)
{
    const struct snapshot *s = page->snapshot;

    buf_puts(page->out, "<p class=\"ages\">As of ");
    html_moment(page->out, s->made_at);
    if (page->now - s->made_at >= 2 * MICROS) {
        buf_puts(page->out, ", ");
        html_duration(page->out, (page->now - s->made_at) / MICROS);
        buf_puts(page->out, " old");
    }
    buf_puts(page->out, "</p>");
}

static void put_banner(struct page *page)
{
    struct buf *out = page->out;
    const struct snapshot *s = page->snapshot;

    buf_printf(out,
               "<section class=\"state l-%s%s\" aria-labelledby=\"state\"><div class=\"verdict\">",
               health_level_name(shown_level(page)), page->is_stale ? " stale" : "");
    html_shape(out, shown_level(page));
    buf_printf(out, "<h1 id=\"state\">%s</h1></div><div class=\"tells\">", shown_word(page));
    if (!s) {
        buf_puts(out, "<p>Purser's health thread has not looked yet, or it is stopped.</p>");
    } else {
        if (page->is_stale) {
            buf_puts(out, "<p class=\"big\">Nothing new for ");
            html_duration(out, (page->now - s->made_at) / MICROS);
            buf_printf(out,
                       ": Purser's health thread stands still. Do not rely on what is below; it "
                       "was %s.</p>",
                       health_level_name(s->overall));
        }
        buf_puts(out, "<p class=\"counts\">");
        put_counts(page);
        buf_puts(out, "</p>");
        put_ages(page);
        if (s->must_not_write)
            buf_puts(out, "<p class=\"note\">A replica that must not take writes: not ready.</p>");
        page_issues(page);
    }
    buf_puts(out, "</div></section>\n");
}

/* ---- the rest */

static void put_report_age(struct page *page)
{
    const struct snapshot *s = page->snapshot;
    int64_t age = (page->now - s->report_at) / MICROS;

    if (!s->report || !s->report_at)
        return;
    buf_printf(page->out, "<p class=\"figures-of%s\">Figures as of ",
               age > REPORT_LATE ? " late" : "");
    html_moment(page->out, s->report_at);
    buf_puts(page->out, ", <span>");
    html_duration(page->out, age);
    buf_printf(page->out, "</span> old%s.</p>\n",
               age > REPORT_LATE ? ": late, they are made every 30 s" : "");
}

static void put_main(struct page *page)
{
    struct buf *out = page->out;

    /* the script tells a screen reader of a change of data-say, and of nothing else */
    buf_printf(out, "<main id=\"main\" tabindex=\"-1\" data-build=\"%s\" data-say=\"%s\">\n", build,
               shown_word(page));
    put_banner(page);
    if (page->snapshot) {
        buf_puts(out, "<div class=\"columns\">\n");
        page_checks(page);
        buf_puts(out, "<div class=\"side\">\n");
        put_report_age(page);
        page_reconciliation(page);
        page_discrepancies(page);
        page_alerts(page);
        page_usage(page);
        page_outbox(page);
        page_rate_limits(page);
        page_audit(page);
        buf_puts(out, "</div></div>\n");
    }
    buf_puts(out, "</main>\n");
}

int dashboard_render(const struct snapshot *snapshot, struct buf *out)
{
    struct page page = {.snapshot = snapshot, .out = out, .begin = out->len};

    (void)dashboard_csp();
    page.now = clock_utc_us();
    if (snapshot) {
        /* by the clock that nobody sets: an age is right though the other one was put back */
        page.now = snapshot->made_at + (clock_ms() - snapshot->made_ms) * 1000;
        page.is_stale = snapshot_is_stale(snapshot);
    }
    put_head(&page);
    put_main(&page);
    buf_puts(out, "<footer><p>Purser " PURSER_VERSION
                  ". Updates itself every " TEXT(DASHBOARD_REFRESH) " s.</p></footer>\n<script>");
    buf_append(out, script, sizeof(script) - 1);
    buf_puts(out, "</script>\n</body>\n</html>\n");
    return out->failed ? -1 : 0;
}
