/*
  square.c - the adapter for Square (docs/gateways.md): lists.

  Locations first, for a list of payments without a location is that of the main location only; then
  the payments of each location and the refunds of all, oldest first, 100 a page. Page N+1 is
  requested before the rows of page N are converted. The cursor of the run names the step, the
  location and Square's own cursor; a cursor that Square no longer knows begins its list again,
  once.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "session.h"
#include "square_parse.h"

#define LOCATIONS_MAX 300
#define LOCATION_SIZE 65
#define PATH_SIZE 2600
#define CURSOR_SIZE 1800 /* of Square's own cursors, before escaping */

struct square {
    const struct fetch_job *job;
    struct session session;
    struct square_options options;
    int64_t begin, end; /* the window, widened */
    int page_limit;
    char (*locations)[LOCATION_SIZE];
    int n_locations;
    int64_t pages; /* read so far: the guard against endless lists */
};

/* One list that is read page by page. */
struct list {
    bool refunds;
    const char *location; /* NULL: all */
    char cursor[CURSOR_SIZE];
    bool resumed; /* the cursor is an earlier attempt's */
};

static bool lists(const struct gateway *gateway)
{
    (void)gateway;
    return true;
}

/* Ask for a path and parse the answer; an answer that is no JSON is a failed try. *status tells
 * 400. */
static json_t *receive(struct square *s, const char *path, int *status, struct error *err)
{
    struct http_response response;
    struct error why = {0};
    json_t *document = NULL;
    int tries, rc;

    *status = 0;
    for (tries = 1;; tries++) {
        error_clear(&why);
        rc = http_client_next(s->session.client, &response, &why);
        if (rc <= 0) {
            error_set(err, rc < 0 ? why.code : ERROR_REMOTE, "%s", rc < 0 ? why.text : "no answer");
            return NULL;
        }
        *status = response.status;
        if (response.error.code == ERROR_NONE && response.status == 404)
            error_set(&response.error, ERROR_REMOTE, "HTTP status 404");
        if (response.error.code != ERROR_NONE)
            why = response.error;
        else
            document = json_parse(response.body ? response.body : "", response.len, &why);
        if (document && !json_is_object(document)) {
            json_decref(document);
            document = NULL;
            error_set(&why, ERROR_REMOTE, "the answer is not a JSON object");
        }
        rc = response.error.code != ERROR_NONE;
        http_response_free(&response);
        if (document)
            return document;
        if (rc || tries >= s->job->gateway->http.retry.max_attempts)
            break;
        if (http_client_add(s->session.client, path, NULL, err) != 0)
            return NULL;
    }
    error_set(err, why.code == ERROR_INPUT ? ERROR_REMOTE : why.code, "%s", why.text);
    return NULL;
}

static int add_location(struct square *s, const char *id, struct error *err)
{
    if (s->n_locations == LOCATIONS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d locations", LOCATIONS_MAX);
    if (!id ||
        record_set_text(s->locations[s->n_locations], LOCATION_SIZE, id, "location", err) != 0)
        return error_set(err, ERROR_REMOTE, "a location without an id");
    s->n_locations++;
    return 0;
}

static int load_locations(struct square *s, struct error *err)
{
    json_t *wanted = json_object_get(s->job->gateway->settings, "locations");
    json_t *document = NULL, *value;
    int status, rc = 0;
    size_t i;

    if (json_is_array(wanted)) {
        json_array_foreach(wanted, i,
                           value) if (add_location(s, json_string_value(value), err) !=
                                      0) return error_set(err, ERROR_CONFIG,
                                                          "settings: locations is an array of ids");
        return 0;
    }
    if (http_client_add(s->session.client, "/v2/locations", NULL, err) != 0)
        return -1;
    document = receive(s, "/v2/locations", &status, err);
    if (!document)
        return error_prefix(err, "locations: ");
    value = json_object_get(document, "locations");
    if (value && !json_is_array(value))
        rc = error_set(err, ERROR_REMOTE, "locations is not an array");
    for (i = 0; rc == 0 && i < json_array_size(value); i++)
        rc = add_location(s, json_string_value(json_object_get(json_array_get(value, i), "id")),
                          err);
    json_decref(document);
    return rc;
}

static int page_path(const struct square *s, const struct list *list, char path[PATH_SIZE],
                     struct error *err)
{
    char begin[TIMESTAMP_ISO_SIZE], end[TIMESTAMP_ISO_SIZE];
    const char *by = s->job->by_update ? "updated_at_" : "";
    char *cursor = http_escape(list->cursor);
    char *location = http_escape(list->location ? list->location : "");
    int written = -1;

    timestamp_format_iso(s->begin, begin);
    timestamp_format_iso(s->end, end);
    if (cursor && location)
        written =
            snprintf(path, PATH_SIZE,
                     "/v2/%s?%sbegin_time=%s&%send_time=%s&sort_field=%s&sort_order=ASC"
                     "&limit=%d%s%s%s%s",
                     list->refunds ? "refunds" : "payments", by, begin, by, end,
                     s->job->by_update ? "UPDATED_AT" : "CREATED_AT", s->page_limit,
                     *location ? "&location_id=" : "", location, *cursor ? "&cursor=" : "", cursor);
    free(cursor);
    free(location);
    if (written < 0 || written >= PATH_SIZE)
        return error_set(err, ERROR_REMOTE, "a page's address is too long");
    return 0;
}

static int convert_row(struct square *s, const struct list *list, const json_t *row,
                       struct error *err)
{
    struct record record;
    int64_t at;
    int rc = list->refunds ? square_refund(row, &record, err)
                           : square_payment(row, &s->options, &record, err);

    if (rc <= 0)
        return rc;
    at = s->job->by_update && record.updated_at ? record.updated_at : record.created_at;
    if (at < s->begin || at >= s->end)
        return 0;
    return s->job->io.put(s->job->io.context, &record, err);
}

static int convert_page(struct square *s, const struct list *list, const json_t *document,
                        struct error *err)
{
    const char *name = list->refunds ? "refunds" : "payments";
    const json_t *rows = json_object_get(document, name);
    size_t i;

    if (!rows || json_is_null(rows))
        return 0;
    if (!json_is_array(rows))
        return error_set(err, ERROR_REMOTE, "%s is not an array", name);
    for (i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *id = json_string_value(json_object_get(row, "id"));

        if (convert_row(s, list, row, err) != 0)
            return error_prefix(err, "%s, row %zu (id %.60s): ", name, i + 1, id ? id : "none");
    }
    return 0;
}

/* Take the next page's cursor. @retval 1 there is one, 0 the list has ended, -1 */
static int next_cursor(struct list *list, const json_t *document, struct error *err)
{
    const char *cursor = json_string_value(json_object_get(document, "cursor"));

    if (!cursor || !*cursor)
        return 0;
    if (strlen(cursor) >= CURSOR_SIZE)
        return error_set(err, ERROR_REMOTE, "the cursor is too long");
    if (strcmp(cursor, list->cursor) == 0)
        return error_set(err, ERROR_REMOTE, "the cursor repeats itself: the list would never end");
    memcpy(list->cursor, cursor, strlen(cursor) + 1);
    return 1;
}

static int save(struct square *s, const struct list *list, bool ended, struct error *err)
{
    char text[GATEWAY_CURSOR_SIZE];
    json_t *cursor =
        json_pack("{s:s,s:s,s:s}", "step", list->refunds ? "refunds" : "payments", "location",
                  list->location ? list->location : "", "cursor", ended ? "end" : list->cursor);
    size_t len = json_dumpb(cursor, text, sizeof(text) - 1, JSON_COMPACT);

    json_decref(cursor);
    if (len == 0 || len > sizeof(text) - 1)
        return 0; /* too long to save: a resumed run reads this list again */
    text[len] = '\0';
    return s->job->io.checkpoint(s->job->io.context, text, err);
}

static int request(struct square *s, const struct list *list, char path[PATH_SIZE],
                   struct error *err)
{
    if (++s->pages > s->job->gateway->max_pages)
        return error_set(err, ERROR_LIMIT, "more than %lld pages (setting max_pages)",
                         (long long)s->job->gateway->max_pages);
    if (page_path(s, list, path, err) != 0 ||
        http_client_add(s->session.client, path, NULL, err) != 0)
        return -1;
    http_client_pump(s->session.client);
    return 0;
}

/* One page: its answer, the request of the next, then its rows. @retval 1 more, 0 the end, -1 */
static int read_page(struct square *s, struct list *list, char path[PATH_SIZE], struct error *err)
{
    int status, more, rc;
    json_t *document = receive(s, path, &status, err);

    if (!document && status == 400 && list->resumed && list->cursor[0]) {
        error_clear(err); /* the saved cursor is stale: the staging is idempotent, so begin again */
        list->cursor[0] = '\0';
        list->resumed = false;
        return request(s, list, path, err) == 0 ? 1 : -1;
    }
    if (!document)
        return error_prefix(err, "%s: ", list->refunds ? "refunds" : "payments");
    more = next_cursor(list, document, err);
    if (more == 1 && request(s, list, path, err) != 0)
        more = -1;
    rc = more < 0 ? -1 : convert_page(s, list, document, err);
    json_decref(document);
    if (rc == 0)
        rc = save(s, list, more == 0, err);
    return rc == 0 ? more : -1;
}

static int read_list(struct square *s, struct list *list, struct error *err)
{
    char path[PATH_SIZE];
    int more;

    if (strcmp(list->cursor, "end") == 0)
        return 0;
    if (request(s, list, path, err) != 0)
        return -1;
    do
        more = read_page(s, list, path, err);
    while (more == 1);
    return more;
}

/* Where an earlier attempt was: lists before it are done. */
struct resume {
    char step[16], location[LOCATION_SIZE], cursor[CURSOR_SIZE];
    bool pending; /* the list it names has not been reached yet */
};

static void read_resume(const char *text, struct resume *resume)
{
    json_t *saved = *text ? json_parse(text, strlen(text), NULL) : NULL;
    const char *step = json_string_value(json_object_get(saved, "step"));
    const char *location = json_string_value(json_object_get(saved, "location"));
    const char *cursor = json_string_value(json_object_get(saved, "cursor"));

    memset(resume, 0, sizeof(*resume));
    if (step && location && cursor && strlen(location) < LOCATION_SIZE &&
        strlen(cursor) < CURSOR_SIZE) {
        snprintf(resume->step, sizeof(resume->step), "%s", step);
        snprintf(resume->location, sizeof(resume->location), "%s", location);
        snprintf(resume->cursor, sizeof(resume->cursor), "%s", cursor);
        resume->pending = true;
    }
    json_decref(saved);
}

/* @retval true this list was finished by an earlier attempt */
static bool apply_resume(struct resume *resume, struct list *list)
{
    const char *location = list->location ? list->location : "";

    if (!resume->pending)
        return false;
    if (strcmp(resume->step, list->refunds ? "refunds" : "payments") != 0 ||
        strcmp(resume->location, location) != 0)
        return true;
    memcpy(list->cursor, resume->cursor, sizeof(list->cursor));
    list->resumed = true;
    resume->pending = false;
    return false;
}

static int read_all(struct square *s, struct error *err)
{
    struct resume resume;
    struct list list;
    int i;

    read_resume(s->job->cursor, &resume);
    for (i = 0; i < s->n_locations && strcmp(resume.step, "refunds") != 0; i++)
        if (strcmp(s->locations[i], resume.location) == 0)
            break;
    /* A location that is gone: begin anew rather than skip everything. */
    if (resume.pending && i == s->n_locations && strcmp(resume.step, "refunds") != 0)
        resume.pending = false;
    for (i = 0; i <= s->n_locations; i++) {
        memset(&list, 0, sizeof(list));
        list.refunds = i == s->n_locations;
        list.location = list.refunds ? NULL : s->locations[i];
        if (!apply_resume(&resume, &list) && read_list(s, &list, err) != 0)
            return -1;
    }
    return 0;
}

static int configure(struct square *s, struct error *err)
{
    static const char *const fields[] = {"reference_id", "order_id", "note", "id"};
    const json_t *settings = s->job->gateway->settings;
    const char *field = json_string_value(json_object_get(settings, "reference_field"));
    const char *amount = json_string_value(json_object_get(settings, "amount_field"));
    int64_t limit;
    size_t i;

    s->options.reference_field = "reference_id";
    for (i = 0; field && i < sizeof(fields) / sizeof(fields[0]); i++)
        if (strcmp(field, fields[i]) == 0)
            s->options.reference_field = fields[i];
    if (field && strcmp(field, s->options.reference_field) != 0)
        return error_set(err, ERROR_CONFIG,
                         "settings: reference_field is reference_id, order_id, note or id");
    s->options.amount_field = amount ? amount : "amount_money";
    if (strcmp(s->options.amount_field, "amount_money") != 0 &&
        strcmp(s->options.amount_field, "total_money") != 0)
        return error_set(err, ERROR_CONFIG,
                         "settings: amount_field is amount_money or total_money");
    if (json_setting_int(settings, "page_limit", 1, 100, 100, &limit, err) != 0)
        return -1;
    s->page_limit = (int)limit;
    return json_setting_bool(settings, "include_external", false, &s->options.include_external,
                             err);
}

static int fetch(const struct fetch_job *job, struct error *err)
{
    const char *version = json_string_value(json_object_get(job->gateway->settings, "version"));
    int64_t overlap = job->gateway->overlap_seconds * MICROS;
    struct square s = {.job = job};
    char header[64];
    int rc = -1;

    snprintf(header, sizeof(header), "Square-Version: %.30s", version ? version : "2026-08-19");
    s.begin = job->begin - overlap;
    s.end = job->end + overlap;
    s.locations = calloc(LOCATIONS_MAX, sizeof(*s.locations));
    if (!s.locations)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (configure(&s, err) == 0 && session_open(&s.session, job, header, err) == 0 &&
        load_locations(&s, err) == 0)
        rc = read_all(&s, err);
    session_close(&s.session);
    free(s.locations);
    return rc;
}

const struct gateway_adapter gateway_square = {
    .name = "square", .needs_url = true, .lists = lists, .fetch = fetch};
