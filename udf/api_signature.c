/* api_signature.c - see api_signature.h. */
#include "api_signature.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypto.h"

#define VERSION "v1="

enum { KEY, TIMESTAMP, NONCE, SIGNATURE, HEADERS };

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_key(const char *value, size_t len)
{
    size_t i;

    if (len != CLIENT_KEY_ID_LEN || memcmp(value, "pk_", 3) != 0)
        return false;
    for (i = 3; i < len; i++)
        if (!is_letter_or_digit(value[i]))
            return false;
    return true;
}

static bool is_nonce(const char *value, size_t len)
{
    size_t i;

    if (len < API_NONCE_MIN || len > API_NONCE_MAX)
        return false;
    for (i = 0; i < len; i++)
        if (!is_letter_or_digit(value[i]) && value[i] != '_' && value[i] != '-')
            return false;
    return true;
}

static bool is_timestamp(const char *value, size_t len)
{
    return len >= 1 && len <= API_TIMESTAMP_MAX && strspn(value, "0123456789") == len;
}

static bool is_signature(const char *value, size_t len)
{
    size_t prefix = strlen(VERSION);

    return len == prefix + API_SIGNATURE_HEX - 1 && memcmp(value, VERSION, prefix) == 0 &&
           strspn(value + prefix, "0123456789abcdef") == API_SIGNATURE_HEX - 1;
}

static void take(struct api_credentials *c, int which, const char *value)
{
    size_t len = strlen(value);
    bool good = false;

    if (which == KEY && (good = is_key(value, len)))
        memcpy(c->key, value, len + 1);
    else if (which == TIMESTAMP && (good = is_timestamp(value, len)))
        memcpy(c->timestamp, value, len + 1);
    else if (which == NONCE && (good = is_nonce(value, len)))
        memcpy(c->nonce, value, len + 1);
    else if (which == SIGNATURE && (good = is_signature(value, len)))
        memcpy(c->signature, value + strlen(VERSION), API_SIGNATURE_HEX);
    if (good && which == TIMESTAMP)
        c->seconds = strtoll(value, NULL, 10);
    if (!good || c->seen & 1u << which)
        c->malformed = true;
    c->seen |= 1u << which;
}

void api_credentials_take(struct api_credentials *c, const char *name, const char *value)
{
    static const char *const names[HEADERS] = {"X-Purser-Key", "X-Purser-Timestamp",
                                               "X-Purser-Nonce", "X-Purser-Signature"};
    int i;

    for (i = 0; i < HEADERS; i++)
        if (strcasecmp(name, names[i]) == 0)
            take(c, i, value ? value : "");
}

enum api_credentials_state api_credentials_judge(const struct api_credentials *c)
{
    if (c->seen != (1u << HEADERS) - 1)
        return API_CREDENTIALS_MISSING;
    return c->malformed ? API_CREDENTIALS_MALFORMED : API_CREDENTIALS_GOOD;
}

/* ---- signing */

static int hash_body(const struct api_signed *r, char hex[CRYPTO_TEXT_SIZE])
{
    const struct crypto_piece piece = {r->body, r->body_len};

    return crypto_sha256_hex(&piece, 1, hex);
}

#define PIECES 13 /* seven lines, and what is between them */

static void list_pieces(const struct api_signed *r, const char *body_hash,
                        struct crypto_piece pieces[PIECES])
{
    const char *lines[] = {
        API_SIGNATURE_SCHEME, r->key, r->timestamp, r->nonce, r->method, r->target, body_hash};
    int i;

    for (i = 0; i < PIECES; i++) {
        const char *text = i % 2 ? "\n" : lines[i / 2];

        pieces[i] = (struct crypto_piece){text, strlen(text)};
    }
}

int api_signature_text(const struct api_signed *r, struct buf *out)
{
    struct crypto_piece pieces[PIECES];
    char hex[CRYPTO_TEXT_SIZE];
    int i;

    if (hash_body(r, hex) != 0)
        return -1;
    list_pieces(r, hex, pieces);
    for (i = 0; i < PIECES; i++)
        buf_append(out, pieces[i].bytes, pieces[i].len);
    return out->failed ? -1 : 0;
}

int api_signature_make(const struct api_signed *r, const char *secret, char hex[API_SIGNATURE_HEX])
{
    struct crypto_piece pieces[PIECES];
    unsigned char mac[CRYPTO_DIGEST_MAX];
    char text[CRYPTO_TEXT_SIZE];

    hex[0] = '\0';
    if (hash_body(r, text) != 0)
        return -1;
    list_pieces(r, text, pieces);
    if (crypto_hmac(CRYPTO_SHA256, secret, strlen(secret), pieces, PIECES, mac) != 0)
        return -1;
    crypto_encode(CRYPTO_HEX, mac, CRYPTO_SHA256_SIZE, text);
    memcpy(hex, text, API_SIGNATURE_HEX);
    explicit_bzero(mac, sizeof(mac));
    explicit_bzero(text, sizeof(text));
    return 0;
}

int api_signature_check(const struct api_signed *r, const char *secret,
                        const char given[API_SIGNATURE_HEX])
{
    char own[API_SIGNATURE_HEX];
    int same;

    if (api_signature_make(r, secret, own) != 0)
        return -1;
    same = crypto_equal(own, given, API_SIGNATURE_HEX - 1);
    explicit_bzero(own, sizeof(own));
    return same;
}

bool api_signature_in_time(int64_t timestamp, int64_t now, int64_t since)
{
    return timestamp >= since && timestamp >= now - API_TOLERANCE &&
           timestamp <= now + API_TOLERANCE;
}

bool api_signature_target(const char *target)
{
    const char *p;

    for (p = target; *p; p++)
        if (*p < 0x21 || *p > 0x7e)
            return false;
    return target[0] == '/';
}
