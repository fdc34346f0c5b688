/*
  emergency.c - see emergency.h.

  An entry is a message from memory: PENDING until somebody sends it, SENT once the other side has
  taken it. The recorder copies what it writes down, and forgets the entry when that is committed.

  LOCKING: everything is guarded by emergency_lock, which is held for list work and for making
  copies; not over SQL, the network, or making a message.
*/
#include "emergency.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "../settings.h"
#include "../stop.h"
#include "../zone_file.h"
#include "compose.h"
#include "outbox.h"

#define ENTRIES_MAX 64
#define SENT_MAX 128
#define RETRY_MS 10000
#define RETRY_MAX_MS 300000
#define RECENTLY (600 * MICROS)

struct entry {
    enum { ENTRY_FREE, ENTRY_PENDING, ENTRY_SENDING, ENTRY_SENT } state;
    bool writing; /* the recorder has put it into its transaction */
    char rule[ALERT_NAME_SIZE], key[ALERT_KEY_SIZE], id[POST_ID_SIZE];
    struct alert_channel channel;
    int64_t since, made_at, sent_at;
    char *subject, *text, *html, *json; /* owned */
    unsigned attempts;
    int64_t next_ms; /* monotonic */
};

struct told {
    char rule[ALERT_NAME_SIZE];
    struct alert_state state;
};

static pthread_mutex_t emergency_lock = PTHREAD_MUTEX_INITIALIZER;
static struct alert_rules *known; /* owned */
static struct told *told;         /* owned: of the check `database` */
static int told_count;
static struct entry entries[ENTRIES_MAX];
static char sent[SENT_MAX][POST_ID_SIZE]; /* a ring */
static unsigned sent_count;
static bool is_stuck;             /* and the database is critical */
static int64_t since, made_since; /* of the level; and that of the messages that were made */
static bool making;

/* ---- entries */

static void free_entry(struct entry *e)
{
    free(e->subject);
    free(e->text);
    free(e->html);
    free(e->json);
    memset(e, 0, sizeof(*e));
}

static void forget_known(void)
{
    if (known)
        alert_rules_free(known);
    free(known);
    free(told);
    known = NULL;
    told = NULL;
    told_count = 0;
}

void emergency_reset(void)
{
    int i;

    pthread_mutex_lock(&emergency_lock);
    for (i = 0; i < ENTRIES_MAX; i++)
        free_entry(&entries[i]);
    forget_known();
    memset(sent, 0, sizeof(sent));
    sent_count = 0;
    is_stuck = making = false;
    since = made_since = 0;
    pthread_mutex_unlock(&emergency_lock);
}

static bool has_sent_locked(const char *id)
{
    int i = 0;

    while (i < SENT_MAX && strcmp(sent[i], id) != 0)
        i++;
    return i < SENT_MAX;
}

enum emergency_send emergency_has_sent(const char *id)
{
    enum emergency_send found;
    int i;

    pthread_mutex_lock(&emergency_lock);
    found = has_sent_locked(id) ? EMERGENCY_SENT : EMERGENCY_SENT_NOTHING;
    for (i = 0; i < ENTRIES_MAX; i++)
        if (entries[i].state == ENTRY_SENDING && strcmp(entries[i].id, id) == 0)
            found = EMERGENCY_SENDS;
    pthread_mutex_unlock(&emergency_lock);
    return found;
}

/* ---- what is known */

static int read_told(struct db *db, const char *server, struct told *list, int *count,
                     struct error *err)
{
    struct rows *rows =
        db_query(db, err,
                 "SELECT a.rule, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', a.since), a.told_state,"
                 " a.told_level, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', a.last_told)"
                 " FROM purser.alerts a WHERE a.server = %s"
                 " AND a.subject = '" ALERT_DATABASE_CHECK "' AND a.told_state IN ('NEW', 'REPEAT')"
                 " AND a.since IS NOT NULL LIMIT %d",
                 server, ALERT_RULES_MAX);
    struct row row;
    int rc;

    *count = 0;
    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1) {
        struct told *one = &list[(*count)++];

        memset(one, 0, sizeof(*one));
        snprintf(one->rule, sizeof(one->rule), "%s", row.field[0]);
        one->state.since = row.field[1] ? strtoll(row.field[1], NULL, 10) : 0;
        one->state.told = ALERT_NEW;
        one->state.told_level = row.field[3] && strcmp(row.field[3], "critical") == 0
                                    ? HEALTH_CRITICAL
                                    : HEALTH_WARNING;
        one->state.last_told = row.field[4] ? strtoll(row.field[4], NULL, 10) : 0;
    }
    rows_close(rows);
    return rc;
}

int emergency_remember(struct db *db, struct alert_rules *rules, struct error *err)
{
    struct told *list = calloc(ALERT_RULES_MAX, sizeof(*list));
    const struct snapshot *snapshot = snapshot_get();
    int count = 0, rc = list ? 0 : error_set(err, ERROR_MEMORY, "out of memory");

    if (rc == 0 && snapshot)
        rc = read_told(db, snapshot->server, list, &count, err);
    snapshot_release(snapshot);
    if (rc != 0) {
        alert_rules_free(rules);
        free(rules);
        free(list);
        return -1;
    }
    pthread_mutex_lock(&emergency_lock);
    forget_known();
    known = rules;
    told = list;
    told_count = count;
    pthread_mutex_unlock(&emergency_lock);
    return 0;
}

/* ---- messages from memory */

/* Is this to be told by a rule, and has it not been? What was committed a moment ago may not have
   been sent: then it is sent from here, under the same identifier. */
static bool is_wanted(const struct alert_rule *rule, const struct health_check *check,
                      const struct zone *zone, int64_t now)
{
    struct alert_state state = {0};
    struct alert_terms terms;
    int64_t not_before;
    int i;

    for (i = 0; i < told_count; i++)
        if (strcmp(told[i].rule, rule->name) == 0)
            state = told[i].state;
    alert_terms_of(known, rule, check, zone, now, state.last_told, &terms);
    if (!rule->channel.enabled || terms.silenced ||
        !alert_is_meant(rule->what, check->name, check->service))
        return false;
    if (state.told == ALERT_NEW && state.told_level == HEALTH_CRITICAL)
        return state.last_told > now - RECENTLY && (!terms.quiet_ends || terms.quiet_critical);
    return alert_decide(&state, &terms, check->level, check->since, now, &not_before) ==
               ALERT_NEW &&
           not_before == 0;
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

/* @retval false  no memory */
static bool add_entry(const struct alert_rule *rule, const char *origin, const char *key,
                      const struct alert_report *report, const struct alert_message *message)
{
    char id[POST_ID_SIZE];
    struct entry *e = NULL;
    int i;

    if (post_make_id(origin, key, id) != 0)
        return false;
    for (i = ENTRIES_MAX - 1; i >= 0; i--) {
        if (entries[i].state == ENTRY_FREE)
            e = &entries[i];
        else if (strcmp(entries[i].id, id) == 0)
            return true;
    }
    if (!e || has_sent_locked(id) || post_has_sent(id))
        return true;
    memcpy(e->id, id, sizeof(id));
    e->channel = rule->channel;
    snprintf(e->rule, sizeof(e->rule), "%s", rule->name);
    snprintf(e->key, sizeof(e->key), "%s", key);
    e->since = report->changes[0].since;
    e->made_at = report->now;
    e->subject = copy(message->subject);
    e->text = copy(message->text.data);
    e->html = rule->channel.is_mail ? copy(message->html.data) : NULL;
    e->json = rule->channel.is_mail ? NULL : copy(message->json.data);
    if (e->subject && e->text && (rule->channel.is_mail ? e->html : e->json))
        e->state = ENTRY_PENDING;
    else
        free_entry(e);
    return e->state == ENTRY_PENDING;
}

/* @retval false  no memory */
static bool make_for_rule(const struct alert_rule *rule, const char *origin,
                          const struct snapshot *snapshot, const struct health_check *check)
{
    const struct alert_change change = {.check = check->name,
                                        .service = check->service,
                                        .level = check->level,
                                        .since = check->since,
                                        .message = check->message};
    const struct alert_report report = {.told = ALERT_NEW,
                                        .rule = rule->name,
                                        .snapshot = snapshot,
                                        .now = clock_utc_us(),
                                        .changes = &change,
                                        .change_count = 1};
    struct alert_message message;
    char key[ALERT_KEY_SIZE];
    bool added;

    if (alert_dedup_key(&report, key) != 0 || alert_compose(&report, &message, NULL) != 0)
        return false;
    pthread_mutex_lock(&emergency_lock);
    added = add_entry(rule, origin, key, &report, &message);
    pthread_mutex_unlock(&emergency_lock);
    alert_message_free(&message);
    return added;
}

/* The rules that are to be told, copied. @return how many */
static int wanted(struct alert_rule *list, char *origin, size_t size,
                  const struct health_check *check)
{
    struct settings *settings = malloc(sizeof(*settings));
    struct zone *zone = NULL;
    int i, count = 0;

    if (settings) {
        settings_get(settings);
        zone = zone_load(settings->time_zone, NULL);
    }
    pthread_mutex_lock(&emergency_lock);
    for (i = 0; known && i < known->count && count < ENTRIES_MAX; i++)
        if (is_wanted(&known->list[i], check, zone, clock_utc_us()))
            list[count++] = known->list[i];
    snprintf(origin, size, "%s", known ? known->origin : "");
    pthread_mutex_unlock(&emergency_lock);
    zone_destroy(zone);
    free(settings);
    return count;
}

static const struct health_check *database_of(const struct snapshot *snapshot)
{
    int i;

    for (i = 0; snapshot && i < snapshot->check_count; i++)
        if (strcmp(snapshot->checks[i].name, ALERT_DATABASE_CHECK) == 0)
            return &snapshot->checks[i];
    return NULL;
}

/* @retval false  not all of them: no memory */
static bool make_messages(void)
{
    const struct snapshot *snapshot = snapshot_get();
    const struct health_check *check = database_of(snapshot);
    struct alert_rule *list = calloc(ENTRIES_MAX, sizeof(*list));
    char origin[sizeof(known->origin)];
    bool all = list != NULL;
    int count = 0, i;

    if (all && check && check->level == HEALTH_CRITICAL)
        count = wanted(list, origin, sizeof(origin), check);
    for (i = 0; i < count; i++)
        all = make_for_rule(&list[i], origin, snapshot, check) && all;
    free(list);
    snapshot_release(snapshot);
    return all;
}

/* ---- those that send */

static struct parcel *parcel_of(const struct entry *e)
{
    struct parcel *parcel = parcel_create();

    if (!parcel)
        return NULL;
    parcel->channel = e->channel;
    parcel->created_at = e->made_at;
    parcel->attempts = e->attempts;
    snprintf(parcel->id, sizeof(parcel->id), "%s", e->id);
    snprintf(parcel->kind, sizeof(parcel->kind), "alert");
    parcel->subject = copy(e->subject);
    parcel->text = copy(e->text);
    parcel->html = copy(e->html);
    parcel->payload = copy(e->json);
    if (parcel->subject && parcel->text && !parcel->html == !e->html &&
        !parcel->payload == !e->json)
        return parcel;
    parcel_destroy(parcel);
    return NULL;
}

struct parcel *emergency_take(void)
{
    struct parcel *parcel = NULL;
    bool make, made = true;
    int i;

    pthread_mutex_lock(&emergency_lock);
    make = is_stuck && !making && since != made_since;
    if (make) {
        making = true;
        made_since = since;
    }
    pthread_mutex_unlock(&emergency_lock);
    if (make)
        made = make_messages();
    pthread_mutex_lock(&emergency_lock);
    making = making && !make;
    if (!made)
        made_since = 0; /* the next who asks makes them */
    for (i = 0; is_stuck && !parcel && i < ENTRIES_MAX; i++) {
        struct entry *e = &entries[i];

        if (e->state != ENTRY_PENDING || e->writing || clock_ms() < e->next_ms)
            continue;
        parcel = parcel_of(e);
        if (parcel)
            e->state = ENTRY_SENDING;
    }
    pthread_mutex_unlock(&emergency_lock);
    return parcel;
}

static void settle_locked(struct entry *e, const struct parcel *parcel)
{
    int64_t delay = (int64_t)RETRY_MS << (e->attempts < 5 ? e->attempts : 5);

    e->attempts++;
    e->state = ENTRY_PENDING;
    if (parcel->outcome == POST_SENT) {
        e->state = ENTRY_SENT;
        e->sent_at = clock_utc_us();
        snprintf(sent[sent_count++ % SENT_MAX], POST_ID_SIZE, "%s", e->id);
    }
    /* What is refused for good is left to the outbox, which tells why. */
    delay = delay < RETRY_MAX_MS ? delay : RETRY_MAX_MS;
    delay = delay > parcel->retry_after_ms ? delay : parcel->retry_after_ms;
    e->next_ms = parcel->outcome == POST_DEAD ? INT64_MAX : clock_ms() + delay;
}

void emergency_done(struct parcel *parcel)
{
    int i;

    pthread_mutex_lock(&emergency_lock);
    for (i = 0; i < ENTRIES_MAX; i++)
        if (entries[i].state == ENTRY_SENDING && strcmp(entries[i].id, parcel->id) == 0)
            settle_locked(&entries[i], parcel);
    pthread_mutex_unlock(&emergency_lock);
    parcel_destroy(parcel);
}

/* ---- the recorder */

static int write_entry(struct db *db, const struct entry *e, const char *server, struct error *err)
{
    const struct outbox_message message = {.channel = e->channel.name,
                                           .kind = "alert",
                                           .dedup_key = e->key,
                                           .subject = e->subject,
                                           .text = e->text,
                                           .html = e->html,
                                           .payload = e->json,
                                           .sent_at = e->sent_at};

    if (outbox_add(db, &message, err) != 0)
        return -1;
    return db_exec(db, err,
                   "INSERT INTO purser.alerts (rule, server, subject, level, since, told_state,"
                   " told_level, last_told) VALUES (%s, %s, %s, 'critical', %td, 'NEW', 'critical',"
                   " %td) ON DUPLICATE KEY UPDATE level = VALUES(level),"
                   " since = COALESCE(since, VALUES(since)), told_state = VALUES(told_state),"
                   " told_level = VALUES(told_level), last_told = VALUES(last_told), repeats = 0",
                   e->rule, server, ALERT_DATABASE_CHECK, e->since, e->made_at) < 0
               ? -1
               : 0;
}

/* The next entry that the recorder may write, marked and copied; not whole: no memory. */
static bool next_to_write(struct entry *out, bool *is_whole)
{
    bool found = false;
    int i;

    pthread_mutex_lock(&emergency_lock);
    for (i = 0; i < ENTRIES_MAX && !found; i++) {
        struct entry *e = &entries[i];

        if ((e->state != ENTRY_PENDING && e->state != ENTRY_SENT) || e->writing)
            continue;
        found = e->writing = true;
        *out = *e;
        out->subject = copy(e->subject);
        out->text = copy(e->text);
        out->html = copy(e->html);
        out->json = copy(e->json);
        *is_whole = out->subject && out->text && !out->html == !e->html && !out->json == !e->json;
    }
    pthread_mutex_unlock(&emergency_lock);
    return found;
}

int emergency_write_down(struct db *db, const char *server, struct error *err)
{
    struct entry *e = malloc(sizeof(*e));
    bool is_whole = true;
    int rc = e ? 0 : -1;

    while (rc == 0 && next_to_write(e, &is_whole)) {
        rc = is_whole ? write_entry(db, e, server, err) : -1;
        free_entry(e);
    }
    if (!e || !is_whole)
        error_set(err, ERROR_MEMORY, "out of memory");
    free(e);
    return rc;
}

void emergency_committed(bool done)
{
    int i;

    pthread_mutex_lock(&emergency_lock);
    for (i = 0; i < ENTRIES_MAX; i++) {
        if (entries[i].writing && done)
            free_entry(&entries[i]);
        entries[i].writing = false;
    }
    pthread_mutex_unlock(&emergency_lock);
}

/* ---- the coordinator */

void emergency_set(bool stuck, int64_t level_since)
{
    bool begins;

    pthread_mutex_lock(&emergency_lock);
    begins = stuck && !is_stuck;
    is_stuck = stuck;
    if (stuck)
        since = level_since;
    pthread_mutex_unlock(&emergency_lock);
    if (begins)
        post_wake();
}
