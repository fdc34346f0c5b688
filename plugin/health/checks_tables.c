/*
  checks_tables.c - the check `tables`: CHECK TABLE of the shop's tables and of Purser's.

  QUICK first, for all of them, then the thorough form for those that passed: damage is found early,
  and the thorough form is not let loose on a table of which it is known already. The connection may
  be killed at any time: then it ends.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../stop.h"
#include "check_say.h"
#include "failure.h"

#define TABLES_MAX 128
#define IDENTIFIER_MAX 200 /* bytes of a name of 64 characters, and some */

enum verdict { NOT_CHECKED, SOUND, DAMAGED };

struct table {
    char schema[IDENTIFIER_MAX], name[IDENTIFIER_MAX];
    bool is_shops;
    enum verdict verdict;
};

struct tables {
    struct table list[TABLES_MAX];
    int count;
};

static int list_tables(struct db *db, struct tables *tables, struct error *err)
{
    struct rows *rows = db_query(
        db, err,
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_SCHEMA <> 'purser' FROM information_schema.TABLES"
        " WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND (TABLE_SCHEMA = 'purser' OR"
        " (TABLE_NAME IN ('orders', 'order_items', 'gadgets', 'users') AND TABLE_SCHEMA ="
        " (SELECT value FROM purser.settings WHERE name = 'app_schema')))"
        " ORDER BY 3 DESC, 2 LIMIT %d",
        TABLES_MAX);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1 && tables->count < TABLES_MAX) {
        struct table *table = &tables->list[tables->count++];

        snprintf(table->schema, sizeof(table->schema), "%s", row.field[0]);
        snprintf(table->name, sizeof(table->name), "%s", row.field[1]);
        table->is_shops = strcmp(row.field[2], "1") == 0;
    }
    rows_close(rows);
    return rc < 0 ? -1 : 0;
}

static void put_identifier(struct buf *out, const char *name)
{
    buf_puts(out, "`");
    for (; *name; name++)
        buf_append(out, *name == '`' ? "``" : name, *name == '`' ? 2 : 1);
    buf_puts(out, "`");
}

/* Errors that say nothing of the table, in the words of the server (lc_messages is en_US). */
static bool is_no_damage(const char *text)
{
    static const char *const words[] = {"Lock wait timeout", "interrupted", "denied", "Deadlock",
                                        "doesn't exist"};
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* The last line is the state, or the error "Corrupt"; those before it say what is wrong. The state
   "Operation failed" is that of a table that cannot be opened as well as that of one that could
   not be had. */
static enum verdict read_verdict(struct rows *rows, const struct table *table, struct buf *detail,
                                 struct error *err)
{
    enum verdict verdict = NOT_CHECKED;
    bool has_error = false;
    struct row row;

    while (rows_next(rows, &row, err) == 1) {
        const char *type = row.field[2] ? row.field[2] : "";
        const char *text = row.field[3] ? row.field[3] : "";

        if (strcasecmp(type, "status") == 0) {
            if (strcmp(text, "OK") == 0 || strcmp(text, "Table is already up to date") == 0)
                verdict = SOUND;
            else if (strcmp(text, "Operation failed") != 0)
                verdict = DAMAGED;
        } else if (strcasecmp(type, "note") == 0) {
            verdict = SOUND; /* its engine has nothing to check */
        }
        has_error = has_error || (strcasecmp(type, "error") == 0 && !is_no_damage(text));
        if (verdict != SOUND)
            buf_printf(detail, "%s.%s: %s\n", table->schema, table->name, text);
    }
    return verdict == NOT_CHECKED && has_error ? DAMAGED : verdict;
}

static int check_one(struct db *db, struct table *table, const char *how, struct buf *detail,
                     struct error *err)
{
    struct rows *rows;
    struct buf text;

    buf_init(&text, 1024);
    buf_puts(&text, "CHECK TABLE ");
    put_identifier(&text, table->schema);
    buf_puts(&text, ".");
    put_identifier(&text, table->name);
    buf_puts(&text, how);
    rows = text.failed ? NULL : db_query_text(db, &text, err);
    buf_free(&text);
    if (!rows)
        return -1;
    table->verdict = read_verdict(rows, table, detail, err);
    rows_close(rows);
    return err->code == ERROR_NONE ? 0 : -1;
}

static int pass(const struct check_context *context, struct tables *tables, const char *how,
                struct buf *detail, struct error *err)
{
    int i;

    for (i = 0; i < tables->count; i++) {
        if (clock_ms() >= context->deadline_ms)
            return error_set(err, ERROR_INPUT,
                             "%d of %d tables were checked in time: raise timeout_seconds", i,
                             tables->count);
        if (tables->list[i].verdict != DAMAGED &&
            check_one(context->db, &tables->list[i], how, detail, err) != 0)
            return -1;
    }
    return 0;
}

/* Those of the shop and the damaged ones have a place; of the others those for which there is room.
 */
static void put_part(struct check_result *result, const struct table *table)
{
    static const struct {
        enum health_level level;
        const char *words;
    } says[] = {[NOT_CHECKED] = {HEALTH_WARNING, "could not be checked"},
                [SOUND] = {HEALTH_OK, "sound"},
                [DAMAGED] = {HEALTH_CRITICAL, "damaged"}};
    char name[sizeof("purser.") + IDENTIFIER_MAX];

    if (result->part_count == HEALTH_PARTS_MAX && table->verdict == SOUND)
        return;
    if (result->part_count == HEALTH_PARTS_MAX)
        result->part_count--;
    snprintf(name, sizeof(name), "%s%s", table->is_shops ? "" : "purser.", table->name);
    check_part(result, name, says[table->verdict].level, -1, "%s", says[table->verdict].words);
}

static void judge(const struct tables *tables, struct check_result *result)
{
    int i, damaged = 0, unchecked = 0;

    for (i = 0; i < tables->count; i++) {
        damaged += tables->list[i].verdict == DAMAGED;
        unchecked += tables->list[i].verdict == NOT_CHECKED;
        put_part(result, &tables->list[i]);
    }
    result->has_value = true;
    result->value = damaged;
    if (damaged == 0 && unchecked > 0)
        result->level = HEALTH_WARNING;
    snprintf(result->message, sizeof(result->message),
             "%d tables: %d damaged, %d could not be checked", tables->count, damaged, unchecked);
}

int check_tables(const struct check_context *context, struct check_result *result,
                 struct error *err)
{
    struct tables *tables = calloc(1, sizeof(*tables));
    int rc;

    if (!tables)
        return error_set(err, ERROR_MEMORY, "out of memory");
    rc = db_exec(context->db, err, "SET SESSION lc_messages = 'en_US'") < 0 ? -1 : 0;
    if (rc == 0)
        rc = list_tables(context->db, tables, err);
    if (rc == 0)
        rc = pass(context, tables, " QUICK", &result->detail, err);
    if (rc == 0)
        rc = pass(context, tables, " MEDIUM", &result->detail, err);
    if (rc == 0)
        judge(tables, result);
    free(tables);
    return rc;
}
