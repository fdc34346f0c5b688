/* note.c - see note.h: keys, signatures, and whether a note has one. Checkpoints: checkpoint.c. */
#include "note.h"

#include <string.h>

#include "../utf8.h"
#include "note_text.h"

#define TYPE_ED25519 1
#define KEY_BYTES (1 + CRYPTO_ED25519_PUBLIC)
#define SIGNATURE_BYTES (4 + CRYPTO_ED25519_SIGNATURE)

/* The white space of Unicode beyond ASCII. */
static const char *const spaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};

static bool is_name(const char *name, size_t len)
{
    size_t i;

    if (len == 0 || len >= NOTE_NAME_SIZE || !utf8_valid(name, len))
        return false;
    for (i = 0; i < len; i++) {
        if ((unsigned char)name[i] <= ' ' || name[i] == '+' || name[i] == 0x7F)
            return false;
    }
    for (i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        if (memmem(name, len, spaces[i], strlen(spaces[i])))
            return false;
    }
    return true;
}

int note_name_check(const char *name, size_t len, struct error *err)
{
    if (is_name(name, len))
        return 0;
    return error_set(err, ERROR_INPUT,
                     "the name of a log has 1 to %d bytes of UTF-8 without white space and '+', "
                     "such as example.com/shop",
                     NOTE_NAME_SIZE - 1);
}

/* ---- keys */

int note_verifier_init(struct note_verifier *verifier, const char *name,
                       const unsigned char public_key[CRYPTO_ED25519_PUBLIC], struct error *err)
{
    static const unsigned char between[] = {'\n', TYPE_ED25519};
    size_t len = strlen(name);
    struct crypto_piece pieces[] = {
        {name, len}, {between, sizeof(between)}, {public_key, CRYPTO_ED25519_PUBLIC}};
    unsigned char hash[CRYPTO_SHA256_SIZE];

    memset(verifier, 0, sizeof(*verifier));
    if (note_name_check(name, len, err) != 0)
        return -1;
    if (crypto_sha256(pieces, 3, hash) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    memcpy(verifier->name, name, len + 1);
    memcpy(verifier->id, hash, sizeof(verifier->id));
    memcpy(verifier->public_key, public_key, CRYPTO_ED25519_PUBLIC);
    return 0;
}

int note_signer_init(struct note_signer *signer, const char *name,
                     const unsigned char seed[CRYPTO_ED25519_SEED], struct error *err)
{
    unsigned char public_key[CRYPTO_ED25519_PUBLIC];

    memset(signer, 0, sizeof(*signer));
    if (crypto_ed25519_public(seed, public_key) != 0)
        return error_set(err, ERROR_MEMORY,
                         "no key of Ed25519 can be made: out of memory, or libcrypto refuses it");
    if (note_verifier_init(&signer->verifier, name, public_key, err) != 0)
        return -1;
    memcpy(signer->seed, seed, CRYPTO_ED25519_SEED);
    return 0;
}

void note_signer_wipe(struct note_signer *signer)
{
    explicit_bzero(signer, sizeof(*signer));
}

void note_verifier_write(const struct note_verifier *verifier, char text[NOTE_VKEY_SIZE])
{
    unsigned char key[KEY_BYTES] = {TYPE_ED25519};
    char id[CRYPTO_TEXT_SIZE];
    size_t len = strlen(verifier->name);

    memcpy(key + 1, verifier->public_key, CRYPTO_ED25519_PUBLIC);
    crypto_encode(CRYPTO_HEX, verifier->id, sizeof(verifier->id), id);
    memcpy(text, verifier->name, len);
    text[len++] = '+';
    memcpy(text + len, id, 8);
    text[len + 8] = '+';
    crypto_base64(key, sizeof(key), text + len + 9);
}

static int bad_key(const char *what, struct error *err)
{
    return error_set(err, ERROR_INPUT, "a verifier's key is name+id+key: %s", what);
}

int note_verifier_parse(struct note_verifier *verifier, const char *text, size_t len,
                        struct error *err)
{
    const char *plus = memchr(text, '+', len);
    size_t name_len = plus ? (size_t)(plus - text) : len, rest = len - name_len;
    unsigned char id[4], key[KEY_BYTES];
    char name[NOTE_NAME_SIZE], hex[CRYPTO_TEXT_SIZE];

    memset(verifier, 0, sizeof(*verifier));
    if (!is_name(text, name_len))
        return bad_key("the name is empty, too long, or has white space", err);
    if (rest < 10 || plus[9] != '+' || crypto_decode(CRYPTO_HEX, plus + 1, 8, id, 4) != 4)
        return bad_key("the id is not 8 hex digits", err);
    crypto_encode(CRYPTO_HEX, id, sizeof(id), hex);
    if (memcmp(hex, plus + 1, 8) != 0)
        return bad_key("the id is not in lower case", err);
    if (crypto_decode(CRYPTO_BASE64, plus + 10, rest - 10, key, sizeof(key)) != sizeof(key) ||
        key[0] != TYPE_ED25519)
        return bad_key("the key is not base64 of 01 and 32 bytes (Ed25519)", err);
    memcpy(name, text, name_len);
    name[name_len] = '\0';
    if (note_verifier_init(verifier, name, key + 1, err) != 0)
        return -1;
    if (memcmp(verifier->id, id, sizeof(id)) == 0)
        return 0;
    memset(verifier, 0, sizeof(*verifier));
    return bad_key("the id is of another name or another key; is it cut or changed?", err);
}

int audit_seed_parse(const char *text, size_t len, unsigned char seed[CRYPTO_ED25519_SEED],
                     struct error *err)
{
    enum crypto_encoding encoding = len == 2 * CRYPTO_ED25519_SEED ? CRYPTO_HEX : CRYPTO_BASE64;

    if (crypto_decode(encoding, text, len, seed, CRYPTO_ED25519_SEED) == CRYPTO_ED25519_SEED)
        return 0;
    explicit_bzero(seed, CRYPTO_ED25519_SEED);
    return error_set(err, ERROR_CONFIG,
                     "the seed of the audit key has to be 32 bytes: 64 hex digits, or 44 "
                     "characters of base64 (openssl rand -hex 32 makes one)");
}

/* ---- signatures */

int note_sign(const char *text, size_t len, const struct note_signer *signer, struct buf *out,
              struct error *err)
{
    unsigned char signature[SIGNATURE_BYTES];
    char line[CRYPTO_BASE64_SIZE(SIGNATURE_BYTES)];

    memcpy(signature, signer->verifier.id, 4);
    if (crypto_ed25519_sign(signer->seed, text, len, signature + 4) != 0)
        return error_set(err, ERROR_MEMORY,
                         "no signature can be made: out of memory, or libcrypto refuses Ed25519");
    crypto_base64(signature, sizeof(signature), line);
    buf_printf(out, NOTE_DASH "%s %s\n", signer->verifier.name, line);
    return 0;
}

/* A line of a note, without its newline; its bytes are borrowed. */
struct line {
    const char *name, *base64;
    size_t name_len, base64_len;
};

/* A signature line from at on. @return its length with the newline, 0 where it is none */
static size_t read_signature(const char *at, size_t len, struct line *line)
{
    const char *newline = memchr(at, '\n', len), *blank;
    size_t dash = strlen(NOTE_DASH);

    if (!newline || (size_t)(newline - at) <= dash || memcmp(at, NOTE_DASH, dash) != 0)
        return 0;
    line->name = at + dash;
    blank = memchr(line->name, ' ', (size_t)(newline - line->name));
    if (!blank)
        return 0;
    line->name_len = (size_t)(blank - line->name);
    line->base64 = blank + 1;
    line->base64_len = (size_t)(newline - line->base64);
    return is_name(line->name, line->name_len) ? (size_t)(newline - at) + 1 : 0;
}

/* @retval 1 by the key, and good @retval 0 of another key @retval -1 bad, or malformed */
static int check_signature(const struct line *line, const char *text, size_t len,
                           const struct note_verifier *verifier, enum note_verdict *verdict,
                           struct error *err)
{
    unsigned char bytes[NOTE_SIGNATURE_MAX];
    long size = crypto_decode(CRYPTO_BASE64, line->base64, line->base64_len, bytes, sizeof(bytes));
    int good;

    *verdict = NOTE_MALFORMED;
    if (size < 5)
        return error_set(err, ERROR_INPUT, "a signature line has no signature in base64");
    if (strlen(verifier->name) != line->name_len ||
        memcmp(verifier->name, line->name, line->name_len) != 0 ||
        memcmp(verifier->id, bytes, 4) != 0)
        return 0;
    good = size == SIGNATURE_BYTES
               ? crypto_ed25519_verify(verifier->public_key, text, len, bytes + 4)
               : 0;
    if (good < 0)
        return error_set(err, ERROR_MEMORY,
                         "no signature can be checked: out of memory, or libcrypto refuses "
                         "Ed25519");
    *verdict = good ? NOTE_GOOD : NOTE_BAD;
    return good ? 1
                : error_set(err, ERROR_INPUT, "the signature by %s is not of this text and key",
                            verifier->name);
}

int note_split(const char *text, size_t len, size_t *body, size_t *signatures, struct error *err)
{
    const char *blank = NULL;
    size_t i;

    *body = *signatures = 0;
    if (len > NOTE_MAX)
        return error_set(err, ERROR_LIMIT, "the note is longer than %d bytes", NOTE_MAX);
    if (!utf8_valid(text, len))
        return error_set(err, ERROR_INPUT, "the note is not valid UTF-8");
    for (i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' && text[i] != '\n')
            return error_set(err, ERROR_INPUT, "the note has a control character at byte %zu%s",
                             i + 1, text[i] == '\r' ? ": lines end with LF, not CR LF" : "");
    }
    for (i = 1; i < len; i++) {
        if (text[i] == '\n' && text[i - 1] == '\n')
            blank = text + i;
    }
    if (!blank)
        return error_set(err, ERROR_INPUT,
                         "the note has no empty line, after which its signatures are");
    *body = (size_t)(blank - text);
    *signatures = *body + 1;
    return 0;
}

bool note_has_signature(const char *text, size_t len)
{
    return memmem(text, len, "\n" NOTE_DASH, strlen("\n" NOTE_DASH)) != NULL;
}

enum note_verdict note_verify(const char *text, size_t len, const struct note_verifier *verifier,
                              struct error *err)
{
    enum note_verdict verdict;
    struct line line;
    size_t body, at, size;
    int count = 0, rc = 0, good = 0;

    if (note_split(text, len, &body, &at, err) != 0)
        return NOTE_MALFORMED;
    for (; at < len; at += size) {
        size = read_signature(text + at, len - at, &line);
        if (size == 0 || ++count > NOTE_SIGNATURES_MAX) {
            error_set(err, ERROR_INPUT,
                      size == 0 ? "line %d below the empty line is no signature"
                                : "the note has more than %d signatures",
                      size == 0 ? count + 1 : NOTE_SIGNATURES_MAX);
            return NOTE_MALFORMED;
        }
        rc = check_signature(&line, text, body, verifier, &verdict, err);
        if (rc < 0)
            return verdict;
        good |= rc;
    }
    if (good)
        return NOTE_GOOD;
    error_set(err, ERROR_INPUT, "the note has no signature by %s with this key", verifier->name);
    return NOTE_UNSIGNED;
}
