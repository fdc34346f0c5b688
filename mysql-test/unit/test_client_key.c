/* Secrets of the client API: what openssl says of the same seed and number. */
#include "../../udf/client_key.h"

#include <string.h>

#include "unit.h"

#define SEED "0123456789abcdef0123456789abcdef"
#define KEY "pk_abcdefghijklmnopqrstuvwx"

static void a_secret_is_the_hmac_of_its_keys_number(void **state)
{
    char secret[CLIENT_KEY_SECRET_SIZE], again[CLIENT_KEY_SECRET_SIZE];
    struct error err = {0};

    (void)state;
    assert_int_equal(client_key_secret(SEED, KEY, strlen(KEY), secret, &err), 0);
    assert_string_equal(secret,
                        "sk_ec9480c33884fc6aebcaec01f17e2bdc74102315abb05d28552424e3775f7e41");
    assert_int_equal(client_key_secret(SEED "x", KEY, strlen(KEY), again, &err), 0);
    assert_string_not_equal(secret, again);
    assert_int_equal(
        client_key_secret(SEED, "pk_abcdefghijklmnopqrstuvwX", strlen(KEY), again, &err), 0);
    assert_string_not_equal(secret, again);
}

static void what_is_no_key_or_no_seed_is_refused_and_not_told(void **state)
{
    static const char *const bad[] = {"", "pk_", "sk_abcdefghijklmnopqrstuvwx",
                                      "pk_abcdefghijklmnopqrstuvwxy",
                                      "pk_abcdefghijklmnopqrstuvw-"};
    char secret[CLIENT_KEY_SECRET_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        struct error err = {0};

        assert_int_equal(client_key_secret(SEED, bad[i], strlen(bad[i]), secret, &err), -1);
        assert_int_equal(err.code, ERROR_INPUT);
        assert_string_equal(secret, "");
    }
    for (i = 0; i < 2; i++) {
        struct error err = {0};

        assert_int_equal(
            client_key_secret(i ? "too short a seed" : NULL, KEY, strlen(KEY), secret, &err), -1);
        assert_int_equal(err.code, ERROR_CONFIG);
        assert_non_null(strstr(err.text, "api.key_seed"));
        assert_null(strstr(err.text, "too short a seed"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_the_hmac_of_its_keys_number),
        cmocka_unit_test(what_is_no_key_or_no_seed_is_refused_and_not_told),
    };

    return cmocka_run_group_tests_name("client_key", tests, NULL, NULL);
}
