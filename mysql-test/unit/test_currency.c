#include "../../udf/currency.h"

#include <string.h>

#include "unit.h"

static void expect_code(const char *text, size_t len, const char *wanted)
{
    char code[CURRENCY_SIZE] = "zzz";
    int result = currency_normalize(text, len, code);

    assert_int_equal(result, wanted[0] ? 0 : -1);
    assert_string_equal(code, wanted);
}

static void codes_come_into_one_form(void **state)
{
    (void)state;
    expect_code("USD", 3, "USD");
    expect_code("usd", 3, "USD");
    expect_code(" uSd\t\r\n", 7, "USD");
    expect_code("usdollar", 3, "USD");
    expect_code("  GBP", 5, "GBP");
}

static void the_kwacha_may_be_called_mk(void **state)
{
    (void)state;
    expect_code("MK", 2, "MWK");
    expect_code("mk ", 3, "MWK");
    expect_code("mK", 2, "MWK");
    expect_code("MWK", 3, "MWK");
    expect_code("KM", 2, "");
}

static void what_is_not_three_letters_is_refused(void **state)
{
    (void)state;
    expect_code(NULL, 0, "");
    expect_code(NULL, 3, "");
    expect_code("", 0, "");
    expect_code("   ", 3, "");
    expect_code("US", 2, "");
    expect_code("USDT", 4, "");
    expect_code("U D", 3, "");
    expect_code("US1", 3, "");
    expect_code("US\0", 3, "");
    expect_code("\0\0\0", 3, "");
    expect_code("\xC3\xA9s", 3, "");
    expect_code("[SD", 3, "");
    expect_code("@SD", 3, "");
    expect_code("`sd", 3, "");
    expect_code("{sd", 3, "");
    expect_code("\xC1\xC2\xC3", 3, "");
}

static void the_exceptions_have_their_decimals(void **state)
{
    static const char none[] = "BIFCLPDJFGNFISKJPYKMFKRWPYGRWFUGXUYIVNDVUVXAFXOFXPF";
    static const char three[] = "BHDIQDJODKWDLYDOMRTND";
    static const char four[] = "CLFUYW";
    static const struct {
        const char *codes;
        int exponent;
    } lists[] = {{none, 0}, {three, 3}, {four, 4}};
    char code[CURRENCY_SIZE] = "";
    size_t i;
    const char *p;

    (void)state;
    for (i = 0; i < UNIT_COUNT(lists); i++) {
        for (p = lists[i].codes; *p; p += 3) {
            memcpy(code, p, 3);
            assert_int_equal(currency_exponent(code), lists[i].exponent);
        }
    }
}

static void the_usual_currency_has_two_decimals(void **state)
{
    static const char *const codes[] = {"AED", "EUR", "GBP", "GHS", "KES", "MWK", "NGN", "SLE",
                                        "TZS", "USD", "VED", "XCD", "XCG", "ZAR", "ZMW", "ZWG"};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(codes); i++)
        assert_int_equal(currency_exponent(codes[i]), 2);
}

static void of_all_codes_those_of_the_list_are_known(void **state)
{
    int counts[5] = {0}, exponent;
    char code[CURRENCY_SIZE] = "";
    int i;

    (void)state;
    for (i = 0; i < 26 * 26 * 26; i++) {
        code[0] = (char)('A' + i / 676);
        code[1] = (char)('A' + i / 26 % 26);
        code[2] = (char)('A' + i % 26);
        exponent = currency_exponent(code);
        assert_in_range(exponent + 1, 0, 5);
        if (exponent >= 0)
            counts[exponent]++;
    }
    assert_int_equal(counts[0], 17);
    assert_int_equal(counts[1], 0);
    assert_int_equal(counts[2], 139);
    assert_int_equal(counts[3], 7);
    assert_int_equal(counts[4], 2);
}

static void what_is_no_active_code_is_not_known(void **state)
{
    static const char *const codes[] = {"",    "U",   "US",  "USDT", "usd", "XXX", "XAU",
                                        "XTS", "DEM", "HRK", "ZWL",  "AAA", "ZZZ", "ED2"};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(codes); i++)
        assert_int_equal(currency_exponent(codes[i]), -1);
    assert_int_equal(currency_exponent(NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_come_into_one_form),
        cmocka_unit_test(the_kwacha_may_be_called_mk),
        cmocka_unit_test(what_is_not_three_letters_is_refused),
        cmocka_unit_test(the_exceptions_have_their_decimals),
        cmocka_unit_test(the_usual_currency_has_two_decimals),
        cmocka_unit_test(of_all_codes_those_of_the_list_are_known),
        cmocka_unit_test(what_is_no_active_code_is_not_known),
    };

    return cmocka_run_group_tests_name("currency", tests, NULL, NULL);
}
