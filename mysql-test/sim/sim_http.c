/*
  sim_http.c - the server: libmicrohttpd with a thread per connection, which it starts and joins.

  A struct sim_request belongs to the thread of its connection. config and daemon are written before
  the first thread starts.
*/
#include "sim_http.h"

#include "sim_control.h"
#include "sim_gateway.h"
#include "sim_raw.h"
#include "sim_stats.h"
#include "sim_value.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX ((size_t)512 << 20)
#define CONNECTIONS_MAX 1000
#define IDLE_SECONDS 600
#define ID_SIZE 512

struct sim_request {
    struct MHD_Connection *connection;
    char *target;
    const char *method;
    struct sim_text body;
    struct sim_plan plan;
    enum sim_gateway gateway;
    int route; /* -1: no gateway's */
    char id[ID_SIZE];
    bool started, entered;
};

static struct sim_config config;
static struct MHD_Daemon *http_daemon;

const char *sim_request_target(const struct sim_request *rq)
{
    return rq->target;
}

const char *sim_request_method(const struct sim_request *rq)
{
    return rq->method;
}

const char *sim_request_argument(const struct sim_request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *sim_request_header(const struct sim_request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

const char *sim_request_body(const struct sim_request *rq, size_t *len)
{
    *len = rq->body.len;
    return rq->body.data ? rq->body.data : "";
}

const struct sim_plan *sim_request_plan(const struct sim_request *rq)
{
    return &rq->plan;
}

int sim_request_socket(const struct sim_request *rq)
{
    return MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

void sim_request_leave(struct sim_request *rq)
{
    if (rq->entered)
        sim_stats_leave(rq->gateway);
    rq->entered = false;
}

/* The one place where libmicrohttpd shows the path as it came, so the request begins here. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct sim_request *rq = calloc(1, sizeof(*rq));

    (void)context;
    if (!rq)
        return NULL;
    rq->target = strdup(target);
    rq->connection = connection;
    rq->route = -1;
    rq->plan.answer.kind = rq->plan.delivery.kind = SIM_FAULT_KINDS;
    return rq;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct sim_request *rq = *state;

    (void)context;
    (void)connection;
    (void)code;
    *state = NULL;
    if (!rq)
        return;
    sim_request_leave(rq);
    sim_plan_free(&rq->plan);
    sim_text_free(&rq->body);
    free(rq->target);
    free(rq);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)context;
    (void)connection;
    (void)state;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        sim_stats_connected();
}

static void start(struct sim_request *rq, const char *path, const char *method)
{
    rq->started = true;
    rq->method = method;
    rq->route = sim_route_find(path, &rq->gateway, rq->id, sizeof(rq->id));
    if (rq->route < 0)
        return;
    rq->entered = true;
    sim_stats_enter(rq->gateway, rq->route);
}

static enum MHD_Result queue(struct sim_request *rq, struct sim_answer *answer)
{
    struct MHD_Response *response;
    enum MHD_Result rc;
    size_t len;
    char *body = sim_text_take(&answer->body, &len);

    if (!body)
        return MHD_NO;
    if (rq->plan.delivery.kind == SIM_FAULT_TRUNCATED_JSON)
        len /= 2;
    response = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(body);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            answer->type ? answer->type : "application/json");
    if (*answer->retry_after)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, answer->retry_after);
    if (*answer->location)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, answer->location);
    sim_request_leave(rq);
    rc = MHD_queue_response(rq->connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return rc;
}

/* How long the answer tells the client to stay away; 0 where it does not, or not in a sane form. */
static int64_t seconds_away(const struct sim_request *rq, const struct sim_answer *answer)
{
    const struct sim_fault *f = &rq->plan.answer;
    size_t digits = strspn(answer->retry_after, "0123456789");

    if (!*answer->retry_after)
        return 0;
    if (f->retry_after_date >= 0) /* an HTTP date has no fraction, so it may be a second early */
        return f->retry_after_date > 0 ? f->retry_after_date - 1 : 0;
    return answer->retry_after[digits] || digits > 6 ? 0 : strtol(answer->retry_after, NULL, 10);
}

static void note(const struct sim_request *rq, int status)
{
    sim_stats_answered(rq->gateway, status, rq->target,
                       sim_request_header(rq, MHD_HTTP_HEADER_USER_AGENT),
                       sim_request_header(rq, "Square-Version"));
}

static enum MHD_Result serve_gateway(struct sim_request *rq)
{
    struct sim_answer answer = {.status = 200};
    bool raw, silent;
    enum MHD_Result rc = MHD_NO;

    sim_fault_match(rq->gateway, rq->target, &rq->plan);
    if (sim_wait(sim_request_socket(rq), rq->plan.delay_ms)) {
        note(rq, 0);
        return MHD_NO;
    }
    sim_gateway_answer(rq, rq->route, rq->id, config.tokens, &answer);
    raw = sim_raw_needed(&rq->plan);
    silent =
        rq->plan.answer.kind == SIM_FAULT_HANG || rq->plan.answer.kind == SIM_FAULT_DROP_CONNECTION;
    note(rq, silent ? 0 : answer.status);
    if (*answer.retry_after)
        sim_stats_stay_away(rq->gateway, seconds_away(rq, &answer) * SIM_SECOND);
    if (raw && !answer.body.failed)
        sim_raw_send(rq, &answer);
    else if (!raw)
        rc = queue(rq, &answer);
    sim_text_free(&answer.body);
    return rc;
}

static enum MHD_Result serve_rest(struct sim_request *rq, const char *path)
{
    struct sim_answer answer = {.status = 404};
    enum MHD_Result rc;

    if (!strncmp(path, "/_sim/", 6))
        sim_control(rq, path + 5, &answer);
    else
        SIM_TEXT_LIT(&answer.body, "{\"error\":\"neither /square, /paychangu nor /_sim\"}");
    SIM_TEXT_LIT(&answer.body, "\n");
    rc = queue(rq, &answer);
    sim_text_free(&answer.body);
    return rc;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **state)
{
    struct sim_request *rq = *state;

    (void)context;
    (void)connection;
    (void)version;
    if (!rq || !rq->target)
        return MHD_NO;
    if (!rq->started) {
        start(rq, path, method);
        return MHD_YES;
    }
    if (*upload_size) {
        if (rq->body.len + *upload_size > BODY_MAX)
            return MHD_NO;
        sim_text_bytes(&rq->body, upload, *upload_size);
        *upload_size = 0;
        return rq->body.failed ? MHD_NO : MHD_YES;
    }
    return rq->route < 0 ? serve_rest(rq, path) : serve_gateway(rq);
}

int sim_http_start(const struct sim_config *given, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(given->port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const union MHD_DaemonInfo *info;

    config = *given;
    http_daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, 0, NULL,
        NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_URI_LOG_CALLBACK,
        on_target, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_END);
    if (!http_daemon)
        return -1;
    info = MHD_get_daemon_info(http_daemon, MHD_DAEMON_INFO_BIND_PORT);
    *port = info ? info->port : 0;
    return 0;
}

void sim_http_stop(void)
{
    MHD_stop_daemon(http_daemon);
    http_daemon = NULL;
}
