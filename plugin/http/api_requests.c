/*
  api_requests.c - see listener_parts.h: requests below /v1, read here and answered by api threads.

  What can be said without them is said at once, though behind the body where that is not long: who
  is still writing would not read the answer. All else is handed over, and its connection is
  suspended. It is resumed by the api thread that has the answer, or here when API_PATIENCE_MS are
  over: the exchange's state decides who of the two (api/exchange.h).

  BOUNDS: those of api/exchange.h; DISCARD_MAX bytes of a body that nobody wants are read.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/random.h>

#include "../../udf/crypto.h"
#include "../api/exchange.h"
#include "../api/work.h"
#include "../status.h"
#include "listener_parts.h"

#define DISCARD_MAX (1u << 20)
#define REQUEST_ID_BYTES 12

_Static_assert(API_BODIES_MAX >= 2 * LISTENER_CONNECTIONS_OF_ONE * API_BODY_MAX,
               "bodies of one address that never end would be a 503 for everybody else");

struct api_request {
    struct api_exchange *exchange; /* a reference */
    struct api_answer answer;      /* of this thread; status 0: none */
    struct MHD_Connection *connection;
    struct MHD_Daemon *daemon;
    int wake; /* the listener's */
    bool begun;
    bool handed_over; /* it is suspended, or was */
    bool linked;      /* among those that wait */
    size_t discarded; /* bytes */
    int64_t since_ms; /* handed over */
    struct api_request *before, *after;
};

bool api_is_target(const char *target)
{
    return strncmp(target, "/v1", 3) == 0 && (!target[3] || target[3] == '/' || target[3] == '?');
}

struct api_request *api_request_begin(const char *target)
{
    struct api_request *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    api_answer_begin(&r->answer);
    r->exchange = api_exchange_create(target);
    if (r->exchange)
        return r;
    free(r);
    return NULL;
}

/* ---- who waits */

static void link_last(struct listener *l, struct api_request *r)
{
    r->linked = true;
    r->before = l->waiting_last;
    r->after = NULL;
    if (l->waiting_last)
        l->waiting_last->after = r;
    else
        l->waiting_first = r;
    l->waiting_last = r;
}

static void unlink_it(struct listener *l, struct api_request *r)
{
    if (!r->linked)
        return;
    r->linked = false;
    if (r->before)
        r->before->after = r->after;
    else
        l->waiting_first = r->after;
    if (r->after)
        r->after->before = r->before;
    else
        l->waiting_last = r->before;
}

void api_request_end(struct listener *l, struct api_request *r)
{
    if (!r)
        return;
    unlink_it(l, r);
    api_exchange_give_up(r->exchange); /* waits for resume(), if that goes on */
    api_exchange_release(r->exchange);
    api_answer_free(&r->answer);
    free(r);
}

/* In an api thread, with the exchange's lock held: so the request lives until this ends. */
static void resume(void *request)
{
    const struct api_request *r = request;

    MHD_resume_connection(r->connection);
    eventfd_write(r->wake, 1);
}

static void stop_waiting(struct listener *l, struct api_request *r)
{
    unlink_it(l, r);
    if (api_exchange_give_up(r->exchange)) {
        status_add(&purser_status.api_given_up, 1);
        MHD_resume_connection(r->connection);
        eventfd_write(l->wake, 1);
    }
}

int64_t api_requests_give_up(struct listener *l, int64_t wait_ms)
{
    while (l->waiting_first) {
        int64_t left = l->waiting_first->since_ms + API_PATIENCE_MS - clock_ms();

        if (left > 0)
            return left < wait_ms ? left : wait_ms;
        stop_waiting(l, l->waiting_first);
    }
    return wait_ms;
}

void api_requests_resume(struct listener *l, struct MHD_Daemon *daemon)
{
    struct api_request *r = l->waiting_first, *after;

    for (; r; r = after) {
        after = r->after;
        if (!daemon || r->daemon == daemon)
            stop_waiting(l, r);
    }
}

/* ---- the answer */

static void add_request_id(struct MHD_Response *response)
{
    unsigned char bytes[REQUEST_ID_BYTES] = {0};
    char hex[CRYPTO_TEXT_SIZE];

    if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) != (ssize_t)sizeof(bytes))
        return;
    crypto_encode(CRYPTO_HEX, bytes, sizeof(bytes), hex);
    MHD_add_response_header(response, "X-Request-Id", hex);
}

static void count(struct listener *l, int status)
{
    l->answers++;
    http_traffic_count(&l->replies.traffic, HTTP_TRAFFIC_API, (enum http_status)status);
    status_add(&purser_status.api_requests, 1);
    if (status == 401 || status == 403)
        status_add(&purser_status.api_denied, 1);
    else if (status == 429)
        status_add(&purser_status.api_limited, 1);
    else if (status == 503)
        status_add(&purser_status.api_unavailable, 1);
}

static struct MHD_Response *response_of(const struct api_answer *a, bool last)
{
    /* for want of memory the status says it alone: half a body is none */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        a->body.failed ? 0 : a->body.len, a->body.data, MHD_RESPMEM_MUST_COPY);
    char date[HTTP_DATE_SIZE];
    int i;

    if (!response)
        return NULL;
    http_date(clock_utc_us() / 1000000, date);
    MHD_add_response_header(response, "Date", date);
    MHD_add_response_header(response, "Content-Type", a->type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    add_request_id(response);
    for (i = 0; i < a->header_count; i++)
        MHD_add_response_header(response, a->headers[i].name, a->headers[i].value);
    if (last)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

static enum MHD_Result respond(struct listener *l, struct api_request *r,
                               const struct api_answer *a, bool last)
{
    struct slot *slot = slot_of(r->connection);
    struct MHD_Response *response = response_of(a, last || connection_is_last(l, r->connection));
    enum MHD_Result rc;

    if (slot)
        slot->deadline_ms = clock_ms() + LISTENER_ANSWER_MS;
    if (!response)
        return MHD_NO;
    count(l, a->status);
    rc = MHD_queue_response(r->connection, (unsigned)a->status, response);
    MHD_destroy_response(response);
    return rc;
}

/* ---- the request */

static void refuse(struct api_request *r, enum api_problem problem, const char *detail)
{
    api_problem(&r->answer, problem, detail, NULL);
    api_exchange_forget_body(r->exchange);
}

static bool is_json(const char *type)
{
    size_t len = strcspn(type, "; \t");

    return len == strlen(API_JSON) && strncasecmp(type, API_JSON, len) == 0;
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct api_exchange *x = context;

    (void)kind;
    if (!value)
        value = "";
    api_credentials_take(&x->credentials, name, value);
    if (strcasecmp(name, "Content-Type") == 0) {
        x->content_types++;
        x->is_json = is_json(value);
    } else if (strcasecmp(name, "Content-Encoding") == 0) {
        x->is_encoded = x->is_encoded || strcasecmp(value, "identity") != 0;
    } else if (strcasecmp(name, "Idempotency-Key") == 0) {
        size_t i = 0;

        x->idempotency_keys++;
        while (i < API_IDEMPOTENCY_MAX + 1 && value[i] > ' ' && value[i] < 127)
            i++;
        if (value[i] && i <= API_IDEMPOTENCY_MAX)
            i = 0; /* a character that it may not have */
        snprintf(x->idempotency_key, sizeof(x->idempotency_key), "%.*s", (int)i, value);
    }
    return MHD_YES;
}

static void judge_credentials(struct api_request *r)
{
    switch (api_credentials_judge(&r->exchange->credentials)) {
    case API_CREDENTIALS_MISSING:
        refuse(r, API_MISSING_CREDENTIALS,
               "X-Purser-Key, X-Purser-Timestamp, X-Purser-Nonce and X-Purser-Signature are "
               "needed");
        break;
    case API_CREDENTIALS_MALFORMED:
        refuse(r, API_MALFORMED_CREDENTIALS, NULL);
        break;
    default:
        break;
    }
}

static void answer_document(struct api_request *r)
{
    size_t len;
    const char *text = api_document(&len);

    if (r->exchange->target[r->exchange->path_len]) {
        refuse(r, API_INVALID_PARAMETER, "it takes no parameters");
        return;
    }
    if (buf_append(&r->answer.body, text, len) != 0) {
        refuse(r, API_UNAVAILABLE, NULL);
        return;
    }
    r->answer.status = 200;
    r->answer.type = API_JSON;
}

/* What the head says. An answer, where it can be refused, or answered, by it alone. */
static void judge_head(struct api_request *r, const char *method)
{
    struct api_exchange *x = r->exchange;
    const struct api_route *route = api_route_find(x->target, x->path_len);

    x->route = route;
    snprintf(x->method, sizeof(x->method), "%s", method);
    if (!api_signature_target(x->target)) {
        refuse(r, API_MALFORMED_REQUEST, "an address has printable ASCII only");
    } else if (!route) {
        refuse(r, API_NOT_FOUND, NULL);
    } else if (!api_route_allows(route, method)) {
        refuse(r, API_METHOD_NOT_ALLOWED, NULL);
        api_answer_header(&r->answer, "Allow", "%s", api_route_allow(route));
    } else if (route->answerer == API_BY_DOCUMENT) {
        answer_document(r);
    } else {
        MHD_get_connection_values(r->connection, MHD_HEADER_KIND, take_header, x);
        judge_credentials(r);
    }
}

/* Is a body coming that is better not read? */
static bool is_unwelcome(struct api_request *r)
{
    const char *length = request_header(r->connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    unsigned long long bytes = length ? strtoull(length, NULL, 10) : 0;

    if (bytes > API_BODY_MAX && r->answer.status == 0)
        refuse(r, API_BODY_TOO_LARGE, NULL);
    if (r->answer.status == 0 || !request_has_body(r->connection))
        return false;
    return bytes > DISCARD_MAX || request_header(r->connection, MHD_HTTP_HEADER_EXPECT);
}

static enum MHD_Result take_head(struct listener *l, struct api_request *r, const char *method,
                                 const char *version)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_DAEMON);
    enum http_status refusal;

    r->begun = true;
    r->daemon = info ? info->daemon : NULL;
    refusal = request_refusal(r->connection, version);
    if (refusal) {
        refuse(r,
               refusal == HTTP_BAD_REQUEST       ? API_MALFORMED_REQUEST
               : refusal == HTTP_TARGET_TOO_LONG ? API_TARGET_TOO_LONG
                                                 : API_HEAD_TOO_LARGE,
               NULL);
        return respond(l, r, &r->answer, true);
    }
    judge_head(r, method);
    return is_unwelcome(r) ? respond(l, r, &r->answer, true) : MHD_YES;
}

static enum MHD_Result take_body(struct api_request *r, const char *bytes, size_t len)
{
    struct api_exchange *x = r->exchange;

    if (r->answer.status == 0 && api_exchange_body(x, bytes, len) != 0)
        refuse(r, len > API_BODY_MAX - x->body.len ? API_BODY_TOO_LARGE : API_UNAVAILABLE, NULL);
    if (r->answer.status == 0)
        return MHD_YES;
    r->discarded += len;
    return r->discarded <= DISCARD_MAX ? MHD_YES : MHD_NO;
}

/* Suspended first: an api thread may have the answer, and resume it, before this returns. */
static void hand_over(struct listener *l, struct api_request *r)
{
    struct slot *slot = slot_of(r->connection);

    r->handed_over = true;
    r->since_ms = clock_ms();
    r->exchange->resume = resume;
    r->exchange->waiter = r;
    r->wake = l->wake;
    if (slot)
        slot->deadline_ms = r->since_ms + LISTENER_ANSWER_MS;
    link_last(l, r);
    MHD_suspend_connection(r->connection);
    if (!api_queue_put(r->exchange))
        stop_waiting(l, r);
}

enum MHD_Result api_request_run(struct listener *l, struct api_request *r,
                                struct MHD_Connection *connection, const char *method,
                                const char *version, const char *upload, size_t *upload_size)
{
    size_t len = *upload_size;

    r->connection = connection;
    if (!r->begun)
        return take_head(l, r, method, version);
    if (len > 0) {
        *upload_size = 0;
        return take_body(r, upload, len);
    }
    if (r->answer.status)
        return respond(l, r, &r->answer, false);
    if (!r->handed_over && l->ending && r->daemon == l->ending) {
        api_problem(&r->answer, API_UNAVAILABLE, "the listener stops", NULL);
        return respond(l, r, &r->answer, true);
    }
    if (!r->handed_over) {
        hand_over(l, r);
        return MHD_YES;
    }
    unlink_it(l, r);
    if (api_exchange_answered(r->exchange))
        return respond(l, r, &r->exchange->answer, false);
    api_problem(&r->answer, API_UNAVAILABLE, "it took too long, or too many wait", NULL);
    return respond(l, r, &r->answer, false);
}
