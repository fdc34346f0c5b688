/*
  checks_gateways.c - see check.h: is each gateway there, and does it know the token?

  Runs in a checker's thread. The rows are read on its connection; then all gateways are asked at
  once (http_probe.h), one question each that moves nothing. These requests count in no status
  variable: they are none of a reconciliation's.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "../gateways/session.h"
#include "../http_probe.h"
#include "../stop.h"
#include "certificates.h"
#include "check_say.h"

#define MARGIN_MS 250 /* before the deadline: what came in time is told */
#define LEAST_MS 100
#define WHY_SIZE 128

/* One row of purser.gateways. */
struct subject {
    struct gateway gateway;
    struct gateway_probe question;
    struct session session; /* the headers only */
    char name[GATEWAY_NAME_SIZE];
    bool asked; /* probes[probe] is its */
    bool fails;
    int probe;
};

struct subjects {
    struct subject *list; /* HEALTH_PARTS_MAX long */
    struct http_probe *probes;
    int count, probe_count;
    bool more; /* gateways than there is room for */
};

static int read_rows(struct subjects *s, struct db *db, struct check_result *result,
                     struct error *err)
{
    struct rows *rows = db_query(db, err,
                                 "SELECT name, adapter, base_url, settings FROM purser.gateways"
                                 " WHERE enabled ORDER BY name LIMIT %d",
                                 HEALTH_PARTS_MAX + 1);
    struct row row;
    int rc = -1;

    while (rows && (rc = rows_next(rows, &row, err)) == 1) {
        struct error why = {0};
        struct subject *g;

        if (s->count == HEALTH_PARTS_MAX) {
            s->more = true;
            rc = 0;
            break;
        }
        g = &s->list[s->count++];
        snprintf(g->name, sizeof(g->name), "%s", row.field[0]);
        if (gateway_init(&g->gateway, row.field[0], row.field[1], row.field[2], row.field[3],
                         row.length[3], &why) != 0) {
            g->fails = true;
            buf_printf(&result->detail, "%s\n", why.text);
        }
    }
    rows_close(rows);
    return rc;
}

/* Write down what is asked of each; without a token there is nothing to ask. */
static void prepare(struct subjects *s, const struct secrets *secrets, int64_t patience_ms,
                    struct check_result *result)
{
    int i;

    for (i = 0; i < s->count; i++) {
        struct subject *g = &s->list[i];
        const struct http_config *http = &g->gateway.http;
        struct error why = {0};
        struct http_probe *probe;

        if (g->fails || !g->gateway.adapter->probe)
            continue;
        g->gateway.adapter->probe(&g->gateway, &g->question);
        if (session_headers(&g->session, &g->gateway, secrets,
                            g->question.header[0] ? g->question.header : NULL, &why) != 0) {
            g->fails = true;
            buf_printf(&result->detail, "%s\n", why.text);
            continue;
        }
        g->asked = true;
        g->probe = s->probe_count++;
        probe = s->probes + g->probe;
        probe->base_url = g->gateway.base_url;
        probe->path = g->question.path;
        probe->headers = g->session.headers;
        probe->ca_file = http->ca_file;
        probe->total_timeout_ms =
            http->total_timeout_ms < patience_ms ? http->total_timeout_ms : patience_ms;
        probe->connect_timeout_ms = http->connect_timeout_ms < probe->total_timeout_ms
                                        ? http->connect_timeout_ms
                                        : probe->total_timeout_ms;
    }
}

/* A captive portal and a load balancer's page say 200 as well. */
static bool is_answer(const struct http_probe *probe)
{
    json_t *document =
        probe->body.data ? json_parse(probe->body.data, probe->body.len, NULL) : NULL;
    bool good = json_is_object(document);

    json_decref(document);
    return good;
}

/* What failed, in public words. */
static void describe(const struct http_probe *probe, bool answered, char why[WHY_SIZE])
{
    static const char *const words[] = {
        [PROBE_DNS] = "dns: the name is not found",
        [PROBE_CONNECT] = "connect: no connection",
        [PROBE_TLS] = "tls: the certificate does not hold, or there is no TLS",
        [PROBE_HTTP] = "http: the answer was cut, or is none",
        [PROBE_LOCAL] = "local: it could not be asked (memory, ca_file)",
    };
    const char *kind = probe_failure_name(probe->failure);

    if (probe->failure == PROBE_OK && !answered)
        snprintf(why, WHY_SIZE, "http: status %d, but the answer is no JSON object", probe->status);
    else if (probe->failure == PROBE_AUTH)
        snprintf(why, WHY_SIZE, "auth: status %d, the token is refused", probe->status);
    else if (probe->timed_out)
        snprintf(why, WHY_SIZE, "%s: no answer within %.1f s", kind,
                 (double)probe->latency_us / 1000000);
    else if (probe->failure == PROBE_HTTP && probe->status > 0 && probe->error.code == ERROR_NONE)
        snprintf(why, WHY_SIZE, "http: status %d", probe->status);
    else
        snprintf(why, WHY_SIZE, "%s", words[probe->failure]);
}

static void note_certificate(const struct subject *g, const struct http_probe *probe)
{
    char name[HEALTH_NAME_SIZE];

    if (probe->certificate_ends == 0)
        return;
    snprintf(name, sizeof(name), "gateway %.50s", g->name);
    certificates_note(name, probe->certificate_ends);
}

static void report_one(struct subject *g, const struct http_probe *probe,
                       struct check_result *result)
{
    char why[WHY_SIZE];
    bool answered;

    if (!g->asked && g->fails) {
        check_part(result, g->name, HEALTH_WARNING, -1,
                   "settings: the row, the secrets file or its token is not usable");
        return;
    }
    if (!g->asked) {
        check_part(result, g->name, HEALTH_UNKNOWN, -1, "known by its exports only");
        return;
    }
    note_certificate(g, probe);
    answered = probe->failure == PROBE_OK && is_answer(probe);
    if (answered) {
        check_part(result, g->name, HEALTH_OK, probe->latency_us, "answers in %lld ms",
                   (long long)(probe->latency_us / 1000));
        return;
    }
    g->fails = true;
    describe(probe, answered, why);
    check_part(result, g->name, HEALTH_WARNING, probe->latency_us, "%s", why);
    buf_printf(&result->detail, "%s: %s%s%s\n", g->name, why, probe->error.code ? ": " : "",
               probe->error.text);
}

static void report(struct subjects *s, struct check_result *result)
{
    const char *more = s->more ? "; there are more, which were not asked" : "";
    const struct health_part *bad = NULL;
    int i, looked = 0, failed = 0;

    for (i = 0; i < s->count; i++) {
        report_one(&s->list[i], &s->probes[s->list[i].probe], result);
        looked += s->list[i].asked || s->list[i].fails;
        failed += s->list[i].fails;
        bad = s->list[i].fails ? &result->parts[i] : bad;
    }
    if (looked == 0) {
        check_say(result, "there is no gateway to ask");
        return;
    }
    check_value(result, failed);
    if (failed > 1 && failed == looked)
        result->level = HEALTH_CRITICAL;
    if (failed == 1)
        check_say(result, "1 of %d gateways fails: %s, %s%s", looked, bad->name, bad->message,
                  more);
    else if (failed > 0)
        check_say(result, "%d of %d gateways fail%s", failed, looked, more);
    else
        check_say(result, "%d of %d gateways answer%s", looked, looked, more);
}

static void release(struct subjects *s)
{
    int i;

    for (i = 0; s->list && i < s->count; i++) {
        session_close(&s->list[i].session);
        gateway_deinit(&s->list[i].gateway);
    }
    for (i = 0; s->probes && i < s->probe_count; i++)
        http_probe_free(&s->probes[i]);
    free(s->list);
    free(s->probes);
}

static int ask(struct subjects *s, const struct check_context *context, struct check_result *result,
               struct error *err)
{
    int64_t patience;
    struct secrets *secrets;
    struct error why = {0};

    if (read_rows(s, context->db, result, err) != 0)
        return -1;
    secrets = secrets_load(context->settings->secrets_file, &why);
    if (!secrets) {
        buf_printf(&result->detail, "%s\n", why.text);
        secrets = secrets_load("", err); /* none: each gateway misses its token */
        if (!secrets)
            return -1;
    }
    patience = context->deadline_ms - clock_ms() - MARGIN_MS;
    prepare(s, secrets, patience > LEAST_MS ? patience : LEAST_MS, result);
    secrets_destroy(secrets);
    return http_probe_run(s->probes, s->probe_count, err);
}

int check_gateways(const struct check_context *context, struct check_result *result,
                   struct error *err)
{
    struct subjects s = {.list = calloc(HEALTH_PARTS_MAX, sizeof(*s.list)),
                         .probes = calloc(HEALTH_PARTS_MAX, sizeof(*s.probes))};
    int rc = -1;

    if (!s.list || !s.probes)
        error_set(err, ERROR_MEMORY, "out of memory");
    else
        rc = ask(&s, context, result, err);
    if (rc == 0)
        report(&s, result);
    release(&s);
    return rc;
}
