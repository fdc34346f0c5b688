/* crypto.c - see crypto.h. */
#include "crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const struct {
    const char *name; /* ours, and libcrypto's */
    size_t size;
} digests[] = {
    [CRYPTO_SHA1] = {"sha1", 20},
    [CRYPTO_SHA256] = {"sha256", 32},
    [CRYPTO_SHA512] = {"sha512", 64},
};

/* Looking an algorithm up takes longer than using it; never released, for threads may use them
   until the server ends. Written once, by fetch. */
static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MAC *hmac;
static EVP_MD *sha256;

static void fetch(void)
{
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
}

int crypto_digest_named(const char *name, size_t len, enum crypto_digest *digest)
{
    unsigned i;

    *digest = CRYPTO_SHA256;
    for (i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
        if (strlen(digests[i].name) == len && strncasecmp(digests[i].name, name, len) == 0) {
            *digest = (enum crypto_digest)i;
            return 0;
        }
    }
    return -1;
}

int crypto_encoding_named(const char *name, size_t len, enum crypto_encoding *encoding)
{
    *encoding = CRYPTO_HEX;
    if (len == 3 && strncasecmp(name, "hex", len) == 0)
        return 0;
    *encoding = CRYPTO_BASE64;
    return len == 6 && strncasecmp(name, "base64", len) == 0 ? 0 : -1;
}

size_t crypto_digest_size(enum crypto_digest digest)
{
    return digests[digest].size;
}

int crypto_hmac(enum crypto_digest digest, const void *key, size_t key_len,
                const struct crypto_piece *pieces, size_t count,
                unsigned char mac[CRYPTO_DIGEST_MAX])
{
    char name[8]; /* the parameter wants it writable */
    OSSL_PARAM params[2];
    EVP_MAC_CTX *context;
    size_t i, len = 0;
    int ok;

    memset(mac, 0, CRYPTO_DIGEST_MAX);
    pthread_once(&fetched, fetch);
    context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    if (!context)
        return -1;
    memcpy(name, digests[digest].name, strlen(digests[digest].name) + 1);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
    params[1] = OSSL_PARAM_construct_end();
    /* a NULL key would mean "the one of before" */
    ok = EVP_MAC_init(context, key_len ? key : (const void *)"", key_len, params);
    for (i = 0; ok && i < count; i++)
        ok = pieces[i].len == 0 || EVP_MAC_update(context, pieces[i].bytes, pieces[i].len);
    ok = ok && EVP_MAC_final(context, mac, &len, CRYPTO_DIGEST_MAX) &&
         len == crypto_digest_size(digest);
    EVP_MAC_CTX_free(context);
    return ok ? 0 : -1;
}

int crypto_sha256(const struct crypto_piece *pieces, size_t count,
                  unsigned char hash[CRYPTO_SHA256_SIZE])
{
    EVP_MD_CTX *context;
    size_t i;
    int ok;

    memset(hash, 0, CRYPTO_SHA256_SIZE);
    pthread_once(&fetched, fetch);
    context = sha256 ? EVP_MD_CTX_new() : NULL;
    if (!context)
        return -1;
    ok = EVP_DigestInit_ex(context, sha256, NULL);
    for (i = 0; ok && i < count; i++)
        ok = pieces[i].len == 0 || EVP_DigestUpdate(context, pieces[i].bytes, pieces[i].len);
    ok = ok && EVP_DigestFinal_ex(context, hash, NULL);
    EVP_MD_CTX_free(context);
    return ok ? 0 : -1;
}

/* ---- one message after another */

struct crypto_hasher {
    EVP_MD_CTX *context;
};

struct crypto_hasher *crypto_hasher_create(void)
{
    struct crypto_hasher *hasher = calloc(1, sizeof(*hasher));

    pthread_once(&fetched, fetch);
    if (hasher && sha256)
        hasher->context = EVP_MD_CTX_new();
    if (!hasher || !hasher->context || !EVP_DigestInit_ex(hasher->context, sha256, NULL)) {
        crypto_hasher_destroy(hasher);
        return NULL;
    }
    return hasher;
}

void crypto_hasher_destroy(struct crypto_hasher *hasher)
{
    if (hasher)
        EVP_MD_CTX_free(hasher->context);
    free(hasher);
}

int crypto_hasher_sha256(struct crypto_hasher *hasher, const void *bytes, size_t len,
                         unsigned char hash[CRYPTO_SHA256_SIZE])
{
    /* without the digest's name it begins anew in the memory that it has */
    if (EVP_DigestInit_ex(hasher->context, NULL, NULL) &&
        (len == 0 || EVP_DigestUpdate(hasher->context, bytes, len)) &&
        EVP_DigestFinal_ex(hasher->context, hash, NULL))
        return 0;
    memset(hash, 0, CRYPTO_SHA256_SIZE);
    return -1;
}

/* ---- signatures */

static EVP_PKEY *private_key(const unsigned char seed[CRYPTO_ED25519_SEED])
{
    return EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed, CRYPTO_ED25519_SEED);
}

/* Release both; what failed must not stay in the queue of errors of a thread of the server's.
   Freeing a key wipes it. */
static int end_of_signature(EVP_PKEY *key, EVP_MD_CTX *context, int rc)
{
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return rc;
}

int crypto_ed25519_public(const unsigned char seed[CRYPTO_ED25519_SEED],
                          unsigned char public_key[CRYPTO_ED25519_PUBLIC])
{
    EVP_PKEY *key = private_key(seed);
    size_t len = CRYPTO_ED25519_PUBLIC;

    memset(public_key, 0, len);
    if (key && EVP_PKEY_get_raw_public_key(key, public_key, &len) == 1)
        return end_of_signature(key, NULL, 0);
    return end_of_signature(key, NULL, -1);
}

int crypto_ed25519_sign(const unsigned char seed[CRYPTO_ED25519_SEED], const void *message,
                        size_t len, unsigned char signature[CRYPTO_ED25519_SIGNATURE])
{
    EVP_PKEY *key = private_key(seed);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = CRYPTO_ED25519_SIGNATURE;

    memset(signature, 0, size);
    if (key && context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
        EVP_DigestSign(context, signature, &size, len ? message : "", len) == 1)
        return end_of_signature(key, context, 0);
    return end_of_signature(key, context, -1);
}

static int verify_once(const unsigned char *public_key, const void *message, size_t len,
                       const unsigned char *signature)
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, public_key, CRYPTO_ED25519_PUBLIC);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int good;

    if (!key || !context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) != 1)
        return end_of_signature(key, context, -1);
    good = EVP_DigestVerify(context, signature, CRYPTO_ED25519_SIGNATURE, len ? message : "",
                            len) == 1;
    return end_of_signature(key, context, good);
}

/* The first of RFC 8032, 7.1. */
static const unsigned char good_public[] =
    "\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a"
    "\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";
static const unsigned char good_signature[] =
    "\xe5\x56\x43\x00\xc3\x60\xac\x72\x90\x86\xe2\xcc\x80\x6e\x82\x8a"
    "\x84\x87\x7f\x1e\xb8\xe5\xd9\x74\xd8\x73\xe0\x65\x22\x49\x01\x55"
    "\x5f\xb8\x82\x15\x90\xa3\x3b\xac\xc6\x1e\x39\x70\x1c\xf9\xb4\x6b"
    "\xd2\x5b\xf5\xf0\x59\x5b\xbe\x24\x65\x51\x41\x43\x8e\x7a\x10\x0b";

/* libcrypto says the same of a signature that is bad and of memory that it did not get. Nobody is
   to be told that something was forged who only has no memory: so what is bad has to be so twice,
   with a good one between. */
int crypto_ed25519_verify(const unsigned char public_key[CRYPTO_ED25519_PUBLIC],
                          const void *message, size_t len,
                          const unsigned char signature[CRYPTO_ED25519_SIGNATURE])
{
    int rc = verify_once(public_key, message, len, signature);

    if (rc != 0)
        return rc;
    if (verify_once(good_public, "", 0, good_signature) != 1)
        return -1;
    return verify_once(public_key, message, len, signature);
}

/* ---- encodings */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t encode_hex(const unsigned char *bytes, size_t len, char *text)
{
    size_t i;

    for (i = 0; i < len; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    return 2 * len;
}

static size_t encode_base64(const unsigned char *bytes, size_t len, char *text)
{
    size_t i, out = 0;

    for (i = 0; i < len; i += 3) {
        size_t rest = len - i;
        unsigned three = (unsigned)bytes[i] << 16 | (rest > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (rest > 2 ? bytes[i + 2] : 0u);

        text[out++] = base64_digits[three >> 18];
        text[out++] = base64_digits[three >> 12 & 63];
        text[out++] = rest > 1 ? base64_digits[three >> 6 & 63] : '=';
        text[out++] = rest > 2 ? base64_digits[three & 63] : '=';
    }
    return out;
}

size_t crypto_base64(const void *bytes, size_t len, char *text)
{
    size_t written = encode_base64(bytes, len, text);

    text[written] = '\0';
    return written;
}

size_t crypto_encode(enum crypto_encoding encoding, const unsigned char *bytes, size_t len,
                     char text[CRYPTO_TEXT_SIZE])
{
    size_t written;

    if (len > CRYPTO_DIGEST_MAX)
        len = CRYPTO_DIGEST_MAX;
    written =
        encoding == CRYPTO_HEX ? encode_hex(bytes, len, text) : encode_base64(bytes, len, text);
    text[written] = '\0';
    return written;
}

int crypto_sha256_hex(const struct crypto_piece *pieces, size_t count, char hex[CRYPTO_TEXT_SIZE])
{
    unsigned char hash[CRYPTO_SHA256_SIZE];

    if (crypto_sha256(pieces, count, hash) != 0)
        return -1;
    crypto_encode(CRYPTO_HEX, hash, sizeof(hash), hex);
    return 0;
}

static int base64_value(char c)
{
    const char *at = c ? strchr(base64_digits, c) : NULL;

    return at ? (int)(at - base64_digits) : -1;
}

/* Decode with digits of so many bits; the bits that are left over must be zero. */
static long decode(const char *text, size_t len, int bits, unsigned char *bytes, size_t size)
{
    unsigned held = 0;
    int have = 0, value;
    size_t i, out = 0;

    for (i = 0; i < len; i++) {
        value = bits == 4 ? crypto_hex_digit(text[i]) : base64_value(text[i]);
        if (value < 0)
            return -1;
        held = (held << bits | (unsigned)value) & 0xFFFF;
        have += bits;
        if (have < 8)
            continue;
        have -= 8;
        if (out == size)
            return -1;
        bytes[out++] = (unsigned char)(held >> have & 0xFF);
    }
    return (held & ((1u << have) - 1)) == 0 ? (long)out : -1;
}

long crypto_decode(enum crypto_encoding encoding, const char *text, size_t len,
                   unsigned char *bytes, size_t size)
{
    long got = -1;

    if (encoding == CRYPTO_HEX && len % 2 == 0)
        got = decode(text, len, 4, bytes, size);
    if (encoding == CRYPTO_BASE64 && len % 4 == 0) {
        size_t pad = len && text[len - 1] == '=' ? 1 + (text[len - 2] == '=') : 0;

        got = decode(text, len - pad, 6, bytes, size);
    }
    if (got < 0)
        explicit_bzero(bytes, size);
    return got;
}

/* ---- comparison */

bool crypto_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

bool crypto_equal_secret(const void *given, size_t given_len, const void *secret, size_t secret_len)
{
    struct crypto_piece one = {given, given_len}, other = {secret, secret_len};
    unsigned char a[CRYPTO_SHA256_SIZE], b[CRYPTO_SHA256_SIZE];
    bool same = false;

    if (crypto_sha256(&one, 1, a) == 0 && crypto_sha256(&other, 1, b) == 0)
        same = crypto_equal(a, b, sizeof(a));
    explicit_bzero(b, sizeof(b));
    return same;
}

int crypto_certificate_end(const void *pem, size_t len, int64_t *seconds)
{
    BIO *bio = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    struct tm end = {0};
    int rc = -1;

    *seconds = 0;
    if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1) {
        *seconds = timegm(&end);
        rc = 0;
    }
    ERR_clear_error(); /* this thread's: others would take it for theirs */
    X509_free(certificate);
    BIO_free(bio);
    return rc;
}

/* Instead of asking whoever sits at the terminal. */
static int no_password(char *buffer, int size, int writing, void *unused)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)unused;
    return -1;
}

/* All certificates of a chain. @return the first one, owned; NULL where one is bad or none is there
 */
static X509 *read_chain(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *first = bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL, *next;

    while (first && (next = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL)
        X509_free(next);
    if (first && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        X509_free(first);
        first = NULL;
    }
    BIO_free(bio);
    return first;
}

enum crypto_pair crypto_check_pair(const char *chain, const char *key)
{
    BIO *bio = BIO_new_mem_buf(key, -1);
    EVP_PKEY *private = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    X509 *certificate = read_chain(chain);
    enum crypto_pair pair = CRYPTO_PAIR_GOOD;

    if (!certificate)
        pair = CRYPTO_PAIR_BAD_CHAIN;
    else if (!private)
        pair = CRYPTO_PAIR_BAD_KEY;
    else if (X509_check_private_key(certificate, private) != 1)
        pair = CRYPTO_PAIR_UNLIKE;
    ERR_clear_error();
    X509_free(certificate);
    EVP_PKEY_free(private);
    BIO_free(bio);
    return pair;
}
