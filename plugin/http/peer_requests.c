/*
  peer_requests.c - see listener_parts.h: POST /peer/rates, what other nodes tell of rate limits.

  A message is read whole, handed to peers/inbox.h, which counts it in memory, and answered at once.

  BOUNDS: PEER_MESSAGE_MAX bytes of a body, PEER_REQUESTS_MAX requests at a time.
*/
#include <stdlib.h>
#include <string.h>

#include "../peers/door.h"
#include "listener_parts.h"

/* Whoever has no secret is found out behind the body: those of one address that never end must
   leave room for the peers. */
#define PEER_REQUESTS_MAX (2 * LISTENER_CONNECTIONS_OF_ONE)

struct peer_request {
    bool begun;
    enum http_status refusal; /* 0: none */
    struct buf body;
};

bool peer_is_target(const char *target)
{
    return strcmp(target, PEERS_TARGET) == 0 && peers_listen();
}

struct peer_request *peer_request_begin(struct listener *l)
{
    struct peer_request *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    buf_init(&r->body, PEER_MESSAGE_MAX);
    if (++l->peer_requests > PEER_REQUESTS_MAX)
        r->refusal = HTTP_UNAVAILABLE;
    return r;
}

void peer_request_end(struct listener *l, struct peer_request *r)
{
    if (!r)
        return;
    l->peer_requests--;
    buf_free(&r->body);
    free(r);
}

static struct MHD_Response *response_of(enum http_status status, const struct peer_receipt *receipt)
{
    struct http_answer error = {.status = status};
    struct MHD_Response *response;

    if (status == HTTP_OK)
        response = MHD_create_response_from_buffer(
            sizeof(receipt->answer), (void *)(uintptr_t)receipt->answer, MHD_RESPMEM_MUST_COPY);
    else {
        buf_init(&error.body, HTTP_BODY_MAX);
        http_make_error(status, &error);
        if (status == HTTP_UNAUTHORIZED) {
            buf_clear(&error.body);
            buf_printf(&error.body, "{\"error\":\"not signed with this server's secret\"}\n");
        }
        response =
            MHD_create_response_from_buffer(error.body.len, error.body.data, MHD_RESPMEM_MUST_COPY);
        buf_free(&error.body);
    }
    if (response)
        MHD_add_response_header(response, "Content-Type",
                                status == HTTP_OK ? "application/octet-stream" : error.type);
    return response;
}

/* @param last  what the client has still to send is not read */
static enum MHD_Result respond(struct listener *l, struct MHD_Connection *connection,
                               enum http_status status, const struct peer_receipt *receipt,
                               bool last)
{
    struct slot *slot = slot_of(connection);
    struct MHD_Response *response = response_of(status, receipt);
    char date[HTTP_DATE_SIZE];
    enum MHD_Result rc;

    if (slot)
        slot->deadline_ms = clock_ms() + LISTENER_ANSWER_MS;
    if (!response)
        return MHD_NO;
    l->answers++;
    http_traffic_count(&l->replies.traffic, HTTP_TRAFFIC_PEER, status);
    http_date(clock_utc_us() / 1000000, date);
    MHD_add_response_header(response, "Date", date);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == HTTP_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "POST");
    if (last || connection_is_last(l, connection))
        MHD_add_response_header(response, "Connection", "close");
    rc = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return rc;
}

/* What the head says against it. @return 0: nothing */
static enum http_status judge_head(struct peer_request *r, struct MHD_Connection *connection,
                                   const char *method, const char *version)
{
    const char *length = request_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    enum http_status refusal = request_refusal(connection, version);

    if (refusal)
        return refusal;
    if (strcmp(method, "POST") != 0)
        return HTTP_NOT_ALLOWED;
    if (!length) /* nor is it read piece by piece what has no end */
        return HTTP_BAD_REQUEST;
    if (strtoull(length, NULL, 10) > PEER_MESSAGE_MAX)
        return HTTP_BODY_TOO_LARGE;
    return r->refusal;
}

enum MHD_Result peer_request_run(struct listener *l, struct peer_request *r,
                                 struct MHD_Connection *connection, const char *method,
                                 const char *version, const char *upload, size_t *upload_size)
{
    struct peer_receipt receipt;
    size_t len = *upload_size;

    if (!r->begun) {
        r->begun = true;
        r->refusal = judge_head(r, connection, method, version);
        return r->refusal ? respond(l, connection, r->refusal, NULL, true) : MHD_YES;
    }
    if (len > 0) {
        *upload_size = 0;
        return buf_append(&r->body, upload, len) == 0 ? MHD_YES : MHD_NO;
    }
    peers_take((const uint8_t *)r->body.data, r->body.len, &receipt);
    return respond(l, connection, (enum http_status)receipt.status, &receipt, false);
}
