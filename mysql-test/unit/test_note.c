#include "../../udf/audit/note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* The key and the note of the tests of golang.org/x/mod/sumdb/note. */
#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_TEXT                                                                                 \
    "If you think cryptography is the answer to your problem,\n"                                   \
    "then you don't know what your problem is.\n"
#define PETER_LINE                                                                                 \
    "\xE2\x80\x94 PeterNeumann "                                                                   \
    "x08go/ZJkuBS9UG/"                                                                             \
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
#define PETER_NOTE PETER_TEXT "\n" PETER_LINE
#define PETER_SEED "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM="

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define HASH "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static struct note_verifier verifier_of(const char *text)
{
    struct note_verifier verifier;
    struct error err = {0};

    if (note_verifier_parse(&verifier, text, strlen(text), &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return verifier;
}

static struct note_signer signer_of(const char *name)
{
    unsigned char seed[CRYPTO_ED25519_SEED];
    struct note_signer signer;

    assert_int_equal(audit_seed_parse(PETER_SEED, strlen(PETER_SEED), seed, NULL), 0);
    assert_int_equal(note_signer_init(&signer, name, seed, NULL), 0);
    return signer;
}

static enum note_verdict verdict_of(const char *text, const char *vkey)
{
    struct note_verifier verifier = verifier_of(vkey);
    struct error err = {0};
    enum note_verdict verdict = note_verify(text, strlen(text), &verifier, &err);

    assert_true((verdict == NOTE_GOOD) == (err.code == ERROR_NONE));
    return verdict;
}

static void the_note_of_the_go_tests_is_good(void **state)
{
    struct note_verifier verifier = verifier_of(PETER);
    char text[NOTE_VKEY_SIZE];

    (void)state;
    assert_string_equal(verifier.name, "PeterNeumann");
    note_verifier_write(&verifier, text);
    assert_string_equal(text, PETER);
    assert_int_equal(verdict_of(PETER_NOTE, PETER), NOTE_GOOD);
}

static void the_key_of_the_go_tests_is_made_from_its_seed(void **state)
{
    struct note_signer signer = signer_of("PeterNeumann"), zero = {0};
    char text[NOTE_VKEY_SIZE];

    (void)state;
    note_verifier_write(&signer.verifier, text);
    assert_string_equal(text, PETER);
    note_signer_wipe(&signer);
    assert_memory_equal(&signer, &zero, sizeof(zero));
}

static void no_part_of_a_key_is_a_key(void **state)
{
    static const char *const bad[] = {
        /* those of the Go tests: a long key with its own id, and another algorithm */
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    };
    static const char whole[] = PETER;
    size_t len = strlen(whole), i, j;
    struct note_verifier verifier;

    (void)state;
    for (i = 0; i <= len; i++) {
        for (j = i; j <= len; j++) {
            char *part = malloc(j - i + 1);

            memcpy(part, &whole[i], j - i);
            assert_int_equal(note_verifier_parse(&verifier, part, j - i, NULL),
                             i == 0 && j == len ? 0 : -1);
            free(part);
        }
    }
    for (i = 0; i < len; i++) {
        char changed[] = PETER;

        changed[i]++;
        assert_int_equal(note_verifier_parse(&verifier, changed, len, NULL), -1);
    }
    for (i = 0; i < UNIT_COUNT(bad); i++)
        assert_int_equal(note_verifier_parse(&verifier, bad[i], strlen(bad[i]), NULL), -1);
}

static void each_byte_of_a_note_counts(void **state)
{
    size_t len = strlen(PETER_NOTE), i;
    int bit;

    (void)state;
    for (i = 0; i < len; i++) {
        for (bit = 0; bit < 8; bit++) {
            char changed[] = PETER_NOTE;
            struct note_verifier verifier = verifier_of(PETER);

            changed[i] = (char)(changed[i] ^ 1 << bit);
            assert_int_not_equal(note_verify(changed, len, &verifier, NULL), NOTE_GOOD);
            assert_int_not_equal(note_verify(PETER_NOTE, i, &verifier, NULL), NOTE_GOOD);
        }
    }
}

static void a_verdict_says_what_is_wrong(void **state)
{
    static const struct {
        const char *text;
        enum note_verdict verdict;
    } cases[] = {
        {PETER_TEXT "\n" PETER_LINE PETER_LINE, NOTE_GOOD},
        {PETER_TEXT "\n\xE2\x80\x94 other AAAAAAEC\n" PETER_LINE, NOTE_GOOD},
        {PETER_TEXT "\n\xE2\x80\x94 PeterNeumann AAAAAAEC\n" PETER_LINE, NOTE_GOOD},
        {PETER_TEXT "\n", NOTE_UNSIGNED},
        {PETER_TEXT "\n\xE2\x80\x94 other AAAAAAEC\n", NOTE_UNSIGNED},
        {"x" PETER_NOTE, NOTE_BAD},
        {PETER_TEXT "\n\xE2\x80\x94 PeterNeumann x08go/ZJ\n" PETER_LINE, NOTE_BAD},
        {PETER_TEXT, NOTE_MALFORMED},
        {"", NOTE_MALFORMED},
        /* another empty line makes the signature a part of the text */
        {PETER_TEXT "\n" PETER_LINE "\n", NOTE_UNSIGNED},
        {PETER_TEXT "\n" PETER_LINE "x\n", NOTE_MALFORMED},
        {PETER_TEXT "\n- other AAAAAAEC\n" PETER_LINE, NOTE_MALFORMED},
        {PETER_TEXT "\n\xE2\x80\x94 other AAAAAAE\n" PETER_LINE, NOTE_MALFORMED},
        {PETER_TEXT "\n\xE2\x80\x94 other AAAAAA==\n" PETER_LINE, NOTE_MALFORMED},
        {PETER_TEXT "\n\xE2\x80\x94 other  AAAAAAEC\n" PETER_LINE, NOTE_MALFORMED},
        {PETER_TEXT "\n\xE2\x80\x94 ot+er AAAAAAEC\n" PETER_LINE, NOTE_MALFORMED},
        {PETER_TEXT "\n\xE2\x80\x94 ot\xC2\xA0"
                    "er AAAAAAEC\n" PETER_LINE,
         NOTE_MALFORMED},
        {PETER_TEXT "\r\n\r\n" PETER_LINE, NOTE_MALFORMED},
        {"\xFF" PETER_NOTE, NOTE_MALFORMED},
        {"\t" PETER_NOTE, NOTE_MALFORMED},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        enum note_verdict verdict = verdict_of(cases[i].text, PETER);

        if (verdict != cases[i].verdict)
            fail_msg("%zu: %d", i, verdict);
    }
}

static void a_note_is_bounded(void **state)
{
    struct note_verifier verifier = verifier_of(PETER);
    struct error err = {0};
    struct buf note;
    int i;

    (void)state;
    buf_init(&note, 10 * NOTE_MAX);
    buf_puts(&note, PETER_TEXT "\n");
    for (i = 0; i < NOTE_SIGNATURES_MAX; i++)
        buf_puts(&note, PETER_LINE);
    assert_int_equal(note_verify(note.data, note.len, &verifier, NULL), NOTE_GOOD);
    buf_puts(&note, PETER_LINE);
    assert_int_equal(note_verify(note.data, note.len, &verifier, &err), NOTE_MALFORMED);
    assert_string_equal(err.text, "the note has more than 64 signatures");
    while (note.len <= NOTE_MAX)
        buf_puts(&note, PETER_LINE);
    err.code = ERROR_NONE;
    assert_int_equal(note_verify(note.data, note.len, &verifier, &err), NOTE_MALFORMED);
    assert_string_equal(err.text, "the note is longer than 65536 bytes");
    buf_free(&note);
}

/* ---- checkpoints */

static struct checkpoint some_checkpoint(void)
{
    struct checkpoint checkpoint = {.origin = "example.com/shop", .size = 5000, .seal_id = 17};

    crypto_decode(CRYPTO_BASE64, ROOT, strlen(ROOT), checkpoint.root.bytes, 32);
    crypto_decode(CRYPTO_BASE64, HASH, strlen(HASH), checkpoint.seal_hash.bytes, 32);
    return checkpoint;
}

static void a_checkpoint_that_was_written_is_read_and_verified(void **state)
{
    struct checkpoint written = some_checkpoint(), read;
    struct note_signer signer = signer_of("example.com/shop"), other = signer_of("example.com/b");
    struct error err = {0};
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    assert_int_equal(checkpoint_write(&written, NULL, &out, &err), 0);
    assert_string_equal(out.data, "example.com/shop\n5000\n" ROOT "\npurser-seal 17 " HASH "\n\n");
    assert_int_equal(checkpoint_parse(out.data, out.len, &read, &err), 0);
    assert_memory_equal(&read, &written, sizeof(read));
    assert_int_equal(note_verify(out.data, out.len, &signer.verifier, NULL), NOTE_UNSIGNED);

    buf_clear(&out);
    assert_int_equal(checkpoint_write(&written, &signer, &out, &err), 0);
    assert_int_equal(checkpoint_parse(out.data, out.len, &read, &err), 0);
    assert_memory_equal(&read, &written, sizeof(read));
    assert_int_equal(note_verify(out.data, out.len, &signer.verifier, NULL), NOTE_GOOD);
    assert_int_equal(note_verify(out.data, out.len, &other.verifier, NULL), NOTE_UNSIGNED);
    out.data[0] = 'x';
    assert_int_equal(note_verify(out.data, out.len, &signer.verifier, NULL), NOTE_BAD);

    buf_clear(&out);
    assert_int_equal(checkpoint_write(&written, &other, &out, &err), -1);
    assert_string_equal(err.text, "the key of example.com/b cannot sign for example.com/shop");
    assert_int_equal(out.len, 0);
    buf_free(&out);
}

/* The example of c2sp.org/tlog-checkpoint: another log's, without our line. */
static void a_checkpoint_of_another_log_is_read(void **state)
{
    static const char text[] = "example.com/behind-the-sofa\n20852163\n" ROOT
                               "\n\n\xE2\x80\x94 example.com/behind-the-sofa "
                               "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
                               "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    static const char further[] = "a log of words +\n0\n" ROOT "\nwhat else\npurser-sea\n\n";
    struct checkpoint read;

    (void)state;
    assert_int_equal(checkpoint_parse(text, sizeof(text) - 1, &read, NULL), 0);
    assert_string_equal(read.origin, "example.com/behind-the-sofa");
    assert_int_equal(read.size, 20852163);
    assert_int_equal(read.seal_id, 0);
    assert_int_equal(checkpoint_parse(further, sizeof(further) - 1, &read, NULL), 0);
    assert_string_equal(read.origin, "a log of words +");
    assert_int_equal(read.size, 0);
}

static void a_bad_checkpoint_is_an_error_that_names_the_line(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "the note has no empty line"},
        {"a\n1\n" ROOT "\n", "the note has no empty line"},
        {"\n\n", "checkpoint, line 1: the origin is empty"},
        {"a\n\n", "checkpoint, line 1: the size"},
        {"a\n01\n" ROOT "\n\n", "checkpoint, line 2: the size"},
        {"a\n-1\n" ROOT "\n\n", "checkpoint, line 2: the size"},
        {"a\n+1\n" ROOT "\n\n", "checkpoint, line 2: the size"},
        {"a\n1 \n" ROOT "\n\n", "checkpoint, line 2: the size"},
        {"a\n9223372036854775808\n" ROOT "\n\n", "checkpoint, line 2: the size"},
        {"a\n99999999999999999999\n" ROOT "\n\n", "checkpoint, line 2: the size"},
        {"a\n1\nAAAA\n\n", "checkpoint, line 3: the root"},
        {"a\n1\n" ROOT "=\n\n", "checkpoint, line 3: the root"},
        {"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n\n", "checkpoint, line 3: the root"},
        {"a\n1\n\n" ROOT "\n\n", "checkpoint, line 3: the root"},
        {"a\n1\n" ROOT "\n\nx\n\n", "checkpoint, line 4: an empty line"},
        {"a\n1\n" ROOT "\npurser-seal \n\n", "checkpoint, line 4: purser-seal has no number"},
        {"a\n1\n" ROOT "\npurser-seal 0 " HASH "\n\n", "line 4: purser-seal has no number"},
        {"a\n1\n" ROOT "\npurser-seal 1" HASH "\n\n", "line 4: purser-seal has no number"},
        {"a\n1\n" ROOT "\npurser-seal 1 x" HASH "\n\n", "line 4: the hash of the seal"},
        {"a\n1\n" ROOT "\npurser-seal 1 " HASH "\npurser-seal 1 " HASH "\n\n", "line 5: a second"},
    };
    struct checkpoint checkpoint, zero = {.size = 0};
    char long_origin[400];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};

        assert_int_equal(checkpoint_parse(cases[i].text, strlen(cases[i].text), &checkpoint, &err),
                         -1);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_memory_equal(&checkpoint, &zero, sizeof(zero));
    }
    for (i = 250; i < 260; i++) {
        int len = snprintf(long_origin, sizeof(long_origin), "%0*d\n1\n" ROOT "\n\n", (int)i, 0);

        assert_int_equal(checkpoint_parse(long_origin, (size_t)len, &checkpoint, NULL),
                         i <= 255 ? 0 : -1);
    }
}

static void an_origin_of_ours_is_a_key_s_name(void **state)
{
    static const char *const bad[] = {
        "", "a b", "a+b", "a\tb", "a\nb", "\xC2\xA0", "a\xE3\x80\x80z", "\xFF", "a\x7F"};
    unsigned char key[CRYPTO_ED25519_PUBLIC] = {0};
    struct checkpoint checkpoint = some_checkpoint();
    struct note_verifier verifier;
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, 1000);
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        assert_int_equal(note_name_check(bad[i], strlen(bad[i]), NULL), -1);
        assert_int_equal(note_verifier_init(&verifier, bad[i], key, NULL), -1);
        snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", bad[i]);
        assert_int_equal(checkpoint_write(&checkpoint, NULL, &out, NULL), -1);
    }
    assert_int_equal(note_name_check("example.com/caf\xC3\xA9", 17, NULL), 0);
    buf_free(&out);
}

static void a_seed_is_hex_or_base64(void **state)
{
    static const char hex[] = "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173";
    static const char *const bad[] = {
        "",
        "81",
        "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM==",
        "AAAA",
        "x10a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173",
        "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173 "};
    unsigned char one[32], other[32], zero[32] = {0};
    size_t i;

    (void)state;
    assert_int_equal(audit_seed_parse(hex, strlen(hex), one, NULL), 0);
    assert_int_equal(audit_seed_parse(PETER_SEED, strlen(PETER_SEED), other, NULL), 0);
    assert_memory_equal(one, other, 32);
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        struct error err = {0};

        assert_int_equal(audit_seed_parse(bad[i], strlen(bad[i]), one, &err), -1);
        assert_int_equal(err.code, ERROR_CONFIG);
        assert_memory_equal(one, zero, 32);
        assert_null(strstr(err.text, "10a1402"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_note_of_the_go_tests_is_good),
        cmocka_unit_test(the_key_of_the_go_tests_is_made_from_its_seed),
        cmocka_unit_test(no_part_of_a_key_is_a_key),
        cmocka_unit_test(each_byte_of_a_note_counts),
        cmocka_unit_test(a_verdict_says_what_is_wrong),
        cmocka_unit_test(a_note_is_bounded),
        cmocka_unit_test(a_checkpoint_that_was_written_is_read_and_verified),
        cmocka_unit_test(a_checkpoint_of_another_log_is_read),
        cmocka_unit_test(a_bad_checkpoint_is_an_error_that_names_the_line),
        cmocka_unit_test(an_origin_of_ours_is_a_key_s_name),
        cmocka_unit_test(a_seed_is_hex_or_base64),
    };

    return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
