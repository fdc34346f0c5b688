/* decide.c - see decide.h. */
#include "decide.h"

#include "../../udf/timestamp.h"

const char *alert_told_name(enum alert_told told)
{
    static const char *const names[] = {"", "NEW", "REPEAT", "RESOLVED"};

    return names[told];
}

bool alert_state_is_same(const struct alert_state *a, const struct alert_state *b)
{
    return a->level == b->level && a->since == b->since && a->told == b->told &&
           a->told_level == b->told_level && a->last_told == b->last_told &&
           a->repeats == b->repeats && a->acknowledged == b->acknowledged;
}

static bool was_told(const struct alert_state *state)
{
    return state->told == ALERT_NEW || state->told == ALERT_REPEAT;
}

/* @param level  the worst that the message is about */
static int64_t wait_until(const struct alert_terms *terms, enum health_level level)
{
    return level == HEALTH_CRITICAL && terms->quiet_critical ? 0 : terms->quiet_ends;
}

static enum alert_told tell(struct alert_state *state, enum alert_told what, int64_t now)
{
    state->repeats = what == ALERT_REPEAT ? state->repeats + 1 : 0;
    state->told = what;
    state->told_level = state->level;
    state->last_told = now;
    return what;
}

static enum alert_told decide_over(struct alert_state *state, const struct alert_terms *terms,
                                   int64_t now, int64_t *not_before)
{
    if (!was_told(state)) {
        state->since = 0;
        state->acknowledged = false;
        return ALERT_NOTHING;
    }
    if (terms->silenced) /* it fires, as far as anybody has been told */
        return ALERT_NOTHING;
    *not_before = wait_until(terms, state->told_level);
    state->since = 0;
    state->acknowledged = false;
    return tell(state, ALERT_RESOLVED, now);
}

/* When what was told last went out, as far as the rule says. */
static int64_t went_out(const struct alert_state *state, const struct alert_terms *terms)
{
    bool was_held = state->told_level != HEALTH_CRITICAL || !terms->quiet_critical;

    return was_held && terms->held_until ? terms->held_until : state->last_told;
}

/* A clock that was set back does not silence it for long. */
static bool repeat_is_due(const struct alert_state *state, const struct alert_terms *terms,
                          int64_t now)
{
    int64_t then = went_out(state, terms), passed = now > then ? now - then : then - now;

    return terms->repeat_us > 0 && passed >= terms->repeat_us;
}

enum alert_told alert_decide(struct alert_state *state, const struct alert_terms *terms,
                             enum health_level level, int64_t since, int64_t now,
                             int64_t *not_before)
{
    *not_before = 0;
    state->level = level == HEALTH_UNKNOWN ? HEALTH_OK : level;
    if (state->level < terms->severity)
        return decide_over(state, terms, now, not_before);
    if (!state->since)
        state->since = since ? since : now;
    if (was_told(state) && state->level > state->told_level)
        state->acknowledged = false;
    if (terms->silenced)
        return ALERT_NOTHING;
    *not_before = wait_until(terms, state->level);
    if (!was_told(state) || state->level > state->told_level)
        return tell(state, ALERT_NEW, now);
    if (state->acknowledged || *not_before || !repeat_is_due(state, terms, now))
        return ALERT_NOTHING;
    return tell(state, ALERT_REPEAT, now);
}

int64_t alert_quiet_ends(const struct zone *zone, int from, int until, int64_t now)
{
    int64_t wall = zone_to_wall(zone, now), day, second, end;

    day = wall / (DAY_SECONDS * MICROS) * (DAY_SECONDS * MICROS);
    if (wall < day) /* before 1970 */
        day -= DAY_SECONDS * MICROS;
    second = (wall - day) / MICROS;
    if (from < until ? second < from || second >= until : second < from && second >= until)
        return 0;
    if (from >= until && second >= from) /* over midnight, and before it */
        day += DAY_SECONDS * MICROS;
    end = zone_to_utc(zone, day + until * MICROS);
    return end > now ? end : 0;
}
