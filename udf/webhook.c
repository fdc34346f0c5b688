/* webhook.c - see webhook.h. */
#include "webhook.h"

#include <string.h>

#define SECRET_PREFIX "whsec_"
#define TIMESTAMP_DIGITS 15

/* What a header holds; all is borrowed from it. */
struct parts {
    struct crypto_piece id, timestamp;
    struct crypto_piece signatures; /* the text in which they are */
};

/* What a scheme signs. */
struct message {
    struct crypto_piece pieces[5];
    size_t count;
};

static struct crypto_piece trimmed(struct crypto_piece text)
{
    const char *at = text.bytes;
    size_t len = text.len;

    while (len && (*at == ' ' || *at == '\t'))
        at++, len--;
    while (len && (at[len - 1] == ' ' || at[len - 1] == '\t'))
        len--;
    return (struct crypto_piece){at, len};
}

/* Cut the next piece off rest, up to the separator. @return false where rest is used up */
static bool next(struct crypto_piece *rest, char separator, struct crypto_piece *piece)
{
    const char *start = rest->bytes, *end;

    if (!start)
        return false;
    end = rest->len ? memchr(start, separator, rest->len) : NULL;
    piece->bytes = start;
    piece->len = end ? (size_t)(end - start) : rest->len;
    rest->bytes = end ? end + 1 : NULL;
    rest->len = end ? rest->len - piece->len - 1 : 0;
    return true;
}

/* Does the piece begin with word and separator? Then they are cut off. */
static bool cut_word(struct crypto_piece *piece, const char *word, char separator)
{
    size_t len = strlen(word);
    const char *text = piece->bytes;

    if (piece->len < len + (separator != 0) || memcmp(text, word, len) != 0 ||
        (separator && text[len] != separator))
        return false;
    len += separator != 0;
    piece->bytes = text + len;
    piece->len -= len;
    return true;
}

/* Whole seconds, in decimal digits only. */
static bool in_time(const struct crypto_piece *timestamp, int64_t now, int64_t tolerance)
{
    const char *digits = timestamp->bytes;
    int64_t then = 0;
    size_t i;

    if (timestamp->len == 0 || timestamp->len > TIMESTAMP_DIGITS)
        return false;
    for (i = 0; i < timestamp->len; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        then = then * 10 + (digits[i] - '0');
    }
    return then >= now - tolerance && then <= now + tolerance;
}

/* Two timestamps would leave open which one counts. */
static bool read_elements(const struct webhook_scheme *scheme, struct parts *parts)
{
    struct crypto_piece rest = parts->signatures, element;
    unsigned found = 0;

    while (next(&rest, ',', &element)) {
        element = trimmed(element);
        if (cut_word(&element, scheme->timestamp_element, '=')) {
            parts->timestamp = element;
            found++;
        }
    }
    return found == 1;
}

static bool read_standard(struct parts *parts)
{
    struct crypto_piece rest = parts->signatures;

    if (!next(&rest, ' ', &parts->id) || !next(&rest, ' ', &parts->timestamp) || !rest.bytes ||
        parts->id.len == 0)
        return false;
    parts->signatures = rest;
    return true;
}

static bool read_header(const struct webhook_scheme *scheme, const struct webhook_call *call,
                        struct parts *parts)
{
    memset(parts, 0, sizeof(*parts));
    if (call->header.len > WEBHOOK_HEADER_MAX)
        return false;
    parts->signatures = trimmed(call->header);
    if (parts->signatures.len == 0)
        return false;
    switch (scheme->form) {
    case WEBHOOK_ELEMENTS:
        return read_elements(scheme, parts) &&
               in_time(&parts->timestamp, call->now, scheme->tolerance);
    case WEBHOOK_STANDARD:
        return read_standard(parts) && in_time(&parts->timestamp, call->now, scheme->tolerance);
    default:
        return true;
    }
}

static void add(struct message *message, struct crypto_piece piece)
{
    message->pieces[message->count++] = piece;
}

static void make_message(const struct webhook_scheme *scheme, const struct webhook_call *call,
                         const struct parts *parts, struct message *message)
{
    const struct crypto_piece dot = {".", 1};

    message->count = 0;
    if (scheme->content == WEBHOOK_URL_BODY)
        add(message, call->url);
    if (scheme->content == WEBHOOK_ID_TIMESTAMP_BODY) {
        add(message, parts->id);
        add(message, dot);
    }
    if (scheme->content == WEBHOOK_ID_TIMESTAMP_BODY || scheme->content == WEBHOOK_TIMESTAMP_BODY) {
        add(message, parts->timestamp);
        add(message, dot);
    }
    add(message, call->body);
}

/* Is this text of the header the signature? Hex may come in either case. */
static bool same_signature(const struct webhook_scheme *scheme, struct crypto_piece given,
                           const char *expected, size_t len)
{
    char text[CRYPTO_TEXT_SIZE];
    size_t i;

    given = trimmed(given);
    if (!cut_word(&given, scheme->prefix, '\0') || given.len != len)
        return false;
    memcpy(text, given.bytes, len);
    for (i = 0; scheme->encoding == CRYPTO_HEX && i < len; i++) {
        if (text[i] >= 'A' && text[i] <= 'F')
            text[i] = (char)(text[i] | 0x20);
    }
    return crypto_equal(text, expected, len);
}

static unsigned compare_all(const struct webhook_scheme *scheme, const struct parts *parts,
                            const char *expected, size_t len)
{
    const char separator = scheme->form == WEBHOOK_ELEMENTS ? ',' : ' ';
    struct crypto_piece rest = parts->signatures, one;
    unsigned matches = 0;

    if (scheme->form == WEBHOOK_VALUE)
        return same_signature(scheme, rest, expected, len);
    while (next(&rest, separator, &one)) {
        one = trimmed(one);
        if (scheme->form == WEBHOOK_ELEMENTS ? cut_word(&one, scheme->signature_element, '=')
                                             : cut_word(&one, "v1", ','))
            matches |= (unsigned)same_signature(scheme, one, expected, len);
    }
    return matches;
}

/* The key that a secret stands for; wiped by the caller. */
static size_t key_of(const struct webhook_scheme *scheme, const struct webhook_secret *secret,
                     unsigned char key[WEBHOOK_SECRET_MAX])
{
    struct crypto_piece text = {secret->bytes, secret->len};
    long len;

    if (!scheme->secret_base64) {
        memcpy(key, secret->bytes, secret->len);
        return secret->len;
    }
    cut_word(&text, SECRET_PREFIX, '\0');
    len = crypto_decode(CRYPTO_BASE64, text.bytes, text.len, key, WEBHOOK_SECRET_MAX);
    return len > 0 ? (size_t)len : 0;
}

/* Does one secret explain the header? -1 for no memory. */
static int try_secret(const struct webhook_scheme *scheme, const struct webhook_secret *secret,
                      const struct message *message, const struct parts *parts)
{
    unsigned char key[WEBHOOK_SECRET_MAX], mac[CRYPTO_DIGEST_MAX];
    const struct crypto_piece itself = trimmed((struct crypto_piece){secret->bytes, secret->len});
    char expected[CRYPTO_TEXT_SIZE];
    size_t key_len = key_of(scheme, secret, key), len;
    unsigned matches = 0;
    int rc = key_len
                 ? crypto_hmac(scheme->digest, key, key_len, message->pieces, message->count, mac)
                 : -1;

    if (rc == 0) {
        len = crypto_encode(scheme->encoding, mac, crypto_digest_size(scheme->digest), expected);
        matches = compare_all(scheme, parts, expected, len);
        if (scheme->secret_itself) /* blanks around it do not come through a header */
            matches |= (unsigned)crypto_equal_secret(parts->signatures.bytes, parts->signatures.len,
                                                     itself.bytes, itself.len);
    }
    explicit_bzero(key, sizeof(key));
    explicit_bzero(mac, sizeof(mac));
    explicit_bzero(expected, sizeof(expected)); /* it would sign this very message */
    return rc == 0 ? (int)matches : -1;
}

int webhook_verify(const struct webhook_config *config, const struct webhook_call *call,
                   struct error *err)
{
    const struct webhook_scheme *scheme = &config->scheme;
    struct message message;
    struct parts parts;
    unsigned matches = 0;
    bool failed = false;
    size_t i;

    if (scheme->content == WEBHOOK_URL_BODY && (!call->url.bytes || call->url.len == 0))
        return error_set(err, ERROR_INPUT,
                         "its signature covers the URL of the notification: give that as the "
                         "fourth argument");
    if (!read_header(scheme, call, &parts))
        return 0;
    make_message(scheme, call, &parts, &message);
    for (i = 0; i < config->count; i++) {
        int rc = try_secret(scheme, &config->secrets[i], &message, &parts);

        failed |= rc < 0;
        matches |= rc > 0;
    }
    if (failed)
        return error_set(err, ERROR_MEMORY, "the signature cannot be computed: no memory, or %s",
                         "the machine's policy forbids the digest");
    return (int)matches;
}
