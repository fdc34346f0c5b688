/* What messages about alerts say, whatever is in names and texts; bodies of webhooks. */
#include <stdio.h>
#include <string.h>

#include "alert/compose.h"
#include "alert/post.h"
#include "alert/webhook_body.h"
#include "json.h"
#include "mail.h"
#include "unit.h"
#include "utf8.h"

#define NOW 1763743235123456 /* 2025-11-21 16:40:35.123456 */

static struct snapshot *snapshot_of(const char *name, const char *message)
{
    struct snapshot *snapshot = snapshot_create(2);

    snapshot->check_count = 2;
    snapshot->overall = HEALTH_CRITICAL;
    snapshot->made_at = NOW;
    snprintf(snapshot->server, sizeof(snapshot->server), "db1:3306");
    snapshot->checks[0] = (struct health_check){.level = HEALTH_CRITICAL,
                                                .since = NOW - 1000000,
                                                .has_value = true,
                                                .value = 5000.5,
                                                .unit = "ms",
                                                .service = "database"};
    snprintf(snapshot->checks[0].name, HEALTH_NAME_SIZE, "%s", name);
    snprintf(snapshot->checks[0].message, HEALTH_MESSAGE_SIZE, "%s", message);
    snapshot->checks[1] = (struct health_check){
        .level = HEALTH_OK, .name = "disk", .service = "server", .message = "12 % used"};
    return snapshot;
}

static struct alert_change change_of(const struct snapshot *snapshot)
{
    return (struct alert_change){.check = snapshot->checks[0].name,
                                 .service = snapshot->checks[0].service,
                                 .level = HEALTH_CRITICAL,
                                 .since = snapshot->checks[0].since,
                                 .message = snapshot->checks[0].message};
}

static struct alert_message composed(struct snapshot *snapshot, enum alert_told told,
                                     const char *detail)
{
    struct alert_change change = change_of(snapshot);
    const struct alert_report report = {.told = told,
                                        .rule = "all",
                                        .snapshot = snapshot,
                                        .now = NOW,
                                        .changes = &change,
                                        .change_count = 1};
    struct alert_message message;
    struct error err = {0};

    change.detail = detail;
    if (told == ALERT_RESOLVED) {
        change.level = HEALTH_OK;
        change.was = HEALTH_CRITICAL;
    }
    if (alert_compose(&report, &message, &err) != 0)
        fail_msg("%s", err.text);
    return message;
}

static void the_subject_has_state_server_and_time(void **state)
{
    struct snapshot *snapshot = snapshot_of("database", "no answer within 5 s");
    struct alert_message message;

    (void)state;
    message = composed(snapshot, ALERT_NEW, NULL);
    assert_string_equal(message.subject,
                        "[Purser] CRITICAL: database on db1:3306, 2025-11-21 16:40 UTC");
    alert_message_free(&message);
    message = composed(snapshot, ALERT_REPEAT, NULL);
    assert_string_equal(message.subject,
                        "[Purser] STILL CRITICAL: database on db1:3306, 2025-11-21 16:40 UTC");
    alert_message_free(&message);
    message = composed(snapshot, ALERT_RESOLVED, NULL);
    assert_string_equal(message.subject,
                        "[Purser] RESOLVED: database on db1:3306, 2025-11-21 16:40 UTC");
    alert_message_free(&message);
    snapshot_release(snapshot);
}

static void the_text_has_what_is_critical_and_then_all_checks(void **state)
{
    struct snapshot *snapshot = snapshot_of("database", "no answer within 5 s");
    struct alert_message message = composed(snapshot, ALERT_NEW, "2013 Lost connection");

    (void)state;
    assert_string_equal(
        message.text.data,
        "New:\n"
        "  CRITICAL  database (database), since 2025-11-21 16:40:34 UTC\n"
        "    no answer within 5 s\n"
        "    2013 Lost connection\n"
        "\nCritical now:\n"
        "  CRITICAL  database  [5000.5 ms]  no answer within 5 s\n"
        "\nAll checks, as of 2025-11-21 16:40:35 UTC:\n"
        "\n database\n"
        "  CRITICAL  database  [5000.5 ms]  no answer within 5 s\n"
        "\n server\n"
        "  ok        disk  12 % used\n"
        "\nServer: db1:3306\nRule: all\nState: NEW\n"
        "It is not told again after CALL purser.alert_acknowledge(rule, note), until it is over or "
        "gets worse.\n");
    alert_message_free(&message);
    snapshot_release(snapshot);
}

/* CR, LF, C1, bad UTF-8, HTML, what turns the direction: neither a line of the head, nor markup,
 * nor invalid text. */
static void a_value_is_as_a_person_reads_it(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "[0 ms]"},
                 {1250, "[1250 ms]"},
                 {2.64900662251656, "[2.65 ms]"},
                 {43.0259217549529, "[43 ms]"},
                 {0.716719, "[0.717 ms]"},
                 {5000.54, "[5000.5 ms]"},
                 {-86400.04, "[-86400.0 ms]"},
                 {123456789012, "[123456789012 ms]"},
                 {1e300, "[1e+300 ms]"}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct snapshot *snapshot = snapshot_of("database", "slow");
        struct alert_message message;

        snapshot->checks[0].value = cases[i].value;
        message = composed(snapshot, ALERT_NEW, NULL);
        assert_non_null(strstr(message.text.data, cases[i].text));
        alert_message_free(&message);
        snapshot_release(snapshot);
    }
}

static void nothing_in_a_name_or_a_text_can_do_harm(void **state)
{
    struct snapshot *snapshot = snapshot_of(
        "a\r\nBcc: x@example.com\xC2\x9B",
        "<script>alert('1')</script>\xFF\xC3&\" \xE2\x80\xAEgnihton si\xE2\x81\xA6\xE2\x80\xA8");
    struct alert_message message = composed(snapshot, ALERT_NEW, "one\n.\r\nQUIT\n\xED\xA0\x80");
    const struct mail_recipients to = {{"ops@example.com"}, 1};
    const struct mail mail = {.from = "purser@shop.example",
                              .to = &to,
                              .id = "x",
                              .subject = message.subject,
                              .text = message.text.data,
                              .text_len = message.text.len,
                              .html = message.html.data,
                              .html_len = message.html.len};
    struct error err = {0};
    struct buf wire;
    json_t *json;

    (void)state;
    assert_null(strpbrk(message.subject, "\r\n"));
    assert_true(utf8_valid(message.text.data, message.text.len));
    assert_true(utf8_valid(message.html.data, message.html.len));
    assert_null(strstr(message.html.data, "<script"));
    assert_non_null(strstr(message.html.data, "&lt;script&gt;alert(&#39;1&#39;)"));
    assert_null(strchr(message.text.data, '\r'));
    assert_null(strstr(message.text.data, "\xE2\x80\xAE"));
    assert_null(strstr(message.text.data, "\xE2\x80\xA8"));
    assert_null(strstr(message.html.data, "\xE2\x81\xA6"));
    assert_non_null(strstr(message.text.data, "gnihton si"));
    json = json_parse(message.json.data, message.json.len, &err);
    assert_non_null(json);
    json_decref(json);
    buf_init(&wire, MAIL_MESSAGE_MAX);
    assert_int_equal(mail_build(&mail, &wire, &err), 0);
    assert_null(strstr(wire.data, "\nBcc:"));
    buf_free(&wire);
    alert_message_free(&message);
    snapshot_release(snapshot);
}

static void the_key_follows_from_what_is_told(void **state)
{
    struct snapshot *snapshot = snapshot_of("database", "x");
    struct alert_change change = change_of(snapshot);
    struct alert_report report = {.told = ALERT_NEW,
                                  .rule = "all",
                                  .snapshot = snapshot,
                                  .now = NOW,
                                  .changes = &change,
                                  .change_count = 1};
    char first[ALERT_KEY_SIZE], second[ALERT_KEY_SIZE];

    (void)state;
    assert_int_equal(alert_dedup_key(&report, first), 0);
    assert_int_equal(strlen(first), ALERT_KEY_SIZE - 2);
    report.now++;
    change.message = "another";
    assert_int_equal(alert_dedup_key(&report, second), 0);
    assert_string_equal(first, second);
    change.since++;
    assert_int_equal(alert_dedup_key(&report, second), 0);
    assert_string_not_equal(first, second);
    change.since--;
    report.rule = "other";
    assert_int_equal(alert_dedup_key(&report, second), 0);
    assert_string_not_equal(first, second);
    snapshot_release(snapshot);
}

static void a_long_list_of_checks_still_makes_a_subject(void **state)
{
    struct snapshot *snapshot =
        snapshot_of("1234567890123456789012345678901234567890123456789012345678901234", "x");
    struct alert_change changes[HEALTH_CHECKS_MAX];
    const struct alert_report report = {.told = ALERT_NEW,
                                        .rule = "all",
                                        .snapshot = snapshot,
                                        .now = NOW,
                                        .changes = changes,
                                        .change_count = HEALTH_CHECKS_MAX};
    struct alert_message message;
    int i;

    (void)state;
    for (i = 0; i < HEALTH_CHECKS_MAX; i++)
        changes[i] = change_of(snapshot);
    memset(snapshot->server, 's', sizeof(snapshot->server) - 1);
    assert_int_equal(alert_compose(&report, &message, NULL), 0);
    assert_non_null(strstr(message.subject, " and 125 more on sss"));
    alert_message_free(&message);
    snapshot_release(snapshot);
}

static void a_signature_is_that_of_openssl(void **state)
{
    char text[SIGNATURE_SIZE];

    (void)state;
    /* printf '1763743235.{"a":1}' | openssl dgst -sha256 -hmac secret */
    assert_int_equal(webhook_sign("secret", 1763743235, "{\"a\":1}", 7, text), 0);
    assert_string_equal(
        text, "t=1763743235,v1=5820cb364372401d4664cbc6183a83e7fcd0d18a99d1ad7f66ca598b600c22b7");
}

static char *body_of(bool slack, const char *text, const char *payload)
{
    static char copy[WEBHOOK_POST_MAX];
    struct parcel parcel = {.id = "0123456789abcdef0123456789abcdef",
                            .created_at = NOW,
                            .kind = "alert",
                            .subject = (char *)"<Subject>",
                            .text = (char *)text,
                            .payload = (char *)payload};
    struct error err = {0};
    struct buf out;

    parcel.channel.is_slack = slack;
    buf_init(&out, WEBHOOK_POST_MAX);
    if (webhook_body(&parcel, &out, &err) == 0)
        snprintf(copy, sizeof(copy), "%s", out.data);
    else
        snprintf(copy, sizeof(copy), "%s", err.text);
    buf_free(&out);
    return copy;
}

static void a_body_is_json_whatever_the_text(void **state)
{
    static char longer[20001];
    json_t *json;
    const char *shown;

    (void)state;
    assert_string_equal(
        body_of(false, "a\nb\"c", " {\"n\": 1e400}"),
        "{\"id\":\"0123456789abcdef0123456789abcdef\",\"kind\":\"alert\",\"created_at\":"
        "\"2025-11-21T16:40:35.123456Z\",\"subject\":\"<Subject>\",\"text\":\"a\\nb\\\"c\","
        "\"data\":"
        "{\"n\":1e400}}");
    assert_non_null(strstr(body_of(false, "", "{\"n\": }"), "payload: JSON, byte"));
    assert_non_null(strstr(body_of(true, "\xFF", NULL), "not UTF-8"));
    while (strlen(longer) < 20000)
        strcat(longer, "\xE2\x82\xAC ");
    json = json_parse(body_of(true, longer, NULL), strlen(body_of(true, longer, NULL)), NULL);
    assert_non_null(json);
    shown = json_string_value(json_object_get(
        json_object_get(json_array_get(json_object_get(json, "blocks"), 1), "text"), "text"));
    assert_int_equal(strlen(shown), 1500 * 4); /* 3000 characters */
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_subject_has_state_server_and_time),
        cmocka_unit_test(the_text_has_what_is_critical_and_then_all_checks),
        cmocka_unit_test(a_value_is_as_a_person_reads_it),
        cmocka_unit_test(nothing_in_a_name_or_a_text_can_do_harm),
        cmocka_unit_test(the_key_follows_from_what_is_told),
        cmocka_unit_test(a_long_list_of_checks_still_makes_a_subject),
        cmocka_unit_test(a_signature_is_that_of_openssl),
        cmocka_unit_test(a_body_is_json_whatever_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
