#include "health/error_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stop.h"
#include "unit.h"

#define ERROR_LINE "2026-11-21  3:30:31 0 [ERROR] wrong\n"
#define NOTE_LINE "2026-11-21  3:30:31 0 [Note] well\n"

static char directory[] = "/tmp/test_error_log.XXXXXX";
static char path[128], old[128];

static void add(const char *file, const char *text)
{
    FILE *out = fopen(file, "a");

    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
}

static struct error_log_look look(void)
{
    struct error_log_look seen;
    struct error err = {0};

    if (error_log_look(path, &seen, &err) != 0)
        fail_msg("%s", err.text);
    return seen;
}

/* A new life, and the first look at a log with one error. */
static int set_up(void **state)
{
    (void)state;
    unlink(path);
    unlink(old);
    stop_reset();
    add(path, ERROR_LINE);
    return look().first ? 0 : -1;
}

static void the_first_look_begins_at_the_end(void **state)
{
    struct error_log_look seen = look();

    (void)state;
    assert_false(seen.first);
    assert_int_equal(seen.errors, 0);
    assert_true(seen.since > 0);
    add(path, ERROR_LINE NOTE_LINE ERROR_LINE);
    seen = look();
    assert_int_equal(seen.errors, 2);
    assert_int_equal(seen.notes, 1);
    assert_string_equal(seen.newest, "2026-11-21  3:30:31 0 [ERROR] wrong");
    seen = look();
    assert_int_equal(seen.errors, 0);
    assert_string_equal(seen.newest, "");
    stop_reset(); /* UNINSTALL and INSTALL */
    add(path, ERROR_LINE);
    assert_true(look().first);
    assert_int_equal(look().errors, 0);
}

static void a_line_is_counted_once_when_it_has_ended(void **state)
{
    (void)state;
    add(path, "2026-11-21  3:30:31 0 [ERR");
    assert_int_equal(look().errors, 0);
    add(path, "OR] wro");
    assert_int_equal(look().errors, 0);
    add(path, "ng\n");
    assert_int_equal(look().errors, 1);
    assert_int_equal(look().errors, 0);
    /* One that had begun before the first look is not known. */
    add(path, "2026-11-21  3:30:31 0 [ERR");
    stop_reset();
    assert_true(look().first);
    add(path, "OR] wrong\n" ERROR_LINE);
    assert_int_equal(look().errors, 1);
}

static void nothing_is_lost_when_the_log_is_rotated(void **state)
{
    struct error_log_look seen;

    (void)state;
    add(path, ERROR_LINE);
    assert_int_equal(rename(path, old), 0);
    add(old, ERROR_LINE); /* the server does not know yet */
    seen = look();
    assert_int_equal(seen.errors, 2);
    add(old, ERROR_LINE);
    add(path, ERROR_LINE ERROR_LINE);
    seen = look();
    assert_int_equal(seen.errors, 3);
    assert_false(seen.replaced);
    add(old, ERROR_LINE); /* too late */
    add(path, ERROR_LINE);
    assert_int_equal(look().errors, 1);
}

static void a_log_that_was_removed_is_told(void **state)
{
    struct error_log_look seen;
    struct error err = {0};

    (void)state;
    add(path, ERROR_LINE);
    unlink(path);
    assert_int_equal(error_log_look(path, &seen, &err), -1);
    assert_int_equal(err.code, ERROR_INPUT);
    /* A new file may get the inode of the old one. */
    add(old, NOTE_LINE);
    add(path, NOTE_LINE ERROR_LINE NOTE_LINE);
    seen = look();
    assert_int_equal(seen.errors, 1);
    assert_int_equal(seen.notes, 2);
    assert_true(seen.replaced || seen.emptied);
}

static void an_emptied_log_begins_anew(void **state)
{
    struct error_log_look seen;
    int i;

    (void)state;
    assert_int_equal(truncate(path, 0), 0);
    add(path, NOTE_LINE);
    seen = look();
    assert_true(seen.emptied);
    assert_int_equal(seen.notes, 1);
    /* It may have grown beyond where it was. */
    assert_int_equal(truncate(path, 0), 0);
    for (i = 0; i < 10; i++)
        add(path, ERROR_LINE);
    seen = look();
    assert_true(seen.emptied);
    assert_int_equal(seen.errors, 10);
    assert_false(look().emptied);
}

static void of_a_gigabyte_the_end_is_read(void **state)
{
    const off_t gigabytes = (off_t)4 << 30;
    struct error_log_look seen;
    struct stat st;
    int i;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, gigabytes), 0); /* a hole: binary, and one line */
    add(path, "\n" ERROR_LINE);
    seen = look();
    assert_int_equal(seen.errors, 1);
    assert_int_equal(seen.skipped,
                     gigabytes + 1 + (off_t)strlen(ERROR_LINE) - st.st_size - ERROR_LOG_READ_MAX);
    for (i = 0; i < 1000; i++)
        add(path, ERROR_LINE);
    seen = look();
    assert_int_equal(seen.errors, 1000);
    assert_int_equal(seen.skipped, 0);
    /* Of two files, too. */
    assert_int_equal(truncate(path, 2 * gigabytes), 0);
    assert_int_equal(rename(path, old), 0);
    add(path, ERROR_LINE);
    seen = look();
    assert_int_equal(seen.errors, 1);
    assert_true(seen.skipped > (uint64_t)gigabytes / 2);
}

static void what_is_no_file_is_not_followed(void **state)
{
    struct error_log_look seen;
    struct error err = {0};

    (void)state;
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(error_log_look(path, &seen, &err), 1);
    assert_int_equal(error_log_look("/dev/null", &seen, &err), 1);
    assert_int_equal(error_log_look(directory, &seen, &err), 1);
    assert_int_equal(error_log_look("/nowhere/at/all", &seen, &err), -1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_look_begins_at_the_end, set_up),
        cmocka_unit_test_setup(a_line_is_counted_once_when_it_has_ended, set_up),
        cmocka_unit_test_setup(nothing_is_lost_when_the_log_is_rotated, set_up),
        cmocka_unit_test_setup(a_log_that_was_removed_is_told, set_up),
        cmocka_unit_test_setup(an_emptied_log_begins_anew, set_up),
        cmocka_unit_test_setup(of_a_gigabyte_the_end_is_read, set_up),
        cmocka_unit_test_setup(what_is_no_file_is_not_followed, set_up),
    };
    int failed;

    if (!mkdtemp(directory))
        return 1;
    snprintf(path, sizeof(path), "%s/error.log", directory);
    snprintf(old, sizeof(old), "%s/error.log.1", directory);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    unlink(old);
    rmdir(directory);
    return failed;
}
