/* What a group comes to where money was given back. */
#include "unit_match.h"

static void a_payment_that_stayed_gets_its_order_though_one_given_back_came_first(void **state)
{
    (void)state;
    order("1", "pending", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000)->record.refunded = 1000000;
    payment("p2", RECORD_CAPTURED, 1050000);
    expect_one(PAID_NOT_RECORDED, "1", "p2");
}

static void a_refund_of_another_attempt_is_no_reason_to_doubt_a_paid_order(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    refund("r1", "p1", 1000000);
    payment("p2", RECORD_CAPTURED, 1050000);
    expect_one(AMOUNT_MISMATCH, "1", "p2");
}

static void a_refunded_order_belongs_to_the_payment_that_was_given_back(void **state)
{
    (void)state;
    order("1", "refunded", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    refund("r1", "p1", 1000000);
    payment("p2", RECORD_CAPTURED, 1050000);
    expect_one(DUPLICATE_IN_GATEWAY, "1", "p2");
}

static void a_second_capture_that_was_given_back_is_settled(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    payment("p2", RECORD_CAPTURED, 1000000);
    refund("r2", "p2", 1000000);
    expect_nothing();
}

static void a_refund_that_the_shop_does_not_know_is_a_refund_mismatch(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    refund("r1", "p1", 250000);
    expect_one(REFUND_MISMATCH, "1", "p1");
    assert_int_equal(found[0].gateway_amount, 250000);
}

static void the_payments_own_figure_and_its_refunds_are_not_added_up(void **state)
{
    (void)state;
    order("1", "refunded", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000)->record.refunded = 1000000;
    refund("r1", "p1", 1000000);
    expect_nothing();
}

static void refunds_beyond_what_an_amount_can_hold_are_not_nothing(void **state)
{
    (void)state;
    order("1", "refunded", INT64_MAX);
    payment("p1", RECORD_CAPTURED, INT64_MAX);
    refund("r1", "p1", INT64_MAX / 2 + 1);
    refund("r2", "p1", INT64_MAX / 2 + 1);
    expect_nothing();
}

static void a_refunded_order_that_the_gateway_kept_is_a_refund_mismatch(void **state)
{
    (void)state;
    order("1", "refunded", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    expect_one(REFUND_MISMATCH, "1", "p1");
}

static void a_refund_that_was_not_asked_for_now_settles_nothing(void **state)
{
    (void)state;
    order("1", "refunded", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000)->current = false;
    expect_nothing();
    assert_false(result.conclusive);
}

static void a_partial_refund_of_a_refunded_order_is_a_refund_mismatch(void **state)
{
    (void)state;
    order("1", "refunded", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    refund("r1", "p1", 400000);
    expect_one(REFUND_MISMATCH, "1", "p1");
}

static void a_partially_refunded_order_agrees_with_a_partial_refund(void **state)
{
    (void)state;
    order("1", "partially_refunded", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    refund("r1", "p1", 400000);
    expect_nothing();
}

static void a_pending_refund_is_none_yet(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    refund("r1", "p1", 400000)->record.status = RECORD_PENDING;
    expect_nothing();
}

static void a_refund_of_an_unknown_payment_counts_only_against_an_order(void **state)
{
    (void)state;
    refund("r1", "gone", 400000);
    expect_nothing();
    order("1", "paid", 1000000);
    expect_one(REFUND_MISMATCH, "1", "r1");
}

static void a_cancelled_order_whose_money_went_back_is_settled(void **state)
{
    (void)state;
    order("1", "cancelled", 1000000);
    payment("p1", RECORD_REFUNDED, 1000000);
    expect_nothing();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_payment_that_stayed_gets_its_order_though_one_given_back_came_first),
        TEST(a_refund_of_another_attempt_is_no_reason_to_doubt_a_paid_order),
        TEST(a_refunded_order_belongs_to_the_payment_that_was_given_back),
        TEST(a_second_capture_that_was_given_back_is_settled),
        TEST(a_refund_that_the_shop_does_not_know_is_a_refund_mismatch),
        TEST(the_payments_own_figure_and_its_refunds_are_not_added_up),
        TEST(refunds_beyond_what_an_amount_can_hold_are_not_nothing),
        TEST(a_refunded_order_that_the_gateway_kept_is_a_refund_mismatch),
        TEST(a_refund_that_was_not_asked_for_now_settles_nothing),
        TEST(a_partial_refund_of_a_refunded_order_is_a_refund_mismatch),
        TEST(a_partially_refunded_order_agrees_with_a_partial_refund),
        TEST(a_pending_refund_is_none_yet),
        TEST(a_refund_of_an_unknown_payment_counts_only_against_an_order),
        TEST(a_cancelled_order_whose_money_went_back_is_settled),
    };

    return cmocka_run_group_tests_name("match_refunds", tests, NULL, NULL);
}
