/* webhook_config.c - schemes by name, and what a gateway's object of the secrets file says of them;
   see webhook.h. */
#include <stdio.h>
#include <string.h>

#include "webhook.h"

static const struct {
    const char *name;
    struct webhook_scheme scheme;
} schemes[] = {
    {"paychangu", {.content = WEBHOOK_BODY, .digest = CRYPTO_SHA256, .encoding = CRYPTO_HEX}},
    {"square", {.content = WEBHOOK_URL_BODY, .digest = CRYPTO_SHA256, .encoding = CRYPTO_BASE64}},
    {"stripe",
     {.form = WEBHOOK_ELEMENTS,
      .content = WEBHOOK_TIMESTAMP_BODY,
      .digest = CRYPTO_SHA256,
      .encoding = CRYPTO_HEX}},
    {"paystack", {.content = WEBHOOK_BODY, .digest = CRYPTO_SHA512, .encoding = CRYPTO_HEX}},
    {"flutterwave",
     {.content = WEBHOOK_BODY,
      .digest = CRYPTO_SHA256,
      .encoding = CRYPTO_BASE64,
      .secret_itself = true}},
    {"standard",
     {.form = WEBHOOK_STANDARD,
      .content = WEBHOOK_ID_TIMESTAMP_BODY,
      .digest = CRYPTO_SHA256,
      .encoding = CRYPTO_BASE64,
      .secret_base64 = true}},
    {"generic", {.content = WEBHOOK_BODY, .digest = CRYPTO_SHA256, .encoding = CRYPTO_HEX}},
};

int webhook_scheme_named(const char *name, struct webhook_scheme *scheme)
{
    size_t i;

    memset(scheme, 0, sizeof(*scheme));
    for (i = 0; name && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (strcmp(name, schemes[i].name) != 0)
            continue;
        *scheme = schemes[i].scheme;
        scheme->tolerance = WEBHOOK_TOLERANCE;
        snprintf(scheme->signature_element, sizeof(scheme->signature_element), "v1");
        snprintf(scheme->timestamp_element, sizeof(scheme->timestamp_element), "t");
        return 0;
    }
    return -1;
}

/* ---- the members of an object */

static int read_algorithm(struct webhook_scheme *scheme, const json_t *value)
{
    const char *text = json_string_value(value);

    return text ? crypto_digest_named(text, strlen(text), &scheme->digest) : -1;
}

static int read_encoding(struct webhook_scheme *scheme, const json_t *value)
{
    const char *text = json_string_value(value);

    return text ? crypto_encoding_named(text, strlen(text), &scheme->encoding) : -1;
}

static int read_signed(struct webhook_scheme *scheme, const json_t *value)
{
    const char *text = json_string_value(value);

    if (!text)
        return -1;
    scheme->form = WEBHOOK_VALUE;
    if (strcmp(text, "body") == 0) {
        scheme->content = WEBHOOK_BODY;
    } else if (strcmp(text, "url+body") == 0) {
        scheme->content = WEBHOOK_URL_BODY;
    } else if (strcmp(text, "timestamp.body") == 0) {
        scheme->form = WEBHOOK_ELEMENTS;
        scheme->content = WEBHOOK_TIMESTAMP_BODY;
    } else {
        return -1;
    }
    return 0;
}

/* Printable, without what separates elements. */
static int read_word(char word[WEBHOOK_WORD_SIZE], const json_t *value, const char *forbidden)
{
    const char *text = json_string_value(value);
    size_t i, len = text ? json_string_length(value) : 0;

    if (len == 0 || len >= WEBHOOK_WORD_SIZE)
        return -1;
    for (i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~' || strchr(forbidden, text[i]))
            return -1;
    }
    memcpy(word, text, len + 1);
    return 0;
}

static int read_prefix(struct webhook_scheme *scheme, const json_t *value)
{
    return read_word(scheme->prefix, value, ",");
}

static int read_signature_element(struct webhook_scheme *scheme, const json_t *value)
{
    return read_word(scheme->signature_element, value, ",=");
}

static int read_timestamp_element(struct webhook_scheme *scheme, const json_t *value)
{
    return read_word(scheme->timestamp_element, value, ",=");
}

static int read_tolerance(struct webhook_scheme *scheme, const json_t *value)
{
    json_int_t seconds = json_integer_value(value); /* 0 where it is none */

    if (seconds < 1 || seconds > WEBHOOK_TOLERANCE_MAX)
        return -1;
    scheme->tolerance = seconds;
    return 0;
}

static const struct {
    const char *key;
    bool generic; /* for the scheme "generic" only */
    int (*read)(struct webhook_scheme *scheme, const json_t *value);
    const char *must;
} members[] = {
    {"tolerance_seconds", false, read_tolerance, "a whole number from 1 to 1000000000"},
    {"algorithm", true, read_algorithm, "\"sha1\", \"sha256\" or \"sha512\""},
    {"encoding", true, read_encoding, "\"hex\" or \"base64\""},
    {"signed", true, read_signed, "\"body\", \"url+body\" or \"timestamp.body\""},
    {"prefix", true, read_prefix, "a text of 1 to 31 printable characters, no comma"},
    {"signature_element", true, read_signature_element,
     "a text of 1 to 31 printable characters, no comma, no '='"},
    {"timestamp_element", true, read_timestamp_element,
     "a text of 1 to 31 printable characters, no comma, no '='"},
};

static int read_member(struct webhook_scheme *scheme, bool generic, const char *key,
                       const json_t *value, struct error *err)
{
    size_t i;

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (strcmp(key, members[i].key) != 0)
            continue;
        if (members[i].generic && !generic)
            return error_set(err, ERROR_CONFIG, "%s is for the scheme generic only", key);
        if (members[i].read(scheme, value) == 0)
            return 0;
        return error_set(err, ERROR_CONFIG, "%s must be %s", key, members[i].must);
    }
    /* a secret that stands on the wrong side of a colon does not look like an option */
    if (key[strspn(key, "abcdefghijklmnopqrstuvwxyz_")] != '\0')
        return error_set(err, ERROR_CONFIG,
                         "it has a member whose name (not shown here) is none of an option");
    return error_set(err, ERROR_CONFIG, "there is no member of the name '%.40s'", key);
}

static int read_scheme(json_t *webhook, const char *gateway, struct webhook_scheme *scheme,
                       struct error *err)
{
    const json_t *named = json_is_object(webhook) ? json_object_get(webhook, "scheme") : webhook;
    const char *name = named ? json_string_value(named) : gateway, *key;
    json_t *value;

    if (webhook && !json_is_object(webhook) && !json_is_string(webhook))
        return error_set(err, ERROR_CONFIG, "it must be an object, or the name of a scheme");
    if (webhook_scheme_named(name, scheme) != 0)
        return error_set(err, ERROR_CONFIG,
                         "scheme must be \"paychangu\", \"square\", \"stripe\", \"paystack\", "
                         "\"flutterwave\", \"standard\" or \"generic\"");
    json_object_foreach(webhook, key, value)
    {
        if (strcmp(key, "scheme") != 0 &&
            read_member(scheme, strcmp(name, "generic") == 0, key, value, err) != 0)
            return -1;
    }
    return 0;
}

/* A secret whose base64 is bad would otherwise be one that never fits. */
static bool usable(const struct webhook_scheme *scheme, const json_t *value)
{
    unsigned char key[WEBHOOK_SECRET_MAX];
    const char *text = json_string_value(value);
    size_t len = text ? json_string_length(value) : 0;
    bool good = len > 0 && len <= WEBHOOK_SECRET_MAX;

    if (good && scheme->secret_base64) {
        if (strncmp(text, "whsec_", 6) == 0)
            text += 6, len -= 6;
        good = crypto_decode(CRYPTO_BASE64, text, len, key, sizeof(key)) > 0;
        explicit_bzero(key, sizeof(key));
    }
    return good;
}

static int read_secrets(const json_t *list, struct webhook_config *config, struct error *err)
{
    size_t i, count = json_array_size(list);

    if (!json_is_array(list) || count == 0 || count > WEBHOOK_SECRETS_MAX)
        return error_set(err, ERROR_CONFIG, "it must be an array of 1 to %d texts",
                         WEBHOOK_SECRETS_MAX);
    for (i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);

        if (!usable(&config->scheme, value))
            return error_set(err, ERROR_CONFIG, "number %zu is not a text of 1 to %d bytes%s",
                             i + 1, WEBHOOK_SECRET_MAX,
                             config->scheme.secret_base64 ? " in base64 (after whsec_)" : "");
        config->secrets[i].bytes = json_string_value(value);
        config->secrets[i].len = json_string_length(value);
    }
    config->count = count;
    return 0;
}

int webhook_config_read(const json_t *object, const char *gateway, struct webhook_config *config,
                        struct error *err)
{
    json_t *webhook = json_object_get(object, "webhook");
    const json_t *secrets = json_object_get(object, "webhook_secrets");
    struct error why = {0};

    memset(config, 0, sizeof(*config));
    if (!json_is_object(object))
        return error_set(err, ERROR_CONFIG, "the secrets file has no object gateways.%.64s",
                         gateway);
    if (!secrets)
        return error_set(err, ERROR_CONFIG,
                         "the secrets file has no member gateways.%.64s.webhook_secrets", gateway);
    if (read_scheme(webhook, gateway, &config->scheme, &why) != 0)
        return error_set(err, ERROR_CONFIG, "secrets file, gateways.%.64s.webhook: %s", gateway,
                         why.text);
    if (read_secrets(secrets, config, &why) != 0)
        return error_set(err, ERROR_CONFIG, "secrets file, gateways.%.64s.webhook_secrets: %s",
                         gateway, why.text);
    return 0;
}
