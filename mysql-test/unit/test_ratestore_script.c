/*
  The script that counts in Redis, in a real Redis, under a clock of the test's: against a list of
  all calls and against the limiter in memory, while time goes on at random, and sometimes back.
*/
#include "unit.h"

#define CALLS_MAX 4096 /* that the model remembers of a key */
#include "calls.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ratelimit/gcra.h"
#include "ratelimit/limiter.h"
#include "ratestore/command.h"
#include "ratestore_assets.h"
#include "redis.h"
#include "stop.h"

#define SECOND 1000000LL
#define START (1700000000LL * SECOND)
#define CLOCK "redis.call('TIME')"
#define OUR_CLOCK "{ARGV[#ARGV - 1], ARGV[#ARGV]}"
#define KEYS 12

extern char **environ;

static pid_t server;
static char directory[] = "/tmp/purser-unit.XXXXXX", socket_path[64];
static struct redis *redis;
static char name[REDIS_TEXT_SIZE];

static struct redis_patience patience(void)
{
    return (struct redis_patience){.deadline_ns = clock_ns() + 60000000000LL};
}

static void call(int argc, const char *const *argv, const size_t *len, struct redis_answer *answer)
{
    struct redis_patience patient = patience();
    struct error err = {0};

    if (redis_call(redis, argc, argv, len, &patient, answer, &err) != 0)
        fail_msg("%s", err.text);
}

/* The script, with a clock that the command brings along. */
static void load_script(void)
{
    const char *at = strstr(RATESTORE_SCRIPT, CLOCK);
    char *script = malloc(sizeof(RATESTORE_SCRIPT) + sizeof(OUR_CLOCK));
    size_t len;
    struct redis_answer answer;

    assert_non_null(at);
    assert_null(strstr(at + 1, CLOCK));
    len = (size_t)snprintf(script, sizeof(RATESTORE_SCRIPT) + sizeof(OUR_CLOCK), "%.*s%s%s",
                           (int)(at - RATESTORE_SCRIPT), RATESTORE_SCRIPT, OUR_CLOCK,
                           at + strlen(CLOCK));
    call(3, (const char *const[]){"SCRIPT", "LOAD", script}, (size_t[]){6, 4, len}, &answer);
    assert_int_equal(answer.type, REDIS_TEXT);
    memcpy(name, answer.text, sizeof(name));
    free(script);
}

static int start(void **state)
{
    char *argv[] = {"redis-server", "--port", "0",     "--unixsocket", socket_path, "--save", "",
                    "--appendonly", "no",     "--dir", directory,      "--logfile", "log",    NULL};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct redis_patience patient;
    int i;

    (void)state;
    stop_reset();
    if (!mkdtemp(directory))
        return -1;
    snprintf(socket_path, sizeof(socket_path), "%s/redis.sock", directory);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    if (posix_spawnp(&server, argv[0], NULL, NULL, argv, environ) != 0)
        return -1;
    for (i = 0; i < 1200 && !redis; i++) {
        patient = patience();
        redis = redis_open((const struct sockaddr *)&address, sizeof(address), &patient, NULL);
        if (!redis)
            stop_sleep_ms(50);
    }
    if (redis)
        load_script();
    return redis ? 0 : -1;
}

static int end(void **state)
{
    static const char *const files[] = {"redis.sock", "log"};
    char path[96];
    size_t i;

    (void)state;
    redis_close(redis);
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    for (i = 0; i < UNIT_COUNT(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, files[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static struct redis_answer run(struct store_command *command, int64_t now)
{
    struct redis_answer answer;
    char seconds[24], rest[24];

    store_command_name(command, name);
    command->argv[command->argc] = seconds;
    command->len[command->argc++] =
        (size_t)snprintf(seconds, sizeof(seconds), "%lld", (long long)(now / SECOND));
    command->argv[command->argc] = rest;
    command->len[command->argc++] =
        (size_t)snprintf(rest, sizeof(rest), "%lld", (long long)(now % SECOND));
    call(command->argc, command->argv, command->len, &answer);
    return answer;
}

/* ---- a world of keys */

struct key {
    char name[24];
    struct rate_rule rule;
    int64_t seen; /* the latest moment */
    struct calls calls;
};

static struct rate_subject subject_of(const struct key *key)
{
    return (struct rate_subject){key->name, strlen(key->name), "/", 1};
}

static uint32_t below(uint64_t *random, uint64_t n)
{
    return (uint32_t)(unit_random(random) % n);
}

/* Mostly short steps, sometimes a part of a window, sometimes past it. */
static int64_t step(uint64_t *random, const struct key *key)
{
    int64_t window = key->rule.window_s * SECOND;

    switch (below(random, 20)) {
    case 0:
        return below(random, 3) ? window / 64 : window + below(random, 3) - 1;
    case 1:
        return window / 4;
    case 2:
        return 0;
    default:
        return (int64_t)(unit_random(random) %
                         (uint64_t)(1 + 2 * window / (1 + key->rule.max / 2)));
    }
}

static void judge(struct key *key, uint32_t cost, bool allowed, int64_t now)
{
    int64_t window = key->rule.window_s * SECOND, slack;

    if (allowed) {
        assert_true(calls_since(&key->calls, now - window) + cost <= key->rule.max);
        calls_add(&key->calls, cost, now);
        return;
    }
    slack = key->rule.max <= RATE_EXACT_MAX ? 0 : window / 64;
    assert_true(calls_since(&key->calls, now - window - slack) + cost > key->rule.max);
}

static void refund(struct key *key, uint32_t cost, int64_t now)
{
    struct store_command command;
    struct redis_answer answer;
    struct rate_subject who = subject_of(key);

    assert_int_equal(store_command_refund(&command, &who, cost), 0);
    answer = run(&command, now);
    assert_int_equal(answer.type, REDIS_INTEGER);
    if (answer.integer)
        calls_give_back(&key->calls, cost);
}

static void state(const struct key *key, int64_t now)
{
    struct store_command command;
    struct redis_answer answer;
    struct rate_subject who = subject_of(key);
    int64_t window = key->rule.window_s * SECOND, left;

    assert_int_equal(store_command_state(&command, &who, &key->rule), 0);
    answer = run(&command, now);
    assert_int_equal(answer.type, REDIS_INTEGERS);
    assert_int_equal(answer.n, 4);
    assert_true(answer.element[1] >= (int64_t)calls_since(&key->calls, now - window));
    assert_true(answer.element[1] <= (int64_t)calls_since(&key->calls, now - window - window / 64));
    left = key->seen + window + 1 - now;
    assert_true(answer.element[2] >= 0 && answer.element[2] <= (left > 0 ? left : 0));
    assert_true(answer.element[3] >= 0 && answer.element[3] <= answer.element[2]);
    assert_int_equal(answer.element[3] > 0, answer.element[1] >= key->rule.max);
}

static void no_window_holds_more_than_its_limit(void **unused)
{
    static const uint32_t maxes[] = {1, 2, 8, 31, 32, 33, 64, 100, 1000, 5000, 65536, 4000000000u};
    static struct key keys[KEYS];
    uint64_t random = 20261122;
    int64_t now = START;
    int i, admitted = 0, refused = 0;

    (void)unused;
    for (i = 0; i < KEYS; i++) {
        snprintf(keys[i].name, sizeof(keys[i].name), "window-%d", i);
        keys[i].rule = (struct rate_rule){maxes[i], i % 3 ? 10 : 1};
    }
    for (i = 0; i < 30000; i++) {
        struct key *key = &keys[below(&random, 3) ? (int)below(&random, KEYS) : i / 500 % KEYS];
        struct rate_request request = {.subject = subject_of(key), .rule = key->rule};
        struct store_command command;
        struct redis_answer answer;
        int64_t at;

        now += step(&random, key) / (below(&random, 3) ? 8 : 1);
        at = below(&random, 200)
                 ? now
                 : now - (int64_t)below(&random, 3000000); /* the clock was set back */
        request.cost = 1 + below(&random, 1 + key->rule.max / (below(&random, 4) ? 8 : 1));
        request.cost = request.cost < key->rule.max ? request.cost : key->rule.max;
        assert_int_equal(store_command_take(&command, &request, 1), 0);
        answer = run(&command, at);
        assert_int_equal(answer.type, REDIS_INTEGER);
        /* for this key the clock stands still meanwhile */
        at = key->calls.n > 0 && at < key->calls.moment[key->calls.n - 1]
                 ? key->calls.moment[key->calls.n - 1]
                 : at;
        key->seen = at > key->seen ? at : key->seen;
        judge(key, request.cost, answer.integer == 1, at);
        admitted += answer.integer == 1;
        refused += answer.integer != 1;
        if (below(&random, 50) == 0)
            refund(key, 1 + below(&random, request.cost), now);
        if (below(&random, 10) == 0)
            state(key, now);
    }
    assert_true(admitted > 1000);
    assert_true(refused > 1000);
}

/* ---- beside the limiter in memory, which is exact for small limits */

static const uint8_t secret[16] = {7};

static int64_t nanoseconds(int64_t now)
{
    return RATE_CLOCK_BASE + (now - START) * 1000;
}

static void same_state(struct rate_limiter *limiter, const struct rate_request *request,
                       int64_t now)
{
    struct store_command command;
    struct redis_answer answer;
    struct rate_state here;

    assert_int_equal(store_command_state(&command, &request->subject, &request->rule), 0);
    answer = run(&command, now);
    rate_limiter_state(limiter, &request->subject, &request->rule, nanoseconds(now), &here);
    assert_int_equal(answer.element[1], here.used);
    /* the end of a window is the next microsecond, or nanosecond */
    assert_true(llabs(answer.element[2] * 1000 - here.reset_in) < 1000);
    assert_true(llabs(answer.element[3] * 1000 - here.retry_in) < 1000);
}

static void small_limits_are_those_of_the_memory(void **unused)
{
    struct rate_limiter *limiter = rate_limiter_create(RATE_MEMORY_MIN, secret, NULL);
    char names[4][16];
    uint64_t random = 4711;
    int64_t now = START;
    int i, j, n, admitted = 0;

    (void)unused;
    for (i = 0; i < 15000; i++) {
        struct rate_request here[3] = {0}, there[3];
        struct store_command command;
        struct redis_answer answer;
        bool all;

        n = 1 + (int)below(&random, 3);
        for (j = 0; j < n; j++) {
            snprintf(names[j], sizeof(names[j]), "small-%d", ((i / 1000) + j) % 4);
            here[j].subject = (struct rate_subject){names[j], strlen(names[j]), "e", 1};
            here[j].rule = (struct rate_rule){1 + below(&random, 32), 5}; /* the rule changes */
            here[j].cost = below(&random, 3);
            here[j].shadow = below(&random, 8) == 0;
        }
        memcpy(there, here, sizeof(there));
        now += below(&random, 30) ? below(&random, 400000) : 5 * SECOND + below(&random, 2);
        all = rate_limiter_take_all(limiter, here, n, nanoseconds(now));
        assert_int_equal(store_command_take(&command, there, n), 0);
        answer = run(&command, now);
        assert_int_equal(answer.type, REDIS_INTEGER);
        for (j = 0; j < n; j++)
            assert_int_equal(answer.integer >> j & 1, here[j].allowed);
        admitted += all;
        same_state(limiter, &here[0], now);
        if (below(&random, 40) == 0) {
            rate_limiter_refund(limiter, &here[0].subject, 2, nanoseconds(now));
            assert_int_equal(store_command_refund(&command, &here[0].subject, 2), 0);
            run(&command, now);
            same_state(limiter, &here[0], now);
        }
        if (below(&random, 500) == 0) {
            rate_limiter_reset(limiter, &here[0].subject, nanoseconds(now));
            assert_int_equal(store_command_reset(&command, &here[0].subject), 0);
            run(&command, now);
        }
    }
    assert_true(admitted > 1000);
    rate_limiter_destroy(limiter);
}

static void token_buckets_are_those_of_the_memory(void **unused)
{
    /* of these one token is a whole number of microseconds */
    static const char *const rates[] = {"1", "1000", "0.01", "500000", "0.00001", "3.2"};
    struct rate_limiter *limiter = rate_limiter_create(RATE_MEMORY_MIN, secret, NULL);
    uint64_t random = 99;
    int64_t now = START;
    int i, admitted = 0, refused = 0;

    (void)unused;
    for (i = 0; i < 12000; i++) {
        unsigned which = below(&random, UNIT_COUNT(rates));
        char who[16];
        struct rate_subject subject = {who, (size_t)snprintf(who, sizeof(who), "bucket-%u", which),
                                       "", 0};
        struct store_command command;
        struct redis_answer answer;
        struct gcra_rule rule;
        uint32_t cost;
        bool allowed;

        assert_int_equal(gcra_rule(rates[which], strlen(rates[which]), 1 + which * 20, &rule, NULL),
                         0);
        cost = below(&random, 1 + rule.burst);
        now += below(&random, 4) ? below(&random, 200000) : below(&random, 60000000);
        allowed = rate_limiter_take_tokens(limiter, &subject, &rule, cost, nanoseconds(now));
        assert_int_equal(store_command_tokens(&command, &subject, &rule, cost), 0);
        answer = run(&command, now);
        assert_int_equal(answer.type, REDIS_INTEGER);
        assert_int_equal(answer.integer, allowed);
        admitted += allowed;
        refused += !allowed;
        if (below(&random, 30) == 0 && allowed) {
            cost = below(&random, 3) ? cost : UINT32_MAX;
            rate_limiter_refund(limiter, &subject, cost, nanoseconds(now));
            assert_int_equal(store_command_refund(&command, &subject, cost), 0);
            run(&command, now);
        }
    }
    assert_true(admitted > 500);
    assert_true(refused > 500);
    rate_limiter_destroy(limiter);
}

/* Rates of which one token is no whole number of anything. */
static void no_token_bucket_is_faster_than_its_rate(void **unused)
{
    static const struct {
        const char *rate;
        double per_second;
        uint32_t burst;
    } rules[] = {{"999999937", 999999937.0, 1000000000},
                 {"3", 3.0, 7},
                 {"0.0000007", 7e-7, 3},
                 {"86413.7", 86413.7, 1000}};
    uint64_t random = 5;
    size_t r;
    int i;

    (void)unused;
    for (r = 0; r < UNIT_COUNT(rules); r++) {
        struct rate_subject who = {"fast", 4, (const char *)&r, sizeof(r)};
        struct store_command command;
        struct gcra_rule rule;
        int64_t now = START;
        double taken = 0;

        assert_int_equal(
            gcra_rule(rules[r].rate, strlen(rules[r].rate), rules[r].burst, &rule, NULL), 0);
        for (i = 0; i < 1500; i++) {
            uint32_t cost =
                i == 0 ? rules[r].burst : 1 + below(&random, i % 2 ? rules[r].burst : 1);

            now +=
                (int64_t)(unit_random(&random) % (uint64_t)(2 + 1e6 * cost / rules[r].per_second));
            assert_int_equal(store_command_tokens(&command, &who, &rule, cost), 0);
            if (run(&command, now).integer == 1)
                taken += cost;
            else
                assert_int_not_equal(i, 0);
            assert_true(taken <=
                        rules[r].burst + (double)(now - START) / 1e6 * rules[r].per_second + 1e-3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_window_holds_more_than_its_limit),
        cmocka_unit_test(small_limits_are_those_of_the_memory),
        cmocka_unit_test(token_buckets_are_those_of_the_memory),
        cmocka_unit_test(no_token_bucket_is_faster_than_its_rate),
    };

    return cmocka_run_group_tests(tests, start, end);
}
