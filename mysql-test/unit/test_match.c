/* What a group comes to. Each test is one sentence of docs/reconciliation.md. */
#include "unit_match.h"

static void a_paid_order_and_its_capture_agree(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    expect_nothing();
    assert_int_equal(result.orders_matched, 1);
    assert_true(result.conclusive);
}

static void a_difference_equal_to_the_tolerance_is_tolerated(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000100);
    expect_nothing();
}

static void a_difference_beyond_the_tolerance_is_an_amount_mismatch(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 999899);
    expect_one(AMOUNT_MISMATCH, "1", "p1");
    assert_int_equal(found[0].difference, -101);
    assert_int_equal(result.orders_matched, 1);
}

static void the_larger_of_the_two_tolerances_counts(void **state)
{
    (void)state;
    rules.tolerance_percent = 10000; /* 1 % */
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1010000);
    expect_nothing();
}

static void an_order_without_an_amount_is_an_amount_mismatch(void **state)
{
    (void)state;
    order("1", "paid", MONEY_ABSENT);
    payment("p1", RECORD_CAPTURED, 1000000);
    expect_one(AMOUNT_MISMATCH, "1", "p1");
    assert_true(found[0].difference == MONEY_ABSENT);
}

static void another_currency_is_a_currency_mismatch_and_no_amount_mismatch(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    memcpy(payment("p1", RECORD_CAPTURED, 5)->record.currency, "MWK", 4);
    expect_one(CURRENCY_MISMATCH, "1", "p1");
    assert_true(found[0].difference == MONEY_ABSENT);
}

static void a_captured_payment_of_a_pending_order_is_not_recorded(void **state)
{
    static const char *const unpaid[] = {"pending", "failed", "cancelled", "Canceled", ""};
    size_t i;

    for (i = 0; i < sizeof(unpaid) / sizeof(unpaid[0]); i++) {
        begin(state);
        order("1", unpaid[i], 1000000);
        payment("p1", RECORD_CAPTURED, 1000000);
        expect_one(PAID_NOT_RECORDED, "1", "p1");
    }
}

static void a_paid_order_whose_payment_failed_is_a_status_mismatch(void **state)
{
    static const enum record_status unpaid[] = {RECORD_PENDING, RECORD_AUTHORIZED, RECORD_FAILED,
                                                RECORD_CANCELLED, RECORD_UNKNOWN};
    size_t i;

    for (i = 0; i < sizeof(unpaid) / sizeof(unpaid[0]); i++) {
        begin(state);
        order("1", "paid", 1000000);
        payment("p1", unpaid[i], 1000000);
        expect_one(STATUS_MISMATCH, "1", "p1");
    }
}

static void a_status_that_was_not_read_now_is_no_evidence(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_PENDING, 1000000)->current = false;
    expect_nothing();
    assert_false(result.conclusive);
}

static void a_capture_that_was_read_long_ago_is_evidence(void **state)
{
    (void)state;
    order("1", "pending", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000)->current = false;
    expect_one(PAID_NOT_RECORDED, "1", "p1");
}

static void an_unknown_word_is_reported_only_when_money_moved(void **state)
{
    (void)state;
    order("1", "teleported", 1000000);
    payment("p1", RECORD_FAILED, 1000000);
    expect_nothing();
    payment("p2", RECORD_CAPTURED, 1000000);
    expect_one(STATUS_MISMATCH, "1", "p2");
}

static void nobody_paid_and_nobody_says_so(void **state)
{
    (void)state;
    rules.absence_is_proof = true;
    order("1", "pending", 1000000);
    expect_nothing();
    payment("p1", RECORD_FAILED, 1000000);
    order("2", "paid", 0); /* free of charge */
    expect_nothing();
    assert_int_equal(result.orders_matched, 1);
}

static void a_paid_order_is_missing_only_where_absence_is_proof(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    expect_nothing();
    assert_false(result.conclusive);
    rules.absence_is_proof = true;
    expect_one(MISSING_IN_GATEWAY, "1", "");
    assert_int_equal(result.orders_matched, 0);
}

static void an_answer_not_found_is_proof_when_it_is_of_now(void **state)
{
    struct match_record *answer;

    (void)state;
    order("1", "paid", 1000000);
    answer = payment("ref:TX", RECORD_NOT_FOUND, 0);
    answer->current = false;
    expect_nothing();
    answer->current = true;
    expect_one(MISSING_IN_GATEWAY, "1", "");
}

static void a_capture_without_an_order_is_missing_internally(void **state)
{
    (void)state;
    payment("p1", RECORD_CAPTURED, 1000000);
    expect_one(MISSING_INTERNAL, "", "p1");
}

static void a_failed_attempt_without_an_order_is_nobodys_money(void **state)
{
    (void)state;
    payment("p1", RECORD_FAILED, 1000000);
    payment("p2", RECORD_AUTHORIZED, 1000000);
    expect_nothing();
}

static void failed_attempts_and_one_capture_are_one_payment(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_FAILED, 1000000);
    payment("p2", RECORD_FAILED, 1000000);
    payment("p3", RECORD_CAPTURED, 1000000);
    expect_nothing();
    assert_int_equal(result.orders_matched, 1);
}

static void a_second_capture_is_a_duplicate_and_the_fitting_one_is_claimed(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 777);
    payment("p2", RECORD_CAPTURED, 1000000);
    expect_one(DUPLICATE_IN_GATEWAY, "1", "p1");
}

static void a_second_order_is_a_duplicate_and_the_paid_one_claims(void **state)
{
    (void)state;
    order("1", "pending", 1000000);
    order("2", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    expect_one(DUPLICATE_INTERNAL, "1", "p1");
    assert_int_equal(result.orders_matched, 1);
}

static void two_paid_orders_without_a_payment_are_one_missing_and_one_duplicate(void **state)
{
    (void)state;
    rules.absence_is_proof = true;
    order("1", "paid", 1000000);
    order("2", "paid", 1000000);
    judge();
    assert_int_equal(n_found, 2);
    assert_int_equal(found[0].type, MISSING_IN_GATEWAY);
    assert_int_equal(found[1].type, DUPLICATE_INTERNAL);
    assert_string_equal(found_order[1], "2");
}

static void two_orders_and_two_captures_find_each_other_by_amount(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    order("2", "paid", 2000000);
    payment("p1", RECORD_CAPTURED, 2000000);
    payment("p2", RECORD_CAPTURED, 1000000);
    expect_nothing();
    assert_int_equal(result.orders_matched, 2);
}

static void the_capture_of_the_same_day_is_claimed_first(void **state)
{
    (void)state;
    order("1", "paid", 1000000);
    payment("early", RECORD_CAPTURED, 1000000)->day = DAY - 1;
    payment("today", RECORD_CAPTURED, 1000000);
    expect_one(DUPLICATE_IN_GATEWAY, "1", "early");
}

static void a_fee_beyond_its_rule_is_a_variance(void **state)
{
    (void)state;
    rules.fee_percent = 25000; /* 2.5 % */
    rules.fee_fixed = 2000;
    rules.fee_tolerance = 100;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    expect_nothing(); /* not known yet */
    records[0].record.fee = 27000;
    expect_nothing();
    records[0].record.fee = 27101;
    expect_one(FEE_VARIANCE, "1", "p1");
    assert_int_equal(found[0].difference, 101);
}

static void a_row_of_a_file_without_an_id_is_the_payment_the_api_knows(void **state)
{
    struct match_record *row;

    (void)state;
    order("1", "paid", 1000000);
    payment("p1", RECORD_CAPTURED, 1000000);
    (row = payment("TX", RECORD_CAPTURED, 1000000))->from_file = true;
    record_derive_id(&row->record);
    expect_nothing();
}

static void a_full_group_is_judged_within_its_bounds(void **state)
{
    char id[16];
    int i;

    (void)state;
    for (i = 0; i < MATCH_GROUP_MAX; i++) {
        snprintf(id, sizeof(id), "%d", i);
        order(id, "paid", 1000000);
        payment(id, RECORD_CAPTURED, 1000000);
    }
    expect_nothing();
    assert_int_equal(result.orders_matched, MATCH_GROUP_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_paid_order_and_its_capture_agree),
        TEST(a_difference_equal_to_the_tolerance_is_tolerated),
        TEST(a_difference_beyond_the_tolerance_is_an_amount_mismatch),
        TEST(the_larger_of_the_two_tolerances_counts),
        TEST(an_order_without_an_amount_is_an_amount_mismatch),
        TEST(another_currency_is_a_currency_mismatch_and_no_amount_mismatch),
        TEST(a_captured_payment_of_a_pending_order_is_not_recorded),
        TEST(a_paid_order_whose_payment_failed_is_a_status_mismatch),
        TEST(a_status_that_was_not_read_now_is_no_evidence),
        TEST(a_capture_that_was_read_long_ago_is_evidence),
        TEST(an_unknown_word_is_reported_only_when_money_moved),
        TEST(nobody_paid_and_nobody_says_so),
        TEST(a_paid_order_is_missing_only_where_absence_is_proof),
        TEST(an_answer_not_found_is_proof_when_it_is_of_now),
        TEST(a_capture_without_an_order_is_missing_internally),
        TEST(a_failed_attempt_without_an_order_is_nobodys_money),
        TEST(failed_attempts_and_one_capture_are_one_payment),
        TEST(a_second_capture_is_a_duplicate_and_the_fitting_one_is_claimed),
        TEST(a_second_order_is_a_duplicate_and_the_paid_one_claims),
        TEST(two_paid_orders_without_a_payment_are_one_missing_and_one_duplicate),
        TEST(two_orders_and_two_captures_find_each_other_by_amount),
        TEST(the_capture_of_the_same_day_is_claimed_first),
        TEST(a_fee_beyond_its_rule_is_a_variance),
        TEST(a_row_of_a_file_without_an_id_is_the_payment_the_api_knows),
        TEST(a_full_group_is_judged_within_its_bounds),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
