/* alloc_answers.c - what the listener answers, and the client API, while memory runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../plugin/alert/webhook_body.h"
#include "../../plugin/api/body.h"
#include "../../plugin/api/door.h"
#include "../../plugin/api/serve.h"
#include "../../plugin/api/work.h"
#include "../../plugin/dashboard/dashboard.h"
#include "../../plugin/http/answer.h"
#include "../../plugin/http/metrics_report.h"
#include "../../plugin/http/reply.h"
#include "../../plugin/http/traffic.h"
#include "../../plugin/secrets_cache.h"
#include "../../plugin/settings.h"
#include "../../plugin/status.h"
#include "../../udf/client_key.h"
#include "../../udf/ratelimit/service.h"
#include "alloc_scenarios.h"
#include "unit_health.h"

#define SEED "0123456789abcdef0123456789abcdef"
#define KEY "pk_abcdefghijklmnopqrstuvwx"

/* ---- pages */

static int make(http_maker *maker, enum http_form form, struct error *err)
{
    static struct http_traffic traffic;
    struct snapshot *snapshot = unit_snapshot(HEALTH_CRITICAL, 0);
    struct http_view view = {.snapshot = snapshot, .worker = WORKER_READY, .traffic = &traffic};
    struct http_answer answer = {.status = HTTP_OK};
    int rc = 0;

    if (!snapshot || snapshot->checks[1].part_count != 2) {
        snapshot_release(snapshot);
        return alloc_refused(err);
    }
    buf_init(&answer.body, HTTP_BODY_MAX);
    maker(&view, form, &answer);
    if (answer.body.failed)
        rc = alloc_refused(err);
    buf_free(&answer.body);
    snapshot_release(snapshot);
    return rc;
}

#define PAGE(name, maker, form)                                                                    \
    static int name(struct error *err)                                                             \
    {                                                                                              \
        return make(maker, form, err);                                                             \
    }

PAGE(health, http_health, HTTP_FORM_PLAIN)
PAGE(health_form, http_health_detailed, HTTP_FORM_HEALTH)
PAGE(detailed, http_health_detailed, HTTP_FORM_PLAIN)
PAGE(of_database, http_health_database, HTTP_FORM_PLAIN)
PAGE(metrics, http_metrics, HTTP_FORM_PLAIN)
PAGE(readyz, http_readyz, HTTP_FORM_PLAIN)
PAGE(pingdom, http_pingdom, HTTP_FORM_PLAIN)

static int dashboard(struct error *err)
{
    static const char text[] =
        "{\"alerts\":[],\"outbox\":{\"waiting\":1,\"dead\":0},\"usage\":[{}]}";
    struct snapshot *snapshot = unit_snapshot(HEALTH_WARNING, 0);
    json_t *report = snapshot ? json_parse(text, strlen(text), NULL) : NULL;
    struct buf page;
    int rc;

    if (report)
        snapshot_set_report(snapshot, report, clock_utc_us());
    buf_init(&page, DASHBOARD_MAX);
    rc = report ? dashboard_render(snapshot, &page) : -1;
    if (rc == 0 && strcmp(page.data + page.len - 8, "</html>\n") != 0)
        rc = alloc_wrong(err, "it does not end");
    buf_free(&page);
    snapshot_release(snapshot);
    return rc == -1 ? alloc_refused(err) : rc;
}

static int metrics_of(struct error *err)
{
    static const char text[] =
        "{\"usage\":[{\"client_id\":1,\"used\":5,\"quota\":10}],\"alerts\":[],"
        "\"outbox\":{\"waiting\":1,\"dead\":0}}";
    json_t *report = json_parse(text, strlen(text), NULL);
    struct buf out;
    int rc = 0;

    buf_init(&out, HTTP_BODY_MAX);
    if (report)
        metrics_of_report(&out, report);
    if (!report || out.failed)
        rc = alloc_refused(err);
    json_decref(report);
    buf_free(&out);
    return rc;
}

static int replies(struct error *err)
{
    static const char *const paths[] = {"/health", "/nothing", "/dashboard"};
    static const struct http_policy policy = {.cors_origin = "*"};
    struct replies *all = calloc(1, sizeof(*all));
    int i, rc = 0;

    if (!all)
        return alloc_refused(err);
    replies_begin(all, &policy, NULL);
    for (i = 0; i < 3 && rc == 0; i++) {
        const struct request request = {.path = paths[i], .method = HTTP_GET};
        struct reply *reply = replies_find(all, &request);

        if (!reply || reply->status == HTTP_INTERNAL)
            rc = alloc_refused(err);
        else if (reply->body_len != strlen(reply->body))
            rc = alloc_wrong(err, "cut");
    }
    replies_end(all);
    free(all);
    return rc;
}

/* ---- webhooks that are sent */

static int post(struct error *err)
{
    struct parcel parcel = {.id = "0123456789abcdef0123456789abcdef",
                            .kind = "usage",
                            .subject = (char *)(uintptr_t) "subject <1>",
                            .text = (char *)(uintptr_t) "text & more",
                            .payload = (char *)(uintptr_t) "{\"a\": 1.50}"};
    char signature[SIGNATURE_SIZE];
    struct buf out;
    int slack, rc = 0;

    buf_init(&out, WEBHOOK_POST_MAX);
    for (slack = 0; slack < 2 && rc == 0; slack++) {
        parcel.channel.is_slack = slack;
        buf_clear(&out);
        rc = webhook_body(&parcel, &out, err);
        if (rc == 0 && out.data[out.len - 1] != '}')
            rc = alloc_wrong(err, "cut");
    }
    if (rc == 0 && webhook_sign("secret", 1, out.data, out.len, signature) != 0)
        rc = alloc_refused(err);
    buf_free(&out);
    return rc;
}

/* ---- the client API */

static char secrets_path[] = "/tmp/purser_alloc_XXXXXX";

static void remove_secrets(void)
{
    unlink(secrets_path);
}

static const char *secrets_file(void)
{
    static const char text[] = "{\"api\":{\"key_seed\":\"" SEED
                               "\"},\"gateways\":{\"square\":{\"webhook_secrets\":[\"s\"]}}}";
    static bool made;
    int fd;

    if (made)
        return secrets_path;
    alloc_fail_pause();
    fd = mkstemp(secrets_path);
    if (fd < 0 || write(fd, text, strlen(text)) < 0 || atexit(remove_secrets) != 0)
        abort();
    close(fd);
    made = true;
    alloc_fail_resume();
    return secrets_path;
}

static void begin_api(void)
{
    static struct settings settings = {.api_rate_limit = 1000000, .time_zone = "Africa/Blantyre"};

    alloc_fail_pause();
    snprintf(settings.secrets_file, sizeof(settings.secrets_file), "%s", secrets_file());
    settings_put(&settings);
    status_set_worker(WORKER_READY);
    api_door_begin(NULL);
    api_answer_rate_begin(NULL);
    rate_service(NULL);
    alloc_fail_resume();
}

static void sign(struct api_exchange *x)
{
    static unsigned long count;
    char at[24], nonce[40], hex[API_SIGNATURE_HEX], value[API_SIGNATURE_HEX + 4];
    char secret[CLIENT_KEY_SECRET_SIZE];
    struct api_signed r = {.key = KEY, .method = x->method, .target = x->target};

    alloc_fail_pause();
    snprintf(at, sizeof(at), "%lld", (long long)(clock_utc_us() / 1000000));
    snprintf(nonce, sizeof(nonce), "nonce-of-this-request-%lu", ++count);
    r.timestamp = at;
    r.nonce = nonce;
    r.body = x->body.data;
    r.body_len = x->body.len;
    client_key_secret(SEED, KEY, strlen(KEY), secret, NULL);
    api_signature_make(&r, secret, hex);
    snprintf(value, sizeof(value), "v1=%s", hex);
    api_credentials_take(&x->credentials, "X-Purser-Key", KEY);
    api_credentials_take(&x->credentials, "X-Purser-Timestamp", at);
    api_credentials_take(&x->credentials, "X-Purser-Nonce", nonce);
    api_credentials_take(&x->credentials, "X-Purser-Signature", value);
    if (api_credentials_judge(&x->credentials) != API_CREDENTIALS_GOOD)
        abort();
    alloc_fail_resume();
}

static const char *wanted_parameter; /* of api_call; NULL: any */
static bool was_cut, was_kept;

static void look_at_statement(const char *format, va_list values)
{
    const char *parameters = NULL;
    int i;

    was_kept |= strstr(format, "api_idempotency_end") != NULL;
    if (!strstr(format, "api_call") || !wanted_parameter)
        return;
    for (i = 0; i < 4; i++)
        parameters = va_arg(values, const char *);
    was_cut = !strstr(parameters, wanted_parameter);
}

/* A request from its headers to its answer. What goes wrong here is nobody's fault but ours: 5xx.
 */
static int served(const char *method, const char *target, const char *body, const char *idempotency,
                  const char *wanted, struct error *err)
{
    struct api_exchange *x;
    struct api_caller caller = {0};
    int rc = 0;

    begin_api();
    was_cut = was_kept = false;
    alloc_database_open(look_at_statement);
    x = api_exchange_create(target);
    if (!x)
        return alloc_refused(err);
    x->path_len = strcspn(target, "?");
    x->route = api_route_find(target, x->path_len);
    snprintf(x->method, sizeof(x->method), "%s", method);
    if (body && api_exchange_body(x, body, strlen(body)) != 0) {
        api_exchange_release(x);
        return alloc_refused(err);
    }
    x->content_types = body != NULL;
    x->is_json = true;
    if (idempotency) {
        x->idempotency_keys = 1;
        snprintf(x->idempotency_key, sizeof(x->idempotency_key), "%s", idempotency);
    }
    sign(x);
    api_serve(&caller, x);
    if (x->answer.status >= 500)
        rc = alloc_refused(err);
    else if (x->answer.status != 200)
        rc = alloc_wrong(err, x->answer.body.data ? x->answer.body.data : "no 200");
    else if (!x->answer.body.data || !strstr(x->answer.body.data, wanted))
        rc = alloc_wrong(err, x->answer.body.data ? x->answer.body.data : "no body");
    if (was_cut && rc != -1)
        rc = alloc_wrong(err, "another question than the client's was answered");
    if (was_kept && rc == -1)
        rc = alloc_wrong(err, "an answer was kept that nobody was given");
    api_caller_close(&caller);
    api_exchange_release(x);
    secrets_cache_forget();
    return rc;
}

static int of_a_page(struct error *err)
{
    wanted_parameter = "\"cursor\":\"abcd\"";
    return served("GET", "/v1/transactions?limit=7&cursor=abcd", NULL, NULL, "\"month\"", err);
}

static int of_a_day(struct error *err)
{
    wanted_parameter = "\"day_ends_at\"";
    return served("GET", "/v1/reconciliation?date=2025-07-05", NULL, NULL, "\"month\"", err);
}

static int rate_limit(struct error *err)
{
    wanted_parameter = NULL;
    return served(
        "POST", "/v1/rate-limit/check",
        "{\"identifier\":\"a\",\"endpoint\":\"e\",\"max_requests\":4000000,\"window_seconds\":60}",
        NULL, "\"allowed\"", err);
}

static int rate_limit_once(struct error *err)
{
    return served(
        "POST", "/v1/rate-limit/check",
        "{\"identifier\":\"a\",\"endpoint\":\"e\",\"max_requests\":4000000,\"window_seconds\":60}",
        "key", "\"allowed\"", err);
}

static int webhook(struct error *err)
{
    return served("POST", "/v1/webhooks/verify",
                  "{\"gateway\":\"square\",\"signature\":\"x\",\"body_base64\":\"YWJj\",\"url\":"
                  "\"https://x\"}",
                  NULL, "\"valid\":false", err);
}

const struct alloc_scenario alloc_answers[] = {
    {"health", health, NULL, NULL},
    {"health in the form of the draft", health_form, NULL, NULL},
    {"health in detail", detailed, NULL, NULL},
    {"health of the database", of_database, NULL, NULL},
    {"metrics", metrics, NULL, NULL},
    {"readyz", readyz, NULL, NULL},
    {"pingdom", pingdom, NULL, NULL},
    {"the dashboard", dashboard, "parts are not shown", NULL},
    {"metrics of a report", metrics_of, NULL, NULL},
    {"replies", replies, NULL, NULL},
    {"a webhook's body", post, "libcrypto does without some of what it keeps", NULL},
    {"a page is asked for", of_a_page, "libcrypto does without some of what it keeps", NULL},
    {"a day is asked for", of_a_day, "libcrypto does without some of what it keeps", NULL},
    {"a rate limit is asked for", rate_limit, "libcrypto does without some of what it keeps", NULL},
    {"a rate limit is asked for, once", rate_limit_once,
     "libcrypto does without some of what it keeps", NULL},
    {"a webhook is verified", webhook, "libcrypto does without some of what it keeps", NULL},
    {NULL, NULL, NULL, NULL}};
