/*
  checks_shop.c - the checks of the database and of what is in it: the shop, the findings, the
  outbox. Each counts, and leaves the judgement to the thresholds of its row.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "../stop.h"
#include "../zone_file.h"
#include "check_say.h"
#include "failure.h"
#include "level.h"
#include "recorder.h"

#define LEAST_SHARE_MS 100
#define PARAMETER_MAX 5e6 /* minutes: some ten years */
#define HANGS_SECONDS 60
#define HANGS_LEAST 10 /* the recorder has tried twice by then */

#define TABLES 4
static const struct mapped {
    const char *name, *view;
} mapped[TABLES] = {{"orders", "app_payments"},
                    {"order_items", "app_order_items"},
                    {"gadgets", "app_gadgets"},
                    {"users", "app_users"}};

/* ---- the database */

static int milliseconds_since(int64_t begun_ns)
{
    return (int)((clock_ns() - begun_ns) / 1000000);
}

/* Is a table of the shop readable? A share of the time each, so that one that hangs leaves some to
   the others. @retval 0 part was filled in @retval 1 it is not mapped @retval -1 err */
static int look_at_table(const struct check_context *context, const struct mapped *table,
                         int left_to_do, struct health_part *part, struct buf *detail,
                         struct error *err)
{
    int64_t share = (context->deadline_ms - clock_ms()) / (left_to_do + 1), begun = clock_ns();
    struct error why = {0};
    struct rows *rows;
    char seconds[24];

    share = share < LEAST_SHARE_MS ? LEAST_SHARE_MS : share;
    snprintf(seconds, sizeof(seconds), "%lld.%03lld", (long long)share / 1000,
             (long long)share % 1000);
    memset(part, 0, sizeof(*part));
    snprintf(part->name, sizeof(part->name), "%s", table->name);
    rows = db_query(context->db, &why,
                    "SET STATEMENT max_statement_time = %p FOR SELECT * FROM purser.%p LIMIT 1",
                    seconds, table->view);
    rows_close(rows);
    part->latency_us = (clock_ns() - begun) / 1000;
    part->level = rows ? HEALTH_OK : HEALTH_CRITICAL;
    if (rows)
        return 0;
    if (failure_number(&why) == SERVER_NO_SUCH_TABLE && strstr(why.text, table->view))
        return 1;
    if (failure_number(&why) == 0) /* the connection is gone */
        return error_set(err, why.code, "%s", why.text);
    if (failure_number(&why) == SERVER_TIME_IS_OVER)
        snprintf(part->message, sizeof(part->message), "no answer within %d ms",
                 milliseconds_since(begun));
    else
        snprintf(part->message, sizeof(part->message), "cannot be read (error %lu)",
                 failure_number(&why));
    buf_printf(detail, "%s: %s\n", table->name, why.text);
    return 0;
}

static void say_of_database(struct check_result *result)
{
    int i;

    for (i = 0; i < result->part_count; i++) {
        if (result->parts[i].level != HEALTH_CRITICAL)
            continue;
        result->level = HEALTH_CRITICAL;
        snprintf(result->message, sizeof(result->message), "table %s: %.180s",
                 result->parts[i].name, result->parts[i].message);
        return;
    }
    if (result->part_count == 0)
        snprintf(result->message, sizeof(result->message), "it answers; no shop is mapped");
    else
        snprintf(result->message, sizeof(result->message),
                 "it answers, and %d tables of the shop are readable", result->part_count);
}

static double parameter(const struct check_context *context, double fallback)
{
    double value = context->has_parameter ? context->parameter : fallback;

    return value < 0 ? 0 : value > PARAMETER_MAX ? PARAMETER_MAX : value;
}

/* A server that reads and does not commit (a global read lock, a full disk of the binary log, a
   Galera node or a semi-synchronous replica that is waited for) is not well. No statement of this
   check finds that out, for it would hang as well: the recorder, which writes all the time, knows.
 */
static void look_at_writes(const struct check_context *context, struct check_result *result)
{
    double seconds = (double)recorder_hangs_ms() / 1000;

    if (seconds <= fmax(parameter(context, HANGS_SECONDS), HANGS_LEAST))
        return;
    check_part(result, "writes", HEALTH_CRITICAL, -1, "nothing could be committed for %.0f s",
               seconds);
    if (result->level != HEALTH_CRITICAL)
        check_say(result, "writes hang: nothing could be committed for %.0f s", seconds);
    result->level = HEALTH_CRITICAL;
}

/* The value: from the beginning of the connection to the first answer. */
int check_database(const struct check_context *context, struct check_result *result,
                   struct error *err)
{
    int64_t begun = clock_ns();
    char one[4];
    int i, rc;

    if (db_value(context->db, one, sizeof(one), err, "SELECT 1") != 1)
        return error_set(err, ERROR_SQL, "the server gives no row");
    result->has_value = true;
    result->value = (double)(context->connect_us * 1000 + clock_ns() - begun) / 1e6;
    for (i = 0; i < TABLES; i++) {
        rc = look_at_table(context, &mapped[i], TABLES - i, &result->parts[result->part_count],
                           &result->detail, err);
        if (rc < 0)
            return -1;
        result->part_count += rc == 0;
    }
    say_of_database(result);
    look_at_writes(context, result);
    return 0;
}

/* ---- counts */

/* A moment as the shop's DATETIME columns have it; its TIMESTAMP columns are read in that zone,
 * too.
 */
static int app_wall(struct db *db, int64_t moment, char text[TIMESTAMP_SQL_SIZE], struct error *err)
{
    char name[SETTINGS_TEXT_SIZE] = "", offset_text[8];
    struct zone *zone;
    int32_t offset, minutes;

    if (db_value(db, name, sizeof(name), err,
                 "SELECT value FROM purser.settings WHERE name = 'app_time_zone'") == -1)
        return -1;
    zone = zone_load(name[0] ? name : "SYSTEM", err);
    if (!zone)
        return error_prefix(err, "setting app_time_zone: ");
    timestamp_format_sql(zone_to_wall(zone, moment), text);
    offset = zone_offset_at(zone, moment);
    zone_destroy(zone);
    minutes = (offset < 0 ? -offset : offset) / 60;
    snprintf(offset_text, sizeof(offset_text), "%c%02d:%02d", offset < 0 ? '-' : '+',
             (minutes / 60) % 100, minutes % 60);
    return db_exec(db, err, "SET SESSION time_zone = %s", offset_text) < 0 ? -1 : 0;
}

/* What a count of a view has given. Where the view is not there, there is nothing to look at. */
static int take_count(const struct check_context *context, int rc, const char *text,
                      struct check_result *result, struct error *why, struct error *err)
{
    char one[4];

    if (rc == 1 && level_parse_number(text, strlen(text), &result->value) == 0) {
        result->has_value = true;
        return 1;
    }
    if (failure_number(why) != SERVER_NO_SUCH_TABLE)
        return error_set(err, why->code ? why->code : ERROR_SQL, "%s", why->text);
    rc = db_value(context->db, one, sizeof(one), err,
                  "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'purser'"
                  " AND TABLE_NAME = 'app_payments'");
    if (rc == -1)
        return -1;
    snprintf(result->message, sizeof(result->message), "%s",
             rc == 1 ? "call purser.map_app again: the mapping of the shop is of an older version"
                     : "no shop is mapped: call purser.map_app");
    result->is_unmapped = true;
    return 0;
}

int check_order_processing(const struct check_context *context, struct check_result *result,
                           struct error *err)
{
    double minutes = parameter(context, 60);
    int64_t bound = clock_utc_us() - (int64_t)(minutes * 60e6);
    char text[32], wall[TIMESTAMP_SQL_SIZE];
    struct error why = {0};
    int rc;

    if (app_wall(context->db, bound, wall, err) != 0)
        return -1;
    rc = db_value(context->db, text, sizeof(text), &why,
                  "SELECT COUNT(*) FROM purser.app_orders WHERE status = 'processing'"
                  " AND updated_at < %s",
                  wall);
    rc = take_count(context, rc, text, result, &why, err);
    if (rc == 1)
        snprintf(result->message, sizeof(result->message),
                 "%.0f orders in processing for more than %g minutes", result->value, minutes);
    return rc < 0 ? -1 : 0;
}

int check_subscription_renewals(const struct check_context *context, struct check_result *result,
                                struct error *err)
{
    double days = parameter(context, 7);
    char text[32], from[TIMESTAMP_SQL_SIZE], until[TIMESTAMP_SQL_SIZE];
    int64_t now = clock_utc_us();
    struct error why = {0};
    int rc;

    if (app_wall(context->db, now + (int64_t)(fmin(days, 36500) * 86400e6), until, err) != 0 ||
        app_wall(context->db, now, from, err) != 0)
        return -1;
    rc = db_value(context->db, text, sizeof(text), &why,
                  "SELECT COUNT(*) FROM purser.app_users WHERE subscription_active"
                  " AND subscription_renewal_date >= %s AND subscription_renewal_date < %s",
                  from, until);
    rc = take_count(context, rc, text, result, &why, err);
    if (rc == 1)
        snprintf(result->message, sizeof(result->message),
                 "%.0f subscriptions to be renewed within %g days", result->value, days);
    return rc < 0 ? -1 : 0;
}

int check_inventory(const struct check_context *context, struct check_result *result,
                    struct error *err)
{
    double pieces = parameter(context, 5);
    struct error why = {0};
    char text[32];
    int rc;

    rc = db_value(context->db, text, sizeof(text), &why,
                  "SELECT COUNT(*) FROM purser.app_gadgets WHERE in_stock"
                  " AND stock_quantity < %lld",
                  (long long)ceil(pieces));
    rc = take_count(context, rc, text, result, &why, err);
    if (rc == 1)
        snprintf(result->message, sizeof(result->message),
                 "%.0f gadgets in stock with fewer than %g pieces", result->value, pieces);
    return rc < 0 ? -1 : 0;
}

static int count_findings(const struct check_context *context, const char *condition,
                          struct check_result *result, struct error *err)
{
    char text[32];
    int rc =
        db_value(context->db, text, sizeof(text), err,
                 "SELECT COUNT(*) FROM purser.discrepancies WHERE state = 'open'%p", condition);

    if (rc != 1 || level_parse_number(text, strlen(text), &result->value) != 0)
        return error_set(err, ERROR_SQL, "the findings cannot be counted");
    result->has_value = true;
    return 0;
}

int check_discrepancies(const struct check_context *context, struct check_result *result,
                        struct error *err)
{
    if (count_findings(context, "", result, err) != 0)
        return -1;
    snprintf(result->message, sizeof(result->message), "%.0f open discrepancies", result->value);
    return 0;
}

int check_paid_not_recorded(const struct check_context *context, struct check_result *result,
                            struct error *err)
{
    if (count_findings(context, " AND type = 'PAID_NOT_RECORDED'", result, err) != 0)
        return -1;
    snprintf(result->message, sizeof(result->message),
             "%.0f payments that the gateway has and the shop does not", result->value);
    return 0;
}

/* ---- the outbox */

int check_outbox(const struct check_context *context, struct check_result *result,
                 struct error *err)
{
    double minutes = parameter(context, 10), dead;
    struct error why = {0};
    struct rows *rows;
    struct row row;
    int rc;

    rows = db_query(context->db, &why,
                    "SELECT (SELECT COUNT(*) FROM purser.outbox WHERE state = 'waiting' AND"
                    " created_at < UTC_TIMESTAMP(6) - INTERVAL %lld SECOND),"
                    " (SELECT COUNT(*) FROM purser.outbox WHERE state = 'dead' AND"
                    " finished_at >= UTC_TIMESTAMP(6) - INTERVAL 1 DAY)",
                    (long long)(minutes * 60));
    if (!rows && failure_number(&why) == SERVER_NO_SUCH_TABLE) {
        snprintf(result->message, sizeof(result->message), "there is no outbox");
        return 0;
    }
    if (!rows)
        return error_set(err, why.code, "%s", why.text);
    rc = rows_next(rows, &row, err);
    if (rc == 1 && level_parse_number(row.field[0], row.length[0], &result->value) == 0 &&
        level_parse_number(row.field[1], row.length[1], &dead) == 0) {
        snprintf(result->message, sizeof(result->message),
                 "%.0f messages wait for more than %g minutes, %.0f were given up within a day",
                 result->value, minutes, dead);
        result->value += dead;
        result->has_value = true;
        rc = 0;
    }
    rows_close(rows);
    return rc == 0 && result->has_value ? 0
                                        : error_set(err, ERROR_SQL, "the outbox cannot be counted");
}
