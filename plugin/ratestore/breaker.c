/* breaker.c - see breaker.h. */
#include "breaker.h"

enum breaker_turn breaker_ask(struct breaker *b, int64_t now_ms)
{
    if (b->state == BREAKER_CLOSED)
        return BREAKER_GO;
    if (b->state == BREAKER_HALF_OPEN || now_ms < b->until_ms)
        return BREAKER_NO;
    b->state = BREAKER_HALF_OPEN;
    return BREAKER_PROBE;
}

static void open_for(struct breaker *b, int64_t pause_ms, int64_t now_ms)
{
    b->state = BREAKER_OPEN;
    b->pause_ms = pause_ms < BREAKER_PAUSE_MAX_MS ? pause_ms : BREAKER_PAUSE_MAX_MS;
    b->until_ms = now_ms + b->pause_ms;
    b->refusals = 0;
}

bool breaker_tell(struct breaker *b, enum breaker_turn turn, bool answered, int64_t now_ms)
{
    if (turn == BREAKER_PROBE) {
        if (!answered) {
            open_for(b, b->pause_ms * 2, now_ms);
            return false;
        }
        b->state = BREAKER_CLOSED;
        b->failures = 0;
        return true;
    }
    if (b->state != BREAKER_CLOSED) /* it had begun before the breaker opened */
        return false;
    b->failures = answered ? 0 : b->failures + 1;
    if (b->failures < BREAKER_FAILURES)
        return false;
    b->opened_ms = now_ms;
    open_for(b, BREAKER_PAUSE_MS, now_ms);
    return true;
}

bool breaker_refused(struct breaker *b, int64_t now_ms)
{
    if (b->state != BREAKER_CLOSED)
        return false;
    if (b->refusals == 0 || now_ms - b->refused_last_ms > BREAKER_SPELL_MS) {
        b->refusals = 0;
        b->refused_first_ms = now_ms;
    }
    b->refused_last_ms = now_ms;
    if (b->refusals == BREAKER_FAILURES)
        return false;
    return ++b->refusals == BREAKER_FAILURES;
}

int64_t breaker_refuses_for(const struct breaker *b, int64_t now_ms)
{
    if (b->state != BREAKER_CLOSED || b->refusals < BREAKER_FAILURES ||
        now_ms - b->refused_last_ms > BREAKER_SPELL_MS)
        return 0;
    return now_ms > b->refused_first_ms ? now_ms - b->refused_first_ms : 1;
}

void breaker_leave(struct breaker *b, enum breaker_turn turn)
{
    if (turn == BREAKER_PROBE) /* the next one may try at once */
        b->state = BREAKER_OPEN;
}
