/*
  paychangu.c - the adapter for PayChangu (docs/gateways.md): order by order.

  The vendor has no documented list of payments, so each order's reference is verified at the
  endpoint that its ref_kind names, several at a time. The undocumented list can be switched on
  (list_mode); it is off because nothing is known about its completeness.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paychangu_list.h"
#include "paychangu_parse.h"
#include "session.h"

#define BATCH 500
#define PATH_SIZE 1024

/* One order that is being asked about. */
struct question {
    struct gateway_order order;
    char path[PATH_SIZE];
    int malformed; /* answers that were no JSON */
};

struct paychangu {
    const struct fetch_job *job;
    struct session session;
    const char *mode, *default_kind;
    struct gateway_order *orders; /* BATCH long */
};

static bool list_mode(const struct gateway *gateway)
{
    return json_is_true(json_object_get(gateway->settings, "list_mode"));
}

/* Endpoint of a reference; NULL where the kind is unknown. */
static const char *endpoint(const char *kind)
{
    static const char *const endpoints[][2] = {
        {"checkout", "/verify-payment/%s"},
        {"mobile_money", "/mobile-money/payments/%s/verify"},
        {"bank", "/direct-charge/transactions/%s/details"},
        {"card", "/charge-card/verify/%s"},
    };
    size_t i;

    for (i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
        if (strcmp(endpoints[i][0], kind) == 0)
            return endpoints[i][1];
    return NULL;
}

static void give_up(struct paychangu *p, const char *ref, const struct error *why)
{
    p->job->io.unread(p->job->io.context, ref, why);
}

static int ask(struct paychangu *p, const struct gateway_order *order, struct error *err)
{
    const char *kind = order->ref_kind[0] ? order->ref_kind : p->default_kind;
    const char *form = endpoint(kind);
    struct question *question;
    struct error why = {0};
    char *escaped;
    int rc;

    if (!form) {
        error_set(&why, ERROR_INPUT, "ref_kind '%s' is not checkout, mobile_money, bank or card",
                  kind);
        give_up(p, order->ref, &why);
        return 0;
    }
    question = calloc(1, sizeof(*question));
    escaped = http_escape(order->ref);
    if (!question || !escaped) {
        free(question);
        free(escaped);
        return error_set(err, ERROR_MEMORY, "out of memory");
    }
    question->order = *order;
    /* "%s" of the table above; both parts are bounded: 3 * 255 + the longest endpoint */
    snprintf(question->path, sizeof(question->path), "%.*s%s%s", (int)(strchr(form, '%') - form),
             form, escaped, strchr(form, '%') + 2);
    free(escaped);
    rc = http_client_add(p->session.client, question->path, question, err);
    if (rc != 0)
        free(question);
    return rc;
}

static bool is_not_found(const struct http_response *response, const json_t *body)
{
    const char *status = json_string_value(json_object_get(body, "status"));

    if (response->status == 404)
        return true;
    /* Some endpoints say 400 for a reference they do not know: {"status":"failed","data":null}. */
    return response->status == 400 && status && strcmp(status, "failed") == 0 &&
           !json_is_object(json_object_get(body, "data"));
}

/* @retval 1 asked again, 0 answered or given up, -1 err */
static int ask_again_or_give_up(struct paychangu *p, struct question *question,
                                const struct error *why, struct error *err)
{
    if (++question->malformed >= p->job->gateway->http.retry.max_attempts) {
        give_up(p, question->order.ref, why);
        return 0;
    }
    return http_client_add(p->session.client, question->path, question, err) == 0 ? 1 : -1;
}

static int take_answer(struct paychangu *p, struct question *question,
                       const struct http_response *response, const json_t *body,
                       const struct error *malformed, struct error *err)
{
    struct record record;
    struct error why = {0};

    if (response->error.code == ERROR_AUTH)
        return error_set(err, ERROR_AUTH, "%s", response->error.text);
    if (is_not_found(response, body)) {
        paychangu_not_found(question->order.ref, p->job->begin, &record);
        return p->job->io.put(p->job->io.context, &record, err);
    }
    if (response->error.code != ERROR_NONE) {
        give_up(p, question->order.ref, &response->error);
        return 0;
    }
    if (!body)
        return ask_again_or_give_up(p, question, malformed, err);
    if (paychangu_verified(body, question->order.ref, p->mode, &record, &why) == 0)
        return p->job->io.put(p->job->io.context, &record, err);
    give_up(p, question->order.ref, &why);
    return 0;
}

/* @retval 1 an answer was dealt with, 0 none is outstanding, -1 err */
static int next_answer(struct paychangu *p, struct error *err)
{
    struct http_response response;
    struct error malformed = {0};
    struct question *question;
    json_t *body;
    int rc = http_client_next(p->session.client, &response, err);

    if (rc <= 0)
        return rc;
    question = response.tag;
    body = response.body ? json_parse(response.body, response.len, &malformed) : NULL;
    if (body && !json_is_object(body)) {
        json_decref(body);
        body = NULL;
    }
    if (!body)
        error_set(&malformed, ERROR_REMOTE, "the answer is not a JSON object");
    rc = take_answer(p, question, &response, body, &malformed, err);
    json_decref(body);
    http_response_free(&response);
    if (rc != 1)
        free(question);
    return rc < 0 ? -1 : 1;
}

static int verify_all(struct paychangu *p, struct error *err)
{
    const struct fetch_io *io = &p->job->io;
    int i, n, rc;

    while ((n = io->next_orders(io->context, p->orders, BATCH, err)) > 0) {
        for (i = 0; i < n; i++)
            if (ask(p, &p->orders[i], err) != 0)
                return -1;
        while ((rc = next_answer(p, err)) == 1)
            ;
        if (rc != 0)
            return -1;
    }
    return n;
}

static int configure(struct paychangu *p, struct error *err)
{
    const json_t *settings = p->job->gateway->settings;

    p->mode = json_string_value(json_object_get(settings, "mode"));
    if (!p->mode)
        p->mode = "any";
    p->default_kind = json_string_value(json_object_get(settings, "default_ref_kind"));
    if (!p->default_kind)
        p->default_kind = "checkout";
    if (strcmp(p->mode, "live") != 0 && strcmp(p->mode, "test") != 0 && strcmp(p->mode, "any") != 0)
        return error_set(err, ERROR_CONFIG, "settings: mode is live, test or any");
    if (!endpoint(p->default_kind))
        return error_set(err, ERROR_CONFIG,
                         "settings: default_ref_kind is checkout, mobile_money, bank or card");
    return 0;
}

/* Questions that are still with the client when a fetch is broken off. */
static void drop_questions(struct paychangu *p)
{
    void *tag;

    while (p->session.client && http_client_cancel(p->session.client, &tag))
        free(tag);
}

static int fetch(const struct fetch_job *job, struct error *err)
{
    struct paychangu p = {.job = job};
    int rc = -1;

    p.orders = calloc(BATCH, sizeof(*p.orders));
    if (!p.orders)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (configure(&p, err) == 0 && session_open(&p.session, job, NULL, err) == 0)
        rc = list_mode(job->gateway) ? paychangu_read_list(job, &p.session, p.mode, err)
                                     : verify_all(&p, err);
    drop_questions(&p);
    session_close(&p.session);
    free(p.orders);
    return rc;
}

const struct gateway_adapter gateway_paychangu = {
    .name = "paychangu", .needs_url = true, .lists = list_mode, .fetch = fetch};
