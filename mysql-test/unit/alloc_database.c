/*
  alloc_database.c - health, alerts and messages with the rows of unit_db.h in the place of a
  database, while memory runs out.
*/
#define UNIT_DB_LOST_EVERY 1000000000

#include <stdio.h>
#include <unistd.h>

#include "../../plugin/alert/alerts.h"
#include "../../plugin/alert/compose.h"
#include "../../plugin/alert/emergency.h"
#include "../../plugin/alert/evaluate_rows.h"
#include "../../plugin/alert/outbox_rows.h"
#include "../../plugin/audit/store.h"
#include "../../plugin/health/answer.h"
#include "../../plugin/health/board.h"
#include "../../plugin/health/checker.h"
#include "../../plugin/health/coordinator.h"
#include "../../plugin/health/looks.h"
#include "../../plugin/health/recorder.h"
#include "../../plugin/health/sql_check.h"
#include "../../plugin/alert/outbox.h"
#include "../../plugin/peers/peers.h"
#include "../../plugin/secrets_cache.h"
#include "alloc_scenarios.h"
#include "unit_db.h"
#include "unit_health.h"

static struct unit_db_row database[] = {
    {"FROM purser.health_checks WHERE",
     {"database", "database", "database", NULL, "1000", NULL, "above", NULL, "ms", "15", "5", "1",
      "1"}},
    {"FROM purser.health_checks WHERE",
     {"mine", "payments", NULL, "SELECT 5", "3", NULL, "above", NULL, "", "15", "5", "3", "2"}},
    {"FROM purser.health_checks c JOIN",
     {"mine", "payments", "warning", "warning", "2025-07-05 10:00:00.000000", "5", "1000", "m",
      "[{\"name\":\"square\",\"level\":\"warning\",\"latency_us\":7,\"message\":\"m\"}]"}},
    {"@@hostname", {"db1:3306"}},
    {"FROM purser.alert_rules",
     {"all", "*", "warning", "240", "0", "3600", "1", "hook", "webhook", "https://hook.example/x",
      "json", "1"}},
    {"FROM purser.alert_rules",
     {"mails", "database", "warning", "240", NULL, NULL, "1", "mail", "mail",
      "ops@example.com,dev@example.com", "json", "1"}},
    {"FROM purser.alert_silences", {"service:nothing"}},
    {"FROM purser.health_results WHERE name", {"the detail"}},
    {"FROM purser.alerts a LEFT JOIN",
     {"7", "all", "payment_gateways", "warning", "1751709600000000", "NEW", "warning",
      "1751709600000000", "0", NULL, "payment_gateways"}},
    {"FROM purser.outbox WHERE state",
     {"7", "usage", "key", "a@b.example", "subject", "text", "<p>", "{}", "0", "1751709600000000"}},
    {"api_call()", {"200", NULL, NULL, "{\"month\":null}", "1"}},
    {"api_idempotency_begin()", {"begun"}},
};

static struct db *open_db(void)
{
    static struct db db;

    unit_db_rows = database;
    unit_db_row_count = (int)(sizeof(database) / sizeof(database[0]));
    db.is_lost = false;
    return &db;
}

void alloc_database_open(void (*told)(const char *format, va_list values))
{
    unit_db_told = told;
    open_db();
}

static const struct settings settings = {.time_zone = "Africa/Blantyre", .health_interval = 15};

/* ---- health */

static int table(struct error *err)
{
    struct check_table *t = check_table_read(open_db(), &settings, true, err);
    int rc = 0;

    if (!t)
        return -1;
    if (t->count != 2 || strcmp(t->server, "db1:3306") != 0)
        rc = alloc_wrong(err, "not the two checks");
    else if (!t->past)
        rc = alloc_refused(err); /* all is begun anew */
    check_table_destroy(t);
    return rc;
}

static int looks(struct error *err)
{
    struct looks *all = calloc(1, sizeof(*all));
    struct check_table *t = all ? check_table_read(open_db(), &settings, true, err) : NULL;
    struct snapshot *snapshot = NULL;
    int rc = t ? 0 : alloc_refused(err);
    int i;

    if (rc == 0 && looks_take_rows(all, t->rows, t->count, 15000) != 0)
        rc = alloc_refused(err);
    if (rc == 0 && all->count != 2)
        rc = alloc_wrong(err, "not the two checks");
    if (rc == 0 && t->past)
        looks_recall(all, t->past);
    for (i = 0; rc == 0 && i < all->count; i++)
        look_overrun(all->list[i], clock_ms() - 5000);
    if (rc == 0)
        snapshot = looks_snapshot(all);
    if (rc == 0 && !snapshot)
        rc = alloc_refused(err);
    if (rc == 0 && snapshot->check_count != 2)
        rc = alloc_wrong(err, "a check is missing");
    snapshot_release(snapshot);
    if (all)
        looks_deinit(all);
    check_table_destroy(t);
    free(all);
    return rc;
}

static int job(struct error *err)
{
    struct job *j = job_create(ERRAND_CHECK, LANE_QUERY, 5000);
    struct check_row from = {.name = "a", .service = "b", .query = (char *)(uintptr_t) "SELECT 1"};
    int rc = j ? check_row_copy(&j->row, &from) : -1;

    if (rc == 0 && strcmp(j->row.query, "SELECT 1") != 0)
        rc = alloc_wrong(err, "another query");
    job_destroy(j);
    return rc == -1 ? alloc_refused(err) : rc;
}

static int written_down(struct error *err)
{
    struct looks *all = calloc(1, sizeof(*all));
    struct check_table *t = all ? check_table_read(open_db(), &settings, false, err) : NULL;
    struct job *j = t ? job_create(ERRAND_CHECK, LANE_QUERY, 5000) : NULL;
    int rc = j && looks_take_rows(all, t->rows, t->count, 15000) == 0 ? 0 : alloc_refused(err);

    if (rc == 0) {
        j->result.has_value = true;
        j->result.value = 7;
        buf_puts(&j->result.detail, "a detail");
        j->result.parts[0] = (struct health_part){.name = "part", .level = HEALTH_OK};
        j->result.part_count = 1;
        look_take(all->list[1], j, clock_ms());
        look_record(all->list[1], j, "db1:3306");
        if (!all->list[1]->recorded_ms)
            rc = alloc_refused(err); /* the next look will do it */
    }
    recorder_reset(); /* what was handed over is thrown away */
    job_destroy(j);
    if (all)
        looks_deinit(all);
    check_table_destroy(t);
    free(all);
    return rc;
}

static int told(struct error *err)
{
    struct snapshot *snapshot = unit_snapshot(HEALTH_CRITICAL, 0);
    char *text = snapshot ? health_answer(snapshot) : NULL;
    int rc = text ? 0 : alloc_refused(err);

    if (text && (text[0] != '[' || text[strlen(text) - 1] != ']' || !strstr(text, "paychangu")))
        rc = snapshot->checks[1].part_count == 2 ? alloc_wrong(err, "cut") : alloc_refused(err);
    free(text);
    snapshot_release(snapshot);
    return rc;
}

static int report(struct error *err)
{
    struct snapshot *snapshot = snapshot_create(1);
    struct health_report *r = snapshot ? health_report_create(json_pack("{s:i}", "a", 1), 1) : NULL;

    if (snapshot && r)
        snapshot_share_report(snapshot, r);
    health_report_release(r);
    snapshot_release(snapshot);
    return snapshot && r ? 0 : alloc_refused(err);
}

static int a_check(const char *name, struct error *err)
{
    const struct builtin_check *check = builtin_check_find(name);
    struct check_result result = {0};
    struct check_context context = {.db = open_db(),
                                    .settings = &settings,
                                    .timeout_ms = 5000,
                                    .deadline_ms = clock_ms() + 5000};
    int rc;

    buf_init(&result.detail, CHECK_DETAIL_MAX);
    rc = check->run(&context, &result, err);
    buf_free(&result.detail);
    return rc;
}

static int tables(struct error *err)
{
    return a_check("tables", err);
}

static int gateways(struct error *err)
{
    return a_check("payment_gateways", err);
}

static int query(struct error *err)
{
    struct check_result result = {0};
    struct check_context context = {.db = open_db(),
                                    .settings = &settings,
                                    .timeout_ms = 5000,
                                    .deadline_ms = clock_ms() + 5000};
    int rc;

    buf_init(&result.detail, CHECK_DETAIL_MAX);
    rc = sql_check_run(&context, "SELECT 5 FROM purser.alert_silences", &result, err);
    buf_free(&result.detail);
    return rc;
}

/* ---- threads, whose life is over as soon as they begin */

static int lives(void (*body)(void *), void *argument, struct error *err)
{
    unsigned long logged = atomic_load(&unit_db_logged);

    stop_request();
    body(argument);
    recorder_reset();
    stop_reset();
    return atomic_load(&unit_db_logged) == logged ? 0 : alloc_refused(err);
}

static int coordinator(struct error *err)
{
    return lives(coordinator_body, NULL, err);
}

static int recorder(struct error *err)
{
    return lives(recorder_body, NULL, err);
}

static int outbox(struct error *err)
{
    return lives(outbox_body, NULL, err);
}

static int peers(struct error *err)
{
    return lives(peers_body, NULL, err);
}

static void set_peers(const char *peers, const char *secrets)
{
    static struct settings set;

    alloc_fail_pause();
    set = settings;
    snprintf(set.rate_limit_peers, sizeof(set.rate_limit_peers), "%s", peers);
    snprintf(set.secrets_file, sizeof(set.secrets_file), "%s", secrets);
    settings_put(&set);
    secrets_cache_forget();
    alloc_fail_resume();
}

/* It is stopped when it first says anything: that it has taken its peer up, or why it has not. */
static int peers_taken_up(struct error *err)
{
    const char text[] = "{\"rate_limits\":{\"peer_secret\":\"0123456789abcdef0123456789abcdef\"}}";
    static struct peers_seen seen;
    char path[] = "/tmp/purser_alloc_XXXXXX";
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) != 0)
        abort();
    set_peers("http://127.0.0.1:1", path);
    unit_db_on_log = stop_request;
    peers_body(NULL);
    unit_db_on_log = NULL;
    stop_reset();
    set_peers("", "");
    unlink(path);
    peers_get(&seen);
    if (seen.trouble[0])
        return error_set(err, strstr(seen.trouble, "memory") ? ERROR_MEMORY : ERROR_CONFIG, "%s",
                         seen.trouble);
    return seen.count == 1 ? 0 : alloc_refused(err);
}

static int checker(struct error *err)
{
    static struct checker who = {LANE_CHECK, 1};
    int rc;

    board_stop();
    rc = lives(checker_body, &who, err);
    board_reset();
    return rc;
}

/* ---- alerts and messages */

static int evaluated(struct error *err)
{
    struct snapshot *snapshot = unit_snapshot(HEALTH_CRITICAL, 0);
    int rc = snapshot && snapshot->checks[1].part_count == 2 ? 0 : alloc_refused(err);

    settings_put(&settings);
    if (rc == 0) {
        snapshot->checks[0].since = clock_utc_us() - 60000000;
        rc = alerts_evaluate(open_db(), snapshot, err);
        alerts_committed(rc == 0);
    }
    snapshot_release(snapshot);
    return rc;
}

static int composed(struct error *err)
{
    struct snapshot *snapshot = unit_snapshot(HEALTH_CRITICAL, 0);
    struct alert_message message = {0};
    struct alert_change change = {
        .level = HEALTH_CRITICAL, .since = UNIT_MADE_AT, .message = "m", .detail = "d"};
    struct alert_report r = {.told = ALERT_NEW,
                             .rule = "all",
                             .snapshot = snapshot,
                             .now = UNIT_MADE_AT,
                             .changes = &change,
                             .change_count = 1};
    char key[ALERT_KEY_SIZE];
    int rc = -1;

    if (!snapshot)
        return alloc_refused(err);
    change.check = snapshot->checks[0].name;
    change.service = snapshot->checks[0].service;
    if (alert_dedup_key(&r, key) != 0)
        alloc_refused(err);
    else if (alert_compose(&r, &message, err) == 0)
        rc = message.html.failed || message.text.failed || message.json.failed
                 ? alloc_wrong(err, "a part of a message")
                 : 0;
    alert_message_free(&message);
    snapshot_release(snapshot);
    return rc;
}

static int due(struct error *err)
{
    struct outbox_channel channel = {.channel = {.name = "hook", .enabled = true},
                                     .concurrency = 1};
    struct parcel *parcel = NULL, *first = parcel_create();
    int rc = first ? 0 : alloc_refused(err);

    if (rc == 0) { /* one that is under way already */
        first->row = 3;
        post_reset();
        if (!post_hand(first))
            rc = alloc_wrong(err, "there is no room");
        else
            rc = outbox_next(open_db(), &channel, "shop.example", &parcel, err);
    }
    if (rc == 0 && (!parcel || !parcel->recipient || !parcel->html || !parcel->payload))
        rc = alloc_wrong(err, "a part of a message");
    if (rc != 0 && parcel)
        rc = alloc_wrong(err, "a message and an error");
    parcel_destroy(parcel);
    post_reset();
    return rc;
}

static int settled(struct error *err)
{
    struct parcel parcel = {.row = 7,
                            .channel = {.is_mail = true, .target = "a@b.example,c@d.example"},
                            .outcome = POST_DEAD,
                            .is_to_be_split = true};
    int rc = outbox_settle(open_db(), &parcel, 0, 7, err);

    parcel.is_to_be_split = false;
    parcel.outcome = POST_AGAIN;
    error_set(&parcel.why, ERROR_REMOTE, "no answer");
    return rc == 0 ? outbox_settle(open_db(), &parcel, 1000, 7, err) : rc;
}

/* The database hangs: rules that were read before it did tell of it from memory. */
static int from_memory(struct error *err)
{
    struct snapshot *snapshot = unit_snapshot(HEALTH_CRITICAL, 0);
    struct alert_rules *rules = snapshot ? calloc(1, sizeof(*rules)) : NULL;
    struct parcel *parcel;
    int rc = rules ? 0 : alloc_refused(err), sent = 0, again = 0;

    emergency_reset();
    post_reset();
    settings_put(&settings);
    if (rc == 0 && alert_rules_read(open_db(), rules, err) != 0) {
        free(rules);
        rc = -1;
    } else if (rc == 0) {
        rules->list[0].quiet_from = rules->list[0].quiet_until = -1;
        rc = emergency_remember(open_db(), rules, err);
    }
    if (rc == 0) {
        snapshot->checks[0].since = clock_utc_us() - 60000000;
        snapshot_publish(snapshot);
        snapshot = NULL;
        emergency_set(true, clock_utc_us() - 60000000);
        while ((parcel = emergency_take()) != NULL) {
            if (!parcel->subject || !parcel->text ||
                !(parcel->channel.is_mail ? parcel->html : parcel->payload))
                rc = alloc_wrong(err, "a part of a message");
            parcel->outcome = POST_SENT;
            emergency_done(parcel);
            sent++;
        }
        while (rc == 0 && sent < 2 && !alloc_fail_is_for_good() && again++ < 9) {
            parcel = emergency_take(); /* those that send ask again and again */
            if (parcel) {
                parcel->outcome = POST_SENT;
                emergency_done(parcel);
                sent++;
            }
        }
        if (rc == 0 && sent != 2)
            rc = alloc_fail_is_for_good() ? alloc_refused(err)
                                          : alloc_wrong(err, "a message was lost");
        else if (rc == 0 && again)
            rc = alloc_refused(err);
        if (emergency_write_down(open_db(), "db1:3306", err) != 0 && rc == 0)
            rc = -1;
        emergency_committed(rc == 0);
        snapshot_publish(NULL);
    }
    snapshot_release(snapshot);
    emergency_reset();
    post_reset();
    return rc;
}

/* ---- the audit log */

static int tiles(struct error *err)
{
    struct crypto_hasher *hasher;
    struct tiles all = {0};
    struct tile_writer writer;
    struct merkle_hash hashes[2] = {{{1}}, {{2}}};
    int rc;

    alloc_fail_pause();
    hasher = crypto_hasher_create();
    alloc_fail_resume();
    rc = tiles_init(&all, open_db(), hasher);
    if (rc != 0)
        alloc_refused(err);
    if (rc == 0 && !tiles_read(&all, 0, 0, err))
        rc = -1;
    tile_writer_init(&writer, open_db());
    if (rc == 0)
        rc = tile_writer_put(&writer, 0, 0, hashes, 2, err);
    if (rc == 0)
        rc = tile_writer_flush(&writer, err);
    tile_writer_free(&writer);
    tiles_free(&all);
    crypto_hasher_destroy(hasher);
    return rc;
}

const struct alloc_scenario alloc_database[] = {
    {"the checks of the table", table,
     "parts that were found before are not shown until the next look", NULL},
    {"the looks", looks, "parts that were found before are not shown until the next look", NULL},
    {"a job", job, NULL, NULL},
    {"a result is written down", written_down, "parts are left out", NULL},
    {"what SQL is told", told, NULL, NULL},
    {"a report", report, NULL, NULL},
    {"the check of the tables", tables, "the detail is shorter", NULL},
    {"the check of the gateways", gateways, "the detail is shorter", NULL},
    {"a check of a DBA's", query, "the detail is shorter", NULL},
    {"the coordinator", coordinator, NULL, NULL},
    {"the recorder", recorder, NULL, NULL},
    {"the outbox's thread", outbox, NULL, NULL},
    {"the peers' thread", peers, NULL, NULL},
    {"peers are taken up", peers_taken_up, "who cannot be told now is told later", NULL},
    {"a checker", checker, NULL, NULL},
    {"alerts are evaluated", evaluated, "a detail is left out of a mail", NULL},
    {"a message about alerts", composed, "parts are not shown", NULL},
    {"the next message", due, NULL, NULL},
    {"a message is settled", settled, "the reason is left out", NULL},
    {"a message from memory", from_memory, "quiet hours are not known, and it goes out", NULL},
    {"tiles", tiles, NULL, NULL},
    {NULL, NULL, NULL, NULL}};
