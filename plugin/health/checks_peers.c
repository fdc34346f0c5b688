/*
  checks_peers.c - see check.h: the nodes that rate limits are counted with.

  Runs in a checker's thread, from memory. No message holds an address: a peer has its place in the
  list.
*/
#include <stdio.h>

#include "../peers/peers.h"
#include "check_say.h"

static void look_at(const struct peer_seen *peer, const struct check_context *context,
                    struct check_result *result)
{
    bool away = peer->state == PEER_AWAY;
    char name[24];

    snprintf(name, sizeof(name), "peer %d", peer->number);
    check_part(result, name, away ? check_level(context, 1) : HEALTH_OK, -1, "%s",
               away                        ? "does not answer"
               : peer->state == PEER_THERE ? "answers"
                                           : "was not asked yet");
    if (away)
        buf_printf(&result->detail, "%s: %s: %s; %llu changes wait for it\n", name, peer->url,
                   peer->failure, (unsigned long long)peer->waiting);
}

int check_rate_limit_peers(const struct check_context *context, struct check_result *result,
                           struct error *err)
{
    struct peers_seen seen;
    int i, away = 0;

    (void)err;
    peers_get(&seen);
    if (!seen.set) {
        check_say(result, "rate limits are counted by this server alone");
        return 0;
    }
    if (seen.trouble[0]) {
        result->level = HEALTH_WARNING;
        check_say(result, "nothing is exchanged with the peers");
        buf_printf(&result->detail, "%s\n", seen.trouble);
        return 0;
    }
    for (i = 0; i < seen.count; i++) {
        look_at(&seen.peer[i], context, result);
        away += seen.peer[i].state == PEER_AWAY;
    }
    check_value(result, away);
    if (away)
        check_say(result, "%d of %d peers do not answer", away, seen.count);
    else
        check_say(result, "%d peers answer", seen.count);
    return 0;
}
