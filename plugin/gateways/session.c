/* session.c - see session.h. */
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "../../udf/fnv.h"
#include "../../udf/timestamp.h"
#include "../stop.h"

#define DISORDER_US (5 * 60 * 1000000LL) /* that two clocks of a gateway may make */

static int check_token(const char *token, const char *gateway, struct error *err)
{
    const char *p;

    if (!token || !*token)
        return error_set(
            err, ERROR_CONFIG,
            "no token for gateway '%.64s': the secrets file needs gateways.%.64s.token", gateway,
            gateway);
    for (p = token; *p; p++)
        if (*p <= ' ' || *p > '~')
            return error_set(err, ERROR_CONFIG,
                             "the token of gateway '%.64s' has a character that no token has",
                             gateway);
    if (strlen(token) > SESSION_HEADER_SIZE - 32)
        return error_set(err, ERROR_CONFIG, "the token of gateway '%.64s' is too long", gateway);
    return 0;
}

int session_headers(struct session *session, const struct gateway *gateway,
                    const struct secrets *secrets, const char *extra, struct error *err)
{
    const char *token = secrets_gateway(secrets, gateway->name, "token");

    memset(session, 0, sizeof(*session));
    if (check_token(token, gateway->name, err) != 0)
        return -1;
    snprintf(session->authorization, sizeof(session->authorization), "Authorization: Bearer %s",
             token);
    session->headers[0] = session->authorization;
    session->headers[1] = "Accept: application/json";
    if (extra) {
        snprintf(session->extra, sizeof(session->extra), "%s", extra);
        session->headers[2] = session->extra;
    }
    return 0;
}

int session_open(struct session *session, const struct fetch_job *job, const char *extra,
                 struct error *err)
{
    struct http_config config = job->gateway->http;

    if (session_headers(session, job->gateway, job->secrets, extra, err) != 0)
        return -1;
    config.headers = session->headers;
    session->client = http_client_create(&config, err);
    return session->client ? 0 : -1;
}

void session_close(struct session *session)
{
    http_client_destroy(session->client);
    explicit_bzero(session, sizeof(*session));
}

int page_guard_check(struct page_guard *guard, const char *link, int64_t max_pages,
                     struct error *err)
{
    uint64_t hash = fnv_bytes(FNV_BASIS, link, strlen(link));

    if (guard->pages >= max_pages)
        return error_set(err, ERROR_LIMIT, "more than %lld pages (setting max_pages)",
                         (long long)max_pages);
    if (guard->pages > 0 && hash == guard->remembered)
        return error_set(err, ERROR_REMOTE,
                         "page %lld is one that was read before: no end in sight",
                         (long long)guard->pages + 1);
    if (++guard->pages > guard->next) {
        guard->remembered = hash;
        guard->next = guard->next ? guard->next * 2 : 1;
    }
    return 0;
}

int page_guard_time(struct page_guard *guard, int64_t at, struct error *err)
{
    char from[TIMESTAMP_ISO_SIZE], to[TIMESTAMP_ISO_SIZE];

    if (guard->newest && at < guard->newest - DISORDER_US) {
        timestamp_format_iso(guard->newest, from);
        timestamp_format_iso(at, to);
        return error_set(err, ERROR_REMOTE,
                         "the list goes back in time, from %s to %s: no end in sight", from, to);
    }
    if (at > guard->newest)
        guard->newest = at;
    return 0;
}

int session_back_off(const struct gateway *gateway, int tries, struct error *err)
{
    uint64_t random = (uint64_t)clock_ns() * 0x9E3779B97F4A7C15u;

    if (stop_sleep_ms(retry_delay_ms(&gateway->http.retry, tries, 0, random)))
        return error_set(err, ERROR_STOPPED, "Purser is being stopped");
    return 0;
}
