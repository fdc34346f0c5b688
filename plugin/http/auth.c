/* auth.c - see auth.h. */
#include "auth.h"

#include <string.h>
#include <strings.h>

#define USER_MAX 128 /* of Basic: any name will do */

static int hash_of(const char *token, size_t len, unsigned char hash[CRYPTO_SHA256_SIZE])
{
    struct crypto_piece piece = {token, len};

    return crypto_sha256(&piece, 1, hash);
}

static int take_token(const char *token, size_t len, int line, struct auth *auth, struct error *err)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return error_set(err, ERROR_CONFIG,
                             "line %d: a token has visible ASCII characters only", line);
    if (len < AUTH_TOKEN_MIN || len > AUTH_TOKEN_MAX)
        return error_set(err, ERROR_CONFIG, "line %d: a token has %d to %d characters", line,
                         AUTH_TOKEN_MIN, AUTH_TOKEN_MAX);
    if (auth->count == AUTH_TOKENS_MAX)
        return error_set(err, ERROR_CONFIG, "line %d: there are more than %d tokens", line,
                         AUTH_TOKENS_MAX);
    if (hash_of(token, len, auth->hashes[auth->count]) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    auth->count++;
    return 0;
}

int auth_parse(const char *text, size_t len, struct auth *auth, struct error *err)
{
    const char *at = text, *end = text + len;
    int line, rc = 0;

    memset(auth, 0, sizeof(*auth));
    for (line = 1; rc == 0 && at < end; line++) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        const char *stop = eol ? eol : end, *next = eol ? eol + 1 : end;

        while (stop > at && strchr(" \t\r", stop[-1]) && stop[-1])
            stop--;
        if (stop > at && *at != '#')
            rc = take_token(at, (size_t)(stop - at), line, auth, err);
        at = next;
    }
    if (rc == 0 && auth->count == 0)
        rc = error_set(err, ERROR_CONFIG, "there is no token in it");
    auth->mode = rc == 0 ? AUTH_TOKENS : AUTH_CLOSED;
    return rc;
}

/* Each hash is looked at, whichever is the right one. */
static bool is_known(const struct auth *auth, const char *token, size_t len)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    bool known = false;
    int i;

    if (hash_of(token, len, hash) != 0)
        return false;
    for (i = 0; i < auth->count; i++)
        known |= crypto_equal(hash, auth->hashes[i], sizeof(hash));
    explicit_bzero(hash, sizeof(hash));
    return known;
}

static bool basic_allows(const struct auth *auth, const char *encoded)
{
    char decoded[USER_MAX + 1 + AUTH_TOKEN_MAX];
    long len = crypto_decode(CRYPTO_BASE64, encoded, strlen(encoded), (unsigned char *)decoded,
                             sizeof(decoded));
    char *colon = len > 0 ? memchr(decoded, ':', (size_t)len) : NULL;
    bool known = colon && is_known(auth, colon + 1, (size_t)(decoded + len - colon - 1));

    explicit_bzero(decoded, sizeof(decoded));
    return known;
}

bool auth_allows(const struct auth *auth, const char *authorization)
{
    const char *token;

    if (auth->mode != AUTH_TOKENS)
        return auth->mode == AUTH_OPEN;
    if (!authorization)
        return false;
    token = authorization + strcspn(authorization, " ");
    token += strspn(token, " ");
    if (strncasecmp(authorization, "Bearer ", 7) == 0)
        return is_known(auth, token, strlen(token));
    return strncasecmp(authorization, "Basic ", 6) == 0 && basic_allows(auth, token);
}
