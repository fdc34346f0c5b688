/* Named limits, lists, and what a response says about a limit. */
#include "../../udf/ratelimit/headers.h"
#include "../../udf/ratelimit/policy.h"
#include "../../udf/ratelimit/service.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SECOND 1000000000LL

static struct rate_policies *parse(const char *json)
{
    struct error err = {0};
    struct rate_policies *set = rate_policies_parse(json, strlen(json), &err);

    if (!set)
        fail_msg("%s: %s", json, err.text);
    return set;
}

static void refuse(const char *json, const char *why)
{
    struct error err = {0};

    assert_null(rate_policies_parse(json, strlen(json), &err));
    if (!strstr(err.text, why))
        fail_msg("%s: '%s' instead of '%s'", json, err.text, why);
}

static void policies_are_found_byte_for_byte(void **state)
{
    struct rate_policies *set = parse(
        "{\"policies\":[{\"name\":\"pay\",\"max_requests\":5,\"window_seconds\":60},"
        "{\"name\":\"login\",\"max_requests\":0,\"window_seconds\":31622400,\"shadow\":true}]}");
    const struct rate_policy *pay = rate_policies_find(set, "pay", 3);

    (void)state;
    assert_int_equal(rate_policies_count(set), 2);
    assert_non_null(pay);
    assert_int_equal(pay->rule.max, 5);
    assert_int_equal(pay->rule.window_s, 60);
    assert_false(pay->shadow);
    assert_true(rate_policies_find(set, "login", 5)->shadow);
    assert_null(rate_policies_find(set, "Pay", 3));
    assert_null(rate_policies_find(set, "pa", 2));
    assert_null(rate_policies_find(set, "pay\0", 4));
    assert_null(rate_policies_find(NULL, "pay", 3));
    rate_policies_destroy(set);
    rate_policies_destroy(NULL);
}

static void what_makes_no_sense_is_refused_with_its_name(void **state)
{
    (void)state;
    refuse("", "ends too early");
    refuse("[]", "not a JSON object");
    refuse("{\"policies\":1}", "policies is not an array");
    refuse("{\"policies\":[{\"name\":\"\",\"max_requests\":5,\"window_seconds\":60}]}", "name");
    refuse("{\"policies\":[{\"name\":\"a\",\"max_requests\":5}]}", "policy 'a' needs");
    refuse("{\"policies\":[{\"name\":\"a\",\"max_requests\":-1,\"window_seconds\":60}]}",
           "policy 'a': max_requests");
    refuse("{\"policies\":[{\"name\":\"a\",\"max_requests\":1,\"window_seconds\":0}]}",
           "policy 'a': window_seconds");
    refuse("{\"policies\":[{\"name\":\"a\",\"max_requests\":1,\"window_seconds\":1},"
           "{\"name\":\"a\",\"max_requests\":1,\"window_seconds\":1}]}",
           "two policies 'a'");
    refuse("{\"allow\":\"a\"}", "allow is not an array");
    refuse("{\"deny\":[\"a\",7]}", "deny: element 2");
}

static void who_is_on_both_lists_is_refused(void **state)
{
    struct rate_policies *set =
        parse("{\"allow\":[\"a\",\"both\",\"\"],\"deny\":[\"d\",\"both\",\"e\"]}");

    (void)state;
    assert_true(rate_policies_lists_anybody(set));
    assert_int_equal(rate_policies_listed(set, "a", 1), RATE_LISTED_ALLOW);
    assert_int_equal(rate_policies_listed(set, "d", 1), RATE_LISTED_DENY);
    assert_int_equal(rate_policies_listed(set, "both", 4), RATE_LISTED_DENY);
    assert_int_equal(rate_policies_listed(set, "", 0), RATE_LISTED_ALLOW);
    assert_int_equal(rate_policies_listed(set, "A", 1), RATE_NOT_LISTED);
    rate_policies_destroy(set);
    set = parse("{}");
    assert_false(rate_policies_lists_anybody(set));
    assert_int_equal(rate_policies_listed(set, "a", 1), RATE_NOT_LISTED);
    rate_policies_destroy(set);
}

static void counters_go_on_under_their_name(void **state)
{
    struct rate_policies *before =
        parse("{\"policies\":[{\"name\":\"a\",\"max_requests\":1,\"window_seconds\":1},"
              "{\"name\":\"b\",\"max_requests\":1,\"window_seconds\":1}]}");
    struct rate_policies *after =
        parse("{\"policies\":[{\"name\":\"b\",\"max_requests\":9,\"window_seconds\":9},"
              "{\"name\":\"c\",\"max_requests\":1,\"window_seconds\":1}]}");

    (void)state;
    atomic_store(&rate_policies_find(before, "b", 1)->allowed, 7);
    atomic_store(&rate_policies_find(before, "b", 1)->denied, 8);
    rate_policies_keep_counters(after, before);
    rate_policies_keep_counters(after, NULL);
    assert_int_equal(atomic_load(&rate_policies_find(after, "b", 1)->allowed), 7);
    assert_int_equal(atomic_load(&rate_policies_find(after, "b", 1)->denied), 8);
    assert_int_equal(atomic_load(&rate_policies_find(after, "c", 1)->allowed), 0);
    rate_policies_destroy(before);
    rate_policies_destroy(after);
}

static void *load_again_and_again(void *argument)
{
    char json[128];
    int i;

    (void)argument;
    for (i = 0; i < 500; i++) {
        snprintf(json, sizeof(json),
                 "{\"policies\":[{\"name\":\"p\",\"max_requests\":%d,\"window_seconds\":1}],"
                 "\"deny\":[\"d%d\"]}",
                 i % 3, i % 2);
        if (rate_service_load_policies(json, strlen(json), NULL) != 0)
            return "failed";
    }
    return NULL;
}

static void policies_change_while_they_are_used(void **state)
{
    struct error err = {0};
    pthread_t thread;
    void *result = "never ended";
    int i;

    (void)state;
    assert_int_equal(rate_service_load_policies("{\"policies\":[]}", 15, &err), 0);
    assert_int_equal(pthread_create(&thread, NULL, load_again_and_again, NULL), 0);
    for (i = 0; i < 20000; i++) {
        struct rate_policy *policy = rate_policies_find(rate_service_policies(), "p", 1);

        if (policy)
            assert_true(policy->rule.max < 3);
        rate_service_release();
        rate_service_listed("d1", 2);
    }
    pthread_join(thread, &result);
    assert_null(result);
    assert_int_equal(rate_service_load_policies("nonsense", 8, &err), -1);
    assert_non_null(rate_policies_find(rate_service_policies(), "p", 1)); /* those before stay */
    rate_service_release();
    rate_service_load_policies("{}", 2, NULL);
}

static void expect_headers(const struct rate_state *s, const char *name, const char *expected)
{
    struct rate_rule rule = {.max = 100, .window_s = 3600};
    char out[RATE_HEADERS_SIZE];
    size_t len = rate_headers(name, strlen(name), &rule, s, 1752000000000000, out);

    assert_string_equal(out, expected);
    assert_int_equal(len, strlen(expected));
}

static void headers_say_what_is_left_and_when_there_is_more(void **state)
{
    (void)state;
    expect_headers(&(struct rate_state){.remaining = 100}, "default",
                   "{\"X-RateLimit-Limit\":100,\"X-RateLimit-Remaining\":100,"
                   "\"X-RateLimit-Reset\":1752000000,"
                   "\"RateLimit-Policy\":\"\\\"default\\\";q=100;w=3600\","
                   "\"RateLimit\":\"\\\"default\\\";r=100;t=0\"}");
    expect_headers(
        &(struct rate_state){.used = 100, .reset_in = 1500000000, .retry_in = SECOND / 1000},
        "a\"b\n", /* no byte of a name breaks out of the text */
        "{\"X-RateLimit-Limit\":100,\"X-RateLimit-Remaining\":0,"
        "\"X-RateLimit-Reset\":1752000002,\"Retry-After\":1,"
        "\"RateLimit-Policy\":\"\\\"a_b_\\\";q=100;w=3600\","
        "\"RateLimit\":\"\\\"a_b_\\\";r=0;t=2\"}");
    expect_headers(&(struct rate_state){.retry_in = -1}, "never",
                   "{\"X-RateLimit-Limit\":100,\"X-RateLimit-Remaining\":0,"
                   "\"X-RateLimit-Reset\":1752000000,\"Retry-After\":3600,"
                   "\"RateLimit-Policy\":\"\\\"never\\\";q=100;w=3600\","
                   "\"RateLimit\":\"\\\"never\\\";r=0;t=0\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_are_found_byte_for_byte),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_its_name),
        cmocka_unit_test(who_is_on_both_lists_is_refused),
        cmocka_unit_test(counters_go_on_under_their_name),
        cmocka_unit_test(policies_change_while_they_are_used),
        cmocka_unit_test(headers_say_what_is_left_and_when_there_is_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
