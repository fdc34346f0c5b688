#include "../../plugin/gateway.h"

#include <string.h>

#include "unit.h"

#define SQUARE_URL "https://connect.squareup.com"

static int init(struct gateway *gateway, const char *adapter, const char *settings,
                struct error *err)
{
    error_clear(err);
    return gateway_init(gateway, "shop", adapter, strcmp(adapter, "file") ? SQUARE_URL : NULL,
                        settings, strlen(settings), err);
}

static void a_gateway_without_settings_has_the_documented_defaults(void **state)
{
    struct gateway g;
    struct error err;

    (void)state;
    assert_int_equal(init(&g, "square", "{}", &err), 0);
    assert_string_equal(g.name, "shop");
    assert_ptr_equal(g.adapter, &gateway_square);
    assert_ptr_equal(g.http.base_url, g.base_url);
    assert_string_equal(g.base_url, SQUARE_URL);
    assert_int_equal(g.tolerance_absolute, 100);
    assert_int_equal(g.tolerance_percent, 0);
    assert_int_equal(g.fee_percent, -1);
    assert_int_equal(g.max_pages, 100000);
    assert_int_equal(g.overlap_seconds, 3600);
    assert_int_equal(g.http.concurrency, 2);
    assert_int_equal(g.http.rate_milli, 0);
    assert_int_equal(g.http.connect_timeout_ms, 5000);
    assert_int_equal(g.http.first_byte_timeout_ms, 15000);
    assert_int_equal(g.http.total_timeout_ms, 30000);
    assert_int_equal(g.http.max_response, 16 << 20);
    assert_int_equal(g.http.retry.max_attempts, 4);
    assert_int_equal(g.http.retry.base_ms, 500);
    assert_int_equal(g.http.retry.cap_ms, 60000);
    assert_int_equal(g.http.breaker_threshold, 8);
    assert_int_equal(g.http.breaker_open_ms, 5000);
    assert_int_equal(g.http.breaker_wait_ms, 60000);
    assert_null(g.http.ca_file);
    gateway_deinit(&g);
    assert_int_equal(init(&g, "paychangu", "{}", &err), 0);
    assert_int_equal(g.http.concurrency, 4);
    assert_int_equal(g.http.rate_milli, 2000);
    gateway_deinit(&g);
    gateway_deinit(&g);
}

static void what_is_set_is_what_is_used(void **state)
{
    static const char settings[] =
        "{\"tolerance_absolute\":\"0.05\",\"tolerance_percent\":1.5,"
        "\"fee\":{\"percent\":2.5,\"fixed\":0.20},\"concurrency\":8,\"rate_per_second\":0.5,"
        "\"retries\":1,\"max_response_bytes\":\"4096\",\"ca_file\":\"/etc/ca.pem\","
        "\"overlap_seconds\":0,\"locations\":[\"L1\"],\"version\":null,\"page_limit\":7}";
    struct gateway g;
    struct error err;

    (void)state;
    assert_int_equal(init(&g, "square", settings, &err), 0);
    assert_int_equal(g.tolerance_absolute, 500);
    assert_int_equal(g.tolerance_percent, 15000);
    assert_int_equal(g.fee_percent, 25000);
    assert_int_equal(g.fee_fixed, 2000);
    assert_int_equal(g.fee_tolerance, 100);
    assert_int_equal(g.http.concurrency, 8);
    assert_int_equal(g.http.rate_milli, 500);
    assert_int_equal(g.http.retry.max_attempts, 1);
    assert_int_equal(g.http.max_response, 4096);
    assert_string_equal(g.http.ca_file, "/etc/ca.pem");
    assert_int_equal(g.overlap_seconds, 0);
    gateway_deinit(&g);
}

static void an_unknown_key_is_refused_with_the_known_ones(void **state)
{
    struct gateway g;
    struct error err;

    (void)state;
    assert_int_equal(init(&g, "square", "{\"tolerence\":1}", &err), -1);
    assert_int_equal(err.code, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "gateway 'shop'"));
    assert_non_null(strstr(err.text, "'tolerence'"));
    assert_non_null(strstr(err.text, " locations "));
    assert_non_null(strstr(err.text, " delimiter")); /* the last one: the list is not cut */
    assert_null(strstr(err.text, "list_mode"));
    assert_int_equal(init(&g, "paychangu", "{\"locations\":[\"L1\"]}", &err), -1);
    assert_non_null(strstr(err.text, " list_mode "));
    assert_non_null(strstr(err.text, " delimiter"));
    assert_int_equal(init(&g, "file", "{\"mode\":\"live\"}", &err), -1);
    assert_int_equal(init(&g, "square", "{\"fee\":{\"percent\":1,\"flat\":2}}", &err), -1);
    assert_non_null(strstr(err.text, "'flat'"));
}

static void a_value_that_makes_no_sense_is_refused_by_its_key(void **state)
{
    static const struct {
        const char *adapter, *settings, *says;
    } cases[] = {
        {"square", "{\"concurrency\":0}", "concurrency"},
        {"square", "{\"concurrency\":65}", "concurrency"},
        {"square", "{\"concurrency\":1.5}", "concurrency"},
        {"square", "{\"retries\":0}", "retries"},
        {"square", "{\"rate_per_second\":-1}", "rate_per_second"},
        {"square", "{\"rate_per_second\":0.0001}", "rate_per_second"},
        {"square", "{\"max_response_bytes\":10}", "max_response_bytes"},
        {"square", "{\"tolerance_absolute\":\"0.00001\"}", "tolerance_absolute"},
        {"square", "{\"tolerance_percent\":101}", "tolerance_percent"},
        {"square", "{\"fee\":2.5}", "fee"},
        {"square", "{\"fee\":{\"percent\":\"x\"}}", "percent"},
        {"square", "{\"ca_file\":5}", "ca_file"},
        {"square", "{\"ca_file\":\"ca.pem\"}", "ca_file"},
        {"square", "{\"version\":\"2026\\r\\nX: y\"}", "version"},
        {"square", "{\"locations\":\"L1\"}", "locations"},
        {"square", "{\"locations\":[]}", "locations"},
        {"square", "{\"locations\":[\"L1\",\"\"]}", "locations"},
        {"square", "{\"locations\":[1]}", "locations"},
        {"square", "{\"reference_field\":\"email\"}", "reference_id, order_id, note or id"},
        {"square", "{\"amount_field\":1}", "amount_money or total_money"},
        {"square", "{\"include_external\":\"yes\"}", "include_external"},
        {"square", "{\"page_limit\":101}", "page_limit"},
        {"square", "{\"max_pages\":0}", "max_pages"},
        {"paychangu", "{\"mode\":\"prod\"}", "live, test or any"},
        {"paychangu", "{\"default_ref_kind\":\"sms\"}", "checkout, mobile_money, bank or card"},
        {"paychangu", "{\"list_mode\":1}", "list_mode"},
        {"paychangu", "{\"list_path\":\"http://x/\"}", "list_path"},
        {"file", "{\"columns\":[]}", "columns"},
        {"file", "{\"time_zone\":2}", "time_zone"},
        {"file", "{\"minor_units\":0}", "minor_units"},
        {"file", "[]", "not a JSON object"},
        {"file", "", "settings"},
        {"file", "{\"delimiter\":\",\",\"delimiter\":\";\"}", "twice"},
    };
    struct gateway g;
    struct error err;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(init(&g, cases[i].adapter, cases[i].settings, &err), -1);
        assert_int_equal(err.code, ERROR_CONFIG);
        assert_non_null(strstr(err.text, "gateway 'shop': settings: "));
        assert_non_null(strstr(err.text, cases[i].says));
        assert_null(g.settings);
    }
}

static void a_gateway_is_asked_over_https_or_on_this_machine(void **state)
{
    static const struct {
        const char *url;
        int rc;
    } cases[] = {
        {"https://api.paychangu.com", 0},
        {"http://127.0.0.1:8080/paychangu", 0},
        {"http://api.paychangu.com", -1},
        {"ftp://api.paychangu.com", -1},
        {"https://user:pass@api.paychangu.com", -1},
        {"https://[2001:db8::1]:8443/x", 0},
        {"https://api.paychangu%2ecom", -1}, /* libcurl would decode it */
        {"https://api,\"paychangu\"", -1},
        {"https://[api.paychangu.com]", -1},
        {"https://[]", -1},
        {"", -1},
        {NULL, -1},
    };
    struct gateway g;
    struct error err = {0};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        error_clear(&err);
        assert_int_equal(gateway_init(&g, "p", "paychangu", cases[i].url, "{}", 2, &err),
                         cases[i].rc);
        if (cases[i].rc == 0)
            gateway_deinit(&g);
        else
            assert_non_null(strstr(err.text, "base_url"));
    }
    assert_int_equal(gateway_init(&g, "f", "file", NULL, "{}", 2, NULL), 0);
    gateway_deinit(&g);
}

static void adapters_are_known_by_name(void **state)
{
    struct gateway g;
    struct error err = {0};

    (void)state;
    assert_ptr_equal(gateway_adapter_find("paychangu"), &gateway_paychangu);
    assert_ptr_equal(gateway_adapter_find("file"), &gateway_file);
    assert_null(gateway_adapter_find("Paychangu"));
    assert_null(gateway_adapter_find(""));
    assert_int_equal(gateway_init(&g, "s", "stripe", NULL, "{}", 2, &err), -1);
    assert_non_null(strstr(err.text, "paychangu, square or file"));
}

static void absence_means_something_only_in_lists(void **state)
{
    struct gateway g;
    struct error err;

    (void)state;
    assert_int_equal(init(&g, "paychangu", "{}", &err), 0);
    assert_false(g.adapter->lists(&g));
    gateway_deinit(&g);
    assert_int_equal(init(&g, "paychangu", "{\"list_mode\":true}", &err), 0);
    assert_true(g.adapter->lists(&g));
    gateway_deinit(&g);
    assert_int_equal(init(&g, "file", "{}", &err), 0);
    assert_true(g.adapter->lists(&g));
    assert_int_equal(g.adapter->fetch(NULL, &err), 0);
    gateway_deinit(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gateway_without_settings_has_the_documented_defaults),
        cmocka_unit_test(what_is_set_is_what_is_used),
        cmocka_unit_test(an_unknown_key_is_refused_with_the_known_ones),
        cmocka_unit_test(a_value_that_makes_no_sense_is_refused_by_its_key),
        cmocka_unit_test(a_gateway_is_asked_over_https_or_on_this_machine),
        cmocka_unit_test(adapters_are_known_by_name),
        cmocka_unit_test(absence_means_something_only_in_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
