/*
  webhook.h - is a notification signed by the gateway that it names? Pure; any thread.

  All secrets and all signatures of a header are tried in every call, and compared in constant time:
  the time does not tell which of them was right, or how much of one.
*/
#ifndef PURSER_WEBHOOK_H
#define PURSER_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "error.h"
#include "json.h"

#define WEBHOOK_HEADER_MAX 8192 /* a longer header is no signature */
#define WEBHOOK_BODY_MAX (64u << 20)
#define WEBHOOK_SECRETS_MAX 16
#define WEBHOOK_SECRET_MAX 1024          /* bytes */
#define WEBHOOK_WORD_SIZE 32             /* of a prefix, of an element's name */
#define WEBHOOK_TOLERANCE 300            /* seconds */
#define WEBHOOK_TOLERANCE_MAX 1000000000 /* some 31 years: for archives */

enum webhook_form {
    WEBHOOK_VALUE,    /* the header is a signature */
    WEBHOOK_ELEMENTS, /* t=1533204620,v1=signature,v1=signature */
    WEBHOOK_STANDARD  /* id timestamp v1,signature v1,signature: the three of Standard Webhooks */
};

enum webhook_content {
    WEBHOOK_BODY,
    WEBHOOK_URL_BODY,          /* the URL, then the body */
    WEBHOOK_TIMESTAMP_BODY,    /* the timestamp, '.', the body */
    WEBHOOK_ID_TIMESTAMP_BODY, /* the id, '.', the timestamp, '.', the body */
};

struct webhook_scheme {
    enum webhook_form form;
    enum webhook_content content;
    enum crypto_digest digest;
    enum crypto_encoding encoding;
    bool secret_itself;                        /* the header may also be the secret, unhashed */
    bool secret_base64;                        /* the key is what the base64 after "whsec_" holds */
    int64_t tolerance;                         /* seconds, before and after */
    char prefix[WEBHOOK_WORD_SIZE];            /* before a signature, "" for none */
    char signature_element[WEBHOOK_WORD_SIZE]; /* "v1" */
    char timestamp_element[WEBHOOK_WORD_SIZE]; /* "t" */
};

struct webhook_secret {
    const char *bytes; /* borrowed */
    size_t len;        /* 1 to WEBHOOK_SECRET_MAX */
};

/* A notification as it arrived; all is borrowed. */
struct webhook_call {
    struct crypto_piece header, url, body; /* url.bytes is NULL where none was given */
    int64_t now;                           /* seconds since 1970 */
};

struct webhook_config {
    struct webhook_scheme scheme;
    struct webhook_secret secrets[WEBHOOK_SECRETS_MAX];
    size_t count;
};

/** "paychangu", "square", "stripe", "paystack", "flutterwave", "standard", "generic".
    @retval 0 @retval -1 another name */
int webhook_scheme_named(const char *name, struct webhook_scheme *scheme);

/**
  The scheme and the secrets of a gateway's object in the secrets file: its member webhook (an
  object or a scheme's name; where there is none, the gateway's name is the scheme's) and its member
  webhook_secrets.
  @param object   borrowed, and for as long as config is used; NULL where there is none
  @param gateway  for the errors
  @retval 0 @retval -1 ERROR_CONFIG that names the gateway and the member, never a value
*/
int webhook_config_read(const json_t *object, const char *gateway, struct webhook_config *config,
                        struct error *err);

/**
  @retval 1 one of the signatures was made with one of the secrets, and in time
  @retval 0 not so; a malformed header too
  @retval -1 ERROR_INPUT: the scheme signs the URL and none is given; ERROR_MEMORY
*/
int webhook_verify(const struct webhook_config *config, const struct webhook_call *call,
                   struct error *err);

#endif
