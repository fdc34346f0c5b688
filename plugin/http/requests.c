/*
  requests.c - see listener_parts.h: requests to answers that are in memory, and who is connected.

  A body that nobody asked for is not read: the answer goes out, and the connection is closed. The
  library refuses by itself, with a page of its own that cannot be replaced, what it cannot read as
  a request; so it is told not to be strict, and has room for more than a request may have: the rest
  is refused here.
*/
#include <string.h>
#include <strings.h>

#include "listener_parts.h"

const char *request_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

struct slot *slot_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

bool request_has_body(struct MHD_Connection *connection)
{
    const char *length = request_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return (length && strcmp(length, "0") != 0) ||
           request_header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

/* Called before anything else of a request is read. */
void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct slot *slot = slot_of(connection);

    struct listener *l = context;

    if (!slot)
        return NULL;
    slot->target_len = strlen(target);
    slot->target_is_bad = strchr(target, ' ') != NULL;
    peer_request_end(l, slot->peer);
    slot->peer = peer_is_target(target) ? peer_request_begin(l) : NULL;
    api_request_end(l, slot->api);
    slot->api = l->api && api_is_target(target) ? api_request_begin(target) : NULL;
    slot->no_memory =
        (!slot->peer && peer_is_target(target)) || (!slot->api && l->api && api_is_target(target));
    return NULL;
}

struct framing {
    int hosts, lengths, encodings;
    bool bad;
};

/* A line that goes on in the next one is not joined by libmicrohttpd 0.9: what follows is put
   behind the name. "Content-Length:" and then " 5" is a header "Content-Length5" to it, and a body
   of five bytes to whoever joins lines. */
static bool is_mangled(const char *name, const char *of)
{
    size_t len = strlen(of);

    return strncasecmp(name, of, len) == 0 && name[len] && name[len] != '-';
}

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "!#$%&'*+-.^_`|~";

    return *name && !name[strspn(name, letters)];
}

static enum MHD_Result look_at_framing(void *context, enum MHD_ValueKind kind, const char *name,
                                       const char *value)
{
    struct framing *f = context;

    (void)kind;
    f->hosts += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
    f->lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        f->encodings++;
        if (!value || strcasecmp(value, "chunked") != 0)
            f->bad = true;
    }
    /* 'Content-Length : 5': a length to some, nothing to others */
    if (!is_name(name) || is_mangled(name, MHD_HTTP_HEADER_CONTENT_LENGTH) ||
        is_mangled(name, MHD_HTTP_HEADER_TRANSFER_ENCODING))
        f->bad = true;
    return MHD_YES;
}

/* Read at once, as all that MHD_get_connection_info returns: where it points, libmicrohttpd 1.0
   writes the answer to the next question as well. */
static size_t head_size(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info ? info->header_size : 0;
}

/* What the library lets pass, and is no request for all that. @return 0: it is one */
enum http_status request_refusal(struct MHD_Connection *connection, const char *version)
{
    const struct slot *slot = slot_of(connection);
    struct framing f = {0};

    if (slot && slot->target_len >= LISTENER_HEAD_MAX)
        return HTTP_TARGET_TOO_LONG;
    if (head_size(connection) > LISTENER_HEAD_MAX)
        return HTTP_HEAD_TOO_LARGE;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at_framing, &f);
    if (f.hosts > 1 || (f.hosts == 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0))
        return HTTP_BAD_REQUEST;
    /* Where a proxy and this server could read another end of the body, what follows it would be
       somebody else's request. */
    if (f.bad || f.lengths + f.encodings > 1)
        return HTTP_BAD_REQUEST;
    return slot && slot->target_is_bad ? HTTP_BAD_REQUEST : 0;
}

static struct MHD_Response *response_of(const struct reply *reply, bool last)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body_len, reply->body, MHD_RESPMEM_MUST_COPY);
    int i;

    for (i = 0; response && i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (response && last)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

void forget_response(void *response)
{
    if (response)
        MHD_destroy_response(response);
}

bool connection_is_last(const struct listener *l, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        l->retiring ? MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON) : NULL;

    return info && info->daemon == l->retiring;
}

static enum MHD_Result respond(struct listener *l, struct MHD_Connection *connection,
                               const char *path, enum http_method method, enum http_status refusal)
{
    struct slot *slot = slot_of(connection);
    struct request request = {
        .path = path,
        .method = method,
        .refusal = refusal,
        .accept = request_header(connection, MHD_HTTP_HEADER_ACCEPT),
        .origin = request_header(connection, MHD_HTTP_HEADER_ORIGIN),
        .authorization = request_header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
    };
    struct reply *reply = replies_find(&l->replies, &request);
    struct MHD_Response *response;
    enum MHD_Result rc;

    if (slot)
        slot->deadline_ms = l->now_ms + LISTENER_ANSWER_MS;
    if (!reply)
        return MHD_NO;
    l->answers++;
    /* The client of a retired one shall come again, to the new one. */
    if (refusal || connection_is_last(l, connection)) {
        response = response_of(reply, true);
        rc = response ? MHD_queue_response(connection, (unsigned)reply->status, response) : MHD_NO;
        forget_response(response);
        return rc;
    }
    if (!reply->ready)
        reply->ready = response_of(reply, false);
    return reply->ready ? MHD_queue_response(connection, (unsigned)reply->status, reply->ready)
                        : MHD_NO;
}

/* Called once for the head of a request, and once more behind its body, for a GET is none. */
enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                           const char *method, const char *version, const char *upload,
                           size_t *upload_size, void **state)
{
    enum http_method which = http_method_of(method);
    enum http_status refusal;
    struct slot *slot = slot_of(connection);
    bool first = !*state;

    *state = context;
    if (slot && slot->no_memory) /* not a page that says there is nothing below /v1 */
        return MHD_NO;
    if (slot && slot->api)
        return api_request_run(context, slot->api, connection, method, version, upload,
                               upload_size);
    if (slot && slot->peer)
        return peer_request_run(context, slot->peer, connection, method, version, upload,
                                upload_size);
    refusal = request_refusal(connection, version);
    if (first && which != HTTP_OTHER && !request_has_body(connection) && !refusal)
        return MHD_YES;
    if (*upload_size)
        return MHD_NO;
    return respond(context, connection, path, which, refusal);
}

void on_completed(void *context, struct MHD_Connection *connection, void **state,
                  enum MHD_RequestTerminationCode why)
{
    struct listener *l = context;
    struct slot *slot = slot_of(connection);

    (void)state;
    (void)why;
    if (!slot)
        return;
    slot->deadline_ms = l->now_ms + LISTENER_REQUEST_MS;
    api_request_end(l, slot->api);
    slot->api = NULL;
    peer_request_end(l, slot->peer);
    slot->peer = NULL;
}

void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                   enum MHD_ConnectionNotificationCode what)
{
    struct listener *l = context;
    struct slot *slot = *socket_context;
    int i;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (slot) {
            slot->connection = NULL;
            api_request_end(l, slot->api);
            slot->api = NULL;
            peer_request_end(l, slot->peer);
            slot->peer = NULL;
            l->replies.traffic.connections--;
        }
        return;
    }
    for (i = 0; i < SLOTS && l->slots[i].connection; i++)
        continue;
    if (i == SLOTS)
        return;
    l->slots[i].connection = connection;
    l->slots[i].deadline_ms = clock_ms() + LISTENER_REQUEST_MS;
    l->replies.traffic.connections++;
    *socket_context = &l->slots[i];
}
