/* problem.c - see answer.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../http/json_out.h"
#include "answer.h"

#define RETRY_SECONDS 2

static const struct {
    int status;
    const char *name, *title;
} problems[API_PROBLEMS] = {
    [API_MALFORMED_REQUEST] = {400, "malformed-request", "This is no request"},
    [API_TARGET_TOO_LONG] = {414, "target-too-long", "The address is too long"},
    [API_HEAD_TOO_LARGE] = {431, "head-too-large", "The headers are too long"},
    [API_NOT_FOUND] = {404, "not-found", "There is nothing here"},
    [API_METHOD_NOT_ALLOWED] = {405, "method-not-allowed", "Not with this method"},
    [API_BODY_TOO_LARGE] = {413, "body-too-large", "The body is longer than 65536 bytes"},
    [API_MISSING_CREDENTIALS] = {401, "missing-credentials", "The request is not signed"},
    [API_MALFORMED_CREDENTIALS] = {401, "malformed-credentials",
                                   "A header of the signature is not of its form"},
    [API_INVALID_SIGNATURE] = {401, "invalid-signature", "The signature is not right"},
    [API_TIMESTAMP_OUT_OF_RANGE] = {401, "timestamp-out-of-range",
                                    "The timestamp is too far from the server's clock"},
    [API_RATE_LIMITED] = {429, "rate-limited", "Too many requests with this key"},
    [API_REPLAYED_NONCE] = {401, "replayed-nonce", "The nonce was used before"},
    [API_INVALID_KEY] = {401, "invalid-key", "The key is unknown, revoked or expired"},
    [API_CLIENT_SUSPENDED] = {403, "client-suspended", "The client is suspended"},
    [API_CLIENT_CLOSED] = {403, "client-closed", "The client is closed"},
    [API_INVALID_PARAMETER] = {400, "invalid-parameter", "A parameter is not right"},
    [API_UNSUPPORTED_MEDIA_TYPE] = {415, "unsupported-media-type",
                                    "The body must be application/json"},
    [API_INVALID_BODY] = {422, "invalid-body", "The body is not right"},
    [API_INVALID_IDEMPOTENCY_KEY] = {400, "invalid-idempotency-key",
                                     "The Idempotency-Key is not of its form"},
    [API_IDEMPOTENCY_MISMATCH] = {422, "idempotency-mismatch",
                                  "The Idempotency-Key belongs to another request"},
    [API_IDEMPOTENCY_IN_PROGRESS] = {409, "idempotency-in-progress",
                                     "The first request with this Idempotency-Key is under way"},
    [API_READ_ONLY] = {503, "read-only", "The server is read-only"},
    [API_NOT_CONFIGURED] = {503, "not-configured", "The server has no seed for its keys"},
    [API_UNAVAILABLE] = {503, "unavailable", "The server cannot answer now"},
    [API_INTERNAL_ERROR] = {500, "internal-error", "Something went wrong"},
};

const char *api_problem_name(enum api_problem problem)
{
    return problems[problem].name;
}

const char *api_problem_title(enum api_problem problem)
{
    return problems[problem].title;
}

int api_problem_status(enum api_problem problem)
{
    return problems[problem].status;
}

enum api_problem api_problem_named(const char *name)
{
    int i;

    for (i = 0; i < API_PROBLEMS && strcmp(problems[i].name, name) != 0; i++)
        continue;
    return (enum api_problem)i;
}

void api_answer_begin(struct api_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    buf_init(&answer->body, API_ANSWER_MAX);
}

void api_answer_free(struct api_answer *answer)
{
    buf_free(&answer->body);
}

void api_answer_header(struct api_answer *answer, const char *name, const char *format, ...)
{
    va_list args;
    int i = 0;

    while (i < answer->header_count && strcmp(answer->headers[i].name, name) != 0)
        i++;
    if (i == API_HEADERS_MAX)
        return;
    if (i == answer->header_count)
        answer->header_count++;
    answer->headers[i].name = name;
    va_start(args, format);
    vsnprintf(answer->headers[i].value, API_HEADER_SIZE, format, args);
    va_end(args);
}

void api_errors_add(struct api_errors *errors, const char *pointer, const char *format, ...)
{
    struct api_error *e = &errors->list[errors->count];
    va_list args;

    if (errors->count == API_ERRORS_MAX)
        return;
    errors->count++;
    snprintf(e->pointer, sizeof(e->pointer), "%s", pointer);
    va_start(args, format);
    vsnprintf(e->detail, sizeof(e->detail), format, args);
    va_end(args);
}

static void put_errors(struct json_out *out, const struct api_errors *errors)
{
    int i;

    json_out_key(out, "errors");
    json_out_begin(out, '[');
    for (i = 0; i < errors->count; i++) {
        json_out_begin(out, '{');
        json_out_key(out, "pointer");
        json_out_text(out, errors->list[i].pointer);
        json_out_key(out, "detail");
        json_out_text(out, errors->list[i].detail);
        json_out_end(out, '}');
    }
    json_out_end(out, ']');
}

void api_problem(struct api_answer *answer, enum api_problem problem, const char *detail,
                 const struct api_errors *errors)
{
    struct json_out out = {&answer->body, false};
    char type[64];

    buf_clear(&answer->body);
    answer->status = problems[problem].status;
    answer->type = "application/problem+json";
    snprintf(type, sizeof(type), "urn:purser:problem:%s", problems[problem].name);
    json_out_begin(&out, '{');
    json_out_key(&out, "type");
    json_out_text(&out, type);
    json_out_key(&out, "title");
    json_out_text(&out, problems[problem].title);
    json_out_key(&out, "status");
    json_out_integer(&out, problems[problem].status);
    if (detail) {
        json_out_key(&out, "detail");
        json_out_text(&out, detail);
    }
    if (errors && errors->count)
        put_errors(&out, errors);
    json_out_end(&out, '}');
    buf_puts(&answer->body, "\n");
    if (answer->status == 401)
        api_answer_header(answer, "WWW-Authenticate", "PURSER-HMAC-SHA256-V1 realm=\"Purser\"");
    if (answer->status == 503)
        api_answer_header(answer, "Retry-After", "%d", RETRY_SECONDS);
}
