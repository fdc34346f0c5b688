#include "http_probe.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_client.h"
#include "stop.h"
#include "unit.h"
#include "unit_socket.h"

#define LONG_MS 300000 /* for what must come */
#define SHORT_MS 3000  /* for what must not; to connect takes less, on a slow machine, too */

/* A server on the loopback that says the same to each who comes; "" says nothing, for ever. */
struct server {
    pthread_t thread;
    int fd, client;
    const char *says;
    char base_url[64];
    char heard[2048];
};

static void *serve(void *context)
{
    struct server *s = context;
    ssize_t n;

    s->client = accept(s->fd, NULL, NULL);
    n = recv(s->client, s->heard, sizeof(s->heard) - 1, 0);
    s->heard[n > 0 ? n : 0] = '\0';
    if (*s->says) {
        send(s->client, s->says, strlen(s->says), MSG_NOSIGNAL);
        shutdown(s->client, SHUT_WR);
    }
    while (recv(s->client, s->heard + sizeof(s->heard) - 1, 1, 0) > 0)
        ;
    return NULL;
}

static void start(struct server *s, const char *scheme, const char *says)
{
    int port = 0;

    memset(s, 0, sizeof(*s));
    s->says = says;
    s->fd = listen_on("127.0.0.1", &port, 4);
    snprintf(s->base_url, sizeof(s->base_url), "%s://127.0.0.1:%d/api/", scheme, port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
    pthread_join(s->thread, NULL);
    close(s->client);
    close(s->fd);
}

static const char *const headers[] = {"Authorization: Bearer secret-token", "Accept: x/y", NULL};

static struct http_probe probe_of(const char *base_url)
{
    return (struct http_probe){.base_url = base_url,
                               .path = "/v2/locations",
                               .headers = headers,
                               .connect_timeout_ms = LONG_MS,
                               .total_timeout_ms = LONG_MS};
}

static struct http_probe run(const char *scheme, const char *says, int64_t timeout_ms,
                             char heard[2048])
{
    struct http_probe probe;
    struct error err = {0};
    struct server server;

    start(&server, scheme, says);
    probe = probe_of(server.base_url);
    probe.total_timeout_ms = timeout_ms;
    if (http_probe_run(&probe, 1, &err) != 0)
        fail_msg("%s", err.text);
    stop(&server);
    if (heard)
        memcpy(heard, server.heard, sizeof(server.heard));
    assert_null(strstr(probe.error.text, "secret-token"));
    return probe;
}

static void an_answer_is_told_with_its_body(void **state)
{
    char heard[2048];
    struct http_probe probe = run("http",
                                  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                                  "Connection: close\r\n\r\n{}",
                                  LONG_MS, heard);

    (void)state;
    assert_int_equal(probe.failure, PROBE_OK);
    assert_int_equal(probe.status, 200);
    assert_string_equal(probe.body.data, "{}");
    assert_true(probe.latency_us > 0);
    assert_int_equal(probe.certificate_ends, 0);
    assert_non_null(strstr(heard, "GET /api/v2/locations HTTP/1.1\r\n"));
    assert_non_null(strstr(heard, "\r\nAuthorization: Bearer secret-token\r\n"));
    http_probe_free(&probe);
}

static void each_status_has_its_failure(void **state)
{
    static const struct {
        const char *line;
        enum probe_failure failure;
    } cases[] = {
        {"204 No Content", PROBE_OK},     {"301 Moved", PROBE_HTTP},
        {"401 Unauthorized", PROBE_AUTH}, {"403 Forbidden", PROBE_AUTH},
        {"404 Not Found", PROBE_HTTP},    {"429 Too Many", PROBE_HTTP},
        {"503 Unavailable", PROBE_HTTP},
    };
    char says[200];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct http_probe probe;

        snprintf(says, sizeof(says),
                 "HTTP/1.1 %s\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n"
                 "Connection: close\r\n\r\n",
                 cases[i].line);
        probe = run("http", says, LONG_MS, NULL);
        assert_int_equal(probe.failure, cases[i].failure);
        assert_int_equal(probe.status / 100, cases[i].line[0] - '0');
        assert_int_equal(probe.error.code, ERROR_NONE);
        http_probe_free(&probe);
    }
}

static void what_is_no_http_is_an_http_failure(void **state)
{
    static const char *const garbage[] = {
        "220 mail.example ESMTP\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(garbage); i++) {
        struct http_probe probe = run("http", garbage[i], LONG_MS, NULL);

        assert_int_equal(probe.failure, PROBE_HTTP);
        assert_int_equal(probe.error.code, ERROR_REMOTE);
        http_probe_free(&probe);
    }
}

static void what_is_no_tls_is_a_tls_failure(void **state)
{
    struct http_probe probe = run("https", "HTTP/1.1 400 Bad Request\r\n\r\n", LONG_MS, NULL);

    (void)state;
    assert_int_equal(probe.failure, PROBE_TLS);
    assert_false(probe.timed_out);
    http_probe_free(&probe);
    probe = run("https", "", SHORT_MS, NULL);
    assert_int_equal(probe.failure, PROBE_TLS);
    assert_true(probe.timed_out);
    http_probe_free(&probe);
}

static void no_answer_in_time_is_told(void **state)
{
    struct http_probe probe = run("http", "", SHORT_MS, NULL);

    (void)state;
    assert_int_equal(probe.failure, PROBE_HTTP);
    assert_true(probe.timed_out);
    assert_int_equal(probe.status, 0);
    http_probe_free(&probe);
}

static void nobody_there_is_a_connect_failure(void **state)
{
    struct http_probe probe = probe_of("http://127.0.0.1:1");

    (void)state;
    assert_int_equal(http_probe_run(&probe, 1, NULL), 0);
    assert_int_equal(probe.failure, PROBE_CONNECT);
    assert_string_equal(probe_failure_name(probe.failure), "connect");
    http_probe_free(&probe);
}

static void a_ca_file_that_is_none_is_told(void **state)
{
    struct http_probe probe = probe_of("https://127.0.0.1:1");

    (void)state;
    probe.ca_file = "/nowhere/ca.pem";
    assert_int_equal(http_probe_run(&probe, 1, NULL), 0);
    assert_true(probe.failure == PROBE_LOCAL || probe.failure == PROBE_CONNECT);
    http_probe_free(&probe);
}

static void all_are_asked_at_once(void **state)
{
    struct http_probe probes[9];
    struct server servers[8];
    struct error err = {0};
    int64_t begun;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(servers); i++) {
        start(&servers[i], "http", "");
        probes[i] = probe_of(servers[i].base_url);
        probes[i].total_timeout_ms = SHORT_MS;
    }
    probes[8] = probe_of("http://127.0.0.1:1");
    begun = clock_ms();
    assert_int_equal(http_probe_run(probes, 9, &err), 0);
    assert_true(clock_ms() - begun < 8 * SHORT_MS); /* one after another would take that at least */
    for (i = 0; i < UNIT_COUNT(servers); i++) {
        stop(&servers[i]);
        assert_true(probes[i].timed_out);
        http_probe_free(&probes[i]);
    }
    assert_int_equal(probes[8].failure, PROBE_CONNECT);
    http_probe_free(&probes[8]);
    assert_int_equal(http_probe_run(NULL, 0, &err), 0);
}

static void a_stop_ends_it(void **state)
{
    struct http_probe probe;
    struct error err = {0};
    struct server server;

    (void)state;
    start(&server, "http", "");
    probe = probe_of(server.base_url);
    stop_request();
    assert_int_equal(http_probe_run(&probe, 1, &err), -1);
    assert_int_equal(err.code, ERROR_STOPPED);
    stop_reset();
    http_probe_free(&probe);
    probe = probe_of(server.base_url); /* the server waits for somebody */
    probe.total_timeout_ms = SHORT_MS;
    assert_int_equal(http_probe_run(&probe, 1, &err), 0);
    stop(&server);
    http_probe_free(&probe);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_told_with_its_body),
        cmocka_unit_test(each_status_has_its_failure),
        cmocka_unit_test(what_is_no_http_is_an_http_failure),
        cmocka_unit_test(what_is_no_tls_is_a_tls_failure),
        cmocka_unit_test(no_answer_in_time_is_told),
        cmocka_unit_test(nobody_there_is_a_connect_failure),
        cmocka_unit_test(a_ca_file_that_is_none_is_told),
        cmocka_unit_test(all_are_asked_at_once),
        cmocka_unit_test(a_stop_ends_it),
    };

    if (http_global_init() != 0)
        return 1;
    stop_reset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
