/* Which servers and libraries Purser takes for what. */
#include "../../plugin/compat.h"

#include "unit.h"

static void servers_are_taken_from_the_first_that_can_up_to_the_last_that_is_known(void **state)
{
    (void)state;
    assert_false(compat_server_is_accepted(101021));
    assert_false(compat_server_is_accepted(101107)); /* has no innodb_snapshot_isolation */
    assert_true(compat_server_is_accepted(101108));
    assert_true(compat_server_is_accepted(101199));
    assert_false(compat_server_is_accepted(110302));
    assert_false(compat_server_is_accepted(110401));
    assert_true(compat_server_is_accepted(110402));
    assert_true(compat_server_is_accepted(110899));
    assert_false(compat_server_is_accepted(120002));
    assert_true(compat_server_is_tested(101119));
    assert_false(compat_server_is_tested(110408));
    assert_true(compat_server_is_tested(110806));
    assert_false(compat_server_is_tested(120002));
}

static void the_library_is_asked_to_be_strict_where_it_would_redirect(void **state)
{
    (void)state;
    assert_int_equal(compat_http_strictness("0.9.75"), 0);
    assert_int_equal(compat_http_strictness("1.0.1"), 1);
}

static void libcurl_says_the_same_in_both(void **state)
{
    (void)state;
    assert_string_equal(compat_curl_words("Couldn't connect to server"),
                        "Could not connect to server");
    assert_string_equal(compat_curl_words("Could not connect to server"),
                        "Could not connect to server");
    assert_string_equal(compat_curl_words("Timeout was reached"), "Timeout was reached");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_taken_from_the_first_that_can_up_to_the_last_that_is_known),
        cmocka_unit_test(the_library_is_asked_to_be_strict_where_it_would_redirect),
        cmocka_unit_test(libcurl_says_the_same_in_both),
    };

    return cmocka_run_group_tests_name("tests", tests, NULL, NULL);
}
