/* findings.c - see findings.h. */
#include "findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../row_fields.h"
#include "../status.h"
#include "../stop.h"
#include "../transaction.h"

#define LOGGED_MAX 200 /* lines of the error log that one job spends on discrepancies */
#define STATEMENT_MAX (4u << 20)

void findings_clear(struct findings *f)
{
    f->n_found = f->n_stored = 0;
}

void findings_free(struct findings *f)
{
    free(f->found);
    free(f->stored);
    memset(f, 0, sizeof(*f));
}

/* Room for one more element. @retval 0 or -1 */
static int grow(void **array, int n, int *cap, size_t size)
{
    void *larger;
    int want;

    if (n < *cap)
        return 0;
    want = *cap ? *cap * 2 : 64;
    larger = reallocarray(*array, (size_t)want, size);
    if (!larger)
        return -1;
    *array = larger;
    *cap = want;
    return 0;
}

int findings_add(struct findings *f, const struct found *found, struct error *err)
{
    if (grow((void **)&f->found, f->n_found, &f->cap_found, sizeof(*f->found)) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    f->found[f->n_found++] = *found;
    return 0;
}

int subjects_condition(struct db *db, struct buf *out, const struct subject *subjects, int n,
                       const char *order_column, const char *record_column, struct error *err)
{
    static const char *const ref_column = "transaction_ref";
    const char *column = subjects[0].kind == SUBJECT_REF     ? ref_column
                         : subjects[0].kind == SUBJECT_ORDER ? order_column
                                                             : record_column;
    int i, rc = 0;

    buf_printf(out, "%s IN (", column);
    for (i = 0; i < n && rc == 0; i++)
        rc = db_format(db, out, err, "%p%s", i ? "," : "", subjects[i].key);
    buf_puts(out, ")");
    return rc;
}

static bool is_ascii(const char *text)
{
    while (*text && !(*text & 0x80))
        text++;
    return !*text;
}

/* The references that are ASCII, or those that are not, as an IN list. */
static int put_references(struct db *db, struct buf *out, const struct subject *subjects, int n,
                          bool ascii, struct error *err)
{
    int i, put = 0, rc = 0;

    buf_puts(out, " IN (");
    for (i = 0; i < n && rc == 0; i++)
        if (is_ascii(subjects[i].key) == ascii)
            rc = db_format(db, out, err, "%p%s", put++ ? "," : "", subjects[i].key);
    buf_puts(out, ")");
    return rc;
}

int app_subjects_condition(struct db *db, struct buf *out, const struct subject *subjects, int n,
                           struct error *err)
{
    int i, n_ascii = 0;

    for (i = 0; i < n; i++)
        n_ascii += is_ascii(subjects[i].key);
    if (subjects[0].kind != SUBJECT_REF || n_ascii == n)
        return subjects_condition(db, out, subjects, n, "order_id", NULL, err);
    buf_puts(out, "(");
    if (n_ascii > 0) {
        buf_puts(out, "transaction_ref");
        if (put_references(db, out, subjects, n, true, err) != 0)
            return -1;
        buf_puts(out, " OR ");
    }
    buf_puts(out, "CONVERT(transaction_ref USING utf8mb4) COLLATE utf8mb4_nopad_bin");
    if (put_references(db, out, subjects, n, false, err) != 0)
        return -1;
    buf_puts(out, ")");
    return 0;
}

static void read_stored(const struct row *row, struct stored *s)
{
    memset(s, 0, sizeof(*s));
    s->id = strtoull(row->field[0], NULL, 10);
    s->found.type = (enum finding_type)(strtol(row->field[1], NULL, 10) - 1);
    s->found.business_date = (int32_t)row_int(row, 2);
    row_text(row, 3, s->found.order_id, sizeof(s->found.order_id));
    row_text(row, 4, s->found.ref, sizeof(s->found.ref));
    row_text(row, 5, s->found.record_id, sizeof(s->found.record_id));
    s->found.internal_amount = row_money(row, 6);
    s->found.gateway_amount = row_money(row, 7);
    s->found.difference = row_money(row, 8);
    row_text(row, 9, s->found.currency, sizeof(s->found.currency));
    row_text(row, 10, s->found.gateway_currency, sizeof(s->found.gateway_currency));
    row_text(row, 11, s->found.internal_status, sizeof(s->found.internal_status));
    row_text(row, 12, s->found.gateway_status, sizeof(s->found.gateway_status));
    row_text(row, 13, s->found.detail, sizeof(s->found.detail));
    s->holds = row->field[14][0] == '1';
    row_text(row, 15, s->state, sizeof(s->state));
}

static int subject_of(const struct subject *subjects, int n, const struct found *found)
{
    int i;

    for (i = 0; i < n; i++) {
        const char *key = subjects[i].kind == SUBJECT_REF     ? found->ref
                          : subjects[i].kind == SUBJECT_ORDER ? found->order_id
                                                              : found->record_id;

        if (strcmp(subjects[i].key, key) == 0)
            return i;
    }
    return -1;
}

int findings_load(struct findings *f, struct job *job, struct db *db,
                  const struct subject *subjects, int n, bool lock, struct error *err)
{
    struct buf text;
    struct rows *rows = NULL;
    struct row row;
    int rc = -1;

    f->n_stored = 0;
    buf_init(&text, STATEMENT_MAX);
    db_format(
        db, &text, err,
        "SELECT id, type + 0, TO_DAYS(business_date) - TO_DAYS('1970-01-01'), order_id,"
        " transaction_ref, gateway_transaction_id, internal_amount, gateway_amount, difference,"
        " currency, gateway_currency, internal_status, gateway_status, detail, holds, state"
        " FROM purser.discrepancies FORCE INDEX (one_finding) WHERE gateway = %s AND %p",
        job->gateway.name, subjects[0].kind == SUBJECT_REF ? "" : "transaction_ref = '' AND ");
    if (subjects_condition(db, &text, subjects, n, "order_id", "gateway_transaction_id", err) ==
        0) {
        buf_puts(&text, lock ? " ORDER BY id FOR UPDATE" : " ORDER BY id");
        rows = db_query_text(db, &text, err);
    }
    while (rows && (rc = rows_next(rows, &row, err)) == 1) {
        if (grow((void **)&f->stored, f->n_stored, &f->cap_stored, sizeof(*f->stored)) != 0) {
            rc = error_set(err, ERROR_MEMORY, "out of memory");
            break;
        }
        read_stored(&row, &f->stored[f->n_stored]);
        f->stored[f->n_stored].subject = subject_of(subjects, n, &f->stored[f->n_stored].found);
        f->n_stored++;
    }
    rows_close(rows);
    buf_free(&text);
    return rc;
}

static bool same_finding(const struct found *a, const struct found *b)
{
    return a->type == b->type && strcmp(a->ref, b->ref) == 0 &&
           strcmp(a->order_id, b->order_id) == 0 && strcmp(a->record_id, b->record_id) == 0;
}

static bool same_facts(const struct found *a, const struct found *b)
{
    return a->business_date == b->business_date && a->internal_amount == b->internal_amount &&
           a->gateway_amount == b->gateway_amount && a->difference == b->difference &&
           strcmp(a->currency, b->currency) == 0 &&
           strcmp(a->gateway_currency, b->gateway_currency) == 0 &&
           strcmp(a->internal_status, b->internal_status) == 0 &&
           strcmp(a->gateway_status, b->gateway_status) == 0;
}

static struct stored *find_stored(const struct findings *f, const struct found *found)
{
    int i;

    for (i = 0; i < f->n_stored; i++)
        if (same_finding(&f->stored[i].found, found))
            return &f->stored[i];
    return NULL;
}

bool findings_hold(const struct findings *f, const struct found *found)
{
    const struct stored *stored = find_stored(f, found);

    return stored && stored->holds;
}

static void log_finding(struct job *job, const struct found *found)
{
    char day[DATE_TEXT_SIZE];

    status_add(&purser_status.discrepancies_opened, 1);
    if (job->logged++ == LOGGED_MAX)
        log_note("%s: more discrepancies follow; see purser.discrepancies", job->gateway.name);
    if (job->logged > LOGGED_MAX)
        return;
    date_format(found->business_date, day);
    log_note("%s %s: %s order '%s' reference '%.80s' payment '%.80s': %.200s", job->gateway.name,
             day, finding_type_name(found->type), found->order_id, found->ref, found->record_id,
             found->detail);
}

static int add_event(struct db *db, const struct stored *s, const char *to, const char *note,
                     struct error *err)
{
    return db_exec(db, err,
                   "INSERT INTO purser.discrepancy_events"
                   " (discrepancy_id, at, actor, from_state, to_state, note)"
                   " VALUES (%llu, UTC_TIMESTAMP(6), 'purser', %s, %s, %s)",
                   s->id, s->state, to, note) < 0
               ? -1
               : 0;
}

/* The finding is there already: bring its facts up to date, and open it again where that is due. */
static int update_one(struct job *job, struct db *db, struct stored *s, const struct found *found,
                      struct error *err)
{
    bool facts = !same_facts(&s->found, found);
    bool again = !s->holds; /* it had come right meanwhile */
    bool by_itself = strcmp(s->state, "auto_resolved") == 0;
    bool by_person = strcmp(s->state, "resolved") == 0 || strcmp(s->state, "ignored") == 0;
    bool reopen = by_itself || (by_person && (facts || again));

    s->seen = true;
    if (!facts && s->holds && !reopen)
        return 0;
    if (db_exec(db, err,
                "UPDATE purser.discrepancies SET business_date = %i, internal_amount = %jd,"
                " gateway_amount = %jd, difference = %jd, currency = %s, gateway_currency = %s,"
                " internal_status = %s, gateway_status = %s, detail = %s, holds = TRUE,"
                " state = %s, changed_at = UTC_TIMESTAMP(6)%p WHERE id = %llu",
                found->business_date, found->internal_amount, found->gateway_amount,
                found->difference, found->currency, found->gateway_currency, found->internal_status,
                found->gateway_status, found->detail, reopen ? "open" : s->state,
                reopen ? ", closed_at = NULL" : "", s->id) < 0)
        return -1;
    if (reopen)
        log_finding(job, found);
    if (!reopen && !facts)
        return 0;
    return add_event(db, s, reopen ? "open" : s->state,
                     again ? "it is so again" : "the facts have changed", err);
}

static int close_one(struct db *db, struct stored *s, struct error *err)
{
    bool by_itself = strcmp(s->state, "open") == 0 || strcmp(s->state, "acknowledged") == 0;

    if (!s->holds)
        return 0;
    if (db_exec(db, err,
                "UPDATE purser.discrepancies SET holds = FALSE, state = %s,"
                " changed_at = UTC_TIMESTAMP(6)%p WHERE id = %llu",
                by_itself ? "auto_resolved" : s->state,
                by_itself ? ", closed_at = UTC_TIMESTAMP(6)" : "", s->id) < 0)
        return -1;
    status_add(&purser_status.discrepancies_closed, by_itself);
    return add_event(db, s, by_itself ? "auto_resolved" : s->state,
                     "both sides agree now, or the other side has caught up", err);
}

static int insert_new(struct job *job, struct db *db, const struct findings *f, struct buf *text,
                      int64_t now, int *inserted, struct error *err)
{
    int i;

    *inserted = 0;
    buf_puts(text,
             "INSERT INTO purser.discrepancies (run_id, gateway, business_date, type, order_id,"
             " transaction_ref, gateway_transaction_id, internal_amount, gateway_amount,"
             " difference, currency, gateway_currency, internal_status, gateway_status,"
             " detail, detected_at, changed_at) VALUES ");
    for (i = 0; i < f->n_found; i++) {
        const struct found *n = &f->found[i];

        if (find_stored(f, n))
            continue;
        if (db_format(
                db, text, err, "%p(%llu,%s,%i,%s,%s,%s,%s,%jd,%jd,%jd,%s,%s,%s,%s,%s,%td,%td)",
                (*inserted)++ ? "," : "", job->id, job->gateway.name, n->business_date,
                finding_type_name(n->type), n->order_id, n->ref, n->record_id, n->internal_amount,
                n->gateway_amount, n->difference, n->currency, n->gateway_currency,
                n->internal_status, n->gateway_status, n->detail, now, now) != 0)
            return -1;
    }
    return *inserted == 0 || db_exec_text(db, text, err) >= 0 ? 0 : -1;
}

static int insert_events(struct job *job, struct db *db, const struct subject *subjects, int n,
                         struct buf *text, int64_t now, struct error *err)
{
    buf_clear(text);
    db_format(
        db, text, err,
        "INSERT INTO purser.discrepancy_events"
        " (discrepancy_id, at, actor, from_state, to_state, note)"
        " SELECT id, %td, 'purser', '', 'open', detail FROM purser.discrepancies"
        " FORCE INDEX (one_finding) WHERE gateway = %s AND detected_at = %td AND run_id = %llu"
        " AND %p",
        now, job->gateway.name, now, job->id,
        subjects[0].kind == SUBJECT_REF ? "" : "transaction_ref = '' AND ");
    if (subjects_condition(db, text, subjects, n, "order_id", "gateway_transaction_id", err) != 0)
        return -1;
    buf_puts(text, " ORDER BY id");
    return db_exec_text(db, text, err) < 0 ? -1 : 0;
}

/* A finding goes where everything about its subject is known now, and where the order that it is
   about has gone or has another reference: the shop's side is always known. */
static bool may_close(const struct stored *s, const bool *conclusive,
                      const struct known_orders *orders)
{
    int i;

    if (s->subject < 0)
        return false;
    if (conclusive[s->subject])
        return true;
    if (!s->found.order_id[0] || !s->found.ref[0] || orders->cut)
        return false;
    for (i = 0; i < orders->n; i++)
        if (orders->subject[i] == s->subject && strcmp(orders->id[i], s->found.order_id) == 0)
            return false;
    return true;
}

static int write_changes(struct findings *f, struct job *job, struct db *db,
                         const struct subject *subjects, int n, const bool *conclusive,
                         const struct known_orders *orders, struct buf *text, struct error *err)
{
    int64_t now = clock_utc_us();
    int i, inserted, rc = 0;

    if (insert_new(job, db, f, text, now, &inserted, err) != 0)
        return -1;
    if (inserted > 0 && insert_events(job, db, subjects, n, text, now, err) != 0)
        return -1;
    for (i = 0; i < f->n_found && rc == 0; i++) {
        struct stored *s = find_stored(f, &f->found[i]);

        if (s)
            rc = update_one(job, db, s, &f->found[i], err);
    }
    for (i = 0; i < f->n_stored && rc == 0; i++)
        if (!f->stored[i].seen && may_close(&f->stored[i], conclusive, orders))
            rc = close_one(db, &f->stored[i], err);
    return rc;
}

/* Would write_changes write anything? Saves the transaction on a day that is run again. */
static bool anything_to_do(struct findings *f, const bool *conclusive,
                           const struct known_orders *orders)
{
    int i, j;

    for (i = 0; i < f->n_found; i++) {
        const struct stored *s = find_stored(f, &f->found[i]);

        if (!s || !s->holds || strcmp(s->state, "auto_resolved") == 0 ||
            !same_facts(&s->found, &f->found[i]))
            return true;
    }
    for (i = 0; i < f->n_stored; i++) {
        const struct stored *s = &f->stored[i];
        bool again = false;

        for (j = 0; j < f->n_found && !again; j++)
            again = same_finding(&s->found, &f->found[j]);
        if (!again && s->holds && may_close(s, conclusive, orders))
            return true;
    }
    return false;
}

/* What the transaction works with: findings_store's arguments. */
struct storing {
    struct findings *f;
    struct job *job;
    struct db *db;
    const struct subject *subjects;
    int n;
    const bool *conclusive;
    const struct known_orders *orders;
    struct buf text;
};

static int store_all(void *context, struct error *err)
{
    struct storing *s = context;

    buf_clear(&s->text);
    if (findings_load(s->f, s->job, s->db, s->subjects, s->n, true, err) != 0)
        return -1;
    return write_changes(s->f, s->job, s->db, s->subjects, s->n, s->conclusive, s->orders, &s->text,
                         err);
}

int findings_store(struct findings *f, struct job *job, struct db *db,
                   const struct subject *subjects, int n, const bool *conclusive,
                   const struct known_orders *orders, struct error *err)
{
    struct storing s = {.f = f,
                        .job = job,
                        .db = db,
                        .subjects = subjects,
                        .n = n,
                        .conclusive = conclusive,
                        .orders = orders};
    unsigned long long logged = job->logged;
    int i, rc;

    if (!anything_to_do(f, conclusive, orders))
        return 0;
    buf_init(&s.text, STATEMENT_MAX);
    rc = transaction_run(db, TRANSACTION_JOB_MS, store_all, &s, err);
    buf_free(&s.text);
    if (rc != 0)
        return -1;
    job->logged = logged;
    for (i = 0; i < f->n_found; i++)
        if (!find_stored(f, &f->found[i]))
            log_finding(job, &f->found[i]);
    return 0;
}
