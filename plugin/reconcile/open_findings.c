/* open_findings.c - see open_findings.h. */
#include "open_findings.h"

#include "../row_fields.h"
#include "../stop.h"

void open_findings_init(struct open_findings *it, int32_t from, int32_t to)
{
    it->day = from;
    it->last_day = to;
    it->after = 0;
}

static int read_page(struct open_findings *it, struct job *job, struct subject *subjects, int max,
                     struct error *err)
{
    struct rows *rows =
        db_query(job->db, err,
                 "SELECT id, transaction_ref, order_id, gateway_transaction_id"
                 " FROM purser.discrepancies FORCE INDEX (by_day) WHERE gateway = %s"
                 " AND business_date = %i AND holds = 1 AND id > %llu ORDER BY id LIMIT %d",
                 job->gateway.name, it->day, it->after, max);
    struct row row;
    int rc, n = 0;

    if (!rows)
        return -1;
    while ((rc = rows_next(rows, &row, err)) == 1) {
        struct subject *s = &subjects[n++];
        unsigned column = row.length[1] ? 1 : row.length[2] ? 2 : 3;

        it->after = (unsigned long long)row_int(&row, 0);
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
        n = read_page(it, job, subjects, max, err);
        if (n != 0)
            break;
        it->day++;
        it->after = 0;
    }
    return n;
}
