/* shared.c - see shared.h. */
#include "shared.h"

#include <string.h>

#include "service.h"

/* What the answer of the store, or what stands for it, leaves in this server's memory. */
static void follow_all(struct rate_limiter *limiter, struct rate_request *requests, int n, bool all)
{
    int64_t now = rate_clock();
    int i;

    for (i = 0; i < n; i++)
        rate_limiter_follow(limiter, &requests[i], all, now);
}

/* What no count would let in stays out while the store is away as well: a limit of 0 switches off.
 */
static bool is_possible(const struct rate_request *request)
{
    return request->rule.max > 0 && request->cost <= request->rule.max;
}

int rate_shared_take(struct rate_limiter *limiter, struct rate_request *requests, int n,
                     rate_killed *killed)
{
    const struct rate_remote *remote = rate_remote_enter();
    enum rate_remote_result result = RATE_REMOTE_LOCAL;
    bool all = false;
    int i;

    if (remote) {
        result = remote->take(requests, n, &all, killed, NULL);
        rate_remote_leave();
    }
    if (result == RATE_REMOTE_KILLED)
        return RATE_SHARED_KILLED;
    if (result == RATE_REMOTE_LOCAL)
        return rate_limiter_take_all(limiter, requests, n, rate_clock());
    if (result != RATE_REMOTE_ANSWERED) {
        all = true;
        for (i = 0; i < n; i++) {
            requests[i].allowed = result == RATE_REMOTE_ALLOW && is_possible(&requests[i]);
            all = all && (requests[i].allowed || requests[i].shadow);
        }
    }
    follow_all(limiter, requests, n, all);
    return all;
}

int rate_shared_take_tokens(struct rate_limiter *limiter, const struct rate_subject *subject,
                            const struct gcra_rule *rule, uint32_t cost, rate_killed *killed)
{
    const struct rate_remote *remote = rate_remote_enter();
    enum rate_remote_result result = RATE_REMOTE_LOCAL;
    bool allowed = false;

    if (remote) {
        result = remote->take_tokens(subject, rule, cost, &allowed, killed, NULL);
        rate_remote_leave();
    }
    if (result == RATE_REMOTE_KILLED)
        return RATE_SHARED_KILLED;
    if (result == RATE_REMOTE_LOCAL)
        return rate_limiter_take_tokens(limiter, subject, rule, cost, rate_clock());
    if (result != RATE_REMOTE_ANSWERED)
        allowed = result == RATE_REMOTE_ALLOW;
    rate_limiter_follow_tokens(limiter, subject, rule, cost, allowed, rate_clock());
    return allowed;
}

int rate_shared_state(struct rate_limiter *limiter, const struct rate_subject *subject,
                      const struct rate_rule *rule, struct rate_state *state, rate_killed *killed)
{
    const struct rate_remote *remote = rate_remote_enter();
    enum rate_remote_result result = RATE_REMOTE_LOCAL;

    if (remote) {
        result = remote->state(subject, rule, state, killed, NULL);
        rate_remote_leave();
    }
    if (result == RATE_REMOTE_KILLED)
        return RATE_SHARED_KILLED;
    if (result != RATE_REMOTE_ANSWERED)
        rate_limiter_state(limiter, subject, rule, rate_clock(), state);
    return 0;
}

int rate_shared_refund(struct rate_limiter *limiter, const struct rate_subject *subject,
                       uint32_t cost, rate_killed *killed)
{
    const struct rate_remote *remote = rate_remote_enter();
    enum rate_remote_result result = RATE_REMOTE_LOCAL;
    bool known = false, known_here;

    if (remote) {
        result = remote->refund(subject, cost, &known, killed, NULL);
        rate_remote_leave();
    }
    if (result == RATE_REMOTE_KILLED)
        return RATE_SHARED_KILLED;
    known_here = rate_limiter_refund(limiter, subject, cost, rate_clock());
    return result == RATE_REMOTE_ANSWERED ? known : known_here;
}

int rate_shared_reset(struct rate_limiter *limiter, const struct rate_subject *subject,
                      rate_killed *killed, struct error *err)
{
    const struct rate_remote *remote = rate_remote_enter();
    enum rate_remote_result result = RATE_REMOTE_ANSWERED;
    bool known = false, known_here;

    if (remote) {
        result = remote->reset(subject, &known, killed, err);
        rate_remote_leave();
    }
    if (result == RATE_REMOTE_KILLED)
        return RATE_SHARED_KILLED;
    known_here = rate_limiter_reset(limiter, subject, rate_clock());
    if (result != RATE_REMOTE_ANSWERED)
        error_prefix(err, "the key was reset on this server alone, and the store of the rate "
                          "limits may still count it (call again): ");
    return remote ? known : known_here;
}
