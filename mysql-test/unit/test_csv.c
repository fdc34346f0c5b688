#include "../../udf/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define TEXT(literal) literal, sizeof(literal) - 1

/* Read all of it and write it down as "line:field|field/line:field" with '!' for an error. */
static void describe(const char *bytes, size_t len, char delimiter, char *out, size_t size)
{
    char *copy = malloc(len ? len : 1); /* exact, for the address sanitizer */
    struct error err = {0};
    const struct csv_field *fields;
    size_t count, line, i, used = 0;
    struct csv *csv;
    int result;

    memcpy(copy, bytes, len);
    csv = csv_create(copy, len, delimiter, &err);
    assert_non_null(csv);
    out[0] = '\0';
    while ((result = csv_next(csv, &fields, &count, &line, &err)) == 1) {
        used += (size_t)snprintf(out + used, size - used, "%s%zu:", used ? "/" : "", line);
        for (i = 0; i < count; i++) {
            assert_int_equal(fields[i].len, strlen(fields[i].text));
            used += (size_t)snprintf(out + used, size - used, "%s%s", i ? "|" : "", fields[i].text);
        }
        assert_true(used < size);
    }
    assert_null(fields);
    assert_int_equal(count, 0);
    if (result == -1) {
        snprintf(out + used, size - used, "!%s", err.text);
        assert_int_equal(err.code, ERROR_INPUT);
    }
    csv_destroy(csv);
    free(copy);
}

static void expect(const char *bytes, size_t len, char delimiter, const char *wanted)
{
    char out[1000];

    describe(bytes, len, delimiter, out, sizeof(out));
    assert_string_equal(out, wanted);
}

static void records_and_fields_are_told_apart(void **state)
{
    (void)state;
    expect(TEXT("a,b,c\n1,2,3\n"), ',', "1:a|b|c/2:1|2|3");
    expect(TEXT("a,b,c\n1,2,3"), ',', "1:a|b|c/2:1|2|3");
    expect(TEXT("a"), ',', "1:a");
    expect(TEXT(","), ',', "1:|");
    expect(TEXT("a,\n,b\n"), ',', "1:a|/2:|b");
    expect(TEXT(" a , b \n"), ',', "1: a | b ");
    expect(TEXT("a;b\tc|d,e\n"), ',', "1:a;b\tc|d|e");
}

static void nothing_holds_no_record(void **state)
{
    (void)state;
    expect(TEXT(""), ',', "");
    expect(TEXT("\n\r\n\r\r\n"), 0, "");
    expect(TEXT("\xEF\xBB\xBF"), 0, "");
    expect(TEXT("\xEF\xBB\xBF\n\n"), 0, "");
}

static void nothing_at_all_is_legal_too(void **state)
{
    const struct csv_field *fields;
    size_t count, line;
    struct csv *csv = csv_create(NULL, 0, 0, NULL);

    (void)state;
    assert_non_null(csv);
    assert_int_equal(csv_next(csv, &fields, &count, &line, NULL), 0);
    csv_destroy(csv);
    csv_destroy(NULL);
}

static void lines_end_in_lf_crlf_or_cr_and_blank_ones_are_skipped(void **state)
{
    (void)state;
    expect(TEXT("a\nb\r\nc\rd"), ',', "1:a/2:b/3:c/4:d");
    expect(TEXT("\n\na\r\n\r\n\r\nb\r\rc\n\n"), ',', "3:a/6:b/8:c");
    expect(TEXT("a\n\"\"\nb"), ',', "1:a/2:/3:b"); /* an empty field is a record */
    expect(TEXT("a\n \nb"), ',', "1:a/2: /3:b");
}

static void a_byte_order_mark_is_skipped(void **state)
{
    (void)state;
    expect(TEXT("\xEF\xBB\xBF"
                "a,b\n"),
           ',', "1:a|b");
    expect(TEXT("\xEF\xBB\xBF\"a\",b\n"), 0, "1:a|b");
    expect(TEXT("a\n\xEF\xBB\xBF"
                "b\n"),
           ',',
           "1:a/2:\xEF\xBB\xBF"
           "b");
}

static void quoted_fields_hold_anything(void **state)
{
    (void)state;
    expect(TEXT("\"a,b\",\"c\"\"d\"\n"), ',', "1:a,b|c\"d");
    expect(TEXT("\"\"\"\"\n"), ',', "1:\"");
    expect(TEXT("\"\",\"\"\n"), ',', "1:|");
    expect(TEXT("\"a\nb\r\nc\rd\",e\nf\n"), ',', "1:a\nb\r\nc\rd|e/5:f");
    expect(TEXT("\"\n\n\""), ',', "1:\n\n");
    expect(TEXT("\"a\""), ',', "1:a");
    expect(TEXT("x,\"a\"\r\ny\r\n"), ',', "1:x|a/2:y");
}

static void a_quote_that_is_never_closed_is_an_error(void **state)
{
    (void)state;
    expect(TEXT("a\nb,\"c\nd\n"), ',', "1:a!line 2: the quote that is opened here is never closed");
    expect(TEXT("\""), ',', "!line 1: the quote that is opened here is never closed");
    expect(TEXT("\"a\"\""), ',', "!line 1: the quote that is opened here is never closed");
    expect(TEXT("\n\n\n\"a"), ',', "!line 4: the quote that is opened here is never closed");
}

static void text_after_a_closing_quote_is_an_error(void **state)
{
    (void)state;
    expect(TEXT("\"a\"b,c\n"), ',', "!line 1: there is text after a closing quote");
    expect(TEXT("\"a\" ,c\n"), ',', "!line 1: there is text after a closing quote");
    expect(TEXT("x\n\"a\n\";c\n"), ',', "1:x!line 3: there is text after a closing quote");
}

static void a_quote_within_a_plain_field_is_an_error(void **state)
{
    (void)state;
    expect(TEXT("5\" pipe,1\n"), ',',
           "!line 1: there is a quote within a field that does not begin with one");
    expect(TEXT("a, \"b\"\n"), ',',
           "!line 1: there is a quote within a field that does not begin with one");
}

static void an_error_is_told_again(void **state)
{
    static const char text[] = "a\n\"b\"c\nd\n";
    const struct csv_field *fields;
    size_t count, line;
    struct csv *csv = csv_create(text, sizeof(text) - 1, ',', NULL);
    int i;

    (void)state;
    assert_int_equal(csv_next(csv, &fields, &count, &line, NULL), 1);
    for (i = 0; i < 3; i++) {
        struct error err = {0};

        assert_int_equal(csv_next(csv, &fields, &count, &line, &err), -1);
        assert_string_equal(err.text, "line 2: there is text after a closing quote");
    }
    csv_destroy(csv);
}

static void as_many_fields_as_allowed_and_no_more(void **state)
{
    char text[CSV_FIELDS_MAX + 2];
    struct error err = {0};
    const struct csv_field *fields;
    size_t count, line;
    struct csv *csv;

    (void)state;
    memset(text, ',', sizeof(text));
    csv = csv_create(text, CSV_FIELDS_MAX - 1, ',', &err);
    assert_int_equal(csv_next(csv, &fields, &count, &line, &err), 1);
    assert_int_equal(count, CSV_FIELDS_MAX);
    assert_int_equal(csv_next(csv, &fields, &count, &line, &err), 0);
    csv_destroy(csv);
    csv = csv_create(text, CSV_FIELDS_MAX, ',', &err);
    assert_int_equal(csv_next(csv, &fields, &count, &line, &err), -1);
    assert_string_equal(err.text, "line 1: there are more than 256 fields");
    csv_destroy(csv);
}

static void zero_bytes_are_refused(void **state)
{
    struct error err = {0};

    (void)state;
    assert_null(csv_create(TEXT("a,b\0,c\n"), ',', &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_null(csv_create(TEXT("\xFF\xFE"
                                "a\0,\0b\0"),
                           0, NULL));
}

static void only_the_four_delimiters_are_legal(void **state)
{
    static const char bad[] = {'"', '\n', ' ', ':', 'a', '\r', (char)0xFF};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad); i++) {
        struct error err = {0};

        assert_null(csv_create("a", 1, bad[i], &err));
        assert_int_equal(err.code, ERROR_INPUT);
    }
    expect(TEXT("a;b\n"), ';', "1:a|b");
    expect(TEXT("a\tb\n"), '\t', "1:a|b");
    expect(TEXT("a|b\n"), '|', "1:a|b");
}

static void the_delimiter_is_told_from_the_first_line(void **state)
{
    (void)state;
    expect(TEXT("a,b\n1,2\n"), 0, "1:a|b/2:1|2");
    expect(TEXT("a;b\n1,5;2,5\n"), 0, "1:a|b/2:1,5|2,5");
    expect(TEXT("a\tb\n"), 0, "1:a|b");
    expect(TEXT("a|b\n"), 0, "1:a|b");
    expect(TEXT("\"x,y,z\";b\n"), 0, "1:x,y,z|b");
    expect(TEXT("\"x\n,,,,\";b\n"), 0, "1:x\n,,,,|b");
    expect(TEXT("\"x\"\",,,\";b\n"), 0, "1:x\",,,|b");
    expect(TEXT("\r\n\na;b\n"), 0, "3:a|b");
    expect(TEXT("a\n1;2;3;4\n"), 0, "1:a/2:1;2;3;4"); /* a comma where nothing speaks for another */
    expect(TEXT("a,b;c\n"), 0, "1:a|b;c");
    expect(TEXT("a,b;c;d\n"), 0, "1:a,b|c|d");
    expect(TEXT("\"a;b;c"), 0, "!line 1: the quote that is opened here is never closed");
}

static void a_big_field_is_read_whole(void **state)
{
    size_t len = 300000, count, line;
    char *text = malloc(len);
    const struct csv_field *fields;
    struct csv *csv;

    (void)state;
    memset(text, 'x', len);
    memcpy(text, "1,\"", 3);
    text[len - 1] = '"';
    csv = csv_create(text, len, 0, NULL);
    assert_int_equal(csv_next(csv, &fields, &count, &line, NULL), 1);
    assert_int_equal(count, 2);
    assert_string_equal(fields[0].text, "1");
    assert_int_equal(fields[1].len, len - 4);
    csv_destroy(csv);
    free(text);
}

/* A field as a writer would put it: quoted where it must be, and at times where
   it need not be. */
static size_t write_field(char *out, const char *value, char delimiter, int quoted)
{
    char *p = out;

    if (!quoted && value[0] && !strpbrk(value, "\"\r\n") && !strchr(value, delimiter)) {
        memcpy(out, value, strlen(value));
        return strlen(value);
    }
    *p++ = '"';
    for (; *value; value++) {
        if (*value == '"')
            *p++ = '"';
        *p++ = *value;
    }
    *p++ = '"';
    return (size_t)(p - out);
}

static void what_a_writer_wrote_is_what_a_reader_reads(void **state)
{
    static const char alphabet[] = "abc,;\t|\"\r\n \xC3\xA9";
    static const char *const breaks[] = {"\n", "\r\n", "\r"};
    static const char delimiters[] = ",;\t|";
    uint64_t seed = 31;
    int round;

    (void)state;
    for (round = 0; round < 5000; round++) {
        char values[6][5][12], text[6000], delimiter = delimiters[unit_random(&seed) % 4];
        size_t records = unit_random(&seed) % 6, columns = 1 + unit_random(&seed) % 5;
        size_t r, c, i, len = 0, count, line;
        const struct csv_field *fields;
        struct csv *csv;

        for (r = 0; r < records; r++) {
            const char *end = breaks[unit_random(&seed) % 3];

            for (c = 0; c < columns; c++) {
                size_t n = unit_random(&seed) % 11;

                for (i = 0; i < n; i++)
                    values[r][c][i] = alphabet[unit_random(&seed) % (sizeof(alphabet) - 1)];
                values[r][c][n] = '\0';
                if (c > 0)
                    text[len++] = delimiter;
                len += write_field(text + len, values[r][c], delimiter, unit_random(&seed) & 1);
            }
            memcpy(text + len, end, strlen(end));
            len += strlen(end);
        }
        csv = csv_create(text, len, delimiter, NULL);
        for (r = 0; r < records; r++) {
            assert_int_equal(csv_next(csv, &fields, &count, &line, NULL), 1);
            assert_int_equal(count, columns);
            for (c = 0; c < columns; c++)
                assert_string_equal(fields[c].text, values[r][c]);
        }
        assert_int_equal(csv_next(csv, &fields, &count, &line, NULL), 0);
        csv_destroy(csv);
    }
}

static void random_bytes_are_read_or_refused(void **state)
{
    static const char alphabet[] = "\"\"\",,\n\r;a\xEF\xBB\xBF\t|";
    uint64_t seed = 8;
    int round;

    (void)state;
    for (round = 0; round < 50000; round++) {
        size_t len = unit_random(&seed) % 40, count, line, i, last = 0;
        char *text = malloc(len ? len : 1);
        const struct csv_field *fields;
        struct csv *csv;

        for (i = 0; i < len; i++)
            text[i] = alphabet[unit_random(&seed) % (sizeof(alphabet) - 1)];
        csv = csv_create(text, len, 0, NULL);
        assert_non_null(csv);
        while (csv_next(csv, &fields, &count, &line, NULL) == 1) {
            assert_true(line > last && count > 0);
            last = line;
            for (i = 0; i < count; i++)
                assert_int_equal(strlen(fields[i].text), fields[i].len);
        }
        csv_destroy(csv);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_and_fields_are_told_apart),
        cmocka_unit_test(nothing_holds_no_record),
        cmocka_unit_test(nothing_at_all_is_legal_too),
        cmocka_unit_test(lines_end_in_lf_crlf_or_cr_and_blank_ones_are_skipped),
        cmocka_unit_test(a_byte_order_mark_is_skipped),
        cmocka_unit_test(quoted_fields_hold_anything),
        cmocka_unit_test(a_quote_that_is_never_closed_is_an_error),
        cmocka_unit_test(text_after_a_closing_quote_is_an_error),
        cmocka_unit_test(a_quote_within_a_plain_field_is_an_error),
        cmocka_unit_test(an_error_is_told_again),
        cmocka_unit_test(as_many_fields_as_allowed_and_no_more),
        cmocka_unit_test(zero_bytes_are_refused),
        cmocka_unit_test(only_the_four_delimiters_are_legal),
        cmocka_unit_test(the_delimiter_is_told_from_the_first_line),
        cmocka_unit_test(a_big_field_is_read_whole),
        cmocka_unit_test(what_a_writer_wrote_is_what_a_reader_reads),
        cmocka_unit_test(random_bytes_are_read_or_refused),
    };

    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
