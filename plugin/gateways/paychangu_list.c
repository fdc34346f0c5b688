/*
  paychangu_list.c - see paychangu_list.h.

  Its order is not documented, so every page is read, and always from the first one: a page's number
  says nothing in the next attempt, when newer payments have moved the older ones on.
*/
#include "paychangu_list.h"

#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "gateway_settings.h"
#include "paychangu_parse.h"

struct reader {
    const struct fetch_job *job;
    struct session *session;
    const char *mode;
    int64_t begin, end; /* the window, widened */
    struct page_guard guard;
};

/* @retval 1 *document is new  @retval 0 no JSON  @retval -1 err */
static int receive_once(struct reader *r, json_t **document, int *tries, struct error *err)
{
    struct http_response response;
    struct error why = {0};
    int rc = http_client_next(r->session->client, &response, err);

    *document = NULL;
    if (rc < 0)
        return -1;
    if (rc == 0)
        return error_set(err, ERROR_REMOTE, "no answer");
    *tries += response.attempts;
    if (response.error.code != ERROR_NONE)
        rc = error_set(err, response.error.code, "%s", response.error.text);
    else if (response.status == 404)
        rc = error_set(err, ERROR_REMOTE, "HTTP status 404 (setting list_path)");
    else if (response.body)
        *document = json_parse(response.body, response.len, &why);
    if (why.code == ERROR_MEMORY)
        rc = error_set(err, ERROR_MEMORY, "%s", why.text);
    http_response_free(&response);
    return rc < 0 ? -1 : *document ? 1 : 0;
}

static json_t *receive(struct reader *r, const char *path, struct error *err)
{
    const struct gateway *gateway = r->job->gateway;
    json_t *document;
    int tries = 0, rc;

    for (;;) {
        if (http_client_add(r->session->client, path, NULL, err) != 0)
            return NULL;
        rc = receive_once(r, &document, &tries, err);
        if (rc != 0)
            return document;
        if (tries >= gateway->http.retry.max_attempts) {
            error_set(err, ERROR_REMOTE, "the answer is not JSON");
            return NULL;
        }
        if (session_back_off(gateway, tries, err) != 0)
            return NULL;
    }
}

/* When a payment changed last, as far as the row says. */
static int64_t changed_at(const struct record *record)
{
    int64_t at = record->created_at;

    if (record->completed_at > at)
        at = record->completed_at;
    return record->updated_at > at ? record->updated_at : at;
}

static int convert_row(struct reader *r, const json_t *row, struct error *err)
{
    const struct fetch_io *io = &r->job->io;
    struct error why = {0};
    struct record record;
    enum paychangu_verdict verdict = paychangu_row(row, r->mode, &record, &why);
    int64_t at = r->job->by_update ? changed_at(&record) : record.created_at;

    if (verdict == PAYCHANGU_GARBLED)
        return error_set(err, why.code, "%s", why.text);
    if (at < r->begin || at >= r->end)
        return 0;
    if (verdict == PAYCHANGU_RECORD)
        return io->put(io->context, &record, err);
    io->unread(io->context, record.ref, &why);
    return 0;
}

static int convert_rows(struct reader *r, const json_t *rows, struct error *err)
{
    size_t i;

    if (!json_is_array(rows))
        return error_set(err, ERROR_REMOTE, "data.data is not an array");
    for (i = 0; i < json_array_size(rows); i++)
        if (convert_row(r, json_array_get(rows, i), err) != 0)
            return error_prefix(err, "page %lld, row %zu: ", (long long)r->guard.pages, i + 1);
    return 0;
}

/* @param[out] path  of the next page, new; NULL at the end */
static int next_page(const struct reader *r, const json_t *data, char **path, struct error *err)
{
    const json_t *link = json_object_get(data, "next_page_url");
    const char *text = json_string_value(link);
    struct error why = {0};

    *path = NULL;
    if (!link || json_is_null(link))
        return 0;
    if (!text)
        return error_set(err, ERROR_REMOTE, "next_page_url is not a string");
    if (http_same_host_path(r->job->gateway->base_url, text, path, &why) != 0)
        return error_set(err, why.code == ERROR_MEMORY ? ERROR_MEMORY : ERROR_REMOTE,
                         "next_page_url: %s", why.text);
    return 0;
}

/* @param[in,out] path  of the page, then of the next one; owned */
static int read_page(struct reader *r, char **path, struct error *err)
{
    json_t *document;
    const json_t *data;
    int rc;

    if (page_guard_check(&r->guard, *path, r->job->gateway->max_pages, err) != 0)
        return -1;
    document = receive(r, *path, err);
    free(*path);
    *path = NULL;
    if (!document)
        return -1;
    data = json_object_get(document, "data");
    rc = next_page(r, data, path, err);
    if (rc == 0)
        rc = convert_rows(r, json_object_get(data, "data"), err);
    json_decref(document);
    return rc == 0 ? r->job->io.checkpoint(r->job->io.context, "", err) : -1;
}

int paychangu_read_list(const struct fetch_job *job, struct session *session, const char *mode,
                        struct error *err)
{
    int64_t overlap = job->gateway->overlap_seconds * MICROS;
    struct reader r = {.job = job,
                       .session = session,
                       .mode = mode,
                       .begin = job->begin - overlap,
                       .end = job->end + overlap};
    char *path = strdup(gateway_setting_text(job->gateway->settings, "list_path", "/transactions"));
    int rc = path ? 0 : error_set(err, ERROR_MEMORY, "out of memory");

    while (path && rc == 0)
        rc = read_page(&r, &path, err);
    free(path);
    return rc == 0 ? 0 : error_prefix(err, "list: ");
}
