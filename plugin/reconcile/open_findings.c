/* open_findings.c - see open_findings.h. */
#include "open_findings.h"

#include <string.h>

#include "../row_fields.h"
#include "../stop.h"

void open_findings_init(struct open_findings *it, int32_t from, int32_t to)
{
    memset(it, 0, sizeof(*it));
    it->day = it->first_day = from;
    it->last_day = to;
}

static struct rows *query_day(const struct open_findings *it, struct job *job, int max,
                              struct error *err)
{
    return db_query(job->db, err,
                    "SELECT id, transaction_ref, order_id, gateway_transaction_id, changed_at"
                    " FROM purser.discrepancies FORCE INDEX (by_day) WHERE gateway = %s"
                    " AND business_date = %i AND holds = 1 AND id > %llu ORDER BY id LIMIT %d",
                    job->gateway.name, it->day, it->after, max);
}

static struct rows *query_changed(const struct open_findings *it, struct job *job, int max,
                                  struct error *err)
{
    char from[TIMESTAMP_SQL_SIZE];

    timestamp_format_sql(it->changed_from, from);
    return db_query(job->db, err,
                    "SELECT id, transaction_ref, order_id, gateway_transaction_id, changed_at"
                    " FROM purser.discrepancies FORCE INDEX (by_change) WHERE gateway = %s"
                    " AND changed_at >= %s AND changed_at < %td AND holds = 1"
                    " AND NOT business_date BETWEEN %i AND %i"
                    " AND (changed_at > %s OR id > %llu) ORDER BY changed_at, id LIMIT %d",
                    job->gateway.name, it->after_change[0] ? it->after_change : from,
                    it->changed_until, it->first_day, it->last_day,
                    it->after_change[0] ? it->after_change : from, it->after, max);
}

static int take_page(struct open_findings *it, struct rows *rows, struct subject *subjects,
                     struct error *err)
{
    struct row row;
    int rc, n = 0;

    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1) {
        struct subject *s = &subjects[n++];
        unsigned column = row.length[1] ? 1 : row.length[2] ? 2 : 3;

        it->after = (unsigned long long)row_int(&row, 0);
        if (it->day > it->last_day)
            row_text(&row, 4, it->after_change, sizeof(it->after_change));
        s->kind = column == 1 ? SUBJECT_REF : column == 2 ? SUBJECT_ORDER : SUBJECT_RECORD;
        row_text(&row, column, s->key, sizeof(s->key));
    }
    rows_close(rows);
    return rc == 0 ? n : -1;
}

int open_findings_next(struct open_findings *it, struct job *job, struct subject *subjects, int max,
                       struct error *err)
{
    int n = 0;

    while (n == 0 && it->day <= it->last_day) {
        if (stop_requested())
            return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
        n = take_page(it, query_day(it, job, max, err), subjects, err);
        if (n != 0)
            return n;
        it->day++;
        it->after = 0;
    }
    if (it->changed_until == 0)
        return 0;
    return take_page(it, query_changed(it, job, max, err), subjects, err);
}
