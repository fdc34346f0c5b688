/* serve.c - see serve.h. */
#include "serve.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/crypto.h"
#include "../../udf/timestamp.h"
#include "../log.h"
#include "../server.h"
#include "../status.h"
#include "../stop.h"
#include "../zone_file.h"
#include "body.h"
#include "door.h"
#include "work.h"

#define SAY_AGAIN_MS 60000

/* What went wrong on the way to the database, the same once a minute. */
static void complain(const struct error *err)
{
    static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the two below */
    static char said[sizeof(err->text)];
    static int64_t said_ms;
    bool again;

    if (err->code == ERROR_STOPPED || stop_requested())
        return;
    pthread_mutex_lock(&said_lock);
    again = clock_ms() - said_ms < SAY_AGAIN_MS && strcmp(said, err->text) == 0;
    if (!again) {
        said_ms = clock_ms();
        snprintf(said, sizeof(said), "%s", err->text);
    }
    pthread_mutex_unlock(&said_lock);
    if (!again)
        log_warning("client API: %s", err->text);
}

static void fail(struct api_exchange *x, const struct error *err)
{
    complain(err);
    api_problem(&x->answer, API_UNAVAILABLE, NULL, NULL);
}

/* Is there a database to ask at all? */
static bool is_up(void)
{
    switch (status_worker()) {
    case WORKER_READY:
    case WORKER_REPLICA:
    case WORKER_NO_CONNECTION: /* the worker's; there may be one for us */
        return !server_aborting();
    default:
        return false;
    }
}

/* ---- what the client asks for */

struct wish {
    json_t *parameters; /* NULL: something is wrong with the request */
    enum api_problem problem;
    struct api_errors errors;
};

static void read_body(const struct api_exchange *x, struct wish *wish)
{
    if (x->content_types != 1 || !x->is_json || x->is_encoded) {
        wish->problem = API_UNSUPPORTED_MEDIA_TYPE;
    } else if (x->idempotency_keys > 1 || (x->idempotency_keys && !x->idempotency_key[0]) ||
               strlen(x->idempotency_key) > API_IDEMPOTENCY_MAX) {
        wish->problem = API_INVALID_IDEMPOTENCY_KEY;
    } else {
        wish->problem = API_INVALID_BODY;
        wish->parameters = api_body_read(x->route, x->body.data, x->body.len, &wish->errors);
    }
}

static void read_wish(const struct api_exchange *x, struct wish *wish)
{
    static const struct api_route without = {.path = ""};
    const char *query = x->target + x->path_len + (x->target[x->path_len] == '?');

    memset(wish, 0, sizeof(*wish));
    wish->problem = API_INVALID_PARAMETER;
    wish->parameters = api_query_read(x->route->post ? &without : x->route, query, &wish->errors);
    if (!wish->parameters)
        return;
    if (x->route->post) {
        json_decref(wish->parameters);
        wish->parameters = NULL;
        read_body(x, wish);
    } else if (x->body.len) {
        json_decref(wish->parameters);
        wish->parameters = NULL;
        wish->problem = API_INVALID_BODY;
        api_errors_add(&wish->errors, "", "this request has no body");
    }
}

/* ---- POST */

static void work(struct api_exchange *x, const json_t *body, const struct settings *s,
                 uint64_t client_id)
{
    if (x->route->answerer == API_BY_RATE_LIMIT)
        api_answer_rate(body, client_id, &x->answer);
    else
        api_answer_webhook(body, s, &x->answer);
}

static void replay(struct api_exchange *x, const struct api_row *kept)
{
    struct api_answer *a = &x->answer;

    a->status = kept->status;
    a->type = kept->status >= 400 ? "application/problem+json" : API_JSON;
    buf_append(&a->body, kept->body.data, kept->body.len);
    api_answer_header(a, "Idempotency-Replayed", "true");
}

static int hash_request(const struct api_exchange *x, char hex[CRYPTO_TEXT_SIZE])
{
    const struct crypto_piece pieces[] = {{x->method, strlen(x->method)},
                                          {"\n", 1},
                                          {x->target, strlen(x->target)},
                                          {"\n", 1},
                                          {x->body.data, x->body.len}};

    return crypto_sha256_hex(pieces, 5, hex);
}

/* The work is done once for a key: begun before it, and what came of it kept after it. */
static void work_once(struct api_caller *caller, struct api_exchange *x, const json_t *body,
                      const struct settings *s, uint64_t client_id)
{
    struct api_row kept = {0};
    struct error err = {0};
    char hash[CRYPTO_TEXT_SIZE];
    int state;

    if (server_read_only()) {
        api_problem(&x->answer, API_READ_ONLY, "an Idempotency-Key cannot be kept here", NULL);
        return;
    }
    if (hash_request(x, hash) != 0) {
        api_problem(&x->answer, API_INTERNAL_ERROR, NULL, NULL);
        return;
    }
    state = api_idempotency_begin(caller, client_id, x->idempotency_key, hash, &kept, &err);
    if (state == API_DONE) {
        replay(x, &kept);
    } else if (state == API_MISMATCH) {
        api_problem(&x->answer, API_IDEMPOTENCY_MISMATCH, NULL, NULL);
    } else if (state == API_IN_PROGRESS) {
        api_problem(&x->answer, API_IDEMPOTENCY_IN_PROGRESS, NULL, NULL);
    } else if (state == API_BEGUN) {
        work(x, body, s, client_id);
        if (x->answer.status < 500 && !x->answer.body.failed &&
            api_idempotency_end(caller, client_id, x->idempotency_key, hash, x->answer.status,
                                &x->answer.body, &err) != 0)
            complain(&err);
    } else {
        fail(x, &err);
    }
    api_row_free(&kept);
}

/* ---- all of it */

/* The procedure writes what is wrong with a parameter as "name: sentence". */
static void refuse_by_row(struct api_exchange *x, const struct api_row *row)
{
    enum api_problem problem = api_problem_named(row->problem);
    const char *colon = strstr(row->detail, ": ");
    struct api_errors errors = {0};
    char pointer[80];

    if (problem == API_PROBLEMS)
        problem = API_INTERNAL_ERROR;
    if (problem == API_INVALID_PARAMETER && colon && colon - row->detail < 64) {
        snprintf(pointer, sizeof(pointer), "/%.*s", (int)(colon - row->detail), row->detail);
        api_errors_add(&errors, pointer, "%s", colon + 2);
    }
    api_problem(&x->answer, problem, row->detail[0] && !errors.count ? row->detail : NULL, &errors);
}

/* The server's own tables of time zones may be empty; the plugin reads the machine's.
   @retval 0 or -1: no memory */
static int add_day_bounds(json_t *parameters, const struct settings *s)
{
    const char *text = json_string_value(json_object_get(parameters, "date"));
    struct error why = {0};
    struct zone *zone = text ? zone_load(s->time_zone, &why) : NULL;
    char begin_text[TIMESTAMP_ISO_SIZE], end_text[TIMESTAMP_ISO_SIZE];
    int64_t begin, end;
    int32_t day;
    int rc = why.code == ERROR_MEMORY ? -1 : 0;

    if (zone && date_parse(text, strlen(text), &day, NULL) == 0) {
        zone_day_bounds(zone, day, &begin, &end);
        timestamp_format_iso(begin, begin_text);
        timestamp_format_iso(end, end_text);
        rc = json_object_set_new(parameters, "day_starts_at", json_string(begin_text)) |
             json_object_set_new(parameters, "day_ends_at", json_string(end_text));
    }
    zone_destroy(zone);
    return rc;
}

/* What a GET asks of the procedure. @param[out] text  new; NULL for a POST @retval 0 or -1: no
 * memory */
static int write_parameters(const struct api_exchange *x, const struct settings *s,
                            const struct wish *wish, char **text)
{
    *text = NULL;
    if (!wish->parameters || x->route->post)
        return 0;
    if (add_day_bounds(wish->parameters, s) == 0)
        *text = json_write(wish->parameters, JSON_COMPACT);
    return *text ? 0 : -1;
}

static void take_row(struct api_exchange *x, struct api_row *row)
{
    struct api_answer *a = &x->answer;

    a->status = row->status;
    a->type = API_JSON;
    buf_free(&a->body);
    a->body = row->body; /* taken over */
    memset(&row->body, 0, sizeof(row->body));
    buf_puts(&a->body, "\n");
}

static void serve(struct api_caller *caller, struct api_exchange *x, const struct settings *s,
                  const struct wish *wish, const char *secret_hash)
{
    struct api_row row = {0};
    struct error err = {0};
    char *parameters;

    if (wish->errors.no_memory || write_parameters(x, s, wish, &parameters) != 0) {
        api_problem(&x->answer, API_INTERNAL_ERROR, NULL, NULL);
        return;
    }
    if (api_call(caller, x->credentials.key, secret_hash,
                 wish->parameters ? x->route->operation : "key", parameters ? parameters : "{}",
                 &row, &err) != 0)
        fail(x, &err);
    else if (row.problem[0])
        refuse_by_row(x, &row);
    else if (!wish->parameters)
        api_problem(&x->answer, wish->problem, NULL, &wish->errors);
    else if (x->route->answerer == API_BY_SQL)
        take_row(x, &row);
    else if (x->idempotency_keys)
        work_once(caller, x, wish->parameters, s, row.client_id);
    else
        work(x, wish->parameters, s, row.client_id);
    api_row_free(&row);
    free(parameters);
}

void api_serve(struct api_caller *caller, struct api_exchange *x)
{
    char secret_hash[DOOR_HASH_SIZE];
    struct settings s;
    struct wish wish;

    settings_get(&s);
    if (api_door(x, &s, secret_hash) != 0)
        return;
    if (!is_up()) {
        api_problem(&x->answer, API_UNAVAILABLE, "Purser is not ready", NULL);
        return;
    }
    read_wish(x, &wish);
    serve(caller, x, &s, &wish, secret_hash);
    json_decref(wish.parameters);
    if (x->answer.body.failed)
        api_problem(&x->answer, API_INTERNAL_ERROR, NULL, NULL);
}
