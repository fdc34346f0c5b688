/* answer.h - an answer of the client API while it is made. Pure; one thread at a time. */
#ifndef PURSER_API_ANSWER_H
#define PURSER_API_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "../../udf/buf.h"

#define API_ANSWER_MAX (4u << 20) /* bytes of a body */
#define API_HEADERS_MAX 12
#define API_HEADER_SIZE 160
#define API_ERRORS_MAX 16
#define API_JSON "application/json"

/* What is wrong with a member of a body, or with a parameter. */
struct api_error {
    char pointer[80]; /* RFC 6901 */
    char detail[200];
};

struct api_errors {
    struct api_error list[API_ERRORS_MAX];
    int count;
    bool no_memory; /* nothing need be wrong with what was sent */
};

struct api_answer {
    int status; /* 0: none yet */
    const char *type;
    struct buf body;
    struct {
        const char *name; /* static */
        char value[API_HEADER_SIZE];
    } headers[API_HEADERS_MAX];
    int header_count;
};

void api_answer_begin(struct api_answer *answer);
void api_answer_free(struct api_answer *answer);

/** A header more; one of that name is replaced. @param name  static */
void api_answer_header(struct api_answer *answer, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Something is wrong at pointer; what does not fit any more is left out. */
void api_errors_add(struct api_errors *errors, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum api_problem {
    API_MALFORMED_REQUEST,
    API_TARGET_TOO_LONG,
    API_HEAD_TOO_LARGE,
    API_NOT_FOUND,
    API_METHOD_NOT_ALLOWED,
    API_BODY_TOO_LARGE,
    API_MISSING_CREDENTIALS,
    API_MALFORMED_CREDENTIALS,
    API_INVALID_SIGNATURE,
    API_TIMESTAMP_OUT_OF_RANGE,
    API_RATE_LIMITED,
    API_REPLAYED_NONCE,
    API_INVALID_KEY,
    API_CLIENT_SUSPENDED,
    API_CLIENT_CLOSED,
    API_INVALID_PARAMETER,
    API_UNSUPPORTED_MEDIA_TYPE,
    API_INVALID_BODY,
    API_INVALID_IDEMPOTENCY_KEY,
    API_IDEMPOTENCY_MISMATCH,
    API_IDEMPOTENCY_IN_PROGRESS,
    API_READ_ONLY,
    API_NOT_CONFIGURED,
    API_UNAVAILABLE,
    API_INTERNAL_ERROR,
    API_PROBLEMS
};

const char *api_problem_name(enum api_problem problem); /* "not-found" */
const char *api_problem_title(enum api_problem problem);
int api_problem_status(enum api_problem problem);
/** @return API_PROBLEMS for none of that name */
enum api_problem api_problem_named(const char *name);

/** Make the answer a problem (RFC 9457) in the place of what it was; headers stay.
    @param detail,errors  may be NULL */
void api_problem(struct api_answer *answer, enum api_problem problem, const char *detail,
                 const struct api_errors *errors);

#endif
