/*
  alloc_network.c - requests, deliveries and the outbox as they are, while memory runs out. Who is
  asked is a thread of this program's own with a socket on the loopback address; it allocates
  nothing. The rows are those of unit_db.h.
*/
#define UNIT_DB_LOST_EVERY 1000000000

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../plugin/alert/deliver.h"
#include "../../plugin/alert/emergency.h"
#include "../../plugin/alert/outbox.h"
#include "../../plugin/alert/post.h"
#include "../../plugin/health/beats.h"
#include "../../plugin/http_client.h"
#include "../../plugin/settings.h"
#include "../../plugin/status.h"
#include "alloc_scenarios.h"
#include "unit_db.h"
#include "unit_socket.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 200\r\nConnection: close\r\n\r\n"
#define LETTERS 200

/* ---- who is asked */

static int port;

/* The head of a request, and the body that it tells of. @return was it whole? */
static bool read_request(int fd)
{
    static char text[16384];
    size_t len = 0, body;
    ssize_t n;
    char *end, *length;

    while (len < sizeof(text) - 1 && (n = recv(fd, text + len, sizeof(text) - 1 - len, 0)) > 0) {
        len += (size_t)n;
        text[len] = '\0';
        end = strstr(text, "\r\n\r\n");
        length = strcasestr(text, "\r\nContent-Length:");
        body = end && length && length < end ? strtoul(length + 17, NULL, 10) : 0;
        if (end && len >= (size_t)(end + 4 - text) + body)
            return true;
    }
    return false;
}

static void *other_side(void *listening)
{
    static char letters[LETTERS];
    int fd;

    memset(letters, 'x', sizeof(letters));
    while ((fd = accept4(*(int *)listening, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        if (read_request(fd) && send(fd, ANSWER, strlen(ANSWER), MSG_NOSIGNAL) > 0)
            send(fd, letters, sizeof(letters), MSG_NOSIGNAL);
        close(fd);
    }
    return NULL;
}

static void begin_other_side(void)
{
    static int listening;
    pthread_t thread;

    if (port)
        return;
    listening = listen_on("127.0.0.1", &port, 16);
    if (pthread_create(&thread, NULL, other_side, &listening) != 0)
        abort();
    pthread_detach(thread);
}

/* ---- requests */

static int judge_response(const struct http_response *response, struct error *err)
{
    if (response->error.code != ERROR_NONE) {
        error_set(err, response->error.code, "%s", response->error.text);
        return -1;
    }
    return response->status == 200 && response->body && response->len == LETTERS &&
                   strlen(response->body) == LETTERS
               ? 0
               : alloc_wrong(err, "an answer is cut");
}

static int requests(struct error *err)
{
    static const char *const headers[] = {"X-One: 1", "X-Two: 2", NULL};
    struct http_config config = {.headers = headers,
                                 .concurrency = 2,
                                 .connect_timeout_ms = 60000,
                                 .first_byte_timeout_ms = 60000,
                                 .total_timeout_ms = 60000,
                                 .max_response = 1000,
                                 .retry = {1, 0, 0},
                                 .breaker_threshold = 9,
                                 .breaker_open_ms = 1000,
                                 .breaker_wait_ms = 1000};
    struct http_response response;
    struct http_client *client;
    char url[64];
    int rc, one, answers = 0;

    begin_other_side();
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/below", port);
    config.base_url = url;
    client = http_client_create(&config, err);
    if (!client)
        return -1;
    rc = http_client_add(client, "/a", &rc, err);
    if (rc == 0)
        rc = http_client_post(client, "/b", "text/plain", "body", 4, &rc, err);
    while ((one = http_client_next(client, &response, err)) == 1) {
        answers++;
        one = judge_response(&response, err);
        rc = rc == -2 ? rc : one ? one : rc;
        http_response_free(&response);
    }
    if (one != 0 || (rc == 0 && answers != 2))
        rc = alloc_wrong(err, "not an answer to each");
    http_client_destroy(client);
    return rc;
}

/* ---- a message is delivered */

static const char *secrets_file(void)
{
    static char path[] = "/tmp/purser_alloc_XXXXXX";
    static const char text[] = "{\"webhooks\":{\"hook\":\"a secret\"}}";
    static bool made;
    int fd;

    if (made)
        return path;
    fd = mkstemp(path);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) != 0)
        abort();
    made = true;
    return path;
}

static void remove_secrets(void)
{
    unlink(secrets_file());
}

/* It is stopped as soon as the message is done. */
static void *end_life_after_delivery(void *done)
{
    struct parcel **parcel = done;

    while (!(*parcel = post_finished()))
        post_wait(100);
    stop_request();
    post_wake();
    return NULL;
}

static struct parcel *message(void)
{
    struct parcel *parcel = parcel_create();

    if (!parcel)
        return NULL;
    parcel->row = 7;
    snprintf(parcel->id, sizeof(parcel->id), "0123456789abcdef0123456789abcdef");
    snprintf(parcel->kind, sizeof(parcel->kind), "usage");
    parcel->channel = (struct alert_channel){.name = "hook", .enabled = true};
    snprintf(parcel->channel.target, sizeof(parcel->channel.target), "http://127.0.0.1:%d/x", port);
    parcel->created_at = clock_utc_us();
    parcel->subject = strdup("subject");
    parcel->text = strdup("text");
    parcel->payload = strdup("{\"a\":1}");
    if (parcel->subject && parcel->text && parcel->payload)
        return parcel;
    parcel_destroy(parcel);
    return NULL;
}

static int delivered(struct error *err)
{
    static struct settings settings = {.time_zone = "Africa/Blantyre"};
    static enum beat seat = BEAT_MAIL_1;
    struct parcel *parcel, *done = NULL;
    pthread_t thread;
    int rc = 0;

    begin_other_side();
    if (!settings.secrets_file[0]) {
        snprintf(settings.secrets_file, sizeof(settings.secrets_file), "%s", secrets_file());
        atexit(remove_secrets);
    }
    settings_put(&settings);
    stop_reset();
    post_reset();
    emergency_reset();
    parcel = message();
    if (!parcel)
        return alloc_refused(err);
    if (!post_hand(parcel) || pthread_create(&thread, NULL, end_life_after_delivery, &done) != 0)
        abort();
    deliver_body(&seat);
    pthread_join(thread, NULL);
    stop_reset();
    if (done != parcel)
        rc = alloc_wrong(err, "another message");
    else if (done->outcome == POST_AGAIN && done->why.code == ERROR_MEMORY)
        rc = error_set(err, ERROR_MEMORY, "%s", done->why.text);
    else if (done->outcome != POST_SENT)
        rc = alloc_wrong(err, done->why.text[0] ? done->why.text : "it was not sent");
    post_drop(done);
    post_reset();
    return rc;
}

/* ---- the outbox: from its row to the line that it was sent */

static struct unit_db_row database[] = {
    {"SELECT 1 FROM purser.alert_channels", {"1"}},
    {"@@hostname", {"db1:3306"}},
    {"SELECT owner FROM purser.leases", {"db1:3306"}},
    {"FROM purser.alert_rules",
     {"all", "*", "warning", "240", "0", "3600", "1", "hook", "webhook", "https://hook.example/x",
      "json", "1"}},
    {"FROM purser.alert_channels c WHERE c.enabled AND EXISTS",
     {"hook", "webhook", "https://hook.example/x", "json", "1", "1", "0"}},
    {"FROM purser.outbox WHERE state",
     {"7", "usage", "key", NULL, "subject", "text", "<p>", "{}", "0", "1751709600000000"}},
};

static bool was_written_down;

/* The life ends with what was to be seen, or with what is said in the log. */
static void look_at_statement(const char *statement)
{
    if (!strstr(statement, "UPDATE purser.outbox SET state = 'sent'"))
        return;
    was_written_down = true;
    stop_request();
}

/* Who sends, without a network: deliver.c is tried above. */
static void *sender(void *unused)
{
    struct parcel *parcel;

    while (!stop_requested()) {
        parcel = post_take(post_wakes(), 100);
        if (!parcel)
            continue;
        parcel->outcome = POST_SENT;
        post_done(parcel);
    }
    return unused;
}

static int outbox(struct error *err)
{
    unsigned long logged = atomic_load(&unit_db_logged);
    static struct db db;
    pthread_t thread;

    unit_db_rows = database;
    unit_db_row_count = (int)(sizeof(database) / sizeof(database[0]));
    db.is_lost = was_written_down = false;
    stop_reset();
    post_reset();
    emergency_reset();
    outbox_reset();
    alloc_fail_pause();
    outbox_look(&db);
    alloc_fail_resume();
    status_set_worker(WORKER_READY);
    unit_db_on_statement = look_at_statement;
    unit_db_on_log = stop_request;
    if (pthread_create(&thread, NULL, sender, NULL) != 0)
        abort();
    outbox_body(NULL);
    stop_request();
    pthread_join(thread, NULL);
    unit_db_on_statement = NULL;
    unit_db_on_log = NULL;
    post_reset();
    emergency_reset();
    stop_reset();
    if (was_written_down)
        return 0;
    return atomic_load(&unit_db_logged) > logged ? alloc_refused(err)
                                                 : alloc_wrong(err, "nothing was sent or said");
}

const struct alloc_scenario alloc_network[] = {
    {"requests over a socket", requests, NULL, NULL},
    {"a message is delivered", delivered, "libcrypto does without some of what it keeps", NULL},
    {"the outbox sends a message", outbox, NULL, NULL},
    {NULL, NULL, NULL, NULL}};
