#include "../../udf/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define STRIPE_BODY "{\"id\": 1}"

static struct crypto_piece piece(const char *text)
{
    return (struct crypto_piece){text, text ? strlen(text) : 0};
}

static struct webhook_config read_config(const char *gateway, const char *text, json_t **owner)
{
    struct webhook_config config = {.count = 0};
    struct error err = {0};

    *owner = json_parse(text, strlen(text), &err);
    if (!*owner || webhook_config_read(*owner, gateway, &config, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return config;
}

/* With the configuration of a gateway's object. */
static int verify(const char *gateway, const char *object, const char *header, const char *url,
                  const char *body, int64_t now)
{
    json_t *owner;
    struct webhook_config config = read_config(gateway, object, &owner);
    struct webhook_call call = {piece(header), piece(url), piece(body), now};
    int rc = webhook_verify(&config, &call, NULL);

    json_decref(owner);
    return rc;
}

/* hex HMAC-SHA256 */
static const char *mac_of(const char *key, const char *message)
{
    static char text[CRYPTO_TEXT_SIZE];
    struct crypto_piece one = piece(message);
    unsigned char mac[CRYPTO_DIGEST_MAX];

    assert_int_equal(crypto_hmac(CRYPTO_SHA256, key, strlen(key), &one, 1, mac), 0);
    crypto_encode(CRYPTO_HEX, mac, 32, text);
    return text;
}

static void all_vectors_are_judged_as_the_file_says(void **state)
{
    json_error_t why;
    json_t *vectors = json_load_file("vectors/webhooks.json", 0, &why), *vector;
    size_t i, valid = 0, invalid = 0;

    (void)state;
    if (!vectors)
        fail_msg("vectors/webhooks.json: %s", why.text);
    json_array_foreach(vectors, i, vector)
    {
        const char *scheme = json_string_value(json_object_get(vector, "scheme"));
        const char *key = json_string_value(json_object_get(vector, "key"));
        bool expected = json_is_true(json_object_get(vector, "valid"));
        struct webhook_config config = {.secrets = {{key, strlen(key)}}, .count = 1};
        struct webhook_call call = {
            piece(json_string_value(json_object_get(vector, "signature"))),
            piece(json_string_value(json_object_get(vector, "url"))),
            piece(json_string_value(json_object_get(vector, "body"))),
            json_integer_value(json_object_get(vector, "timestamp")),
        };

        assert_int_equal(webhook_scheme_named(scheme, &config.scheme), 0);
        if (webhook_verify(&config, &call, NULL) != expected)
            fail_msg("vector %zu, %s", i, scheme);
        valid += expected;
        invalid += !expected;
    }
    assert_true(valid >= 10 && invalid >= 6);
    json_decref(vectors);
}

static void vectors_that_others_computed_fit(void **state)
{
    static const char flutterwave[] =
        "{\"type\":\"charge.completed\",\"data\":{\"id\":\"chg_1\",\"amount\":12.34,\"currency\":"
        "\"NGN\",\"status\":\"succeeded\",\"reference\":\"ref-1\"}}";
    static const char secret[] = "{\"webhook_secrets\":[\"flw-secret-hash\"]}";
    /* of the Standard Webhooks libraries */
    static const char standard[] = "{\"webhook\":\"standard\",\"webhook_secrets\":[\"whsec_"
                                   "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"]}";
    static const char header[] = "msg_p5jXN8AQM9LWM0D4loKWxJek 1614265330 v1a,bm9pc2U= "
                                 "v1,AAAA4aWuR7EGoyNBUpFOzR8mMhAAAAAAAAAAAAAAAAA= "
                                 "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    (void)state;
    assert_int_equal(verify("flutterwave", secret,
                            "oJj6qYfAvOzBgYVYMBHFAIcQBz60X5H2EVu8Zx2q3vk=", NULL, flutterwave, 0),
                     1);
    assert_int_equal(verify("flutterwave", secret, "flw-secret-hash", NULL, flutterwave, 0), 1);
    assert_int_equal(verify("flutterwave", secret, "flw-secret-hasH", NULL, flutterwave, 0), 0);
    assert_int_equal(verify("flutterwave", secret, "flw-secret", NULL, flutterwave, 0), 0);
    assert_int_equal(verify("flutterwave", secret, "", NULL, flutterwave, 0), 0);
    assert_int_equal(verify("x", standard, header, NULL, "{\"test\": 2432232314}", 1614265330), 1);
    assert_int_equal(verify("x", standard, header, NULL, "{\"test\": 2432232314}", 1614265631), 0);
    assert_int_equal(verify("x", standard, header, NULL, "{\"test\": 2432232315}", 1614265330), 0);
    assert_int_equal(verify("x", standard, header + 1, NULL, "{\"test\": 2432232314}", 1614265330),
                     0);
}

static void flutterwave_as_a_generic_scheme_takes_no_plain_hash(void **state)
{
    static const char object[] = "{\"webhook\":{\"scheme\":\"generic\",\"encoding\":\"base64\"},"
                                 "\"webhook_secrets\":[\"flw-secret-hash\"]}";
    static const char body[] =
        "{\"type\":\"charge.completed\",\"data\":{\"id\":\"chg_1\",\"amount\":12.34,\"currency\":"
        "\"NGN\",\"status\":\"succeeded\",\"reference\":\"ref-1\"}}";

    (void)state;
    assert_int_equal(verify("flutterwave", object,
                            "oJj6qYfAvOzBgYVYMBHFAIcQBz60X5H2EVu8Zx2q3vk=", NULL, body, 0),
                     1);
    assert_int_equal(verify("flutterwave", object, "flw-secret-hash", NULL, body, 0), 0);
}

/* A header comes without the blanks around it. */
static void blanks_around_a_secret_do_not_keep_a_plain_hash_from_fitting(void **state)
{
    static const char secret[] = "{\"webhook_secrets\":[\" flw hash\\t\"]}";
    static const char blank[] = "{\"webhook_secrets\":[\" \"]}";

    (void)state;
    assert_int_equal(verify("flutterwave", secret, "flw hash", NULL, "{}", 0), 1);
    assert_int_equal(verify("flutterwave", secret, " flw hash ", NULL, "{}", 0), 1);
    assert_int_equal(verify("flutterwave", secret, "flwhash", NULL, "{}", 0), 0);
    assert_int_equal(verify("flutterwave", blank, " ", NULL, "{}", 0), 0);
    assert_int_equal(verify("flutterwave", blank, "", NULL, "{}", 0), 0);
}

static void hex_may_come_in_either_case_and_base64_may_not(void **state)
{
    static const char secret[] = "{\"webhook_secrets\":[\"whsec_test\"]}";
    static const char *const body = "{\"status\":\"success\",\"amount\":1000}";

    (void)state;
    assert_int_equal(verify("paychangu", secret,
                            " 0BE8C3B1AE9E41711210E97BB4832990E07FD85186B0031470A9D0EA757680E0\t",
                            NULL, body, 0),
                     1);
    assert_int_equal(
        verify("square", "{\"webhook_secrets\":[\"signature-key\"]}",
               "W3FLCNK5IA3ZQ2LHTWOAJVZFADU/OWY2TNHIHC3IUOA=", "https://webhook.site/webhooks",
               "{\"data\":{\"type\":\"webhooks\",\"id\":\"fake_id\"}}", 0),
        0);
}

static void any_of_several_secrets_will_do(void **state)
{
    static const char *const body = "{\"status\":\"success\"}";
    static const char *const good =
        "8fbbceac784983bfb45cd469877f01877675bf7859e6f07d7a54df3fdddd1c59";

    (void)state;
    assert_int_equal(
        verify("paychangu", "{\"webhook_secrets\":[\"whsec_test\",\"new\"]}", good, NULL, body, 0),
        1);
    assert_int_equal(verify("paychangu", "{\"webhook_secrets\":[\"new\",\"a\",\"whsec_test\"]}",
                            good, NULL, body, 0),
                     1);
    assert_int_equal(
        verify("paychangu", "{\"webhook_secrets\":[\"new\",\"a\"]}", good, NULL, body, 0), 0);
}

static void without_the_url_it_covers_a_signature_cannot_be_judged(void **state)
{
    json_t *owner;
    struct webhook_config config =
        read_config("square", "{\"webhook_secrets\":[\"signature-key\"]}", &owner);
    struct webhook_call call = {piece("W3Fl"), piece(NULL), piece("{}"), 0};
    struct error err = {0};

    (void)state;
    assert_int_equal(webhook_verify(&config, &call, &err), -1);
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.text, "URL"));
    call.url = piece("");
    assert_int_equal(webhook_verify(&config, &call, NULL), -1);
    json_decref(owner);
}

static void a_timestamp_counts_300_seconds_before_and_after(void **state)
{
    static const char secret[] = "{\"webhook_secrets\":[\"k\"]}";
    static const char wide[] =
        "{\"webhook\":{\"tolerance_seconds\":1000},\"webhook_secrets\":[\"k\"]}";
    char header[256];

    (void)state;
    snprintf(header, sizeof(header), "t=1000000,v1=%s", mac_of("k", "1000000." STRIPE_BODY));
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 1000000), 1);
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 1000300), 1);
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 1000301), 0);
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 999700), 1);
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 999699), 0);
    assert_int_equal(verify("stripe", wide, header, NULL, STRIPE_BODY, 1001000), 1);
    assert_int_equal(verify("stripe", wide, header, NULL, STRIPE_BODY, 1001001), 0);
}

static void one_of_several_signatures_will_do_and_other_elements_are_ignored(void **state)
{
    static const char secret[] = "{\"webhook_secrets\":[\"k\"]}";
    const char *mac = mac_of("k", "5." STRIPE_BODY);
    char header[512];

    (void)state;
    snprintf(header, sizeof(header), "v0=aa,v1=%064d, v1=%s ,t=5,x", 7, mac);
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 5), 1);
    snprintf(header, sizeof(header), "t=5,v0=%s", mac);
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 5), 0);
    snprintf(header, sizeof(header), "t=5,t=5,v1=%s", mac); /* which one would count? */
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 5), 0);
    snprintf(header, sizeof(header), "v1=%s", mac);
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 5), 0);
    snprintf(header, sizeof(header), "t=+5,v1=%s", mac);
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 5), 0);
}

static void malformed_headers_are_no_signatures(void **state)
{
    static const char *const headers[] = {
        "",
        " ",
        ",",
        "=",
        "t",
        "t=",
        "t=,v1=",
        "v1",
        "t=5",
        "t=5,v1",
        "t=5,v1=",
        "t=99999999999999999999,v1=00",
        "t=-5,v1=00",
        "t=0x5,v1=00",
        "  ",
        "id 5",
        "id 5 ",
        "id 5 v1",
        "id 5 v1,",
        " 5 v1,a",
        "0be8",
        "\xff\xfe",
        "0be8c3b1ae9e41711210e97bb4832990e07fd85186b0031470a9d0ea757680e0 and more",
        "sha256=",
    };
    static const char *const schemes[] = {"paychangu",   "square",   "stripe", "paystack",
                                          "flutterwave", "standard", "generic"};
    struct webhook_config config = {.secrets = {{"c2VjcmV0", 8}}, .count = 1};
    size_t i, j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(schemes); i++) {
        assert_int_equal(webhook_scheme_named(schemes[i], &config.scheme), 0);
        for (j = 0; j < UNIT_COUNT(headers); j++) {
            struct webhook_call call = {piece(headers[j]), piece("https://x"), piece("{}"), 5};

            if (webhook_verify(&config, &call, NULL) != 0)
                fail_msg("%s: '%s'", schemes[i], headers[j]);
        }
    }
}

static void a_header_has_a_longest_length(void **state)
{
    static const char secret[] = "{\"webhook_secrets\":[\"k\"]}";
    char *header = malloc(WEBHOOK_HEADER_MAX + 2);
    int len = snprintf(header, WEBHOOK_HEADER_MAX, "t=5,v1=%s,", mac_of("k", "5." STRIPE_BODY));

    (void)state;
    memset(header + len, ',', WEBHOOK_HEADER_MAX + 1 - (size_t)len);
    header[WEBHOOK_HEADER_MAX + 1] = '\0';
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 5), 0);
    header[WEBHOOK_HEADER_MAX] = '\0';
    assert_int_equal(verify("stripe", secret, header, NULL, STRIPE_BODY, 5), 1);
    free(header);
}

static void a_generic_scheme_is_what_its_members_say(void **state)
{
    char header[256];

    (void)state;
    /* as GitHub does it; the vector is of its documentation */
    assert_int_equal(
        verify("github",
               "{\"webhook\":{\"scheme\":\"generic\",\"prefix\":\"sha256=\"},"
               "\"webhook_secrets\":[\"It's a Secret to Everybody\"]}",
               "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", NULL,
               "Hello, World!", 0),
        1);
    assert_int_equal(verify("github",
                            "{\"webhook\":{\"scheme\":\"generic\",\"prefix\":\"sha256=\"},"
                            "\"webhook_secrets\":[\"It's a Secret to Everybody\"]}",
                            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                            NULL, "Hello, World!", 0),
                     0);
    /* Square in its own words */
    assert_int_equal(
        verify("x",
               "{\"webhook\":{\"scheme\":\"generic\",\"encoding\":\"base64\","
               "\"signed\":\"url+body\"},\"webhook_secrets\":[\"signature-key\"]}",
               "W3FlCNk5IA3ZQ2LHTWoajvzfaDu/OwY2tNHIHC3IUOA=", "https://webhook.site/webhooks",
               "{\"data\":{\"type\":\"webhooks\",\"id\":\"fake_id\"}}", 0),
        1);
    snprintf(header, sizeof(header), "ts=77,sig=x:%s", mac_of("k", "77.body"));
    assert_int_equal(verify("x",
                            "{\"webhook\":{\"scheme\":\"generic\",\"signed\":\"timestamp.body\","
                            "\"timestamp_element\":\"ts\",\"signature_element\":\"sig\","
                            "\"prefix\":\"x:\",\"tolerance_seconds\":1},"
                            "\"webhook_secrets\":[\"k\"]}",
                            header, NULL, "body", 78),
                     1);
    assert_int_equal(verify("x",
                            "{\"webhook\":{\"scheme\":\"generic\",\"algorithm\":\"sha1\"},"
                            "\"webhook_secrets\":[\"Jefe\"]}",
                            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", NULL,
                            "what do ya want for nothing?", 0),
                     1);
}

static void a_bad_configuration_is_one_clear_sentence_without_a_secret(void **state)
{
    static const struct {
        const char *object, *why;
    } cases[] = {
        {"{}", "no member gateways.shop.webhook_secrets"},
        {"{\"webhook\":\"stripe\"}", "no member gateways.shop.webhook_secrets"},
        {"{\"webhook_secrets\":[\"hunter2\"]}", "gateways.shop.webhook: scheme must be"},
        {"{\"webhook_secrets\":[\"hunter2\"],\"webhook\":\"hunter2\"}", "scheme must be"},
        {"{\"webhook_secrets\":[\"hunter2\"],\"webhook\":{\"scheme\":5}}", "scheme must be"},
        {"{\"webhook_secrets\":[\"hunter2\"],\"webhook\":{}}", "scheme must be"},
        {"{\"webhook_secrets\":[\"hunter2\"],\"webhook\":[\"stripe\"]}", "must be an object, or"},
        {"{\"webhook\":\"stripe\",\"webhook_secrets\":\"hunter2\"}", "webhook_secrets: it must be"},
        {"{\"webhook\":\"stripe\",\"webhook_secrets\":[]}", "array of 1 to 16"},
        {"{\"webhook\":\"stripe\",\"webhook_secrets\":[\"hunter2\",\"\"]}", "number 2 is not"},
        {"{\"webhook\":\"stripe\",\"webhook_secrets\":[2]}", "number 1 is not"},
        {"{\"webhook\":\"standard\",\"webhook_secrets\":[\"whsec_hunter2\"]}", "in base64"},
        {"{\"webhook\":\"standard\",\"webhook_secrets\":[\"whsec_\"]}", "in base64"},
        {"{\"webhook\":{\"scheme\":\"stripe\",\"algorithm\":\"sha1\"},\"webhook_secrets\":[\"a\"]}",
         "algorithm is for the scheme generic only"},
        {"{\"webhook\":{\"scheme\":\"generic\",\"algorithm\":\"md5\"},\"webhook_secrets\":[\"a\"]}",
         "algorithm must be \"sha1\""},
        {"{\"webhook\":{\"scheme\":\"generic\",\"encoding\":5},\"webhook_secrets\":[\"a\"]}",
         "encoding must be"},
        {"{\"webhook\":{\"scheme\":\"generic\",\"signed\":\"all\"},\"webhook_secrets\":[\"a\"]}",
         "signed must be"},
        {"{\"webhook\":{\"scheme\":\"generic\",\"prefix\":\"a,b\"},\"webhook_secrets\":[\"a\"]}",
         "prefix must be"},
        {"{\"webhook\":{\"scheme\":\"generic\",\"prefix\":\"\"},\"webhook_secrets\":[\"a\"]}",
         "prefix must be"},
        {"{\"webhook\":{\"scheme\":\"stripe\",\"tolerance_seconds\":0},\"webhook_secrets\":[\"a\"]"
         "}",
         "tolerance_seconds must be"},
        {"{\"webhook\":{\"scheme\":\"stripe\",\"tolerance_seconds\":\"9\"},"
         "\"webhook_secrets\":[\"a\"]}",
         "tolerance_seconds must be"},
        {"{\"webhook\":{\"scheme\":\"stripe\",\"tolerence\":9},\"webhook_secrets\":[\"a\"]}",
         "no member of the name 'tolerence'"},
        {"{\"webhook\":{\"scheme\":\"stripe\",\"whsec_8Nobody\":\"secret\"},\"webhook_secrets\":["
         "\"a\"]}",
         "whose name (not shown here)"},
        {"[]", "no object gateways.shop"},
    };
    struct webhook_config config;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        json_t *object = json_parse(cases[i].object, strlen(cases[i].object), NULL);
        struct error err = {0};

        assert_non_null(object);
        if (webhook_config_read(object, "shop", &config, &err) != -1)
            fail_msg("%s was taken", cases[i].object);
        assert_int_equal(err.code, ERROR_CONFIG);
        if (!strstr(err.text, cases[i].why) || strstr(err.text, "hunter"))
            fail_msg("%s: %s", cases[i].object, err.text);
        json_decref(object);
    }
    assert_int_equal(webhook_config_read(NULL, "shop", &config, NULL), -1);
}

static void random_headers_never_misbehave(void **state)
{
    static const char alphabet[] = "tv1=, .0259afsha256whsec_\xff\0";
    static const char *const schemes[] = {"stripe", "standard", "flutterwave", "generic"};
    struct webhook_config config = {.secrets = {{"a2V5", 4}, {"a2V6", 4}}, .count = 2};
    uint64_t seed = 3;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        size_t i, len = unit_random(&seed) % 48;
        char *header = malloc(len + (len == 0)); /* of just that size: ASan looks */
        struct webhook_call call = {{header, len}, piece("u"), piece("b"), 5};

        for (i = 0; i < len; i++)
            header[i] = alphabet[unit_random(&seed) % (sizeof(alphabet) - 1)];
        webhook_scheme_named(schemes[round % 4], &config.scheme);
        assert_int_equal(webhook_verify(&config, &call, NULL), 0);
        free(header);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_vectors_are_judged_as_the_file_says),
        cmocka_unit_test(vectors_that_others_computed_fit),
        cmocka_unit_test(flutterwave_as_a_generic_scheme_takes_no_plain_hash),
        cmocka_unit_test(blanks_around_a_secret_do_not_keep_a_plain_hash_from_fitting),
        cmocka_unit_test(hex_may_come_in_either_case_and_base64_may_not),
        cmocka_unit_test(any_of_several_secrets_will_do),
        cmocka_unit_test(without_the_url_it_covers_a_signature_cannot_be_judged),
        cmocka_unit_test(a_timestamp_counts_300_seconds_before_and_after),
        cmocka_unit_test(one_of_several_signatures_will_do_and_other_elements_are_ignored),
        cmocka_unit_test(malformed_headers_are_no_signatures),
        cmocka_unit_test(a_header_has_a_longest_length),
        cmocka_unit_test(a_generic_scheme_is_what_its_members_say),
        cmocka_unit_test(a_bad_configuration_is_one_clear_sentence_without_a_secret),
        cmocka_unit_test(random_headers_never_misbehave),
    };

    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
