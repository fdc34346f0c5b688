/*
  fetch.c - see fetch.h.

  The adapter calls back: next_orders (who is to be verified), put (a record), unread, checkpoint.
  Between two callbacks nothing is locked and no transaction is open, because the adapter may be
  waiting for the network.
*/
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "../log.h"
#include "../row_fields.h"
#include "../stop.h"
#include "examine.h"
#include "order_source.h"
#include "stage.h"

struct fetch {
    struct job *job;
    struct stage stage;
    struct order_source source;
    struct examine examine; /* of fetch_changes only */
    bool examines;
    struct error local; /* a failure on our side, as opposed to the gateway's */
};

/* Our own failure must not look like the gateway's: it is kept apart. */
static int local_failure(struct fetch *f, struct error *err)
{
    if (f->local.code == ERROR_NONE)
        f->local = *err;
    return -1;
}

static int put(void *context, const struct record *record, struct error *err)
{
    struct fetch *f = context;

    return stage_put(&f->stage, record, err) == 0 ? 0 : local_failure(f, err);
}

static void unread(void *context, const char *ref, const struct error *why)
{
    struct fetch *f = context;

    if (f->job->unread++ == 0) {
        f->job->why_unread = *why;
        log_warning("%s: reference '%.80s' could not be read: %s", f->job->gateway.name, ref,
                    why->text);
    }
}

static int checkpoint(void *context, const char *cursor, struct error *err)
{
    struct fetch *f = context;

    if (!stage_is_due(&f->stage))
        return 0;
    if (stage_flush(&f->stage, f->job->id ? cursor : NULL, err) != 0)
        return local_failure(f, err);
    return 0;
}

/* What was handed out before has been answered: make it durable, judge it, then hand out the next.
 */
static int next_orders(void *context, struct gateway_order *orders, int max, struct error *err)
{
    struct fetch *f = context;
    char cursor[GATEWAY_CURSOR_SIZE];
    bool save =
        f->job->id && !f->examines && order_source_cursor(&f->source, cursor, sizeof(cursor));
    int n;

    if (stage_flush(&f->stage, save ? cursor : NULL, err) != 0)
        return local_failure(f, err);
    if (f->examines && order_source_examine(&f->source, &f->examine, err) != 0)
        return local_failure(f, err);
    n = order_source_next(&f->source, orders, max, err);
    return n >= 0 ? n : local_failure(f, err);
}

/* Records of a list of changes: each reference is judged as soon as its record is durable. */
static int examine_stored(void *context, const struct record *records, int count, struct error *err)
{
    struct fetch *f = context;
    int i, rc = 0;

    for (i = 0; i < count && rc == 0; i++) {
        const struct record *r = &records[i];

        if (r->ref[0])
            rc = examine_add(&f->examine, SUBJECT_REF, r->ref, err);
        else if (match_has_moved(r->status) && r->kind == RECORD_PAYMENT)
            rc = examine_add(&f->examine, SUBJECT_RECORD, r->id, err);
    }
    return rc == 0 ? examine_flush(&f->examine, err) : -1;
}

static int run_adapter(struct fetch *f, struct fetch_job *fetch, struct error *why,
                       struct error *err)
{
    struct job *job = f->job;
    int rc;

    fetch->gateway = &job->gateway;
    fetch->secrets = job->secrets;
    fetch->io = (struct fetch_io){.context = f,
                                  .next_orders = next_orders,
                                  .put = put,
                                  .unread = unread,
                                  .checkpoint = checkpoint};
    rc = job->gateway.adapter->fetch(fetch, why);
    if (f->local.code != ERROR_NONE)
        return error_set(err, f->local.code, "%s", f->local.text);
    if (rc != 0 && (why->code == ERROR_STOPPED || why->code == ERROR_CONFIG))
        return error_set(err, why->code, "%s", why->text);
    /* What was read before a failure of the gateway's is worth keeping. */
    if (stage_flush(&f->stage, NULL, err) != 0 ||
        (job->lists && stage_link_refunds(&f->stage, err) != 0))
        return -1;
    if (rc == 0 && job->unread > 0) {
        error_set(why, ERROR_REMOTE, "%llu orders could not be verified; the first: %s",
                  job->unread, job->why_unread.text);
        rc = -1;
    }
    job->whole = rc == 0;
    return 0;
}

static bool forgets(const struct job *job)
{
    return job->lists && job->whole && job->gateway.adapter != &gateway_file;
}

int fetch_day(struct job *job, const char *cursor, struct error *why, struct error *err)
{
    struct fetch *f = calloc(1, sizeof(*f));
    struct fetch_job fetch = {.begin = job->begin, .end = job->end, .cursor = cursor};
    int rc = -1;

    if (!f)
        return error_set(err, ERROR_MEMORY, "out of memory");
    f->job = job;
    job->whole = false;
    if (stage_init(&f->stage, job, false, err) == 0 &&
        order_source_of_day(&f->source, job, cursor, err) == 0)
        rc = run_adapter(f, &fetch, why, err);
    if (rc == 0 && forgets(job))
        rc = stage_forget_unlisted(&f->stage, err);
    stage_deinit(&f->stage);
    order_source_deinit(&f->source);
    free(f);
    return rc;
}

/* Read beside the job's day, and judge what was read. */
static int fetch_beside(struct job *job, struct fetch_job *fetch, int64_t since_order,
                        int64_t until_order, struct error *why, struct error *err)
{
    struct fetch *f = calloc(1, sizeof(*f));
    unsigned long long fetched = job->fetched;
    bool whole = job->whole;
    int rc = -1;

    if (!f)
        return error_set(err, ERROR_MEMORY, "out of memory");
    f->job = job;
    f->examines = true;
    if (stage_init(&f->stage, job, false, err) != 0 || examine_init(&f->examine, job, err) != 0 ||
        order_source_of_open(&f->source, job, since_order, until_order, err) != 0)
        goto end;
    if (job->lists) {
        f->stage.stored_hook = examine_stored;
        f->stage.hook_context = f;
        /* A capture that is listed is a fact, whether or not the list is read to its end. */
    }
    rc = run_adapter(f, fetch, why, err);
    job->whole = whole; /* both are of the day, not of this look */
    job->fetched = fetched;
end:
    stage_deinit(&f->stage);
    examine_deinit(&f->examine);
    order_source_deinit(&f->source);
    free(f);
    return rc;
}

int fetch_changes(struct job *job, int64_t since, int64_t since_order, int64_t until_order,
                  struct error *why, struct error *err)
{
    struct fetch_job fetch = {
        .begin = since, .end = clock_utc_us(), .by_update = job->lists, .cursor = ""};

    if (!job->lists) {
        fetch.begin = job->id ? job->begin : since_order;
        fetch.end = job->id ? job->end : until_order;
    }
    return fetch_beside(job, &fetch, since_order, until_order, why, err);
}

int fetch_created(struct job *job, int64_t begin, int64_t end, struct error *why, struct error *err)
{
    struct fetch_job fetch = {.begin = begin, .end = end, .cursor = ""};

    return fetch_beside(job, &fetch, begin, begin, why, err);
}

static int ask_once_more(struct job *job, struct fetch_job *fetch, const struct doubt *doubts,
                         int n, struct error *why, struct error *err)
{
    struct fetch *f = calloc(1, sizeof(*f));
    bool whole = job->whole;
    int rc = -1;

    if (!f)
        return error_set(err, ERROR_MEMORY, "out of memory");
    f->job = job;
    if (stage_init(&f->stage, job, false, err) == 0 &&
        order_source_of_doubts(&f->source, job, doubts, n, err) == 0)
        rc = run_adapter(f, fetch, why, err);
    job->whole = whole;
    stage_deinit(&f->stage);
    order_source_deinit(&f->source);
    free(f);
    return rc;
}

int fetch_updated(struct job *job, int64_t since, struct error *why, struct error *err)
{
    struct fetch_job fetch = {
        .begin = since, .end = clock_utc_us(), .by_update = true, .cursor = ""};

    return ask_once_more(job, &fetch, NULL, 0, why, err);
}

int fetch_references(struct job *job, const struct doubt *doubts, int n, struct error *why,
                     struct error *err)
{
    struct fetch_job fetch = {.begin = job->begin, .end = job->end, .cursor = ""};

    return ask_once_more(job, &fetch, doubts, n, why, err);
}
