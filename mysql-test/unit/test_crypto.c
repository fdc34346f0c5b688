#include "../../udf/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "unit_pem.h"

/* RFC 4231, and RFC 2202 for SHA-1. A letter and a number stand for so many of it. */
static const struct {
    const char *key, *message;
    const char *sha256, *sha512; /* NULL: not given here */
} rfc4231[] = {
    {"\x0b*20", "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f"
     "4"
     "e4be9d914eeb61f1702e696c203a126854"},
    {"Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e"
     "6"
     "fdcaeab1a34d4a6b4b636e070a38bce737"},
    {"\xaa*20", "\xdd*50", "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
     "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c"
     "8"
     "07b946a337bee8942674278859e13292fb"},
    {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
     "\x18\x19",
     "\xcd*50", "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
     "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788"
     "0"
     "63a5f19741120c4f2de2adebeb10a298dd"},
    {"\xaa*131", "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1"
     "e"
     "5295e64f73f63f0aec8b915a985d786598"},
    {"\xaa*131",
     "This is a test using a larger than block-size key and a larger than block-size data. The key "
     "needs to be hashed before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
     "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4d"
     "e"
     "15134676fb6de0446065c97440fa8c6a58"},
};

static size_t spelled(const char *text, char out[256])
{
    size_t i, count = strlen(text);
    bool repeated = count > 2 && text[1] == '*';

    if (repeated)
        count = strtoul(text + 2, NULL, 10);
    for (i = 0; i < count; i++)
        out[i] = repeated ? text[0] : text[i];
    return count;
}

static void expect_hmac(enum crypto_digest digest, const char *key, const char *message,
                        const char *hex)
{
    char k[256], m[256], text[CRYPTO_TEXT_SIZE];
    size_t key_len = spelled(key, k), len = spelled(message, m), cut;
    unsigned char mac[CRYPTO_DIGEST_MAX];

    for (cut = 0; cut <= len; cut += 7) { /* the pieces make no difference */
        const struct crypto_piece pieces[] = {{m, cut}, {NULL, 0}, {m + cut, len - cut}};

        assert_int_equal(crypto_hmac(digest, k, key_len, pieces, 3, mac), 0);
        crypto_encode(CRYPTO_HEX, mac, crypto_digest_size(digest), text);
        assert_string_equal(text, hex);
    }
}

static void hmacs_are_those_of_the_rfcs(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rfc4231); i++) {
        expect_hmac(CRYPTO_SHA256, rfc4231[i].key, rfc4231[i].message, rfc4231[i].sha256);
        expect_hmac(CRYPTO_SHA512, rfc4231[i].key, rfc4231[i].message, rfc4231[i].sha512);
    }
    expect_hmac(CRYPTO_SHA1, "\x0b*20", "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00");
    expect_hmac(CRYPTO_SHA1, "Jefe", "what do ya want for nothing?",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    expect_hmac(CRYPTO_SHA1, "\xaa*80", "Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    /* nothing at all: the key that libcrypto would take for "the one of before" */
    expect_hmac(CRYPTO_SHA256, "", "",
                "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void sha256_is_that_of_the_standard(void **state)
{
    const struct crypto_piece abc[] = {{"a", 1}, {"", 0}, {"bc", 2}};
    unsigned char hash[CRYPTO_SHA256_SIZE];
    char text[CRYPTO_TEXT_SIZE];

    (void)state;
    assert_int_equal(crypto_sha256(NULL, 0, hash), 0);
    crypto_encode(CRYPTO_HEX, hash, sizeof(hash), text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(crypto_sha256(abc, 3, hash), 0);
    crypto_encode(CRYPTO_HEX, hash, sizeof(hash), text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void names_are_known_in_any_case_of_the_letters(void **state)
{
    enum crypto_digest digest;
    enum crypto_encoding encoding;

    (void)state;
    assert_int_equal(crypto_digest_named("sha1", 4, &digest), 0);
    assert_int_equal(digest, CRYPTO_SHA1);
    assert_int_equal(crypto_digest_named("SHA512", 6, &digest), 0);
    assert_int_equal(digest, CRYPTO_SHA512);
    assert_int_equal(crypto_digest_named("sha256 ", 7, &digest), -1);
    assert_int_equal(crypto_digest_named("sha", 3, &digest), -1);
    assert_int_equal(crypto_digest_named("", 0, &digest), -1);
    assert_int_equal(crypto_digest_named("md5", 3, &digest), -1);
    assert_int_equal(crypto_encoding_named("HEX", 3, &encoding), 0);
    assert_int_equal(encoding, CRYPTO_HEX);
    assert_int_equal(crypto_encoding_named("Base64", 6, &encoding), 0);
    assert_int_equal(encoding, CRYPTO_BASE64);
    assert_int_equal(crypto_encoding_named("base64url", 9, &encoding), -1);
    assert_int_equal(crypto_encoding_named("", 0, &encoding), -1);
}

static void base64_is_that_of_the_rfc_and_nothing_else_is_decoded(void **state)
{
    static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    static const char *const bad[] = {"Zg",       "Zg=",   "Zh==", "Zm9=", "====", "=",
                                      "Zm9v====", "Zm 9v", "Z-9_", "Zg=A", "A===", "Zm9v\n"};
    unsigned char bytes[8];
    char text[CRYPTO_TEXT_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(plain); i++) {
        size_t len = strlen(plain[i]);

        crypto_encode(CRYPTO_BASE64, (const unsigned char *)plain[i], len, text);
        assert_string_equal(text, coded[i]);
        assert_int_equal(crypto_decode(CRYPTO_BASE64, text, strlen(text), bytes, sizeof(bytes)),
                         len);
        assert_memory_equal(bytes, plain[i], len);
        assert_int_equal(crypto_decode(CRYPTO_BASE64, text, strlen(text), bytes, len), len);
        if (len)
            assert_int_equal(crypto_decode(CRYPTO_BASE64, text, strlen(text), bytes, len - 1), -1);
    }
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        if (crypto_decode(CRYPTO_BASE64, bad[i], strlen(bad[i]), bytes, sizeof(bytes)) != -1)
            fail_msg("%s was decoded", bad[i]);
    }
}

static void hex_is_decoded_in_either_case(void **state)
{
    unsigned char bytes[3];

    (void)state;
    assert_int_equal(crypto_decode(CRYPTO_HEX, "00fFa9", 6, bytes, 3), 3);
    assert_memory_equal(bytes, "\x00\xff\xa9", 3);
    assert_int_equal(crypto_decode(CRYPTO_HEX, "", 0, bytes, 3), 0);
    assert_int_equal(crypto_decode(CRYPTO_HEX, "0", 1, bytes, 3), -1);
    assert_int_equal(crypto_decode(CRYPTO_HEX, "0g", 2, bytes, 3), -1);
    assert_int_equal(crypto_decode(CRYPTO_HEX, "@0", 2, bytes, 3), -1);
    assert_int_equal(crypto_decode(CRYPTO_HEX, "00112233", 8, bytes, 3), -1);
}

static void random_bytes_come_back_as_they_were(void **state)
{
    unsigned char bytes[CRYPTO_DIGEST_MAX], back[CRYPTO_DIGEST_MAX];
    char text[CRYPTO_TEXT_SIZE];
    uint64_t seed = 64;
    size_t i, len;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        enum crypto_encoding encoding = round % 2 ? CRYPTO_HEX : CRYPTO_BASE64;

        len = unit_random(&seed) % (sizeof(bytes) + 1);
        for (i = 0; i < len; i++)
            bytes[i] = (unsigned char)unit_random(&seed);
        i = crypto_encode(encoding, bytes, len, text);
        assert_int_equal(i, strlen(text));
        assert_int_equal(crypto_decode(encoding, text, i, back, sizeof(back)), len);
        assert_memory_equal(bytes, back, len);
    }
}

static void texts_are_compared_whole(void **state)
{
    (void)state;
    assert_true(crypto_equal("abc", "abc", 3));
    assert_false(crypto_equal("abc", "abd", 3));
    assert_true(crypto_equal("abc", "abd", 2));
    assert_true(crypto_equal_secret("abc", 3, "abc", 3));
    assert_false(crypto_equal_secret("abc", 3, "abcd", 4));
    assert_false(crypto_equal_secret("", 0, "abcd", 4));
    assert_false(crypto_equal_secret(NULL, 0, "abcd", 4));
}

/* RFC 8032, 7.1: seed, public key, message, signature */
static const char *const rfc8032[][4] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
};

static void ed25519_is_that_of_rfc_8032(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rfc8032); i++) {
        unsigned char seed[32], expected[32], key[32], message[4], signature[64], made[64];
        long len;

        crypto_decode(CRYPTO_HEX, rfc8032[i][0], 64, seed, 32);
        crypto_decode(CRYPTO_HEX, rfc8032[i][1], 64, expected, 32);
        len = crypto_decode(CRYPTO_HEX, rfc8032[i][2], strlen(rfc8032[i][2]), message, 4);
        crypto_decode(CRYPTO_HEX, rfc8032[i][3], 128, signature, 64);
        assert_int_equal(crypto_ed25519_public(seed, key), 0);
        assert_memory_equal(key, expected, 32);
        assert_int_equal(crypto_ed25519_sign(seed, message, (size_t)len, made), 0);
        assert_memory_equal(made, signature, 64);
        assert_int_equal(crypto_ed25519_verify(key, message, (size_t)len, signature), 1);
        assert_int_equal(crypto_ed25519_verify(key, "other", 5, signature), 0);
        for (j = 0; j < 64; j++) {
            signature[j] ^= 1;
            assert_int_equal(crypto_ed25519_verify(key, message, (size_t)len, signature), 0);
            signature[j] ^= 1;
        }
    }
}

static void a_hasher_hashes_one_message_after_another(void **state)
{
    struct crypto_hasher *hasher = crypto_hasher_create();
    char message[300];
    size_t len;

    (void)state;
    assert_non_null(hasher);
    memset(message, 'm', sizeof(message));
    for (len = 0; len <= sizeof(message); len++) {
        const struct crypto_piece piece = {message, len};
        unsigned char one[CRYPTO_SHA256_SIZE], other[CRYPTO_SHA256_SIZE];

        assert_int_equal(crypto_sha256(&piece, 1, one), 0);
        assert_int_equal(crypto_hasher_sha256(hasher, message, len, other), 0);
        assert_memory_equal(one, other, sizeof(one));
    }
    crypto_hasher_destroy(hasher);
    crypto_hasher_destroy(NULL);
}

static void a_key_is_that_of_the_first_certificate_or_it_is_said_what_is_wrong(void **state)
{
    static const char chain[] = PEM_FIRST_CERT PEM_SECOND_CERT;
    char cut[sizeof(chain)];

    (void)state;
    assert_int_equal(crypto_check_pair(PEM_FIRST_CERT, PEM_FIRST_KEY), CRYPTO_PAIR_GOOD);
    assert_int_equal(crypto_check_pair(chain, PEM_FIRST_KEY), CRYPTO_PAIR_GOOD);
    assert_int_equal(crypto_check_pair("a comment\n" PEM_FIRST_CERT "\n\n", PEM_FIRST_KEY),
                     CRYPTO_PAIR_GOOD);
    assert_int_equal(crypto_check_pair(chain, PEM_SECOND_KEY), CRYPTO_PAIR_UNLIKE);
    assert_int_equal(crypto_check_pair("", PEM_FIRST_KEY), CRYPTO_PAIR_BAD_CHAIN);
    assert_int_equal(crypto_check_pair(PEM_FIRST_KEY, PEM_FIRST_KEY), CRYPTO_PAIR_BAD_CHAIN);
    assert_int_equal(crypto_check_pair(chain, ""), CRYPTO_PAIR_BAD_KEY);
    assert_int_equal(crypto_check_pair(chain, PEM_FIRST_CERT), CRYPTO_PAIR_BAD_KEY);
    assert_int_equal(crypto_check_pair(chain, PEM_LOCKED_KEY), CRYPTO_PAIR_BAD_KEY);
    memcpy(cut, chain, sizeof(cut));
    cut[strlen(PEM_FIRST_CERT) / 2] = '\0';
    assert_int_equal(crypto_check_pair(cut, PEM_FIRST_KEY), CRYPTO_PAIR_BAD_CHAIN);
    memcpy(cut, chain, sizeof(cut));
    cut[strlen(PEM_FIRST_CERT) + strlen(PEM_SECOND_CERT) / 2] = '\0';
    assert_int_equal(crypto_check_pair(cut, PEM_FIRST_KEY), CRYPTO_PAIR_BAD_CHAIN);
    memcpy(cut, PEM_FIRST_KEY, sizeof(PEM_FIRST_KEY));
    cut[strlen(PEM_FIRST_KEY) / 2] = '\0';
    assert_int_equal(crypto_check_pair(chain, cut), CRYPTO_PAIR_BAD_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmacs_are_those_of_the_rfcs),
        cmocka_unit_test(sha256_is_that_of_the_standard),
        cmocka_unit_test(names_are_known_in_any_case_of_the_letters),
        cmocka_unit_test(base64_is_that_of_the_rfc_and_nothing_else_is_decoded),
        cmocka_unit_test(hex_is_decoded_in_either_case),
        cmocka_unit_test(random_bytes_come_back_as_they_were),
        cmocka_unit_test(texts_are_compared_whole),
        cmocka_unit_test(ed25519_is_that_of_rfc_8032),
        cmocka_unit_test(a_hasher_hashes_one_message_after_another),
        cmocka_unit_test(a_key_is_that_of_the_first_certificate_or_it_is_said_what_is_wrong),
    };

    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
