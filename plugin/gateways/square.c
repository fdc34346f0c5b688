/*
  square.c - the adapter for Square (docs/gateways.md): lists.

  Locations first, for a list of payments without a location is that of the main location only; then
  the payments of each location and the refunds of all, oldest first, 100 a page. Page N+1 is
  requested before the rows of page N are converted. The cursor of the run names the step, the
  location and Square's own cursor, and what is asked for: where that is something else by now, all
  is read again. A cursor that Square no longer knows begins its list again, once.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/fnv.h"
#include "../../udf/timestamp.h"
#include "gateway_settings.h"
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
    bool some;      /* settings.locations: refunds of other locations do not count */
    char asked[17]; /* what is asked for, and how it is read: a place among other lists is none */
};

/* One list that is read page by page. */
struct list {
    bool refunds;
    const char *location; /* NULL: all */
    char cursor[CURSOR_SIZE];
    bool resumed; /* the cursor that is asked for is an earlier attempt's */
    struct page_guard guard;
};

static bool lists(const struct gateway *gateway)
{
    (void)gateway;
    return true;
}

/* What is wrong with an answer, with Square's own word for it. */
static void describe(const struct http_response *response, bool *stale, struct error *why)
{
    char code[64];

    *stale = false;
    if (response->error.code == ERROR_NONE && response->status != 404)
        return;
    square_error_code(response->body ? response->body : "", response->len, code);
    *stale = response->status == 400 && strcmp(code, "INVALID_CURSOR") == 0;
    if (response->error.code == ERROR_NONE)
        error_set(why, ERROR_REMOTE, "HTTP status 404%s%s", *code ? ": " : "", code);
    else
        error_set(why, response->error.code, "%s%s%s", response->error.text, *code ? ": " : "",
                  code);
}

/* The answer to what was asked last; one that cannot be read is asked for again, as any failed try.
   @param[out] stale  the cursor is none (any more) */
static json_t *receive(struct square *s, const char *path, bool *stale, struct error *err)
{
    struct http_response response;
    struct error why = {0};
    json_t *document = NULL;
    int tries = 0, rc;

    *stale = false;
    for (;;) {
        error_clear(&why);
        rc = http_client_next(s->session.client, &response, err);
        if (rc <= 0) {
            if (rc == 0)
                error_set(err, ERROR_REMOTE, "no answer");
            return NULL;
        }
        describe(&response, stale, &why);
        rc = why.code != ERROR_NONE;
        if (!rc)
            document = square_document(response.body ? response.body : "", response.len, &why);
        tries += response.attempts;
        http_response_free(&response);
        if (document)
            return document;
        if (rc || why.code != ERROR_REMOTE || tries >= s->job->gateway->http.retry.max_attempts)
            break;
        if (session_back_off(s->job->gateway, tries, err) != 0 ||
            http_client_add(s->session.client, path, NULL, err) != 0)
            return NULL;
    }
    error_set(err, why.code, "%s", why.text);
    return NULL;
}

static int add_location(struct square *s, const char *id, struct error *err)
{
    struct error why = {0};

    if (s->n_locations == LOCATIONS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d locations", LOCATIONS_MAX);
    if (!id || !*id)
        return error_set(err, ERROR_REMOTE, "location %d has no id", s->n_locations + 1);
    if (record_set_text(s->locations[s->n_locations], LOCATION_SIZE, id, "id", &why) != 0)
        return error_set(err, ERROR_REMOTE, "location %d: %s", s->n_locations + 1, why.text);
    s->n_locations++;
    return 0;
}

static int ask_locations(struct square *s, struct error *err)
{
    static const char path[] = "/v2/locations";
    const json_t *list;
    json_t *document;
    bool stale;
    size_t i;
    int rc = 0;

    if (http_client_add(s->session.client, path, NULL, err) != 0)
        return -1;
    document = receive(s, path, &stale, err);
    if (!document)
        return error_prefix(err, "locations: ");
    list = json_object_get(document, "locations");
    /* No account is without one: to go on would be to find that nothing was paid. */
    if (json_array_size(list) == 0)
        rc = error_set(err, ERROR_REMOTE, "locations: the answer lists none");
    for (i = 0; rc == 0 && i < json_array_size(list); i++)
        rc =
            add_location(s, json_string_value(json_object_get(json_array_get(list, i), "id")), err);
    json_decref(document);
    return rc;
}

static int compare_locations(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* In an order of ours, so that what comes before a saved place is the same in the next attempt. */
static int load_locations(struct square *s, struct error *err)
{
    const json_t *wanted = json_object_get(s->job->gateway->settings, "locations");
    size_t i;

    s->some = json_is_array(wanted);
    if (!s->some && ask_locations(s, err) != 0)
        return -1;
    for (i = 0; i < json_array_size(wanted); i++)
        if (add_location(s, json_string_value(json_array_get(wanted, i)), err) != 0)
            return error_prefix(err, "settings: locations: ");
    qsort(s->locations, (size_t)s->n_locations, sizeof(*s->locations), compare_locations);
    return 0;
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
    if (written < 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (written >= PATH_SIZE)
        return error_set(err, ERROR_REMOTE, "a page's address is too long");
    return 0;
}

/* Refunds are listed for all locations at once. */
static bool is_elsewhere(const struct square *s, const json_t *row)
{
    const char *location = json_string_value(json_object_get(row, "location_id"));
    int i;

    for (i = 0; s->some && location && i < s->n_locations; i++)
        if (strcmp(s->locations[i], location) == 0)
            return false;
    return s->some && location;
}

/* @retval 1 a record of the window, 0 none, -1 err */
static int convert_row(const struct square *s, struct list *list, const json_t *row,
                       struct record *record, struct error *err)
{
    int64_t at;
    int rc;

    if (list->refunds && is_elsewhere(s, row))
        return 0;
    rc = list->refunds ? square_refund(row, &s->options, record, err)
                       : square_payment(row, &s->options, record, err);
    if (rc <= 0)
        return rc;
    at = s->job->by_update && record->updated_at ? record->updated_at : record->created_at;
    if (at < s->begin || at >= s->end)
        return 0;
    return page_guard_time(&list->guard, at, err) == 0 ? 1 : -1;
}

static int blame_row(const char *list, size_t index, const json_t *row, struct error *err)
{
    const char *text = json_string_value(json_object_get(row, "id"));
    char id[RECORD_ID_SIZE] = "";

    if (text)
        record_set_text(id, sizeof(id), text, "id", NULL);
    return error_prefix(err, "%s, row %zu of the page (id %.60s): ", list, index + 1,
                        *id ? id : "none");
}

static int convert_page(struct square *s, struct list *list, const json_t *document,
                        struct error *err)
{
    const char *name = list->refunds ? "refunds" : "payments";
    const json_t *rows = json_object_get(document, name), *row;
    struct record record;
    size_t i;
    int rc;

    if (!rows || json_is_null(rows))
        return 0;
    if (!json_is_array(rows))
        return error_set(err, ERROR_REMOTE, "%s is not an array", name);
    for (i = 0; i < json_array_size(rows); i++) {
        row = json_array_get(rows, i);
        rc = convert_row(s, list, row, &record, err);
        if (rc < 0)
            return blame_row(name, i, row, err);
        if (rc == 1 && s->job->io.put(s->job->io.context, &record, err) != 0)
            return -1;
    }
    return 0;
}

/* Take the next page's cursor. @retval 1 there is one, 0 the list has ended, -1 */
static int next_cursor(struct list *list, const json_t *document, struct error *err)
{
    const json_t *value = json_object_get(document, "cursor");
    const char *cursor = json_string_value(value);

    if (value && !json_is_null(value) && !cursor)
        return error_set(err, ERROR_REMOTE, "cursor is not a string");
    if (!cursor || !*cursor)
        return 0;
    if (strlen(cursor) >= CURSOR_SIZE)
        return error_set(err, ERROR_REMOTE, "cursor is longer than %d bytes", CURSOR_SIZE - 1);
    memcpy(list->cursor, cursor, strlen(cursor) + 1);
    return 1;
}

/* Settings, the zone of the day and the account's locations may change while a run waits. */
static void name_what_is_asked(struct square *s)
{
    char window[64];
    uint64_t hash;
    int i;

    snprintf(window, sizeof(window), "%lld %lld %d %d", (long long)s->begin, (long long)s->end,
             s->options.include_external, s->some);
    hash = fnv_text(FNV_BASIS, window);
    hash = fnv_text(hash, s->job->gateway->base_url);
    hash = fnv_text(hash, s->options.reference_field);
    hash = fnv_text(hash, s->options.amount_field);
    for (i = 0; i < s->n_locations; i++)
        hash = fnv_text(hash, s->locations[i]);
    snprintf(s->asked, sizeof(s->asked), "%016llx", (unsigned long long)hash);
}

static int save(struct square *s, const struct list *list, bool ended, struct error *err)
{
    char text[GATEWAY_CURSOR_SIZE];
    json_t *cursor = json_pack("{s:s,s:s,s:s,s:s,s:b}", "asked", s->asked, "step",
                               list->refunds ? "refunds" : "payments", "location",
                               list->location ? list->location : "", "cursor",
                               ended ? "" : list->cursor, "ended", ended);
    size_t len = json_dumpb(cursor, text, sizeof(text) - 1, JSON_COMPACT);

    json_decref(cursor);
    if (len == 0 || len > sizeof(text) - 1)
        return 0; /* too long to save: a resumed run goes on from an earlier page */
    text[len] = '\0';
    return s->job->io.checkpoint(s->job->io.context, text, err);
}

static int request(struct square *s, struct list *list, char path[PATH_SIZE], struct error *err)
{
    if (page_guard_check(&list->guard, list->cursor, s->job->gateway->max_pages, err) != 0 ||
        page_path(s, list, path, err) != 0 ||
        http_client_add(s->session.client, path, NULL, err) != 0)
        return -1;
    http_client_pump(s->session.client);
    return 0;
}

/* The saved cursor is stale: what is read again is stored over what was, so begin again. */
static int begin_again(struct square *s, struct list *list, char path[PATH_SIZE], struct error *err)
{
    list->cursor[0] = '\0';
    list->resumed = false;
    memset(&list->guard, 0, sizeof(list->guard));
    return request(s, list, path, err) == 0 ? 1 : -1;
}

/* One page: its answer, the request of the next, then its rows. @retval 1 more, 0 the end, -1 */
static int read_page(struct square *s, struct list *list, char path[PATH_SIZE], struct error *err)
{
    struct error why = {0};
    bool stale;
    json_t *document = receive(s, path, &stale, &why);
    int more, rc;

    if (!document && stale && list->resumed)
        return begin_again(s, list, path, err);
    list->resumed = false;
    if (!document) {
        error_set(err, why.code, "%s", why.text);
        return error_prefix(err, "%s: ", list->refunds ? "refunds" : "payments");
    }
    more = next_cursor(list, document, err);
    if (more == 1 && request(s, list, path, err) != 0)
        more = -1;
    if (more < 0)
        error_prefix(err, "%s: ", list->refunds ? "refunds" : "payments");
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

    if (request(s, list, path, err) != 0)
        return -1;
    do
        more = read_page(s, list, path, err);
    while (more == 1);
    return more;
}

/* Where an earlier attempt was: lists before it are done. */
struct resume {
    bool refunds, ended;
    char location[LOCATION_SIZE], cursor[CURSOR_SIZE];
    bool pending; /* the list it names has not been reached yet */
};

static int position_of(const struct square *s, const struct resume *resume)
{
    int i;

    if (resume->refunds)
        return s->n_locations;
    for (i = 0; i < s->n_locations && strcmp(s->locations[i], resume->location) != 0;)
        i++;
    return i < s->n_locations ? i : -1;
}

/* What makes no sense (any more), such as a location that is gone, is no place to go on from. */
static void read_resume(const struct square *s, const char *text, struct resume *resume)
{
    json_t *saved = *text ? json_parse(text, strlen(text), NULL) : NULL;
    const char *step = json_string_value(json_object_get(saved, "step"));
    const char *location = json_string_value(json_object_get(saved, "location"));
    const char *cursor = json_string_value(json_object_get(saved, "cursor"));
    const char *asked = json_string_value(json_object_get(saved, "asked"));

    memset(resume, 0, sizeof(*resume));
    if (asked && strcmp(asked, s->asked) == 0 && step && location && cursor &&
        strlen(location) < LOCATION_SIZE && strlen(cursor) < CURSOR_SIZE) {
        resume->refunds = strcmp(step, "refunds") == 0;
        resume->ended = json_is_true(json_object_get(saved, "ended"));
        memcpy(resume->location, location, strlen(location) + 1);
        memcpy(resume->cursor, cursor, strlen(cursor) + 1);
        resume->pending = position_of(s, resume) >= 0;
    }
    json_decref(saved);
}

static int read_all(struct square *s, struct error *err)
{
    struct resume resume;
    struct list list;
    int i = 0;

    name_what_is_asked(s);
    read_resume(s, s->job->cursor, &resume);
    if (resume.pending)
        i = position_of(s, &resume) + resume.ended;
    for (; i <= s->n_locations; i++) {
        memset(&list, 0, sizeof(list));
        list.refunds = i == s->n_locations;
        list.location = list.refunds ? NULL : s->locations[i];
        if (resume.pending && !resume.ended) {
            memcpy(list.cursor, resume.cursor, sizeof(list.cursor));
            list.resumed = list.cursor[0] != '\0';
        }
        resume.pending = false;
        if (read_list(s, &list, err) != 0)
            return -1;
    }
    return 0;
}

static void configure(struct square *s)
{
    const json_t *settings = s->job->gateway->settings;
    int64_t limit;

    s->options.reference_field = gateway_setting_text(settings, "reference_field", "reference_id");
    s->options.amount_field = gateway_setting_text(settings, "amount_field", "amount_money");
    s->options.include_external = json_is_true(json_object_get(settings, "include_external"));
    json_setting_int(settings, "page_limit", 1, 100, 100, &limit, NULL);
    s->page_limit = (int)limit;
}

/* The API's version that is asked for. */
static void version_header(const struct gateway *gateway, char header[64])
{
    snprintf(header, 64, "Square-Version: %.30s",
             gateway_setting_text(gateway->settings, "version", "2026-08-19"));
}

static void probe(const struct gateway *gateway, struct gateway_probe *what)
{
    what->path = gateway_setting_text(gateway->settings, "probe", "/v2/locations");
    version_header(gateway, what->header);
}

static int fetch(const struct fetch_job *job, struct error *err)
{
    int64_t overlap = job->gateway->overlap_seconds * MICROS;
    struct square s = {.job = job};
    char header[64];
    int rc = -1;

    version_header(job->gateway, header);
    s.begin = job->begin - overlap;
    s.end = job->end + overlap;
    s.locations = calloc(LOCATIONS_MAX, sizeof(*s.locations));
    if (!s.locations)
        return error_set(err, ERROR_MEMORY, "out of memory");
    configure(&s);
    if (session_open(&s.session, job, header, err) == 0 && load_locations(&s, err) == 0)
        rc = read_all(&s, err);
    session_close(&s.session);
    free(s.locations);
    return rc;
}

const struct gateway_adapter gateway_square = {
    .name = "square", .needs_url = true, .lists = lists, .fetch = fetch, .probe = probe};
