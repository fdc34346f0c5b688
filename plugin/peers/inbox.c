/* inbox.c - see inbox.h. */
#include "inbox.h"

#include <string.h>
#include <sys/random.h>

#include "../../udf/ratelimit/share.h"

enum { DONE = 200, BAD = 400, UNSIGNED = 401, CLOSED = 404, BUSY = 503 };

void peer_inbox_open(struct peer_inbox *inbox, struct rate_limiter *limiter,
                     const struct peer_keys *keys, const uint8_t life[PEER_ID])
{
    pthread_mutex_lock(&inbox->lock);
    if (memcmp(&inbox->keys, keys, sizeof(*keys)) != 0 || memcmp(inbox->life, life, PEER_ID) != 0)
        memset(inbox->sessions, 0, sizeof(inbox->sessions));
    inbox->limiter = limiter;
    inbox->keys = *keys;
    memcpy(inbox->life, life, PEER_ID);
    pthread_mutex_unlock(&inbox->lock);
}

void peer_inbox_close(struct peer_inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->limiter = NULL;
    explicit_bzero(&inbox->keys, sizeof(inbox->keys));
    memset(inbox->sessions, 0, sizeof(inbox->sessions));
    pthread_mutex_unlock(&inbox->lock);
}

bool peer_inbox_is_open(struct peer_inbox *inbox)
{
    bool open;

    pthread_mutex_lock(&inbox->lock);
    open = inbox->limiter != NULL;
    pthread_mutex_unlock(&inbox->lock);
    return open;
}

/* ---- sessions */

/* @return the sender's; a new one where it has none; NULL: there is no randomness */
static struct peer_session *session_of(struct peer_inbox *inbox, const uint8_t sender[PEER_ID])
{
    struct peer_session *oldest = &inbox->sessions[0], *s;

    for (s = inbox->sessions; s < inbox->sessions + PEER_SESSIONS; s++) {
        if (s->used && memcmp(s->sender, sender, PEER_ID) == 0)
            return s;
        if (s->used < oldest->used)
            oldest = s;
    }
    memset(oldest, 0, sizeof(*oldest));
    if (getrandom(oldest->name, PEER_ID, GRND_NONBLOCK) != PEER_ID)
        return NULL;
    memcpy(oldest->sender, sender, PEER_ID);
    return oldest;
}

static void count(struct peer_inbox *inbox, const uint8_t *bytes, uint32_t n, int64_t now)
{
    struct rate_change change;
    uint32_t i;

    for (i = 0; i < n; i++) {
        peer_message_change(bytes, i, now, &change);
        rate_share_add(inbox->limiter, &change, now);
    }
}

/* ---- messages */

static enum peer_result judge(const struct peer_head *head, struct peer_session *session)
{
    if (memcmp(session->name, head->session, PEER_ID) != 0 || head->number == 0)
        return PEER_SESSION;
    return head->number > session->number ? PEER_COUNTED : PEER_AGAIN;
}

static int answer(struct peer_inbox *inbox, const struct peer_head *head,
                  const struct peer_session *session, enum peer_result result,
                  struct peer_receipt *receipt)
{
    struct peer_answer answer = {.result = result};

    memcpy(answer.receiver, inbox->life, PEER_ID);
    memcpy(answer.sender, head->sender, PEER_ID);
    if (session) {
        memcpy(answer.session, session->name, PEER_ID);
        answer.number = session->number;
    }
    return peer_answer_write(&inbox->keys, &answer, receipt->answer) == 0 ? DONE : BUSY;
}

static int take(struct peer_inbox *inbox, const uint8_t *bytes, size_t len, int64_t now,
                struct peer_receipt *receipt)
{
    struct error err = {0};
    struct peer_session *session;
    enum peer_result result;
    struct peer_head head;

    if (peer_message_check(&inbox->keys, bytes, len, &head, &err) != 0)
        return err.code == ERROR_AUTH ? UNSIGNED : err.code == ERROR_MEMORY ? BUSY : BAD;
    if (memcmp(head.sender, inbox->life, PEER_ID) == 0)
        return answer(inbox, &head, NULL, PEER_MYSELF, receipt);
    session = session_of(inbox, head.sender);
    if (!session)
        return BUSY;
    session->used = ++inbox->uses;
    result = judge(&head, session);
    if (result == PEER_COUNTED) {
        count(inbox, bytes, head.count, now);
        session->number = head.number;
        receipt->counted = true;
        receipt->changes = head.count;
    }
    return answer(inbox, &head, session, result, receipt);
}

void peer_inbox_take(struct peer_inbox *inbox, const uint8_t *bytes, size_t len, int64_t now,
                     struct peer_receipt *receipt)
{
    memset(receipt, 0, sizeof(*receipt));
    pthread_mutex_lock(&inbox->lock);
    receipt->status = inbox->limiter ? take(inbox, bytes, len, now, receipt) : CLOSED;
    pthread_mutex_unlock(&inbox->lock);
}
