/* What becomes of a mail that a server refuses, by when it does. */
#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_client.h"
#include "mail.h"
#include "stop.h"
#include "unit_socket.h"

#define LONG_MS 300000

/* A server that takes one mail; of its answers one may be another. */
struct server {
    pthread_t thread;
    int fd;
    const char *greeting, *hello, *from, *recipient, *data, *end;
};

static void say(int fd, const char *answer)
{
    send(fd, answer, strlen(answer), MSG_NOSIGNAL);
    send(fd, "\r\n", 2, MSG_NOSIGNAL);
}

static const char *answer_to(const struct server *s, const char *line, bool *is_text)
{
    if (*is_text) {
        *is_text = strcmp(line, ".\r\n") != 0;
        return *is_text ? NULL : s->end;
    }
    if (strncmp(line, "EHLO", 4) == 0 || strncmp(line, "HELO", 4) == 0)
        return s->hello;
    if (strncmp(line, "MAIL", 4) == 0)
        return s->from;
    if (strncmp(line, "RCPT", 4) == 0)
        return s->recipient;
    if (strncmp(line, "DATA", 4) != 0)
        return "221 bye";
    *is_text = strncmp(s->data, "354", 3) == 0;
    return s->data;
}

static void *serve(void *context)
{
    const struct server *s = context;
    int fd = accept(s->fd, NULL, NULL);
    FILE *in = fdopen(fd, "r");
    bool is_text = false;
    char line[1024];

    say(fd, s->greeting);
    while (fgets(line, sizeof(line), in)) {
        const char *answer = answer_to(s, line, &is_text);

        if (answer)
            say(fd, answer);
    }
    fclose(in);
    return NULL;
}

static enum error_code send_to(struct server *s)
{
    int port = 0;
    char url[64];
    const struct mail_server server = {.url = url,
                                       .connect_timeout_ms = LONG_MS,
                                       .answer_timeout_ms = LONG_MS,
                                       .total_timeout_ms = LONG_MS};
    const struct mail_recipients to = {.address = {"a@example.com"}, .count = 1};
    const struct mail mail = {
        .from = "b@example.com", .to = &to, .id = "1", .subject = "s", .text = "t", .text_len = 1};
    struct error err = {0};

    s->fd = listen_on("127.0.0.1", &port, 4);
    snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    mail_send(&server, &mail, &err);
    pthread_join(s->thread, NULL);
    close(s->fd);
    return err.code;
}

static struct server good(void)
{
    return (struct server){.greeting = "220 x",
                           .hello = "250 x",
                           .from = "250 x",
                           .recipient = "250 x",
                           .data = "354 x",
                           .end = "250 x"};
}

static void what_is_refused_for_good_is_the_message(void **state)
{
    struct server s = good();

    (void)state;
    assert_int_equal(send_to(&s), ERROR_NONE);
    s.end = "554 no such text";
    assert_int_equal(send_to(&s), ERROR_REFUSED);
    s.data = "554 no recipient";
    assert_int_equal(send_to(&s), ERROR_REFUSED);
    s.recipient = "550 unknown";
    assert_int_equal(send_to(&s), ERROR_REFUSED);
    s.from = "552 too large";
    assert_int_equal(send_to(&s), ERROR_REFUSED);
    s.from = "451 later";
    assert_int_equal(send_to(&s), ERROR_REMOTE);
}

/* The server is being mended, or its list has this machine's address: that passes. */
static void who_is_not_let_in_comes_again(void **state)
{
    struct server s = good();

    (void)state;
    s.hello = "550 not you";
    assert_int_equal(send_to(&s), ERROR_REMOTE);
    s.greeting = "554 no service here";
    assert_int_equal(send_to(&s), ERROR_REMOTE);
    s.greeting = "421 later";
    assert_int_equal(send_to(&s), ERROR_REMOTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused_for_good_is_the_message),
        cmocka_unit_test(who_is_not_let_in_comes_again),
    };

    http_global_init();
    stop_reset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
