/*
  ratestore.c - see ratestore.h.

  THREADS: the statics are atomic, but `wanted`, which is used by init, deinit and the update
  functions of variables: of these the server calls one at a time.
*/
#include "ratestore.h"

#include <stdatomic.h>
#include <string.h>

#include "../../udf/ratelimit/remote.h"
#include "../status.h"
#include "../stop.h"
#include "command.h"
#include "hello.h"
#include "pool.h"
#include "ratestore_assets.h"

static atomic_int timeout_ms, failure; /* enum settings_failure */
static atomic_bool running;
static bool wanted;

/* ---- one call */

static bool give_up(void *killed)
{
    rate_killed *const *function = killed;

    return !atomic_load_explicit(&running, memory_order_relaxed) || (*function && (*function)());
}

/* What the application gets instead of an answer. */
static enum rate_remote_result instead(const struct error *why, rate_killed *killed,
                                       struct error *err)
{
    static const enum rate_remote_result results[] = {
        [SETTINGS_LOCAL] = RATE_REMOTE_LOCAL,
        [SETTINGS_ALLOW] = RATE_REMOTE_ALLOW,
        [SETTINGS_DENY] = RATE_REMOTE_DENY,
    };

    if (why->code == ERROR_STOPPED)
        return killed && killed() ? RATE_REMOTE_KILLED : RATE_REMOTE_LOCAL;
    status_add(&purser_status.rate_store_fallbacks, 1);
    error_set(err, why->code, "%s", why->text);
    return results[atomic_load_explicit(&failure, memory_order_relaxed)];
}

/* Is the answer one that the command can have? An integer from 0 to most, or `elements` of them. */
static bool is_right(const struct redis_answer *answer, long long most, int elements)
{
    return elements
               ? answer->type == REDIS_INTEGERS && answer->n == elements
               : answer->type == REDIS_INTEGER && answer->integer >= 0 && answer->integer <= most;
}

/* @retval 0 answered @retval -1 err */
static int run(struct store_command *command, long long most, int elements,
               struct redis_answer *answer, rate_killed *killed, struct error *err)
{
    struct redis_patience patience = {
        .deadline_ns =
            clock_ns() + atomic_load_explicit(&timeout_ms, memory_order_relaxed) * 1000000LL,
        .give_up = give_up,
        .context = &killed,
    };
    struct pool_lease lease;
    int rc;

    if (pool_borrow(&patience, &lease, err) != 0)
        return -1;
    store_command_name(command, lease.script);
    rc =
        redis_call(lease.redis, command->argc, command->argv, command->len, &patience, answer, err);
    if (rc == 0 && answer->type == REDIS_ERROR && strcmp(answer->text, "NOSCRIPT") == 0) {
        store_command_script(command, RATESTORE_SCRIPT); /* somebody has flushed it */
        rc = redis_call(lease.redis, command->argc, command->argv, command->len, &patience, answer,
                        err);
    }
    if (rc == 0 && !is_right(answer, most, elements)) {
        store_hello_explain(answer, err);
        if (answer->type != REDIS_ERROR) /* whoever it is, it is not what we think */
            rc = -1;
    }
    if (rc != 0)
        pool_break(&lease, err);
    else
        pool_return(&lease, err->code == ERROR_NONE, err);
    return err->code == ERROR_NONE ? 0 : -1;
}

static enum rate_remote_result ask(struct store_command *command, int built, long long most,
                                   int elements, struct redis_answer *answer, rate_killed *killed,
                                   struct error *err)
{
    struct error why = {0};

    memset(answer, 0, sizeof(*answer));
    if (built != 0)
        error_set(&why, ERROR_MEMORY, "out of memory");
    else if (run(command, most, elements, answer, killed, &why) == 0)
        return RATE_REMOTE_ANSWERED;
    return instead(&why, killed, err);
}

/* ---- is it back? */

void ratestore_probe(void)
{
    static const char name[] = "\001purser", *const endpoint = "probe";
    struct rate_request request = {
        .subject = {name, sizeof(name) - 1, endpoint, strlen(endpoint)},
        .rule = {.max = 1, .window_s = 1},
        .cost = 1,
        .shadow = true,
    };
    struct store_command command;
    struct redis_answer answer = {0};
    struct pool_view store;
    struct error why = {0};

    pool_view(&store);
    if (store.is_set && store.state != BREAKER_CLOSED &&
        store_command_take(&command, &request, 1) == 0)
        run(&command, 1, 0, &answer, stop_requested, &why); /* the pool keeps what came of it */
}

/* ---- what remote.h wants */

static enum rate_remote_result take(struct rate_request *requests, int n, bool *all,
                                    rate_killed *killed, struct error *err)
{
    struct store_command command;
    struct redis_answer answer = {0};
    enum rate_remote_result result = ask(&command, store_command_take(&command, requests, n),
                                         (1LL << n) - 1, 0, &answer, killed, err);
    int i;

    *all = result == RATE_REMOTE_ANSWERED;
    for (i = 0; i < n && result == RATE_REMOTE_ANSWERED; i++) {
        requests[i].allowed = answer.integer >> i & 1;
        *all = *all && (requests[i].allowed || requests[i].shadow);
    }
    return result;
}

static enum rate_remote_result take_tokens(const struct rate_subject *subject,
                                           const struct gcra_rule *rule, uint32_t cost,
                                           bool *allowed, rate_killed *killed, struct error *err)
{
    struct store_command command;
    struct redis_answer answer = {0};
    enum rate_remote_result result;

    *allowed = false;
    if (cost > rule->burst) /* never */
        return RATE_REMOTE_ANSWERED;
    result = ask(&command, store_command_tokens(&command, subject, rule, cost), 1, 0, &answer,
                 killed, err);
    *allowed = result == RATE_REMOTE_ANSWERED && answer.integer;
    return result;
}

/* Microseconds of the store's as nanoseconds. */
static int64_t wait_of(long long us)
{
    return us <= 0 ? us : us < INT64_MAX / 1000 ? us * 1000 : INT64_MAX;
}

static enum rate_remote_result state_of(const struct rate_subject *subject,
                                        const struct rate_rule *rule, struct rate_state *state,
                                        rate_killed *killed, struct error *err)
{
    struct store_command command;
    struct redis_answer answer = {0};
    enum rate_remote_result result =
        ask(&command, store_command_state(&command, subject, rule), 0, 4, &answer, killed, err);
    long long used;

    memset(state, 0, sizeof(*state));
    if (result != RATE_REMOTE_ANSWERED)
        return result;
    used = answer.element[1] < 0 ? 0 : answer.element[1];
    state->known = answer.element[0] == 1;
    state->used = used > UINT32_MAX ? UINT32_MAX : (uint32_t)used;
    state->remaining = state->used < rule->max ? rule->max - state->used : 0;
    state->reset_in = wait_of(answer.element[2]);
    state->retry_in = rule->max == 0 ? -1 : wait_of(answer.element[3]);
    return result;
}

static enum rate_remote_result refund(const struct rate_subject *subject, uint32_t cost,
                                      bool *known, rate_killed *killed, struct error *err)
{
    struct store_command command;
    struct redis_answer answer = {0};
    enum rate_remote_result result =
        ask(&command, store_command_refund(&command, subject, cost), 1, 0, &answer, killed, err);

    *known = result == RATE_REMOTE_ANSWERED && answer.integer;
    return result;
}

static enum rate_remote_result reset(const struct rate_subject *subject, bool *known,
                                     rate_killed *killed, struct error *err)
{
    struct store_command command;
    struct redis_answer answer = {0};
    enum rate_remote_result result =
        ask(&command, store_command_reset(&command, subject), 1, 0, &answer, killed, err);

    *known = result == RATE_REMOTE_ANSWERED && answer.integer;
    return result;
}

static const struct rate_remote functions = {take, take_tokens, state_of, refund, reset};

/* ---- settings, begin and end */

void ratestore_configure(const struct settings *s)
{
    atomic_store(&timeout_ms, s->rate_limit_store_timeout_ms);
    atomic_store(&failure, (int)s->rate_limit_store_failure);
    wanted = pool_configure(s);
    if (atomic_load(&running))
        rate_remote_set(wanted ? &functions : NULL);
}

void ratestore_start(void)
{
    pool_start(RATESTORE_SCRIPT);
    atomic_store(&running, true);
    rate_remote_set(wanted ? &functions : NULL);
}

void ratestore_stop(void)
{
    rate_remote_set(NULL);
    atomic_store(&running, false);
    pool_stop();
}

bool ratestore_join(int64_t deadline_ms)
{
    bool ended = rate_remote_wait(deadline_ms);

    return pool_join(deadline_ms) && ended;
}

void ratestore_end(void)
{
    pool_close();
    wanted = false;
}
