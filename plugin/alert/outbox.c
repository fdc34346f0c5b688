/*
  outbox.c - see outbox.h.

  DESIGN: a row stays 'waiting' until its answer has come, so that after any crash it is sent again,
  under the same identifier. What is under way is known in memory only, on the one server that has
  the lease. A message whose outcome cannot be written down keeps its place among those under way,
  so that it is not sent again and again meanwhile.

  THREADS: one; everything in struct outbox is its own.
*/
#include "outbox.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../../udf/retry.h"
#include "../health/beats.h"
#include "../lease.h"
#include "../log.h"
#include "../server.h"
#include "../settings.h"
#include "../status.h"
#include "../stop.h"
#include "emergency.h"
#include "outbox_rows.h"
#include "post.h"

#define POLL_MS 1000
#define IDLE_MS 10000 /* while there are no channels; who sees the first wakes it */
#define BACKOFF_MS 5000
#define KEEP_MS 5000       /* between two looks at the rules, the settings and lost channels */
#define PATIENCE_MS 120000 /* a round with the worst waits for locks is no longer */
#define TIDY_MS 600000     /* between two deletions */
#define STATEMENT_SECONDS 30
#define LEASE_IDLE_MS 10000
#define CLOCK_STEP_MS 60000
#define MEND_MS 20000 /* between two looks for rows of a clock that was wrong for a moment */
#define RETRY_BASE_MS 5000
#define RETRY_CAP_MS 3600000
#define RETRY_SHIFT_MAX 12
/* Of the senders a channel leaves one to the others, however many it may have. */
#define CHANNEL_SENDERS (POST_SENDERS - 1)
#define SLOW_MS 2000 /* a failed try that took longer has kept a sender from others */
#define REST_CAP_MS 300000
#define REST_SHIFT_MAX 8
#define NOTE_MS 60000

/* What of a channel lives here: its pace. */
struct pace {
    char name[ALERT_CHANNEL_SIZE];
    int rate_per_minute;
    struct pacer pacer;
    int64_t quiet_until_ms; /* monotonic: its receiver has asked for a pause, or hangs */
    int slow;               /* how often in a row it has hung */
    bool answers;           /* it has, last */
    int64_t noted_ms;       /* when a line in the log said why it has not taken a message */
    char noted[sizeof(((struct error *)0)->text)]; /* that */
    int64_t used_ms;
};

struct outbox {
    struct db *db;
    struct lease lease;
    struct pace paces[OUTBOX_CHANNELS_MAX];
    struct outbox_channel channels[OUTBOX_CHANNELS_MAX];
    int64_t next_mend_ms;    /* 0: at once */
    int64_t clock_offset_ms; /* of the wall clock, to one that nobody sets */
    unsigned generation;     /* of the settings, when mails were hastened last */
    char origin[1025];
    int give_up_days, keep_days;
    int64_t next_keep_ms, next_tidy_ms, worked_ms;
    int64_t nap_ms; /* until the next round */
    char complaint[sizeof(((struct error *)0)->text)];
};

static atomic_bool has_channels;

void outbox_reset(void)
{
    atomic_store(&has_channels, false);
}

void outbox_look(struct db *db)
{
    char one[4];

    if (!atomic_load(&has_channels) &&
        db_value(db, one, sizeof(one), NULL, "SELECT 1 FROM purser.alert_channels LIMIT 1") == 1) {
        atomic_store(&has_channels, true);
        post_wake();
    }
}

static void disconnect(struct outbox *o)
{
    lease_release(&o->lease, o->db);
    db_close(o->db);
    o->db = NULL;
}

static int connect(struct outbox *o, struct error *err)
{
    if (o->db)
        return 0;
    o->db = db_open(err);
    o->next_keep_ms = 0;
    if (!o->db || db_exec(o->db, err, "SET SESSION max_statement_time = %d", STATEMENT_SECONDS) < 0)
        return -1;
    return lease_init(&o->lease, o->db, "outbox", err);
}

/* ---- what became of messages */

/* Exponential, with full jitter: between nothing and the whole. */
static int64_t delay_of(const struct parcel *parcel)
{
    unsigned shift = parcel->attempts < RETRY_SHIFT_MAX ? parcel->attempts : RETRY_SHIFT_MAX;
    int64_t most = (int64_t)RETRY_BASE_MS << shift, delay;
    uint64_t random = 0;

    if (most > RETRY_CAP_MS)
        most = RETRY_CAP_MS;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint64_t)clock_ns();
    delay = 500 + (int64_t)(random % (uint64_t)most);
    return delay > parcel->retry_after_ms ? delay : parcel->retry_after_ms;
}

static struct pace *pace_of(struct outbox *o, const char *name)
{
    struct pace *pace = &o->paces[0];
    int i;

    for (i = 0; i < OUTBOX_CHANNELS_MAX; i++) {
        if (strcmp(o->paces[i].name, name) == 0)
            return &o->paces[i];
        if (o->paces[i].used_ms < pace->used_ms)
            pace = &o->paces[i];
    }
    memset(pace, 0, sizeof(*pace));
    snprintf(pace->name, sizeof(pace->name), "%s", name);
    pace->rate_per_minute = -1;
    return pace;
}

/* Ten thousand messages to a receiver that is down have one line a minute. */
static void note_failure(struct pace *pace, const struct parcel *parcel)
{
    if (parcel->attempts > 0 ||
        (strcmp(pace->noted, parcel->why.text) == 0 && clock_ms() - pace->noted_ms < NOTE_MS))
        return;
    pace->noted_ms = clock_ms();
    snprintf(pace->noted, sizeof(pace->noted), "%s", parcel->why.text);
    log_note("outbox: message %llu to the channel %s was not sent, and is tried again: %s",
             (unsigned long long)parcel->row, parcel->channel.name, parcel->why.text);
}

static void tell(struct outbox *o, const struct parcel *parcel)
{
    if (parcel->outcome == POST_SENT) {
        status_add(&purser_status.outbox_sent, 1);
        return;
    }
    status_add(&purser_status.outbox_failures, 1);
    if (parcel->is_to_be_split) {
        log_note("outbox: message %llu to the channel %s goes to each of its addresses on its own:"
                 " %s",
                 (unsigned long long)parcel->row, parcel->channel.name, parcel->why.text);
    } else if (parcel->outcome == POST_DEAD) {
        status_add(&purser_status.outbox_dead, 1);
        log_warning("outbox: message %llu to the channel %s is given up: %s",
                    (unsigned long long)parcel->row, parcel->channel.name, parcel->why.text);
    } else {
        note_failure(pace_of(o, parcel->channel.name), parcel);
    }
}

/* A receiver that hangs is asked the less often the longer it does. */
static int64_t rest_of(struct pace *pace, const struct parcel *parcel)
{
    int64_t rest;

    pace->answers = parcel->outcome == POST_SENT || parcel->outcome == POST_DEAD;
    if (pace->answers || parcel->took_ms < SLOW_MS) {
        pace->slow = 0;
        return 0;
    }
    rest = parcel->took_ms << (pace->slow < REST_SHIFT_MAX ? pace->slow : REST_SHIFT_MAX);
    pace->slow++;
    return rest < REST_CAP_MS ? rest : REST_CAP_MS;
}

static void keep_pace(struct outbox *o, const struct parcel *parcel)
{
    struct pace *pace = pace_of(o, parcel->channel.name);
    int64_t rest = rest_of(pace, parcel);

    if (rest < parcel->retry_after_ms)
        rest = parcel->retry_after_ms;
    if (rest > 0)
        pace->quiet_until_ms = clock_ms() + rest;
}

static int settle_all(struct outbox *o, struct error *err)
{
    struct parcel *parcel;

    while ((parcel = post_finished()) != NULL) {
        if (outbox_settle(o->db, parcel, delay_of(parcel), o->give_up_days, err) != 0)
            return -1;
        tell(o, parcel);
        keep_pace(o, parcel);
        post_drop(parcel);
        o->worked_ms = clock_ms();
    }
    return 0;
}

/* ---- what is due */

/* @return milliseconds until the channel may send again; 0: now, and that is counted */
static int64_t take_pace(struct outbox *o, const struct outbox_channel *channel)
{
    struct pace *pace = pace_of(o, channel->channel.name);
    int64_t now = clock_ms(), wait;

    if (pace->rate_per_minute != channel->rate_per_minute) {
        pace->rate_per_minute = channel->rate_per_minute;
        pacer_init(&pace->pacer, (int64_t)channel->rate_per_minute * 1000 / 60);
        if (channel->rate_per_minute > 0)
            pace->pacer.interval_ns = 60000000000LL / channel->rate_per_minute;
    }
    pace->used_ms = now;
    if (pace->quiet_until_ms > now)
        return pace->quiet_until_ms - now;
    wait = pacer_take(&pace->pacer, clock_ns());
    return (wait + 999999) / 1000000;
}

/* One that has not answered yet, or not the last time, is asked by one sender. */
static bool has_room(struct outbox *o, const struct outbox_channel *channel)
{
    int most = channel->concurrency < CHANNEL_SENDERS ? channel->concurrency : CHANNEL_SENDERS;

    if (!pace_of(o, channel->channel.name)->answers)
        most = 1;
    return post_count(channel->channel.name) < most && post_count(NULL) < POST_MAX;
}

/* @retval 1 there may be more @retval 0 that was all for now @retval -1 err */
static int take_one(struct outbox *o, const struct outbox_channel *channel, struct error *err)
{
    enum emergency_send from_memory;
    struct parcel *parcel;
    int64_t wait;

    if (!has_room(o, channel))
        return 0;
    if (outbox_next(o->db, channel, o->origin, &parcel, err) != 0)
        return -1;
    if (!parcel)
        return 0;
    from_memory = emergency_has_sent(parcel->id); /* while nothing could be committed */
    if (from_memory == EMERGENCY_SENDS) {         /* it is known soon */
        parcel_destroy(parcel);
        return 0;
    }
    if (from_memory == EMERGENCY_SENT) {
        parcel->outcome = POST_SENT;
        wait = outbox_settle(o->db, parcel, 0, o->give_up_days, err) == 0 ? 0 : -1;
        parcel_destroy(parcel);
        return wait == 0 ? 1 : -1;
    }
    wait = take_pace(o, channel);
    if (wait > 0 || !post_hand(parcel)) {
        if (wait > 0 && wait < o->nap_ms)
            o->nap_ms = wait;
        parcel_destroy(parcel);
        return 0;
    }
    return 1;
}

static int take_due(struct outbox *o, struct error *err)
{
    int count = outbox_due_channels(o->db, o->channels, err), i, rc;

    if (count <= 0)
        return count;
    rc = lease_keep(&o->lease, o->db, NULL, 0, err);
    if (rc != 1)
        return rc;
    o->worked_ms = clock_ms();
    for (i = 0; i < count; i++) {
        while ((rc = take_one(o, &o->channels[i], err)) == 1 && !stop_requested())
            ;
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* ---- now and then */

/* Of a mail server that was set up a moment ago, or after a start. */
static int hasten_mails(struct outbox *o, struct error *err)
{
    unsigned generation = settings_generation();

    if (o->generation == generation)
        return 0;
    if (outbox_hasten_mails(o->db, err) != 0)
        return -1;
    o->generation = generation;
    return 0;
}

/* Also after a start: then it may have been set while the server was down. And now and then: it may
   have been set and put right between two looks, or was that of another node. */
static int mind_clock(struct outbox *o, struct error *err)
{
    int64_t offset = clock_utc_us() / 1000 - clock_ms();

    if (clock_ms() < o->next_mend_ms && llabs(offset - o->clock_offset_ms) < CLOCK_STEP_MS)
        return 0;
    if (outbox_mend_moments(o->db, err) != 0)
        return -1;
    o->next_mend_ms = clock_ms() + MEND_MS;
    o->clock_offset_ms = offset;
    return 0;
}

static int keep(struct outbox *o, struct error *err)
{
    struct alert_rules *rules;

    if (hasten_mails(o, err) != 0 || mind_clock(o, err) != 0)
        return -1;
    if (clock_ms() < o->next_keep_ms)
        return 0;
    rules = calloc(1, sizeof(*rules));
    if (!rules)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (alert_rules_read(o->db, rules, err) != 0) {
        free(rules);
        return -1;
    }
    snprintf(o->origin, sizeof(o->origin), "%s", rules->origin);
    if (emergency_remember(o->db, rules, err) != 0)
        return -1;
    o->give_up_days = outbox_setting(o->db, "outbox_give_up_days", 1, 3650, 7, err);
    o->keep_days = outbox_setting(o->db, "outbox_keep_days", 1, 3650, 30, err);
    if (o->give_up_days < 0 || o->keep_days < 0 || outbox_give_up_orphans(o->db, err) != 0)
        return -1;
    o->next_keep_ms = clock_ms() + KEEP_MS;
    return 0;
}

static int tidy(struct outbox *o, struct error *err)
{
    int rc;

    if (clock_ms() < o->next_tidy_ms)
        return 0;
    o->next_tidy_ms = clock_ms() + TIDY_MS;
    rc = lease_keep(&o->lease, o->db, NULL, 0, err);
    if (rc != 1)
        return rc;
    o->worked_ms = clock_ms();
    return outbox_tidy(o->db, o->keep_days, err);
}

static int work(struct outbox *o, struct error *err)
{
    if (connect(o, err) != 0 || keep(o, err) != 0 || settle_all(o, err) != 0 ||
        take_due(o, err) != 0 || tidy(o, err) != 0)
        return -1;
    /* Nobody waits long for a lease that nothing is done with. */
    if (o->lease.renewed_ms && post_count(NULL) == 0 && clock_ms() - o->worked_ms > LEASE_IDLE_MS)
        lease_release(&o->lease, o->db);
    return 0;
}

static void one_round(struct outbox *o)
{
    struct error err = {0};

    o->nap_ms = POLL_MS;
    if (work(o, &err) == 0) {
        o->complaint[0] = '\0';
        return;
    }
    o->nap_ms = BACKOFF_MS;
    if (err.code != ERROR_STOPPED && strcmp(err.text, o->complaint) != 0)
        log_warning("outbox: messages wait: %s", err.text);
    snprintf(o->complaint, sizeof(o->complaint), "%s", err.text);
    disconnect(o);
}

static void loop(struct outbox *o)
{
    int64_t not_before = 0;

    o->nap_ms = POLL_MS;
    while (!stop_requested()) {
        beat(BEAT_OUTBOX, PATIENCE_MS);
        post_wait(o->nap_ms);
        if (stop_requested())
            break;
        if (!atomic_load(&has_channels) || status_worker() != WORKER_READY) {
            if (o->db)
                disconnect(o);
            o->nap_ms = atomic_load(&has_channels) ? POLL_MS : IDLE_MS;
            continue;
        }
        if (clock_ms() < not_before) { /* woken while it waits after a failure */
            stop_sleep_ms(100);
            continue;
        }
        one_round(o);
        not_before = o->db ? 0 : clock_ms() + BACKOFF_MS;
    }
}

void outbox_body(void *unused)
{
    struct outbox *o = calloc(1, sizeof(*o));

    (void)unused;
    if (!o || !server_thread_begin()) {
        free(o);
        log_error("outbox: messages wait: out of memory");
        return;
    }
    o->generation = settings_generation() - 1;
    loop(o);
    if (o->db && !server_aborting()) /* so that what was sent is not sent again */
        settle_all(o, NULL);
    disconnect(o);
    free(o);
    server_thread_end();
}
