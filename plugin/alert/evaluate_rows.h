/* evaluate_rows.h - the SQL of evaluate.c. Private to it. */
#ifndef PURSER_ALERT_EVALUATE_ROWS_H
#define PURSER_ALERT_EVALUATE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "../db.h"
#include "decide.h"
#include "rules.h"

/* A row of purser.alerts that fires. */
struct alert_row {
    uint64_t id;
    char rule[ALERT_NAME_SIZE];
    char subject[ALERT_NAME_SIZE];
    struct alert_state state;
    bool is_checked; /* there is an enabled check of that name */
    bool is_meant;   /* a rule in force means it */
};

struct alert_rows {
    struct alert_row *list; /* owned; by rule and subject */
    int count, room;
};

/** @param[out] rows  zeroed first; alert_rows_free releases it @retval 0 @retval -1 err */
int alert_rows_read(struct db *db, const char *server, struct alert_rows *rows, struct error *err);
void alert_rows_free(struct alert_rows *rows);
/** @return NULL: there is none */
struct alert_row *alert_rows_find(const struct alert_rows *rows, const char *rule,
                                  const char *subject);

/** @param is_fresh  whoever has acknowledged it, it is not any more @retval 0 @retval -1 err */
int alert_row_write(struct db *db, const char *server, const char *rule, const char *subject,
                    const struct alert_state *state, bool is_fresh, struct error *err);
int alert_row_delete(struct db *db, uint64_t id, struct error *err);

/** What the last result of a check says beyond its message. @return new (free); NULL: nothing */
char *alert_read_detail(struct db *db, const char *server, const char *check);

#endif
