/* evaluate_rows.c - see evaluate_rows.h. */
#include "evaluate_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compose.h"

#define ROWS_MAX 65536

static int compare(const void *a, const void *b)
{
    const struct alert_row *left = a, *right = b;
    int order = strcmp(left->rule, right->rule);

    return order ? order : strcmp(left->subject, right->subject);
}

static enum health_level level_of(const char *word)
{
    int level;

    for (level = HEALTH_OK; word && level <= HEALTH_CRITICAL; level++)
        if (strcmp(word, health_level_name(level)) == 0)
            return level;
    return HEALTH_UNKNOWN;
}

static enum alert_told told_of(const char *word)
{
    int told;

    for (told = ALERT_NEW; word && told <= ALERT_RESOLVED; told++)
        if (strcmp(word, alert_told_name(told)) == 0)
            return told;
    return ALERT_NOTHING;
}

static int64_t number(const char *field)
{
    return field ? strtoll(field, NULL, 10) : 0;
}

static int add(struct alert_rows *rows, const struct row *row)
{
    struct alert_row *longer, *r;
    int room = rows->room ? 2 * rows->room : 64;

    if (rows->count == rows->room) {
        longer = realloc(rows->list, (size_t)room * sizeof(*longer));
        if (!longer)
            return -1;
        rows->list = longer;
        rows->room = room;
    }
    r = &rows->list[rows->count++];
    memset(r, 0, sizeof(*r));
    r->id = strtoull(row->field[0], NULL, 10);
    snprintf(r->rule, sizeof(r->rule), "%s", row->field[1]);
    snprintf(r->subject, sizeof(r->subject), "%s", row->field[2]);
    r->state.level = level_of(row->field[3]);
    r->state.since = number(row->field[4]);
    r->state.told = told_of(row->field[5]);
    r->state.told_level = level_of(row->field[6]);
    r->state.last_told = number(row->field[7]);
    r->state.repeats = (unsigned)number(row->field[8]);
    r->state.acknowledged = row->field[9] != NULL;
    r->is_checked = row->field[10] != NULL;
    return 0;
}

int alert_rows_read(struct db *db, const char *server, struct alert_rows *rows, struct error *err)
{
    struct rows *result;
    struct row row;
    int rc;

    memset(rows, 0, sizeof(*rows));
    result = db_query(db, err,
                      "SELECT a.id, a.rule, a.subject, a.level,"
                      " TIMESTAMPDIFF(MICROSECOND, '1970-01-01', a.since), a.told_state,"
                      " a.told_level, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', a.last_told),"
                      " a.repeats, a.acknowledged_at, c.name"
                      " FROM purser.alerts a"
                      " LEFT JOIN purser.health_checks c ON c.name = a.subject AND c.enabled"
                      " WHERE a.server = %s AND a.since IS NOT NULL LIMIT %d",
                      server, ROWS_MAX);
    if (!result)
        return -1;
    while ((rc = rows_next(result, &row, err)) == 1)
        if (add(rows, &row) != 0) {
            rc = error_set(err, ERROR_MEMORY, "out of memory");
            break;
        }
    rows_close(result);
    if (rows->count > 1)
        qsort(rows->list, (size_t)rows->count, sizeof(*rows->list), compare);
    return rc;
}

void alert_rows_free(struct alert_rows *rows)
{
    free(rows->list);
    memset(rows, 0, sizeof(*rows));
}

struct alert_row *alert_rows_find(const struct alert_rows *rows, const char *rule,
                                  const char *subject)
{
    int low = 0, high = rows->count, middle, order;

    while (low < high) {
        middle = low + (high - low) / 2;
        order = strcmp(rows->list[middle].rule, rule);
        if (order == 0)
            order = strcmp(rows->list[middle].subject, subject);
        if (order == 0)
            return &rows->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

int alert_row_write(struct db *db, const char *server, const char *rule, const char *subject,
                    const struct alert_state *state, bool is_fresh, struct error *err)
{
    const char *told = state->told == ALERT_NOTHING ? NULL : alert_told_name(state->told);
    enum health_level told_level =
        state->told_level == HEALTH_UNKNOWN ? HEALTH_OK : state->told_level;

    return db_exec(db, err,
                   "INSERT INTO purser.alerts (rule, server, subject, level, since, told_state,"
                   " told_level, last_told, repeats) VALUES (%s, %s, %s, %s, %td, %s, %s, %td, %d)"
                   " ON DUPLICATE KEY UPDATE level = VALUES(level), since = VALUES(since),"
                   " told_state = VALUES(told_state), told_level = VALUES(told_level),"
                   " last_told = VALUES(last_told), repeats = VALUES(repeats),"
                   " acknowledged_at = IF(%d, NULL, acknowledged_at),"
                   " acknowledged_by = IF(%d, NULL, acknowledged_by), note = IF(%d, NULL, note)",
                   rule, server, subject,
                   health_level_name(state->level == HEALTH_UNKNOWN ? HEALTH_OK : state->level),
                   state->since, told, told ? health_level_name(told_level) : NULL,
                   state->last_told, (int)state->repeats, is_fresh, is_fresh, is_fresh) < 0
               ? -1
               : 0;
}

int alert_row_delete(struct db *db, uint64_t id, struct error *err)
{
    return db_exec(db, err, "DELETE FROM purser.alerts WHERE id = %llu", (unsigned long long)id) < 0
               ? -1
               : 0;
}

char *alert_read_detail(struct db *db, const char *server, const char *check)
{
    char *text = malloc(COMPOSE_DETAIL_MAX);

    if (text && db_value(db, text, COMPOSE_DETAIL_MAX, NULL,
                         "SELECT LEFT(detail, 1000) FROM purser.health_results"
                         " WHERE server = %s AND name = %s"
                         " ORDER BY checked_at DESC, id DESC LIMIT 1",
                         server, check) == 1)
        return text;
    free(text);
    return NULL;
}
