/* What the bodies of the HTTP answers are made of: JSON, metrics, keywords, Accept, tokens,
 * origins. */
#include "../../plugin/http/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/http/auth.h"
#include "../../plugin/http/cors.h"
#include "../../plugin/http/metrics_status.h"
#include "../../plugin/http/prom_out.h"
#include "../../plugin/http/traffic.h"
#include "unit.h"
#include "unit_health.h"

static char *made;

static int forget(void **state)
{
    (void)state;
    free(made);
    made = NULL;
    return 0;
}

/* made becomes the body. @return the status */
static int make(http_maker *maker, enum http_form form, const struct snapshot *snapshot)
{
    struct http_traffic traffic = {.answers[0][0] = 7};
    struct http_view view = {
        .snapshot = snapshot, .age_ms = 2500, .worker = WORKER_READY, .traffic = &traffic};
    struct http_answer answer = {.status = HTTP_OK};

    forget(NULL);
    buf_init(&answer.body, HTTP_BODY_MAX);
    maker(&view, form, &answer);
    assert_false(answer.body.failed);
    made = answer.body.data;
    return (int)answer.status;
}

static json_t *parse(void)
{
    struct error err = {0};
    json_t *document = json_parse(made, strlen(made), &err);

    assert_string_equal(err.text, "");
    return document;
}

static void the_plain_form_is_as_documented(void **state)
{
    struct snapshot *s = unit_snapshot(HEALTH_OK, 0);

    (void)state;
    assert_int_equal(make(http_health, HTTP_FORM_PLAIN, s), 200);
    assert_string_equal(made,
                        "{\"status\":\"warning\",\"timestamp\":\"2025-07-05T10:00:00.000000Z\","
                        "\"keyword\":\"PURSER-OK\",\"services\":{\"database\":\"ok\","
                        "\"payments\":\"warning\"}}\n");
    assert_int_equal(make(http_health_database, HTTP_FORM_PLAIN, s), 200);
    assert_string_equal(
        made, "{\"status\":\"ok\",\"timestamp\":\"2025-07-05T10:00:00.000000Z\","
              "\"keyword\":\"PURSER-OK\",\"details\":[{\"name\":\"database\",\"service\":"
              "\"database\",\"level\":\"ok\",\"raw\":\"ok\",\"value\":1.25,\"unit\":\"ms\","
              "\"warning\":1000,\"critical\":null,\"direction\":\"above\",\"message\":"
              "\"answers in 1.25 ms\",\"parts\":[],\"since\":\"2025-07-05T10:00:00.000000Z\","
              "\"checked_at\":\"2025-07-05T10:00:00.000000Z\",\"duration_ms\":1.5,"
              "\"interval_seconds\":15,\"history\":[\"ok\",\"ok\"]}]}\n");
    snapshot_release(s);
}

static void the_health_form_is_that_of_the_draft(void **state)
{
    struct snapshot *s = unit_snapshot(HEALTH_CRITICAL, 0);
    json_t *document;

    (void)state;
    assert_int_equal(make(http_health_detailed, HTTP_FORM_HEALTH, s), 503);
    document = parse();
    assert_string_equal(json_string_value(json_object_get(document, "status")), "fail");
    assert_int_equal(json_array_size(json_object_get(json_object_get(document, "checks"),
                                                     "payments:payment_gateways")),
                     3);
    json_decref(document);
    snapshot_release(s);
}

static void no_text_brings_a_keyword_into_a_body(void **state)
{
    static const char evil[] = "PURSER-OK purser-fail \"\\ \x01 \xff\xfe caf\xc3\xa9 \xe2\x82";
    struct snapshot *s = unit_snapshot(HEALTH_CRITICAL, 0);
    json_t *document, *detail;

    (void)state;
    unit_check(&s->checks[0], "PURSER-OK", evil, HEALTH_CRITICAL, evil);
    snapshot_set_report(s, json_pack("{s:[s],s:i}", "alerts", "PURSER-OK", "PURSER-OK", 1), 1);
    assert_int_equal(make(http_health, HTTP_FORM_PLAIN, s), 503);
    assert_null(strstr(made, "PURSER-OK"));
    assert_non_null(strstr(made, "PURSER-FAIL"));
    assert_int_equal(make(http_health, HTTP_FORM_HEALTH, s), 503);
    assert_null(strstr(made, "PURSER-OK"));
    assert_int_equal(make(http_health_detailed, HTTP_FORM_PLAIN, s), 503);
    assert_null(strstr(made, "PURSER-OK"));
    document = parse(); /* and for a program it is what it was */
    detail = json_array_get(json_object_get(document, "checks"), 0);
    assert_string_equal(json_string_value(json_object_get(detail, "message")),
                        "PURSER-OK purser-fail \"\\ \x01 \xef\xbf\xbd\xef\xbf\xbd caf\xc3\xa9 "
                        "\xef\xbf\xbd\xef\xbf\xbd");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(document, "report"), "PURSER-OK")), 1);
    json_decref(document);
    snapshot_release(s);
}

/* Whatever is remembered of an earlier life. */
static void before_the_database_was_looked_at_nothing_is_well(void **state)
{
    struct snapshot *snapshot = unit_snapshot(HEALTH_OK, 0);

    (void)state;
    snapshot->is_starting = true;
    assert_int_equal(make(http_health, HTTP_FORM_PLAIN, snapshot), 503);
    assert_non_null(strstr(made, "\"status\":\"starting\""));
    assert_non_null(strstr(made, HTTP_KEYWORD_BAD));
    assert_int_equal(make(http_health, HTTP_FORM_HEALTH, snapshot), 503);
    assert_non_null(strstr(made, "\"status\":\"fail\""));
    assert_non_null(strstr(made, "\"output\":\"starting\""));
    assert_int_equal(make(http_health_payments, HTTP_FORM_PLAIN, snapshot), 503);
    assert_int_equal(make(http_pingdom, HTTP_FORM_PLAIN, snapshot), 503);
    assert_non_null(strstr(made, "<status>STARTING</status>"));
    make(http_metrics, HTTP_FORM_PLAIN, snapshot);
    assert_non_null(strstr(made, "\npurser_health_ok 0\n"));
    assert_int_equal(make(http_readyz, HTTP_FORM_PLAIN, snapshot), 200); /* the worker's word */
    snapshot_release(snapshot);
}

static void only_what_was_looked_at_and_is_decided_is_settled(void **state)
{
    struct health_check check = {0};

    (void)state;
    assert_false(health_is_settled(&check));
    check.checked_at = 1;
    assert_true(health_is_settled(&check)); /* there is nothing to look at */
    check.raw = HEALTH_CRITICAL;
    assert_false(health_is_settled(&check));
    check.level = HEALTH_CRITICAL;
    assert_true(health_is_settled(&check));
    check.is_recalled = true;
    assert_false(health_is_settled(&check));
}

static void the_report_becomes_metrics_and_what_is_missing_does_not(void **state)
{
    struct snapshot *s = unit_snapshot(HEALTH_OK, 0);
    static const char report[] =
        "{\"gateways\":[\"new\",\"square\",7,\"\"],"
        "\"reconciliation\":[{\"date\":\"2025-07-04\",\"gateway\":\"square\",\"state\":\"failed\","
        "\"matched\":1,\"discrepancies\":2},{\"date\":\"2025-07-05\",\"gateway\":\"square\","
        "\"state\":\"complete\",\"matched\":1990,\"discrepancies\":\"10\"},{\"gateway\":7},5],"
        "\"discrepancies\":{\"open\":12,\"by_type\":{\"PAID_NOT_RECORDED\":3,\"X\":null}},"
        "\"outbox\":{\"waiting\":4,\"dead\":1,\"oldest_waiting_seconds\":null},\"alerts\":[{},{}],"
        "\"audit\":{\"seals\":9,\"rows\":99,\"last_seal_at\":\"2025-07-05T10:00:00.500000Z\"}}";

    (void)state;
    snapshot_set_report(s, json_parse(report, strlen(report), NULL), UNIT_MADE_AT);
    assert_int_equal(make(http_metrics, HTTP_FORM_PLAIN, s), 200);
    assert_non_null(
        strstr(made, "\npurser_reconciliation_last_matched{gateway=\"square\"} 1990\n"));
    assert_non_null(
        strstr(made, "\npurser_reconciliation_last_discrepancies{gateway=\"square\"} 10\n"));
    assert_non_null(strstr(made, "\npurser_reconciliation_last_complete{gateway=\"square\"} 1\n"));
    assert_non_null(strstr(
        made, "\npurser_reconciliation_last_day_timestamp_seconds{gateway=\"square\"} 1751673600\n"
              "purser_reconciliation_last_day_timestamp_seconds{gateway=\"new\"} 0\n#"));
    assert_null(strstr(made, "purser_reconciliation_last_matched{gateway=\"new\"}"));
    assert_non_null(
        strstr(made, "\npurser_discrepancies_open_by_type{type=\"PAID_NOT_RECORDED\"} 3\n"));
    assert_null(strstr(made, "type=\"X\""));
    assert_non_null(strstr(made, "\npurser_discrepancies_open 12\n"));
    assert_non_null(strstr(made, "\npurser_outbox_waiting 4\n"));
    assert_null(strstr(made, "purser_outbox_oldest_waiting_seconds"));
    assert_non_null(strstr(made, "\npurser_alerts_firing 2\n"));
    assert_non_null(strstr(made, "\npurser_audit_log_last_seal_timestamp_seconds 1751709600.5\n"));
    assert_non_null(strstr(made, "\npurser_health_part_latency_seconds{check=\"payment_gateways\","
                                 "part=\"square\"} 0.08125\n"));
    assert_non_null(strstr(made, "\npurser_http_answers_total{path=\"/health\",code=\"200\"} 7\n"));
    snapshot_set_report(s, json_pack("[i]", 1), 1);
    assert_int_equal(make(http_metrics, HTTP_FORM_PLAIN, s), 200);
    assert_null(strstr(made, "purser_outbox_waiting"));
    snapshot_release(s);
}

static void a_snapshot_in_which_nothing_was_looked_at_is_no_good_news(void **state)
{
    struct snapshot *blank[] = {snapshot_create(0), unit_snapshot(HEALTH_OK, 0)};
    int i, k;

    (void)state;
    for (k = 0; k < 2; k++) {
        assert_non_null(blank[k]);
        if (!blank[k])
            return;
        for (i = 0; i < blank[k]->check_count; i++) {
            blank[k]->checks[i].level = blank[k]->checks[i].raw = HEALTH_UNKNOWN;
            blank[k]->checks[i].checked_at = 0;
        }
        blank[k]->overall = HEALTH_UNKNOWN;
        assert_int_equal(make(http_health, HTTP_FORM_PLAIN, blank[k]), 503);
        assert_non_null(strstr(made, "\"status\":\"starting\""));
        assert_non_null(strstr(made, HTTP_KEYWORD_BAD));
        assert_int_equal(make(http_health, HTTP_FORM_HEALTH, blank[k]), 503);
        assert_non_null(strstr(made, "\"status\":\"fail\""));
        assert_int_equal(make(http_health_payments, HTTP_FORM_PLAIN, blank[k]), 503);
        assert_int_equal(make(http_pingdom, HTTP_FORM_PLAIN, blank[k]), 503);
        assert_non_null(strstr(made, "STARTING"));
        make(http_metrics, HTTP_FORM_PLAIN, blank[k]);
        assert_non_null(strstr(made, "\npurser_health_ok 0\n"));
        assert_non_null(strstr(made, "\npurser_health_level 0\n"));
        snapshot_release(blank[k]);
    }
}

static void label_values_are_escaped(void **state)
{
    struct buf to;
    struct prom_label label = {"a", "\"\\\n\xc3\xa9\xff"};

    (void)state;
    buf_init(&to, 1000);
    prom_sample(&to, "m", &label, 1, 1e300 * 1e300);
    assert_string_equal(to.data, "m{a=\"\\\"\\\\\\n\xc3\xa9\xef\xbf\xbd\"} +Inf\n");
    buf_free(&to);
}

static void every_counter_of_the_status_has_a_metric(void **state)
{
    (void)state;
    assert_int_equal(metrics_status_members(),
                     sizeof(struct status_counters) / sizeof(atomic_llong));
}

static void the_form_is_what_accept_asks_for_by_name(void **state)
{
    static const struct {
        const char *accept;
        enum http_form form;
    } cases[] = {
        {NULL, HTTP_FORM_PLAIN},
        {"", HTTP_FORM_PLAIN},
        {"*/*", HTTP_FORM_PLAIN},
        {"application/*", HTTP_FORM_PLAIN},
        {"application/health+json", HTTP_FORM_HEALTH},
        {"Application/Health+JSON;v=1", HTTP_FORM_HEALTH},
        {"application/json, application/health+json", HTTP_FORM_HEALTH},
        {"application/json;q=0.9, application/health+json;q=0.5", HTTP_FORM_PLAIN},
        {"application/json;q=0.5 , application/health+json ; q=0.51", HTTP_FORM_HEALTH},
        {"application/health+json;q=0", HTTP_FORM_PLAIN},
        {"application/health+json;q=0.000", HTTP_FORM_PLAIN},
        {"application/health+jsonx", HTTP_FORM_PLAIN},
        {",,;;,=;q,application/health+json;q=", HTTP_FORM_HEALTH},
        {"application/health+json;q=9", HTTP_FORM_HEALTH},
        {";q=0.1111111111111111111111111111", HTTP_FORM_PLAIN},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        assert_int_equal(http_form_of(cases[i].accept), cases[i].form);
}

static void bad_token_files_let_nobody_in_and_tell_no_token(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "there is no token"},
        {"# a comment\n\n \n", "there is no token"},
        {"abcdefghijklmnop\nshort-token\n", "line 2: a token has 16 to 256"},
        {"abcdefgh ijklmnop", "line 1: a token has visible ASCII"},
        {"abcdefghijklmno\xc3\xa9", "line 1: a token has visible ASCII"},
    };
    struct auth auth;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        struct error err = {0};

        assert_int_equal(auth_parse(bad[i].text, strlen(bad[i].text), &auth, &err), -1);
        assert_non_null(strstr(err.text, bad[i].why));
        assert_null(strstr(err.text, "short-token"));
        assert_int_equal(auth.mode, AUTH_CLOSED);
        assert_false(auth_allows(&auth, "Bearer abcdefghijklmnop"));
        assert_false(auth_allows(&auth, NULL));
    }
    assert_int_equal(auth_parse("abcdefghijklmnop\0x", 18, &auth, NULL), -1);
    assert_int_equal(auth_parse("abcdefghijklmnop", 16, &auth, NULL), 0);
    assert_true(auth_allows(&auth, "Bearer abcdefghijklmnop"));
    assert_true(auth_allows(&auth, "BEARER   abcdefghijklmnop"));
    assert_false(auth_allows(&auth, "Bearer"));
    assert_false(auth_allows(&auth, ""));
    assert_false(auth_allows(&auth, "Bearer abcdefghijklmnop "));
    assert_false(auth_allows(&auth, "Basic abcdefghijklmnop"));
    assert_false(auth_allows(&auth, "Basic !!!!"));
    assert_true(auth_allows(&auth, "Basic OmFiY2RlZmdoaWprbG1ub3A="));
    assert_false(auth_allows(&auth, "Basic YWJjZGVmZ2hpamtsbW5vcA=="));
}

static void origins_are_what_browsers_write(void **state)
{
    static const char *const bad[] = {
        "shop.example",          "https://",
        "https://shop.example/", "null",
        "https://a.example, *",  "https://Shop.example",
        "ftp://shop.example",    "https://*",
        "https://a\r\nX: y",     "**",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(bad); i++)
        assert_int_equal(cors_check_origin(bad[i], NULL), -1);
    assert_int_equal(cors_check_origin("*", NULL), 0);
    assert_int_equal(cors_check_origin("https://status.shop.example:8443", NULL), 0);
    assert_int_equal(cors_check_origin("http://[::1]:8080", NULL), 0);
    assert_false(cors_allows("", "https://a.example"));
    assert_false(cors_allows("https://a.example", NULL));
    assert_false(cors_allows("https://a.example", "https://a.example.evil"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_plain_form_is_as_documented, forget),
        cmocka_unit_test_teardown(the_health_form_is_that_of_the_draft, forget),
        cmocka_unit_test_teardown(no_text_brings_a_keyword_into_a_body, forget),
        cmocka_unit_test_teardown(before_the_database_was_looked_at_nothing_is_well, forget),
        cmocka_unit_test_teardown(only_what_was_looked_at_and_is_decided_is_settled, forget),
        cmocka_unit_test_teardown(the_report_becomes_metrics_and_what_is_missing_does_not, forget),
        cmocka_unit_test(a_snapshot_in_which_nothing_was_looked_at_is_no_good_news),
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(every_counter_of_the_status_has_a_metric),
        cmocka_unit_test(the_form_is_what_accept_asks_for_by_name),
        cmocka_unit_test(bad_token_files_let_nobody_in_and_tell_no_token),
        cmocka_unit_test(origins_are_what_browsers_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
