#include "../../udf/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* What a batch becomes, or the error: valid until the next call. */
static const char *outcome(batch_function *batch, const char *text, size_t len)
{
    static struct buf out;
    static struct error err;
    char *copy = malloc(len + 1); /* of just that size: reading on would be seen */

    memcpy(copy, text, len);
    copy = realloc(copy, len ? len : 1);
    buf_free(&out);
    buf_init(&out, BATCH_OUT_MAX);
    error_clear(&err);
    if (batch(copy, len, NULL, &out, &err) != 0) {
        assert_int_not_equal(err.code, ERROR_NONE);
        free(copy);
        return err.text;
    }
    free(copy);
    assert_int_equal(err.code, ERROR_NONE);
    return out.data;
}

struct example {
    const char *text, *outcome;
};

static void check(batch_function *batch, const struct example *examples, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        assert_string_equal(outcome(batch, examples[i].text, strlen(examples[i].text)),
                            examples[i].outcome);
}

static void a_stock_batch_is_sorted_and_written_without_blanks(void **state)
{
    static const struct example examples[] = {
        {"[]", "[]"},
        {" [ ] \n", "[]"},
        {"[{\"gadget_id\":1,\"new_quantity\":15}]", "[{\"gadget_id\":1,\"new_quantity\":15}]"},
        {"[ { \"delta\" : -2 , \"gadget_id\" : 2 } ,\r\n\t{\"gadget_id\":1,\"new_quantity\":0}]",
         "[{\"gadget_id\":1,\"new_quantity\":0},{\"gadget_id\":2,\"delta\":-2}]"},
        {"[{\"\\u0067adget_id\":9223372036854775807,\"delta\":2147483647}]",
         "[{\"gadget_id\":9223372036854775807,\"delta\":2147483647}]"},
        {"[{\"gadget_id\":1,\"new_quantity\":-2147483647}]",
         "[{\"gadget_id\":1,\"new_quantity\":-2147483647}]"},
        {"[{\"gadget_id\":1,\"delta\":-0}]", "[{\"gadget_id\":1,\"delta\":0}]"},
        {"{\"items\":[]}", "{\"policy\":\"clamp\",\"unknown\":\"reject\",\"results\":\"brief\","
                           "\"idempotency_key\":null,\"items\":[]}"},
        {"{\"items\":[{\"gadget_id\":1,\"delta\":1}],\"idempotency_key\":\"p\\u00e9 \\\"1\\\"\","
         "\"policy\":\"skip\",\"results\":\"all\",\"unknown\":\"report\"}",
         "{\"policy\":\"skip\",\"unknown\":\"report\",\"results\":\"all\","
         "\"idempotency_key\":\"p\xc3\xa9 \\\"1\\\"\",\"items\":[{\"gadget_id\":1,\"delta\":1}]}"},
    };

    (void)state;
    check(batch_stock, examples, UNIT_COUNT(examples));
}

static void rows_have_neither_names_nor_options(void **state)
{
    static const struct example examples[] = {
        {"[]", "[]"},
        {"[{\"gadget_id\":2,\"delta\":-2},{\"gadget_id\":1,\"new_quantity\":15}]",
         "[[1,15],[2,null,-2]]"},
        {"{\"items\":[{\"gadget_id\":7,\"new_quantity\":-1}]}", "[[7,-1]]"},
    };

    (void)state;
    check(batch_stock_rows, examples, UNIT_COUNT(examples));
}

static void a_bad_stock_batch_is_refused_with_the_position(void **state)
{
    static const struct example examples[] = {
        {"", "line 1, column 1: a batch is an array or an object, not the end of the text"},
        {"\n 5", "line 2, column 2: a batch is an array or an object, not a number"},
        {"[", "element 1, line 1, column 2: an element must be an object, not the end of the text"},
        {"[{}]", "element 1, line 1, column 2: gadget_id is missing"},
        {"[{},", "element 1, line 1, column 2: gadget_id is missing"},
        {"[{\"gadget_id\":1}]", "element 1, line 1, column 2: new_quantity or delta is missing"},
        {"[{\"gadget_id\":1,\"delta\":1,\"new_quantity\":1}]",
         "element 1, line 1, column 2: new_quantity and delta exclude each other"},
        {"[{\"gadget_id\":1,\"delta\":1},\n {\"gadget_id\":1,\"delta\":2}]",
         "element 2, line 2, column 2: gadget_id 1 is in element 1 already"},
        {"[{\"gadget_id\":2,\"delta\":1},{\"gadget_id\":1,\"delta\":1},{\"gadget_id\":2,\"delta\":"
         "1}]",
         "element 3, line 1, column 54: gadget_id 2 is in element 1 already"},
        {"[{\"gadget_id\":1,\"gadget_id\":1}]",
         "element 1, line 1, column 17: gadget_id is there twice"},
        {"[{\"gadget_id\":1,\"colour\":1}]",
         "element 1, line 1, column 17: unknown member 'colour'"},
        {"[{\"gadget_id\":\"1\"}]",
         "element 1, line 1, column 15: gadget_id must be an integer, not a string"},
        {"[{\"gadget_id\":1.0}]", "element 1, line 1, column 15: gadget_id must be an integer"},
        {"[{\"gadget_id\":1e3}]", "element 1, line 1, column 15: gadget_id must be an integer"},
        {"[{\"gadget_id\":-}]", "element 1, line 1, column 15: gadget_id must be an integer"},
        {"[{\"gadget_id\":01}]", "element 1, line 1, column 15: gadget_id begins with a zero"},
        {"[{\"gadget_id\":null}]", "element 1, line 1, column 15: gadget_id must not be null"},
        {"[{\"gadget_id\":true}]",
         "element 1, line 1, column 15: gadget_id must be an integer, not true or false"},
        {"[{\"gadget_id\":[[[[]]]]}]",
         "element 1, line 1, column 15: gadget_id must be an integer, not an array"},
        {"[{\"gadget_id\":0}]", "element 1, line 1, column 15: gadget_id must be between 1 and "
                                "9223372036854775807"},
        {"[{\"gadget_id\":9223372036854775808}]",
         "element 1, line 1, column 15: gadget_id must be between 1 and 9223372036854775807"},
        {"[{\"gadget_id\":1,\"delta\":99999999999999999999999}]",
         "element 1, line 1, column 25: delta must be between -2147483647 and 2147483647"},
        {"[{\"gadget_id\":1,\"delta\":1}] x", "line 1, column 29: something follows the batch"},
        {"[{\"gadget_id\":1,\"delta\":1},]",
         "element 2, line 1, column 28: an element must be an object, not something else"},
        {"[{\"gadget_id\":1 \"delta\":1}]",
         "element 1, line 1, column 17: ',' or '}' is missing; here is a string"},
        {"[{\"gadget_id\" 1}]", "element 1, line 1, column 15: ':' is missing; here is a number"},
        {"[{gadget_id:1}]", "element 1, line 1, column 3: the name of a member must be here, not "
                            "something else"},
        {"[[[[[[[[[[", "element 1, line 1, column 2: an element must be an object, not an array"},
        {"[{\"gadget_id\":1,\"delta\":1}",
         "element 1, line 1, column 27: ',' or ']' is missing; here is the end of the text"},
        {"[{\"\xff\":1}]", "element 1, line 1, column 4: not UTF-8"},
        {"[{\"\xed\xa0\x80\":1}]", "element 1, line 1, column 4: not UTF-8"},
        {"[{\"\\ud800\":1}]", "element 1, line 1, column 4: half of a surrogate pair"},
        {"[{\"\\u0000\":1}]", "element 1, line 1, column 4: a NUL is no text"},
        {"[{\"\\x\":1}]", "element 1, line 1, column 4: a backslash that means nothing"},
        {"[{\"a", "element 1, line 1, column 3: a string without end"},
        {"[{\"a\n\":1}]", "element 1, line 1, column 5: a control character in a string"},
    };

    (void)state;
    check(batch_stock, examples, UNIT_COUNT(examples));
}

static void options_are_checked_as_well(void **state)
{
    static const struct example examples[] = {
        {"{}", "line 1, column 1: items is missing"},
        {"{\"policy\":\"skip\"}", "line 1, column 1: items is missing"},
        {"{\"items\":{}}", "line 1, column 10: items must be an array, not an object"},
        {"{\"items\":[],\"items\":[]}", "line 1, column 13: items is there twice"},
        {"{\"policy\":\"drop\",\"items\":[]}",
         "line 1, column 11: policy must be clamp, reject or skip"},
        {"{\"policy\":1,\"items\":[]}", "line 1, column 11: policy must be a string, not a number"},
        {"{\"unknown\":\"x\",\"items\":[]}", "line 1, column 12: unknown must be reject or report"},
        {"{\"idempotency_key\":\"\",\"items\":[]}", "line 1, column 20: idempotency_key is empty"},
        {"{\"idempotency_key\":7,\"items\":[]}",
         "line 1, column 20: idempotency_key must be a string, not a number"},
        {"{\"mode\":1}", "line 1, column 2: unknown option 'mode'"},
        {"{\"items\":[]} 1", "line 1, column 14: something follows the batch"},
        {"{\"items\":[", "line 1, column 10: it does not end"},
        {"{\"items\":[[[[[[]]]]]]}",
         "element 1, line 1, column 11: an element must be an object, not an array"},
        {"{\"items\":[{\"gadget_id\":1,\"new_quantity\":-1}],\"policy\":\"reject\"}",
         "element 1, line 1, column 11: new_quantity is below 0, which the policy reject forbids"},
        {"{\"items\":[}]}", "line 1, column 12: ',' or '}' is missing; here is something else"},
    };
    char key[200] = "{\"items\":[],\"idempotency_key\":\"";

    (void)state;
    check(batch_stock, examples, UNIT_COUNT(examples));
    memset(key + 31, 'k', 129);
    memcpy(key + 160, "\"}", 3);
    assert_string_equal(outcome(batch_stock, key, strlen(key)),
                        "line 1, column 31: longer than 128 characters");
}

static void order_items_get_their_defaults_and_totals(void **state)
{
    static const struct example examples[] = {
        {"[]", "[]"},
        {"[{\"gadget_id\":7}]",
         "[{\"gadget_id\":7,\"variant_id\":null,\"item_type\":\"admin_gadget\",\"storage\":null,"
         "\"quantity\":1,\"unit_price\":0.00,\"unit_price_gbp\":0.00,\"total_price\":0.00,"
         "\"total_price_gbp\":0.00}]"},
        {"[{\"gadget_id\":7,\"variant_id\":3,\"item_type\":\"user_gadget\",\"storage\":\"1\\/"
         "2\\n\","
         "\"quantity\":3,\"unit_price\":\"10.50\",\"unit_price_gbp\":0.1,\"total_price\":31.5,"
         "\"order_id\":12}]",
         "[{\"gadget_id\":7,\"variant_id\":3,\"item_type\":\"user_gadget\","
         "\"storage\":\"1/2\\u000a\",\"quantity\":3,\"unit_price\":10.50,\"unit_price_gbp\":0.10,"
         "\"total_price\":31.50,\"total_price_gbp\":0.30,\"order_id\":12}]"},
        {"{\"policy\":\"keep\",\"items\":[{\"gadget_id\":7,\"unit_price\":5,\"total_price\":4}]}",
         "{\"policy\":\"keep\",\"idempotency_key\":null,\"items\":[{\"gadget_id\":7,"
         "\"variant_id\":null,\"item_type\":\"admin_gadget\",\"storage\":null,\"quantity\":1,"
         "\"unit_price\":5.00,\"unit_price_gbp\":0.00,\"total_price\":4.00,"
         "\"total_price_gbp\":0.00}]}"},
        {"{\"items\":[{\"gadget_id\":7,\"unit_price\":5,\"total_price\":4}],\"policy\":"
         "\"compute\"}",
         "{\"policy\":\"compute\",\"idempotency_key\":null,\"items\":[{\"gadget_id\":7,"
         "\"variant_id\":null,\"item_type\":\"admin_gadget\",\"storage\":null,\"quantity\":1,"
         "\"unit_price\":5.00,\"unit_price_gbp\":0.00,\"total_price\":5.00,"
         "\"total_price_gbp\":0.00}]}"},
        {"[{\"gadget_id\":7,\"quantity\":2,\"unit_price\":5,\"total_price\":9.99}]",
         "element 1, line 1, column 2: total_price is 9.99, but quantity x unit_price is 10.00"},
        {"[{\"gadget_id\":7,\"quantity\":2,\"unit_price_gbp\":5,\"total_price_gbp\":5}]",
         "element 1, line 1, column 2: total_price_gbp is 5.00, but quantity x unit_price_gbp is "
         "10.00"},
        {"[{\"gadget_id\":7,\"quantity\":2147483647,\"unit_price\":9999999999}]",
         "element 1, line 1, column 2: quantity x unit_price is more than 9999999999"},
        {"[{\"gadget_id\":7,\"quantity\":0}]",
         "element 1, line 1, column 28: quantity must be between 1 and 2147483647"},
        {"[{\"gadget_id\":7,\"unit_price\":1.005}]", "element 1, line 1, column 30: unit_price "
                                                     "must be between 0 and 9999999999, with at "
                                                     "most two decimals"},
        {"[{\"gadget_id\":7,\"unit_price\":-1}]", "element 1, line 1, column 30: unit_price must "
                                                  "be between 0 and 9999999999, with at most two "
                                                  "decimals"},
        {"[{\"gadget_id\":7,\"unit_price\":1e2}]", "element 1, line 1, column 30: unit_price must "
                                                   "be an amount like 1250.50, without exponent"},
        {"[{\"gadget_id\":7,\"unit_price\":.5}]", "element 1, line 1, column 30: unit_price must "
                                                  "be an amount like 1250.50, without exponent"},
        {"[{\"gadget_id\":7,\"unit_price\":{}}]", "element 1, line 1, column 30: unit_price must "
                                                  "be an amount like 1250.50, without exponent"},
        {"[{\"gadget_id\":7,\"item_type\":\"\"}]",
         "element 1, line 1, column 2: item_type is empty"},
        {"[{\"gadget_id\":7,\"storage\":\"123456789012345678901234567890123\"}]",
         "element 1, line 1, column 27: longer than 32 characters"},
        {"[{\"gadget_id\":7,\"storage\":5}]",
         "element 1, line 1, column 27: storage must be a string, not a number"},
        {"[{}]", "element 1, line 1, column 2: gadget_id is missing"},
    };

    (void)state;
    check(batch_order_items, examples, UNIT_COUNT(examples));
}

static void subscriptions_have_one_of_four_states_or_none(void **state)
{
    static const struct example examples[] = {
        {"[{\"user_id\":3,\"status\":null},{\"status\":\"active\",\"user_id\":1},"
         "{\"user_id\":2,\"status\":\"past_due\"}]",
         "[{\"user_id\":1,\"status\":\"active\"},{\"user_id\":2,\"status\":\"past_due\"},"
         "{\"user_id\":3,\"status\":null}]"},
        {"{\"unknown\":\"report\",\"items\":[{\"user_id\":1,\"status\":\"expired\"}]}",
         "{\"unknown\":\"report\",\"items\":[{\"user_id\":1,\"status\":\"expired\"}]}"},
        {"[{\"user_id\":1,\"status\":\"Active\"}]",
         "element 1, line 1, column 2: status must be active, past_due, cancelled, expired or "
         "null"},
        {"[{\"user_id\":1}]", "element 1, line 1, column 2: status is missing"},
        {"[{\"status\":null}]", "element 1, line 1, column 2: user_id is missing"},
        {"[{\"user_id\":1,\"status\":null},{\"user_id\":1,\"status\":null}]",
         "element 2, line 1, column 30: user_id 1 is in element 1 already"},
        {"{\"idempotency_key\":\"k\",\"items\":[]}",
         "line 1, column 2: unknown option 'idempotency_key'"},
    };

    (void)state;
    check(batch_subscriptions, examples, UNIT_COUNT(examples));
}

static void a_batch_of_64_mib_is_taken_and_one_byte_more_is_not(void **state)
{
    char *text = malloc(BATCH_MAX + 1);
    size_t i;

    (void)state;
    memset(text, ' ', BATCH_MAX + 1);
    text[0] = '[';
    text[BATCH_MAX - 1] = ']';
    assert_string_equal(outcome(batch_stock, text, BATCH_MAX), "[]");
    assert_string_equal(outcome(batch_stock, text, BATCH_MAX + 1),
                        "the batch has more than 64 MiB");
    for (i = 0; i < BATCH_MAX; i++)
        text[i] = '[';
    assert_string_equal(outcome(batch_stock, text, BATCH_MAX),
                        "element 1, line 1, column 2: an element must be an object, not an array");
    memcpy(text, "{\"items\":", 9);
    assert_string_equal(outcome(batch_stock, text, BATCH_MAX),
                        "line 1, column 10: it does not end");
    free(text);
}

static void a_large_batch_in_any_order_comes_out_sorted(void **state)
{
    struct buf text, out;
    struct error err = {0};
    uint64_t seed = 5;
    size_t i, count = 200000;
    long long last = 0, id;
    const char *at;

    (void)state;
    buf_init(&text, BATCH_MAX);
    buf_init(&out, BATCH_OUT_MAX);
    for (i = 0; i < count; i++) /* an odd factor permutes the residues of a power of two */
        buf_printf(&text, "%c{\"gadget_id\":%llu,\"delta\":%d}", i ? ',' : '[',
                   (unsigned long long)(i * 2654435761u % (1u << 31)) + 1,
                   (int)(unit_random(&seed) % 9) - 4);
    buf_puts(&text, "]");
    assert_int_equal(batch_stock_rows(text.data, text.len, NULL, &out, &err), 0);
    for (i = 0, at = out.data + 1; i < count; i++, last = id) {
        id = strtoll(at + 1, NULL, 10);
        assert_true(id > last);
        at = strchr(at, ']') + 2;
    }
    buf_free(&text);
    buf_free(&out);
}

static int asked;
static bool stop_at_third(void)
{
    return ++asked == 3;
}

static void a_killed_statement_is_noticed_on_the_way(void **state)
{
    struct buf text, out;
    struct error err = {0};
    int i;

    (void)state;
    buf_init(&text, 1 << 20);
    buf_init(&out, 1 << 20);
    for (i = 1; i <= 5000; i++)
        buf_printf(&text, "%c{\"user_id\":%d,\"status\":null}", i == 1 ? '[' : ',', i);
    buf_puts(&text, "]");
    assert_int_equal(batch_subscriptions(text.data, text.len, stop_at_third, &out, &err), -1);
    assert_int_equal(err.code, ERROR_STOPPED);
    assert_int_equal(asked, 3);
    buf_free(&text);
    buf_free(&out);
}

static void what_does_not_fit_is_an_error(void **state)
{
    static const char text[] = "[{\"gadget_id\":1}]";
    struct error err = {0};
    struct buf out;

    (void)state;
    buf_init(&out, 40);
    assert_int_equal(batch_order_items(text, strlen(text), NULL, &out, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
    buf_free(&out);
}

/* Whatever comes: nothing beyond the text is read, and what comes out goes in unchanged. */
static void damaged_batches_do_no_harm(void **state)
{
    static const char document[] = "{\"policy\":\"keep\",\"items\":[{\"gadget_id\":12,\"storage\":"
                                   "\"\\u00e9\",\"unit_price\":1.5},{\"gadget_id\":3}]}";
    static const char odd[] = "{}[]\",:\\ 1a-.u";
    uint64_t seed = 11;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        size_t len = sizeof(document) - 1 - unit_random(&seed) % 3;
        char text[sizeof(document)], first[1024];
        const char *again;

        memcpy(text, document, sizeof(document));
        text[unit_random(&seed) % len] = odd[unit_random(&seed) % (sizeof(odd) - 1)];
        snprintf(first, sizeof(first), "%s", outcome(batch_order_items, text, len));
        if (first[0] != '{')
            continue;
        again = outcome(batch_order_items, first, strlen(first));
        assert_string_equal(again, first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stock_batch_is_sorted_and_written_without_blanks),
        cmocka_unit_test(rows_have_neither_names_nor_options),
        cmocka_unit_test(a_bad_stock_batch_is_refused_with_the_position),
        cmocka_unit_test(options_are_checked_as_well),
        cmocka_unit_test(order_items_get_their_defaults_and_totals),
        cmocka_unit_test(subscriptions_have_one_of_four_states_or_none),
        cmocka_unit_test(a_batch_of_64_mib_is_taken_and_one_byte_more_is_not),
        cmocka_unit_test(a_large_batch_in_any_order_comes_out_sorted),
        cmocka_unit_test(a_killed_statement_is_noticed_on_the_way),
        cmocka_unit_test(what_does_not_fit_is_an_error),
        cmocka_unit_test(damaged_batches_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
