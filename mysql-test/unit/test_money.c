#include "../../udf/money.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "unit.h"

struct parse_case {
    const char *text;
    int64_t amount;
};

static int64_t parsed(const char *text)
{
    struct error err = {0};
    int64_t amount = -1;

    if (money_parse(text, strlen(text), &amount, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return amount;
}

static void expect_refusal(const char *text, size_t len, const char *why)
{
    struct error err = {0};
    int64_t amount = -1;

    if (money_parse(text, len, &amount, &err) != -1)
        fail_msg("%s was accepted", text);
    assert_int_equal(amount, 0);
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.text, why));
    assert_int_equal(money_parse(text, len, &amount, NULL), -1);
}

static void amounts_as_gateways_write_them_are_read(void **state)
{
    static const struct parse_case cases[] = {
        {"1000", 10000000},
        {"50.75", 507500},
        {"0.75", 7500},
        {"-0.5", -5000},
        {".5", 5000},
        {"-.5", -5000},
        {"+3.10", 31000},
        {"0", 0},
        {"-0", 0},
        {"-0.00", 0},
        {"0.0001", 1},
        {"-0.0001", -1},
        {"00012.50", 125000},
        {"1.25000000000", 12500},
        {"  50.75\t", 507500},
        {"\r\n7\r\n", 70000},
        {"000000000000000000000000000000000000000000001", 10000},
        {"999999999.9999", 9999999999999},
        {"922337203685477.5807", INT64_MAX},
        {"-922337203685477.5807", -INT64_MAX},
        {"+922337203685477.58070000", INT64_MAX},
        {"922337203685477", 9223372036854770000},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        assert_true(parsed(cases[i].text) == cases[i].amount);
}

static void what_is_not_a_plain_number_is_refused(void **state)
{
    static const char *const cases[] = {
        "",      " ",         "-",   "+",     ".",    "-.",  "5.",    "--5", "+-5",
        "5-",    "1,000",     "1e5", "0x10",  "1 0",  "$5",  "5 USD", "NaN", "inf",
        "1.2.3", "1..2",      "- 5", "1_000", "5.x",  "x5",  "5.5.",  "1/2", "1E-2",
        "\v5",   "5\xC2\xA0", "٥",   "0.5e0", "1.e1", ". 5",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        expect_refusal(cases[i], strlen(cases[i]), "not a plain decimal number");
    expect_refusal("5\0", 2, "not a plain decimal number");
    expect_refusal(NULL, 0, "not a plain decimal number");
    expect_refusal("99999999999999999999999x", 24, "not a plain decimal number");
}

static void more_than_four_decimals_are_refused_not_rounded(void **state)
{
    (void)state;
    expect_refusal("0.00001", 7, "more than four decimals");
    expect_refusal("1.23456", 7, "more than four decimals");
    expect_refusal("1.23450000000000000001", 22, "more than four decimals");
}

static void an_amount_that_does_not_fit_is_refused(void **state)
{
    static const char *const cases[] = {
        "922337203685477.5808",   "-922337203685477.5808",
        "922337203685477.6",      "922337203685478",
        "-922337203685478",       "999999999999999.9999",
        "1000000000000000",       "18446744073709551616",
        "9223372036854775807",    "-9223372036854775808",
        "1844674407370955.1616",  "1844674407370955.1617",
        "99999999999999999999.1", "340282366920938463463374607431768211456",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++)
        expect_refusal(cases[i], strlen(cases[i]), "out of range");
}

static void only_the_given_bytes_are_read(void **state)
{
    char *heap = malloc(3); /* so that the address sanitizer sees a byte too many */
    int64_t amount;

    (void)state;
    memcpy(heap, "1.5", 3);
    assert_int_equal(money_parse(heap, 3, &amount, NULL), 0);
    assert_int_equal(amount, 15000);
    assert_int_equal(money_parse(heap, 1, &amount, NULL), 0);
    assert_int_equal(amount, 10000);
    assert_int_equal(money_parse(heap, 2, &amount, NULL), -1);
    free(heap);
}

static void minor_units_become_major_ones(void **state)
{
    static const struct {
        int64_t minor;
        int exponent, result;
        int64_t amount;
    } cases[] = {
        {555, 2, 0, 55500},
        {-34, 2, 0, -3400},
        {1000, 0, 0, 10000000},
        {1234, 3, 0, 12340},
        {1234, 4, 0, 1234},
        {0, 0, 0, 0},
        {INT64_MAX, 4, 0, INT64_MAX},
        {-INT64_MAX, 4, 0, -INT64_MAX},
        {INT64_MIN, 4, -1, 0},
        {INT64_MAX / 10, 3, 0, INT64_MAX / 10 * 10},
        {INT64_MAX / 10 + 1, 3, -1, 0},
        {INT64_MAX / 100, 2, 0, INT64_MAX / 100 * 100},
        {INT64_MAX / 100 + 1, 2, -1, 0},
        {INT64_MIN / 100, 2, 0, INT64_MIN / 100 * 100},
        {INT64_MIN / 100 - 1, 2, -1, 0},
        {INT64_MAX / 10000, 0, 0, INT64_MAX / 10000 * 10000},
        {INT64_MAX / 10000 + 1, 0, -1, 0},
        {INT64_MAX, 0, -1, 0},
        {INT64_MIN, 0, -1, 0},
        {1, -1, -1, 0},
        {1, 5, -1, 0},
        {1, INT32_MAX, -1, 0},
        {1, INT32_MIN, -1, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};
        int64_t amount = -1;

        assert_int_equal(money_from_minor(cases[i].minor, cases[i].exponent, &amount, &err),
                         cases[i].result);
        assert_true(amount == cases[i].amount);
        assert_int_equal(err.code, cases[i].result ? ERROR_INPUT : ERROR_NONE);
    }
}

static void a_real_that_is_a_whole_number_of_cents_is_taken(void **state)
{
    static const struct {
        double value;
        int exponent;
        int64_t amount;
    } cases[] = {
        {50.75, 2, 507500},
        {0.1 + 0.2, 2, 3000},
        {-11741.9, 2, -117419000},
        {18558.1, 2, 185581000},
        {1000.0, 0, 10000000},
        {12.345, 3, 123450},
        {0.0001, 4, 1},
        {-0.0, 2, 0},
        {1.005, 3, 10050},
        {150000000.37, 2, 1500000003700}, /* off by more than 1e-6 when multiplied by 100 */
        {9999999999999.97, 2, 99999999999999700},
        {-9999999999999.99, 2, -99999999999999900},
        {99999999999.9999, 4, 999999999999999},
        {922337203685477.0, 0, 9223372036854770000},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};
        int64_t amount = -1;

        if (money_from_real(cases[i].value, cases[i].exponent, &amount, &err) != 0)
            fail_msg("%.17g: %s", cases[i].value, err.text);
        assert_true(amount == cases[i].amount);
    }
}

static void a_real_that_would_have_to_be_rounded_is_refused(void **state)
{
    static const struct {
        double value;
        int exponent;
        const char *why;
    } cases[] = {
        {50.755, 2, "more decimals"},
        {0.5, 0, "more decimals"},
        {0.00002, 4, "more decimals"},
        {1.0000001, 2, "more decimals"},
        {150000000.375, 2, "more decimals"},
        {99999999999.125, 2, "more decimals"},
        {1e-300, 2, NULL},
        {NAN, 2, "not a finite"},
        {INFINITY, 2, "not a finite"},
        {-INFINITY, 2, "not a finite"},
        {1e13 + 1, 2, "too big"},
        {-1e13 - 1, 2, "too big"},
        {90071992547409.91, 2, "too big"}, /* stands for 90071992547409.90 just as well */
        {1e300, 0, "too big"},
        {1.7e308, 4, "too big"},
        {-1e300, 4, "too big"},
        {922337203685478.0, 0, "out of range"},
        {-922337203685478.0, 0, "out of range"},
        {1.0, -1, "not known"},
        {1.0, 5, "not known"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};
        int64_t amount = -1;
        int result = money_from_real(cases[i].value, cases[i].exponent, &amount, &err);

        assert_int_equal(result, cases[i].why ? -1 : 0); /* 1e-300 is within 1e-6 of nothing */
        assert_true(amount == 0);
        if (cases[i].why)
            assert_non_null(strstr(err.text, cases[i].why));
    }
}

static void every_decimal_of_fifteen_digits_survives_being_a_real(void **state)
{
    uint64_t seed = 7;
    int i;

    (void)state;
    for (i = 0; i < 200000; i++) {
        int exponent = (int)(unit_random(&seed) % 5);
        int64_t limit = 1, wanted, amount, minor;
        char text[MONEY_TEXT_SIZE], array[MONEY_TEXT_SIZE + 2];
        json_t *document;
        double value;
        int digits = (int)(unit_random(&seed) % 15) + 1;

        while (digits-- > 0)
            limit *= 10;
        minor = (int64_t)(unit_random(&seed) % (uint64_t)limit);
        if (money_from_minor(minor, exponent, &wanted, NULL) != 0)
            continue;
        money_format(wanted, text);
        snprintf(array, sizeof(array), "[%s]", text);
        document = json_parse(array, strlen(array), NULL);
        value = json_real_value(json_array_get(document, 0));
        json_decref(document);
        if (money_from_real(value, exponent, &amount, NULL) != 0 || amount != wanted)
            fail_msg("%s with %d decimals", text, exponent);
    }
}

static void amounts_are_written_with_two_to_four_decimals(void **state)
{
    static const struct {
        int64_t amount;
        const char *text;
    } cases[] = {
        {10000000, "1000.00"},
        {7525, "0.7525"},
        {7520, "0.752"},
        {-31000, "-3.10"},
        {0, "0.00"},
        {1, "0.0001"},
        {-1, "-0.0001"},
        {100, "0.01"},
        {INT64_MAX, "922337203685477.5807"},
        {-INT64_MAX, "-922337203685477.5807"},
        {INT64_MIN, "-922337203685477.5808"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        char text[MONEY_TEXT_SIZE];

        memset(text, '#', sizeof(text));
        money_format(cases[i].amount, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void what_is_written_can_be_read_again(void **state)
{
    uint64_t seed = 99;
    int i;

    (void)state;
    for (i = 0; i < 200000; i++) {
        int64_t amount = (int64_t)unit_random(&seed) >> (unit_random(&seed) % 63);
        char text[MONEY_TEXT_SIZE];

        if (amount == INT64_MIN)
            continue;
        money_format(amount, text);
        assert_true(parsed(text) == amount);
    }
}

static void sums_and_differences_overflow_into_an_error(void **state)
{
    static const int64_t values[] = {
        0,
        1,
        -1,
        2,
        -2,
        10000,
        -10000,
        INT64_MAX / 2,
        INT64_MAX / 2 + 1,
        INT64_MIN / 2,
        INT64_MIN / 2 - 1,
        INT64_MAX - 1,
        INT64_MAX,
        -INT64_MAX,
        -INT64_MAX + 1,
        INT64_MIN,
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(values); i++) {
        for (j = 0; j < UNIT_COUNT(values); j++) {
            __int128 sum = (__int128)values[i] + values[j];
            __int128 difference = (__int128)values[i] - values[j];
            int ok = sum <= INT64_MAX && sum > INT64_MIN;
            int64_t result = -5;

            assert_int_equal(money_add(values[i], values[j], &result), ok ? 0 : -1);
            assert_true(result == (ok ? (int64_t)sum : 0));
            ok = difference <= INT64_MAX && difference > INT64_MIN;
            assert_int_equal(money_sub(values[i], values[j], &result), ok ? 0 : -1);
            assert_true(result == (ok ? (int64_t)difference : 0));
        }
    }
}

static void a_sum_may_be_put_where_an_operand_was(void **state)
{
    int64_t a = 5, b = 7;

    (void)state;
    assert_int_equal(money_add(a, b, &a), 0);
    assert_int_equal(a, 12);
    assert_int_equal(money_sub(a, b, &b), 0);
    assert_int_equal(b, 5);
    assert_int_equal(money_percent(a, 1000000, &a), 0);
    assert_int_equal(a, 12);
}

static void a_percentage_is_rounded_half_away_from_zero(void **state)
{
    static const struct {
        int64_t amount, percent;
        int result;
        int64_t part;
    } cases[] = {
        {10000000, 25000, 0, 250000}, /* 2.5 % of 1000.00 */
        {1, 500000, 0, 1},
        {-1, 500000, 0, -1},
        {1, 499999, 0, 0},
        {-1, 499999, 0, 0},
        {3, 500000, 0, 2},
        {-3, 500000, 0, -2},
        {3, -500000, 0, -2},
        {-3, -500000, 0, 2},
        {0, INT64_MAX, 0, 0},
        {INT64_MAX, 0, 0, 0},
        {INT64_MAX, 1000000, 0, INT64_MAX},
        {-INT64_MAX, 1000000, 0, -INT64_MAX},
        {INT64_MIN, 1000000, -1, 0},
        {INT64_MAX, 1000001, -1, 0},
        {INT64_MAX, INT64_MAX, -1, 0},
        {INT64_MIN, INT64_MIN, -1, 0},
        {INT64_MIN, INT64_MAX, -1, 0},
        {INT64_MAX, -1000000, 0, -INT64_MAX},
        {INT64_MIN, 500000, 0, INT64_MIN / 2},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        int64_t part = -5;

        assert_int_equal(money_percent(cases[i].amount, cases[i].percent, &part), cases[i].result);
        assert_true(part == cases[i].part);
    }
}

static void random_bytes_are_read_or_refused(void **state)
{
    static const char alphabet[] = "0123456789999.-+ eE,\t\0x";
    uint64_t seed = 2024;
    int i, accepted = 0;

    (void)state;
    for (i = 0; i < 300000; i++) {
        size_t len = unit_random(&seed) % 26, j;
        char *text = malloc(len ? len : 1), again[MONEY_TEXT_SIZE];
        int64_t amount, second;

        for (j = 0; j < len; j++)
            text[j] = alphabet[unit_random(&seed) % (i % 2 ? 15 : sizeof(alphabet) - 1)];
        if (money_parse(text, len, &amount, NULL) == 0) {
            accepted++;
            money_format(amount, again);
            assert_int_equal(money_parse(again, strlen(again), &second, NULL), 0);
            assert_true(amount == second);
        } else {
            assert_true(amount == 0);
        }
        free(text);
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_as_gateways_write_them_are_read),
        cmocka_unit_test(what_is_not_a_plain_number_is_refused),
        cmocka_unit_test(more_than_four_decimals_are_refused_not_rounded),
        cmocka_unit_test(an_amount_that_does_not_fit_is_refused),
        cmocka_unit_test(only_the_given_bytes_are_read),
        cmocka_unit_test(minor_units_become_major_ones),
        cmocka_unit_test(a_real_that_is_a_whole_number_of_cents_is_taken),
        cmocka_unit_test(a_real_that_would_have_to_be_rounded_is_refused),
        cmocka_unit_test(every_decimal_of_fifteen_digits_survives_being_a_real),
        cmocka_unit_test(amounts_are_written_with_two_to_four_decimals),
        cmocka_unit_test(what_is_written_can_be_read_again),
        cmocka_unit_test(sums_and_differences_overflow_into_an_error),
        cmocka_unit_test(a_sum_may_be_put_where_an_operand_was),
        cmocka_unit_test(a_percentage_is_rounded_half_away_from_zero),
        cmocka_unit_test(random_bytes_are_read_or_refused),
    };

    return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
