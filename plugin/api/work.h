/* work.h - what the client API answers without SQL. Any api thread. */
#ifndef PURSER_API_WORK_H
#define PURSER_API_WORK_H

#include <stdint.h>

#include "../../udf/json.h"
#include "../settings.h"
#include "answer.h"

/** Before the first api thread. What is counted stays until the process ends. @retval 0, or -1 with
    err */
int api_answer_rate_begin(struct error *err);

/** POST /v1/rate-limit/check: counted under the client's own name.
    @param body  as api_body_read has found it good; likewise below */
void api_answer_rate(const json_t *body, uint64_t client_id, struct api_answer *answer);

/** POST /v1/webhooks/verify: by the secrets file. */
void api_answer_webhook(const json_t *body, const struct settings *settings,
                        struct api_answer *answer);

/** GET /v1/openapi.json; borrowed for ever. */
const char *api_document(size_t *len);

#endif
