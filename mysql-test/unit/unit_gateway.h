/*
  unit_gateway.h - what stands in the place of the HTTP client and of the run where the adapters are
  tried without a network: the answers of a list, one after another, and a place for the records.
  One thread.
*/
#ifndef PURSER_UNIT_GATEWAY_H
#define PURSER_UNIT_GATEWAY_H

#include <stdlib.h>
#include <string.h>

#include "../../plugin/gateway.h"
#include "../../udf/timestamp.h"

#define UNIT_ORDERS_MAX 8

struct unit_answer {
    int status; /* of HTTP; 0: none came */
    const char *body;
    size_t len;
};

struct unit_gateway {
    const struct unit_answer *answers; /* each is given once; afterwards there is none */
    size_t answer_count, answered;
    const char *const *refs; /* of the orders that are to be verified */
    int ref_count, asked_for;
    unsigned long records, unread, saved;
    char cursor[GATEWAY_CURSOR_SIZE]; /* the place that was saved last */
    /* looks at each record; NULL: nobody does */
    void (*look)(const struct record *record);
};

struct http_client {
    void *tags[64]; /* what was asked and not answered yet */
    unsigned first, count;
};

static struct unit_gateway unit_gateway;

struct http_client *http_client_create(const struct http_config *config, struct error *err)
{
    struct http_client *client;

    if (config->base_url && http_check_url(config->base_url, err) != 0)
        return NULL;
    client = calloc(1, sizeof(*client));
    if (!client)
        error_set(err, ERROR_MEMORY, "out of memory");
    return client;
}

void http_client_destroy(struct http_client *client)
{
    free(client);
}

int http_client_add(struct http_client *client, const char *path, void *tag, struct error *err)
{
    if (path[0] != '/' || client->count == 64)
        return error_set(err, ERROR_LIMIT, "the path is '%s', and %u are under way", path,
                         client->count);
    client->tags[(client->first + client->count++) % 64] = tag;
    return 0;
}

int http_client_post(struct http_client *client, const char *path, const char *type,
                     const void *body, size_t len, void *tag, struct error *err)
{
    (void)type;
    (void)body;
    (void)len;
    /* of a client without a base it is a whole URL */
    return http_client_add(client, strncmp(path, "http", 4) == 0 ? "/" : path, tag, err);
}

void http_client_pump(struct http_client *client)
{
    (void)client;
}

/* The body is a copy of just its size and the NUL: AddressSanitizer looks at what is beyond. */
int http_client_next(struct http_client *client, struct http_response *response, struct error *err)
{
    const struct unit_answer *answer = NULL;

    memset(response, 0, sizeof(*response));
    if (client->count == 0)
        return 0;
    response->tag = client->tags[client->first];
    response->attempts = 1;
    client->first = (client->first + 1) % 64;
    client->count--;
    if (unit_gateway.answered < unit_gateway.answer_count)
        answer = &unit_gateway.answers[unit_gateway.answered++];
    response->status = answer ? answer->status : 0;
    if (!answer || !answer->status) {
        error_set(&response->error, ERROR_REMOTE, "no answer came");
        return 1;
    }
    if (response->status / 100 != 2 && response->status != 404)
        error_set(&response->error,
                  response->status == 401 || response->status == 403 ? ERROR_AUTH : ERROR_REMOTE,
                  "HTTP status %d", response->status);
    response->body = malloc(answer->len + 1);
    if (!response->body)
        return error_set(err, ERROR_MEMORY, "out of memory");
    memcpy(response->body, answer->body, answer->len);
    response->body[answer->len] = '\0';
    response->len = answer->len;
    return 1;
}

int http_client_next_until(struct http_client *client, struct http_response *response,
                           int64_t until_ms, struct error *err)
{
    (void)until_ms;
    return http_client_next(client, response, err);
}

static inline int unit_next_orders(void *context, struct gateway_order *orders, int max,
                                   struct error *err)
{
    struct unit_gateway *g = context;
    int n = 0;

    (void)err;
    for (; n < max && g->asked_for < g->ref_count; n++) {
        memset(&orders[n], 0, sizeof(orders[n]));
        snprintf(orders[n].ref, sizeof(orders[n].ref), "%s", g->refs[g->asked_for++]);
    }
    return n;
}

static inline int unit_put(void *context, const struct record *record, struct error *err)
{
    struct unit_gateway *g = context;

    (void)err;
    g->records++;
    if (g->look)
        g->look(record);
    return 0;
}

static inline void unit_unread(void *context, const char *ref, const struct error *why)
{
    struct unit_gateway *g = context;

    (void)ref;
    (void)why;
    g->unread++;
}

static inline int unit_save(void *context, const char *cursor, struct error *err)
{
    struct unit_gateway *g = context;

    if (strlen(cursor) >= GATEWAY_CURSOR_SIZE)
        return error_set(err, ERROR_LIMIT, "the cursor is too long");
    g->saved++;
    snprintf(g->cursor, sizeof(g->cursor), "%s", cursor);
    return 0;
}

/* A job that reads all of a gateway's time, with the callbacks above. */
static inline struct fetch_job unit_fetch_job(const struct gateway *gateway,
                                              const struct secrets *secrets, const char *cursor)
{
    return (struct fetch_job){
        .gateway = gateway,
        .secrets = secrets,
        .begin = -30000000000LL * MICROS,
        .end = 250000000000LL * MICROS,
        .cursor = cursor,
        .io = {&unit_gateway, unit_next_orders, unit_put, unit_unread, unit_save}};
}

#endif
