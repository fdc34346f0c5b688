/* metrics_page - prints what /metrics can be at its longest, for promtool and for the pages that
   name metrics. */
#include <stdio.h>
#include <string.h>

#include "../../plugin/http/answer.h"
#include "../../plugin/http/traffic.h"
#include "../../udf/ratelimit/service.h"
#include "unit_health.h"

static const char report[] =
    "{\"reconciliation\":[{\"date\":\"2025-07-05\",\"gateway\":\"square\",\"state\":\"complete\","
    "\"matched\":1990,\"discrepancies\":10}],"
    "\"discrepancies\":{\"open\":12,\"by_type\":{\"PAID_NOT_RECORDED\":3}},"
    "\"outbox\":{\"waiting\":4,\"dead\":1,\"sent_24h\":9,\"oldest_waiting_seconds\":7},"
    "\"alerts\":[{}],\"audit\":{\"seals\":9,\"rows\":99,"
    "\"last_seal_at\":\"2025-07-05T10:00:00Z\"}}";
static const char policies[] =
    "{\"policies\":[{\"name\":\"api\",\"max_requests\":10,\"window_seconds\":60}]}";

int main(void)
{
    struct http_traffic traffic = {.answers[0][0] = 7};
    struct snapshot *s = unit_snapshot(HEALTH_WARNING, 1000);
    struct http_view view = {.snapshot = s, .worker = WORKER_READY, .traffic = &traffic};
    struct http_answer answer = {.status = HTTP_OK};
    struct error err = {0};

    if (!s || rate_service_load_policies(policies, strlen(policies), &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    s->checks[0].has_critical = true;
    atomic_store(&purser_status.heartbeat_ms, clock_ms());
    snapshot_set_report(s, json_parse(report, strlen(report), NULL), UNIT_MADE_AT);
    buf_init(&answer.body, HTTP_BODY_MAX);
    http_metrics(&view, HTTP_FORM_PLAIN, &answer);
    fputs(answer.body.data, stdout);
    buf_free(&answer.body);
    snapshot_release(s);
    return 0;
}
