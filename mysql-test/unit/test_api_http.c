/*
  test_api_http.c - the client API's way through the listener, over real sockets: what is answered
  without an api thread, what waits for one, and what becomes of it. To be run with ThreadSanitizer.
*/
#include <pthread.h>
#include <stdatomic.h>

#include "../../plugin/api/exchange.h"
#include "unit_http.h"

#define SERVERS 3

#define KEY "X-Purser-Key: pk_abcdefghijklmnopqrstuvwx\r\n"
#define TIME "X-Purser-Timestamp: 1767225600\r\n"
#define NONCE "X-Purser-Nonce: abcdefghijklmnop\r\n"
#define SIGNATURE                                                                                  \
    "X-Purser-Signature: "                                                                         \
    "v1=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n"
#define SIGNED KEY TIME NONCE SIGNATURE
#define JSON_TYPE "Content-Type: application/json\r\n"

/* ---- what stands in the place of the pool */

static pthread_t servers[SERVERS];
static int seats[SERVERS] = {0, 1, 2};
static atomic_bool holds; /* they have the exchanges, and do not answer */
static atomic_int held, served;

static void *server(void *seat)
{
    while (!stop_requested()) {
        struct api_exchange *x = api_queue_take(*(int *)seat, 100);

        if (!x)
            continue;
        atomic_fetch_add(&held, 1);
        while (atomic_load(&holds) && !stop_requested())
            usleep(1000);
        if (api_exchange_begin(x)) {
            x->answer.status = 200;
            x->answer.type = API_JSON;
            buf_printf(&x->answer.body,
                       "{\"method\":\"%s\",\"target\":\"%s\",\"body\":%zu,\"last\":%d}\n",
                       x->method, x->target, x->body.len,
                       x->body.len ? (unsigned char)x->body.data[x->body.len - 1] : -1);
            api_answer_header(&x->answer, "X-RateLimit-Limit", "%d", 600);
            atomic_fetch_add(&served, 1);
        }
        api_exchange_finish(x);
        atomic_fetch_sub(&held, 1);
    }
    return NULL;
}

static int start_api(void **state)
{
    struct http_policy policy = policy_of(NULL, "*");
    int i;

    (void)state;
    stop_reset();
    status_set_worker(WORKER_READY);
    atomic_store(&holds, false);
    api_queue_reset(SERVERS);
    policy.api = true;
    for (i = 0; i < 20 && !listener; i++) {
        port = free_port();
        listener = listener_open("127.0.0.1", port, NULL, &policy, NULL);
    }
    for (i = 0; i < SERVERS; i++)
        pthread_create(&servers[i], NULL, server, &seats[i]);
    return listener ? 0 : -1;
}

static int stop_api(void **state)
{
    int i;

    (void)state;
    stop_request();
    api_queue_stop();
    for (i = 0; i < SERVERS; i++)
        pthread_join(servers[i], NULL);
    listener_close(listener, clock_ms() + LONG_MS);
    listener = NULL;
    return 0;
}

#define API_TEST(name) cmocka_unit_test_setup_teardown(name, start_api, stop_api)

/* ---- helpers */

static int dial_and_send(const char *request)
{
    int fd = dial();

    assert_true(push(fd, request, strlen(request)));
    return fd;
}

/* As ask and ask_raw, but for the end: a client that closes its side is one that has gone away. */
static int await_raw(const char *request, size_t len)
{
    int fd = dial();

    push(fd, request, len);
    pull_until(fd, NULL);
    close(fd);
    return strncmp(got, "HTTP/1.", 7) == 0 ? (int)strtol(got + 8, NULL, 10) : 0;
}

static int await(const char *method, const char *path, const char *headers)
{
    char request[4096];
    int len =
        snprintf(request, sizeof(request),
                 "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", method, path, headers);

    return await_raw(request, (size_t)len);
}

/* How many answers there are in what was got. */
static int answers(void)
{
    const char *at = got;
    int n = 0;

    while ((at = strstr(at, "HTTP/1.1 ")) != NULL) {
        at++;
        n++;
    }
    return n;
}

static int post(const char *path, size_t len, const char *headers, char fill)
{
    static char request[4 << 20];
    int head = snprintf(request, sizeof(request),
                        "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" JSON_TYPE
                        "Content-Length: %zu\r\n%s\r\n",
                        path, len, headers);

    memset(request + head, fill, len);
    return await_raw(request, (size_t)head + len);
}

static void until(atomic_int *what, int value)
{
    int64_t deadline = clock_ms() + LONG_MS;

    while (atomic_load(what) != value && clock_ms() < deadline)
        usleep(1000);
    assert_int_equal(atomic_load(what), value);
}

/* ---- tests */

static void what_the_head_tells_is_answered_at_once(void **state)
{
    (void)state;
    assert_int_equal(await("GET", "/v1/usage", ""), 401);
    assert_true(says("urn:purser:problem:missing-credentials") && says("\r\nX-Request-Id: "));
    assert_true(says("\r\nContent-Type: application/problem+json\r\n"));
    assert_true(says("\r\nWWW-Authenticate: ") && says("\r\nCache-Control: no-store\r\n"));
    assert_int_equal(await("GET", "/v1/usage", KEY TIME NONCE), 401);
    assert_int_equal(await("GET", "/v1/usage", SIGNED KEY), 401);
    assert_true(says("malformed-credentials"));
    assert_int_equal(await("GET", "/v1/nothing", SIGNED), 404);
    assert_int_equal(await("GET", "/v1", SIGNED), 404);
    assert_true(says("urn:purser:problem:not-found"));
    assert_int_equal(await("DELETE", "/v1/usage", SIGNED), 405);
    assert_true(says("\r\nAllow: GET, HEAD\r\n"));
    assert_int_equal(await("OPTIONS", "/v1/rate-limit/check", SIGNED), 405);
    assert_true(says("\r\nAllow: POST\r\n"));
    assert_int_equal(await("GET", "/v1/openapi.json", ""), 200);
    assert_true(says("\"openapi\": \"3.1.0\""));
    assert_int_equal(await("GET", "/v1/openapi.json?x", ""), 400);
    assert_int_equal(atomic_load(&served), 0);
    assert_int_equal(await("GET", "/v10", SIGNED), 404);
    assert_false(says("urn:"));
    assert_true(works());
}

static void a_request_comes_to_an_api_thread_as_it_was_sent(void **state)
{
    (void)state;
    assert_int_equal(await("GET", "/v1/usage?a=%41&b=+&&c", SIGNED), 200);
    assert_true(says("{\"method\":\"GET\",\"target\":\"/v1/usage?a=%41&b=+&&c\",\"body\":0"));
    assert_true(says("\r\nX-RateLimit-Limit: 600\r\n"));
    assert_int_equal(await("HEAD", "/v1/usage", SIGNED), 200);
    assert_string_equal(strstr(got, "\r\n\r\n"), "\r\n\r\n");
    assert_int_equal(post("/v1/rate-limit/check", 3, SIGNED, 'x'), 200);
    assert_true(says("\"body\":3,\"last\":120"));
    assert_int_equal(post("/v1/rate-limit/check", 0, SIGNED, 'x'), 200);
    assert_int_equal(post("/v1/rate-limit/check", API_BODY_MAX, SIGNED, 'y'), 200);
    assert_true(says("\"body\":65536,\"last\":121"));
    assert_int_equal(post("/v1/rate-limit/check", API_BODY_MAX + 1, SIGNED, 'y'), 413);
    assert_int_equal(post("/v1/rate-limit/check", 1 << 20, SIGNED, 'y'), 413);
    assert_int_equal(post("/v1/rate-limit/check", 1000, "", 'y'), 401);
    assert_int_equal(post("/v1/nothing", 1000, SIGNED, 'y'), 404);
}

static void requests_one_behind_the_other_get_answers_in_order(void **state)
{
    int fd = dial_and_send(
        "GET /v1/usage HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
        "POST /v1/rate-limit/check HTTP/1.1\r\nHost: x\r\n" JSON_TYPE SIGNED
        "Content-Length: 2\r\n\r\n{}GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /v1/package HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" SIGNED "\r\n");

    (void)state;
    assert_true(pull_until(fd, NULL));
    assert_int_equal(answers(), 5);
    assert_true(strstr(got, "/v1/usage") < strstr(got, "\"status\":\"OK\""));
    assert_true(strstr(got, "\"OK\"") < strstr(got, "\"method\":\"POST\""));
    assert_true(strstr(got, "\"POST\"") < strstr(got, "problem:not-found"));
    assert_true(strstr(got, "not-found") < strstr(got, "/v1/package"));
    close(fd);
}

static void chunks_are_put_together_and_bounded(void **state)
{
    static const char head[] = "POST /v1/rate-limit/check HTTP/1.1\r\nHost: x\r\n" JSON_TYPE SIGNED
                               "Transfer-Encoding: chunked\r\n\r\n";
    static char chunk[4096 + 16];
    int fd = dial_and_send(head), i;

    (void)state;
    assert_true(push(fd, "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", 20));
    assert_true(pull_until(fd, "\"body\":4,\"last\":100}"));
    close(fd);
    fd = dial_and_send(head);
    memcpy(chunk, "1000\r\n", 6);
    memset(chunk + 6, ' ', 4096);
    memcpy(chunk + 6 + 4096, "\r\n", 2);
    for (i = 0; i < 17; i++)
        push(fd, chunk, 6 + 4096 + 2);
    push(fd, "0\r\n\r\n", 5);
    assert_true(pull_until(fd, "body-too-large"));
    close(fd);
    fd = dial_and_send(head);
    for (i = 0; i < 20000; i++)
        if (!push(fd, chunk, 6 + 4096 + 2))
            break;
    assert_true(i < 20000);
    close(fd);
    assert_true(works());
}

static void two_ways_to_tell_where_a_body_ends_are_refused(void **state)
{
    static const char *const heads[] = {
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 12\r\n",
        "Content-Length: 2\r\nContent-Length: 12\r\n",
        "Content-Length: 12\r\nContent-Length: 12\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 12\r\n",
        "Content-Length\t: 2\r\n",
    };
    char request[1024];
    int before = atomic_load(&served);
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(heads); i++) {
        int fd;

        snprintf(request, sizeof(request),
                 "POST /v1/rate-limit/check HTTP/1.1\r\nHost: x\r\n" JSON_TYPE SIGNED
                 "%s\r\n2\r\n{}\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
                 heads[i]);
        fd = dial_and_send(request);
        assert_true(pull_until(fd, NULL)); /* it is closed */
        /* libmicrohttpd 1.0 refuses some of them itself */
        assert_true(says("malformed-request") ||
                    (says("HTTP/1.1 400 ") && says("\r\n\r\n<html><head><title>")));
        assert_true(says("\r\nConnection: close\r\n"));
        assert_int_equal(answers(), 1);
        close(fd);
    }
    assert_int_equal(atomic_load(&served), before);
    assert_true(works());
}

static void who_waits_to_be_told_to_send_is_told_or_answered(void **state)
{
    int fd = dial_and_send("POST /v1/rate-limit/check HTTP/1.1\r\nHost: x\r\n" JSON_TYPE SIGNED
                           "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");

    (void)state;
    assert_true(pull_until(fd, "100 Continue"));
    assert_true(push(fd, "{}", 2));
    assert_true(pull_until(fd, "\"body\":2"));
    close(fd);
    fd = dial_and_send("POST /v1/rate-limit/check HTTP/1.1\r\nHost: x\r\n" JSON_TYPE SIGNED
                       "Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
    assert_true(pull_until(fd, NULL));
    assert_true(says("413 ") && says("body-too-large"));
    close(fd);
    fd = dial_and_send("POST /v1/rate-limit/check HTTP/1.1\r\nHost: x\r\n" JSON_TYPE
                       "Content-Length: 999999999\r\n\r\n");
    assert_true(pull_until(fd, NULL));
    assert_true(says("401 "));
    close(fd);
}

static void where_nobody_answers_it_is_503_and_health_goes_on(void **state)
{
    int fds[SERVERS], i;

    (void)state;
    atomic_store(&holds, true);
    for (i = 0; i < SERVERS; i++)
        fds[i] = dial_and_send("GET /v1/usage HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\n");
    until(&held, SERVERS);
    assert_true(works());
    for (i = 0; i < SERVERS; i++) {
        assert_true(pull_until(fds[i], "problem:unavailable"));
        assert_true(says("\r\nRetry-After: ") && says("503 "));
    }
    assert_int_equal(await("GET", "/v1/usage", SIGNED), 503); /* all are held */
    assert_true(works());
    atomic_store(&holds, false);
    until(&held, 0);
    assert_int_equal(await("GET", "/v1/usage", SIGNED), 200);
    /* the connections go on */
    for (i = 0; i < SERVERS; i++) {
        push(fds[i], "GET /v1/package HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\n",
             strlen("GET /v1/package HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\n"));
        assert_true(pull_until(fds[i], "/v1/package"));
        close(fds[i]);
    }
}

static void who_goes_away_harms_nobody(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 200; i++) {
        int fd = dial_and_send("GET /v1/usage HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\n");

        if (i % 3 == 0)
            shutdown(fd, SHUT_RDWR);
        close(fd);
        if (i % 50 == 0)
            assert_true(works());
    }
    until(&held, 0);
    assert_int_equal(await("GET", "/v1/usage", SIGNED), 200);
}

static void who_waits_when_it_stops_is_told(void **state)
{
    int fds[40], i, told = 0;

    (void)state;
    atomic_store(&holds, true);
    for (i = 0; i < (int)UNIT_COUNT(fds); i++)
        fds[i] = dial_and_send("GET /v1/usage HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\n");
    until(&held, SERVERS);
    assert_true(works());
    listener_close(listener, clock_ms() + LONG_MS);
    listener = NULL;
    for (i = 0; i < (int)UNIT_COUNT(fds); i++) {
        told += pull_until(fds[i], "problem:unavailable"); /* or it was not read any more */
        close(fds[i]);
    }
    assert_true(told >= SERVERS);
}

/* libmicrohttpd ends the process where a daemon is stopped with a connection that is suspended. */
static void what_comes_behind_who_waits_is_not_waited_for_when_it_stops(void **state)
{
    int fds[40], i, j, told = 0;

    (void)state;
    atomic_store(&holds, true);
    for (i = 0; i < (int)UNIT_COUNT(fds); i++) {
        fds[i] = dial();
        for (j = 0; j < 8; j++)
            push(fds[i], "GET /v1/usage HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\n",
                 strlen("GET /v1/usage HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\n"));
    }
    until(&held, SERVERS);
    assert_true(works());
    listener_close(listener, clock_ms() + LONG_MS);
    listener = NULL;
    for (i = 0; i < (int)UNIT_COUNT(fds); i++) {
        told += pull_until(fds[i], "problem:unavailable");
        close(fds[i]);
    }
    assert_true(told >= SERVERS);
}

static void more_than_the_queue_holds_are_told_at_once(void **state)
{
    int fds[API_QUEUE_MAX + SERVERS + 10], n = (int)UNIT_COUNT(fds), i;
    int64_t began = clock_ms();

    (void)state;
    atomic_store(&holds, true);
    for (i = 0; i < n; i++)
        fds[i] = dial_and_send("GET /v1/usage HTTP/1.1\r\nHost: x\r\n" SIGNED "\r\n");
    for (i = n - 1; i >= 0; i--) {
        assert_true(pull_until(fds[i], "problem:unavailable"));
        close(fds[i]);
    }
    assert_true(clock_ms() - began < LONG_MS);
    atomic_store(&holds, false);
    until(&held, 0);
    assert_int_equal(await("GET", "/v1/usage", SIGNED), 200);
}

static void without_it_there_is_nothing_below_v1(void **state)
{
    (void)state;
    assert_int_equal(await("GET", "/v1/usage", SIGNED), 404);
    assert_false(says("urn:"));
    assert_int_equal(await("GET", "/v1/openapi.json", ""), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        API_TEST(what_the_head_tells_is_answered_at_once),
        API_TEST(a_request_comes_to_an_api_thread_as_it_was_sent),
        API_TEST(requests_one_behind_the_other_get_answers_in_order),
        API_TEST(chunks_are_put_together_and_bounded),
        API_TEST(two_ways_to_tell_where_a_body_ends_are_refused),
        API_TEST(who_waits_to_be_told_to_send_is_told_or_answered),
        API_TEST(where_nobody_answers_it_is_503_and_health_goes_on),
        API_TEST(who_goes_away_harms_nobody),
        API_TEST(who_waits_when_it_stops_is_told),
        API_TEST(what_comes_behind_who_waits_is_not_waited_for_when_it_stops),
        API_TEST(more_than_the_queue_holds_are_told_at_once),
        HTTP_TEST(without_it_there_is_nothing_below_v1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
