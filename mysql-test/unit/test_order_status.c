/* The words of shops for the state of a payment. */
#include "../../udf/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void words_for_a_status_are_understood_in_any_dress(void **state)
{
    (void)state;
    assert_int_equal(order_status_parse("PAID", 4), ORDER_PAID);
    assert_int_equal(order_status_parse("Pending Payment", 15), ORDER_PENDING);
    assert_int_equal(order_status_parse("partially-refunded  ", 20), ORDER_PARTIALLY_REFUNDED);
    assert_int_equal(order_status_parse("paidx", 5), ORDER_UNKNOWN);
    assert_int_equal(order_status_parse("", 0), ORDER_PENDING);
    assert_int_equal(order_status_parse("a word much longer than any of them", 35), ORDER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_for_a_status_are_understood_in_any_dress),
    };

    return cmocka_run_group_tests_name("order_status", tests, NULL, NULL);
}
