/*
  call.h - what the client API asks of the database: three procedures of purser, as purser_api.

  A caller belongs to one api thread, which is between server_thread_begin and server_thread_end.
*/
#ifndef PURSER_API_CALL_H
#define PURSER_API_CALL_H

#include <stdint.h>

#include "../../udf/buf.h"
#include "../../udf/error.h"

struct db;

struct api_caller {
    struct db *db; /* NULL: not connected */
    int64_t used_ms;
};

/* What a procedure says. */
struct api_row {
    int status;
    char problem[64]; /* a problem's name; "" for none */
    char detail[256];
    uint64_t client_id;
    struct buf body; /* JSON */
};
void api_row_free(struct api_row *row);

/** purser.api_call.
    @param[out] row  zeroed by the caller, freed by it whatever comes @retval 0 @retval -1 err */
int api_call(struct api_caller *caller, const char *key, const char *secret_hash,
             const char *operation, const char *parameters, struct api_row *row, struct error *err);

enum api_idempotency { API_BEGUN, API_DONE, API_MISMATCH, API_IN_PROGRESS };

/** purser.api_idempotency_begin. @param[out] row  of API_DONE: status and body
    @return enum api_idempotency, -1 with err */
int api_idempotency_begin(struct api_caller *caller, uint64_t client_id, const char *key,
                          const char *request_hash, struct api_row *row, struct error *err);
int api_idempotency_end(struct api_caller *caller, uint64_t client_id, const char *key,
                        const char *request_hash, int status, const struct buf *body,
                        struct error *err);

/** Close a connection that nobody has used for a while. */
void api_caller_rest(struct api_caller *caller);
void api_caller_close(struct api_caller *caller);

#endif
