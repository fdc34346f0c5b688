/*
  fuzz_webhook.c - headers and configurations of any bytes: clang's libFuzzer, with AddressSanitizer
  and UBSan. Up to the first zero byte the gateway's object of the secrets file, then the header up
  to the next one, then the body. No header that the fuzzer makes up is a signature, but those of
  the scheme in which it is the secret itself; no error repeats the secret.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/webhook.h"

#define NOW 1533204620
#define SECRET "c2VjcmV0LW9mLW5vYm9keQ==" /* base64, so that every scheme takes it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const schemes[] = {"paychangu",   "square",   "stripe", "paystack",
                                      "flutterwave", "standard", "generic"};

static void must(int holds)
{
    if (!holds)
        abort();
}

/* A copy of just that size: AddressSanitizer looks at what is beyond. */
static char *take(const uint8_t **data, size_t *size, size_t *len)
{
    const uint8_t *zero = *size ? memchr(*data, 0, *size) : NULL;
    char *copy;

    *len = zero ? (size_t)(zero - *data) : *size;
    copy = malloc(*len + (*len == 0));
    must(copy != NULL);
    if (*len)
        memcpy(copy, *data, *len);
    *data += *len + (zero != NULL);
    *size -= *len + (zero != NULL);
    return copy;
}

static void judge(const struct webhook_config *config, const struct webhook_call *call)
{
    struct error err = {0};
    int rc = webhook_verify(config, call, &err);

    must((rc < 0) == (err.code != ERROR_NONE));
    must(!strstr(err.text, SECRET));
    must(rc <= 0 || config->scheme.secret_itself);
}

/* The same header in its scheme with the right signature for it is genuine, whatever else it holds.
 */
static void judge_own(const struct crypto_piece *body)
{
    struct webhook_config config = {.secrets = {{SECRET, strlen(SECRET)}}, .count = 1};
    struct webhook_call call = {.body = *body, .now = NOW};
    unsigned char mac[CRYPTO_DIGEST_MAX];
    char text[CRYPTO_TEXT_SIZE];

    must(webhook_scheme_named("paystack", &config.scheme) == 0);
    must(crypto_hmac(CRYPTO_SHA512, SECRET, strlen(SECRET), body, 1, mac) == 0);
    call.header.bytes = text;
    call.header.len = crypto_encode(CRYPTO_HEX, mac, 64, text);
    must(webhook_verify(&config, &call, NULL) == 1);
    text[7] = text[7] == 'a' ? 'b' : 'a';
    must(webhook_verify(&config, &call, NULL) == 0);
}

static void read_configuration(const char *text, size_t len, const struct webhook_call *call)
{
    json_t *object = json_parse(text, len, NULL);
    struct webhook_config config;
    struct error err = {0};

    if (object && webhook_config_read(object, "shop", &config, &err) == 0) {
        must(config.count >= 1 && config.count <= WEBHOOK_SECRETS_MAX);
        must(config.scheme.tolerance >= 1 && config.scheme.tolerance <= WEBHOOK_TOLERANCE_MAX);
        (void)webhook_verify(&config, call, NULL);
    } else if (object) {
        must(err.code == ERROR_CONFIG && strlen(err.text) > 0);
    }
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct webhook_config config = {.secrets = {{SECRET, strlen(SECRET)}}, .count = 1};
    struct webhook_call call = {.url = {"https://shop.example/", 21}, .now = NOW};
    size_t object_len, i;
    char *object = take(&data, &size, &object_len);
    char *header = take(&data, &size, &call.header.len);

    call.header.bytes = header;
    call.body.bytes = data;
    call.body.len = size;
    for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        must(webhook_scheme_named(schemes[i], &config.scheme) == 0);
        judge(&config, &call);
    }
    judge_own(&call.body);
    read_configuration(object, object_len, &call);
    free(object);
    free(header);
    return 0;
}
