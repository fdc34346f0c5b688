/* What clients cannot do to the HTTP listener. */
#include "unit_http.h"
#include "../../plugin/http/socket.h"
#include "../../plugin/peers/door.h"

#include <sys/resource.h>
#include <time.h>

static void what_is_no_http_is_refused_or_cut(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } sent[] = {
#define SENT(text) {text, sizeof(text) - 1}
        SENT("GET /livez\r\n\r\n"),
        SENT("GET /livez HTTP/0.9\r\n\r\n"),
        SENT("GET /livez HTTP/9.9\r\nHost: x\r\n\r\n"),
        SENT("GET\r\n\r\n"),
        SENT("\r\n\r\n\r\n\r\n"),
        SENT(" \t GET /livez HTTP/1.1\r\n\r\n"),
        SENT("GET /health\0/detailed HTTP/1.1\r\nHost: x\r\n\r\n"),
        SENT("GET /livez HTTP/1.1\r\nHost\r\n\r\n"),
        SENT("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        SENT("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
        SENT("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: "
             "6\r\n\r\n12345"),
        SENT("GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        SENT("GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
        SENT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        SENT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        SENT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        SENT("GET /livez HTTP/1.1\nHost: x\nX: \xff\xfe\x80\xc0\n\n"),
        SENT("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        SENT("GET http://elsewhere.example/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        SENT("CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n"),
        SENT("GET /livez HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    };
    size_t i;

    (void)state;
    snapshot_publish(unit_snapshot(HEALTH_OK, 0));
    for (i = 0; i < UNIT_COUNT(sent); i++) {
        ask_raw(sent[i].bytes, sent[i].len);
        assert_false(says("payment_gateways"));
        assert_true(works());
    }
}

/* What is sent with a request that is behind it must have no answer, nor what it says be in one.
   @return the status */
static int refused(const char *bytes, size_t len)
{
    static const char next[] = "GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n";
    const char *end;
    int fd = dial();

    push(fd, bytes, len);
    push(fd, next, sizeof(next) - 1);
    assert_true(pull_until(fd, NULL)); /* the other side has closed */
    close(fd);
    assert_false(says("canary"));
    end = strstr(got, "\r\n\r\n");
    assert_non_null(end);
    /* libmicrohttpd 0.9.75 sends the head twice where a Content-Length is no number */
    if (strncmp(end + 4, got, (size_t)(end + 4 - got)) == 0)
        memmove(got, end + 4, strlen(end + 4) + 1);
    end = strstr(got, "\r\n\r\n");
    assert_non_null(end);
    assert_null(strstr(end + 4, "\r\n")); /* there is no second answer */
    assert_true(strncmp(got, "HTTP/1.1 ", 9) == 0);
    assert_true(says("\r\nConnection: close\r\n"));
    return (int)strtol(got + 8, NULL, 10);
}

/* Two texts, with so many letters between them that there are len bytes. @return to be freed */
static char *filled(const char *begin, const char *end, size_t len)
{
    char *made = malloc(len + 1);

    assert_non_null(made);
    memset(made, 'a', len);
    memcpy(made, begin, strlen(begin));
    memcpy(made + len - strlen(end), end, strlen(end) + 1);
    return made;
}

/* No line but the status, Connection and Content-Length; and a page that is always the same, or
   none (to a HEAD). */
static void assert_only_a_status(void)
{
    const char *end = strstr(got, "\r\n\r\n"), *line = strstr(got, "\r\n");
    int lines = 0;

    assert_non_null(end);
    for (; line && line < end; line = strstr(line + 2, "\r\n"), lines++)
        assert_true(strncmp(line + 2, "Connection: ", 12) == 0 ||
                    strncmp(line + 2, "Content-Length: ", 16) == 0);
    assert_int_equal(lines, 2);
    assert_true(!end[4] || strncmp(end + 4, "<html><head><title>", 19) == 0);
    assert_true(strlen(end + 4) < 400);
}

/* libmicrohttpd 1.0 lets less pass than 0.9, and then answers itself. */
static void what_the_library_lets_pass_is_refused_as_all_else(void **state)
{
    static const struct {
        const char *bytes;
        int status;
        const char *body;
    } sent[] = {
        {"GET /livez?canary HTTP/1.1\r\n\r\n", 400, "{\"error\":\"bad request\"}\n"},
        {"GET /livez HTTP/1.1\r\nHost: x\r\nHost: canary\r\n\r\n", 400, "bad request"},
        {"POST /canary HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345", 400, "bad request"},
        {"GET /livez canary HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad request"},
        {"GET /livez?a canary HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad request"},
        {"HEAD /livez HTTP/1.1\r\n\r\n", 400, "\r\n\r\n"},
    };
    const size_t max = LISTENER_HEAD_MAX;
    size_t i;
    int ours = 0;
    char *big, line[80];

    (void)state;
    for (i = 0; i < UNIT_COUNT(sent); i++) {
        assert_int_equal(refused(sent[i].bytes, strlen(sent[i].bytes)), sent[i].status);
        if (!says("\r\nContent-Type: application/json\r\n")) {
            assert_only_a_status();
            continue;
        }
        ours++;
        assert_non_null(strstr(got, sent[i].body));
        assert_true(says("\r\nContent-Type: application/json\r\n"));
        assert_true(says("\r\nCache-Control: no-store\r\n"));
        assert_true(says("\r\nX-Content-Type-Options: nosniff\r\n"));
        assert_true(says("\r\nDate: "));
    }
    assert_null(strstr(got, "bad request")); /* to a HEAD */
    assert_int_equal(ask_raw("GET /livez HTTP/1.0\r\n\r\n", 23), 200);
    big = filled("GET /livez HTTP/1.1\r\nHost: x\r\nX: ", "\r\nConnection: close\r\n\r\n", max);
    assert_int_equal(ask_raw(big, max), 200); /* that much may be */
    free(big);
    big = filled("GET /canary", " HTTP/1.1\r\nHost: x\r\n\r\n", max + 50);
    assert_int_equal(refused(big, max + 50), 414);
    assert_non_null(strstr(got, "{\"error\":\"the address is too long\"}\n"));
    free(big);
    big = filled("GET /livez HTTP/1.1\r\nHost: x\r\nX: canary", "\r\n\r\n", max + 1);
    assert_int_equal(refused(big, max + 1), 431);
    assert_non_null(strstr(got, "{\"error\":\"the headers are too long\"}\n"));
    free(big);
    assert_int_equal(ask("GET", "/metrics", ""), 200);
    snprintf(line, sizeof(line), "purser_http_answers_total{path=\"other\",code=\"400\"} %d\n",
             ours);
    assert_true(says(line));
    assert_true(says("purser_http_answers_total{path=\"other\",code=\"414\"} 1\n"));
    assert_true(says("purser_http_answers_total{path=\"other\",code=\"431\"} 1\n"));
}

static void what_the_library_refuses_has_a_status_and_ends_the_connection(void **state)
{
    static const struct {
        const char *bytes;
        int status;
    } sent[] = {
        {"GET /canary\r\n\r\n", 400},
        {"GET /canary HTTP/x\r\nHost: x\r\n\r\n", 400},
        {"GET /canary HTTP/0.9\r\nHost: x\r\n\r\n", 505},
        {"GET /canary HTTP/9.9\r\nHost: x\r\n\r\n", 505},
        {"GET /livez HTTP/1.1\r\nHost: x\r\ncanary\r\n\r\n", 400},
        {"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\n", 400},
        {"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
        {"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
    };
    size_t i;
    char *big;

    (void)state;
    snapshot_publish(unit_snapshot(HEALTH_OK, 0));
    for (i = 0; i < UNIT_COUNT(sent); i++) {
        assert_int_equal(refused(sent[i].bytes, strlen(sent[i].bytes)), sent[i].status);
        assert_only_a_status();
    }
    big = filled("GET /canary", "", 5 * LISTENER_HEAD_MAX);
    assert_int_equal(refused(big, 5 * LISTENER_HEAD_MAX), 414);
    assert_only_a_status();
    free(big);
    big = filled("GET /livez HTTP/1.1\r\nHost: x\r\nX: canary", "", 5 * LISTENER_HEAD_MAX);
    assert_int_equal(refused(big, 5 * LISTENER_HEAD_MAX), 431);
    assert_only_a_status();
    free(big);
    assert_true(works());
}

/* Who joins the two lines, as a proxy may, sees one request with a body. */
static void a_length_that_is_on_a_second_line_hides_no_request(void **state)
{
    static const char *const sent[] = {
        "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n 34\r\n\r\n"
        "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\t4\r\n\r\n"
        "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n 34\r\nX: y\r\n\r\n"
        "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(sent); i++) {
        assert_true(ask_raw(sent[i], strlen(sent[i])) > 0);
        assert_false(says("worker")); /* as /readyz does */
    }
}

static int dial_from(const char *address)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, address, &from.sin_addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
    assert_int_equal(connect_to_it(fd), 0);
    return fd;
}

static void messages_of_one_address_that_never_end_leave_room_for_the_peers(void **state)
{
    static const char head[] = "POST /peer/rates HTTP/1.1\r\nHost: x\r\nContent-Length: 88\r\n\r\n";
    static const uint8_t secret[16], life[PEER_ID] = "a life";
    static const char message[88] = "PURSPR\0\1"; /* that nobody has signed */
    struct rate_limiter *limiter = rate_limiter_create(1 << 20, secret, NULL);
    struct peer_keys keys = {{1}, {0}};
    int held[LISTENER_CONNECTIONS_OF_ONE], i, fd;

    (void)state;
    peer_inbox_open(&peers_inbox, limiter, &keys, life);
    for (i = 0; i < LISTENER_CONNECTIONS_OF_ONE; i++) {
        held[i] = dial();
        push(held[i], head, sizeof(head) - 1);
    }
    fd = dial_from("127.0.0.2");
    push(fd, head, sizeof(head) - 1);
    push(fd, message, sizeof(message));
    assert_true(pull_until(fd, "\r\n\r\n"));
    assert_non_null(strstr(got, "HTTP/1.1 401 "));
    close(fd);
    for (i = 0; i < LISTENER_CONNECTIONS_OF_ONE; i++)
        close(held[i]);
    peer_inbox_close(&peers_inbox);
    rate_limiter_destroy(limiter);
}

static void a_huge_head_is_refused(void **state)
{
    size_t len = 1 << 20;
    char *big = malloc(len + 64);

    (void)state;
    assert_non_null(big);
    memset(big, 'a', len + 64);
    memcpy(big, "GET /", 5); /* a path of 1 MiB */
    assert_in_range(ask_raw(big, len), 0, 499);
    assert_true(works());
    memcpy(big, "GET /livez HTTP/1.1\r\nHost: x\r\nX: ", 34); /* a header of 1 MiB */
    assert_in_range(ask_raw(big, len), 0, 499);
    assert_true(works());
    memcpy(big, "GET /livez HTTP/1.1\r\nHost: ", 27);
    memcpy(big + 27 + 5000, "\r\n\r\n", 4); /* a host of 5,000 letters is odd, and harmless */
    assert_in_range(ask_raw(big, 27 + 5004), 200, 499);
    assert_true(works());
    free(big);
}

static void a_body_is_not_read(void **state)
{
    static const char post[] =
        "POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const char chunk[] = "10\r\n0123456789abcdef\r\n";
    int fd = dial(), i;

    (void)state;
    assert_true(push(fd, post, sizeof(post) - 1));
    assert_true(pull_until(fd, "HTTP/1.1 405"));
    for (i = 0; i < 1000000 && push(fd, chunk, sizeof(chunk) - 1); i++)
        continue;
    assert_true(i < 1000000); /* it was closed */
    close(fd);
    assert_int_equal(ask("GET", "/livez", "Content-Length: 3\r\n"), 200);
    assert_true(says("\r\nConnection: close\r\n"));
    assert_int_equal(ask("POST", "/health", "Expect: 100-continue\r\nContent-Length: 9\r\n"), 405);
    assert_false(says("100 Continue"));
    assert_true(works());
}

static void range_and_conditions_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "/livez", "Range: bytes=0-1,5-,-9\r\nIf-None-Match: *\r\n"), 200);
    assert_true(says("{\"status\":\"OK\"}"));
    /* there is no body to wait for, so that 1.0 tells nobody to go on */
    if (ask("GET", "/livez", "Expect: 100-continue\r\n") != 200)
        assert_true(says("HTTP/1.1 100 ") && says("\r\n\r\nHTTP/1.1 200 OK\r\n"));
    assert_int_equal(ask("GET", "/livez", "Accept-Encoding: gzip\r\nTE: trailers\r\n"), 200);
}

static void requests_that_come_together_are_answered_in_turn(void **state)
{
    static const char one[] = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
                              "HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n"
                              "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char last[] = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    int fd = dial(), i, answers = 0;
    const char *at = got;

    (void)state;
    for (i = 0; i < 100; i++)
        assert_true(push(fd, one, sizeof(one) - 1));
    assert_true(push(fd, last, sizeof(last) - 1));
    assert_true(pull_until(fd, NULL));
    close(fd);
    while ((at = strstr(at, "HTTP/1.1 ")) != NULL) {
        assert_int_equal(strtol(at + 9, NULL, 10), answers % 3 == 2 ? 404 : 200);
        answers++;
        at += 9;
    }
    assert_int_equal(answers, 301);
}

static void many_connections_of_one_address_are_served_at_once(void **state)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    int fds[64], i, round;

    (void)state;
    for (i = 0; i < 64; i++)
        fds[i] = dial();
    for (round = 0; round < 3; round++) {
        for (i = 0; i < 64; i++)
            assert_true(push(fds[i], request, sizeof(request) - 1));
        for (i = 0; i < 64; i++)
            assert_true(pull_until(fds[i], "{\"status\":\"OK\"}"));
    }
    for (i = 0; i < 64; i++)
        close(fds[i]);
}

/* Silent ones are closed, and so are those that send a byte now and then. */
static void slow_clients_are_cut_and_others_served_meanwhile(void **state)
{
    static const char head[] = "GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    int silent = dial(), half = dial(), slow[LISTENER_CONNECTIONS_OF_ONE - 20], n, i;
    int count = (int)UNIT_COUNT(slow);
    int64_t begin = clock_ms();

    (void)state;
    for (i = 0; i < count; i++) {
        slow[i] = dial();
        push(slow[i], head, sizeof(head) - 1);
    }
    push(half, "GET /li", 7);
    shutdown(half, SHUT_WR);
    for (n = count; n > 0 && clock_ms() - begin < LONG_MS; stop_sleep_ms(500))
        for (n = 0, i = 0; i < count; i++) {
            if (slow[i] >= 0 && !push(slow[i], "a", 1)) {
                close(slow[i]);
                slow[i] = -1;
            }
            n += slow[i] >= 0;
            if (i == 0)
                assert_true(works());
        }
    assert_int_equal(n, 0);
    assert_true(clock_ms() - begin >= LISTENER_REQUEST_MS - 1000);
    assert_true(pull_until(silent, NULL));
    assert_true(pull_until(half, NULL));
    close(silent);
    close(half);
    assert_int_equal(ask("GET", "/metrics", ""), 200);
    assert_false(says("purser_http_slow_connections_cut_total 0\n"));
}

static void more_connections_than_there_is_room_for_do_no_harm(void **state)
{
    int fds[2 * LISTENER_CONNECTIONS], i, n = (int)UNIT_COUNT(fds);

    (void)state;
    for (i = 0; i < n; i++)
        fds[i] = dial();
    for (i = 0; i < n; i++)
        close(fds[i]);
    for (i = 0; i < 3000 && ask("GET", "/livez", "") != 200; i++)
        stop_sleep_ms(100);
    assert_true(works());
}

/* Microseconds of CPU that this process has taken. */
static int64_t cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* No descriptor is free: the listener cannot accept, and must not try so without a pause. */
static void a_process_without_a_free_descriptor_does_not_spin(void **state)
{
    struct rlimit before, none;
    int fd = dial(), spare = dup(fd), client;
    int64_t begin;

    (void)state;
    assert_true(works());
    client = socket(AF_INET, SOCK_STREAM, 0);
    close(fd);
    close(spare);
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(connect_to_it(client), 0);
    begin = cpu_us();
    stop_sleep_ms(2000);
    begin = cpu_us() - begin;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    close(client);
    assert_true(works());
    assert_in_range(begin, 0, 500000); /* without a pause it is a second or more */
}

static void it_stops_in_the_middle_of_everything(void **state)
{
    static const char *const middles[] = {
        "",
        "GET",
        "GET /livez HTTP/1.1\r\nHost: x\r\nX: ",
        "GET /livez HTTP/1.1\r\n\r\n",
        "POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc",
        "GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET"};
    int fds[UNIT_COUNT(middles)];
    size_t i;
    int64_t begin;

    for (i = 0; i < UNIT_COUNT(middles); i++) {
        fds[i] = dial();
        push(fds[i], middles[i], strlen(middles[i]));
    }
    assert_true(works()); /* so all of them are in */
    begin = clock_ms();
    stop(state);
    assert_true(clock_ms() - begin < LONG_MS);
    for (i = 0; i < UNIT_COUNT(middles); i++) {
        assert_true(pull_until(fds[i], NULL));
        close(fds[i]);
    }
    assert_int_equal(start(state), 0); /* the port, or another one, can be had again */
}

static void an_address_or_a_port_that_cannot_be_had_is_an_error(void **state)
{
    struct http_policy policy = policy_of(NULL, "*");
    struct http_pem pem = {"no certificate", "no key"};
    struct error err = {0};

    (void)state;
    assert_null(listener_open("localhost", port, NULL, &policy, &err));
    assert_non_null(strstr(err.text, "is not an address"));
    memset(&err, 0, sizeof(err));
    assert_null(listener_open("127.0.0.1", port, NULL, &policy, &err));
    assert_non_null(strstr(err.text, "is it taken?"));
    memset(&err, 0, sizeof(err));
    assert_null(listener_open("127.0.0.1", free_port(), &pem, &policy, &err));
    assert_non_null(strstr(err.text, "not a pair"));
    assert_true(address_is_loopback("127.5.5.5") && address_is_loopback("::1"));
    assert_false(address_is_loopback("0.0.0.0") || address_is_loopback("::"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(what_is_no_http_is_refused_or_cut),
        HTTP_TEST(what_the_library_lets_pass_is_refused_as_all_else),
        HTTP_TEST(what_the_library_refuses_has_a_status_and_ends_the_connection),
        HTTP_TEST(a_length_that_is_on_a_second_line_hides_no_request),
        HTTP_TEST(messages_of_one_address_that_never_end_leave_room_for_the_peers),
        HTTP_TEST(a_huge_head_is_refused),
        HTTP_TEST(a_body_is_not_read),
        HTTP_TEST(range_and_conditions_are_ignored),
        HTTP_TEST(requests_that_come_together_are_answered_in_turn),
        HTTP_TEST(many_connections_of_one_address_are_served_at_once),
        HTTP_TEST(slow_clients_are_cut_and_others_served_meanwhile),
        HTTP_TEST(more_connections_than_there_is_room_for_do_no_harm),
        HTTP_TEST(a_process_without_a_free_descriptor_does_not_spin),
        HTTP_TEST(it_stops_in_the_middle_of_everything),
        HTTP_TEST(an_address_or_a_port_that_cannot_be_had_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
