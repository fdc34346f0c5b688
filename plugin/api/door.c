/*
  door.c - see door.h.

  LOCKING: nonces and since are set by api_door_begin before any api thread runs, and never changed
  again: as long as the process lives, no nonce is forgotten too early. A set locks itself.
*/
#include "door.h"

#include <string.h>

#include "../../udf/api_nonce.h"
#include "../../udf/client_key.h"
#include "../../udf/crypto.h"
#include "../../udf/ratelimit/headers.h"
#include "../../udf/ratelimit/service.h"
#include "../secrets_cache.h"
#include "../stop.h"

#define SECOND_US 1000000
#define WINDOW_S 60
#define POLICY "purser-api" /* the limiter's endpoint, and the policy's name in the headers */

static struct nonces *nonces;
static int64_t since; /* seconds */

int api_door_begin(struct error *err)
{
    if (nonces)
        return 0;
    since = clock_utc_us() / SECOND_US;
    nonces = nonces_create(API_NONCES);
    return nonces ? 0 : error_set(err, ERROR_MEMORY, "out of memory");
}

static int refuse(struct api_exchange *x, enum api_problem problem, const char *detail)
{
    api_problem(&x->answer, problem, detail, NULL);
    return -1;
}

/* The secret is made anew each time, and wiped. */
static int make_secret(struct api_exchange *x, const struct settings *s,
                       char secret[CLIENT_KEY_SECRET_SIZE])
{
    unsigned era = secrets_cache_era(), generation = settings_generation();
    struct secrets_view *view =
        s->secrets_file[0] ? secrets_cache_get(s->secrets_file, generation, era, NULL) : NULL;
    const char *seed = view ? secrets_view_text(view, "api", "key_seed") : NULL;
    int rc = client_key_secret(seed, x->credentials.key, CLIENT_KEY_ID_LEN, secret, NULL);

    secrets_view_release(view);
    return rc == 0 ? 0 : refuse(x, API_NOT_CONFIGURED, NULL);
}

static int check_signature(struct api_exchange *x, const struct settings *s,
                           char secret_hash[DOOR_HASH_SIZE])
{
    const struct api_signed request = {x->credentials.key,
                                       x->credentials.timestamp,
                                       x->credentials.nonce,
                                       x->method,
                                       x->target,
                                       x->body.data,
                                       x->body.len};
    char secret[CLIENT_KEY_SECRET_SIZE], hex[CRYPTO_TEXT_SIZE];
    struct crypto_piece piece;
    int rc;

    if (make_secret(x, s, secret) != 0)
        return -1;
    rc = api_signature_check(&request, secret, x->credentials.signature);
    piece = (struct crypto_piece){secret, strlen(secret)};
    if (rc >= 0 && crypto_sha256_hex(&piece, 1, hex) != 0)
        rc = -1;
    explicit_bzero(secret, sizeof(secret));
    if (rc < 0)
        return refuse(x, API_INTERNAL_ERROR, NULL);
    if (rc == 0)
        return refuse(x, API_INVALID_SIGNATURE, NULL);
    memcpy(secret_hash, hex, DOOR_HASH_SIZE);
    return 0;
}

static void put_rate_headers(struct api_answer *answer, const struct rate_rule *rule,
                             const struct rate_state *state, bool retry)
{
    struct rate_header list[RATE_HEADERS_MAX];
    int count = rate_header_list(POLICY, strlen(POLICY), rule, state, clock_utc_us(), list), i;

    for (i = 0; i < count; i++)
        if (retry || strcmp(list[i].name, "Retry-After") != 0)
            api_answer_header(answer, list[i].name, "%s", list[i].value);
}

/* @param cost  0: counts nothing @return within it? */
static bool take_rate(struct api_exchange *x, const struct settings *s,
                      struct rate_limiter *limiter, uint32_t cost)
{
    const struct rate_subject subject = {x->credentials.key, CLIENT_KEY_ID_LEN, POLICY,
                                         strlen(POLICY)};
    const struct rate_rule rule = {.max = (uint32_t)s->api_rate_limit, .window_s = WINDOW_S};
    struct rate_state state;
    int64_t now = rate_clock();
    bool good = rate_limiter_take(limiter, rate_limiter_key(limiter, &subject), &subject, &rule,
                                  cost, false, now);

    rate_limiter_state(limiter, &subject, &rule, now, &state);
    put_rate_headers(&x->answer, &rule, &state, cost && !good);
    return good;
}

static int check_rate(struct api_exchange *x, const struct settings *s)
{
    struct rate_limiter *limiter = rate_service(NULL);

    if (!limiter)
        return refuse(x, API_INTERNAL_ERROR, NULL);
    return take_rate(x, s, limiter, 1) ? 0 : refuse(x, API_RATE_LIMITED, NULL);
}

/* Looked for before the rate, so that a stranger who has overheard a request cannot use up what its
   key may ask; entered behind it, so that no key fills the table. */
static int check_repeat(struct api_exchange *x, const struct settings *s, int64_t now)
{
    struct rate_limiter *limiter = rate_service(NULL);

    if (!nonces_used(nonces, x->credentials.key, x->credentials.nonce, now))
        return 0;
    if (limiter)
        take_rate(x, s, limiter, 0);
    return refuse(x, API_REPLAYED_NONCE, NULL);
}

static int check_nonce(struct api_exchange *x, int64_t now)
{
    switch (nonces_use(nonces, x->credentials.key, x->credentials.nonce,
                       x->credentials.seconds + API_TOLERANCE, now)) {
    case NONCE_NEW:
        return 0;
    case NONCE_USED:
        return refuse(x, API_REPLAYED_NONCE, NULL);
    default:
        return refuse(x, API_UNAVAILABLE, "too many requests of all keys together");
    }
}

int api_door(struct api_exchange *x, const struct settings *s, char secret_hash[DOOR_HASH_SIZE])
{
    int64_t now = clock_utc_us() / SECOND_US;

    if (check_signature(x, s, secret_hash) != 0)
        return -1;
    if (!api_signature_in_time(x->credentials.seconds, now, since))
        return refuse(x, API_TIMESTAMP_OUT_OF_RANGE, NULL);
    if (check_repeat(x, s, now) != 0 || check_rate(x, s) != 0)
        return -1;
    return check_nonce(x, now);
}
