/*
  watch.c - see watch.h.

  THREADS: alerts_watch is called by one thread; `critical` is its own. The lines are written by
  others, because a disk that hangs must not hold up who notices that.

  LOCKING: the lines are guarded by watch_lock, which is held for copying a few of them.
*/
#include "watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "../log.h"
#include "alerts.h"
#include "emergency.h"
#include "post.h"

#define LINES_MAX 64

struct line {
    bool is_critical; /* otherwise: no longer */
    char check[HEALTH_NAME_SIZE];
    char message[HEALTH_MESSAGE_SIZE];
};

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static struct line lines[LINES_MAX];
static int line_count;
static unsigned lost; /* lines that there was no room for */

static atomic_bool hangs;

static char critical[HEALTH_CHECKS_MAX][HEALTH_NAME_SIZE]; /* that have got their line */
static int critical_count;

void watch_reset(void)
{
    atomic_store(&hangs, false);
    pthread_mutex_lock(&watch_lock);
    line_count = 0;
    lost = 0;
    pthread_mutex_unlock(&watch_lock);
    critical_count = 0;
}

static void leave_line(bool is_critical, const char *check, const char *message)
{
    pthread_mutex_lock(&watch_lock);
    if (line_count < LINES_MAX) {
        struct line *line = &lines[line_count++];

        line->is_critical = is_critical;
        snprintf(line->check, sizeof(line->check), "%s", check);
        snprintf(line->message, sizeof(line->message), "%s", message);
    } else {
        lost++;
    }
    pthread_mutex_unlock(&watch_lock);
    post_wake(); /* who sends writes it */
}

static bool next_line(struct line *line, unsigned *missing)
{
    bool found;

    pthread_mutex_lock(&watch_lock);
    found = line_count > 0;
    *missing = found ? 0 : lost;
    if (found) {
        *line = lines[0];
        memmove(lines, lines + 1, (size_t)--line_count * sizeof(*lines));
    } else {
        lost = 0;
    }
    pthread_mutex_unlock(&watch_lock);
    return found;
}

void watch_log(void)
{
    struct line line;
    unsigned missing;

    while (next_line(&line, &missing)) {
        if (line.is_critical)
            log_error("health: %s is CRITICAL%s%s", line.check, line.message[0] ? ": " : "",
                      line.message);
        else
            log_note("health: %s is no longer critical", line.check);
    }
    if (missing > 0)
        log_error("health: %u more checks became critical, or are no longer", missing);
}

static int find(const char *name)
{
    int i;

    for (i = 0; i < critical_count; i++)
        if (strcmp(critical[i], name) == 0)
            return i;
    return -1;
}

/* One that is not checked any more is forgotten without a word. */
static void look_for_better(const struct snapshot *snapshot)
{
    int i;

    for (i = critical_count - 1; i >= 0; i--) {
        const struct health_check *check = snapshot_find(snapshot, critical[i]);

        if (check && check->level == HEALTH_CRITICAL)
            continue;
        if (check)
            leave_line(false, check->name, "");
        critical_count--;
        memmove(critical[i], critical[critical_count], sizeof(critical[i]));
    }
}

bool watch_hangs(void)
{
    return atomic_load(&hangs);
}

void alerts_watch(const struct snapshot *snapshot, bool recorder_is_stuck)
{
    const struct health_check *check;
    int i;

    if (!snapshot)
        return;
    look_for_better(snapshot);
    for (i = 0; i < snapshot->check_count; i++) {
        check = &snapshot->checks[i];
        if (check->level != HEALTH_CRITICAL || check->is_recalled || find(check->name) >= 0 ||
            critical_count == HEALTH_CHECKS_MAX)
            continue;
        snprintf(critical[critical_count++], sizeof(critical[0]), "%s", check->name);
        leave_line(true, check->name, check->message);
    }
    check = snapshot_find(snapshot, ALERT_DATABASE_CHECK);
    atomic_store(&hangs, recorder_is_stuck && check && check->level == HEALTH_CRITICAL);
    emergency_set(atomic_load(&hangs), check ? check->since : 0);
}
