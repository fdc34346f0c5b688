/*
  api_signature.h - the signature of a request to the client API, scheme v1: its four headers, the
  text that is signed, its time. Pure; any thread. docs/internals/client-api.md describes it.
*/
#ifndef PURSER_API_SIGNATURE_H
#define PURSER_API_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "client_key.h"

#define API_SIGNATURE_SCHEME "PURSER-HMAC-SHA256-V1"
#define API_SIGNATURE_HEX 65 /* 64 hex digits and a NUL */
#define API_NONCE_MIN 16
#define API_NONCE_MAX 64
#define API_TIMESTAMP_MAX 12 /* digits */
#define API_TOLERANCE 300    /* seconds, before and after */

enum api_credentials_state {
    API_CREDENTIALS_MISSING,
    API_CREDENTIALS_MALFORMED,
    API_CREDENTIALS_GOOD
};

/* What the four headers hold; to be zeroed first. */
struct api_credentials {
    char key[CLIENT_KEY_ID_LEN + 1];
    char timestamp[API_TIMESTAMP_MAX + 1];
    char nonce[API_NONCE_MAX + 1];
    char signature[API_SIGNATURE_HEX]; /* without "v1=" */
    int64_t seconds;                   /* the timestamp */
    unsigned seen;                     /* a bit for each that came */
    bool malformed;                    /* one of them, or it came twice */
};

/** Take up a header, if it is one of the four. @param name  in any case of the letters */
void api_credentials_take(struct api_credentials *c, const char *name, const char *value);

/** To be asked when all headers were shown. */
enum api_credentials_state api_credentials_judge(const struct api_credentials *c);

/* A request as it goes over the wire; all is borrowed. */
struct api_signed {
    const char *key, *timestamp, *nonce;
    const char *method; /* upper case */
    const char *target; /* path, and '?' and query where there is one */
    const char *body;   /* may be NULL where body_len is 0 */
    size_t body_len;
};

/** The text to sign. @retval 0 @retval -1 no memory, or out is full */
int api_signature_text(const struct api_signed *request, struct buf *out);

/** @param[out] hex  the signature, without "v1=" @retval 0 @retval -1 no memory */
int api_signature_make(const struct api_signed *request, const char *secret,
                       char hex[API_SIGNATURE_HEX]);

/** In constant time. @param given  64 hex digits, lower case @retval 1 it is the request's
    @retval 0 it is not @retval -1 no memory */
int api_signature_check(const struct api_signed *request, const char *secret,
                        const char given[API_SIGNATURE_HEX]);

/** Is a timestamp near enough? @param since  nothing older is let in: which nonces were used before
    it is not known */
bool api_signature_in_time(int64_t timestamp, int64_t now, int64_t since);

/** May it be signed: printable ASCII without a blank, and a path? */
bool api_signature_target(const char *target);

#endif
