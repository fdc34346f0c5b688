#include "../../plugin/gateways/square_parse.h"

#include <stdio.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "unit.h"

/* From the vendor's specification. */
static const char payments[] =
    "{\"payments\":[{\"id\":\"bP9mAsEMYPUGjjGNaNO5ZDVyLhSZY\","
    "\"created_at\":\"2021-10-13T19:34:33.524Z\",\"updated_at\":\"2021-10-13T19:34:37.261Z\","
    "\"amount_money\":{\"amount\":555,\"currency\":\"USD\"},"
    "\"total_money\":{\"amount\":655,\"currency\":\"USD\"},"
    "\"processing_fee\":[{\"effective_at\":\"2021-10-13T21:34:35.000Z\",\"type\":\"INITIAL\","
    "\"amount_money\":{\"amount\":34,\"currency\":\"USD\"}},{\"type\":\"ADJUSTMENT\","
    "\"amount_money\":{\"amount\":-4,\"currency\":\"USD\"}}],"
    "\"refunded_money\":{\"amount\":55,\"currency\":\"USD\"},"
    "\"status\":\"COMPLETED\",\"source_type\":\"CARD\",\"location_id\":\"L88917AVBK2S5\","
    "\"order_id\":\"d7eKah653Z579f3gVtjlxpSlmUcZY\",\"note\":\"Test Note\","
    "\"reference_id\":\"TX-1\",\"card_details\":{\"status\":\"CAPTURED\","
    "\"card\":{\"card_brand\":\"VISA\",\"last_4\":\"1111\"},\"card_payment_timeline\":"
    "{\"authorized_at\":\"2021-10-13T19:34:33.680Z\",\"captured_at\":\"2021-10-13T19:34:34.340Z\"}}"
    ","
    "\"receipt_number\":\"bP9m\"}],\"cursor\":\"c1\"}";
static const char refunds[] =
    "{\"cursor\":\"5evquW1\",\"refunds\":[{\"id\":\"bP9mAs_69Mmg\",\"status\":\"COMPLETED\","
    "\"amount_money\":{\"amount\":555,\"currency\":\"USD\"},\"payment_id\":\"bP9mAs\","
    "\"order_id\":\"9ltv0bx5\",\"location_id\":\"L88917AVBK2S5\",\"reason\":\"Example Refund\","
    "\"processing_fee\":[{\"amount_money\":{\"amount\":-34,\"currency\":\"USD\"}}],"
    "\"created_at\":\"2021-10-13T19:59:05.342Z\",\"updated_at\":\"2021-10-13T20:00:03.497Z\"}]}";

static const struct square_options defaults = {"reference_id", "amount_money", false};

static int64_t moment(const char *text)
{
    int64_t at;

    assert_int_equal(timestamp_parse(text, strlen(text), &at, NULL), 0);
    return at;
}

static json_t *document(const char *text)
{
    json_t *parsed = square_document(text, strlen(text), NULL);

    assert_non_null(parsed);
    return parsed;
}

static void a_payment_is_read_as_the_vendor_documents_it(void **state)
{
    json_t *page = document(payments);
    struct record r;

    (void)state;
    assert_int_equal(
        square_payment(json_array_get(json_object_get(page, "payments"), 0), &defaults, &r, NULL),
        1);
    assert_int_equal(r.kind, RECORD_PAYMENT);
    assert_int_equal(r.status, RECORD_CAPTURED);
    assert_string_equal(r.raw_status, "COMPLETED");
    assert_string_equal(r.id, "bP9mAsEMYPUGjjGNaNO5ZDVyLhSZY");
    assert_string_equal(r.ref, "TX-1");
    assert_string_equal(r.currency, "USD");
    assert_int_equal(r.amount, 55500);
    assert_int_equal(r.fee, 3000);
    assert_int_equal(r.refunded, 5500);
    assert_int_equal(r.created_at, moment("2021-10-13T19:34:33.524Z"));
    assert_int_equal(r.updated_at, moment("2021-10-13T19:34:37.261Z"));
    assert_int_equal(r.completed_at, moment("2021-10-13T19:34:34.340Z"));
    json_decref(page);
}

static void a_refund_names_its_payment_and_not_the_reference(void **state)
{
    json_t *page = document(refunds);
    struct record r;

    (void)state;
    assert_int_equal(
        square_refund(json_array_get(json_object_get(page, "refunds"), 0), &defaults, &r, NULL), 1);
    assert_int_equal(r.kind, RECORD_REFUND);
    assert_int_equal(r.status, RECORD_CAPTURED);
    assert_string_equal(r.parent_id, "bP9mAs");
    assert_string_equal(r.ref, "");
    assert_int_equal(r.amount, 55500);
    json_decref(page);
}

static void what_an_answer_holds_beyond_what_is_read_is_dropped(void **state)
{
    json_t *page = document(payments);
    json_t *card =
        json_object_get(json_array_get(json_object_get(page, "payments"), 0), "card_details");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(page, "cursor")), "c1");
    assert_null(json_object_get(card, "card"));
    assert_non_null(json_object_get(card, "card_payment_timeline"));
    json_decref(page);
}

static void an_answer_that_is_no_document_is_an_error(void **state)
{
    static const char *const cases[] = {
        "", "<html>", "[]", "{\"payments\":[{\"id\":\"x\"}", "{}x", "null", "{\"id\":1,\"id\":2}"};
    struct error why;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        error_clear(&why);
        assert_null(square_document(cases[i], strlen(cases[i]), &why));
        assert_int_equal(why.code, ERROR_REMOTE);
    }
}

static json_t *row(const char *text)
{
    json_t *parsed = json_parse(text, strlen(text), NULL);

    assert_non_null(parsed);
    return parsed;
}

/* A payment of which some members are another text's. */
static json_t *payment_with(const char *changes)
{
    json_t *payment = row("{\"id\":\"p1\",\"status\":\"COMPLETED\","
                          "\"amount_money\":{\"amount\":100,\"currency\":\"GBP\"},"
                          "\"created_at\":\"2025-07-05T10:00:00Z\"}");
    json_t *other = row(changes);

    assert_int_equal(json_object_update(payment, other), 0);
    json_decref(other);
    return payment;
}

static int convert(const char *changes, const struct square_options *options, struct record *r,
                   struct error *why)
{
    json_t *payment = payment_with(changes);
    int rc;

    error_clear(why);
    rc = square_payment(payment, options, r, why);
    json_decref(payment);
    return rc;
}

static void a_payment_that_says_little_is_a_payment(void **state)
{
    struct record r;
    struct error why;

    (void)state;
    assert_int_equal(convert("{}", &defaults, &r, &why), 1);
    assert_string_equal(r.ref, "");
    assert_true(r.fee == MONEY_ABSENT && r.refunded == MONEY_ABSENT);
    assert_int_equal(r.updated_at, 0);
    assert_int_equal(r.completed_at, 0);
}

static void words_of_square_become_ours(void **state)
{
    static const struct {
        const char *word;
        enum record_status payment, refund;
    } cases[] = {
        {"COMPLETED", RECORD_CAPTURED, RECORD_CAPTURED},
        {"APPROVED", RECORD_AUTHORIZED, RECORD_UNKNOWN},
        {"PENDING", RECORD_PENDING, RECORD_PENDING},
        {"CANCELED", RECORD_CANCELLED, RECORD_UNKNOWN},
        {"FAILED", RECORD_FAILED, RECORD_FAILED},
        {"REJECTED", RECORD_UNKNOWN, RECORD_FAILED},
        {"completed", RECORD_UNKNOWN, RECORD_UNKNOWN},
    };
    struct record r;
    char changes[64];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        json_t *object;

        snprintf(changes, sizeof(changes), "{\"status\":\"%s\"}", cases[i].word);
        object = payment_with(changes);
        assert_int_equal(square_payment(object, &defaults, &r, NULL), 1);
        assert_int_equal(r.status, cases[i].payment);
        assert_int_equal(square_refund(object, &defaults, &r, NULL), 1);
        assert_int_equal(r.status, cases[i].refund);
        json_decref(object);
    }
}

static void amounts_are_in_the_smallest_unit_of_their_currency(void **state)
{
    static const struct {
        const char *money;
        int64_t amount;
    } cases[] = {
        {"{\"amount\":555,\"currency\":\"USD\"}", 55500},
        {"{\"amount\":555,\"currency\":\"JPY\"}", 5550000},
        {"{\"amount\":1555,\"currency\":\"KWD\"}", 15550},
        {"{\"amount\":0,\"currency\":\"MWK\"}", 0},
        {"{\"amount\":92233720368547758,\"currency\":\"USD\"}", 9223372036854775800},
    };
    char changes[128];
    struct record r;
    struct error why;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        snprintf(changes, sizeof(changes), "{\"amount_money\":%s}", cases[i].money);
        assert_int_equal(convert(changes, &defaults, &r, &why), 1);
        assert_int_equal(r.amount, cases[i].amount);
    }
}

static void a_row_that_makes_no_sense_is_refused_by_the_name_of_its_field(void **state)
{
    static const struct {
        const char *changes, *says;
    } cases[] = {
        {"{\"id\":null}", "id is missing"},
        {"{\"id\":\"\"}", "id is empty"},
        {"{\"id\":5}", "id is not a string"},
        {"{\"id\":\"a\\nb\"}", "id has a control character"},
        {"{\"status\":7}", "status is not a string"},
        {"{\"status\":null}", "status is missing"},
        {"{\"created_at\":null}", "created_at is missing"},
        {"{\"created_at\":\"05/07/2025\"}", "created_at is not a time stamp"},
        {"{\"updated_at\":1}", "updated_at is not a time stamp"},
        {"{\"amount_money\":null}", "amount_money is missing"},
        {"{\"amount_money\":{\"amount\":{\"value\":1},\"currency\":\"USD\"}}",
         "amount_money.amount is not an integer"},
        {"{\"amount_money\":{\"amount\":5.55,\"currency\":\"USD\"}}",
         "amount_money.amount is not an integer"},
        {"{\"amount_money\":{\"amount\":\"555\",\"currency\":\"USD\"}}",
         "amount_money.amount is not an integer"},
        {"{\"amount_money\":{\"amount\":-1,\"currency\":\"USD\"}}",
         "amount_money.amount is negative"},
        {"{\"amount_money\":{\"amount\":1}}", "amount_money.currency is not a currency"},
        {"{\"amount_money\":{\"amount\":1,\"currency\":\"XXX\"}}",
         "amount_money.currency XXX is not known"},
        {"{\"amount_money\":{\"amount\":9223372036854775807,\"currency\":\"USD\"}}",
         "amount_money.amount is out of range"},
        {"{\"amount_money\":[]}", "amount_money.amount is not an integer"},
        {"{\"refunded_money\":{\"amount\":1,\"currency\":\"USD\"}}",
         "refunded_money has another currency"},
        {"{\"refunded_money\":5}", "refunded_money.amount is not an integer"},
        {"{\"processing_fee\":{}}", "processing_fee is not an array"},
        {"{\"processing_fee\":[{\"amount_money\":{\"amount\":1}}]}", "processing_fee"},
        {"{\"reference_id\":12}", "reference_id is not a string"},
        {"{\"card_details\":{\"card_payment_timeline\":{\"captured_at\":\"?\"}}}", "captured_at"},
    };
    struct record r;
    struct error why;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(convert(cases[i].changes, &defaults, &r, &why), -1);
        assert_int_equal(why.code, ERROR_REMOTE);
        assert_non_null(strstr(why.text, cases[i].says));
    }
    assert_int_equal(square_payment(NULL, &defaults, &r, NULL), -1);
    assert_int_equal(square_refund(NULL, &defaults, &r, NULL), -1);
}

static void a_fee_that_cannot_be_compared_is_absent(void **state)
{
    struct record r;
    struct error why;

    (void)state;
    assert_int_equal(convert("{\"processing_fee\":[]}", &defaults, &r, &why), 1);
    assert_true(r.fee == MONEY_ABSENT);
    assert_int_equal(
        convert("{\"processing_fee\":[{\"amount_money\":{\"amount\":1,\"currency\":\"USD\"}}]}",
                &defaults, &r, &why),
        1);
    assert_true(r.fee == MONEY_ABSENT);
    assert_int_equal(convert("{\"processing_fee\":[{\"type\":\"INITIAL\"}]}", &defaults, &r, &why),
                     1);
    assert_true(r.fee == MONEY_ABSENT);
}

static void money_that_square_only_records_does_not_count(void **state)
{
    const struct square_options all = {"reference_id", "amount_money", true};
    static const char cash[] = "{\"source_type\":\"CASH\",\"destination_type\":\"CASH\"}";
    static const char external[] = "{\"source_type\":\"EXTERNAL\"}";
    struct record r;
    struct error why;
    json_t *object;

    (void)state;
    assert_int_equal(convert(cash, &defaults, &r, &why), 0);
    assert_int_equal(convert(external, &defaults, &r, &why), 0);
    assert_int_equal(convert(cash, &all, &r, &why), 1);
    assert_int_equal(convert("{\"source_type\":\"WALLET\"}", &defaults, &r, &why), 1);
    object = payment_with(cash);
    assert_int_equal(square_refund(object, &defaults, &r, NULL), 0);
    assert_int_equal(square_refund(object, &all, &r, NULL), 1);
    json_decref(object);
}

static void the_reference_and_the_amount_are_in_the_fields_that_are_set(void **state)
{
    json_t *page = document(payments);
    const json_t *payment = json_array_get(json_object_get(page, "payments"), 0);
    static const struct {
        const char *field, *ref;
    } cases[] = {
        {"order_id", "d7eKah653Z579f3gVtjlxpSlmUcZY"},
        {"note", "Test Note"},
        {"id", "bP9mAsEMYPUGjjGNaNO5ZDVyLhSZY"},
    };
    struct record r;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        const struct square_options options = {cases[i].field, "total_money", false};

        assert_int_equal(square_payment(payment, &options, &r, NULL), 1);
        assert_string_equal(r.ref, cases[i].ref);
        assert_int_equal(r.amount, 65500);
    }
    json_decref(page);
}

static void a_note_that_cannot_be_a_reference_is_none(void **state)
{
    const struct square_options notes = {"note", "amount_money", false};
    char changes[400];
    struct record r;
    struct error why;

    (void)state;
    assert_int_equal(convert("{\"note\":\"two\\nlines\"}", &notes, &r, &why), 1);
    assert_string_equal(r.ref, "");
    snprintf(changes, sizeof(changes), "{\"note\":\"%0300d\"}", 7);
    assert_int_equal(convert(changes, &notes, &r, &why), 1);
    assert_string_equal(r.ref, "");
}

static void the_code_of_an_error_is_passed_on_and_nothing_else_is(void **state)
{
    static const struct {
        const char *body, *code;
    } cases[] = {
        {"{\"errors\":[{\"category\":\"X\",\"code\":\"INVALID_CURSOR\",\"detail\":\"d\"}]}",
         "INVALID_CURSOR"},
        {"{\"errors\":[]}", ""},
        {"{\"errors\":[{\"code\":5}]}", ""},
        {"{\"errors\":[{\"code\":\"a token? sq0atp\"}]}", ""},
        {"{}", ""},
        {"", ""},
        {"<html>", ""},
    };
    char code[64];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        square_error_code(cases[i].body, strlen(cases[i].body), code);
        assert_string_equal(code, cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_is_read_as_the_vendor_documents_it),
        cmocka_unit_test(a_refund_names_its_payment_and_not_the_reference),
        cmocka_unit_test(what_an_answer_holds_beyond_what_is_read_is_dropped),
        cmocka_unit_test(an_answer_that_is_no_document_is_an_error),
        cmocka_unit_test(a_payment_that_says_little_is_a_payment),
        cmocka_unit_test(words_of_square_become_ours),
        cmocka_unit_test(amounts_are_in_the_smallest_unit_of_their_currency),
        cmocka_unit_test(a_row_that_makes_no_sense_is_refused_by_the_name_of_its_field),
        cmocka_unit_test(a_fee_that_cannot_be_compared_is_absent),
        cmocka_unit_test(money_that_square_only_records_does_not_count),
        cmocka_unit_test(the_reference_and_the_amount_are_in_the_fields_that_are_set),
        cmocka_unit_test(a_note_that_cannot_be_a_reference_is_none),
        cmocka_unit_test(the_code_of_an_error_is_passed_on_and_nothing_else_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
