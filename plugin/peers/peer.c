/* peer.c - see peer.h. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/ratelimit/share.h"

#define MILLISECOND 1000000
#define SECOND 1000000000LL

int peer_init(struct peer *p, const char *url)
{
    memset(p, 0, sizeof(*p));
    snprintf(p->url, sizeof(p->url), "%s", url);
    p->message = calloc(PEER_CHANGES_MAX, sizeof(*p->message));
    return rate_changes_init(&p->backlog, PEER_BACKLOG) == 0 && p->message ? 0 : -1;
}

void peer_deinit(struct peer *p)
{
    rate_changes_deinit(&p->backlog);
    free(p->message);
    p->message = NULL;
}

void peer_forget(struct peer *p)
{
    rate_changes_clear(&p->backlog);
    p->count = 0;
    p->kept = false;
    p->number = 0;
    p->has_session = false;
}

void peer_note(struct peer *p, const struct rate_change *change)
{
    uint64_t before = p->backlog.dropped;

    if (p->state == PEER_SELF)
        return;
    rate_changes_note(&p->backlog, change);
    p->dropped += p->backlog.dropped - before;
}

bool peer_wants(const struct peer *p, int64_t now_ms, int64_t interval_ms)
{
    int64_t quiet_ms = interval_ms > PEER_QUIET_MS ? interval_ms : PEER_QUIET_MS;

    if (p->under_way)
        return false;
    if (p->state == PEER_SELF) /* an address may come to be another node's */
        return now_ms - p->asked_ms >= PEER_SELF_MS;
    if (p->state == PEER_AWAY && p->unnamed)
        return now_ms - p->asked_ms >= PEER_NAME_MS;
    if (p->asked_ms == 0 || now_ms - p->asked_ms >= quiet_ms)
        return true;
    return p->state == PEER_THERE && (!p->has_session || p->kept || p->backlog.used > 0);
}

/* Has it left its window before it could be told? A reset never has. */
static bool is_past(const struct rate_change *change, int64_t now)
{
    if (change->reset)
        return false;
    if (change->key & RATE_KEY_TOKENS) /* by then the bucket is full, whatever was taken */
        return now - change->moment >
               rate_change_tokens(change->step, change->window_s, change->max);
    return now - change->moment > change->window_s * SECOND;
}

/* The message takes what there is room for. */
static void fill(struct peer *p, int64_t now)
{
    struct rate_change *change;
    uint32_t cursor = 0;

    while (p->count < PEER_CHANGES_MAX &&
           (change = rate_changes_next(&p->backlog, &cursor)) != NULL) {
        if (rate_share_is_sound(change) && !is_past(change, now)) /* or all would be refused */
            p->message[p->count++] = *change;
        rate_changes_remove(&p->backlog, change, &cursor);
    }
}

int peer_write(struct peer *p, const struct peer_keys *keys, const uint8_t life[PEER_ID],
               int64_t now, int64_t now_ms, struct buf *to)
{
    struct peer_head head = {0};

    memcpy(head.sender, life, PEER_ID);
    if (p->has_session) {
        if (!p->kept) /* else it may have been counted as it is, and not heard of */
            fill(p, now);
        p->kept = true;
        memcpy(head.session, p->session, PEER_ID);
        head.number = p->number + 1;
        head.count = p->count;
    }
    p->asked_ms = now_ms;
    p->first_ms = p->first_ms ? p->first_ms : now_ms;
    if (peer_message_write(keys, &head, p->message, now, to) != 0)
        return -1;
    p->under_way = true;
    return 0;
}

void peer_failed(struct peer *p, const char *why)
{
    p->under_way = false;
    p->state = PEER_AWAY;
    snprintf(p->failure, sizeof(p->failure), "%s", why);
}

/* It has a session for us: what is kept is sent in it, also what it may have counted in another one
   that it has forgotten. */
static void take_session(struct peer *p, const struct peer_answer *answer)
{
    p->has_session = true;
    memcpy(p->session, answer->session, PEER_ID);
    p->number = answer->number;
}

int peer_answered(struct peer *p, const struct peer_keys *keys, const uint8_t life[PEER_ID],
                  const void *body, size_t len, int64_t now_ms)
{
    struct peer_answer answer;
    uint32_t counted = 0;

    if (peer_answer_read(keys, body, len, &answer) != 0 ||
        memcmp(answer.sender, life, PEER_ID) != 0) {
        peer_failed(p, "its answer is not one of a node that has the same rate_limits.peer_secret");
        return -1;
    }
    memcpy(p->receiver, answer.receiver, PEER_ID);
    p->under_way = false;
    p->answered_ms = now_ms;
    p->failure[0] = '\0';
    p->state = PEER_THERE;
    if (answer.result == PEER_MYSELF) {
        peer_forget(p);
        p->state = PEER_SELF;
    } else if (answer.result == PEER_SESSION) {
        take_session(p, &answer);
    } else if (p->has_session && memcmp(answer.session, p->session, PEER_ID) == 0 &&
               answer.number == p->number + 1) {
        counted = p->count;
        p->number++;
        p->count = 0;
        p->kept = false;
    }
    return (int)counted;
}

/* Both have numbered their messages in one session: the one that was away begins in it anew, or its
   next number would be that of a message that was counted already. */
static void overtake(struct peer *peer, const struct peer *by)
{
    if (peer->state == PEER_AWAY && memcmp(peer->receiver, by->receiver, PEER_ID) == 0)
        peer->has_session = false;
}

bool peer_leave_twin(struct peer *peer, struct peer *earlier, int count)
{
    bool known = peer->twin;
    int i;

    if (peer->state != PEER_THERE)
        return false;
    peer->twin = false;
    for (i = 0; i < count; i++) {
        overtake(&earlier[i], peer);
        peer->twin |= earlier[i].state == PEER_THERE &&
                      memcmp(peer->receiver, earlier[i].receiver, PEER_ID) == 0;
    }
    if (!peer->twin)
        return false;
    peer_forget(peer);
    peer->state = PEER_SELF;
    return !known;
}
