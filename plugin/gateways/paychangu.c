/*
  paychangu.c - the adapter for PayChangu (docs/gateways.md): order by order.

  The vendor has no documented list of payments, so each order's reference is verified at the
  endpoint that its ref_kind names, several at a time. The undocumented list can be switched on
  (list_mode); it is off because nothing is known about its completeness.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../stop.h"
#include "gateway_settings.h"
#include "paychangu_list.h"
#include "paychangu_parse.h"
#include "session.h"

#define BATCH_MAX 500
#define BATCH_MIN 8
#define BATCH_FIRST 40
#define BATCH_MS 15000 /* between two batches the run saves its place and renews its lease */
#define PATH_SIZE 1024 /* 3 * 255 bytes of a reference, and the endpoint */

/* One order that is being asked about. */
struct question {
    struct gateway_order order;
    int tries; /* whose answers were no JSON */
};

struct paychangu {
    const struct fetch_job *job;
    struct session session;
    const char *mode, *default_kind;
    struct gateway_order *orders; /* BATCH_MAX long, as are the questions */
    struct question *questions;
};

static bool list_mode(const struct gateway *gateway)
{
    return json_is_true(json_object_get(gateway->settings, "list_mode"));
}

static const struct endpoint {
    const char *kind, *before, *after;
} endpoints[] = {
    {"checkout", "/verify-payment/", ""},
    {"mobile_money", "/mobile-money/payments/", "/verify"},
    {"bank", "/direct-charge/transactions/", "/details"},
    {"card", "/charge-card/verify/", ""},
};

static const struct endpoint *find_endpoint(const char *kind)
{
    size_t i;

    for (i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
        if (strcmp(endpoints[i].kind, kind) == 0)
            return &endpoints[i];
    return NULL;
}

static void give_up(struct paychangu *p, const struct question *question, const struct error *why)
{
    p->job->io.unread(p->job->io.context, question->order.ref, why);
}

static int path_of(const struct endpoint *endpoint, const char *ref, char path[PATH_SIZE],
                   struct error *err)
{
    char *escaped = http_escape(ref);
    int written;

    if (!escaped)
        return error_set(err, ERROR_MEMORY, "out of memory");
    written = snprintf(path, PATH_SIZE, "%s%s%s", endpoint->before, escaped, endpoint->after);
    free(escaped);
    if (written < 0 || written >= PATH_SIZE)
        return error_set(err, ERROR_INPUT, "a reference is too long");
    return 0;
}

static int ask(struct paychangu *p, struct question *question, struct error *err)
{
    const struct gateway_order *order = &question->order;
    const char *kind = order->ref_kind[0] ? order->ref_kind : p->default_kind;
    const struct endpoint *endpoint = find_endpoint(kind);
    struct error why = {0};
    char path[PATH_SIZE];

    if (!endpoint) {
        error_set(&why, ERROR_INPUT, "ref_kind '%s' is not checkout, mobile_money, bank or card",
                  kind);
        give_up(p, question, &why);
        return 0;
    }
    /* As a segment of a path these mean something else. */
    if (!order->ref[0] || strcmp(order->ref, ".") == 0 || strcmp(order->ref, "..") == 0) {
        error_set(&why, ERROR_INPUT, "such a reference cannot be asked for");
        give_up(p, question, &why);
        return 0;
    }
    if (path_of(endpoint, order->ref, path, err) != 0)
        return -1;
    return http_client_add(p->session.client, path, question, err);
}

static json_t *parse_body(const struct http_response *response, struct error *why)
{
    json_t *body = response->body ? json_parse(response->body, response->len, why) : NULL;

    if (json_is_object(body))
        return body;
    json_decref(body);
    return NULL;
}

static int take_answer(struct paychangu *p, struct question *question,
                       const struct http_response *response, struct error *err)
{
    const struct fetch_io *io = &p->job->io;
    struct error why = {0};
    struct record record = {0};
    enum paychangu_verdict verdict;
    json_t *body;

    if (response->error.code == ERROR_AUTH)
        return error_set(err, ERROR_AUTH, "%s", response->error.text);
    if (response->error.code != ERROR_NONE && response->status != 400) {
        give_up(p, question, &response->error);
        return 0;
    }
    body = parse_body(response, &why);
    if (why.code == ERROR_MEMORY)
        return error_set(err, ERROR_MEMORY, "%s", why.text);
    error_clear(&why);
    verdict = paychangu_judge(response->status, body, question->order.ref, p->mode, &record, &why);
    json_decref(body);
    question->tries += response->attempts;
    if (verdict == PAYCHANGU_GARBLED && question->tries < p->job->gateway->http.retry.max_attempts)
        return ask(p, question, err);
    if (verdict == PAYCHANGU_NOT_FOUND)
        paychangu_not_found(question->order.ref, p->job->begin, &record);
    record.order_claims = question->order.claims;
    if (verdict == PAYCHANGU_NOT_FOUND || verdict == PAYCHANGU_RECORD)
        return io->put(io->context, &record, err);
    give_up(p, question, &why);
    return 0;
}

/* Ask about the first n of p->orders, and take all answers. */
static int verify_batch(struct paychangu *p, int n, struct error *err)
{
    struct http_response response;
    int i, rc;

    for (i = 0; i < n; i++) {
        p->questions[i] = (struct question){.order = p->orders[i]};
        if (ask(p, &p->questions[i], err) != 0)
            return -1;
    }
    while ((rc = http_client_next(p->session.client, &response, err)) == 1) {
        rc = take_answer(p, response.tag, &response, err);
        http_response_free(&response);
        if (rc != 0)
            return -1;
    }
    return rc;
}

/* How many orders take about BATCH_MS, going by what the last ones took. */
static int next_size(int n, int64_t elapsed_ms)
{
    int64_t size = (int64_t)n * BATCH_MS / (elapsed_ms > 0 ? elapsed_ms : 1);

    return size < BATCH_MIN ? BATCH_MIN : size > BATCH_MAX ? BATCH_MAX : (int)size;
}

static int verify_all(struct paychangu *p, struct error *err)
{
    const struct fetch_io *io = &p->job->io;
    int n, size = BATCH_FIRST;
    int64_t begun;

    while ((n = io->next_orders(io->context, p->orders, size, err)) > 0) {
        begun = clock_ms();
        if (verify_batch(p, n, err) != 0)
            return -1;
        size = next_size(n, clock_ms() - begun);
    }
    return n;
}

static int fetch(const struct fetch_job *job, struct error *err)
{
    const json_t *settings = job->gateway->settings;
    struct paychangu p = {.job = job};
    int rc = -1;

    p.mode = gateway_setting_text(settings, "mode", "any");
    p.default_kind = gateway_setting_text(settings, "default_ref_kind", "checkout");
    p.orders = calloc(BATCH_MAX, sizeof(*p.orders));
    p.questions = calloc(BATCH_MAX, sizeof(*p.questions));
    if (!p.orders || !p.questions)
        error_set(err, ERROR_MEMORY, "out of memory");
    else if (session_open(&p.session, job, NULL, err) == 0)
        rc = list_mode(job->gateway) ? paychangu_read_list(job, &p.session, p.mode, err)
                                     : verify_all(&p, err);
    session_close(&p.session);
    free(p.questions);
    free(p.orders);
    return rc;
}

/* The balance: the one documented question that needs the token and no reference. */
static void probe(const struct gateway *gateway, struct gateway_probe *what)
{
    what->path = gateway_setting_text(gateway->settings, "probe", "/wallet-balance?currency=MWK");
}

const struct gateway_adapter gateway_paychangu = {
    .name = "paychangu", .needs_url = true, .lists = list_mode, .fetch = fetch, .probe = probe};
