/*
  fuzz_audit_note.c - checkpoints and keys of any bytes: clang's libFuzzer, with AddressSanitizer
  and UBSan. The text up to the first zero byte is a verifier's key, the rest a note, and a file of
  notes. What is read is written again as the same; what is no note is neither a checkpoint nor
  signed; the notes of a file follow each other without a gap.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/audit/checkpoint_file.h"
#include "../../udf/audit/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void check_key(const char *text, size_t len, struct note_verifier *verifier)
{
    static const char fixed[] =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    unsigned char seed[CRYPTO_ED25519_SEED];
    char again[NOTE_VKEY_SIZE];
    struct error err = {0};

    must((audit_seed_parse(text, len, seed, &err) == 0) == (err.code == ERROR_NONE));
    must(err.code == ERROR_NONE || err.text[0]);
    error_clear(&err);
    if (note_verifier_parse(verifier, text, len, &err) == 0) {
        note_verifier_write(verifier, again);
        must(strlen(again) == len && memcmp(again, text, len) == 0);
        must(note_name_check(verifier->name, strlen(verifier->name), NULL) == 0);
    } else {
        must(err.code == ERROR_INPUT && err.text[0]);
        must(note_verifier_parse(verifier, fixed, strlen(fixed), NULL) == 0);
    }
}

static void check_checkpoint(const char *text, size_t len, const struct note_signer *signer)
{
    struct checkpoint checkpoint, again;
    struct error err = {0};
    struct buf out;
    int rc = checkpoint_parse(text, len, &checkpoint, &err);

    must((rc == 0) == (err.code == ERROR_NONE));
    must(rc == 0 || err.text[0]);
    if (rc != 0)
        return;
    buf_init(&out, NOTE_MAX);
    if (note_name_check(checkpoint.origin, strlen(checkpoint.origin), NULL) == 0) {
        must(checkpoint_write(&checkpoint, NULL, &out, NULL) == 0);
        must(checkpoint_parse(out.data, out.len, &again, NULL) == 0);
        must(memcmp(&checkpoint, &again, sizeof(again)) == 0);
        must(note_verify(out.data, out.len, &signer->verifier, NULL) == NOTE_UNSIGNED);
        buf_clear(&out);
        memcpy(checkpoint.origin, signer->verifier.name, sizeof(checkpoint.origin));
        must(checkpoint_write(&checkpoint, signer, &out, NULL) == 0);
        must(note_verify(out.data, out.len, &signer->verifier, NULL) == NOTE_GOOD);
    }
    buf_free(&out);
}

static void check_note(const char *text, size_t len, const struct note_verifier *verifier)
{
    struct error err = {0};
    enum note_verdict verdict = note_verify(text, len, verifier, &err);

    must((verdict == NOTE_GOOD) == (err.code == ERROR_NONE));
    must(verdict == NOTE_GOOD || err.text[0]);
}

static void check_file(const char *text, size_t len)
{
    size_t at = 0, before = 0, found;
    const char *note;

    while ((found = checkpoint_file_next(text, len, &at, &note)) > 0) {
        must(note == text + before && at == before + found && at <= len);
        must(note[found - 1] == '\n');
        before = at;
    }
    must(at == before && memchr(text + at, '\n', len - at) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char seed[CRYPTO_ED25519_SEED] = {1};
    static struct note_signer signer;
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t first = zero ? (size_t)(zero - data) : 0, second = zero ? size - first - 1 : size;
    /* of just their sizes, for AddressSanitizer to look at */
    char *key = malloc(first ? first : 1), *note = malloc(second ? second : 1);
    struct note_verifier verifier;

    if (!signer.verifier.name[0])
        must(note_signer_init(&signer, "example.com/shop", seed, NULL) == 0);
    must(key && note);
    memcpy(key, data, first);
    memcpy(note, data + (size - second), second);
    check_key(key, first, &verifier);
    check_note(note, second, &verifier);
    check_checkpoint(note, second, &signer);
    check_file(note, second);
    free(key);
    free(note);
    return 0;
}
