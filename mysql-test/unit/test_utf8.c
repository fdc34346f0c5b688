/* What UTF-8 is: the table 3-7 of Unicode, written down once more and compared. */
#include "../../udf/utf8.h"

#include <string.h>

#include "unit.h"

#define CODES 0x110000u

static bool is_surrogate(unsigned code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

/* Bytes of the character at p, by the rows of the table. */
static size_t by_table(const unsigned char *p, size_t len)
{
    static const struct {
        unsigned char first, last, from, to; /* the first byte's range, and the second's */
        size_t bytes;
    } rows[] = {
        {0x00, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    size_t row, i;

    for (row = 0; len && row < UNIT_COUNT(rows); row++) {
        if (p[0] < rows[row].first || p[0] > rows[row].last)
            continue;
        if (len < rows[row].bytes)
            return 0;
        if (rows[row].bytes > 1 && (p[1] < rows[row].from || p[1] > rows[row].to))
            return 0;
        for (i = 2; i < rows[row].bytes; i++)
            if (p[i] < 0x80 || p[i] > 0xBF)
                return 0;
        return rows[row].bytes;
    }
    return 0;
}

static void each_character_is_written_and_read(void **state)
{
    unsigned code, again;
    char bytes[UTF8_MOST];
    size_t len;

    (void)state;
    for (code = 0; code < CODES; code++) {
        if (is_surrogate(code))
            continue;
        len = utf8_encode(code, bytes);
        if (len != by_table((unsigned char *)bytes, len) || utf8_next(bytes, len, &again) != len ||
            again != code || !utf8_valid(bytes, len) || (len > 1 && utf8_valid(bytes, len - 1)) ||
            utf8_whole(bytes, len) != len || (len > 1 && utf8_whole(bytes, len - 1) != 0))
            fail_msg("U+%04X", code);
    }
}

/* Bytes at the ends of all ranges, in all orders, and cut off anywhere. */
static void what_is_none_is_told_apart(void **state)
{
    static const unsigned char ends[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                         0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                         0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    const unsigned n = UNIT_COUNT(ends);
    unsigned char bytes[UTF8_MOST];
    unsigned i, code;
    size_t len;

    (void)state;
    for (i = 0; i < n * n * n * n; i++) {
        bytes[0] = ends[i % n];
        bytes[1] = ends[i / n % n];
        bytes[2] = ends[i / n / n % n];
        bytes[3] = ends[i / n / n / n];
        for (len = 0; len <= UTF8_MOST; len++)
            if (utf8_character((char *)bytes, len) != by_table(bytes, len) ||
                utf8_next((char *)bytes, len, &code) != by_table(bytes, len))
                fail_msg("%02X %02X %02X %02X, %zu of them", bytes[0], bytes[1], bytes[2], bytes[3],
                         len);
    }
}

static void a_text_that_was_cut_ends_with_a_whole_character(void **state)
{
    static const char text[] = "a\xC3\xA9z\xE2\x82\xAC\xF0\x9F\x98\x80\xC2\x80";
    size_t cut, whole, longest, at;

    (void)state;
    for (cut = 0; cut < sizeof(text); cut++) {
        for (longest = at = 0; at <= cut; at++)
            longest = utf8_valid(text, at) ? at : longest;
        whole = utf8_whole(text, cut);
        assert_int_equal(whole, longest);
    }
    /* what was none before it was cut stays */
    assert_int_equal(utf8_whole("\x80\x80\x80\x80", 4), 4);
    assert_int_equal(utf8_whole("a\x80", 2), 2);
    assert_int_equal(utf8_whole("a\xFF", 2), 2);
    assert_int_equal(utf8_whole("a\xC3\xA9\xA9", 4), 4);
    assert_int_equal(utf8_whole("\xF0", 1), 0);
    assert_int_equal(utf8_whole("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_character_is_written_and_read),
        cmocka_unit_test(what_is_none_is_told_apart),
        cmocka_unit_test(a_text_that_was_cut_ends_with_a_whole_character),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
