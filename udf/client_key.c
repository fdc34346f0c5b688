#include "client_key.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "crypto.h"

static const char domain[] = "purser client key 1"; /* hashed with its NUL */

static bool is_key_id(const char *text, size_t len)
{
    size_t i;

    if (len != CLIENT_KEY_ID_LEN || memcmp(text, "pk_", 3) != 0)
        return false;
    for (i = 3; i < len; i++) {
        char c = text[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return true;
}

int client_key_secret(const char *seed, const char *key_id, size_t key_id_len,
                      char secret[CLIENT_KEY_SECRET_SIZE], struct error *err)
{
    const struct crypto_piece pieces[] = {{domain, sizeof(domain)}, {key_id, key_id_len}};
    unsigned char mac[CRYPTO_DIGEST_MAX];
    char hex[CRYPTO_TEXT_SIZE];

    secret[0] = '\0';
    if (!is_key_id(key_id, key_id_len))
        return error_set(err, ERROR_INPUT, "key_id must be pk_ and 24 letters and digits");
    if (!seed)
        return error_set(err, ERROR_CONFIG,
                         "the secrets file has no api.key_seed: put at least %d random characters "
                         "there, and never change them while keys are in use",
                         CLIENT_KEY_SEED_MIN);
    if (strlen(seed) < CLIENT_KEY_SEED_MIN)
        return error_set(err, ERROR_CONFIG,
                         "api.key_seed in the secrets file is too short: at least %d random "
                         "characters",
                         CLIENT_KEY_SEED_MIN);
    if (crypto_hmac(CRYPTO_SHA256, seed, strlen(seed), pieces, 2, mac) != 0)
        return error_set(err, ERROR_MEMORY, "HMAC-SHA256 cannot be computed");
    crypto_encode(CRYPTO_HEX, mac, crypto_digest_size(CRYPTO_SHA256), hex);
    snprintf(secret, CLIENT_KEY_SECRET_SIZE, "sk_%.64s", hex);
    explicit_bzero(mac, sizeof(mac));
    explicit_bzero(hex, sizeof(hex));
    return 0;
}
