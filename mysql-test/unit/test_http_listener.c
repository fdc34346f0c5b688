/* What the HTTP listener answers, over real sockets. */
#include "unit_http.h"
#include "unit_pem.h"

#include <pthread.h>
#include <stdatomic.h>

static void before_the_first_snapshot_it_is_starting(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "/health", ""), 503);
    assert_true(says("\"status\":\"starting\"") && says("PURSER-FAIL") && !says("PURSER-OK"));
    assert_int_equal(ask("GET", "/health/detailed", ""), 503);
    assert_int_equal(ask("GET", "/pingdom.xml", ""), 503);
    assert_true(says("<status>STARTING</status>"));
    assert_int_equal(ask("GET", "/metrics", ""), 200);
    assert_true(says("purser_health_ok 0\n"));
    assert_int_equal(ask("GET", "/readyz", ""), 200);
}

static void the_level_of_the_snapshot_decides(void **state)
{
    (void)state;
    snapshot_publish(unit_snapshot(HEALTH_OK, 3000));
    assert_int_equal(ask("GET", "/health", ""), 200);
    assert_true(says("\"status\":\"warning\"") && says("PURSER-OK"));
    assert_true(says("\r\nAge: 3\r\n") || says("\r\nAge: 4\r\n"));
    assert_int_equal(ask("GET", "/health/database", ""), 200);
    assert_true(says("\"status\":\"ok\""));
    snapshot_publish(unit_snapshot(HEALTH_CRITICAL, 0));
    assert_int_equal(ask("GET", "/health", ""), 503);
    assert_true(says("\"status\":\"critical\"") && says("PURSER-FAIL"));
    assert_int_equal(ask("GET", "/health/payments", ""), 200);
    assert_int_equal(ask("GET", "/health/database", ""), 503);
    snapshot_publish(unit_snapshot(HEALTH_OK, HEALTH_STALE_MS + 1000));
    assert_int_equal(ask("GET", "/health", ""), 503);
    assert_true(says("\"status\":\"stale\""));
    assert_int_equal(ask("GET", "/health/payments", ""), 503);
    assert_int_equal(ask("GET", "/livez", ""), 200);
}

static void every_answer_has_the_headers_that_it_should(void **state)
{
    static const char *const paths[] = {"/health",  "/health/detailed", "/health/database",
                                        "/metrics", "/health/payments", "/livez",
                                        "/readyz",  "/pingdom.xml",     "/nothing"};
    size_t i;

    (void)state;
    snapshot_publish(unit_snapshot(HEALTH_OK, 0));
    for (i = 0; i < UNIT_COUNT(paths); i++) {
        int status = ask("GET", paths[i], "");

        assert_int_equal(status, strcmp(paths[i], "/nothing") == 0 ? 404 : 200);
        assert_true(says("\r\nCache-Control: no-store\r\n"));
        assert_true(says("\r\nX-Content-Type-Options: nosniff\r\n"));
        assert_true(says("\r\nDate: ") && says(" GMT\r\n") && says("\r\nContent-Type: "));
        assert_false(says("\r\nServer:"));
        assert_int_equal(says("\r\nAccess-Control-Allow-Origin: *\r\n"),
                         strncmp(paths[i], "/health", 7) == 0);
    }
}

static void head_is_a_get_without_the_body(void **state)
{
    char length[64];
    const char *body;

    (void)state;
    snapshot_publish(unit_snapshot(HEALTH_OK, 0));
    assert_int_equal(ask("GET", "/health", ""), 200);
    body = strstr(got, "\r\n\r\n") + 4;
    snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(body));
    assert_int_equal(ask("HEAD", "/health", ""), 200);
    assert_true(says(length));
    assert_string_equal(strstr(got, "\r\n\r\n"), "\r\n\r\n");
}

static void other_methods_and_paths_are_told_so_in_json(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "X"};
    static const char *const paths[] = {"/",          "/health/",   "//health",  "/Health",
                                        "/health%20", "/health%00", "/livez%2f", "/../livez",
                                        "/dashboar",  "/%6civez",   "/\xff\xfe", "/v1"};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(methods); i++) {
        assert_int_equal(ask(methods[i], "/health", ""), 405);
        assert_true(says("\r\nAllow: GET, HEAD, OPTIONS\r\n") && says("{\"error\":"));
    }
    for (i = 0; i < UNIT_COUNT(paths); i++) {
        assert_int_equal(ask("GET", paths[i], ""), 404);
        assert_true(says("{\"error\":\"not found\"}"));
    }
    assert_int_equal(ask("POST", "/nothing", ""), 404);
    assert_int_equal(ask("GET", "/livez?a=b&c", ""), 200);
}

static void a_token_is_wanted_for_details_alone(void **state)
{
    struct http_policy policy = policy_of("# old\n" TOKEN "-1\n\n" TOKEN "-2\r\n", "*");
    char basic[128], header[256];

    (void)state;
    snapshot_publish(unit_snapshot(HEALTH_OK, 0));
    listener_set_policy(listener, &policy);
    while (ask("GET", "/metrics", "") != 401)
        assert_true(says("200 OK"));
    assert_true(says("\r\nWWW-Authenticate: Bearer realm=") &&
                says("WWW-Authenticate: Basic realm="));
    assert_int_equal(ask("GET", "/health/detailed", ""), 401);
    assert_int_equal(ask("HEAD", "/health/detailed", ""), 401);
    assert_int_equal(ask("GET", "/health", ""), 200);
    assert_int_equal(ask("GET", "/health/payments", ""), 200);
    assert_int_equal(ask("GET", "/metrics", "Authorization: Bearer " TOKEN "-1\r\n"), 200);
    assert_int_equal(ask("GET", "/metrics", "Authorization: bearer " TOKEN "-2\r\n"), 200);
    assert_int_equal(ask("GET", "/metrics", "Authorization: Bearer " TOKEN "-3\r\n"), 401);
    assert_int_equal(ask("GET", "/metrics", "Authorization: Bearer " TOKEN "\r\n"), 401);
    crypto_base64("anybody:" TOKEN "-2", strlen("anybody:" TOKEN "-2"), basic);
    snprintf(header, sizeof(header), "Authorization: Basic %s\r\n", basic);
    assert_int_equal(ask("GET", "/metrics", header), 200);
    assert_int_equal(ask("OPTIONS", "/health/detailed", ""), 204);
    memset(&policy.auth, 0, sizeof(policy.auth)); /* the file cannot be read */
    listener_set_policy(listener, &policy);
    while (ask("GET", "/metrics", "Authorization: Bearer " TOKEN "-1\r\n") != 401)
        assert_true(says("200 OK"));
    assert_int_equal(ask("GET", "/health", ""), 200);
}

static void one_origin_is_let_in_and_no_other(void **state)
{
    struct http_policy policy = policy_of(NULL, "https://shop.example");

    (void)state;
    snapshot_publish(unit_snapshot(HEALTH_OK, 0));
    assert_int_equal(ask("OPTIONS", "/health",
                         "Origin: https://evil.example\r\n"
                         "Access-Control-Request-Method: GET\r\n"),
                     204);
    assert_true(says("\r\nAccess-Control-Allow-Origin: *\r\n") &&
                says("\r\nAccess-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"));
    listener_set_policy(listener, &policy);
    do
        assert_int_equal(ask("GET", "/health", "Origin: https://evil.example\r\n"), 200);
    while (says("Allow-Origin: *"));
    assert_false(says("Access-Control-"));
    assert_true(says("\r\nVary: Accept, Origin\r\n"));
    assert_int_equal(ask("GET", "/health", "Origin: https://shop.example\r\n"), 200);
    assert_true(says("\r\nAccess-Control-Allow-Origin: https://shop.example\r\n"));
    assert_int_equal(ask("GET", "/health", ""), 200);
    assert_false(says("Access-Control-"));
    assert_int_equal(ask("OPTIONS", "/metrics", "Origin: https://shop.example\r\n"), 204);
    assert_false(says("Access-Control-"));
}

static void who_asks_for_health_json_gets_it(void **state)
{
    (void)state;
    snapshot_publish(unit_snapshot(HEALTH_OK, 0));
    assert_int_equal(ask("GET", "/health", "Accept: application/health+json\r\n"), 200);
    assert_true(says("\r\nContent-Type: application/health+json\r\n") &&
                says("\"status\":\"warn\"") && says("PURSER-OK") && says("\r\nVary: Accept\r\n"));
    assert_int_equal(ask("GET", "/health/payments", "Accept: application/health+json\r\n"), 200);
    assert_true(says("\"payments:payment_gateways\":[{") && says("\"output\":\"no DNS\""));
    assert_int_equal(ask("GET", "/health", "Accept: */*\r\n"), 200);
    assert_true(says("\r\nContent-Type: application/json\r\n"));
}

static void ready_is_what_may_take_writes_unless_told_otherwise(void **state)
{
    struct http_policy policy = policy_of(NULL, "*");
    struct snapshot *snapshot = unit_snapshot(HEALTH_OK, 0);

    (void)state;
    status_set_worker(WORKER_REPLICA);
    assert_int_equal(ask("GET", "/readyz", ""), 503);
    assert_true(says("{\"status\":\"NOT READY\",\"worker\":\"replica\"}"));
    policy.ready_on_replica = true;
    listener_set_policy(listener, &policy);
    while (ask("GET", "/readyz", "") != 200)
        assert_true(says("503 "));
    status_set_worker(WORKER_NO_CONNECTION);
    assert_int_equal(ask("GET", "/readyz", ""), 503);
    status_set_worker(WORKER_READY);
    policy.ready_on_replica = false;
    listener_set_policy(listener, &policy);
    snapshot->must_not_write = true;
    snapshot_publish(snapshot);
    while (ask("GET", "/readyz", "") != 503)
        assert_true(says("200 "));
}

static void it_listens_on_ipv6_too(void **state)
{
    static const char request[] = "GET /livez HTTP/1.0\r\n\r\n";
    struct sockaddr_in6 where = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct http_policy policy = policy_of(NULL, "*");
    struct listener *six = listener_open("::1", port, NULL, &policy, NULL);
    int fd;

    (void)state;
    if (!six) {
        skip(); /* a machine without it */
        return;
    }
    where.sin6_port = htons((uint16_t)port);
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    assert_true(push(fd, request, sizeof(request) - 1) && pull_until(fd, NULL));
    assert_true(says("HTTP/1.1 200 OK") || says("HTTP/1.0 200 OK"));
    close(fd);
    listener_close(six, clock_ms() + LONG_MS);
}

static atomic_bool over;

/* It gets no further than the handshake: to be served over TLS is tried with a real client. */
static void *come_and_go(void *unused)
{
    static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

    (void)unused;
    while (!atomic_load(&over)) {
        int fd = dial();

        push(fd, hello, sizeof(hello) - 1);
        stop_sleep_ms(20);
        close(fd);
    }
    return NULL;
}

static void policies_and_certificates_change_while_connections_come_and_go(void **state)
{
    const struct http_pem first = {PEM_FIRST_CERT, PEM_FIRST_KEY};
    const struct http_pem second = {PEM_SECOND_CERT, PEM_SECOND_KEY};
    const struct http_pem bad = {PEM_FIRST_CERT, PEM_SECOND_KEY};
    struct http_policy open = policy_of(NULL, "*"), closed = policy_of(TOKEN "\n", "");
    struct error err = {0};
    pthread_t clients[3];
    int i;

    stop(state);
    port = free_port();
    listener = listener_open("127.0.0.1", port, &first, &open, &err);
    assert_non_null(listener);
    for (i = 0; i < 3; i++)
        pthread_create(&clients[i], NULL, come_and_go, NULL);
    for (i = 0; i < 60; i++) {
        listener_set_policy(listener, i % 2 ? &open : &closed);
        assert_int_equal(listener_set_certificate(listener, i % 2 ? &first : &second, &err), 0);
        assert_int_equal(listener_set_certificate(listener, &bad, &err), -1);
        stop_sleep_ms(i % 10);
    }
    atomic_store(&over, true);
    for (i = 0; i < 3; i++)
        pthread_join(clients[i], NULL);
    assert_non_null(strstr(err.text, "not a pair"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(before_the_first_snapshot_it_is_starting),
        HTTP_TEST(the_level_of_the_snapshot_decides),
        HTTP_TEST(every_answer_has_the_headers_that_it_should),
        HTTP_TEST(head_is_a_get_without_the_body),
        HTTP_TEST(other_methods_and_paths_are_told_so_in_json),
        HTTP_TEST(a_token_is_wanted_for_details_alone),
        HTTP_TEST(one_origin_is_let_in_and_no_other),
        HTTP_TEST(who_asks_for_health_json_gets_it),
        HTTP_TEST(ready_is_what_may_take_writes_unless_told_otherwise),
        HTTP_TEST(it_listens_on_ipv6_too),
        HTTP_TEST(policies_and_certificates_change_while_connections_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
