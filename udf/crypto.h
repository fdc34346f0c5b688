/*
  crypto.h - digests, HMACs, their encodings, and comparison in constant time: what Purser needs of
  libcrypto, which crypto.c alone includes; signatures by Ed25519. Pure; any thread, but a hasher is
  used by one at a time.
*/
#ifndef PURSER_CRYPTO_H
#define PURSER_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_DIGEST_MAX 64 /* bytes of the longest digest */
#define CRYPTO_TEXT_SIZE 129 /* the longest digest as hex, and a NUL */
#define CRYPTO_SHA256_SIZE 32
#define CRYPTO_ED25519_SEED 32
#define CRYPTO_ED25519_PUBLIC 32
#define CRYPTO_ED25519_SIGNATURE 64
#define CRYPTO_BASE64_SIZE(len)                                                                    \
    (((len) + 2) / 3 * 4 + 1) /* of the text of so many bytes, and a NUL */

enum crypto_digest { CRYPTO_SHA1, CRYPTO_SHA256, CRYPTO_SHA512 };
enum crypto_encoding { CRYPTO_HEX, CRYPTO_BASE64 };

/* A part of a message; its bytes are borrowed. */
struct crypto_piece {
    const void *bytes; /* may be NULL where len is 0 */
    size_t len;
};

/** "sha1", "sha256" or "sha512", in any case of the letters. @retval 0 @retval -1 another name */
int crypto_digest_named(const char *name, size_t len, enum crypto_digest *digest);

/** "hex" or "base64", in any case of the letters. @retval 0 @retval -1 another name */
int crypto_encoding_named(const char *name, size_t len, enum crypto_encoding *encoding);

/** Bytes of a digest: 20, 32, 64. */
size_t crypto_digest_size(enum crypto_digest digest);

/**
  The HMAC of a message that is given in pieces.
  @param key  may be empty @param[out] mac  crypto_digest_size bytes
  @retval 0 @retval -1 no memory, or libcrypto refuses the digest (a policy of the machine)
*/
int crypto_hmac(enum crypto_digest digest, const void *key, size_t key_len,
                const struct crypto_piece *pieces, size_t count,
                unsigned char mac[CRYPTO_DIGEST_MAX]);

/** SHA-256 of a message that is given in pieces. @retval 0 @retval -1 no memory */
int crypto_sha256(const struct crypto_piece *pieces, size_t count,
                  unsigned char hash[CRYPTO_SHA256_SIZE]);

/** The same in lower-case hex, with a NUL. */
int crypto_sha256_hex(const struct crypto_piece *pieces, size_t count, char hex[CRYPTO_TEXT_SIZE]);

/* Hashes short messages one after another: nothing is allocated for each. */
struct crypto_hasher;

/** @return new; NULL where there is no memory */
struct crypto_hasher *crypto_hasher_create(void);
void crypto_hasher_destroy(struct crypto_hasher *hasher);

/** SHA-256. @param[out] hash  may be a part of bytes @retval 0 @retval -1 no memory */
int crypto_hasher_sha256(struct crypto_hasher *hasher, const void *bytes, size_t len,
                         unsigned char hash[CRYPTO_SHA256_SIZE]);

/** Ed25519 (RFC 8032): the public key of a seed. @retval 0 @retval -1 no memory, or libcrypto
    refuses the algorithm (a policy of the machine) */
int crypto_ed25519_public(const unsigned char seed[CRYPTO_ED25519_SEED],
                          unsigned char public_key[CRYPTO_ED25519_PUBLIC]);

/** @retval 0 @retval -1 as crypto_ed25519_public */
int crypto_ed25519_sign(const unsigned char seed[CRYPTO_ED25519_SEED], const void *message,
                        size_t len, unsigned char signature[CRYPTO_ED25519_SIGNATURE]);

/** @retval 1 it is the key's signature of the message @retval 0 it is not @retval -1 as
    crypto_ed25519_public */
int crypto_ed25519_verify(const unsigned char public_key[CRYPTO_ED25519_PUBLIC],
                          const void *message, size_t len,
                          const unsigned char signature[CRYPTO_ED25519_SIGNATURE]);

/** Padded base64 of any length. @param[out] text  CRYPTO_BASE64_SIZE(len) bytes @return its length
    without the NUL */
size_t crypto_base64(const void *bytes, size_t len, char *text);

/** Lower-case hex or padded base64 (RFC 4648) of at most CRYPTO_DIGEST_MAX bytes, with a NUL.
    @return its length */
size_t crypto_encode(enum crypto_encoding encoding, const unsigned char *bytes, size_t len,
                     char text[CRYPTO_TEXT_SIZE]);

/** The value of a hexadecimal digit of either case; -1: it is none. */
static inline int crypto_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/**
  Bytes of hex (either case) or of padded base64 with nothing else in it: the one text that encodes
  them. @param[out] bytes  room for size; wiped where the text is bad
  @return how many @retval -1 not of that form, or more than size
*/
long crypto_decode(enum crypto_encoding encoding, const char *text, size_t len,
                   unsigned char *bytes, size_t size);

/** Are two texts the same? The time depends on len only. */
bool crypto_equal(const void *a, const void *b, size_t len);

/** The same for texts of unlike length, of which one is secret: its length is not told, either.
    False where there is no memory. */
bool crypto_equal_secret(const void *given, size_t given_len, const void *secret,
                         size_t secret_len);

/** When the first certificate of a PEM file ends. @param[out] seconds  since 1970, UTC
    @retval 0 @retval -1 there is no certificate in it */
int crypto_certificate_end(const void *pem, size_t len, int64_t *seconds);

enum crypto_pair {
    CRYPTO_PAIR_GOOD,
    CRYPTO_PAIR_BAD_CHAIN, /* no certificate, or one that is cut off */
    CRYPTO_PAIR_BAD_KEY,   /* no key, or one that is cut off or has a password */
    CRYPTO_PAIR_UNLIKE     /* the key is not the first certificate's */
};

/** Do a certificate with its chain and a key belong together? Both are PEM, as files have it. */
enum crypto_pair crypto_check_pair(const char *chain, const char *key);

#endif
