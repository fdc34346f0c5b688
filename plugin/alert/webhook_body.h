/* webhook_body.h - what is posted to a webhook, and its signature. Pure; any thread. */
#ifndef PURSER_ALERT_WEBHOOK_BODY_H
#define PURSER_ALERT_WEBHOOK_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "../../udf/buf.h"
#include "../../udf/crypto.h"
#include "../../udf/error.h"
#include "post.h"

#define WEBHOOK_POST_MAX (4u << 20) /* bytes */
#define SIGNATURE_SIZE 128

/** The body in the form of the parcel's channel. @param[out] out  of WEBHOOK_POST_MAX
    @retval 0 @retval -1 ERROR_INPUT: what is in the row cannot be sent; ERROR_MEMORY */
int webhook_body(const struct parcel *parcel, struct buf *out, struct error *err);

/** "t=UNIX,v1=HEX": HMAC-SHA256 with the secret over "UNIX.body". @retval 0 @retval -1 no memory */
int webhook_sign(const char *secret, int64_t unix_seconds, const void *body, size_t len,
                 char out[SIGNATURE_SIZE]);

#endif
