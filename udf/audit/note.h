/*
  note.h - checkpoints of the tree (C2SP tlog-checkpoint), signed as notes (C2SP signed-note) by
  Ed25519, and the texts of keys. Pure; any thread.

    purser.example/shop
    5000
    <root in base64>
    purser-seal 17 <hash in base64>
    <empty line>
    — purser.example/shop <key id and signature in base64>
*/
#ifndef PURSER_AUDIT_NOTE_H
#define PURSER_AUDIT_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../buf.h"
#include "../crypto.h"
#include "../error.h"
#include "merkle.h"

#define NOTE_NAME_SIZE 256 /* an origin, or a key's name: at most 255 bytes and a NUL */
#define NOTE_MAX 65536     /* bytes of a note */
#define NOTE_SIGNATURES_MAX 64
#define NOTE_VKEY_SIZE (NOTE_NAME_SIZE + 1 + 8 + 1 + 44) /* a verifier's key as text, and a NUL */

struct checkpoint {
    char origin[NOTE_NAME_SIZE];
    uint64_t size; /* leaves */
    struct merkle_hash root;
    uint64_t seal_id; /* 0: there is no line purser-seal */
    struct merkle_hash seal_hash;
};

/* Who verifies: a name, and a public key of Ed25519. */
struct note_verifier {
    char name[NOTE_NAME_SIZE];
    unsigned char id[4];
    unsigned char public_key[CRYPTO_ED25519_PUBLIC];
};

/* Who signs. Wipe it with note_signer_wipe. */
struct note_signer {
    struct note_verifier verifier;
    unsigned char seed[CRYPTO_ED25519_SEED];
};

enum note_verdict {
    NOTE_GOOD,      /* signed by the key, over this text */
    NOTE_UNSIGNED,  /* no signature is by that key */
    NOTE_BAD,       /* one says it is by that key, and is not */
    NOTE_MALFORMED, /* the text is no note, or there is no memory; err says what is wrong */
};

/** May it be an origin that we write, and a key's name? 1 to 255 bytes of UTF-8 without white
   space, control characters and '+'. @retval 0 @retval -1 ERROR_INPUT */
int note_name_check(const char *name, size_t len, struct error *err);

/** @param name  see note_name_check @retval 0 @retval -1 ERROR_INPUT, ERROR_MEMORY; wiped then */
int note_signer_init(struct note_signer *signer, const char *name,
                     const unsigned char seed[CRYPTO_ED25519_SEED], struct error *err);
void note_signer_wipe(struct note_signer *signer);

/** A verifier from a public key. @retval 0 @retval -1 ERROR_INPUT, ERROR_MEMORY */
int note_verifier_init(struct note_verifier *verifier, const char *name,
                       const unsigned char public_key[CRYPTO_ED25519_PUBLIC], struct error *err);

/** Its text: name+keyid+base64(0x01 || public key), with a NUL. */
void note_verifier_write(const struct note_verifier *verifier, char text[NOTE_VKEY_SIZE]);

/** From that text, without blanks around it. @retval 0 @retval -1 ERROR_INPUT, ERROR_MEMORY */
int note_verifier_parse(struct note_verifier *verifier, const char *text, size_t len,
                        struct error *err);

/**
  Append the checkpoint: its body, an empty line, and the signature line.
  @param signer  has to have the origin as its name; NULL: no signature line
  @retval 0 @retval -1 ERROR_INPUT: the origin; ERROR_MEMORY
*/
int checkpoint_write(const struct checkpoint *checkpoint, const struct note_signer *signer,
                     struct buf *out, struct error *err);

/**
  Read a checkpoint, ours or another log's; whether it is signed is note_verify's business. Further
  lines in the body are skipped, as the form says.
  @retval 0 @retval -1 ERROR_INPUT naming the line
*/
int checkpoint_parse(const char *text, size_t len, struct checkpoint *checkpoint,
                     struct error *err);

/** Is the note signed by that key? @param[out] err  set with all but NOTE_GOOD; may be NULL */
enum note_verdict note_verify(const char *text, size_t len, const struct note_verifier *verifier,
                              struct error *err);

/** Does the note have a line that is a signature, by whatever key? */
bool note_has_signature(const char *text, size_t len);

/** The seed of the key as the secrets file has it: 32 bytes as 64 hex digits or 44 of base64.
    @param[out] seed  wiped where the text is bad, which the error does not tell
    @retval 0 @retval -1 ERROR_CONFIG */
int audit_seed_parse(const char *text, size_t len, unsigned char seed[CRYPTO_ED25519_SEED],
                     struct error *err);

#endif
