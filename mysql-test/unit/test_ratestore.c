/* What purser_rate_limit_store may say, and when a store that does not answer is asked again. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "ratestore/breaker.h"
#include "ratestore/hello.h"
#include "ratestore/target.h"
#include "secrets_cache.h"
#include "stop.h"
#include "unit_socket.h"

static void where_a_store_is(void **state)
{
    struct store_target t;
    struct error err = {0};
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&t.address[0];
    const struct sockaddr_un *local = (const struct sockaddr_un *)(const void *)&t.address[0];

    (void)state;
    assert_int_equal(store_target_parse("", &t, &err), 0);
    assert_string_equal(t.url, "");
    assert_int_equal(store_target_parse("redis://127.0.0.1", &t, &err), 0);
    assert_int_equal(t.n, 1);
    assert_int_equal(ntohs(v4->sin_port), 6379);
    assert_int_equal(t.db, 0);
    assert_int_equal(store_target_parse("redis://10.1.2.3:7000/15", &t, &err), 0);
    assert_int_equal(ntohs(v4->sin_port), 7000);
    assert_int_equal(t.db, 15);
    assert_int_equal(store_target_parse("redis://[::1]:7000/", &t, &err), 0);
    assert_int_equal(t.address[0].ss_family, AF_INET6);
    assert_int_equal(store_target_parse("REDIS://cache.example.com:7000", &t, &err), 0);
    assert_int_equal(t.n, 0);
    assert_string_equal(t.host, "cache.example.com");
    assert_int_equal(t.port, 7000);
    assert_int_equal(store_target_parse("unix:///run/redis.sock?db=3", &t, &err), 0);
    assert_int_equal(t.n, 1);
    assert_string_equal(local->sun_path, "/run/redis.sock");
    assert_int_equal(t.db, 3);
    assert_int_equal(store_target_parse("redis://localhost", &t, &err), 0);
    assert_int_equal(store_target_look_up(&t), 0);
    assert_true(t.n >= 1);
}

static void what_no_store_can_be_is_refused(void **state)
{
    static const struct {
        const char *url, *says;
    } bad[] = {
        {"localhost:6379", "must begin with redis:// or unix://"},
        {"http://localhost", "must begin with redis:// or unix://"},
        {"redis://user:secret@localhost", "belong to the secrets file"},
        {"redis://:secret@localhost", "belong to the secrets file"},
        {"rediss://localhost", "TLS"},
        {"redis://", "names no host"},
        {"redis://host:0", "port"},
        {"redis://host:65536", "port"},
        {"redis://host/x", "number of the database"},
        {"redis://host/65536", "number of the database"},
        {"redis://host/99999999999999999999", "number of the database"},
        {"redis://host/1/2", "number of the database"},
        {"redis://host?db=1", "only /db"},
        {"redis://ho st", "escaping"},
        {"redis://host\n", "escaping"},
        {"redis://[::1", "names no host"},
        {"unix://run/redis.sock", "whole path"},
        {"unix://", "whole path"},
        {"unix:///a?database=1", "?db=N"},
        {"unix:///a?db=", "number of the database"},
        {"unix:///a?db=-1", "number of the database"},
    };
    char url[400] = "unix:///";
    struct store_target t;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        struct error err = {0};

        assert_int_equal(store_target_parse(bad[i].url, &t, &err), -1);
        if (!strstr(err.text, bad[i].says))
            fail_msg("%s: %s", bad[i].url, err.text);
        assert_null(strstr(err.text, "secret@"));
        assert_string_equal(t.url, "");
        assert_int_equal(t.n, 0);
    }
    memset(url + 8, 'x', 120);
    assert_int_equal(store_target_check(url, NULL), -1);
    memset(url + 8, 'x', sizeof(url) - 9);
    assert_int_equal(store_target_check(url, NULL), -1);
}

/* ---- several addresses */

struct store {
    int fd;
    const char *answer;
};

/* As a store that is asked something once. */
static void *answer_once(void *argument)
{
    const struct store *store = argument;
    int client = accept(store->fd, NULL, NULL);
    char heard[256];

    if (client >= 0 && recv(client, heard, sizeof(heard), 0) > 0)
        send(client, store->answer, strlen(store->answer), MSG_NOSIGNAL);
    close(client);
    return NULL;
}

static void take_address(struct store_target *t, const char *address, int port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&t->address[t->n];

    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    inet_pton(AF_INET, address, &v4->sin_addr);
    t->len[t->n++] = sizeof(*v4);
}

static void an_address_that_swallows_all_leaves_time_for_the_next_one(void **state)
{
    struct redis_patience patience = {0};
    char name[REDIS_TEXT_SIZE];
    struct store_target t = {0};
    struct store store = {.answer = "$40\r\n0123456789012345678901234567890123456789\r\n"};
    int silent_port = 0, port = 0, silent, crowd[CROWD];
    struct redis *redis;
    pthread_t thread;

    (void)state;
    silent = listen_on("127.0.0.1", &silent_port, 0);
    store.fd = listen_on("127.0.0.1", &port, 4);
    take_address(&t, "127.0.0.1", silent_port);
    take_address(&t, "127.0.0.1", port);
    crowd_before(silent_port, crowd);
    assert_int_equal(pthread_create(&thread, NULL, answer_once, &store), 0);
    patience.deadline_ns = clock_ns() + 6000000000LL;
    redis = store_hello(&t, "", "return 1", &patience, name, NULL);
    shutdown(store.fd, SHUT_RDWR);
    pthread_join(thread, NULL);
    assert_non_null(redis);
    redis_close(redis);
    crowd_goes(crowd);
    close(silent);
    close(store.fd);
}

/* A store that is full says so to whoever comes, to a password as well. */
static void one_that_is_full_has_refused_no_password(void **state)
{
    static const char secrets[] = "{\"rate_limits\":{\"store_password\":\"p\"}}";
    char file[] = "/tmp/purser_store_XXXXXX", name[REDIS_TEXT_SIZE];
    struct redis_patience patience = {0};
    int out = mkstemp(file), i;

    (void)state;
    assert_true(out >= 0);
    assert_int_equal(write(out, secrets, sizeof(secrets) - 1), sizeof(secrets) - 1);
    close(out);
    for (i = 0; i < 2; i++) {
        struct store store = {.answer = "-ERR max number of clients reached\r\n"};
        struct store_target t = {0};
        struct error err = {0};
        pthread_t thread;
        int port = 0;

        store.fd = listen_on("127.0.0.1", &port, 4);
        take_address(&t, "127.0.0.1", port);
        assert_int_equal(pthread_create(&thread, NULL, answer_once, &store), 0);
        patience.deadline_ns = clock_ns() + 6000000000LL;
        assert_null(store_hello(&t, i ? file : "", "return 1", &patience, name, &err));
        shutdown(store.fd, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(store.fd);
        assert_string_equal(err.text, "it takes no more connections (maxclients)");
    }
    secrets_cache_forget();
    unlink(file);
}

static void fail_times(struct breaker *b, int n, int64_t now)
{
    while (n-- > 0) {
        assert_int_equal(breaker_ask(b, now), BREAKER_GO);
        assert_false(breaker_tell(b, BREAKER_GO, false, now));
    }
}

static void a_breaker_opens_and_one_call_tries(void **state)
{
    struct breaker b = {0};
    int64_t now = 5000, pause;

    (void)state;
    fail_times(&b, BREAKER_FAILURES - 1, now);
    assert_false(breaker_tell(&b, breaker_ask(&b, now), true, now)); /* not in a row */
    fail_times(&b, BREAKER_FAILURES - 1, now);
    assert_int_equal(breaker_ask(&b, now), BREAKER_GO);
    assert_true(breaker_tell(&b, BREAKER_GO, false, now));
    assert_int_equal(b.state, BREAKER_OPEN);
    assert_false(breaker_tell(&b, BREAKER_GO, true, now)); /* began before */
    assert_int_equal(breaker_ask(&b, now + BREAKER_PAUSE_MS - 1), BREAKER_NO);
    for (pause = BREAKER_PAUSE_MS; pause < 100000; pause *= 2) {
        now += pause < BREAKER_PAUSE_MAX_MS ? pause : BREAKER_PAUSE_MAX_MS;
        assert_int_equal(breaker_ask(&b, now - 1), BREAKER_NO);
        assert_int_equal(breaker_ask(&b, now), BREAKER_PROBE);
        assert_int_equal(breaker_ask(&b, now), BREAKER_NO); /* one at a time */
        assert_false(breaker_tell(&b, BREAKER_PROBE, false, now));
    }
    now += BREAKER_PAUSE_MAX_MS;
    assert_int_equal(breaker_ask(&b, now), BREAKER_PROBE);
    breaker_leave(&b, BREAKER_PROBE);
    assert_int_equal(breaker_ask(&b, now), BREAKER_PROBE); /* who gave up says nothing */
    assert_true(breaker_tell(&b, BREAKER_PROBE, true, now));
    assert_int_equal(b.state, BREAKER_CLOSED);
    fail_times(&b, BREAKER_FAILURES - 1, now);
}

static void one_that_refuses_some_calls_is_told_once_in_a_spell(void **state)
{
    struct breaker b = {0};
    int64_t now = 5000;
    int i, told = 0;

    (void)state;
    for (i = 0; i < 3 * BREAKER_FAILURES; i++) { /* each other call is answered: it never opens */
        assert_false(breaker_tell(&b, breaker_ask(&b, now), false, now));
        assert_int_equal(breaker_refuses_for(&b, now) > 0, i >= BREAKER_FAILURES);
        told += breaker_refused(&b, now);
        assert_false(breaker_tell(&b, breaker_ask(&b, now), true, now));
        now += BREAKER_SPELL_MS / 2;
    }
    assert_int_equal(told, 1);
    assert_int_equal(breaker_refuses_for(&b, now),
                     (int64_t)3 * BREAKER_FAILURES * (BREAKER_SPELL_MS / 2));
    now += BREAKER_SPELL_MS / 2;
    assert_true(breaker_refuses_for(&b, now) > 0);
    assert_int_equal(breaker_refuses_for(&b, now + 1), 0); /* it is over */
    for (i = 1; i <= BREAKER_FAILURES; i++) {
        now += BREAKER_SPELL_MS + 1;
        assert_false(breaker_refused(&b, now)); /* one a minute is nothing */
    }
    for (i = 2; i < BREAKER_FAILURES; i++)
        assert_false(breaker_refused(&b, now));
    assert_int_equal(breaker_refuses_for(&b, now), 0);
    assert_true(breaker_refused(&b, now));
    assert_int_equal(breaker_refuses_for(&b, now), 1);
    fail_times(&b, BREAKER_FAILURES - 1, now);
    assert_true(breaker_tell(&b, breaker_ask(&b, now), false, now));
    assert_false(breaker_refused(&b, now)); /* the breaker has told it */
    assert_int_equal(breaker_refuses_for(&b, now), 0);
    now += BREAKER_PAUSE_MS;
    assert_true(breaker_tell(&b, breaker_ask(&b, now), true, now));
    assert_int_equal(breaker_refuses_for(&b, now), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_a_store_is),
        cmocka_unit_test(what_no_store_can_be_is_refused),
        cmocka_unit_test(an_address_that_swallows_all_leaves_time_for_the_next_one),
        cmocka_unit_test(one_that_is_full_has_refused_no_password),
        cmocka_unit_test(a_breaker_opens_and_one_call_tries),
        cmocka_unit_test(one_that_refuses_some_calls_is_told_once_in_a_spell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
