#include "../../plugin/secrets_cache.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../udf/json.h"
#include "unit.h"

#define SOON 120 /* s: for what must have happened after one */

static char path[64], other[80];

static void write_secret(const char *file, const char *secret)
{
    char fresh[96];
    FILE *out;
    int fd;

    snprintf(fresh, sizeof(fresh), "%s.new", file);
    fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    out = fdopen(fd, "w");
    assert_non_null(out);
    fprintf(out, "{\"gateways\":{\"shop\":{\"secret\":\"%s\"}}}", secret);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(rename(fresh, file), 0);
}

static const char *secret_of(const struct secrets_view *view)
{
    return json_string_value(json_object_get(secrets_view_gateway(view, "shop"), "secret"));
}

/* Does the cache say so? secret NULL: that the file cannot be used, with why. */
static bool says(const char *file, unsigned generation, const char *secret, const char *why)
{
    struct error err = {0};
    struct secrets_view *view = secrets_cache_get(file, generation, secrets_cache_era(), &err);
    bool so = secret ? view && strcmp(secret_of(view), secret) == 0
                     : !view && err.code == ERROR_CONFIG && strstr(err.text, why) != NULL;

    secrets_view_release(view);
    return so;
}

static bool will_say(const char *file, unsigned generation, const char *secret, const char *why)
{
    time_t end = time(NULL) + SOON;
    struct timespec tick = {0, 10000000};

    while (!says(file, generation, secret, why)) {
        if (time(NULL) > end)
            return false;
        nanosleep(&tick, NULL);
    }
    return true;
}

static int make_files(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/purser-secrets-%ld", (long)getpid());
    snprintf(other, sizeof(other), "%s.other", path);
    write_secret(path, "one");
    write_secret(other, "of another file");
    secrets_cache_forget();
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    secrets_cache_forget();
    unlink(path);
    unlink(other);
    return 0;
}

static void a_new_secret_is_there_within_seconds_and_at_once_with_new_settings(void **state)
{
    (void)state;
    assert_true(says(path, 1, "one", NULL));
    write_secret(path, "two");
    assert_true(will_say(path, 1, "two", NULL));
    write_secret(path, "six"); /* as long, and within the same tick of the clock, perhaps */
    assert_true(says(path, 2, "six", NULL));
    assert_true(says(other, 2, "of another file", NULL));
    assert_true(says(path, 2, "six", NULL));
}

static void a_file_that_is_written_in_place_is_read_again(void **state)
{
    FILE *out;

    (void)state;
    assert_true(says(path, 3, "one", NULL));
    out = fopen(path, "r+");
    assert_non_null(out);
    fprintf(out, "{\"gateways\":{\"shop\":{\"secret\":\"two\"}}}"); /* same inode, same size */
    assert_int_equal(fclose(out), 0);
    assert_true(will_say(path, 3, "two", NULL));
}

static void what_can_no_longer_be_used_is_an_error_until_it_can(void **state)
{
    (void)state;
    assert_true(says(path, 4, "one", NULL));
    assert_int_equal(chmod(path, 0644), 0);
    assert_true(will_say(path, 4, NULL, "can be read or written by others"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_true(will_say(path, 4, "one", NULL));
    assert_int_equal(unlink(path), 0);
    assert_true(will_say(path, 4, NULL, "No such file"));
    assert_true(says(path, 4, NULL, "No such file"));
    write_secret(path, "back");
    assert_true(will_say(path, 4, "back", NULL));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(other, path), 0);
    assert_true(will_say(path, 4, NULL, "symbolic link"));
}

static void a_view_outlives_the_file_and_the_cache(void **state)
{
    struct secrets_view *view = secrets_cache_get(path, 5, secrets_cache_era(), NULL);

    (void)state;
    assert_non_null(view);
    write_secret(path, "two");
    assert_true(says(path, 6, "two", NULL));
    secrets_cache_forget();
    assert_string_equal(secret_of(view), "one");
    assert_null(secrets_view_gateway(view, "no such gateway"));
    secrets_view_release(view);
    secrets_view_release(NULL);
    assert_true(says(path, 6, "two", NULL));
}

/* It asked for the settings while the plugin was there, and was overtaken by UNINSTALL. */
static void a_call_that_outlives_the_plugin_leaves_no_secret_behind(void **state)
{
    unsigned era = secrets_cache_era();
    struct secrets_view *view;

    (void)state;
    secrets_cache_forget();
    view = secrets_cache_get(path, 9, era, NULL);
    assert_non_null(view);
    assert_string_equal(secret_of(view), "one");
    secrets_view_release(view);
    write_secret(path, "two");
    assert_true(says(path, 9, "two", NULL)); /* nothing was kept: the file is read */
}

static atomic_bool over;
static atomic_long reads;

static void *read_on(void *unused)
{
    (void)unused;
    while (!atomic_load(&over)) {
        struct secrets_view *view =
            secrets_cache_get(path, 7 + (unsigned)(reads % 50 == 0), secrets_cache_era(), NULL);
        const char *secret = view ? secret_of(view) : NULL;

        if (!secret || strncmp(secret, "number ", 7) != 0)
            atomic_store(&over, true), atomic_store(&reads, -1000000000);
        secrets_view_release(view);
        atomic_fetch_add(&reads, 1);
    }
    return NULL;
}

static void many_sessions_read_while_the_file_changes(void **state)
{
    struct timespec tick = {0, 1000000};
    pthread_t threads[4];
    char secret[32];
    int i;

    (void)state;
    write_secret(path, "number 0");
    for (i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, NULL), 0);
    for (i = 1; i < 300; i++) {
        snprintf(secret, sizeof(secret), "number %d", i);
        write_secret(path, secret);
        if (i % 10 == 0)
            secrets_cache_forget();
        nanosleep(&tick, NULL);
    }
    atomic_store(&over, true);
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_true(atomic_load(&reads) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_new_secret_is_there_within_seconds_and_at_once_with_new_settings, make_files,
            remove_files),
        cmocka_unit_test_setup_teardown(a_file_that_is_written_in_place_is_read_again, make_files,
                                        remove_files),
        cmocka_unit_test_setup_teardown(what_can_no_longer_be_used_is_an_error_until_it_can,
                                        make_files, remove_files),
        cmocka_unit_test_setup_teardown(a_view_outlives_the_file_and_the_cache, make_files,
                                        remove_files),
        cmocka_unit_test_setup_teardown(a_call_that_outlives_the_plugin_leaves_no_secret_behind,
                                        make_files, remove_files),
        cmocka_unit_test_setup_teardown(many_sessions_read_while_the_file_changes, make_files,
                                        remove_files),
    };

    return cmocka_run_group_tests_name("secrets_cache", tests, NULL, NULL);
}
