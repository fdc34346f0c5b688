/* compose.c - see compose.h; the HTML is compose_html.c's. */
#include "compose.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/crypto.h"
#include "../../udf/json.h"
#include "../../udf/timestamp.h"
#include "../../udf/utf8.h"
#include "compose_html.h"

#define NAMES_IN_SUBJECT 3

/* ---- text from outside */

/* Control characters, C1 among them; the ends of lines and paragraphs; and those that turn the
   direction of what follows, by which a message could show other words than it has. */
static bool is_control(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    if (p[0] < ' ' || p[0] == 127)
        return true;
    if (p[0] == 0xC2)
        return p[1] < 0xA0;
    return p[0] == 0xE2 && ((p[1] == 0x80 && p[2] >= 0xA8 && p[2] <= 0xAE) ||
                            (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9));
}

static void put_clean(struct buf *out, const char *text, bool lines)
{
    size_t len;

    for (; *text; text += len ? len : 1) {
        len = utf8_character(text, UTF8_MOST);
        if (len == 0)
            buf_puts(out, "?");
        else if (lines && *text == '\n')
            buf_puts(out, "\n    ");
        else if (is_control(text))
            buf_puts(out, " ");
        else
            buf_append(out, text, len);
    }
}

void alert_put_clean(struct buf *out, const char *text)
{
    put_clean(out, text, false);
}

/* ---- words */

const char *alert_level_word(enum health_level level)
{
    static const char *const words[] = {"unknown", "ok", "WARNING", "CRITICAL"};

    return words[level];
}

static enum health_level worst(const struct alert_report *report)
{
    enum health_level level = HEALTH_UNKNOWN;
    int i;

    for (i = 0; i < report->change_count; i++)
        if (report->changes[i].level > level)
            level = report->changes[i].level;
    return level;
}

/* What comes first in the subject. */
static void heading(const struct alert_report *report, char *out, size_t size)
{
    if (report->told == ALERT_RESOLVED)
        snprintf(out, size, "RESOLVED");
    else
        snprintf(out, size, "%s%s", report->told == ALERT_REPEAT ? "STILL " : "",
                 alert_level_word(worst(report)));
}

static void put_moment(struct buf *out, int64_t moment, size_t len)
{
    char text[TIMESTAMP_SQL_SIZE];

    timestamp_format_sql(moment, text);
    buf_printf(out, "%.*s UTC", (int)len, text);
}

/* '[Purser] CRITICAL: database on db1:3306, 2026-11-21 16:40 UTC' */
static int make_subject(const struct alert_report *report, char *subject)
{
    struct buf out;
    char first[32];
    int i, rc;

    buf_init(&out, COMPOSE_SUBJECT_SIZE - 1);
    heading(report, first, sizeof(first));
    buf_printf(&out, "[Purser] %s: ", first);
    for (i = 0; i < report->change_count && i < NAMES_IN_SUBJECT; i++) {
        buf_puts(&out, i ? ", " : "");
        put_clean(&out, report->changes[i].check, false);
    }
    if (report->change_count > NAMES_IN_SUBJECT)
        buf_printf(&out, " and %d more", report->change_count - NAMES_IN_SUBJECT);
    buf_puts(&out, " on ");
    put_clean(&out, report->snapshot->server, false);
    buf_puts(&out, ", ");
    put_moment(&out, report->now, 16);
    rc = out.failed ? -1 : 0;
    if (rc == 0)
        memcpy(subject, out.data, out.len + 1);
    buf_free(&out);
    return rc;
}

/* ---- text */

static void put_change(struct buf *out, const struct alert_report *report,
                       const struct alert_change *change)
{
    buf_printf(out, "  %-8s  ",
               alert_level_word(report->told == ALERT_RESOLVED ? change->was : change->level));
    put_clean(out, change->check, false);
    buf_puts(out, " (");
    put_clean(out, change->service, false);
    buf_puts(out, "), since ");
    put_moment(out, change->since, 19);
    if (report->told == ALERT_REPEAT)
        buf_printf(out, ", repeat %u", change->repeats);
    if (change->message[0]) {
        buf_puts(out, "\n    ");
        put_clean(out, change->message, false);
    }
    if (change->detail && change->detail[0]) {
        buf_puts(out, "\n    ");
        put_clean(out, change->detail, true);
    }
    buf_puts(out, "\n");
}

static void put_value(struct buf *out, const struct health_check *check)
{
    if (!check->has_value || !isfinite(check->value))
        return;
    buf_puts(out, "  [");
    alert_put_value(out, check->value);
    if (check->unit[0]) {
        buf_puts(out, " ");
        put_clean(out, check->unit, false);
    }
    buf_puts(out, "]");
}

static void put_check(struct buf *out, const struct health_check *check)
{
    buf_printf(out, "  %-8s  ", alert_level_word(check->level));
    put_clean(out, check->name, false);
    put_value(out, check);
    if (check->message[0]) {
        buf_puts(out, "  ");
        put_clean(out, check->message, false);
    }
    buf_puts(out, "\n");
}

static void put_critical(struct buf *out, const struct snapshot *snapshot)
{
    int i, count = 0;

    for (i = 0; i < snapshot->check_count; i++)
        if (snapshot->checks[i].level == HEALTH_CRITICAL) {
            if (count++ == 0)
                buf_puts(out, "\nCritical now:\n");
            put_check(out, &snapshot->checks[i]);
        }
    if (count == 0)
        buf_puts(out, "\nNothing is critical now.\n");
}

static void put_checks(struct buf *out, const struct snapshot *snapshot)
{
    int i;

    buf_puts(out, "\nAll checks, as of ");
    put_moment(out, snapshot->made_at, 19);
    buf_puts(out, ":\n");
    for (i = 0; i < snapshot->check_count; i++) {
        const struct health_check *check = &snapshot->checks[i];

        if (i == 0 || strcmp(check->service, check[-1].service) != 0) {
            buf_puts(out, "\n ");
            put_clean(out, check->service, false);
            buf_puts(out, "\n");
        }
        put_check(out, check);
    }
}

static void make_text(const struct alert_report *report, struct buf *out)
{
    static const char *const heads[] = {"", "New", "Still so", "Over"};
    int i;

    buf_printf(out, "%s:\n", heads[report->told]);
    for (i = 0; i < report->change_count; i++)
        put_change(out, report, &report->changes[i]);
    put_critical(out, report->snapshot);
    put_checks(out, report->snapshot);
    buf_puts(out, "\nServer: ");
    put_clean(out, report->snapshot->server, false);
    buf_puts(out, "\nRule: ");
    put_clean(out, report->rule, false);
    buf_printf(out, "\nState: %s\n", alert_told_name(report->told));
    if (report->told != ALERT_RESOLVED)
        buf_puts(out, "It is not told again after CALL purser.alert_acknowledge(rule, note), until "
                      "it is over or gets worse.\n");
}

/* ---- JSON */

static json_t *clean_string(const char *text)
{
    struct buf out;
    json_t *value;

    buf_init(&out, COMPOSE_MAX);
    put_clean(&out, text, false);
    value = json_string(out.data ? out.data : "");
    buf_free(&out);
    return value;
}

static json_t *moment(int64_t at)
{
    char text[TIMESTAMP_ISO_SIZE];

    timestamp_format_iso(at, text);
    return at ? json_string(text) : json_null();
}

static json_t *check_json(const struct health_check *check)
{
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "check", clean_string(check->name),
                     "service", clean_string(check->service), "level",
                     health_level_name(check->level), "since", moment(check->since), "value",
                     check->has_value && isfinite(check->value) ? json_real(check->value)
                                                                : json_null(),
                     "unit", check->unit[0] ? clean_string(check->unit) : json_null(), "message",
                     clean_string(check->message));
}

static json_t *changes_json(const struct alert_report *report)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < report->change_count; i++) {
        const struct alert_change *change = &report->changes[i];

        json_add(&list,
                 json_pack("{s:o, s:o, s:s, s:s, s:o, s:i, s:o}", "check",
                           clean_string(change->check), "service", clean_string(change->service),
                           "level", health_level_name(change->level), "told_before",
                           health_level_name(change->was), "since", moment(change->since),
                           "repeats", (int)change->repeats, "message",
                           clean_string(change->message)));
    }
    return list;
}

static int make_json(const struct alert_report *report, struct buf *out)
{
    json_t *checks = json_array(), *object;
    char *text;
    int i;

    for (i = 0; i < report->snapshot->check_count; i++)
        json_add(&checks, check_json(&report->snapshot->checks[i]));
    object = json_pack(
        "{s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o}", "state", alert_told_name(report->told), "rule",
        clean_string(report->rule), "server", clean_string(report->snapshot->server), "level",
        health_level_name(worst(report)), "overall", health_level_name(report->snapshot->overall),
        "at", moment(report->now), "changes", changes_json(report), "checks", checks);
    text = object ? json_write(object, JSON_COMPACT) : NULL;
    if (text)
        buf_puts(out, text);
    free(text);
    json_decref(object);
    return text && !out->failed ? 0 : -1;
}

/* ---- the message */

int alert_compose(const struct alert_report *report, struct alert_message *message,
                  struct error *err)
{
    memset(message, 0, sizeof(*message));
    buf_init(&message->text, COMPOSE_MAX);
    buf_init(&message->html, COMPOSE_MAX);
    buf_init(&message->json, COMPOSE_MAX);
    make_text(report, &message->text);
    if (make_subject(report, message->subject) == 0 && !message->text.failed &&
        make_json(report, &message->json) == 0) {
        alert_make_html(report, message->subject, &message->html);
        if (!message->html.failed)
            return 0;
    }
    alert_message_free(message);
    return error_set(err, ERROR_MEMORY, "out of memory, or the message is too long");
}

void alert_message_free(struct alert_message *message)
{
    buf_free(&message->text);
    buf_free(&message->html);
    buf_free(&message->json);
}

int alert_dedup_key(const struct alert_report *report, char key[ALERT_KEY_SIZE])
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    char hex[CRYPTO_TEXT_SIZE];
    struct crypto_piece piece;
    struct buf text;
    int i, rc;

    buf_init(&text, COMPOSE_MAX);
    buf_printf(&text, "%s\n%s\n%s\n%lld\n", report->rule, report->snapshot->server,
               alert_told_name(report->told), (long long)report->unique_at);
    for (i = 0; i < report->change_count; i++)
        buf_printf(&text, "%s %d %lld %u\n", report->changes[i].check,
                   (int)report->changes[i].level, (long long)report->changes[i].since,
                   report->changes[i].repeats);
    piece = (struct crypto_piece){text.data, text.len};
    rc = text.failed ? -1 : crypto_sha256(&piece, 1, hash);
    buf_free(&text);
    if (rc != 0)
        return -1;
    crypto_encode(CRYPTO_HEX, hash, sizeof(hash), hex);
    snprintf(key, ALERT_KEY_SIZE, "alert:%.64s", hex);
    return 0;
}
