/* outbox_rows.c - see outbox_rows.h; outbox_add is outbox.h's. */
#include "outbox_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../mail.h"
#include "../stop.h"
#include "compose.h"
#include "outbox.h"

#define TIDY_ROWS 1000
#define TIDY_ROUNDS 50
#define DEAD_DAYS 365
#define CHANGE_ROWS 500 /* at once */
/* What a session without the checks of the table has put there is settled like any other message: a
   row that could not be changed would hold up all that come after it. */
#define UNCHECKED "SET STATEMENT check_constraint_checks = 0 FOR "
#define CHANGE_ROUNDS 200

int outbox_add(struct db *db, const struct outbox_message *m, struct error *err)
{
    return db_exec(db, err,
                   "INSERT INTO purser.outbox (channel, kind, dedup_key, recipient, subject, text,"
                   " html, payload, state, attempts, created_at, next_attempt_at, finished_at)"
                   " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %d, COALESCE(%td,"
                   " UTC_TIMESTAMP(6)), COALESCE(%td, UTC_TIMESTAMP(6)), %td)"
                   " ON DUPLICATE KEY UPDATE"
                   " finished_at = IF(state = 'sent', finished_at, VALUES(finished_at)),"
                   " state = IF(VALUES(state) = 'sent', 'sent', state)",
                   m->channel, m->kind, m->dedup_key, m->recipient, m->subject, m->text, m->html,
                   m->payload, m->sent_at ? "sent" : "waiting", m->sent_at != 0, m->sent_at,
                   m->not_before, m->sent_at) < 0
               ? -1
               : 0;
}

int outbox_due_channels(struct db *db, struct outbox_channel *list, struct error *err)
{
    struct rows *rows = db_query(
        db, err,
        "SELECT c.name, c.kind, c.target, c.format, c.enabled, c.concurrency, c.rate_per_minute"
        " FROM purser.alert_channels c WHERE c.enabled AND EXISTS (SELECT 1 FROM purser.outbox o"
        " WHERE o.state = 'waiting' AND o.channel = c.name AND o.next_attempt_at <="
        " UTC_TIMESTAMP(6)) ORDER BY RAND() LIMIT %d",
        OUTBOX_CHANNELS_MAX);
    struct row row;
    int count = 0, rc;

    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1) {
        struct outbox_channel *channel = &list[count++];

        memset(channel, 0, sizeof(*channel));
        snprintf(channel->channel.name, sizeof(channel->channel.name), "%s", row.field[0]);
        alert_channel_read(&channel->channel, row.field + 1);
        channel->concurrency = (int)strtol(row.field[5], NULL, 10);
        channel->rate_per_minute = (int)strtol(row.field[6], NULL, 10);
    }
    rows_close(rows);
    return rc == 0 ? count : -1;
}

/* A copy in which a NUL is a blank. */
static char *copy(const struct row *row, unsigned i, bool *failed)
{
    char *text, *p;

    if (!row->field[i])
        return NULL;
    text = malloc(row->length[i] + 1);
    if (!text) {
        *failed = true;
        return NULL;
    }
    memcpy(text, row->field[i], row->length[i]);
    text[row->length[i]] = '\0';
    for (p = text; (p = memchr(p, '\0', row->length[i] - (size_t)(p - text))) != NULL; p++)
        *p = ' ';
    return text;
}

static struct parcel *read_parcel(const struct row *row, const char *origin)
{
    struct parcel *parcel = parcel_create();
    bool failed = false;

    if (!parcel)
        return NULL;
    parcel->row = strtoull(row->field[0], NULL, 10);
    snprintf(parcel->kind, sizeof(parcel->kind), "%s", row->field[1]);
    failed = post_make_id(origin, row->field[2], parcel->id) != 0;
    parcel->recipient = copy(row, 3, &failed);
    parcel->subject = copy(row, 4, &failed);
    parcel->text = copy(row, 5, &failed);
    parcel->html = copy(row, 6, &failed);
    parcel->payload = copy(row, 7, &failed);
    parcel->attempts = (unsigned)strtoul(row->field[8], NULL, 10);
    /* of '0000-00-00', which a session that is not strict can put there, there is no moment */
    parcel->created_at = row->field[9] ? strtoll(row->field[9], NULL, 10) : clock_utc_us();
    if (!failed)
        return parcel;
    parcel_destroy(parcel);
    return NULL;
}

int outbox_next(struct db *db, const struct outbox_channel *channel, const char *origin,
                struct parcel **parcel, struct error *err)
{
    uint64_t under_way[POST_MAX];
    int count = post_rows(under_way), i, rc;
    struct rows *rows;
    struct row row;
    struct buf not_these;

    *parcel = NULL;
    buf_init(&not_these, POST_MAX * 24);
    for (i = 0; i < count; i++)
        buf_printf(&not_these, ", %llu", (unsigned long long)under_way[i]);
    if (not_these.failed) { /* else one of them would be sent twice */
        buf_free(&not_these);
        return error_set(err, ERROR_MEMORY, "out of memory");
    }
    rows = db_query(db, err,
                    "SELECT id, kind, dedup_key, recipient, subject, text, html, payload, attempts,"
                    " TIMESTAMPDIFF(MICROSECOND, '1970-01-01', created_at)"
                    " FROM purser.outbox WHERE state = 'waiting' AND channel = %s"
                    " AND next_attempt_at <= UTC_TIMESTAMP(6) AND id NOT IN (0%p)"
                    " ORDER BY next_attempt_at, id LIMIT 1",
                    channel->channel.name, not_these.data ? not_these.data : "");
    buf_free(&not_these);
    rc = rows ? rows_next(rows, &row, err) : -1;
    if (rc == 1) {
        *parcel = read_parcel(&row, origin);
        rc = *parcel ? 0 : error_set(err, ERROR_MEMORY, "out of memory");
    }
    rows_close(rows);
    if (*parcel)
        (*parcel)->channel = channel->channel;
    return rc;
}

static int settle_failed(struct db *db, const struct parcel *parcel, int64_t delay_ms,
                         int give_up_days, struct error *err)
{
    struct buf why;
    int rc;

    buf_init(&why, 2048);
    alert_put_clean(&why, parcel->why.text);
    rc = db_exec(
             db, err,
             UNCHECKED
             "UPDATE purser.outbox SET attempts = LEAST(attempts, 4294967294) + 1, state = IF(%d OR"
             " COALESCE(give_up_from, created_at) < UTC_TIMESTAMP(6) - INTERVAL %d DAY, 'dead',"
             " 'waiting'), last_error = LEFT(CONCAT(IF(state = 'dead' AND NOT %d,"
             " 'given up after %d days: ', ''), %s), 512),"
             " finished_at = IF(state = 'dead', UTC_TIMESTAMP(6), NULL),"
             " next_attempt_at = UTC_TIMESTAMP(6) + INTERVAL %lld MICROSECOND"
             " WHERE id = %llu AND state = 'waiting'",
             parcel->outcome == POST_DEAD, give_up_days, parcel->outcome == POST_DEAD, give_up_days,
             why.data ? why.data : "", (long long)delay_ms * 1000,
             (unsigned long long)parcel->row) < 0
             ? -1
             : 0;
    buf_free(&why);
    return rc;
}

/* The same text to each of the addresses, as rows whose key follows from this one's number. */
static int add_for_each(struct db *db, const struct parcel *parcel, struct error *err)
{
    struct mail_recipients *to = malloc(sizeof(*to));
    int i, rc = -1;

    if (!to)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (mail_parse_recipients(parcel->recipient ? parcel->recipient : parcel->channel.target, to,
                              err) == 0)
        rc = 0;
    for (i = 0; rc == 0 && i < to->count; i++)
        if (db_exec(db, err,
                    UNCHECKED
                    "INSERT INTO purser.outbox (channel, kind, dedup_key, recipient, subject, text,"
                    " html, created_at) SELECT channel, kind, CONCAT('to:', id, ':', %d), %s,"
                    " subject, text, html, created_at FROM purser.outbox WHERE id = %llu AND"
                    " state = 'waiting' ON DUPLICATE KEY UPDATE kind = VALUES(kind)",
                    i + 1, to->address[i], (unsigned long long)parcel->row) < 0)
            rc = -1;
    free(to);
    return rc;
}

static int settle_split(struct db *db, const struct parcel *parcel, struct error *err)
{
    if (db_exec(db, err, "START TRANSACTION") < 0)
        return -1;
    if (add_for_each(db, parcel, err) == 0 &&
        db_exec(db, err,
                UNCHECKED
                "UPDATE purser.outbox SET state = 'sent', attempts = LEAST(attempts, 4294967294) +"
                " 1, finished_at = UTC_TIMESTAMP(6), last_error = LEFT(CONCAT('to each of its"
                " addresses as a message of its own: ', %s), 512) WHERE id = %llu AND"
                " state = 'waiting'",
                parcel->why.text, (unsigned long long)parcel->row) >= 0 &&
        db_exec(db, err, "COMMIT") >= 0)
        return 0;
    db_exec(db, NULL, "ROLLBACK");
    return -1;
}

int outbox_settle(struct db *db, const struct parcel *parcel, int64_t delay_ms, int give_up_days,
                  struct error *err)
{
    if (parcel->is_to_be_split)
        return settle_split(db, parcel, err);
    if (parcel->outcome != POST_SENT)
        return settle_failed(db, parcel, delay_ms, give_up_days, err);
    return db_exec(db, err,
                   UNCHECKED "UPDATE purser.outbox SET state = 'sent', attempts = LEAST(attempts, "
                             "4294967294) + 1,"
                             " finished_at = UTC_TIMESTAMP(6), last_error = NULL"
                             " WHERE id = %llu AND state <> 'sent'",
                   (unsigned long long)parcel->row) < 0
               ? -1
               : 0;
}

int outbox_setting(struct db *db, const char *name, int min, int max, int fallback,
                   struct error *err)
{
    char text[24], *end;
    int rc = db_value(db, text, sizeof(text), err,
                      "SELECT LEFT(value, 20) FROM purser.settings WHERE name = %s", name);
    long number;

    if (rc == -1)
        return -1;
    number = rc == 1 ? strtol(text, &end, 10) : fallback;
    if (rc == 1 && (end == text || *end))
        number = fallback;
    return (int)(number < min ? min : number > max ? max : number);
}

/* Rows that wait are looked for without a lock, and then changed by their ids: a statement that
   scans and changes in one would wait for each row that an open transaction of an application has
   added, and all messages with it.
   @param which  of those that wait @return how many were found, -1: err */
static int change_waiting(struct db *db, const char *which, const char *change, struct error *err)
{
    struct rows *rows =
        db_query(db, err, "SELECT id FROM purser.outbox WHERE state = 'waiting' AND %p LIMIT %d",
                 which, CHANGE_ROWS);
    struct buf ids;
    struct row row;
    int count = 0, rc;

    if (!rows)
        return -1;
    buf_init(&ids, CHANGE_ROWS * 24);
    while ((rc = rows_next(rows, &row, err)) == 1)
        buf_printf(&ids, "%s%s", count++ > 0 ? ", " : "", row.field[0]);
    rows_close(rows);
    if (ids.failed) /* the last of them may be half a number */
        rc = error_set(err, ERROR_MEMORY, "out of memory");
    if (rc == 0 &&
        count > 0) /* by nothing else than the primary key, whatever the optimizer thinks */
        rc = db_exec(db, err,
                     UNCHECKED
                     "UPDATE purser.outbox FORCE INDEX (PRIMARY) SET %p WHERE id IN (%p) AND"
                     " state = 'waiting'",
                     change, ids.data ? ids.data : "0") < 0
                 ? -1
                 : 0;
    buf_free(&ids);
    return rc < 0 ? -1 : count;
}

/* All of them, some at a time. The change must be such that a row is not found again. */
static int change_all_waiting(struct db *db, const char *which, const char *change,
                              struct error *err)
{
    int count = CHANGE_ROWS, round;

    for (round = 0; count == CHANGE_ROWS && round < CHANGE_ROUNDS && !stop_requested(); round++)
        count = change_waiting(db, which, change, err);
    return count < 0 ? -1 : 0;
}

int outbox_hasten_mails(struct db *db, struct error *err)
{
    return change_all_waiting(db,
                              "attempts > 0 AND next_attempt_at > UTC_TIMESTAMP(6) AND channel IN"
                              " (SELECT name FROM purser.alert_channels WHERE kind = 'mail')",
                              "next_attempt_at = UTC_TIMESTAMP(6)", err);
}

/* A receiver's Retry-After is a day at most. What was not tried yet keeps its pause. */
int outbox_mend_moments(struct db *db, struct error *err)
{
    return change_all_waiting(
        db,
        "(created_at > UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE OR"
        " attempts > 0 AND next_attempt_at > UTC_TIMESTAMP(6) + INTERVAL 25 HOUR)",
        "next_attempt_at = IF(attempts > 0, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL"
        " GREATEST(0, COALESCE(TIMESTAMPDIFF(MICROSECOND, created_at, next_attempt_at), 0))"
        " MICROSECOND),"
        " created_at = LEAST(created_at, UTC_TIMESTAMP(6))",
        err);
}

int outbox_give_up_orphans(struct db *db, struct error *err)
{
    return change_waiting(db, "channel NOT IN (SELECT name FROM purser.alert_channels)",
                          "state = 'dead', finished_at = UTC_TIMESTAMP(6), last_error ="
                          " 'there is no channel of that name in purser.alert_channels'",
                          err) < 0
               ? -1
               : 0;
}

int outbox_tidy(struct db *db, int keep_days, struct error *err)
{
    static const char *const states[] = {"sent", "dead"};
    long long deleted;
    int i, round;

    for (i = 0; i < 2; i++) {
        deleted = TIDY_ROWS;
        for (round = 0; deleted == TIDY_ROWS && round < TIDY_ROUNDS && !stop_requested(); round++)
            deleted = db_exec(db, err,
                              "DELETE FROM purser.outbox WHERE state = %s AND finished_at <"
                              " UTC_TIMESTAMP(6) - INTERVAL %d DAY"
                              " ORDER BY finished_at, id LIMIT %d",
                              states[i], i == 0 || keep_days > DEAD_DAYS ? keep_days : DEAD_DAYS,
                              TIDY_ROWS);
        if (deleted < 0)
            return -1;
    }
    if (db_exec(db, err,
                "DELETE FROM purser.alert_silences WHERE until < UTC_TIMESTAMP(6) - INTERVAL 1 DAY"
                " ORDER BY what LIMIT %d",
                TIDY_ROWS) < 0)
        return -1;
    return db_exec(db, err,
                   "DELETE FROM purser.alert_events WHERE at < UTC_TIMESTAMP(6) - INTERVAL %d DAY"
                   " ORDER BY at, id LIMIT %d",
                   DEAD_DAYS, TIDY_ROWS) < 0
               ? -1
               : 0;
}
