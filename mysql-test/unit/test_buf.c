#include "../../udf/buf.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void a_buffer_grows_and_always_ends(void **state)
{
    struct buf b;
    size_t i;

    (void)state;
    buf_init(&b, 10000);
    assert_null(b.data);
    for (i = 0; i < 1000; i++)
        assert_int_equal(buf_append(&b, "0123456789", 10), 0);
    assert_int_equal(b.len, 10000);
    assert_int_equal(strlen(b.data), 10000);
    assert_false(b.failed);
    assert_true(b.cap <= 10001);
    buf_free(&b);
}

static void bytes_may_hold_zeros_and_nothing_may_be_appended(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 10);
    assert_int_equal(buf_append(&b, NULL, 0), 0);
    assert_int_equal(buf_puts(&b, ""), 0);
    assert_int_equal(buf_append(&b, "a\0b", 3), 0);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "a\0b", 4);
    buf_free(&b);
}

static void what_does_not_fit_is_refused_whole_and_the_failure_stays(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 5);
    assert_int_equal(buf_puts(&b, "abc"), 0);
    assert_int_equal(buf_puts(&b, "def"), -1);
    assert_true(b.failed);
    assert_string_equal(b.data, "abc");
    assert_int_equal(buf_puts(&b, "d"), -1);
    assert_int_equal(buf_printf(&b, "d"), -1);
    assert_string_equal(b.data, "abc");
    buf_clear(&b);
    assert_false(b.failed);
    assert_string_equal(b.data, "");
    assert_int_equal(buf_puts(&b, "defgh"), 0);
    assert_int_equal(buf_append(&b, "", 0), 0);
    assert_int_equal(buf_puts(&b, "i"), -1);
    buf_free(&b);
}

static void a_print_that_does_not_fit_leaves_nothing_behind(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 8);
    assert_int_equal(buf_printf(&b, "%d-%s", 12, "ab"), 0);
    assert_string_equal(b.data, "12-ab");
    assert_int_equal(buf_printf(&b, "%s", "long text"), -1);
    assert_int_equal(b.len, 5);
    assert_string_equal(b.data, "12-ab");
    buf_free(&b);
    buf_init(&b, 8);
    assert_int_equal(buf_printf(&b, "%s", "12345678"), 0);
    assert_int_equal(buf_printf(&b, "%s", ""), 0);
    assert_int_equal(b.len, 8);
    buf_free(&b);
}

static void a_print_longer_than_the_room_grows_the_buffer(void **state)
{
    struct buf b;
    char text[500];

    (void)state;
    memset(text, 'z', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    buf_init(&b, 2000);
    assert_int_equal(buf_puts(&b, "head "), 0);
    assert_int_equal(buf_printf(&b, "%s %d", text, 42), 0);
    assert_int_equal(b.len, 5 + 499 + 3);
    assert_memory_equal(b.data, "head zzz", 8);
    assert_string_equal(b.data + b.len - 3, " 42");
    buf_free(&b);
}

static void a_hostile_length_does_not_wrap(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, SIZE_MAX);
    assert_int_equal(buf_puts(&b, "abc"), 0);
    assert_int_equal(buf_append(&b, "x", SIZE_MAX), -1);
    buf_clear(&b);
    assert_int_equal(buf_append(&b, "x", SIZE_MAX - 1), -1);
    buf_free(&b);
}

static void freeing_is_legal_twice_and_on_zeros(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_free(&b);
    assert_int_equal(buf_puts(&b, "a"), -1); /* a maximum of zero */
    buf_clear(&b);
    buf_init(&b, 3);
    buf_puts(&b, "abc");
    buf_free(&b);
    buf_free(&b);
    assert_int_equal(buf_puts(&b, "def"), 0); /* usable afterwards */
    assert_string_equal(b.data, "def");
    buf_free(&b);
}

static void any_sequence_of_appends_agrees_with_a_plain_copy(void **state)
{
    uint64_t seed = 42;
    int round;

    (void)state;
    for (round = 0; round < 500; round++) {
        char model[1100] = "", piece[100];
        size_t max = unit_random(&seed) % 1000, len = 0;
        struct buf b;

        buf_init(&b, max);
        while (!b.failed) {
            size_t n = unit_random(&seed) % sizeof(piece);

            memset(piece, 'a' + (int)(unit_random(&seed) % 26), sizeof(piece));
            piece[n] = '\0';
            if ((unit_random(&seed) & 1 ? buf_puts(&b, piece) : buf_printf(&b, "%s", piece)) == 0) {
                memcpy(model + len, piece, n);
                len += n;
            } else {
                assert_true(len + n > max);
            }
        }
        assert_int_equal(b.len, len);
        if (len > 0)
            assert_memory_equal(b.data, model, len);
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_grows_and_always_ends),
        cmocka_unit_test(bytes_may_hold_zeros_and_nothing_may_be_appended),
        cmocka_unit_test(what_does_not_fit_is_refused_whole_and_the_failure_stays),
        cmocka_unit_test(a_print_that_does_not_fit_leaves_nothing_behind),
        cmocka_unit_test(a_print_longer_than_the_room_grows_the_buffer),
        cmocka_unit_test(a_hostile_length_does_not_wrap),
        cmocka_unit_test(freeing_is_legal_twice_and_on_zeros),
        cmocka_unit_test(any_sequence_of_appends_agrees_with_a_plain_copy),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
