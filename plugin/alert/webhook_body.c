/*
  webhook_body.c - see webhook_body.h.

  A payload is JSON as the database has checked it; it is checked once more, and goes into the body
  as it is, so that no number in it loses a digit.
*/
#include "webhook_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/json.h"
#include "../../udf/json_text.h"
#include "../../udf/utf8.h"
#include "../../udf/timestamp.h"

#define SLACK_HEADER_MAX 150 /* characters */
#define SLACK_SECTION_MAX 3000
#define SLACK_TEXT_MAX 4000

/* Bytes of at most max characters, of valid UTF-8. */
static size_t prefix(const char *text, size_t max)
{
    size_t at = 0, count = 0;

    for (; text[at]; at++)
        if ((text[at] & 0xC0) != 0x80 && ++count > max)
            break;
    return at;
}

/* A member of an object with a string; null where it is none that JSON can hold. */
static void put_string(struct buf *out, const char *key, const char *text, size_t len)
{
    json_t *value = json_stringn(text, len);
    char *dumped = value ? json_write(value, JSON_ENCODE_ANY) : NULL;

    if (!dumped)
        out->failed = true;
    else
        buf_printf(out, "\"%s\":%s", key, dumped);
    free(dumped);
    json_decref(value);
}

static int json_body(const struct parcel *parcel, struct buf *out, struct error *err)
{
    char created[TIMESTAMP_ISO_SIZE];

    if (parcel->payload &&
        json_text_check(parcel->payload, strlen(parcel->payload), NULL, err) != 0)
        return error_prefix(err, "payload: ");
    timestamp_format_iso(parcel->created_at, created);
    buf_printf(out, "{\"id\":\"%s\",", parcel->id);
    put_string(out, "kind", parcel->kind, strlen(parcel->kind));
    buf_printf(out, ",\"created_at\":\"%s\",", created);
    put_string(out, "subject", parcel->subject, strlen(parcel->subject));
    buf_puts(out, ",");
    put_string(out, "text", parcel->text, strlen(parcel->text));
    buf_puts(out, ",\"data\":");
    if (parcel->payload)
        json_text_append(out, json_text_blanks(parcel->payload));
    else
        buf_puts(out, "null");
    buf_puts(out, "}");
    return 0;
}

/* Text that a Slack shows as it is: in its markup these three make links and mentions. */
static void escape_slack(struct buf *out, const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] == '&')
            buf_puts(out, "&amp;");
        else if (text[i] == '<')
            buf_puts(out, "&lt;");
        else if (text[i] == '>')
            buf_puts(out, "&gt;");
        else
            buf_append(out, text + i, 1);
    }
}

static void slack_body(const struct parcel *parcel, struct buf *out)
{
    struct buf plain;

    buf_init(&plain, WEBHOOK_POST_MAX);
    escape_slack(&plain, parcel->subject, strlen(parcel->subject));
    buf_puts(&plain, "\n");
    escape_slack(&plain, parcel->text, prefix(parcel->text, SLACK_TEXT_MAX));
    buf_puts(out, "{");
    put_string(out, "text", plain.data, plain.len);
    buf_puts(out, ",\"blocks\":[{\"type\":\"header\",\"text\":{\"type\":\"plain_text\",");
    put_string(out, "text", parcel->subject, prefix(parcel->subject, SLACK_HEADER_MAX));
    buf_puts(out, "}}");
    if (parcel->text[0]) {
        buf_puts(out, ",{\"type\":\"section\",\"text\":{\"type\":\"plain_text\",");
        put_string(out, "text", parcel->text, prefix(parcel->text, SLACK_SECTION_MAX));
        buf_puts(out, "}}");
    }
    buf_puts(out, "]}");
    out->failed = out->failed || plain.failed;
    buf_free(&plain);
}

int webhook_body(const struct parcel *parcel, struct buf *out, struct error *err)
{
    if (!utf8_valid(parcel->subject, strlen(parcel->subject)) ||
        !utf8_valid(parcel->text, strlen(parcel->text)))
        return error_set(err, ERROR_INPUT, "subject or text is not UTF-8");
    if (parcel->channel.is_slack)
        slack_body(parcel, out);
    else if (json_body(parcel, out, err) != 0)
        return -1;
    return out->failed ? error_set(err, ERROR_MEMORY, "out of memory") : 0;
}

int webhook_sign(const char *secret, int64_t unix_seconds, const void *body, size_t len,
                 char out[SIGNATURE_SIZE])
{
    char at[24], hex[CRYPTO_TEXT_SIZE];
    int digits = snprintf(at, sizeof(at), "%lld", (long long)unix_seconds);
    const struct crypto_piece pieces[] = {{at, (size_t)digits}, {".", 1}, {body, len}};
    unsigned char mac[CRYPTO_DIGEST_MAX];

    out[0] = '\0';
    if (crypto_hmac(CRYPTO_SHA256, secret, strlen(secret), pieces, 3, mac) != 0)
        return -1;
    crypto_encode(CRYPTO_HEX, mac, CRYPTO_SHA256_SIZE, hex);
    snprintf(out, SIGNATURE_SIZE, "t=%s,v1=%.64s", at, hex);
    return 0;
}
