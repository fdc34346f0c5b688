#include "health/log_scan.h"

#include <string.h>

#include "unit.h"

static void a_line_of_the_servers_has_a_severity(void **state)
{
    static const struct {
        const char *line, *text;
        enum line_severity severity;
    } cases[] = {
        {"2026-11-21  3:30:31 0 [Note] InnoDB: Buffer pool", "InnoDB: Buffer pool", LINE_NOTE},
        {"2026-11-21 13:30:31 17 [Warning] Aborted connection", "Aborted connection", LINE_WARNING},
        {"2026-11-21 13:30:31 17 [ERROR] Cannot", "Cannot", LINE_ERROR},
        {"2026-11-21 13:30:31 17 [ERROR] ", "", LINE_ERROR},
        {"261121  3:30:31 [ERROR] mysqld got signal 11 ;", "mysqld got signal 11 ;", LINE_ERROR},
        {"Nov 21 03:30:31 shop mariadbd[123]: 2026-11-21  3:30:31 0 [ERROR] Cannot", "Cannot",
         LINE_ERROR},
        {"Nov  1 03:30:31 shop mariadbd: [Warning] full", "full", LINE_WARNING},
        {"2026-11-21T03:30:31.123456+00:00 shop mariadbd[1]: 2026-11-21  3:30:31 0 [Note] up", "up",
         LINE_NOTE},
        {"", "", LINE_OTHER},
        {"[ERROR] no date", "", LINE_OTHER},
        {"   [ERROR] no date", "", LINE_OTHER},
        {"2026-11-21 13:30:31 17 [Note] He wrote [ERROR] here", "He wrote [ERROR] here", LINE_NOTE},
        {"2026-11-21 13:30:31 17 InnoDB: [ERROR] in the middle", "", LINE_OTHER},
        {"2026-11-21 13:30:31 17 [ERROR]no blank", "", LINE_OTHER},
        {"2026-11-21 13:30:31 17 [Error] another word", "", LINE_OTHER},
        {"2026-11-21 13:30:31 17 [ERRO", "", LINE_OTHER},
        {"Nov 21 03:30:31 shop kernel two words: [ERROR] not a tag", "", LINE_OTHER},
        {"Nox 21 03:30:31 shop mariadbd: [ERROR] no month", "", LINE_OTHER},
        {"Nov 21 03:30:31", "", LINE_OTHER},
        {"2026-11-21T", "", LINE_OTHER},
        {"/usr/sbin/mariadbd(my_print_stacktrace+0x2e)[0x55]", "", LINE_OTHER},
    };
    size_t i, text;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        size_t len = strlen(cases[i].line);

        if (log_line_severity(cases[i].line, len, &text) != cases[i].severity)
            fail_msg("%s", cases[i].line);
        assert_string_equal(cases[i].line + text, cases[i].text);
    }
}

static const char several[] = "2026-11-21  3:30:31 0 [Note] one\n"
                              "2026-11-21  3:30:31 0 [ERROR] two\n"
                              "a line that follows\n"
                              "\n"
                              "2026-11-21  3:30:31 0 [Warning] three\n"
                              "2026-11-21  3:30:32 0 [ERROR] four\n"
                              "2026-11-21  3:30:33 0 [ERROR] not at its end";

static void it_does_not_matter_where_the_bytes_are_cut(void **state)
{
    size_t len = sizeof(several) - 1, piece, at;

    (void)state;
    for (piece = 1; piece <= len; piece++) {
        struct log_scan scan = {0};

        log_scan_begin(&scan);
        for (at = 0; at < len; at += piece)
            log_scan_feed(&scan, several + at, len - at < piece ? len - at : piece);
        assert_int_equal(scan.count[LINE_NOTE], 1);
        assert_int_equal(scan.count[LINE_WARNING], 1);
        assert_int_equal(scan.count[LINE_ERROR], 2);
        assert_int_equal(scan.count[LINE_OTHER], 2);
        assert_string_equal(scan.newest, "2026-11-21  3:30:32 0 [ERROR] four");
        log_scan_begin(&scan);
        log_scan_feed(&scan, "\n", 1);
        assert_int_equal(scan.count[LINE_ERROR], 1);
        assert_string_equal(scan.newest, "2026-11-21  3:30:33 0 [ERROR] not at its end");
    }
}

static void what_begins_in_the_middle_of_a_line_is_not_counted(void **state)
{
    struct log_scan scan = {0};

    (void)state;
    log_scan_begin(&scan);
    log_scan_feed(&scan, "2026-11-21  3:30:31 0 [ERROR] cu", 32);
    log_scan_jump(&scan, true);
    log_scan_feed(&scan, "2026-11-21  3:30:31 0 [ERROR] tail\n", 35);
    assert_int_equal(scan.count[LINE_ERROR], 0);
    log_scan_feed(&scan, "2026-11-21  3:30:31 0 [ERROR] whole\n", 36);
    assert_int_equal(scan.count[LINE_ERROR], 1);
    log_scan_feed(&scan, "2026-11-21  3:30:31 0 [ERROR] cu", 32);
    log_scan_jump(&scan, false);
    log_scan_feed(&scan, "2026-11-21  3:30:31 0 [Note] whole\n", 35);
    assert_int_equal(scan.count[LINE_ERROR], 1);
    assert_int_equal(scan.count[LINE_NOTE], 1);
}

static void a_line_of_any_length_is_one_line(void **state)
{
    static char much[100000];
    struct log_scan scan = {0};
    int i;

    (void)state;
    memset(much, 'x', sizeof(much));
    log_scan_begin(&scan);
    log_scan_feed(&scan, "2026-11-21  3:30:31 0 [ERROR] ", 30);
    for (i = 0; i < 50; i++)
        log_scan_feed(&scan, much, sizeof(much));
    assert_int_equal(scan.count[LINE_ERROR], 0);
    log_scan_feed(&scan, "\n", 1);
    assert_int_equal(scan.count[LINE_ERROR], 1);
    assert_int_equal(strlen(scan.newest), LOG_LINE_SIZE - 1);
}

static void newest_of(const char *text, size_t len, struct log_scan *scan)
{
    memset(scan, 0, sizeof(*scan));
    log_scan_begin(scan);
    log_scan_feed(scan, "2026-11-21  3:30:31 0 [ERROR] ", 30);
    log_scan_feed(scan, text, len);
    log_scan_feed(scan, "\n", 1);
    assert_int_equal(scan->count[LINE_ERROR], 1);
}

static void the_newest_error_can_be_shown_whatever_its_bytes(void **state)
{
    struct log_scan scan;
    char text[LOG_LINE_SIZE];
    size_t i;

    (void)state;
    newest_of("a\0b\tc\x7f\r", 7, &scan);
    assert_string_equal(scan.newest + 30, "a b c  ");
    newest_of("Gr\xc3\xbc\xc3\x9f"
              "e",
              7, &scan);
    assert_string_equal(scan.newest + 30, "Gr\xc3\xbc\xc3\x9f"
                                          "e");
    newest_of("Gr\xfc\xdf"
              "e",
              5, &scan);
    assert_string_equal(scan.newest + 30, "Gr??e");
    for (i = 0; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    newest_of(text, sizeof(text), &scan);
    assert_true(strlen(scan.newest) >= LOG_LINE_SIZE - 3 && !strchr(scan.newest, '?'));
    newest_of(text + 1, sizeof(text) - 1, &scan);
    assert_non_null(strchr(scan.newest, '?'));
    newest_of("Gr\xc3", 3, &scan);
    assert_string_equal(scan.newest + 30, "Gr?");
}

static void pursers_own_lines_about_health_do_not_count(void **state)
{
    static const char lines[] =
        "2026-11-21  3:30:31 0 [ERROR] mariadbd: Purser: health: database is critical\n"
        "2026-11-21  3:30:31 0 [ERROR] mysqld: Purser: alert 'db': NEW\n"
        "2026-11-21  3:30:31 0 [ERROR] mariadbd: Purser: square: HTTP status 500\n"
        "2026-11-21  3:30:31 0 [ERROR] Purser: health\n";
    struct log_scan scan = {0};

    (void)state;
    log_scan_begin(&scan);
    log_scan_feed(&scan, lines, sizeof(lines) - 1);
    assert_int_equal(scan.count[LINE_ERROR], 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_the_servers_has_a_severity),
        cmocka_unit_test(it_does_not_matter_where_the_bytes_are_cut),
        cmocka_unit_test(what_begins_in_the_middle_of_a_line_is_not_counted),
        cmocka_unit_test(a_line_of_any_length_is_one_line),
        cmocka_unit_test(the_newest_error_can_be_shown_whatever_its_bytes),
        cmocka_unit_test(pursers_own_lines_about_health_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
