#include "peers/peers.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"
#include "peers/door.h"
#include "ratelimit/service.h"
#include "settings.h"
#include "stop.h"
#include "thread.h"
#include "unit.h"
#include "unit_db.h"

#define LONG_MS 300000 /* for what must come */
#define SHORT_MS                                                                                   \
    2000 /* a thread that waits for nothing has ended by then, or it is left behind                \
          */

static char path[] = "/tmp/test_peers_thread.XXXXXX";

static int set_up(void **state)
{
    static const char text[] =
        "{\"rate_limits\":{\"peer_secret\":\"a secret that two nodes share, no more\"}}";
    struct settings s = {.rate_limit_peer_ms = 10}; /* it says something of the port, which is 0 */
    int fd = mkstemp(path);

    (void)state;
    http_global_init();
    snprintf(s.secrets_file, sizeof(s.secrets_file), "%s", path);
    snprintf(s.rate_limit_peers, sizeof(s.rate_limit_peers), "http://127.0.0.1:1");
    settings_put(&s);
    return fd >= 0 && write(fd, text, sizeof(text) - 1) > 0 && close(fd) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t log_changed = PTHREAD_COND_INITIALIZER;
static int lines;
static bool log_goes_on;

/* The first line is written for as long as the test wants, as to a disk that hangs. */
static void hold_first_line(void)
{
    pthread_mutex_lock(&log_lock);
    pthread_cond_broadcast(&log_changed);
    if (lines++ == 0)
        while (!log_goes_on)
            pthread_cond_wait(&log_changed, &log_lock);
    pthread_mutex_unlock(&log_lock);
}

static void wait_for_line(void)
{
    pthread_mutex_lock(&log_lock);
    while (lines == 0)
        pthread_cond_wait(&log_changed, &log_lock);
    pthread_mutex_unlock(&log_lock);
}

static void let_log_go_on(void)
{
    pthread_mutex_lock(&log_lock);
    log_goes_on = true;
    pthread_cond_broadcast(&log_changed);
    pthread_mutex_unlock(&log_lock);
}

/* UNINSTALL leaves a thread behind that waits; it ends when INSTALL has made another. */
static void a_thread_of_an_earlier_life_takes_nothing_from_the_next(void **state)
{
    struct thread first = {0}, second = {0};

    (void)state;
    unit_db_on_log = hold_first_line; /* it is about to open the inbox */
    stop_reset();
    assert_int_equal(thread_start(&first, "first", peers_body, NULL), 0);
    wait_for_line();
    stop_request();

    stop_reset();
    assert_int_equal(thread_start(&second, "second", peers_body, NULL), 0);
    while (!peers_listen())
        sched_yield();
    let_log_go_on();
    assert_true(thread_join_until(&first, clock_ms() + LONG_MS));
    assert_true(peers_listen());

    stop_request();
    assert_true(thread_join_until(&second, clock_ms() + LONG_MS));
    assert_false(peers_listen());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_of_an_earlier_life_takes_nothing_from_the_next),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
