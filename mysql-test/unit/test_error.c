#include "../../udf/error.h"

#include <string.h>

#include "unit.h"

static void the_first_error_wins(void **state)
{
    struct error err = {0};

    (void)state;
    assert_int_equal(error_set(&err, ERROR_SQL, "first %d", 1), -1);
    assert_int_equal(error_set(&err, ERROR_AUTH, "second"), -1);
    assert_int_equal(err.code, ERROR_SQL);
    assert_string_equal(err.text, "first 1");
}

static void nobody_needs_to_listen(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERROR_SQL, "x"), -1);
    assert_int_equal(error_prefix(NULL, "x"), -1);
    error_clear(NULL);
}

static void a_context_comes_before_the_text(void **state)
{
    struct error err = {0};

    (void)state;
    assert_int_equal(error_prefix(&err, "nothing: "), -1);
    assert_int_equal(err.code, ERROR_NONE);
    assert_string_equal(err.text, "");
    error_set(&err, ERROR_REMOTE, "no answer");
    assert_int_equal(error_prefix(&err, "gateway %s: ", "square"), -1);
    assert_int_equal(err.code, ERROR_REMOTE);
    assert_string_equal(err.text, "gateway square: no answer");
    error_prefix(&err, "%s / ", err.text); /* its own text is a legal argument */
    assert_string_equal(err.text, "gateway square: no answer / gateway square: no answer");
}

static void an_error_is_forgotten_when_cleared(void **state)
{
    struct error err = {0};

    (void)state;
    error_set(&err, ERROR_BUSY, "busy");
    error_clear(&err);
    assert_int_equal(err.code, ERROR_NONE);
    assert_string_equal(err.text, "");
    error_set(&err, ERROR_GONE, "gone");
    assert_int_equal(err.code, ERROR_GONE);
}

static void a_long_text_is_cut_and_still_ends(void **state)
{
    struct error err = {0};
    char text[2000];
    int i;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    error_set(&err, ERROR_INPUT, "%s", text);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    for (i = 0; i < 100; i++)
        error_prefix(&err, "context %d: ", i);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    assert_memory_equal(err.text, "context 99: context 98: ", 24);
    error_prefix(&err, "%s", text);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void a_cut_leaves_no_half_of_a_character(void **state)
{
    static const char *const characters[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x92\xB0"};
    size_t i, pad, size;

    (void)state;
    for (i = 0; i < UNIT_COUNT(characters); i++) {
        size = strlen(characters[i]);
        for (pad = 0; pad < 8; pad++) {
            struct error err = {0};
            char text[600];
            size_t len = 470 + pad, fits;

            memset(text, 'x', len);
            memcpy(text + len, characters[i], size);
            memset(text + len + size, 'y', 20);
            text[len + size + 20] = '\0';
            error_set(&err, ERROR_INPUT, "%s", text);
            fits = len + size <= sizeof(err.text) - 1 ? sizeof(err.text) - 1 : len;
            assert_int_equal(strlen(err.text), fits);
        }
    }
}

static void a_text_is_one_line(void **state)
{
    struct error err = {0};

    (void)state;
    error_set(&err, ERROR_SQL, "a\nb\r\tc\x7F\x1B[0m");
    assert_string_equal(err.text, "a b  c  [0m");
}

/* What is no UTF-8 no table takes, and then nothing could be written down at all. */
static void a_text_is_utf8(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"/tmp/\xE4.json", "/tmp/?.json"},
        {"\xE5\xBA\x97\xE5\xBA.", "\xE5\xBA\x97??."}, /* cut by a "%.5s" */
        {"\xC3\xA9\xF0\x9F\x92\xB0", "\xC3\xA9\xF0\x9F\x92\xB0"},
        {"\xED\xA0\x80\xC0\x80\xFF", "??????"}, /* a surrogate, an overlong form */
        {"\xC3", "?"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};

        error_set(&err, ERROR_CONFIG, "%s", cases[i].text);
        assert_string_equal(err.text, cases[i].shown);
        error_clear(&err);
        error_set(&err, ERROR_CONFIG, "x");
        error_prefix(&err, "%s", cases[i].text);
        assert_memory_equal(err.text, cases[i].shown, strlen(cases[i].shown));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(nobody_needs_to_listen),
        cmocka_unit_test(a_context_comes_before_the_text),
        cmocka_unit_test(an_error_is_forgotten_when_cleared),
        cmocka_unit_test(a_long_text_is_cut_and_still_ends),
        cmocka_unit_test(a_cut_leaves_no_half_of_a_character),
        cmocka_unit_test(a_text_is_one_line),
        cmocka_unit_test(a_text_is_utf8),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
