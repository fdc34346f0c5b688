/*
  fuzz_store.c - what a store of rate limits may answer, and where it may be said to be: clang's
  libFuzzer, with AddressSanitizer and UBSan. The first byte says what is asked, and what holds
  without an answer; then the answers, with a zero byte behind each, from a socket of ours. Whatever
  comes, the call ends, with what a store can say or with what is set for that, and a sentence.
*/
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../plugin/ratestore/ratestore.h"
#include "../../plugin/ratestore/target.h"
#include "../../plugin/server.h"
#include "../../udf/ratelimit/remote.h"
#include "fuzz.h"

#define GREETING "$40\r\n0123456789012345678901234567890123456789\r\n" /* the script's name */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rate_subject subject = {"who", 3, "/what", 5};
static struct settings settings;
static int listener = -1;

void server_log(enum server_log_level level, const char *text)
{
    (void)level;
    (void)text;
}

/* What is to be answered. The server may still be at its last answer when the call has ended. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t answers[65536];
static size_t at, all;
static bool greets;

static void answer_these(const uint8_t *data, size_t size, bool greeting)
{
    pthread_mutex_lock(&lock);
    all = size < sizeof(answers) ? size : sizeof(answers);
    if (all > 0)
        memcpy(answers, data, all);
    at = 0;
    greets = greeting;
    pthread_mutex_unlock(&lock);
}

/* The next answer, up to a zero byte. @return its length, 0: there is none */
static size_t answer_next(uint8_t answer[65536])
{
    const uint8_t *end;
    size_t len;

    pthread_mutex_lock(&lock);
    if (greets) {
        len = sizeof(GREETING) - 1;
        memcpy(answer, GREETING, len);
        greets = false;
    } else {
        end = memchr(answers + at, '\0', all - at);
        len = (end ? (size_t)(end - answers) : all) - at;
        memcpy(answer, answers + at, len);
        at += len + (end != NULL);
    }
    pthread_mutex_unlock(&lock);
    return len;
}

/* A command is answered. Where none comes, the next answer goes out as the rest of the last one;
   with the last of all the connection ends. */
static void *serve(void *nothing)
{
    static const struct timeval soon = {.tv_usec = 2000};
    static uint8_t command[65536], answer[65536];
    size_t len;

    for (;;) {
        int fd = accept(listener, NULL, NULL);

        fuzz_must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)) == 0);
        recv(fd, command, sizeof(command), 0);
        while ((len = answer_next(answer)) > 0 && send(fd, answer, len, MSG_NOSIGNAL) > 0 &&
               recv(fd, command, sizeof(command), 0) != 0)
            ;
        close(fd);
    }
    return nothing;
}

static void begin(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    pthread_t thread;

    fuzz_path(address.sun_path, sizeof(address.sun_path), "store");
    unlink(address.sun_path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    fuzz_must(listener >= 0);
    fuzz_must(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    fuzz_must(listen(listener, 16) == 0);
    snprintf(settings.rate_limit_store, sizeof(settings.rate_limit_store), "unix://%s",
             address.sun_path);
    settings.rate_limit_store_timeout_ms = 2000;
    fuzz_must(pthread_create(&thread, NULL, serve, NULL) == 0);
    pthread_detach(thread);
}

static void check_state(const struct rate_state *state, const struct rate_rule *rule)
{
    fuzz_must(state->remaining <= rule->max);
    fuzz_must(state->used >= rule->max ? state->remaining == 0
                                       : state->remaining == rule->max - state->used);
}

static enum rate_remote_result ask(const struct rate_remote *store, unsigned what,
                                   struct error *err)
{
    struct rate_request request[3] = {{.subject = subject, .rule = {5, 60}, .cost = 1},
                                      {.subject = subject, .rule = {500, 3600}, .cost = 2},
                                      {.subject = subject, .rule = {0, 1}, .cost = 1, .shadow = 1}};
    struct rate_state state;
    struct gcra_rule tokens;
    enum rate_remote_result result;
    bool flag = false;

    switch (what % 5) {
    case 0:
        result = store->take(request, 3, &flag, NULL, err);
        fuzz_must(flag ==
                  (result == RATE_REMOTE_ANSWERED && request[0].allowed && request[1].allowed));
        return result;
    case 1:
        fuzz_must(gcra_rule("0.37", 4, 10, &tokens, NULL) == 0);
        result = store->take_tokens(&subject, &tokens, 3, &flag, NULL, err);
        break;
    case 2:
        result = store->state(&subject, &request[what / 5 % 3].rule, &state, NULL, err);
        if (result == RATE_REMOTE_ANSWERED)
            check_state(&state, &request[what / 5 % 3].rule);
        return result;
    case 3:
        result = store->refund(&subject, 1, &flag, NULL, err);
        break;
    default:
        result = store->reset(&subject, &flag, NULL, err);
    }
    fuzz_must(!flag || result == RATE_REMOTE_ANSWERED);
    return result;
}

static void where(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct store_target target, again;
    struct error err = {0};

    if (store_target_parse(text, &target, &err) != 0) {
        fuzz_must(err.text[0] && !target.url[0] && target.n == 0);
    } else {
        fuzz_must(strlen(target.url) == strlen(text) && target.db >= 0);
        fuzz_must(!*text || target.n == 1 || *target.host);
        fuzz_must(store_target_parse(target.url, &again, NULL) == 0);
        fuzz_must(memcmp(&target, &again, sizeof(target)) == 0);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum rate_remote_result instead[] = {
        [SETTINGS_LOCAL] = RATE_REMOTE_LOCAL,
        [SETTINGS_ALLOW] = RATE_REMOTE_ALLOW,
        [SETTINGS_DENY] = RATE_REMOTE_DENY,
    };
    const struct rate_remote *store;
    enum rate_remote_result result;
    struct error err = {0};
    const char *p;

    if (size < 1)
        return 0;
    if (data[0] >= 0xc0) {
        where(data + 1, size - 1);
        return 0;
    }
    if (listener < 0)
        begin();
    answer_these(data + 1, size - 1, data[0] & 1);
    settings.rate_limit_store_failure = data[0] / 2 % 3;
    ratestore_configure(&settings);
    ratestore_start();
    store = rate_remote_enter();
    fuzz_must(store != NULL);
    result = ask(store, data[0] / 6, &err);
    fuzz_must(result == RATE_REMOTE_ANSWERED ||
              result == instead[settings.rate_limit_store_failure]);
    fuzz_must((result == RATE_REMOTE_ANSWERED) == !err.text[0]);
    for (p = err.text; *p; p++)
        fuzz_must(*p >= ' ' && *p <= '~');
    rate_remote_leave();
    ratestore_stop();
    fuzz_must(ratestore_join(0));
    ratestore_end();
    return 0;
}
