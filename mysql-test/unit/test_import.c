#include "../../plugin/import.h"

#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "unit.h"

#define RECORDS 16

struct taken {
    struct record record[RECORDS];
    int count;
    int fail_at; /* put() refuses the record of this number */
};

static int put(void *context, const struct record *record, struct error *err)
{
    struct taken *taken = context;

    if (taken->count < RECORDS)
        taken->record[taken->count] = *record;
    taken->count++;
    if (taken->count == taken->fail_at)
        return error_set(err, ERROR_SQL, "disk full");
    return 0;
}

static long long import(const char *settings, const char *text, struct taken *taken,
                        struct error *err)
{
    struct gateway gateway;
    const char *format = NULL;
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1); /* without a NUL after it */
    long long count;

    memcpy(copy, text, len);
    memset(taken, 0, sizeof(*taken));
    error_clear(err);
    assert_int_equal(gateway_init(&gateway, "bank", "file", NULL, settings, strlen(settings), err),
                     0);
    count = import_parse(&gateway, copy, len, &format, put, taken, err);
    assert_non_null(format);
    gateway_deinit(&gateway);
    free(copy);
    return count;
}

static int64_t moment(const char *text)
{
    int64_t at;

    assert_int_equal(timestamp_parse(text, strlen(text), &at, NULL), 0);
    return at;
}

static void a_csv_with_our_own_column_names_needs_no_settings(void **state)
{
    struct taken t;
    struct error err;

    (void)state;
    assert_int_equal(
        import("{}",
               "\xEF\xBB\xBFtransaction_ref,gateway_transaction_id,amount,currency,status,"
               "created_at,fee,kind,parent_id,completed_at,other\r\n"
               "TX-1,G1,1000.50,MWK,success,2025-07-05T10:00:00Z,2.5,payment,,"
               "2025-07-05 10:00:05,x\r\n"
               "\"TX,2\",G2,3,MK,REFUNDED,2025-07-05T12:00:00+02:00,,refund,G1,,y\r\n",
               &t, &err),
        2);
    assert_string_equal(t.record[0].ref, "TX-1");
    assert_string_equal(t.record[0].id, "G1");
    assert_string_equal(t.record[0].currency, "MWK");
    assert_string_equal(t.record[0].raw_status, "success");
    assert_int_equal(t.record[0].kind, RECORD_PAYMENT);
    assert_int_equal(t.record[0].status, RECORD_CAPTURED);
    assert_int_equal(t.record[0].amount, 10005000);
    assert_int_equal(t.record[0].fee, 25000);
    assert_int_equal(t.record[0].created_at, moment("2025-07-05T10:00:00Z"));
    assert_int_equal(t.record[0].completed_at, moment("2025-07-05T10:00:05Z"));
    assert_string_equal(t.record[1].ref, "TX,2");
    assert_string_equal(t.record[1].parent_id, "G1");
    assert_string_equal(t.record[1].currency, "MWK");
    assert_int_equal(t.record[1].kind, RECORD_REFUND);
    assert_int_equal(t.record[1].status, RECORD_CAPTURED);
    assert_true(t.record[1].fee == MONEY_ABSENT && t.record[1].refunded == MONEY_ABSENT);
    assert_int_equal(t.record[1].created_at, moment("2025-07-05T10:00:00Z"));
    assert_int_equal(t.record[1].completed_at, 0);
}

static void settings_say_what_the_columns_and_words_mean(void **state)
{
    static const char settings[] =
        "{\"columns\":{\"transaction_ref\":\"Our reference\",\"gateway_transaction_id\":\"Txn ID\","
        "\"amount\":\"Amount\",\"status\":\"State\",\"created_at\":\"Date\"},"
        "\"status_map\":{\"TS\":\"captured\",\"success\":\"pending\"},"
        "\"default_currency\":\"MWK\",\"time_zone\":\"+02:00\",\"minor_units\":true,"
        "\"delimiter\":\";\"}";
    struct taken t;
    struct error err;

    (void)state;
    assert_int_equal(import(settings,
                            " our reference ;Txn ID;Amount;State;Date\n"
                            "TX-1;G1; 100050 ;TS;2025-07-05 12:00:00\n"
                            "TX-2;G2;5;success;2025-07-05\n"
                            "TX-3;G3;5;;2025-07-05T10:00:00Z\n"
                            "TX-4;G4;5;whatever;2025-07-05T10:00:00Z\n",
                            &t, &err),
                     4);
    assert_int_equal(t.record[0].amount, 10005000);
    assert_string_equal(t.record[0].currency, "MWK");
    assert_int_equal(t.record[0].status, RECORD_CAPTURED);
    assert_int_equal(t.record[0].created_at, moment("2025-07-05T10:00:00Z"));
    assert_int_equal(t.record[1].status, RECORD_PENDING);
    assert_int_equal(t.record[1].created_at, moment("2025-07-05T10:00:00Z")); /* noon */
    assert_int_equal(t.record[2].status, RECORD_UNKNOWN);
    assert_int_equal(t.record[2].created_at, moment("2025-07-05T10:00:00Z"));
    assert_int_equal(t.record[3].status, RECORD_UNKNOWN);
    assert_string_equal(t.record[3].raw_status, "whatever");
}

static void json_comes_as_an_array_in_an_object_or_in_lines(void **state)
{
#define ROW_1                                                                                      \
    "{\"transaction_ref\":\"TX-1\",\"amount\":10.25,\"currency\":\"USD\","                         \
    "\"created_at\":\"2025-07-05T10:00:00Z\",\"status\":\"paid\"}"
#define ROW_2                                                                                      \
    "{\"gateway_transaction_id\":77,\"amount\":\"3\",\"currency\":\"usd\","                        \
    "\"created_at\":\"2025-07-05T10:00:00Z\",\"status\":null}"
    static const char *const cases[] = {
        "[" ROW_1 "," ROW_2 "]",
        " [ " ROW_1 " , " ROW_2 " ] \n",
        "{\"status\":\"ok\",\"data\":[" ROW_1 "," ROW_2 "],\"more\":{\"data\":[1]}}",
        "{\"payments\":[" ROW_1 "," ROW_2 "]}",
        "{\"meta\":[1,\"]\"],\"transactions\":[" ROW_1 ",\n" ROW_2 "\n]}",
        ROW_1 "\n" ROW_2,
        ROW_1 "\r\n\r\n" ROW_2 "\r\n",
        "\xEF\xBB\xBF" ROW_1 ROW_2,
    };
    struct taken t;
    struct error err;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(import("{}", cases[i], &t, &err), 2);
        assert_string_equal(t.record[0].ref, "TX-1");
        assert_true(record_id_is_derived(&t.record[0])); /* in place of the identifier it has not */
        assert_int_equal(t.record[0].amount, 102500);
        assert_int_equal(t.record[0].status, RECORD_CAPTURED);
        assert_string_equal(t.record[1].ref, "");
        assert_string_equal(t.record[1].id, "77");
        assert_int_equal(t.record[1].amount, 30000);
        assert_string_equal(t.record[1].currency, "USD");
        assert_int_equal(t.record[1].status, RECORD_UNKNOWN);
    }
    assert_int_equal(import("{}", ROW_1, &t, &err), 1);
    assert_int_equal(import("{}", "[]", &t, &err), 0);
    assert_int_equal(import("{}", "{\"data\":[]}", &t, &err), 0);
}

static void members_of_members_are_named_with_a_dot(void **state)
{
    static const char settings[] =
        "{\"columns\":{\"gateway_transaction_id\":\"id\",\"transaction_ref\":\"reference_id\","
        "\"amount\":\"amount_money.amount\",\"currency\":\"amount_money.currency\"},"
        "\"minor_units\":true,\"status_map\":{\"COMPLETED\":\"captured\"}}";
    struct taken t;
    struct error err;

    (void)state;
    assert_int_equal(
        import(settings,
               "{\"payments\":[{\"id\":\"p1\",\"reference_id\":\"TX-1\",\"status\":\"COMPLETED\","
               "\"amount_money\":{\"amount\":1999,\"currency\":\"JPY\"},"
               "\"created_at\":\"2025-07-05T10:00:00.123Z\"}]}",
               &t, &err),
        1);
    assert_int_equal(t.record[0].amount, 19990000);
    assert_string_equal(t.record[0].currency, "JPY");
}

static void a_text_without_a_status_lists_what_was_paid(void **state)
{
    struct taken t;
    struct error err;

    (void)state;
    assert_int_equal(import("{\"default_currency\":\"MWK\"}",
                            "transaction_ref,amount,created_at\nTX-1,1,2025-07-05 10:00\n", &t,
                            &err),
                     1);
    assert_int_equal(t.record[0].status, RECORD_CAPTURED);
    assert_string_equal(t.record[0].raw_status, "");
    assert_true(record_id_is_derived(&t.record[0]));
    /* Where some elements have it, it is a column, and the others do not say it. */
    assert_int_equal(
        import("{\"default_currency\":\"MWK\"}",
               "[{\"transaction_ref\":\"a\",\"amount\":1,\"created_at\":\"2025-07-05\"},"
               "{\"transaction_ref\":\"b\",\"amount\":1,\"created_at\":\"2025-07-05\","
               "\"status\":\"paid\"}]",
               &t, &err),
        2);
    assert_int_equal(t.record[0].status, RECORD_UNKNOWN);
    assert_int_equal(t.record[1].status, RECORD_CAPTURED);
}

static void a_refund_that_is_called_refunded_has_been_made(void **state)
{
    struct taken t;
    struct error err;

    (void)state;
    assert_int_equal(import("{\"default_currency\":\"MWK\",\"status_map\":{\"RV\":\"refunded\"}}",
                            "gateway_transaction_id,kind,amount,status,created_at\n"
                            "G1,payment,5,Refunded,2025-07-05\n"
                            "G2,refund,5,Refunded,2025-07-05\n"
                            "G3,refund,5,RV,2025-07-05\n"
                            "G4,refund,5,reversed,2025-07-05\n",
                            &t, &err),
                     4);
    assert_int_equal(t.record[0].status, RECORD_REFUNDED);
    assert_int_equal(t.record[1].status, RECORD_CAPTURED);
    assert_int_equal(t.record[2].status, RECORD_CAPTURED);
    assert_int_equal(t.record[3].status, RECORD_REFUNDED); /* which counts as no money */
}

static void a_row_that_is_there_twice_is_one_though_the_column_appears_between(void **state)
{
    static const char row[] =
        "{\"gateway_transaction_id\":\"G1\",\"amount\":1,\"currency\":\"MWK\","
        "\"created_at\":\"2025-07-05\"}";
    char text[1024];
    struct taken t;
    struct error err;

    (void)state;
    snprintf(text, sizeof(text),
             "[%s,{\"gateway_transaction_id\":\"G2\",\"amount\":1,\"currency\":\"MWK\","
             "\"created_at\":\"2025-07-05\",\"status\":\"paid\"},%s]",
             row, row);
    assert_int_equal(import("{}", text, &t, &err), 2);
    assert_int_equal(t.record[0].status, RECORD_UNKNOWN);
    assert_int_equal(t.record[2].status, RECORD_UNKNOWN);
}

#define HEAD "transaction_ref,gateway_transaction_id,amount,currency,created_at,kind,status,fee\n"
#define GOOD "TX-1,G1,1,MWK,2025-07-05T10:00:00Z,,,\n"

static void one_bad_row_and_nothing_is_handed_out(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {HEAD GOOD "TX-2,G2,abc,MWK,2025-07-05,,,\n", "line 3: amount: "},
        {HEAD GOOD "TX-2,G2,\"1,000.00\",MWK,2025-07-05,,,\n", "line 3: amount: "},
        {HEAD GOOD "TX-2,G2,-1,MWK,2025-07-05,,,\n", "line 3: amount is negative"},
        {HEAD GOOD "TX-2,G2,,MWK,2025-07-05,,,\n", "line 3: amount is missing"},
        {HEAD GOOD "TX-2,G2,1,,2025-07-05,,,\n", "line 3: currency is missing"},
        {HEAD GOOD "TX-2,G2,1,ZZZ,2025-07-05,,,\n", "line 3: currency ZZZ"},
        {HEAD GOOD "TX-2,G2,1,kwacha,2025-07-05,,,\n", "line 3: currency is not a code"},
        {HEAD GOOD "TX-2,G2,1,MWK,,,,\n", "line 3: created_at is missing"},
        {HEAD GOOD "TX-2,G2,1,MWK,05/07/2025,,,\n", "line 3: created_at: not a time"},
        {HEAD GOOD "TX-2,G2,1,MWK,2025-02-30,,,\n", "line 3: created_at: not a time"},
        {HEAD GOOD "TX-2,G2,1,MWK,2025-07-05,chargeback,,\n", "line 3: kind must be"},
        {HEAD GOOD "TX-2,G2,1,MWK,2025-07-05,,,free\n", "line 3: fee: "},
        {HEAD GOOD "TX-1,G1,2,MWK,2025-07-05T10:00:00Z,,,\n",
         "line 3: an earlier row has the same gateway"},
        {HEAD GOOD "TX-2,G1,1,MWK,2025-07-05T10:00:00Z,,,\n",
         "line 3: an earlier row has the same gateway"},
        {HEAD "TX-1,,1,MWK,2025-07-05,,paid,\nTX-1,,1,MWK,2025-07-05,,failed,\n",
         "line 3: an earlier row has the same transaction_ref"},
        {HEAD "TX-1,,1,MWK,2025-07-05,,paid,\nTX-1,,1,MWK,2025-07-05,,paid,\n",
         "line 3: an earlier row has the same transaction_ref"},
        {HEAD GOOD ",,1,MWK,2025-07-05,,,\n", "line 3: neither transaction_ref nor"},
        {HEAD GOOD "TX-2,,1,MWK,2025-07-05,refund,,\n", "line 3: a refund needs"},
        {HEAD GOOD "TX-2,G2,1,MWK\n", "line 3: 4 columns, the first line has 8"},
        {HEAD GOOD "\"TX-2,G2,1\n", "line 3"},
        {HEAD GOOD "TX\xFF,G2,1,MWK,2025-07-05,,,\n", "line 3: transaction_ref is not valid UTF-8"},
        {"transaction_ref,amount\nTX,1\n", "there is no column 'created_at'"},
        {"amount,created_at\n1,2025-07-05\n", "neither a column"},
        {"transaction_ref,amount,Amount,AMOUNT,created_at,amount\nT,1,1,1,2025-07-05,1\n",
         "two columns are named 'amount'"},
        {"", "empty"},
        {"[{\"transaction_ref\":\"T\",\"amount\":1,\"currency\":\"MWK\",\"created_at\":"
         "\"2025-07-05\"},\n{\"transaction_ref\":\"T\",\"amount\":true}]",
         "element 2 (line 2): amount: neither a text nor a number"},
        {"[{\"transaction_ref\":\"T\",\"amount\":1.005,\"currency\":\"MWK\",\"created_at\":"
         "\"2025-07-05\"}]",
         "element 1 (line 1): amount: "},
        {"[{\"transaction_ref\":1.5}]", "element 1 (line 1): transaction_ref: a number with"},
        {"[1]", "element 1 (line 1): it is not a JSON object"},
        {"[{\"a\":1} {\"a\":1}]", "element 1"},
        {"[{\"a\":1,\"a\":2}]", "element 1 (line 1): JSON, line 1"},
        {"[{\"amount\":1}", "ends too early"},
        {"[{\"a\":1}] x", "more after the end"},
        {"{\"a\":1}\n{\"a\"", "element 1"},
        {"{\"data\":[{\"a\":1]}", "ends too early"},
    };
    struct taken t;
    struct error err;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(import("{}", cases[i].text, &t, &err), -1);
        assert_int_equal(err.code, ERROR_INPUT);
        if (!strstr(err.text, cases[i].says))
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
        assert_int_equal(t.count, 0);
    }
}

static void a_column_that_the_settings_name_must_be_there(void **state)
{
    struct taken t;
    struct error err;

    (void)state;
    assert_int_equal(import("{\"columns\":{\"fee\":\"Charge\"}}", HEAD GOOD, &t, &err), -1);
    assert_non_null(strstr(err.text, "there is no column 'Charge' (fee"));
}

static void settings_that_make_no_sense_are_refused(void **state)
{
    static const struct {
        const char *settings, *says;
    } cases[] = {
        {"{\"columns\":{\"sum\":\"Amount\"}}", "unknown field 'sum'; known: transaction_ref"},
        {"{\"columns\":{\"amount\":3}}", "columns.amount"},
        {"{\"columns\":{\"amount\":\"\"}}", "columns.amount"},
        {"{\"status_map\":{\"TS\":\"money!\"}}", "'TS' must become"},
        {"{\"status_map\":{\"TS\":null}}", "'TS' must become"},
        {"{\"default_currency\":\"kwacha\"}", "default_currency"},
        {"{\"time_zone\":\"Nowhere/Land\"}", "time_zone"},
        {"{\"delimiter\":\"::\"}", "delimiter"},
        {"{\"delimiter\":\"x\"}", "delimiter"},
    };
    struct taken t;
    struct error err;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(import(cases[i].settings, HEAD GOOD, &t, &err), -1);
        assert_int_equal(err.code, ERROR_CONFIG);
        assert_non_null(strstr(err.text, "gateway 'bank': settings: "));
        assert_non_null(strstr(err.text, cases[i].says));
    }
}

static void a_failure_of_the_one_who_takes_the_records_is_passed_on(void **state)
{
    struct gateway gateway;
    struct taken t = {.fail_at = 2};
    struct error err = {0};
    const char *format, *text = HEAD GOOD GOOD GOOD;

    (void)state;
    assert_int_equal(gateway_init(&gateway, "bank", "file", NULL, "{}", 2, &err), 0);
    assert_int_equal(import_parse(&gateway, text, strlen(text), &format, put, &t, &err), -1);
    assert_string_equal(err.text, "disk full");
    assert_string_equal(format, "csv");
    assert_int_equal(t.count, 2);
    gateway_deinit(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_csv_with_our_own_column_names_needs_no_settings),
        cmocka_unit_test(settings_say_what_the_columns_and_words_mean),
        cmocka_unit_test(json_comes_as_an_array_in_an_object_or_in_lines),
        cmocka_unit_test(members_of_members_are_named_with_a_dot),
        cmocka_unit_test(a_text_without_a_status_lists_what_was_paid),
        cmocka_unit_test(a_refund_that_is_called_refunded_has_been_made),
        cmocka_unit_test(a_row_that_is_there_twice_is_one_though_the_column_appears_between),
        cmocka_unit_test(one_bad_row_and_nothing_is_handed_out),
        cmocka_unit_test(a_column_that_the_settings_name_must_be_there),
        cmocka_unit_test(settings_that_make_no_sense_are_refused),
        cmocka_unit_test(a_failure_of_the_one_who_takes_the_records_is_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
