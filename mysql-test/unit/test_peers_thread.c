#include "peers/peers.h"

#include <fcntl.h>
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
#include "unit_names.h"

#define LONG_MS 300000 /* for what must come */
#define SHORT_MS                                                                                   \
    2000 /* a thread that waits for nothing has ended by then, or it is left behind                \
          */

static char path[] = "/tmp/test_peers_thread.XXXXXX";

static int set_up(void **state)
{
    static const char text[] =
        "{\"rate_limits\":{\"peer_secret\":\"a secret that two nodes share, no more\"}}";
    struct settings s = {.rate_limit_peer_ms = 10, .http_port = 1};
    int fd = mkstemp(path);

    (void)state;
    http_global_init();
    snprintf(s.secrets_file, sizeof(s.secrets_file), "%s", path);
    snprintf(s.rate_limit_peers, sizeof(s.rate_limit_peers), "http://hangs.test");
    settings_put(&s);
    return fd >= 0 && write(fd, text, sizeof(text) - 1) > 0 && close(fd) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void wait_until_it_listens(void)
{
    while (!peers_listen())
        usleep(1000);
}

/* UNINSTALL leaves a thread behind that waits; it ends when INSTALL has made another. */
static void a_thread_of_an_earlier_life_takes_nothing_from_the_next(void **state)
{
    struct thread first = {0}, second = {0};
    bool joined;

    (void)state;
    names_stop();
    stop_reset();
    assert_int_equal(thread_start(&first, "first", peers_body, NULL), 0);
    wait_until_it_listens();
    names_wait();
    usleep(1500000); /* it has given up on that name by then, or waits for it */
    stop_request();
    joined = thread_join_until(&first, clock_ms() + SHORT_MS);

    stop_reset();
    assert_int_equal(thread_start(&second, "second", peers_body, NULL), 0);
    wait_until_it_listens();
    usleep(1500000);
    names_go_on();
    assert_true(joined || thread_join_until(&first, clock_ms() + LONG_MS));
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
