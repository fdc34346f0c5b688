#include "http_client.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "mail.h"
#include "stop.h"
#include "unit.h"
#include "unit_names.h"
#include "unit_socket.h"

#define LONG_MS 300000 /* for what must come */
#define SHORT_MS 300   /* for what must not */

/* ---- a server */

static int server_fd;
static const char *server_says = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static void *serve(void *unused)
{
    char heard[1024];
    int fd;

    (void)unused;
    while ((fd = accept(server_fd, NULL, NULL)) >= 0) {
        if (recv(fd, heard, sizeof(heard), 0) > 0)
            send(fd, server_says, strlen(server_says), MSG_NOSIGNAL);
        close(fd);
    }
    return NULL;
}

static void start_server(pthread_t *thread, char *url, size_t size)
{
    int port = 0;

    server_fd = listen_on("127.0.0.1", &port, 4);
    snprintf(url, size, "http://127.0.0.1:%d/", port);
    assert_int_equal(pthread_create(thread, NULL, serve, NULL), 0);
}

static void stop_server(pthread_t thread)
{
    shutdown(server_fd, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(server_fd);
}

static struct http_client *create_client(int64_t connect_ms, int tries)
{
    const struct http_config config = {.concurrency = 2,
                                       .connect_timeout_ms = connect_ms,
                                       .first_byte_timeout_ms = LONG_MS,
                                       .total_timeout_ms = LONG_MS,
                                       .max_response = 1024,
                                       .retry = {tries, 1, 1},
                                       .breaker_threshold = 100,
                                       .breaker_open_ms = 1000,
                                       .breaker_wait_ms = 1000};
    struct http_client *client = http_client_create(&config, NULL);

    assert_non_null(client);
    return client;
}

/* ---- tests */

/* Each of several servers is asked at its time, whoever of them has a name that is not found. */
static void a_name_server_that_is_silent_holds_up_nobody_else(void **state)
{
    struct http_client *client = create_client(SHORT_MS, 1);
    struct http_response response;
    pthread_t thread;
    char url[64], silent[] = "silent", other[] = "other";

    (void)state;
    names_stop();
    start_server(&thread, url, sizeof(url));
    assert_int_equal(
        http_client_post(client, "https://hangs.test/", "text/plain", "", 0, silent, NULL), 0);
    assert_int_equal(http_client_next(client, &response, NULL), 1);
    assert_ptr_equal(response.tag, silent);
    assert_true(response.unnamed);
    assert_string_equal(response.error.text, "time-out: no answer of a name server");
    http_response_free(&response);
    assert_int_equal(http_client_post(client, url, "text/plain", "", 0, other, NULL), 0);
    assert_int_equal(http_client_next(client, &response, NULL), 1);
    assert_ptr_equal(response.tag, other);
    assert_int_equal(response.status, 200);
    assert_false(response.unnamed);
    http_response_free(&response);
    http_client_destroy(client);
    stop_server(thread);
    names_go_on();
}

static void an_address_that_swallows_all_is_no_silent_name_server(void **state)
{
    struct http_client *client = create_client(SHORT_MS, 1);
    struct http_response response;
    int port = 0, silent = listen_on("127.0.0.1", &port, 0), crowd[CROWD];
    char url[64];

    (void)state;
    crowd_before(port, crowd);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
    assert_int_equal(http_client_add(client, url, NULL, NULL), 0);
    assert_int_equal(http_client_next(client, &response, NULL), 1);
    assert_string_equal(response.error.text, "time-out: no connection");
    assert_false(response.unnamed);
    http_response_free(&response);
    http_client_destroy(client);
    crowd_goes(crowd);
    close(silent);
}

static void a_client_is_gone_at_once_while_a_name_is_looked_up(void **state)
{
    struct http_client *client = create_client(LONG_MS, 1);
    struct http_response response;

    (void)state;
    names_stop();
    assert_int_equal(http_client_add(client, "https://hangs.test/", NULL, NULL), 0);
    assert_int_equal(http_client_next_until(client, &response, clock_ms() + SHORT_MS, NULL), 2);
    http_client_destroy(client);
    names_go_on();
}

static void a_mail_ends_in_time_while_a_name_is_looked_up(void **state)
{
    const struct mail_server server = {.url = "smtps://hangs.test",
                                       .connect_timeout_ms = SHORT_MS,
                                       .answer_timeout_ms = LONG_MS,
                                       .total_timeout_ms = LONG_MS};
    const struct mail_recipients to = {.address = {"a@example.com"}, .count = 1};
    const struct mail mail = {
        .from = "b@example.com", .to = &to, .id = "1", .subject = "s", .text = "t", .text_len = 1};
    struct error err = {0};

    (void)state;
    names_stop();
    assert_int_equal(mail_send(&server, &mail, &err), -1);
    assert_int_equal(err.code, ERROR_REMOTE);
    names_go_on();
}

/* Sent again it would be there twice. */
static void who_has_begun_to_answer_a_post_gets_it_once(void **state)
{
    static const struct {
        const char *says;
        int status, attempts;
    } answers[] = {
        {"HTTP/1.1 200 OK\r\nContent-Encoding: utf-8\r\nContent-Length: 2\r\n\r\nok", 200, 1},
        {"HTTP/1.1 201 OK\r\nContent-Length: 50\r\n\r\nok", 201, 1},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 200, 1},
        {"HTTP/1.1 400 No\r\nContent-Length: 50\r\n\r\nno", 400, 1},
        {"HTTP/1.1 503 No\r\nContent-Length: 50\r\n\r\nno", 503, 3},
        {"HTTP/1.1 100 Continue\r\n\r\n", 0, 3},
        {"", 0, 3},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(answers); i++) {
        struct http_client *client = create_client(LONG_MS, 3);
        struct http_response response;
        pthread_t thread;
        char url[64];

        server_says = answers[i].says;
        start_server(&thread, url, sizeof(url));
        assert_int_equal(http_client_post(client, url, "text/plain", "x", 1, NULL, NULL), 0);
        assert_int_equal(http_client_next(client, &response, NULL), 1);
        assert_int_equal(response.status, answers[i].status);
        assert_int_equal(response.attempts, answers[i].attempts);
        assert_int_not_equal(response.error.code, ERROR_NONE);
        http_response_free(&response);
        http_client_destroy(client);
        stop_server(thread);
    }
}

/* What is tried once keeps failing, too. */
static void who_gives_up_says_what_failed_last(void **state)
{
    const struct http_config config = {.base_url = "http://127.0.0.1:9",
                                       .concurrency = 1,
                                       .connect_timeout_ms = LONG_MS,
                                       .first_byte_timeout_ms = LONG_MS,
                                       .total_timeout_ms = LONG_MS,
                                       .max_response = 1024,
                                       .retry = {1, 1, 1},
                                       .breaker_threshold = 1,
                                       .breaker_open_ms = LONG_MS,
                                       .breaker_wait_ms = 1};
    struct http_client *client = http_client_create(&config, NULL);
    struct http_response response;
    struct error err = {0};
    char said[600];

    (void)state;
    assert_int_equal(http_client_add(client, "/a b", NULL, NULL), 0); /* no URL: it is final */
    assert_int_equal(http_client_add(client, "/", NULL, NULL), 0);
    assert_int_equal(http_client_next(client, &response, &err), 1);
    assert_int_not_equal(response.error.code, ERROR_NONE);
    snprintf(said, sizeof(said), "the gateway keeps failing; the last: %s", response.error.text);
    http_response_free(&response);
    assert_int_equal(http_client_next(client, &response, &err), -1);
    assert_string_equal(err.text, said);
    http_client_destroy(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_server_that_is_silent_holds_up_nobody_else),
        cmocka_unit_test(an_address_that_swallows_all_is_no_silent_name_server),
        cmocka_unit_test(a_client_is_gone_at_once_while_a_name_is_looked_up),
        cmocka_unit_test(who_has_begun_to_answer_a_post_gets_it_once),
        cmocka_unit_test(who_gives_up_says_what_failed_last),
        cmocka_unit_test(a_mail_ends_in_time_while_a_name_is_looked_up),
    };

    http_global_init();
    stop_reset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
