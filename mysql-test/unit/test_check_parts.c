#include "health/beats.h"

#include <string.h>

#include "health/certificates.h"
#include "health/check_say.h"
#include "http_probe.h"
#include "stop.h"
#include "unit.h"

static void a_thread_that_keeps_its_word_is_not_overdue(void **state)
{
    struct beat_seen seen[BEATS_MAX];

    (void)state;
    stop_reset();
    beats_reset();
    assert_int_equal(beats_get(seen), 0);
    beat(BEAT_SEALER, 100000);
    beat(BEAT_SCHEDULER, -5000);
    assert_int_equal(beats_get(seen), 2);
    assert_string_equal(seen[0].name, "scheduler");
    assert_true(seen[0].overdue_ms >= 5000);
    assert_string_equal(seen[1].name, "sealer");
    assert_int_equal(seen[1].overdue_ms, 0);
    beat_end(BEAT_SCHEDULER);
    assert_int_equal(beats_get(seen), 1);
}

static void a_thread_of_a_life_that_is_over_says_nothing(void **state)
{
    struct beat_seen seen[BEATS_MAX];

    (void)state;
    stop_reset();
    beats_reset();
    stop_request();
    beat(BEAT_SEALER, 1000);
    assert_int_equal(beats_get(seen), 0);
    stop_reset();
}

static void each_beat_has_a_name(void **state)
{
    struct beat_seen seen[BEATS_MAX];
    int i;

    (void)state;
    for (i = 0; i < BEAT_COUNT; i++)
        beat((enum beat)i, 1000);
    assert_int_equal(beats_get(seen), BEAT_COUNT);
    for (i = 0; i < BEAT_COUNT; i++)
        assert_true(seen[i].name && seen[i].name[0]);
    beats_reset();
}

static void a_certificate_is_noted_once_by_its_name(void **state)
{
    struct certificate list[CERTIFICATES_MAX];
    char name[32];
    int i;

    (void)state;
    certificates_reset();
    certificates_note("listener", 5);
    certificates_note("gateway square", 7);
    certificates_note("listener", 6);
    assert_int_equal(certificates_get(list), 2);
    assert_string_equal(list[0].name, "gateway square");
    assert_int_equal(list[1].ends, 6);
    certificates_note("gateway square", 0);
    certificates_note("nobody", 0);
    assert_int_equal(certificates_get(list), 1);
    for (i = 0; i < 2 * CERTIFICATES_MAX; i++) {
        snprintf(name, sizeof(name), "gateway %d", i);
        certificates_note(name, i + 1);
    }
    assert_int_equal(certificates_get(list), CERTIFICATES_MAX);
    assert_int_equal(list[0].ends, CERTIFICATES_MAX + 1);
    certificates_reset();
    assert_int_equal(certificates_get(list), 0);
}

/* Self-signed, made for this test; it ends on 2036-11-18 17:32:00 UTC. */
static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIBcDCCARagAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxzaG9wLmV4\n"
                          "YW1wbGUwHhcNMjYxMTIxMTczMjAwWhcNMzYxMTE4MTczMjAwWjAXMRUwEwYDVQQD\n"
                          "DAxzaG9wLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQBnkwm/SNE\n"
                          "Vjqf1TGWpVYJGUV04I1Val2fV6N8NVPRFZ7SNXJ6WloigjMhnotMon84k1GpIkF1\n"
                          "Tr4D1ZusXwxuo1MwUTAdBgNVHQ4EFgQUtBlbpPGXawEw5Oj28UuF8N/hS1wwHwYD\n"
                          "VR0jBBgwFoAUtBlbpPGXawEw5Oj28UuF8N/hS1wwDwYDVR0TAQH/BAUwAwEB/zAK\n"
                          "BggqhkjOPQQDAgNIADBFAiBDxj7nlY+aPDLvysgwUfUoimDorGnfeajpFkYTWvjH\n"
                          "cQIhAN4+kB5j3YQakdu844ynVC8ITyTr+0PniX4aKZ0BLste\n"
                          "-----END CERTIFICATE-----\n";

static void a_certificate_of_a_file_is_noted(void **state)
{
    struct certificate list[CERTIFICATES_MAX];
    size_t len;

    (void)state;
    certificates_reset();
    assert_int_equal(certificates_note_pem("listener", pem, sizeof(pem) - 1), 0);
    assert_int_equal(certificates_get(list), 1);
    assert_int_equal(list[0].ends, 2110642320000000);
    assert_int_equal(list[0].ends, http_certificate_date("Nov 18 17:32:00 2036 GMT"));
    certificates_reset();
    for (len = 0; len < sizeof(pem) - 3; len++)
        assert_int_equal(certificates_note_pem("listener", pem, len), -1);
    assert_int_equal(certificates_get(list), 0);
}

static void a_certificates_date_is_read_as_openssl_writes_it(void **state)
{
    static const char *const wrong[] = {
        "",
        "2026-11-21",
        "Nov 21 16:37:39 2026",
        "Nov 21 16:37:39 2026 CET",
        "Nov 21 16:37:39 2026 GMT ",
        "ovN 21 16:37:39 2026 GMT",
        "Nov 32 16:37:39 2026 GMT",
        "Nov 21 24:37:39 2026 GMT",
        "Nov 21 16:60:39 2026 GMT",
        "Nov -1 16:37:39 2026 GMT",
        "Bad time value",
    };
    size_t i;

    (void)state;
    assert_int_equal(http_certificate_date("Nov 21 16:37:39 2026 GMT"), 1795279059000000);
    assert_int_equal(http_certificate_date("Jan  1 00:00:00 1970 GMT"), 0);
    assert_int_equal(http_certificate_date("Feb  3 04:05:06 2040 GMT"), 2211854706000000);
    assert_int_equal(http_certificate_date("Dec 31 23:59:59 9999 GMT"), 253402300799000000);
    for (i = 0; i < UNIT_COUNT(wrong); i++)
        assert_int_equal(http_certificate_date(wrong[i]), 0);
}

static void what_is_cut_ends_with_a_whole_character(void **state)
{
    static struct check_result result;
    char text[400];
    int i;

    (void)state;
    memset(&result, 0, sizeof(result));
    for (i = 0; i + 2 < (int)sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xbc", 3);
    check_say(&result, "%s", text);
    assert_int_equal(strlen(result.message), 254);
    check_say(&result, "x%s", text);
    assert_int_equal(strlen(result.message), 255);
    check_say(&result, "a\xe2\x82");
    assert_string_equal(result.message, "a");
    check_say(&result, "a\xf0\x9f\x98\x80");
    assert_string_equal(result.message, "a\xf0\x9f\x98\x80");
    check_say(&result, "%s", "");
    assert_string_equal(result.message, "");
    for (i = 0; i < 2 * HEALTH_PARTS_MAX; i++)
        check_part(&result, text, HEALTH_OK, -1, "%d", i);
    assert_int_equal(result.part_count, HEALTH_PARTS_MAX);
    assert_int_equal(strlen(result.parts[0].name), 64);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_keeps_its_word_is_not_overdue),
        cmocka_unit_test(a_thread_of_a_life_that_is_over_says_nothing),
        cmocka_unit_test(each_beat_has_a_name),
        cmocka_unit_test(a_certificate_is_noted_once_by_its_name),
        cmocka_unit_test(a_certificate_of_a_file_is_noted),
        cmocka_unit_test(a_certificates_date_is_read_as_openssl_writes_it),
        cmocka_unit_test(what_is_cut_ends_with_a_whole_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
