/*
  table.c - see table.h.

  The table's own constraints see to it that a row makes sense; what is read is bounded all the
  same, for constraints can be switched off.
*/
#include "table.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "../log.h"
#include "../stop.h"
#include "../zone_file.h"

#define TIMEOUT_MAX_MS (86400 * 1000LL)
#define INTERVAL_MAX_MS (604800 * 1000LL)

void check_row_database(struct check_row *row)
{
    memset(row, 0, sizeof(*row));
    snprintf(row->name, sizeof(row->name), "database");
    snprintf(row->service, sizeof(row->service), "database");
    snprintf(row->builtin, sizeof(row->builtin), "database");
    snprintf(row->unit, sizeof(row->unit), "ms");
    row->timeout_ms = CHECK_TIMEOUT_MS;
    row->fail_count = row->fail_window = 1;
}

int check_row_copy(struct check_row *to, const struct check_row *from)
{
    char *query = from->query ? strdup(from->query) : NULL;

    if (from->query && !query)
        return -1;
    free(to->query);
    *to = *from;
    to->query = query;
    return 0;
}

void check_row_deinit(struct check_row *row)
{
    free(row->query);
    row->query = NULL;
}

void check_table_destroy(struct check_table *table)
{
    int i;

    if (!table)
        return;
    for (i = 0; i < table->count; i++)
        check_row_deinit(&table->rows[i]);
    free(table->rows);
    past_destroy(table->past);
    free(table);
}

static int two_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    return (text[0] - '0') * 10 + text[1] - '0';
}

int hours_contain(const char *hours, int hour)
{
    int from, until;

    if (strlen(hours) != 5 || hours[2] != '-')
        return -1;
    from = two_digits(hours);
    until = two_digits(hours + 3);
    if (from < 0 || from > 23 || until < 0 || until > 24)
        return -1;
    return from < until ? hour >= from && hour < until : hour >= from || hour < until;
}

static void text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static bool number(const struct row *row, unsigned i, double *value)
{
    return row->field[i] && level_parse_number(row->field[i], row->length[i], value) == 0;
}

static int64_t bounded(const struct row *row, unsigned i, int64_t least, int64_t most,
                       int64_t fallback)
{
    int64_t value = row->field[i] ? strtoll(row->field[i], NULL, 10) : fallback;

    return value < least ? least : value > most ? most : value;
}

static int take_row(struct check_row *to, const struct row *row)
{
    text(to->name, sizeof(to->name), row->field[0]);
    text(to->service, sizeof(to->service), row->field[1]);
    text(to->builtin, sizeof(to->builtin), row->field[2]);
    if (!to->builtin[0]) {
        to->query = strdup(row->field[3] ? row->field[3] : "");
        if (!to->query)
            return -1;
    }
    to->thresholds.has_warning = number(row, 4, &to->thresholds.warning);
    to->thresholds.has_critical = number(row, 5, &to->thresholds.critical);
    to->thresholds.below = row->field[6] && strcmp(row->field[6], "below") == 0;
    to->has_parameter = number(row, 7, &to->parameter);
    text(to->unit, sizeof(to->unit), row->field[8]);
    to->interval_ms = row->field[9] ? bounded(row, 9, 1, INTERVAL_MAX_MS / 1000, 1) * 1000 : 0;
    to->timeout_ms = bounded(row, 10, 1, TIMEOUT_MAX_MS / 1000, CHECK_TIMEOUT_MS / 1000) * 1000;
    to->fail_window = (int)bounded(row, 11, 1, HEALTH_HISTORY, 1);
    to->fail_count = (int)bounded(row, 12, 1, to->fail_window, 1);
    return 0;
}

/* The built-in ones first: however many a DBA adds, those are looked at. */
static int read_rows(struct check_table *table, struct db *db, struct error *err)
{
    struct rows *rows = db_query(
        db, err,
        "SELECT name, service, builtin, query, warning, critical, direction, parameter, unit,"
        " interval_seconds, timeout_seconds, fail_window, fail_count FROM purser.health_checks"
        " WHERE enabled ORDER BY kind = 'sql', name LIMIT %d",
        HEALTH_CHECKS_MAX + 1);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    table->rows = calloc(HEALTH_CHECKS_MAX, sizeof(*table->rows));
    if (!table->rows) {
        rows_close(rows);
        return error_set(err, ERROR_MEMORY, "out of memory");
    }
    while ((rc = rows_next(rows, &row, err)) == 1 && table->count < HEALTH_CHECKS_MAX) {
        if (take_row(&table->rows[table->count], &row) != 0) {
            rc = error_set(err, ERROR_MEMORY, "out of memory");
            break;
        }
        table->count++;
    }
    table->left_out = rc == 1;
    rows_close(rows);
    return rc < 0 ? -1 : 0;
}

static int hour_now(const struct settings *settings, struct error *err)
{
    struct zone *zone = zone_load(settings->time_zone, err);
    int64_t second;

    if (!zone)
        return -1;
    second = zone_to_wall(zone, clock_utc_us()) / MICROS % DAY_SECONDS;
    zone_destroy(zone);
    return (int)(second / 3600);
}

/* Said once for each text that makes no sense. */
static void complain(const char *hours)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char last[64];
    bool is_new;

    pthread_mutex_lock(&lock);
    is_new = strncmp(last, hours, sizeof(last) - 1) != 0;
    snprintf(last, sizeof(last), "%s", hours);
    pthread_mutex_unlock(&lock);
    if (is_new)
        log_warning("health: the setting health_check_tables_hours is '%.60s', not of the form"
                    " hh-hh, as 02-05: no table is checked",
                    hours);
}

static int read_settings(struct check_table *table, struct db *db, const struct settings *settings,
                         struct error *err)
{
    char hours[64];
    int hour, inside;

    if (db_value(db, table->server, sizeof(table->server), err,
                 "SELECT CONCAT(LEFT(@@hostname, 100), ':', @@port)") == -1 ||
        db_value(db, hours, sizeof(hours), err,
                 "SELECT LEFT(value, 15) FROM purser.settings WHERE name ="
                 " 'health_check_tables_hours'") == -1)
        return -1;
    hour = hour_now(settings, err);
    if (hour < 0)
        return -1;
    inside = hours_contain(hours[0] ? hours : "02-05", hour);
    if (inside < 0)
        complain(hours);
    table->is_off_peak = inside == 1;
    return 0;
}

struct check_table *check_table_read(struct db *db, const struct settings *settings, bool with_past,
                                     struct error *err)
{
    struct check_table *table = calloc(1, sizeof(*table));

    if (!table) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    if (read_rows(table, db, err) == 0 && read_settings(table, db, settings, err) == 0) {
        /* Nothing needs it but the view: without it all is begun anew. */
        table->past = with_past ? past_read(db, table->server, NULL) : NULL;
        return table;
    }
    check_table_destroy(table);
    return NULL;
}
