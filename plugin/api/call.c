/* call.c - see call.h. */
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../db.h"
#include "../stop.h"
#include "answer.h"

#define IDLE_MS 60000

void api_row_free(struct api_row *row)
{
    buf_free(&row->body);
}

void api_caller_close(struct api_caller *c)
{
    db_close(c->db);
    c->db = NULL;
}

void api_caller_rest(struct api_caller *c)
{
    if (c->db && clock_ms() - c->used_ms >= IDLE_MS)
        api_caller_close(c);
}

static int connect_once(struct api_caller *c, struct error *err)
{
    if (!c->db)
        c->db = db_open_api(err);
    c->used_ms = clock_ms();
    return c->db ? 0 : -1;
}

static void copy(char *to, size_t size, const struct row *row, unsigned i)
{
    snprintf(to, size, "%s", i < row->count && row->field[i] ? row->field[i] : "");
}

static const char *const state_names[] = {"begun", "done", "mismatch", "in_progress"};

/* @return the place of the first column's text among names; or, without names, its number */
static int read_row(struct rows *rows, const char *const *names, int count, struct api_row *out,
                    struct error *err)
{
    unsigned body = names ? 2 : 3;
    struct row row;
    int rc = rows_next(rows, &row, err), first = -1;

    if (rc == 0 || (rc == 1 && (row.count <= body || !row.field[0])))
        return error_set(err, ERROR_SQL, "a procedure of the client API answered nothing");
    if (rc < 0)
        return -1;
    if (!names) {
        first = out->status = (int)strtol(row.field[0], NULL, 10);
        copy(out->problem, sizeof(out->problem), &row, 1);
        copy(out->detail, sizeof(out->detail), &row, 2);
        out->client_id = row.count > 4 && row.field[4] ? strtoull(row.field[4], NULL, 10) : 0;
    } else {
        while (count-- > 0)
            if (strcmp(row.field[0], names[count]) == 0)
                first = count;
        out->status = row.field[1] ? (int)strtol(row.field[1], NULL, 10) : 0;
    }
    buf_init(&out->body, API_ANSWER_MAX);
    if (row.field[body] && buf_append(&out->body, row.field[body], row.length[body]) != 0)
        return error_set(err, ERROR_LIMIT, "an answer is too long");
    if (first < 0)
        return error_set(err, ERROR_SQL, "a procedure of the client API answered nonsense");
    return first;
}

/* A connection that broke while it was idle is found out by its next statement. */
static int ask(struct api_caller *c, const struct buf *statement, bool names, struct api_row *out,
               struct error *err)
{
    bool fresh;
    int tries, rc = -1;

    for (tries = 0; tries < 2; tries++) {
        struct error why = {0};
        struct rows *rows;

        fresh = !c->db;
        if (connect_once(c, err) != 0)
            return -1;
        rows = db_query_text(c->db, statement, &why);
        rc = rows ? read_row(rows, names ? state_names : NULL, names ? 4 : 0, out, &why) : -1;
        rows_close(rows);
        c->used_ms = clock_ms();
        if (rc >= 0)
            return rc;
        /* A routine that was cut, by max_statement_time or a KILL, ends no transaction: what came
           next on this connection would see the database as it was then. */
        api_caller_close(c);
        if (why.code != ERROR_GONE || fresh || stop_requested())
            return error_set(err, why.code, "%s", why.text);
        buf_free(&out->body);
    }
    return rc;
}

int api_call(struct api_caller *c, const char *key, const char *secret_hash, const char *operation,
             const char *parameters, struct api_row *row, struct error *err)
{
    struct buf text;
    int rc = connect_once(c, err);

    buf_init(&text, API_ANSWER_MAX);
    if (rc == 0)
        rc = db_format(c->db, &text, err, "CALL purser.api_call(%s,%s,%s,%s)", key, secret_hash,
                       operation, parameters);
    if (rc == 0)
        rc = ask(c, &text, false, row, err);
    buf_free(&text);
    return rc < 0 ? -1 : 0;
}

int api_idempotency_begin(struct api_caller *c, uint64_t client_id, const char *key,
                          const char *request_hash, struct api_row *row, struct error *err)
{
    struct buf text;
    int rc = connect_once(c, err);

    buf_init(&text, API_ANSWER_MAX);
    if (rc == 0)
        rc = db_format(c->db, &text, err, "CALL purser.api_idempotency_begin(%llu,%s,%s)",
                       (unsigned long long)client_id, key, request_hash);
    if (rc == 0)
        rc = ask(c, &text, true, row, err);
    buf_free(&text);
    return rc;
}

int api_idempotency_end(struct api_caller *c, uint64_t client_id, const char *key,
                        const char *request_hash, int status, const struct buf *body,
                        struct error *err)
{
    if (connect_once(c, err) != 0)
        return -1;
    if (db_exec(c->db, err, "CALL purser.api_idempotency_end(%llu,%s,%s,%d,%.*s)",
                (unsigned long long)client_id, key, request_hash, status, (int)body->len,
                body->data ? body->data : "") >= 0)
        return 0;
    api_caller_close(c); /* as in ask() */
    return -1;
}
