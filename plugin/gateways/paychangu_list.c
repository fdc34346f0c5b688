/* paychangu_list.c - see paychangu_list.h. Its order is not documented, so every page is read. */
#include "paychangu_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paychangu_parse.h"

static json_t *receive(struct session *session, struct error *err)
{
    struct http_response response;
    json_t *document = NULL;
    int rc = http_client_next(session->client, &response, err);

    if (rc <= 0) {
        error_set(err, ERROR_REMOTE, "no answer");
        return NULL;
    }
    if (response.error.code != ERROR_NONE)
        error_set(err, response.error.code, "list: %s", response.error.text);
    else if (response.status == 404)
        error_set(err, ERROR_REMOTE, "list: HTTP status 404 (setting list_path)");
    else
        document = json_parse(response.body ? response.body : "", response.len, err);
    http_response_free(&response);
    if (!document)
        error_prefix(err, "the page cannot be read: ");
    return document;
}

static int convert_rows(const struct fetch_job *job, const json_t *rows, const char *mode,
                        struct error *err)
{
    struct record record;
    size_t i;

    if (!json_is_array(rows))
        return error_set(err, ERROR_REMOTE, "list: data.data is not an array");
    for (i = 0; i < json_array_size(rows); i++) {
        if (paychangu_row(json_array_get(rows, i), mode, &record, err) != 0)
            return error_prefix(err, "list, row %zu: ", i + 1);
        if (record.created_at >= job->begin && record.created_at < job->end &&
            job->io.put(job->io.context, &record, err) != 0)
            return -1;
    }
    return 0;
}

/* Path of the next page, new; NULL at the end (err clear) or where the link is refused. */
static char *next_path(const struct fetch_job *job, const json_t *data, const char *current,
                       struct error *err)
{
    const json_t *link = json_object_get(data, "next_page_url");
    char *path = NULL;

    if (!link || json_is_null(link))
        return NULL;
    if (!json_is_string(link)) {
        error_set(err, ERROR_REMOTE, "next_page_url is not a string");
        return NULL;
    }
    if (http_same_host_path(job->gateway->base_url, json_string_value(link), &path, err) != 0)
        return NULL;
    if (strcmp(path, current) == 0) {
        error_set(err, ERROR_REMOTE, "next_page_url repeats itself: the list would never end");
        free(path);
        return NULL;
    }
    return path;
}

static int read_page(const struct fetch_job *job, struct session *session, const char *mode,
                     char **path, struct error *err)
{
    json_t *document;
    const json_t *data;
    char *next;
    int rc;

    if (http_client_add(session->client, *path, NULL, err) != 0)
        return -1;
    document = receive(session, err);
    if (!document)
        return -1;
    data = json_object_get(document, "data");
    next = next_path(job, data, *path, err);
    rc = err->code == ERROR_NONE ? convert_rows(job, json_object_get(data, "data"), mode, err) : -1;
    json_decref(document);
    free(*path);
    *path = next;
    return rc == 0 ? job->io.checkpoint(job->io.context, "", err) : -1;
}

int paychangu_read_list(const struct fetch_job *job, struct session *session, const char *mode,
                        struct error *err)
{
    const char *first = json_string_value(json_object_get(job->gateway->settings, "list_path"));
    char *path = strdup(first ? first : "/transactions");
    int64_t pages = 0;
    int rc = 0;

    if (!path || *path != '/') {
        free(path);
        return error_set(err, ERROR_CONFIG, "settings: list_path begins with '/'");
    }
    while (path && rc == 0) {
        rc = ++pages > job->gateway->max_pages
                 ? error_set(err, ERROR_LIMIT, "more than %lld pages (setting max_pages)",
                             (long long)job->gateway->max_pages)
                 : read_page(job, session, mode, &path, err);
    }
    free(path);
    return rc;
}
