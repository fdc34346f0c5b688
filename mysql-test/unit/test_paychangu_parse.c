#include "../../plugin/gateways/paychangu_parse.h"

#include <stdio.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "unit.h"

/* From the vendor's documentation. */
static const char checkout[] =
    "{\"status\":\"success\",\"message\":\"Payment details retrieved successfully.\",\"data\":"
    "{\"event_type\":\"checkout.payment\",\"tx_ref\":\"PA54231315\",\"mode\":\"live\","
    "\"type\":\"API Payment (Checkout)\",\"status\":\"success\",\"number_of_attempts\":1,"
    "\"reference\":\"26262633201\",\"currency\":\"MWK\",\"amount\":1000,\"charges\":40,"
    "\"meta\":null,\"authorization\":{\"channel\":\"Card\","
    "\"completed_at\":\"2024-08-08T23:21:22.000000Z\"},"
    "\"created_at\":\"2024-08-08T23:20:21.000000Z\",\"updated_at\":\"2024-08-08T23:20:21.000000Z\"}"
    "}";
static const char mobile[] =
    "{\"status\":\"successful\",\"data\":{\"amount\":100,\"charge_id\":\"ksni\","
    "\"ref_id\":\"29263119322\",\"trans_id\":null,\"status\":\"success\",\"currency\":\"MK\","
    "\"mode\":\"Live\",\"created_at\":\"2024-08-18T14:45:11.000000Z\","
    "\"completed_at\":\"2024-08-18T14:52:44.000000Z\","
    "\"transaction_charges\":{\"currency\":\"MK\",\"amount\":\"4\"}}}";
static const char bank[] =
    "{\"status\":\"success\",\"data\":{\"transaction\":{\"charge_id\":\"b1\",\"ref_id\":5443,"
    "\"currency\":\"MWK\",\"amount\":50.75,\"status\":\"pending\",\"completed_at\":null,"
    "\"transaction_charges\":{\"currency\":\"MWK\",\"amount\":\"0.75\"},"
    "\"created_at\":\"2025-01-24T06:46:40.000000Z\"}}}";

static enum paychangu_verdict judge(int status, const char *text, const char *ref, const char *mode,
                                    struct record *record, struct error *why)
{
    json_t *body = json_parse(text, strlen(text), NULL);
    enum paychangu_verdict verdict;

    error_clear(why);
    verdict = paychangu_judge(status, body, ref, mode, record, why);
    json_decref(body);
    return verdict;
}

static int64_t moment(const char *text)
{
    int64_t at;

    assert_int_equal(timestamp_parse(text, strlen(text), &at, NULL), 0);
    return at;
}

static void a_checkout_is_read_as_the_vendor_documents_it(void **state)
{
    struct record r;
    struct error why;

    (void)state;
    assert_int_equal(judge(200, checkout, "PA54231315", "any", &r, &why), PAYCHANGU_RECORD);
    assert_int_equal(r.kind, RECORD_PAYMENT);
    assert_int_equal(r.status, RECORD_CAPTURED);
    assert_string_equal(r.raw_status, "success");
    assert_string_equal(r.ref, "PA54231315");
    assert_string_equal(r.id, "26262633201");
    assert_string_equal(r.parent_id, "");
    assert_string_equal(r.currency, "MWK");
    assert_int_equal(r.amount, 10000000);
    assert_int_equal(r.fee, 400000);
    assert_true(r.refunded == MONEY_ABSENT);
    assert_int_equal(r.created_at, moment("2024-08-08T23:20:21Z"));
    assert_int_equal(r.completed_at, moment("2024-08-08T23:21:22Z"));
    assert_int_equal(r.updated_at, moment("2024-08-08T23:20:21Z"));
}

static void direct_charges_are_read_in_both_of_their_forms(void **state)
{
    struct record r;
    struct error why;

    (void)state;
    assert_int_equal(judge(200, mobile, "ksni", "live", &r, &why), PAYCHANGU_RECORD);
    assert_string_equal(r.currency, "MWK");
    assert_string_equal(r.id, "29263119322");
    assert_int_equal(r.amount, 1000000);
    assert_int_equal(r.fee, 40000);
    assert_int_equal(r.completed_at, moment("2024-08-18T14:52:44Z"));
    assert_int_equal(judge(200, bank, "b1", "live", &r, &why), PAYCHANGU_RECORD);
    assert_int_equal(r.status, RECORD_PENDING);
    assert_string_equal(r.id, "5443");
    assert_int_equal(r.amount, 507500);
    assert_int_equal(r.fee, 7500);
    assert_int_equal(r.completed_at, 0);
}

/* A payment of one field's value, else that of the template. */
static void payment(char *text, size_t size, const char *amount, const char *currency,
                    const char *status, const char *rest)
{
    snprintf(text, size,
             "{\"status\":\"success\",\"data\":{\"tx_ref\":\"T-1\",\"amount\":%s,\"currency\":%s,"
             "\"status\":%s,\"created_at\":\"2025-07-05T10:00:00Z\"%s}}",
             amount, currency, status, rest);
}

static void amounts_come_as_integers_reals_and_texts(void **state)
{
    static const struct {
        const char *amount, *currency;
        int64_t expected;
    } good[] = {
        {"1000", "MWK", 10000000},    {"50.75", "MWK", 507500},
        {"\"50.00\"", "MWK", 500000}, {"\"0.75\"", "USD", 7500},
        {"0.1", "USD", 1000},         {"0", "MWK", 0},
        {"1e3", "MWK", 10000000},     {"19999999.99", "MWK", 199999999900},
    };
    static const char *const bad[] = {
        "null", "\"\"", "\"1,000.00\"", "\"abc\"", "true",  "{}",
        "[]",   "-1",   "\"-0.01\"",    "10.123",  "1e300", "99999999999999999999"};
    struct record r;
    struct error why;
    char text[512], currency[8];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(good); i++) {
        snprintf(currency, sizeof(currency), "\"%s\"", good[i].currency);
        payment(text, sizeof(text), good[i].amount, currency, "\"success\"", "");
        assert_int_equal(judge(200, text, "T-1", "any", &r, &why), PAYCHANGU_RECORD);
        assert_int_equal(r.amount, good[i].expected);
    }
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        payment(text, sizeof(text), bad[i], "\"MWK\"", "\"success\"", "");
        assert_true(judge(200, text, "T-1", "any", &r, &why) != PAYCHANGU_RECORD);
        assert_true(why.code != ERROR_NONE);
    }
}

static void only_success_means_that_money_moved(void **state)
{
    static const struct {
        const char *word;
        enum record_status status;
    } cases[] = {
        {"success", RECORD_CAPTURED},
        {"successful", RECORD_CAPTURED},
        {"SUCCESS", RECORD_CAPTURED},
        {"pending", RECORD_PENDING},
        {"failed", RECORD_FAILED},
        {"failed/cancelled", RECORD_FAILED},
        {"cancelled", RECORD_CANCELLED},
        {"refunded", RECORD_REFUNDED},
        {"reversed", RECORD_REFUNDED},
        {"successfully queued", RECORD_UNKNOWN},
        {"", RECORD_UNKNOWN},
    };
    struct record r;
    struct error why;
    char text[512], word[40];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        snprintf(word, sizeof(word), "\"%s\"", cases[i].word);
        payment(text, sizeof(text), "1", "\"MWK\"", word, "");
        assert_int_equal(judge(200, text, "T-1", "any", &r, &why), PAYCHANGU_RECORD);
        assert_int_equal(r.status, cases[i].status);
        assert_string_equal(r.raw_status, cases[i].word);
    }
    payment(text, sizeof(text), "1", "\"MWK\"", "7", "");
    assert_int_equal(judge(200, text, "T-1", "any", &r, &why), PAYCHANGU_UNREAD);
}

static void an_answer_that_makes_no_sense_gives_no_verdict(void **state)
{
    static const struct {
        const char *text;
        enum paychangu_verdict verdict;
    } cases[] = {
        {"<html>", PAYCHANGU_GARBLED},
        {"", PAYCHANGU_GARBLED},
        {"{\"status\":\"success\",\"data\":", PAYCHANGU_GARBLED},
        {"{}", PAYCHANGU_UNREAD},
        {"{\"status\":\"failed\",\"data\":null}", PAYCHANGU_UNREAD},
        {"{\"status\":\"success\",\"data\":\"null\"}", PAYCHANGU_UNREAD},
        {"{\"status\":\"success\",\"data\":[1,2,3]}", PAYCHANGU_UNREAD},
        {"{\"data\":{\"tx_ref\":\"T-2\",\"amount\":1,\"currency\":\"MWK\",\"status\":\"success\","
         "\"created_at\":\"2025-07-05T10:00:00Z\"}}",
         PAYCHANGU_UNREAD},
        {"{\"data\":{\"amount\":1,\"currency\":\"MWK\",\"status\":\"success\","
         "\"created_at\":\"2025-07-05T10:00:00Z\"}}",
         PAYCHANGU_UNREAD},
        {"{\"data\":{\"tx_ref\":\"T-1\",\"amount\":1,\"currency\":\"ZZZ\",\"status\":\"success\","
         "\"created_at\":\"2025-07-05T10:00:00Z\"}}",
         PAYCHANGU_UNREAD},
        {"{\"data\":{\"tx_ref\":\"T-1\",\"amount\":1,\"currency\":null,\"status\":\"success\","
         "\"created_at\":\"2025-07-05T10:00:00Z\"}}",
         PAYCHANGU_UNREAD},
        {"{\"data\":{\"tx_ref\":\"T-1\",\"amount\":1,\"currency\":\"MWK\",\"status\":\"success\"}}",
         PAYCHANGU_UNREAD},
        {"{\"data\":{\"tx_ref\":\"T-1\",\"amount\":1,\"currency\":\"MWK\",\"status\":\"success\","
         "\"created_at\":\"yesterday\"}}",
         PAYCHANGU_UNREAD},
    };
    struct record r;
    struct error why;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(judge(200, cases[i].text, "T-1", "any", &r, &why), cases[i].verdict);
        assert_int_equal(why.code, ERROR_REMOTE);
        assert_true(why.text[0] != '\0');
    }
}

static void only_the_gateways_own_words_mean_that_nobody_paid(void **state)
{
    static const struct {
        int status;
        const char *text;
        enum paychangu_verdict verdict;
    } cases[] = {
        {404, "{\"status\":\"failed\",\"message\":\"Transaction not found\",\"data\":null}",
         PAYCHANGU_NOT_FOUND},
        {404, "{\"message\":\"No query results for model [Transaction].\"}", PAYCHANGU_NOT_FOUND},
        {404, "{\"message\":\"The route verify-paymentx could not be found.\"}", PAYCHANGU_UNREAD},
        {404, "{\"message\":\"Not Found\"}", PAYCHANGU_UNREAD},
        {404, "{\"error\":\"Not Found\"}", PAYCHANGU_UNREAD},
        {404, "{\"errors\":[{\"code\":\"NOT_FOUND\"}]}", PAYCHANGU_UNREAD},
        {404, "{}", PAYCHANGU_UNREAD},
        {400, "{\"status\":\"failed\",\"message\":\"Invalid API key\"}", PAYCHANGU_UNREAD},
        {400, "{\"status\":\"failed\",\"message\":\"Account suspended\"}", PAYCHANGU_UNREAD},
        {400, "{\"status\":\"failed\",\"message\":\"Something went wrong\"}", PAYCHANGU_UNREAD},
        {404, "<html>404</html>", PAYCHANGU_GARBLED},
        {404, "", PAYCHANGU_GARBLED},
        {400, "{\"status\":\"failed\",\"message\":\"Not found\",\"data\":\"null\"}",
         PAYCHANGU_NOT_FOUND},
        {400, "{\"status\":\"failed\",\"message\":\"Not found\",\"data\":null}",
         PAYCHANGU_NOT_FOUND},
        {400,
         "{\"message\":{\"tx_ref\":[\"The tx ref field is required.\"]},\"status\":\"failed\"}",
         PAYCHANGU_UNREAD},
        {400, "{\"message\":\"Bad request\"}", PAYCHANGU_UNREAD},
        {400, "{\"status\":\"failed\",\"data\":{\"tx_ref\":\"T-1\"}}", PAYCHANGU_UNREAD},
        {400, "bad request", PAYCHANGU_GARBLED},
    };
    struct record r;
    struct error why;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(judge(cases[i].status, cases[i].text, "T-1", "any", &r, &why),
                         cases[i].verdict);
        assert_int_equal(why.code,
                         cases[i].verdict == PAYCHANGU_NOT_FOUND ? ERROR_NONE : ERROR_REMOTE);
    }
}

static void a_payment_of_another_mode_is_not_accepted(void **state)
{
    static const struct {
        const char *said, *mode;
        bool accepted;
    } cases[] = {
        {"live", "live", true},     {"Live", "live", true},    {"test", "live", false},
        {"sandbox", "live", false}, {"Sandbox", "test", true}, {"TEST", "test", true},
        {"live", "test", false},    {"odd", "live", false},    {"odd", "test", false},
        {"odd", "any", true},       {"sandbox", "any", true},
    };
    struct record r;
    struct error why;
    char text[512], mode[40];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        snprintf(mode, sizeof(mode), ",\"mode\":\"%s\"", cases[i].said);
        payment(text, sizeof(text), "1", "\"MWK\"", "\"success\"", mode);
        assert_int_equal(judge(200, text, "T-1", cases[i].mode, &r, &why),
                         cases[i].accepted ? PAYCHANGU_RECORD : PAYCHANGU_UNREAD);
    }
    payment(text, sizeof(text), "1", "\"MWK\"", "\"success\"", "");
    assert_int_equal(judge(200, text, "T-1", "live", &r, &why), PAYCHANGU_RECORD);
}

static void a_fee_that_cannot_be_read_is_no_reason_to_doubt_the_payment(void **state)
{
    static const struct {
        const char *rest;
        int64_t fee;
    } cases[] = {
        {"", MONEY_ABSENT},
        {",\"charges\":null", MONEY_ABSENT},
        {",\"charges\":\"2.00\"", 20000},
        {",\"charges\":1.5225", 15225},
        {",\"charges\":{}", MONEY_ABSENT},
        {",\"charges\":\"?\"", MONEY_ABSENT},
        {",\"transaction_charges\":{\"amount\":\"0\"}", 0},
        {",\"transaction_charges\":{\"currency\":\"USD\",\"amount\":\"1\"}", MONEY_ABSENT},
        {",\"transaction_charges\":[]", MONEY_ABSENT},
    };
    struct record r;
    struct error why;
    char text[512];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        payment(text, sizeof(text), "1", "\"MWK\"", "\"success\"", cases[i].rest);
        assert_int_equal(judge(200, text, "T-1", "any", &r, &why), PAYCHANGU_RECORD);
        assert_true(r.fee == cases[i].fee);
    }
}

static void a_payment_without_an_identifier_goes_by_its_reference(void **state)
{
    char ref[RECORD_REF_SIZE], other[RECORD_REF_SIZE];
    struct record r, s;
    struct error why;
    char text[512];

    (void)state;
    payment(text, sizeof(text), "1", "\"MWK\"", "\"pending\"", ",\"reference\":null");
    assert_int_equal(judge(200, text, "T-1", "any", &r, &why), PAYCHANGU_RECORD);
    assert_string_equal(r.id, "ref:T-1");
    memset(ref, 'x', sizeof(ref));
    ref[187] = '\0';
    paychangu_not_found(ref, 5, &r);
    assert_int_equal(strlen(r.id), RECORD_ID_SIZE - 1);
    assert_string_equal(r.id + 4, ref);
    ref[187] = 'x';
    ref[255] = '\0';
    memcpy(other, ref, sizeof(ref));
    other[254] = 'y';
    paychangu_not_found(ref, 5, &r);
    paychangu_not_found(other, 5, &s);
    assert_int_equal(strlen(r.id), 20);
    assert_memory_equal(r.id, "ref#", 4);
    assert_string_not_equal(r.id, s.id);
    assert_string_equal(r.ref, ref);
}

static void what_is_not_found_is_a_record_without_money(void **state)
{
    struct record r;

    (void)state;
    paychangu_not_found("T-9", 1234567, &r);
    assert_int_equal(r.kind, RECORD_PAYMENT);
    assert_int_equal(r.status, RECORD_NOT_FOUND);
    assert_string_equal(r.id, "ref:T-9");
    assert_string_equal(r.ref, "T-9");
    assert_string_equal(r.currency, "");
    assert_string_equal(r.raw_status, "");
    assert_int_equal(r.amount, 0);
    assert_true(r.fee == MONEY_ABSENT && r.refunded == MONEY_ABSENT);
    assert_int_equal(r.created_at, 1234567);
}

static void a_row_of_the_list_needs_a_reference(void **state)
{
    static const char row[] =
        "{\"charge_id\":\"4567tfuty\",\"ref_id\":\"54438943842\",\"currency\":\"MK\","
        "\"amount\":1000,\"status\":\"success\",\"mode\":\"live\","
        "\"created_at\":\"2025-01-24T06:46:40.000000Z\"}";
    json_t *object = json_parse(row, strlen(row), NULL);
    struct record r;
    struct error why = {0};

    (void)state;
    assert_int_equal(paychangu_row(object, "live", &r, &why), PAYCHANGU_RECORD);
    assert_string_equal(r.ref, "4567tfuty");
    assert_int_equal(paychangu_row(object, "test", &r, &why), PAYCHANGU_UNREAD);
    assert_string_equal(r.ref, "4567tfuty");
    json_object_del(object, "charge_id");
    assert_int_equal(paychangu_row(object, "live", &r, NULL), PAYCHANGU_GARBLED);
    assert_int_equal(paychangu_row(NULL, "live", &r, NULL), PAYCHANGU_GARBLED);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkout_is_read_as_the_vendor_documents_it),
        cmocka_unit_test(direct_charges_are_read_in_both_of_their_forms),
        cmocka_unit_test(amounts_come_as_integers_reals_and_texts),
        cmocka_unit_test(only_success_means_that_money_moved),
        cmocka_unit_test(an_answer_that_makes_no_sense_gives_no_verdict),
        cmocka_unit_test(only_the_gateways_own_words_mean_that_nobody_paid),
        cmocka_unit_test(a_payment_of_another_mode_is_not_accepted),
        cmocka_unit_test(a_fee_that_cannot_be_read_is_no_reason_to_doubt_the_payment),
        cmocka_unit_test(a_payment_without_an_identifier_goes_by_its_reference),
        cmocka_unit_test(what_is_not_found_is_a_record_without_money),
        cmocka_unit_test(a_row_of_the_list_needs_a_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
