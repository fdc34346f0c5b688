#include "../../plugin/dashboard/dashboard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/dashboard/html.h"
#include "../../plugin/stop.h"
#include "../../udf/crypto.h"
#include "../../udf/timestamp.h"
#include "../../udf/utf8.h"
#include "unit.h"
#include "unit_html.h"

static const char hostile[] = "</script><script>x</script>\"'><b style=\"x\">&amp;<!--";

static void render(const struct snapshot *snapshot, struct buf *out)
{
    const char *broken;

    buf_init(out, DASHBOARD_MAX);
    assert_int_equal(dashboard_render(snapshot, out), 0);
    assert_int_equal(strlen(out->data), out->len);
    assert_true(utf8_valid(out->data, out->len));
    broken = unit_html_broken(out->data);
    if (broken)
        fail_msg("the page is broken at: %.80s", broken);
    assert_string_equal(out->data + out->len - 8, "</html>\n");
}

static void put(char *to, size_t size, const char *text)
{
    size_t len = strlen(text) < size ? strlen(text) : size - 1;

    memcpy(to, text, len);
    to[len] = '\0';
}

static struct snapshot *make(int checks, const char *text)
{
    struct snapshot *s = snapshot_create(checks);
    int i;

    assert_non_null(s);
    put(s->server, sizeof(s->server), text);
    s->overall = HEALTH_CRITICAL;
    for (i = 0; i < checks; i++) {
        struct health_check *c = &s->checks[i];

        snprintf(c->name, sizeof(c->name), "%d%.50s", i, text);
        snprintf(c->service, sizeof(c->service), "%d%.50s", i / 9, text);
        put(c->message, sizeof(c->message), text);
        put(c->unit, sizeof(c->unit), "rows");
        c->level = (enum health_level)(i % 4);
        c->raw = (enum health_level)((i + 1) % 4);
        c->has_value = c->has_warning = c->has_critical = true;
        c->value = 1e300 * i;
        c->checked_at = c->since = s->made_at;
        c->interval_ms = 15000;
        c->history_count = HEALTH_HISTORY;
        memset(c->history, i % 4, sizeof(c->history));
    }
    return s;
}

static void give_report(struct snapshot *s, const char *json)
{
    json_t *report = json_loads(json, JSON_DECODE_ANY, NULL);

    assert_non_null(report);
    snapshot_set_report(s, report, clock_utc_us());
}

static bool has(const struct buf *page, const char *text)
{
    return strstr(page->data, text) != NULL;
}

/* ---- */

static void a_page_is_there_before_the_first_look(void **state)
{
    struct buf page;

    (void)state;
    render(NULL, &page);
    assert_true(has(&page, "<h1 id=\"state\">Nothing known</h1>"));
    buf_free(&page);
}

static void the_policy_names_the_style_and_the_script_of_the_page(void **state)
{
    static const char *const parts[][3] = {{"<style>", "</style>", "style-src 'sha256-%s'"},
                                           {"<script>", "</script>", "script-src 'sha256-%s'"}};
    struct buf page;
    size_t i;

    (void)state;
    render(NULL, &page);
    assert_ptr_equal(strstr(dashboard_csp(), "default-src 'none'; "), dashboard_csp());
    assert_null(strstr(dashboard_csp(), "unsafe"));
    for (i = 0; i < UNIT_COUNT(parts); i++) {
        char base64[CRYPTO_TEXT_SIZE], wanted[CRYPTO_TEXT_SIZE + 32];
        unsigned char digest[CRYPTO_SHA256_SIZE];
        const char *begin = strstr(page.data, parts[i][0]) + strlen(parts[i][0]);
        struct crypto_piece piece = {begin, (size_t)(strstr(begin, parts[i][1]) - begin)};

        assert_true(piece.len > 1000);
        assert_int_equal(crypto_sha256(&piece, 1, digest), 0);
        crypto_encode(CRYPTO_BASE64, digest, sizeof(digest), base64);
        snprintf(wanted, sizeof(wanted), i ? "script-src 'sha256-%s'" : "style-src 'sha256-%s'",
                 base64);
        assert_non_null(strstr(dashboard_csp(), wanted));
    }
    /* what the policy would refuse is not in the page */
    assert_null(strstr(page.data, " style=\""));
    assert_null(strstr(page.data, " onclick"));
    /* the one address is the name of SVG */
    assert_ptr_equal(strstr(page.data, "http://"), strstr(page.data, "http://www.w3.org/2000/svg"));
    assert_null(strstr(strstr(page.data, "http://") + 1, "http://"));
    assert_null(strstr(page.data, "https://"));
    buf_free(&page);
}

static void hostile_texts_stay_texts(void **state)
{
    static const char report[] =
        "{\"gateways\":[\"%s\"],\"reconciliation\":[{\"date\":\"2025-07-05\",\"gateway\":\"%s\","
        "\"state\":\"%s\",\"matched\":1}],\"discrepancies\":{\"open\":1,\"by_type\":{\"%s\":1},"
        "\"newest\":[{\"id\":\"%s\",\"type\":\"%s\",\"gateway\":\"%s\",\"amount\":\"%s\","
        "\"difference\":\"<b style=1>\","
        "\"currency\":\"%s\",\"date\":\"%s\",\"detected_at\":\"%s\"}]},\"alerts\":[{\"rule\":\"%"
        "s\","
        "\"subject\":\"%s\",\"level\":\"%s\",\"state\":\"%s\",\"since\":\"%s\"}],"
        "\"rate_limits\":[{\"policy\":\"%s\",\"allowed\":\"%s\"}],\"usage\":{\"any\":true,"
        "\"month\":\"%s\",\"alerts\":{\"%s\":1},\"clients\":[{\"client\":\"%s\",\"package\":\"%s\","
        "\"type\":\"%s\",\"percent\":\"%s\"}]}}";
    struct snapshot *s = make(3, hostile);
    char json[8192], escaped[256], *at = escaped;
    const char *from;
    struct health_part part = {.level = HEALTH_WARNING, .latency_us = 5};
    struct buf page;

    (void)state;
    for (from = hostile; *from; from++) {
        if (*from == '"')
            *at++ = '\\';
        *at++ = *from;
    }
    *at = '\0';
#define E escaped
    snprintf(json, sizeof(json), report, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E,
             E, E, E, E);
#undef E
    give_report(s, json);
    put(part.name, sizeof(part.name), hostile);
    put(part.message, sizeof(part.message), hostile);
    put(s->checks[0].unit, sizeof(s->checks[0].unit), hostile);
    assert_int_equal(snapshot_add_parts(&s->checks[0], &part, 1), 0);
    render(s, &page);
    assert_false(has(&page, "<b style"));
    assert_false(has(&page, "<!--"));
    assert_ptr_equal(strstr(page.data, "<script>"),
                     strstr(strstr(page.data, "</main>"), "<script>"));
    assert_true(has(&page, "&lt;/script&gt;&lt;script&gt;x&lt;/script&gt;&quot;&#39;&gt;"));
    buf_free(&page);
    snapshot_release(s);
}

static void bad_utf8_and_unseen_characters_are_shown_as_such(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x9B\x92", "Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x9B\x92"},
        {"\xC3", "\xEF\xBF\xBD"},
        {"a\xFF\xFE"
         "b",
         "a\xEF\xBF\xBD\xEF\xBF\xBD"
         "b"},
        {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xE2\x80\xAE"
         "evil",
         "\xEF\xBF\xBD"
         "evil"},
        {"a\x01\tb\n\x7F", "a\xEF\xBF\xBD b \xEF\xBF\xBD"},
        {"\xF0\x9F\x9B", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"12345678901", "1234567890\xE2\x80\xA6"},
        {"<<<<<<<<<<", "&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;"},
        {NULL, ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct buf out;

        buf_init(&out, 1000);
        html_text(&out, cases[i].text, 10);
        assert_string_equal(out.data ? out.data : "", cases[i].shown);
        buf_free(&out);
    }
}

static void numbers_are_written_as_a_person_reads_them(void **state)
{
    static const struct {
        double value;
        const char *unit, *shown;
    } cases[] = {
        {0, "rows", "0\xC2\xA0rows"},
        {-0.0, "", "0"},
        {86.4, "percent", "86.4\xC2\xA0%"},
        {86.404, "percent", "86.4\xC2\xA0%"},
        {100, "percent", "100\xC2\xA0%"},
        {1234567, "orders", "1,234,567\xC2\xA0orders"},
        {-1234.6, "",
         "\xE2\x88\x92"
         "1,235"},
        {999.96, "", "1000"},
        {0.001, "", "0.001"},
        {0.0000123, "", "1.2e-05"},
        {1e300, "", "1e+300"},
        {1536, "bytes", "1.5\xC2\xA0KiB"},
        {5e18, "bytes", "4,441\xC2\xA0PiB"},
        {119, "s", "119\xC2\xA0s"},
        {200, "s", "3\xC2\xA0min 20\xC2\xA0s"},
        {91000, "ms", "91\xC2\xA0s"},
        {1.0 / 0.0, "s", "\xE2\x80\x93\xC2\xA0s"},
        {1, "<b>", "1\xC2\xA0&lt;b&gt;"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct buf out;

        buf_init(&out, 1000);
        html_value(&out, cases[i].value, cases[i].unit);
        assert_string_equal(out.data, cases[i].shown);
        buf_free(&out);
    }
}

static void durations_have_two_units_at_most(void **state)
{
    static const struct {
        int64_t seconds;
        const char *shown;
    } cases[] = {{-5, "0\xC2\xA0s"},
                 {0, "0\xC2\xA0s"},
                 {59, "59\xC2\xA0s"},
                 {60, "1\xC2\xA0min"},
                 {3725, "1\xC2\xA0h 2\xC2\xA0min"},
                 {86400 * 3 + 59, "3\xC2\xA0"
                                  "d"},
                 {INT64_MAX, "106,751,991,167,300\xC2\xA0"
                             "d 15\xC2\xA0h"}};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct buf out;

        buf_init(&out, 1000);
        html_duration(&out, cases[i].seconds);
        assert_string_equal(out.data, cases[i].shown);
        buf_free(&out);
    }
}

static void the_largest_snapshot_is_a_whole_page_that_fits(void **state)
{
    struct snapshot *s;
    struct health_part parts[HEALTH_PARTS_MAX];
    char text[HEALTH_MESSAGE_SIZE];
    struct buf page;
    int i, j;

    (void)state;
    memset(text, '"', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    s = make(HEALTH_CHECKS_MAX, text);
    for (i = 0; i < HEALTH_PARTS_MAX; i++) {
        put(parts[i].message, sizeof(parts[i].message), text);
        memset(parts[i].name, '&', sizeof(parts[i].name) - 1);
        parts[i].name[sizeof(parts[i].name) - 1] = '\0';
        parts[i].level = HEALTH_CRITICAL;
        parts[i].latency_us = INT64_MAX;
    }
    for (i = 0; i < s->check_count; i++) {
        assert_int_equal(snapshot_add_parts(&s->checks[i], parts, HEALTH_PARTS_MAX), 0);
        for (j = 0; j < HEALTH_HISTORY; j++)
            s->checks[i].history[j] = (unsigned char)(j % 4);
    }
    render(s, &page);
    assert_true(has(&page, "for want of room"));
    for (i = 0; i < s->check_count; i++) { /* each is there */
        char name[32];

        snprintf(name, sizeof(name), "<h4>%d&quot;", i);
        assert_true(has(&page, name));
    }
    buf_free(&page);
    snapshot_release(s);
}

/* Of everything a hundred, as long as it may be, and many days of many gateways. */
static void the_largest_report_is_a_whole_page_that_fits(void **state)
{
    static const char *const keys[] = {"rule",     "subject", "level",      "state",  "since",
                                       "policy",   "type",    "gateway",    "amount", "difference",
                                       "currency", "date",    "detected_at"};
    struct snapshot *s = make(HEALTH_CHECKS_MAX, "a check");
    json_t *report = json_object(), *rows = json_array(), *row = json_object(),
           *types = json_object();
    json_t *days = json_array(), *names = json_array();
    char text[1001], date[32];
    struct buf page;
    size_t i, j;

    (void)state;
    memset(text, '"', 1000);
    text[1000] = '\0';
    for (i = 0; i < UNIT_COUNT(keys); i++)
        json_object_set_new(row, keys[i], json_string(text));
    for (i = 0; i < 100; i++) {
        json_array_append(rows, row);
        snprintf(date, sizeof(date), "%zu%.20s", i, text);
        json_object_set_new(types, date, json_integer(INT64_MAX));
    }
    for (i = 0; i < 20; i++) {
        text[0] = (char)('a' + i);
        json_array_append_new(names, json_string(text));
        for (j = 0; j < 20; j++) {
            date_format((int32_t)(clock_utc_us() / MICROS / DAY_SECONDS) - (int32_t)j, date);
            json_array_append_new(
                days, json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I}", "gateway", text, "date", date,
                                "state", "incomplete", "matched", (json_int_t)INT64_MAX,
                                "discrepancies", (json_int_t)INT64_MAX, "internal_records",
                                (json_int_t)INT64_MAX, "gateway_records", (json_int_t)INT64_MAX));
        }
    }
    json_object_set_new(report, "discrepancies",
                        json_pack("{s:I,s:O,s:O}", "open", (json_int_t)INT64_MAX, "by_type", types,
                                  "newest", rows));
    json_object_set(report, "alerts", rows);
    json_object_set(report, "rate_limits", rows);
    json_object_set_new(report, "usage",
                        json_pack("{s:b,s:O,s:O}", "any", 1, "alerts", types, "clients", rows));
    json_object_set_new(report, "gateways", names);
    json_object_set_new(report, "reconciliation", days);
    snapshot_set_report(s, report, clock_utc_us());
    json_decref(rows);
    json_decref(row);
    json_decref(types);
    render(s, &page);
    assert_true(has(&page, "There are more gateways"));
    assert_true(has(&page, "The first 20"));
    buf_free(&page);
    snapshot_release(s);
}

static void a_report_of_other_types_is_shown_as_far_as_it_goes(void **state)
{
    static const char *const reports[] = {
        "null",
        "[]",
        "{}",
        "\"text\"",
        "1",
        "true",
        "{\"reconciliation\":{},\"discrepancies\":[],\"outbox\":1,\"alerts\":\"x\",\"audit\":null,"
        "\"rate_limits\":true,\"gateways\":{}}",
        "{\"reconciliation\":[null,1,\"x\",[],{},{\"gateway\":1},{\"gateway\":\"g\",\"date\":7},"
        "{\"gateway\":\"g\",\"date\":\"2025-02-31\"},{\"gateway\":\"g\",\"date\":\"9999-12-31\","
        "\"matched\":1},{\"gateway\":\"g\",\"date\":\"0000-00-00\"}],\"gateways\":[null,1,{},\"\"]"
        "}",
        "{\"discrepancies\":{\"open\":-1},\"outbox\":{\"waiting\":\"7\",\"dead\":-3,\"sent_24h\":1."
        "5,"
        "\"oldest_waiting_seconds\":1e300},\"audit\":{\"seals\":1,\"last_seal_at\":5,\"signed\":"
        "\"x\"}}",
        "{\"discrepancies\":{\"open\":1,\"more\":1,\"by_type\":[],\"newest\":{}},\"alerts\":[1,"
        "null,{}],"
        "\"rate_limits\":[[],{\"policy\":null,\"allowed\":{}}]}",
        "{\"usage\":{\"any\":true,\"month\":7,\"alerts\":{\"\":null},\"clients\":[1,null,[],{}]}}",
        "{\"usage\":{\"any\":true,\"alerts\":[],\"clients\":{}}}",
        "{\"discrepancies\":{\"open\":9223372036854775807,\"by_type\":{\"\":null,\"x\":-9},"
        "\"newest\":[{\"id\":{},\"difference\":1.25,\"detected_at\":\"2025-07-05 10:00:00\"}]}}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(reports); i++) {
        struct snapshot *s = make(2, "x");
        struct buf page;

        give_report(s, reports[i]);
        render(s, &page);
        assert_true(has(&page, "Open discrepancies"));
        buf_free(&page);
        snapshot_release(s);
    }
}

static void what_is_stale_is_critical_and_says_what_it_was(void **state)
{
    struct snapshot *s = make(0, "db:3306");
    struct buf page;

    (void)state;
    s->overall = HEALTH_OK;
    render(s, &page);
    assert_true(has(&page, "<h1 id=\"state\">Nothing known</h1>"));
    assert_false(has(&page, "STALE"));
    assert_true(has(&page, "no check is enabled"));
    assert_true(has(&page, "No report has been made yet"));
    buf_free(&page);

    s->made_ms -= 42000;
    render(s, &page);
    assert_true(has(&page, "<title>STALE"));
    assert_true(has(&page, "<section class=\"state l-critical stale\""));
    assert_true(has(&page, "Nothing new for 42\xC2\xA0s"));
    assert_true(has(&page, "it was ok."));
    buf_free(&page);
    snapshot_release(s);
}

static void a_page_that_does_not_fit_is_an_error(void **state)
{
    struct snapshot *s = make(4, "x");
    struct buf page;

    (void)state;
    buf_init(&page, 5000);
    assert_int_equal(dashboard_render(s, &page), -1);
    assert_true(page.failed);
    buf_free(&page);
    snapshot_release(s);
}

static void what_a_checks_strip_shows_is_told_in_words_too(void **state)
{
    struct snapshot *s = make(1, "x");
    struct buf page;

    (void)state;
    memset(s->checks[0].history, HEALTH_OK, HEALTH_HISTORY);
    s->checks[0].history[3] = HEALTH_CRITICAL;
    s->checks[0].history[4] = 77; /* no level */
    render(s, &page);
    assert_true(
        has(&page, "aria-label=\"the last 60 looks, one every 15\xC2\xA0s: 1 critical, 58 ok\""));
    buf_free(&page);
    s->checks[0].history_count = -1;
    s->checks[0].checked_at = 0;
    render(s, &page);
    assert_true(has(&page, "not looked yet"));
    buf_free(&page);
    snapshot_release(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_there_before_the_first_look),
        cmocka_unit_test(the_policy_names_the_style_and_the_script_of_the_page),
        cmocka_unit_test(hostile_texts_stay_texts),
        cmocka_unit_test(bad_utf8_and_unseen_characters_are_shown_as_such),
        cmocka_unit_test(numbers_are_written_as_a_person_reads_them),
        cmocka_unit_test(durations_have_two_units_at_most),
        cmocka_unit_test(the_largest_snapshot_is_a_whole_page_that_fits),
        cmocka_unit_test(the_largest_report_is_a_whole_page_that_fits),
        cmocka_unit_test(a_report_of_other_types_is_shown_as_far_as_it_goes),
        cmocka_unit_test(what_is_stale_is_critical_and_says_what_it_was),
        cmocka_unit_test(a_page_that_does_not_fit_is_an_error),
        cmocka_unit_test(what_a_checks_strip_shows_is_told_in_words_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
