/*
  test_threads.c - the threads of health, HTTP, alerts and the client API as they are, all at once
  and several lives long, without a server (unit_db.h); to be run with ThreadSanitizer. What they
  find is looked at by many others meanwhile: HTTP clients, sessions, SHOW STATUS and SET GLOBAL.
*/
#include <pthread.h>

#include "../../plugin/alert/outbox.h"
#include "../../plugin/alert/threads.h"
#include "../../plugin/api/pool.h"
#include "../../plugin/health/beats.h"
#include "../../plugin/health/certificates.h"
#include "../../plugin/health/health.h"
#include "../../plugin/health/recorder.h"
#include "../../plugin/http/keep.h"
#include "../../plugin/queue.h"
#include "../../plugin/settings.h"
#include "../../udf/api_signature.h"
#include "unit_db.h"
#include "unit_http.h"

#define LIVES 2
#define CLIENTS 3
#define SESSIONS 2
#define API_CLIENTS 2
#define KEY "pk_abcdefghijklmnopqrstuvwx"
#define SEED "0123456789abcdef0123456789abcdef"

static char hook[64]; /* the listener itself, which takes no POST: each message is a dead letter */

static struct unit_db_row database[] = {
    {"FROM purser.health_checks",
     {"database", "database", "database", NULL, "1000", NULL, "above", NULL, "ms", "1", "5", "1",
      "1"}},
    {"FROM purser.health_checks",
     {"lock_waits", "server", "lock_waits", NULL, "10", NULL, "above", NULL, "rows", "1", "5", "3",
      "2"}},
    {"FROM purser.health_checks",
     {"threads", "purser", "threads", NULL, "60", "300", "above", NULL, "s", "1", "5", "3", "2"}},
    {"FROM purser.health_checks",
     {"certificates", "server", "certificates", NULL, "21", "3", "below", NULL, "days", "1", "5",
      "3", "2"}},
    {"FROM purser.health_checks",
     {"mine", "mine", NULL, "SELECT 5", "3", NULL, "above", NULL, "", "1", "5", "3", "2"}},
    {"purser.dashboard_json()", {"{\"alerts\":[],\"outbox\":{\"waiting\":1,\"dead\":0}}"}},
    {"@@hostname, 100", {"db1:3306"}},
    {"@@hostname, 60", {"db1"}},
    {"FROM purser.leases", {"db1"}},
    {"FROM purser.alert_rules",
     {"everything", "*", "warning", "240", NULL, NULL, "1", "hook", "webhook", hook, "json", "1"}},
    {"SELECT 1 FROM purser.alert_channels", {"1"}},
    {"SELECT c.name, c.kind", {"hook", "webhook", hook, "json", "1", "2", "0"}},
    {"SELECT id, kind, dedup_key",
     {"7", "usage", "key", NULL, "subject", "text", NULL, "{}", "0", "1751709600000000"}},
    {"SELECT 1", {"1"}},
    {"()", {"200", NULL, NULL, "{\"month\":null}", "1"}}, /* what db_format writes: api_call */
};

static struct settings settings;
static atomic_bool over;
static char secrets_file[] = "/tmp/purser_threads_XXXXXX";
static atomic_ulong answers, asked, looked, set, signed_answers;

static void write_settings(int turn)
{
    struct settings s = settings;

    s.ready_on_replica = turn % 2 == 0;
    snprintf(s.http_cors_origin, sizeof(s.http_cors_origin), "%s", turn % 3 == 0 ? "*" : "");
    settings_put(&s);
}

/* ---- who looks on */

static void *client(void *unused)
{
    static const char *const paths[] = {"/health",          "/metrics",   "/dashboard",
                                        "/health/detailed", "/readyz",    "/health/database",
                                        "/pingdom.xml",     "/something", "/livez"};
    char request[256], begin[16];
    unsigned i;

    (void)unused;
    for (i = 0; !atomic_load(&over); i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ssize_t n = 0;
        int len = snprintf(request, sizeof(request),
                           "GET %s HTTP/1.1\r\nHost: x\r\nOrigin: https://x\r\nConnection: close"
                           "\r\n\r\n",
                           paths[i % UNIT_COUNT(paths)]);

        if (connect_to_it(fd) == 0 && push(fd, request, (size_t)len))
            n = recv(fd, begin, sizeof(begin), MSG_WAITALL);
        if (n == (ssize_t)sizeof(begin) && memcmp(begin, "HTTP/1.1 ", 9) == 0)
            atomic_fetch_add(&answers, 1);
        close(fd);
        usleep(5000);
    }
    return NULL;
}

/* Signed, and some of them not in the end; who has an answer that he may not have fails the test.
 */
static void *api_client(void *number)
{
    struct api_signed r = {.key = KEY, .method = "GET", .target = "/v1/usage"};
    char request[1024], begin[16], nonce[40], at[24], hex[API_SIGNATURE_HEX];
    char secret[CLIENT_KEY_SECRET_SIZE];
    unsigned i;

    client_key_secret(SEED, KEY, strlen(KEY), secret, NULL);
    for (i = 0; !atomic_load(&over); i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), len;
        ssize_t n = 0;

        snprintf(nonce, sizeof(nonce), "nonce-of-%d-%u-%lld", *(int *)number, i,
                 (long long)clock_ns());
        snprintf(at, sizeof(at), "%lld", (long long)(clock_utc_us() / 1000000));
        r.nonce = nonce;
        r.timestamp = at;
        api_signature_make(&r, secret, hex);
        hex[0] = i % 7 == 0 ? 'x' : hex[0];
        len =
            snprintf(request, sizeof(request),
                     "GET /v1/usage HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Purser-Key: " KEY
                     "\r\nX-Purser-Timestamp: %s\r\nX-Purser-Nonce: %s\r\nX-Purser-Signature: "
                     "v1=%s\r\n\r\n",
                     at, nonce, hex);
        if (connect_to_it(fd) == 0 && push(fd, request, (size_t)len) && i % 11)
            n = recv(fd, begin, sizeof(begin), MSG_WAITALL);
        if (n == (ssize_t)sizeof(begin) && memcmp(begin, "HTTP/1.1 200", 12) == 0)
            atomic_fetch_add(&signed_answers, i % 7 ? 1 : 1000000);
        close(fd);
        usleep(3000);
    }
    return NULL;
}

static void write_secrets(void)
{
    static const char text[] = "{\"api\":{\"key_seed\":\"" SEED "\"}}";
    int fd = mkstemp(secrets_file);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void *session(void *unused)
{
    (void)unused;
    while (!atomic_load(&over)) {
        struct request *request = request_create();
        struct error err = {0};

        if (!request)
            break;
        request->kind = REQUEST_HEALTH;
        request->wait = true;
        if (request_submit(request, &err) == 0 && request_wait(request, &err) == 0)
            atomic_fetch_add(&asked, 1);
        request_release(request);
    }
    return NULL;
}

static void *onlooker(void *unused)
{
    struct beat_seen seen[BEATS_MAX];
    struct certificate certificates[CERTIFICATES_MAX];
    struct health_brief brief;
    char text[512];

    (void)unused;
    while (!atomic_load(&over)) {
        health_brief(&brief);
        beats_get(seen);
        certificates_note("a gateway", clock_utc_us() + 90 * 86400LL * 1000000);
        certificates_get(certificates);
        status_last_error(text, sizeof(text));
        settings_text("http_cors_origin", text, sizeof(text));
        atomic_fetch_add(&looked, 1);
        sched_yield();
    }
    return NULL;
}

static void *administrator(void *unused)
{
    static const enum worker_state states[] = {WORKER_READY, WORKER_READY, WORKER_READY,
                                               WORKER_REPLICA, WORKER_NO_CONNECTION};
    int i;

    (void)unused;
    for (i = 0; !atomic_load(&over); i++) {
        write_settings(i);
        status_set_worker(atomic_load(&unit_db_hangs) ? WORKER_READY
                                                      : states[(size_t)i % UNIT_COUNT(states)]);
        atomic_fetch_add(&set, 1);
        usleep(150000);
    }
    status_set_worker(WORKER_READY);
    return NULL;
}

/* ---- a life */

static void begin(void)
{
    struct error err = {0};
    int i;

    status_reset();
    stop_reset();
    queue_reset();
    beats_reset();
    certificates_reset();
    alerts_reset();
    settings_put(&settings);
    status_set_worker(WORKER_READY);
    assert_int_equal(health_start(&err), 0);
    assert_int_equal(alerts_start(&err), 0);
    assert_int_equal(api_start(&err), 0);
    for (i = 0; i < 2; i++) /* one may be lost */
        outbox_look(&(struct db){0});
}

static void end(void)
{
    int64_t deadline = clock_ms() + LONG_MS;

    stop_request();
    queue_stop();
    health_stop();
    alerts_stop();
    api_stop();
    assert_true(health_join(deadline));
    assert_true(alerts_join(deadline));
    assert_true(api_join(deadline));
    http_listener_stop(deadline);
}

static void until(bool (*holds)(void), const char *what)
{
    int64_t deadline = clock_ms() + 2 * LONG_MS;

    while (!holds()) {
        if (clock_ms() > deadline)
            fail_msg("never: %s", what);
        usleep(20000);
    }
}

static unsigned long answers_before, asked_before, signed_before;
static long long written_before;

static bool all_have_worked(void)
{
    return atomic_load(&answers) > answers_before + 100 && atomic_load(&asked) > asked_before + 3 &&
           atomic_load(&signed_answers) > signed_before + 30 &&
           atomic_load(&purser_status.health_results_written) > 10 &&
           atomic_load(&purser_status.outbox_dead) > 3 && atomic_load(&looked) > 100;
}

/* While the database hangs, a message is made in memory and sent. */
static bool the_database_is_critical(void)
{
    const struct snapshot *s = snapshot_get();
    const struct health_check *check = s ? snapshot_find(s, "database") : NULL;
    bool is = check && check->level == HEALTH_CRITICAL;

    snapshot_release(s);
    return is;
}

static bool the_database_is_well(void)
{
    return !the_database_is_critical() &&
           atomic_load(&purser_status.health_results_written) > written_before;
}

static void everything_runs_at_once_for_some_lives(void **state)
{
    pthread_t threads[CLIENTS + SESSIONS + API_CLIENTS + 2];
    int numbers[API_CLIENTS] = {0, 1}, life, n = 0, i;

    (void)state;
    unit_db_rows = database;
    unit_db_row_count = (int)UNIT_COUNT(database);
    port = free_port();
    snprintf(hook, sizeof(hook), "http://127.0.0.1:%d/livez", port);
    settings = (struct settings){.enabled = true,
                                 .health_interval = 1,
                                 .http_port = port,
                                 .api_threads = 3,
                                 .api_rate_limit = 1000000};
    snprintf(settings.http_bind, sizeof(settings.http_bind), "127.0.0.1");
    snprintf(settings.time_zone, sizeof(settings.time_zone), "UTC");
    write_secrets();
    snprintf(settings.secrets_file, sizeof(settings.secrets_file), "%s", secrets_file);
    settings_put(&settings);
    for (i = 0; i < API_CLIENTS; i++)
        pthread_create(&threads[n++], NULL, api_client, &numbers[i]);
    for (i = 0; i < CLIENTS; i++)
        pthread_create(&threads[n++], NULL, client, NULL);
    for (i = 0; i < SESSIONS; i++)
        pthread_create(&threads[n++], NULL, session, NULL);
    pthread_create(&threads[n++], NULL, onlooker, NULL);
    pthread_create(&threads[n++], NULL, administrator, NULL);
    for (life = 0; life < LIVES; life++) {
        answers_before = atomic_load(&answers);
        asked_before = atomic_load(&asked);
        signed_before = atomic_load(&signed_answers);
        begin();
        until(all_have_worked, "all have worked");
        atomic_store(&unit_db_hangs, true);
        until(the_database_is_critical, "the database is critical");
        until(recorder_is_stuck, "the recorder is stuck");
        stop_sleep_ms(2000); /* what is told of it comes from memory */
        written_before = atomic_load(&purser_status.health_results_written);
        atomic_store(&unit_db_hangs, false);
        until(the_database_is_well, "the database is well");
        end();
    }
    atomic_store(&over, true);
    for (i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    assert_true(atomic_load(&signed_answers) < 1000000);
    unlink(secrets_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_runs_at_once_for_some_lives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
