/*
  fuzz_api_signature.c - the headers of a signature, and nonces: clang's libFuzzer, with
  AddressSanitizer and UBSan. Lines, the first byte of each of which says which header it is. What
  is found good has the form that the page says, and signs and is checked alike.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/api_nonce.h"
#include "../../udf/api_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void judge_good(const struct api_credentials *c, const char *rest)
{
    struct api_signed r = {c->key, c->timestamp, c->nonce, "POST", "/v1/usage", rest, strlen(rest)};
    char hex[API_SIGNATURE_HEX];
    struct nonces *nonces = nonces_create(4);
    struct buf text;

    must(strlen(c->key) == CLIENT_KEY_ID_LEN && strncmp(c->key, "pk_", 3) == 0);
    must(strlen(c->nonce) >= API_NONCE_MIN && strlen(c->nonce) <= API_NONCE_MAX);
    must(strlen(c->signature) == API_SIGNATURE_HEX - 1);
    must(c->seconds >= 0 && c->seconds <= 999999999999);
    must(api_signature_make(&r, "secret", hex) == 0);
    must(api_signature_check(&r, "secret", hex) == 1);
    must(api_signature_check(&r, "secre", hex) == 0);
    buf_init(&text, 1u << 20);
    must(api_signature_text(&r, &text) == 0);
    must(strncmp(text.data, API_SIGNATURE_SCHEME "\n", strlen(API_SIGNATURE_SCHEME) + 1) == 0);
    buf_free(&text);
    must(nonces && nonces_use(nonces, c->key, c->nonce, 10, 0) == NONCE_NEW);
    must(nonces_use(nonces, c->key, c->nonce, 10, 10) == NONCE_USED);
    must(nonces_use(nonces, c->key, c->nonce, 20, 11) == NONCE_NEW);
    nonces_destroy(nonces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"x-purser-key", "X-Purser-Timestamp", "X-PURSER-NONCE",
                                        "X-Purser-Signature", "X-Purser"};
    struct api_credentials c = {0};
    char *text = malloc(size + 1), *line, *next;

    must(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    for (line = text; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (*line)
            api_credentials_take(&c, names[(unsigned char)*line % 5], line + 1);
    }
    if (api_credentials_judge(&c) == API_CREDENTIALS_GOOD)
        judge_good(&c, text);
    must(c.seen || api_credentials_judge(&c) == API_CREDENTIALS_MISSING);
    api_signature_target(text);
    free(text);
    return 0;
}
