/* import_job.c - see import_job.h. */
#include "import_job.h"

#include <stdlib.h>
#include <string.h>

#include "../udf/json.h"
#include "import.h"
#include "log.h"
#include "reconcile/run.h"
#include "reconcile/stage.h"

#define DAYS_SHOWN 62

struct import {
    struct job *job;
    struct stage stage;
    int32_t days[DAYS_SHOWN];
    int n_days;
};

static void note_day(struct import *import, int32_t day)
{
    int i;

    for (i = 0; i < import->n_days; i++)
        if (import->days[i] == day)
            return;
    if (import->n_days < DAYS_SHOWN)
        import->days[import->n_days++] = day;
}

static int put(void *context, const struct record *record, struct error *err)
{
    struct import *import = context;

    note_day(import, zone_day_of(import->job->business, record->created_at));
    return stage_put(&import->stage, record, err);
}

static int compare_days(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return x < y ? -1 : x > y;
}

static char *result_of(struct import *import, const char *format, long long records)
{
    json_t *days = json_array(), *result;
    char text[DATE_TEXT_SIZE];
    char *dump;
    int i;

    qsort(import->days, (size_t)import->n_days, sizeof(import->days[0]), compare_days);
    for (i = 0; i < import->n_days; i++) {
        date_format(import->days[i], text);
        json_add(&days, json_string(text));
    }
    result = json_pack("{s:s,s:s,s:I,s:I,s:o}", "gateway", import->job->gateway.name, "format",
                       format, "records", (json_int_t)records, "stored",
                       (json_int_t)import->stage.stored, "days", days);
    dump = result ? json_write(result, JSON_COMPACT) : NULL;
    json_decref(result);
    return dump;
}

static int store(struct import *import, const struct request *request, char **result,
                 struct error *err)
{
    struct job *job = import->job;
    const char *format = "";
    long long records;

    if (db_exec(job->db, err, "START TRANSACTION") < 0)
        return -1;
    records = import_parse(&job->gateway, request->content, request->content_len, &format, put,
                           import, err);
    if (records < 0 || stage_flush(&import->stage, NULL, err) != 0 ||
        stage_link_refunds(&import->stage, err) != 0 || db_exec(job->db, err, "COMMIT") < 0) {
        db_exec(job->db, NULL, "ROLLBACK");
        return -1;
    }
    log_note("%s: imported %lld records (%s) for %s", job->gateway.name, records, format,
             request->asker);
    *result = result_of(import, format, records);
    return 0;
}

static int execute(struct job *job, const struct task *task, char **result, struct error *err)
{
    struct import *import = calloc(1, sizeof(*import));
    int rc = -1;

    if (!import)
        return error_set(err, ERROR_MEMORY, "out of memory");
    import->job = job;
    if (job_open(job, task->gateway, err) == 0 && job_take_lease(job, err) == 0 &&
        stage_init(&import->stage, job, true, err) == 0)
        rc = store(import, task->request, result, err);
    stage_deinit(&import->stage);
    free(import);
    return rc;
}

int import_execute(const struct task *task, struct error *err)
{
    struct job *job = calloc(1, sizeof(*job));
    struct error why = {0};
    char *result = NULL;
    int rc;

    if (!job)
        return error_set(err, ERROR_MEMORY, "out of memory");
    rc = execute(job, task, &result, &why);
    job_close(job);
    free(job);
    if (rc != 0 && why.code == ERROR_GONE)
        return error_set(err, why.code, "%s", why.text);
    request_finish(task->request, result, rc == 0 ? NULL : &why);
    return 0;
}
